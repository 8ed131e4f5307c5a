//! The gate: policies held against what was recorded, and the result in every form that people and
//! their tools read.

mod json;
mod markdown;
mod plain;
mod sarif;

use crate::session::needs::{Asked, Collected};

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli;
use crate::commands::failure::Failure;
use crate::evaluate::audit::{Audit, Need, Part, Unused};
use crate::evaluate::document::{Document, Place};
use crate::evaluate::verdict::{Judgement, Reason, Verdict};
use crate::output::console::Console;
use crate::output::file::{self, Target};
use crate::output::overwriting;
use crate::output::patience;
use crate::policy::Effect;
use crate::reading;
use crate::text::{self, Foreign};

/// No policy that IAM takes has a thousandth of it; what is larger is none.
const LARGEST: u64 = 5 << 20;

/// Makes sure that standard input is named once: whoever reads it second would find nothing in it.
///
/// # Errors
///
/// When it is named twice, among policies or as a policy and a recording.
pub fn once(policies: &[PathBuf], recordings: &[PathBuf]) -> Result<(), Failure> {
    let is_stdin = |path: &&PathBuf| path.as_path() == Path::new("-");
    let times = policies.iter().filter(is_stdin).count();
    if times > 1 || (times == 1 && recordings.iter().any(|path| is_stdin(&path))) {
        return Err(Failure::StdinTwice);
    }
    Ok(())
}

/// A policy's file.
#[derive(Debug)]
pub struct PolicyFile {
    /// Its path, as it was given.
    pub path: PathBuf,
    /// What is in it.
    pub document: Document,
}

impl PolicyFile {
    /// Reads a policy; `-` is standard input.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no policy.
    pub fn read(path: &Path) -> Result<PolicyFile, Failure> {
        let shown = path.display().to_string();
        let text = if path == Path::new("-") {
            reading::text_of(io::stdin().lock(), LARGEST)
        } else {
            reading::text(path, LARGEST)
        };
        let text = text.map_err(|error| Failure::ReadPolicy { path: shown.clone(), error })?;
        let document =
            Document::parse(text).map_err(|error| Failure::Policy { path: shown, error })?;
        Ok(PolicyFile { path: path.to_owned(), document })
    }
}

/// Policies, and how they are judged.
#[derive(Debug)]
pub struct Gate {
    files: Vec<PathBuf>,
    documents: Vec<Document>,
    options: cli::Gate,
    sarif: Option<Target>,
}

/// Where the result is printed.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// Standard output, as text.
    Stdout,
    /// Standard output, as JSON.
    Json,
    /// Standard error, as text; where standard output is the command's.
    Stderr(&'a Console),
}

impl Gate {
    /// Reads the policies, and makes sure that the result can be written.
    ///
    /// # Errors
    ///
    /// When a policy cannot be read or is none, or a file cannot be written.
    pub fn open(policies: &[PathBuf], options: &cli::Gate) -> Result<Gate, Failure> {
        let sarif = options.sarif.as_deref().map(Target::check_unlinked).transpose()?;
        if let Some(sarif) = &sarif {
            overwriting::check_sarif(sarif)?;
        }
        let read = policies.iter().map(|path| PolicyFile::read(path));
        let (files, documents) = read
            .map(|file| file.map(|file| (file.path, file.document)))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .unzip();
        Ok(Gate { files, documents, options: options.clone(), sarif })
    }

    /// The gate of `run --check`, if it was asked for.
    ///
    /// # Errors
    ///
    /// As [`open`](Gate::open), and when there is an option for a check that there is not.
    pub fn for_a_run(options: &cli::RunCheck) -> Result<Option<Gate>, Failure> {
        if !options.check.is_empty() {
            return Gate::open(&options.check, &options.gate).map(Some);
        }
        let cli::Gate { unused, allow_undecided, context, sarif } = &options.gate;
        for (given, name) in [
            (*unused, "--unused"),
            (*allow_undecided, "--allow-undecided"),
            (!context.is_empty(), "--context"),
            (sarif.is_some(), "--sarif"),
        ] {
            if given {
                return Err(Failure::WithoutCheck(name));
            }
        }
        Ok(None)
    }

    /// Holds the policies against needs, says what comes of it wherever that is wanted, and returns
    /// the exit code: 0 when they fit, 3 when something is missing, 4 when something is unused.
    ///
    /// # Errors
    ///
    /// When the result cannot be written.
    pub fn check(&self, collected: &Collected, to: Destination<'_>) -> Result<i32, Failure> {
        let outcome = Outcome::of(self, collected);
        let code = outcome.exit_code();
        let unwritten = |path: &str, error| Failure::Report { path: path.to_owned(), error };
        if let Some(target) = &self.sarif {
            target.write_end(&sarif::render(&outcome)).map_err(Failure::Written)?;
        }
        if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        {
            let path = Path::new(&path);
            append(path, &markdown::render(&outcome))
                .map_err(|error| unwritten(&path.display().to_string(), error))?;
        }
        match to {
            Destination::Stderr(console) => console.print(&plain::render(&outcome)),
            Destination::Stdout | Destination::Json => {
                let json = matches!(to, Destination::Json);
                let text = if json { json::render(&outcome) } else { plain::render(&outcome) };
                let text = if json { text::json(&text) } else { text::page(&text) };
                match file::print(&text) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        return Err(file::unprintable(error));
                    }
                    _ => {}
                }
            }
        }
        Ok(code)
    }
}

/// Appends to a file, or to a pipe that somebody reads.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let is_stream = path.metadata().is_ok_and(|found| !found.is_file());
    let file = if is_stream {
        file::open_stream(path)?
    } else {
        OpenOptions::new().append(true).create(true).open(path)?
    };
    patience::write_all(file, text.as_bytes())
}

/// What came of a check.
struct Outcome<'a> {
    files: Vec<String>,
    /// Each need that is not certainly allowed.
    findings: Vec<Finding<'a>>,
    unused: Vec<Spare>,
    /// Recordings that lack calls.
    cut_off: &'a [String],
    needs: usize,
    calls: u64,
    fails_unused: bool,
    fails_undecided: bool,
}

/// A need that is not certainly allowed.
struct Finding<'a> {
    need: Need,
    asked: &'a Asked,
    conditions: Vec<String>,
    kind: Missing,
    /// What it depends on.
    depends: Vec<Reason>,
    /// The statements that deny it, or may.
    denied_by: Vec<Where>,
}

/// Why a need is not certainly allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    NotAllowed,
    Denied,
    MayBeAllowed,
    MayBeDenied,
}

impl Missing {
    /// The word for it in JSON.
    fn word(self) -> &'static str {
        match self {
            Missing::NotAllowed => "not-allowed",
            Missing::Denied => "denied",
            Missing::MayBeAllowed => "may-be-allowed",
            Missing::MayBeDenied => "may-be-denied",
        }
    }

    fn is_certain(self) -> bool {
        matches!(self, Missing::NotAllowed | Missing::Denied)
    }
}

/// A statement of a policy.
struct Where {
    file: usize,
    /// From 1.
    number: usize,
    sid: Option<String>,
    place: Place,
}

impl Where {
    /// `statement 2 "Buckets"`; what a file chose is escaped.
    fn statement(&self) -> String {
        match self.sid.as_deref().filter(|sid| !sid.is_empty()) {
            Some(sid) => format!("statement {} \"{}\"", self.number, Foreign(sid)),
            None => format!("statement {}", self.number),
        }
    }
}

/// Something of a policy that nothing used.
struct Spare {
    at: Where,
    what: Part,
}

impl Spare {
    /// `action s3:GetObject of statement 2`.
    fn describe(&self) -> String {
        let statement = self.at.statement();
        match &self.what {
            Part::Statement => statement,
            Part::Action(text) => format!("action {} of {statement}", Foreign(text)),
            Part::Resource(text) => format!("resource {} of {statement}", Foreign(text)),
        }
    }
}

impl<'a> Outcome<'a> {
    fn of(gate: &Gate, collected: &'a Collected) -> Outcome<'a> {
        let (needs, asked) = collected.needs(&gate.options.context);
        let audit = Audit::of(&gate.documents, &needs);
        let place = |file: usize, statement: usize| {
            let found = &gate.documents[file].statements[statement];
            Where { file, number: statement + 1, sid: found.sid.clone(), place: found.place }
        };
        let spare = |Unused { document, statement, what, place: at }| Spare {
            at: Where { place: at, ..place(document, statement) },
            what,
        };
        let unused = audit.unused(&gate.documents).into_iter().map(spare).collect();
        let count = needs.len();
        let judged = audit.judgements.into_iter().zip(needs).zip(asked).enumerate();
        let findings = judged.filter_map(|(index, ((judgement, need), asked))| {
            let Judgement { verdict, applied } = judgement;
            let (kind, depends) = match verdict {
                Verdict::Allowed => return None,
                Verdict::NotAllowed => (Missing::NotAllowed, Vec::new()),
                Verdict::Denied => (Missing::Denied, Vec::new()),
                Verdict::MayBeAllowed(reasons) => (Missing::MayBeAllowed, reasons),
                Verdict::MayBeDenied(reasons) => (Missing::MayBeDenied, reasons),
            };
            let denied_by = applied.iter().filter(|it| it.effect == Effect::Deny);
            let denied_by = denied_by.map(|it| place(it.document, it.statement)).collect();
            let conditions = collected.conditions(index);
            Some(Finding { need, asked, conditions, kind, depends, denied_by })
        });
        Outcome {
            findings: findings.collect(),
            files: gate.files.iter().map(|path| path.display().to_string()).collect(),
            unused,
            cut_off: &collected.cut_off,
            needs: count,
            calls: collected.calls,
            fails_unused: gate.options.unused,
            fails_undecided: !gate.options.allow_undecided,
        }
    }

    fn exit_code(&self) -> i32 {
        let fails = |it: &Finding<'_>| it.kind.is_certain() || self.fails_undecided;
        if self.findings.iter().any(fails) || !self.cut_off.is_empty() {
            3
        } else if self.fails_unused && !self.unused.is_empty() {
            4
        } else {
            0
        }
    }

    /// What is not decided since a recording lacks calls.
    fn lost(&self) -> impl Iterator<Item = String> {
        self.cut_off.iter().map(|name| {
            format!(
                "what a call of {name} needs: its last line is cut off, as a kill leaves it; record it again, or let it pass with --allow-incomplete"
            )
        })
    }

    /// `policy.json`, or all of them.
    fn subject(&self) -> String {
        Foreign(&self.files.join(" and ")).to_string()
    }

    fn file(&self, at: &Where) -> &str {
        self.files.get(at.file).map_or("", |file| file)
    }
}

impl Finding<'_> {
    /// `s3:PutObject on arn:…`, with the conditions of the request.
    fn describe(&self) -> String {
        let mut text = format!("{} on {}", self.need.action, self.need.resource);
        if !self.conditions.is_empty() {
            text.push_str(&format!(", with {}", self.conditions.join(", with ")));
        }
        Foreign(&text).to_string()
    }

    /// Why, in half a sentence.
    fn because(&self, outcome: &Outcome<'_>) -> String {
        let denied_by = || {
            let named = |at: &Where| {
                format!("{} of {} ({})", at.statement(), Foreign(outcome.file(at)), at.place)
            };
            self.denied_by.iter().map(named).collect::<Vec<_>>().join(" and ")
        };
        let depends = || {
            let reasons: Vec<_> = self.depends.iter().map(ToString::to_string).collect();
            Foreign(&reasons.join(" and ")).to_string()
        };
        match self.kind {
            Missing::NotAllowed => "no statement allows it".to_owned(),
            Missing::Denied => format!("denied by {}", denied_by()),
            Missing::MayBeAllowed => format!("depends on {}", depends()),
            Missing::MayBeDenied => {
                format!("may be denied by {}: depends on {}", denied_by(), depends())
            }
        }
    }

    /// `s3.PutObject (3 calls)`.
    fn asked_by(&self) -> String {
        let operations: Vec<_> = self.asked.operations.iter().map(String::as_str).collect();
        let calls = counted(self.asked.calls, "call");
        format!("{} ({calls})", Foreign(&operations.join(", ")))
    }

    /// How to settle what depends on a condition key.
    fn hint(&self) -> Option<String> {
        let key = self.depends.iter().find_map(|reason| match reason {
            Reason::Key(key) => Some(key),
            Reason::Comparison(_) | Reason::Part(_) => None,
        })?;
        Some(format!("--context {}=VALUE says it", Foreign(key)))
    }
}

/// `1 call`, `2 calls`.
fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
