//! `leastwise explain`: why a policy has what it has, from a recording; and what the catalogue knows of an operation, an
//! action or a service.
//!
//! An argument that is an existing file, or `-`, is a recording; any other is a name.

mod evidence;
mod known;
mod names;
mod page;
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use names::NotFound;
pub(super) use page::plain;

use super::console::{Console, Verbosity};
use super::failure::Failure;
use super::output;
use super::recorded::Recorded;
use super::rules::{self, Given};
use crate::cli::Explain;
use crate::text;
use crate::wildcard;
use evidence::Evidence;
use known::Known;
use page::{Page, terminal_width};

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// It looks like a file and there is none.
    #[error(
        "there is no file {}; a recording is a file that --record wrote, or - for standard input, and a name is one such as s3.CopyObject, s3:PutObject or s3",
        .0.display()
    )]
    NoFile(PathBuf),
    /// It is neither a file nor a known name.
    #[error("{0} (and there is no file of that name)")]
    NotFound(#[from] NotFound),
    /// Recordings and names at once.
    #[error("{recording} is a recording and {name} is a name; explain them one after the other")]
    Mixed {
        /// The first recording.
        recording: String,
        /// The first name.
        name: String,
    },
    /// `--action` goes with recordings.
    #[error(
        "--action selects actions of recordings, and {0} is a name; leave --action out, or give a recording"
    )]
    ActionOfName(String),
    /// Nothing is left.
    #[error("no action of the policy is like {glob}; it has {actions}")]
    NoneSelected {
        /// What was asked for.
        glob: String,
        /// What there is.
        actions: String,
    },
}

/// Explains, and returns the exit code.
///
/// # Errors
///
/// When a recording cannot be read or is none, or a name is not known.
pub fn run(options: Explain) -> Result<i32, Failure> {
    let given = rules::apply("--rules", &options.rules.rules)?;
    let (recordings, names): (Vec<&OsString>, Vec<&OsString>) =
        options.subjects.iter().partition(|it| is_recording(it));
    let text = match (&recordings[..], &names[..]) {
        ([recording, ..], [name, ..]) => {
            return Err(
                ExplainError::Mixed { recording: shown(recording), name: shown(name) }.into()
            );
        }
        ([], [name, ..]) if !options.action.is_empty() => {
            return Err(ExplainError::ActionOfName(shown(name)).into());
        }
        ([], names) => explain_names(names, options.json)?,
        (recordings, _) => explain_recordings(recordings, &options, given)?,
    };
    output::show(&if options.json { text::json(&text) } else { text::page(&text) })
}

/// Whether an argument is a recording and no name. A folder that is called `s3` is in nobody's way.
fn is_recording(argument: &OsString) -> bool {
    let path = Path::new(argument);
    // A pipe or a device is meant only by whoever writes its path: one that is called `s3` and lies about here is not
    // waited for.
    let is_path = path.components().count() > 1;
    argument == "-"
        || std::fs::metadata(path).is_ok_and(|found| found.is_file() || is_path && !found.is_dir())
}

fn shown(argument: &OsString) -> String {
    page::plain(&argument.to_string_lossy())
}

fn explain_names(names: &[&OsString], json: bool) -> Result<String, ExplainError> {
    let mut known = Known::default();
    for name in names {
        let Some(text) = name.to_str() else {
            return Err(ExplainError::NoFile(PathBuf::from(name)));
        };
        match names::find(text) {
            Ok(subjects) => subjects.into_iter().for_each(|it| known.add(it)),
            Err(_) if looks_like_a_file(text) => {
                return Err(ExplainError::NoFile(PathBuf::from(name)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(printed(&known, json, |page| known.write(page)))
}

/// Whether somebody who writes this means a file.
fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|it| it.to_str());
    name.contains(['/', '\\'])
        || extension
            .is_some_and(|it| matches!(it, "json" | "jsonl" | "ndjson" | "log" | "txt" | "gz"))
}

fn explain_recordings(
    recordings: &[&OsString],
    options: &Explain,
    given: Given,
) -> Result<String, Failure> {
    let console = Console::new(Verbosity::Normal);
    let mut amender = given.amender(options.anonymous.anonymous, &console);
    let mut evidence = Evidence::default();
    let paths: Vec<PathBuf> = recordings.iter().map(PathBuf::from).collect();
    let read = Recorded::open(&paths)?.read(&mut amender, |entry| evidence.add(&entry))?;
    read.warn(&console, "that call is not explained");
    amender.tell(&console);
    let actions = some_of(evidence.actions().map(page::plain));
    let explained = evidence.explain(|action| {
        options.action.is_empty() || options.action.iter().any(|glob| is_like(glob, action))
    });
    if explained.is_empty() && !options.action.is_empty() {
        let glob = options.action.join(" or ");
        return Err(ExplainError::NoneSelected { glob, actions }.into());
    }
    Ok(printed(&explained, options.json, |page| explained.write(page)))
}

/// The first of many, in a sentence.
fn some_of(mut names: impl Iterator<Item = String>) -> String {
    let mut some: Vec<String> = names.by_ref().take(8).collect();
    let more = names.count();
    if more > 0 {
        some.push(format!("{more} more"));
    }
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

fn printed(value: &impl Serialize, json: bool, write: impl FnOnce(&mut Page)) -> String {
    if json {
        // Texts, numbers and maps with keys of text: nothing that JSON does not have.
        let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
        text.push('\n');
        return text;
    }
    let mut page = Page::new(terminal_width());
    write(&mut page);
    page.into_text()
}

/// Whether an action is like a pattern, in any case, as in a policy's `Action`.
fn is_like(glob: &str, action: &str) -> bool {
    wildcard::is_like(&action.to_ascii_lowercase(), &glob.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_in_a_policy() {
        for (glob, action, like) in [
            ("s3:*", "s3:PutObject", true),
            ("S3:put*", "s3:PutObject", true),
            ("*Object", "s3:PutObject", true),
            ("s3:???Object", "s3:PutObject", true),
            ("s3:Put", "s3:PutObject", false),
            ("sqs:*", "s3:PutObject", false),
            ("*", "s3:PutObject", true),
        ] {
            assert_eq!(is_like(glob, action), like, "{glob}");
        }
    }
}
