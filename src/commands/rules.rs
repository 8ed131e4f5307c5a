//! `--rules`: what calls need, corrected by files of rules.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::console::Console;
use super::documents::document;
use super::explain::plain;
use super::failure::Failure;
use super::session::requires;
use super::settings::set_aside;
use super::summary::Asides;
use crate::authorize::Authorizer;
use crate::capture::recording::{Entry, Requires};
use crate::catalog::rule::{Source, Step, Value};
use crate::catalog::{Catalog, Corrections, Operation, RulesFile};
use crate::cli::Anonymous;
use crate::reading;
use crate::recognize::http::kept_members;

/// No file of rules is longer; the largest of ours has a twentieth of it.
const LONGEST: u64 = 1024 * 1024;

/// Rules that are in force.
#[derive(Debug, Default)]
pub struct Given {
    /// What rules look at and recordings may not hold.
    unseen: HashMap<Operation, Vec<Value>>,
    /// What is to be said of that.
    hints: Vec<String>,
}

/// Reads the files and folders that `option` names, and lets them take the place of built-in rules. This comes before
/// anything that asks the catalogue for operations.
///
/// # Errors
///
/// When one cannot be read, or is not what it should be.
pub fn apply(option: &'static str, paths: &[PathBuf]) -> Result<Given, Failure> {
    let Some(first) = paths.first() else { return Ok(Given::default()) };
    let mut files = Vec::new();
    for path in paths {
        read(option, path, &mut files)?;
    }
    let refused = |problems: Vec<String>| wrong(option, first, &problems);
    let corrections = Corrections::read(&files).map_err(refused)?;
    let given = Given::of(&corrections);
    match Catalog::embedded().correct(corrections) {
        Ok(()) => Ok(given),
        Err(_) => Err(Failure::Rules(format!("{option}: rules were given before"))),
    }
}

fn read(option: &str, path: &Path, files: &mut Vec<RulesFile>) -> Result<(), Failure> {
    let named = |path: &Path| plain(&path.display().to_string());
    let failed = |path: &Path, error: &io::Error| {
        Failure::Rules(format!("{option} {}: it cannot be read: {error}", named(path)))
    };
    let found = fs::metadata(path).map_err(|error| failed(path, &error))?;
    let mut paths = vec![path.to_owned()];
    if found.is_dir() {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|error| failed(path, &error))?;
        paths = entries.iter().map(fs::DirEntry::path).filter(|it| is_for_a_service(it)).collect();
        paths.sort();
        if paths.is_empty() {
            return Err(Failure::Rules(format!(
                "{option} {}: the folder has no file of rules; they are called SERVICE.toml, such as s3.toml",
                named(path)
            )));
        }
    }
    for path in paths {
        let bytes = beginning(&path).map_err(|error| failed(&path, &error))?;
        if looks_like_json(&bytes) {
            return Err(Failure::Rules(format!(
                "{option} {}: this is iamlive's map (JSON), which Leastwise does not read; its own corrections are rules in TOML, described in {}",
                named(&path),
                document("data/README.md")
            )));
        }
        let text = text(bytes).map_err(|error| failed(&path, &error))?;
        let service = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files.push(RulesFile { name: named(&path), service, text });
    }
    Ok(())
}

/// Whether a file of a folder is one of rules: those that begin with `_` are about other things in `data/rules`.
fn is_for_a_service(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".toml") && !name.starts_with(['_', '.'])
}

/// The file, or so much of it that it is too large.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reading::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"{")
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(io::Error::other("it is larger than 1 MiB, as no file of rules is"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is no text in UTF-8"))
}

/// All that is wrong, in one sentence where it is one thing.
fn wrong(option: &str, path: &Path, problems: &[String]) -> Failure {
    let problems: Vec<String> = problems.iter().map(|it| plain(it)).collect();
    let format = document("data/README.md");
    Failure::Rules(match &problems[..] {
        [only] => {
            format!("{only}; correct it, or leave {option} out; the format is in {format}")
        }
        many => format!(
            "{option} {}: {} things are wrong; correct them, or leave {option} out; the format is in {format}:\n  {}",
            plain(&path.display().to_string()),
            many.len(),
            many.join("\n  ")
        ),
    })
}

impl Given {
    /// Asked before the rules are in force, when it is still the built-in ones that say what is kept.
    fn of(corrections: &Corrections) -> Given {
        let mut given = Given::default();
        for operation in corrections.operations() {
            let kept = kept_members(operation);
            let unseen = |value: &Value| !is_recorded(operation, value, &kept);
            let own: Vec<String> = corrections
                .own_values(operation)
                .iter()
                .filter(|value| unseen(value))
                .map(ToString::to_string)
                .collect();
            if !own.is_empty() {
                let (service, name) = (operation.service().name(), operation.name());
                given.hints.push(format!("{service}.{name} for {}", own.join(", ")));
            }
            let mut values = corrections.values(operation);
            values.retain(unseen);
            given.unseen.insert(operation, values);
        }
        given
    }

    /// What decides recorded calls anew; says what recordings may not tell. `anonymous`: what becomes of calls without
    /// credentials.
    pub fn amender(self, anonymous: Anonymous, console: &Console) -> Amender {
        if !self.hints.is_empty() {
            let some: Vec<&str> = self.hints.iter().take(3).map(String::as_str).collect();
            let more = match self.hints.len() - some.len() {
                0 => String::new(),
                more => format!(", and {more} more operations"),
            };
            console.say(plain(&format!(
                "leastwise: rules ask {}{more}: recordings that were made without --rules do not hold it; where it decides, what was recorded stays",
                some.join("; ")
            )));
        }
        Amender {
            authorizer: (!self.unseen.is_empty()).then(|| Authorizer::for_recordings(self.unseen)),
            anonymous,
            asides: Asides::default(),
        }
    }
}

/// Whether a recording that was made without the rules holds a value, if the request had it.
fn is_recorded(operation: Operation, value: &Value, kept: &[String]) -> bool {
    match &value.source {
        Source::Status | Source::Error => true,
        Source::Header(_)
        | Source::Query(_)
        | Source::Response(_)
        | Source::Answer(_)
        | Source::Authorization => false,
        // What an operation does not have, none of its calls has: a condition of a prefix names members of several.
        Source::Path(steps) if !has(operation, steps) => true,
        Source::Path(_) => {
            let alone = Value { source: value.source.clone(), functions: Vec::new() };
            let path = alone.to_string().replace("{key}", "{}");
            kept.iter().any(|it| {
                it.strip_prefix(&path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
            })
        }
    }
}

fn has(operation: Operation, steps: &[Step]) -> bool {
    let Some(Step::Member(name)) = steps.first() else { return false };
    operation.input().is_some_and(|input| input.member(name).is_some())
}

/// Decides recorded calls anew, where rules were given that say something of them, and sets aside those that needed nothing.
pub struct Amender {
    authorizer: Option<Authorizer>,
    anonymous: Anonymous,
    asides: Asides,
}

impl Amender {
    /// Puts what rules say now in the place of what was recorded. A call that no policy was to decide on needs nothing.
    pub fn amend(&mut self, entry: &mut Entry) {
        if let Some(amendment) = self.authorizer.as_mut().and_then(|it| it.amend(&entry.call)) {
            entry.requires.retain(|it| !amendment.replaces(&it.action, &it.reason));
            entry.requires.extend(amendment.requirements().map(|it| owned(requires(it))));
        }
        let Entry { call, requires } = entry;
        if let Some(aside) = set_aside(call, !requires.is_empty(), self.anonymous) {
            requires.clear();
            let operation = call.operation.as_deref().unwrap_or_default();
            let detail = call.outcome.error.as_deref().unwrap_or_default();
            self.asides.add(aside, [&call.service, operation, detail]);
        }
    }

    /// How many calls were set aside.
    pub fn set_aside(&self) -> u64 {
        self.asides.all()
    }

    /// Says what was set aside.
    pub fn tell(&self, console: &Console) {
        let text = self.asides.text();
        if !text.is_empty() {
            console.print(&text);
        }
    }
}

fn owned(requires: Requires<'_>) -> Requires<'static> {
    Requires {
        action: Cow::Owned(requires.action.into_owned()),
        resources: Cow::Owned(requires.resources.into_owned()),
        conditions: Cow::Owned(requires.conditions.into_owned()),
        reason: Cow::Owned(requires.reason.into_owned()),
    }
}
