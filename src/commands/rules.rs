//! `--rules`: what calls need, corrected by files of rules.

use std::path::PathBuf;

use crate::catalog::{Catalog, Corrections};
use crate::cli::Anonymous;
use crate::failure::Failure;
use crate::output::console::Console;
use crate::report::documents::document;
use crate::rules;
use crate::session::amend::{Amender, Given};
use crate::text::plain;

/// What decides recorded calls anew; says what recordings may not tell. `anonymous`: what becomes of calls without
/// credentials.
pub(super) fn amender(given: Given, anonymous: Anonymous, console: &Console) -> Amender {
    if let Some(hint) = given.hint() {
        console.say(plain(&format!("leastwise: {hint}")));
    }
    given.amender(anonymous.into())
}

/// Reads the files and folders that `option` names, and lets them take the place of built-in rules. This comes before
/// anything that asks the catalogue for operations.
///
/// # Errors
///
/// When one cannot be read, or is not what it should be.
pub(super) fn apply(option: &'static str, paths: &[PathBuf]) -> Result<Given, Failure> {
    if paths.is_empty() {
        return Ok(Given::default());
    }
    let corrections = rules::read(option, paths, &document("data/README.md"));
    let corrections: Corrections = corrections.map_err(Failure::Rules)?;
    let given = Given::of(&corrections);
    match Catalog::embedded().correct(corrections) {
        Ok(()) => Ok(given),
        Err(_) => Err(Failure::Rules(format!("{option}: rules were given before"))),
    }
}
