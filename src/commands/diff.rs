//! `leastwise diff`: what two policies allow differently.

use crate::cli::Diff;
use crate::evaluate::difference;
use crate::failure::Failure;
use crate::output::print;
use crate::policies::{PolicyFile, once};
use crate::report::difference::{Actions, as_json, as_text};
use crate::text::{self, Foreign};

/// Policies that differ.
const DIFFERENT: i32 = 3;

/// Prints what differs, and returns the exit code.
///
/// # Errors
///
/// When a policy cannot be read, or the result not be printed.
pub(super) fn run(options: Diff) -> Result<i32, Failure> {
    once(&[options.first.clone(), options.second.clone()], &[])?;
    let first = PolicyFile::read(&options.first)?;
    let second = PolicyFile::read(&options.second)?;
    let actions = Actions::known();
    let found = difference::between(&first.document, &second.document, &actions.names);
    let names = [&first, &second].map(|file| Foreign(&file.path.display().to_string()).to_string());
    let text =
        if options.json { as_json(&found, &names) } else { as_text(&found, &names, &actions) };
    let text = if options.json { text::json(&text) } else { text::page(&text) };
    print::show(&text)?;
    Ok(if found.is_empty() { 0 } else { DIFFERENT })
}
