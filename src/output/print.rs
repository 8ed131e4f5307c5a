//! Standard output.

use std::io;

use crate::output::error::OutputError;
use crate::output::{closed, patience};
use crate::text;

/// Prints to standard output.
///
/// # Errors
///
/// When that cannot be written, or is closed.
pub fn print(text: &str) -> io::Result<()> {
    if closed::is_closed() {
        return Err(closed::error());
    }
    patience::write_all(io::stdout(), text.as_bytes())
}

/// What was printed, where a reader that has gone away is no failure: `| head` has seen enough.
///
/// # Errors
///
/// When it could not be printed for another reason.
pub fn unless_gone(printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints what a command is asked to show, without anything that a terminal would obey, and returns its exit code.
///
/// # Errors
///
/// When standard output cannot be written, but for a reader that has gone away.
pub fn show(text: &str) -> Result<i32, OutputError> {
    unless_gone(print(&text::page(text))).map_err(OutputError::Unprintable)?;
    Ok(0)
}
