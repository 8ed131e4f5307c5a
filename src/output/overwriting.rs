//! What an output may take the place of: a policy, ours or anybody's, and an empty file. A name that was mistyped, or that
//! a shell completed, costs nobody their work.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::output::error::OutputError;
use crate::output::target::Target;
use crate::render;

/// No policy is larger, and nothing larger is looked into.
const LONGEST: u64 = 64 << 20;

/// Makes sure that the file, if there is one, is a policy or empty; `force` permits any. Where a name of ours is a link, the
/// link gives way, and what it leads to stays.
///
/// # Errors
///
/// When it is something else, or cannot be read.
pub(crate) fn check(target: &Target, force: bool) -> Result<(), OutputError> {
    if force { Ok(()) } else { check_is(target, render::is_policy, OutputError::NotAPolicy) }
}

/// Makes sure that the file, if there is one, is a result of a check in SARIF, or empty.
///
/// # Errors
///
/// As [`check`].
pub(crate) fn check_sarif(target: &Target) -> Result<(), OutputError> {
    let is_ours = |text: &str| text.trim().is_empty() || is_sarif(text);
    check_is(target, is_ours, OutputError::NotSarif)
}

/// Makes sure that the file, if there is one, is a report, or empty; `force` permits any.
///
/// # Errors
///
/// As [`check`].
pub(crate) fn check_report(target: &Target, force: bool) -> Result<(), OutputError> {
    let is_ours = |text: &str| text.trim().is_empty() || is_report(text);
    if force { Ok(()) } else { check_is(target, is_ours, OutputError::NotAReport) }
}

fn check_is(
    target: &Target,
    is_ours: impl Fn(&str) -> bool,
    otherwise: fn(String) -> OutputError,
) -> Result<(), OutputError> {
    let Some(path) = target.file().filter(|path| !path.is_symlink()) else { return Ok(()) };
    match beginning(path) {
        Ok(Some(text)) if is_ours(&text) => Ok(()),
        Ok(_) => Err(otherwise(path.display().to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OutputError::Unwritable { path: path.display().to_string(), error }),
    }
}

/// How `src/report/page/page.html` begins.
fn is_report(text: &str) -> bool {
    text.starts_with("<!doctype html>\n<html lang=\"en\" data-made-by=\"leastwise\"")
}

/// SARIF 2.1.0, 3.13: the log is an object that has `version` and `runs`
/// (docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
fn is_sarif(text: &str) -> bool {
    let log: Result<serde_json::Value, _> = serde_json::from_str(text);
    log.is_ok_and(|log| log["runs"].is_array() && log["version"].is_string())
}

/// The text of a file; `None` where it is none, or too long.
fn beginning(path: &Path) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST);
    Ok(String::from_utf8(bytes).ok().filter(|_| fits))
}
