//! `leastwise config`: the settings that are in force.

use crate::cli::settings_file::{Choice, in_force};
use crate::failure::Failure;
use crate::output::print;

/// Prints them, with where each is from, and returns the exit code.
///
/// # Errors
///
/// When a settings file cannot be read, or says something that is no setting.
pub(super) fn run(choice: &Choice) -> Result<i32, Failure> {
    Ok(print::show(&in_force(choice)?)?)
}
