//! `leastwise explain`: why a policy has what it has, from a recording; and what the catalogue knows of an operation, an
//! action or a service.
//!
//! An argument that is an existing file, or `-`, is a recording; any other is a name.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use crate::cli::Explain;
use crate::commands::{enforcing, recorded, rules};
use crate::enforce::Fate;
use crate::failure::Failure;
use crate::output::console::{Console, Verbosity};
use crate::output::print;
use crate::recording::trail::Options;
use crate::remote::is_address;
use crate::report::enforced::{block, line};
use crate::report::explain::{self, Evidence, ExplainError};
use crate::session::amend::Given;
use crate::text::{self, plain};

/// Explains, and returns the exit code.
///
/// # Errors
///
/// When a recording cannot be read or is none, or a name is not known.
pub(super) fn run(options: Explain) -> Result<i32, Failure> {
    let given = rules::apply("--rules", &options.rules.rules)?;
    let (recordings, names): (Vec<&OsString>, Vec<&OsString>) =
        options.subjects.iter().partition(|it| is_recording(it));
    let mut recordings: Vec<PathBuf> = recordings.into_iter().map(PathBuf::from).collect();
    let sources = recorded::sources(&options.reading, &mut recordings)?;
    let width = terminal_width();
    let text = match (&recordings[..], &names[..]) {
        ([recording, ..], [name, ..]) => {
            return Err(ExplainError::Mixed {
                recording: shown(recording.as_os_str()),
                name: shown(name),
            }
            .into());
        }
        ([], [name, ..]) if !options.action.is_empty() => {
            return Err(ExplainError::ActionOfName(shown(name)).into());
        }
        ([], [name, ..]) if !options.enforce.is_empty() => {
            return Err(Failure::EnforceOfName(shown(name)));
        }
        ([], names) => explain::of_names(names, options.json, width)?,
        (recordings, _) if !options.enforce.is_empty() => {
            explain_verdicts(recordings, sources.options(), &options, given)?
        }
        (recordings, _) => {
            explain_recordings(recordings, sources.options(), &options, given, width)?
        }
    };
    Ok(print::show(&if options.json { text::json(&text) } else { text::page(&text) })?)
}

/// Whether an argument is a recording, or a folder of them, and no name. A folder that is called `s3` is in nobody's way; one
/// that is called `s3/` is meant.
fn is_recording(argument: &OsString) -> bool {
    let path = Path::new(argument);
    // A pipe or a device is meant only by whoever writes its path: one that is called `s3` and lies about here is not
    // waited for.
    let is_path = path.components().count() > 1;
    let is_folder = is_path || argument.to_string_lossy().ends_with(std::path::is_separator);
    argument == "-"
        || is_address(&argument.to_string_lossy())
        || std::fs::metadata(path)
            .is_ok_and(|found| found.is_file() || if found.is_dir() { is_folder } else { is_path })
}

fn shown(argument: &OsStr) -> String {
    plain(&argument.to_string_lossy())
}

fn explain_recordings(
    recordings: &[PathBuf],
    reading: Options<'_>,
    options: &Explain,
    given: Given,
    width: Option<usize>,
) -> Result<String, Failure> {
    let console = Console::new(Verbosity::Normal);
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    let mut evidence = Evidence::default();
    let read = recorded::read(recordings, reading, &mut amender, |_, entry| evidence.add(&entry))?;
    recorded::tell_trail(read.trail.as_ref(), &console);
    recorded::warn(&console, &read.cut_off, "that call is not explained");
    recorded::tell(&amender, &console);
    Ok(explain::of_recordings(evidence, &options.action, options.json, width)?)
}

/// What policies say of each recorded call: blocks, or lines of JSON.
fn explain_verdicts(
    recordings: &[PathBuf],
    reading: Options<'_>,
    options: &Explain,
    given: Given,
) -> Result<String, Failure> {
    let console = Console::new(Verbosity::Normal);
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    let mut guard = enforcing::guard(&options.enforce, &options.levels, &options.context)?;
    let mut text = String::new();
    let read = recorded::read(recordings, reading, &mut amender, |_, mut entry| {
        let mut judged = guard.judge_recorded(&mut entry);
        if guard.is_refused(judged.verdict) {
            judged.fate = Fate::Refused;
        }
        text.push_str(&if options.json { line(&judged) } else { block(&judged) });
    })?;
    recorded::tell_trail(read.trail.as_ref(), &console);
    recorded::warn(&console, &read.cut_off, "that call is not explained");
    recorded::tell(&amender, &console);
    Ok(text)
}

/// The columns of the terminal that standard output is; `None` when it is none.
fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0))
}
