//! Files that are added to.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use crate::output::{patience, stream};

/// Appends to a file, or to a pipe that somebody reads.
///
/// # Errors
///
/// When it cannot be written.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let is_stream = path.metadata().is_ok_and(|found| !found.is_file());
    let file = if is_stream {
        stream::open_stream(path)?
    } else {
        OpenOptions::new().append(true).create(true).open(path)?
    };
    patience::write_all(file, text.as_bytes())
}
