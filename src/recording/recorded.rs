//! Recorded calls, read in one way by every command that takes recordings: each file once, however it is named; whose a key
//! is known of its first call already; and a recording that was cut off is told to whoever asked for the calls.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::recording::entry::Entry;
use crate::recording::error::RecordingError;
use crate::recording::read::{Reader, STDIN};
use crate::text::printable;

/// Of what cannot be read twice, so much is kept in memory; what is longer goes into a file without a name.
const IN_MEMORY: usize = 16 << 20;

/// Recordings that were named, each once.
pub struct Recorded {
    inputs: Vec<Input>,
}

enum Input {
    /// A file, which is read twice.
    File(PathBuf),
    /// Standard input or a pipe: its name and what came out of it.
    Copied(String, tempfile::SpooledTempFile),
}

/// What is known of recordings once they were read to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a recording that was cut off lacks calls"]
pub struct Read {
    /// How many recordings there were.
    pub recordings: usize,
    /// Those whose last line is cut off, as after a kill: calls of theirs are missing.
    pub cut_off: Vec<String>,
}

impl Recorded {
    /// Finds out which files there are; `learn` is handed each call of them that tells whose a key is, since that counts for
    /// what came before it, too.
    ///
    /// # Errors
    ///
    /// When one cannot be opened or read.
    pub fn open(
        paths: &[PathBuf],
        mut learn: impl FnMut(&Call),
    ) -> Result<Recorded, RecordingError> {
        let mut recorded = Recorded { inputs: Vec::new() };
        let mut seen = HashSet::new();
        for path in paths {
            if !seen.insert(Identity::of(path)) {
                continue;
            }
            let mut input = Input::of(path)?;
            input.reader()?.tellings(&mut learn);
            recorded.inputs.push(input);
        }
        Ok(recorded)
    }

    /// Hands over each call, with the number of the recording that it is of; the first is 0.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or a line of it is no call.
    pub fn read(mut self, mut each: impl FnMut(usize, Entry)) -> Result<Read, RecordingError> {
        let mut read = Read { recordings: self.inputs.len(), cut_off: Vec::new() };
        for (number, input) in self.inputs.iter_mut().enumerate() {
            let mut reader = input.reader()?;
            for entry in reader.by_ref() {
                each(number, entry?);
            }
            if reader.cut_off() {
                read.cut_off.push(printable(reader.name()).into_owned());
            }
        }
        Ok(read)
    }
}

impl Input {
    fn of(path: &Path) -> Result<Input, RecordingError> {
        if path != Path::new("-") && fs::metadata(path).map_or(true, |found| found.is_file()) {
            return Ok(Input::File(path.to_owned()));
        }
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { STDIN.to_owned() } else { path.display().to_string() };
        let failed = |done, error| RecordingError::File { path: name.clone(), done, error };
        let mut copy = tempfile::spooled_tempfile(IN_MEMORY);
        if is_stdin {
            io::copy(&mut io::stdin().lock(), &mut copy).map_err(|error| failed("read", error))?;
        } else {
            let mut stream = File::open(path).map_err(|error| failed("opened", error))?;
            io::copy(&mut stream, &mut copy).map_err(|error| failed("read", error))?;
        }
        Ok(Input::Copied(name, copy))
    }

    fn reader(&mut self) -> Result<Reader<'_>, RecordingError> {
        match self {
            Input::File(path) => Reader::open(path),
            Input::Copied(name, copy) => {
                copy.seek(SeekFrom::Start(0)).map_err(|error| RecordingError::File {
                    path: name.clone(),
                    done: "read",
                    error,
                })?;
                Ok(Reader::new(BufReader::new(copy), name.as_str()))
            }
        }
    }
}

/// What tells files apart, however they are named.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    /// The device and the number of the file there, which hard links and standard input share.
    #[cfg(unix)]
    Number(u64, u64),
    /// The path that all names lead to.
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Identity {
        use std::os::unix::fs::MetadataExt;
        if path == Path::new("-") {
            return match rustix::fs::fstat(io::stdin()) {
                #[allow(
                    clippy::unnecessary_cast,
                    clippy::useless_conversion,
                    reason = "the types differ between systems"
                )]
                Ok(found) => Identity::Number(found.st_dev as u64, found.st_ino.into()),
                Err(_) => Identity::Path(path.to_owned()),
            };
        }
        match fs::metadata(path) {
            Ok(found) => Identity::Number(found.dev(), found.ino()),
            Err(_) => Identity::Path(path.to_owned()),
        }
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> Identity {
        Identity::Path(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}
