//! The file of decisions: what was judged of each call, a line of JSON each.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::output::error::OutputError;
use crate::output::links;
use crate::ownership::{self, Links};

/// How much may wait in memory before it is written at once.
const BUFFER: usize = 64 * 1024;

/// Appends lines to a file.
#[derive(Debug)]
pub struct Decisions {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
}

impl Decisions {
    /// Opens the file to append to it; one that does not exist is made, for its user alone.
    ///
    /// # Errors
    ///
    /// When it cannot be opened for writing.
    pub fn open(path: &Path) -> Result<Decisions, OutputError> {
        let path = links::followed(path)?;
        let failed = |error| OutputError::Decisions { path: path.display().to_string(), error };
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        if std::fs::metadata(&path).map_or(true, |found| found.is_file()) {
            // What a call asked for is nobody else's to read.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            ownership::never_wait(&mut options, &path, Links::Refused).map_err(failed)?;
        }
        let file = options.open(&path).map_err(failed)?;
        Ok(Decisions { path, file, buffer: Vec::new() })
    }

    /// Takes up a line, which is written at [`flush`](Decisions::flush) at the latest.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn add(&mut self, line: &str) -> Result<(), OutputError> {
        self.buffer.extend_from_slice(line.as_bytes());
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Writes what waits. What cannot be written is given up.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        let path = self.path.display().to_string();
        written.map_err(|error| OutputError::Decisions { path, error })
    }
}
