//! Recording: calls are appended as they are heard.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::ownership::{self, Links};
use crate::recording::entry::Requires;
use crate::recording::error::{RecordingError, failure};
use crate::recording::line::{LONGEST_LINE, Line, Problem, looks_cut_off, parse, read_line};

/// How long a line may stay in memory. Leaves room in the 100 ms that are promised.
pub(crate) const FLUSH_AFTER: Duration = Duration::from_millis(50);
/// How much may wait in memory before it is written at once.
const BUFFER: usize = 64 * 1024;

/// Appends calls to a recording.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    file: File,
    created: bool,
    buffer: Vec<u8>,
    /// When the oldest line in the buffer must be written.
    due: Option<Instant>,
}

impl Recorder {
    /// Opens `path` to append to it. A file that does not exist is made; one that exists must be
    /// a recording, or empty. A last line that a `kill -9` cut off is removed.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened for writing, or is something other than a recording, which
    /// is left as it was.
    pub fn open(path: &Path) -> Result<Recorder, RecordingError> {
        let found = std::fs::metadata(path);
        let created = found.is_err();
        let regular = found.as_ref().map_or(true, |found| found.is_file());
        let mut options = OpenOptions::new();
        options.append(true).create(true).read(regular);
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if regular {
            // What a call asked for is nobody else's to read.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            // What is no link now is not to become one.
            let links = if is_link { Links::Followed } else { Links::Refused };
            ownership::never_wait(&mut options, path, links)
                .map_err(|error| failure(path, "opened", error))?;
        }
        let mut file = options.open(path).map_err(|error| failure(path, "opened", error))?;
        if regular {
            check_owner(&file, path)?;
            check(&mut file, path)?;
        }
        Ok(Recorder { path: path.to_owned(), file, created, buffer: Vec::new(), due: None })
    }

    /// Takes up a call. It is in the file within 100 ms when [`flush`](Recorder::flush) is called
    /// at [`due`](Recorder::due).
    ///
    /// # Errors
    ///
    /// When the buffer was full and could not be written.
    pub fn record(
        &mut self,
        call: &Call,
        requires: &[Requires<'_>],
        now: Instant,
    ) -> Result<(), RecordingError> {
        let line = Line::of(call, requires);
        if serde_json::to_writer(&mut self.buffer, &line).is_ok() {
            self.buffer.push(b'\n');
        }
        self.due.get_or_insert(now + FLUSH_AFTER);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// When it is time to flush, if anything waits.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Hands what waits to the operating system, where it survives a `kill -9` of ours.
    ///
    /// # Errors
    ///
    /// When the file cannot be written (the disk is full). What waited is given up then.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        self.due = None;
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|error| failure(&self.path, "written", error))
    }

    /// Takes the file away again if it was made here and nothing was recorded.
    pub fn discard(self) {
        if self.created
            && self.file.metadata().is_ok_and(|found| found.is_file() && found.len() == 0)
        {
            // Nothing hangs on it: an empty file is a recording without calls.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes sure that nobody else writes to what the policy is made from.
fn check_owner(file: &File, path: &Path) -> Result<(), RecordingError> {
    let found = file.metadata().map_err(|error| failure(path, "read", error))?;
    let shown = || path.display().to_string();
    if let Some(uid) = ownership::foreign_owner(&found) {
        return Err(RecordingError::Foreign { path: shown(), uid });
    }
    match ownership::writable_by_others(&found) {
        Some(mode) => Err(RecordingError::Exposed { path: shown(), mode }),
        None => Ok(()),
    }
}

/// Makes sure that the file is a recording whose last line is whole.
fn check(file: &mut File, path: &Path) -> Result<(), RecordingError> {
    let unreadable = |error| failure(path, "read", error);
    let length = file.metadata().map_err(unreadable)?.len();
    if length == 0 {
        return Ok(());
    }
    let mut first = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    read_line(&mut BufReader::new(&mut *file), &mut first).map_err(unreadable)?;
    let whole = first.last() == Some(&b'\n');
    let path_shown = path.display().to_string();
    match parse(&first) {
        Ok(Some(_)) => {}
        Err(_) if !whole && looks_cut_off(&first) => {}
        Ok(None) | Err(Problem::Other) => {
            return Err(RecordingError::NotForCalls { path: path_shown, line: 1 });
        }
        Err(problem) => return Err(problem.at(&path_shown, 1)),
    }
    mend_end(file, length).map_err(|error| failure(path, "written", error))
}

/// Ends the last line: with a newline when it is whole, else by taking it away.
fn mend_end(file: &mut File, length: u64) -> io::Result<()> {
    let start = length.saturating_sub(LONGEST_LINE);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(LONGEST_LINE).read_to_end(&mut tail)?;
    if tail.last() == Some(&b'\n') {
        return Ok(());
    }
    let last = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    if parse(&tail[last..]).is_ok() {
        return file.write_all(b"\n");
    }
    let kept = u64::try_from(last).map_or(start, |last| start + last);
    file.set_len(kept)
}
