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

/// Prints what a command is asked to show, without anything that a terminal would obey, and returns its exit code.
///
/// # Errors
///
/// When standard output cannot be written, but for a reader that has gone away.
pub fn show(text: &str) -> Result<i32, OutputError> {
    match print(&text::page(text)) {
        // `| head` has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(OutputError::Unprintable(error))
        }
        _ => Ok(0),
    }
}
