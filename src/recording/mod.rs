//! Recordings: the file of calls, one JSON line each, appended as they are heard.
//!
//! A line is what [`Call`] holds and what the call needs: neither type has a place for a key, a token, a
//! signature or a body. Names are in it (of resources, principals, tags), and a name can say more than its owner
//! wants to tell, so that the file is for its user alone.

mod read;
pub mod recorded;
pub mod requires;

pub use read::{Reader, Recording, STDIN};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::call::{
    Authorization, Call, Evidence, Identity, Name, Outcome, Source, Timestamp, without_session,
};
use crate::ownership::{self, Links};
use crate::recognize::http::path_shape;

/// The version of the lines that are written, and the only one that is read.
const VERSION: u64 = 1;
/// How long a line may stay in memory. Leaves room in the 100 ms that are promised.
const FLUSH_AFTER: Duration = Duration::from_millis(50);
/// How much may wait in memory before it is written at once.
const BUFFER: usize = 64 * 1024;
/// No line is longer: a datagram has at most 64 KiB.
const LONGEST_LINE: u64 = 1024 * 1024;

/// Conditions as IAM nests them: operator → condition key → values.
pub type Conditions = BTreeMap<Name, BTreeMap<Name, Vec<String>>>;

/// Why a file cannot be recorded to or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It cannot be opened, read or written.
    #[error("the recording {path} cannot be {done}: {error}")]
    File {
        /// Which file.
        path: String,
        /// `opened`, `read` or `written`.
        done: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody else may do with it what they like.
    #[error(
        "the recording {path} belongs to another user (uid {uid}), who can put calls into it; record to a file of your own"
    )]
    Foreign {
        /// Which file.
        path: String,
        /// Whose it is.
        uid: u32,
    },
    /// Others may put calls into it.
    #[error(
        "other users can write to the recording {path} (mode {mode:03o}), and so put calls into it; take that away from them (chmod go-w), or record to another file"
    )]
    Exposed {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// It is something else, and calls cannot be appended to it.
    #[error(
        "line {line} of {path} is not a recorded call; give a file that --record wrote, or a new one"
    )]
    NotForCalls {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
    },
    /// A line of it is something else.
    #[error("line {line} of {path} is not a recorded call; give files that --record wrote")]
    NotARecording {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
    },
    /// A line of it is of another version.
    #[error(
        "line {line} of {path} has version {version}, which this leastwise does not know; use the one that wrote it, or a newer one"
    )]
    Version {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: u64,
        /// Its version.
        version: u64,
    },
}

/// One requirement of a call, as a recording tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires<'a> {
    /// The action (`s3:PutObject`).
    pub action: Cow<'a, str>,
    /// ARNs or ARN patterns.
    pub resources: Cow<'a, [String]>,
    /// Conditions that hold.
    pub conditions: Cow<'a, Conditions>,
    /// The word for why (`operation`, `role`).
    pub reason: Cow<'a, str>,
}

/// One recorded call.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The call; what a recording does not hold (the error's sentence, the attempts) is empty.
    pub call: Call,
    /// What it needed when it was recorded.
    pub requires: Vec<Requires<'static>>,
}

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

/// Reads up to and including a newline, but never more than [`LONGEST_LINE`].
fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    input.take(LONGEST_LINE).read_until(b'\n', text)
}

/// Whether a line that does not parse has the beginning of one of ours.
fn looks_cut_off(text: &[u8]) -> bool {
    const BEGINNING: &[u8] = br#"{"v":1,"time":""#;
    let length = text.len().min(BEGINNING.len());
    text[..length] == BEGINNING[..length]
}

/// What is wrong with a line.
enum Problem {
    Version(u64),
    Other,
}

impl Problem {
    fn at(self, path: &str, line: u64) -> RecordingError {
        let path = path.to_owned();
        match self {
            Problem::Version(version) => RecordingError::Version { path, line, version },
            Problem::Other => RecordingError::NotARecording { path, line },
        }
    }
}

fn failure(path: &Path, done: &'static str, error: io::Error) -> RecordingError {
    RecordingError::File { path: path.display().to_string(), done, error }
}

/// The call on a line; `None` for an empty one.
fn parse(text: &[u8]) -> Result<Option<Entry>, Problem> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let Versioned { v } = serde_json::from_slice(text).map_err(|_| Problem::Other)?;
    if v != VERSION {
        return Err(Problem::Version(v));
    }
    let line: Line<'_> = serde_json::from_slice(text).map_err(|_| Problem::Other)?;
    line.into_entry().map(Some).ok_or(Problem::Other)
}

/// A line, its fields in the order in which they are written.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    v: u64,
    time: String,
    source: Cow<'a, str>,
    service: Cow<'a, str>,
    operation: Option<Cow<'a, str>>,
    region: Option<Cow<'a, str>>,
    partition: Cow<'a, str>,
    account: Option<Cow<'a, str>>,
    principal: Option<Cow<'a, str>>,
    status: Option<u16>,
    error: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    user_agent: Option<Cow<'a, str>>,
    parameters: Cow<'a, Map<String, Value>>,
    requires: Cow<'a, [Requires<'a>]>,
    /// What the source called the operation that the catalogue does not have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    unrecognized: Option<Cow<'a, str>>,
    /// Method and the shape of the path (`/…/…`) of a request that was not recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    method: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    path: Option<Cow<'a, str>>,
    /// The ARN of the principal, when it was known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    principal_arn: Option<Cow<'a, str>>,
    /// Whose the key is that the answer gave out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    told: Option<Told<'a>>,
    /// How the request was authorised, where that is not a signature in a header.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authorization: Option<Cow<'a, str>>,
    /// `false`: AWS answered that it does not know who called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authenticated: Option<bool>,
}

/// How a request was authorised, of which a recording says nothing where it is signed in the usual way.
fn authorization(call: &Call) -> Option<&'static str> {
    let found = call.evidence.authorization.filter(|it| *it != Authorization::SigV4);
    found.map(Authorization::as_str)
}

#[derive(Serialize, Deserialize)]
struct Told<'a> {
    access_key: Cow<'a, str>,
    /// None for a key of the caller's own principal.
    arn: Option<Cow<'a, str>>,
}

impl<'a> Line<'a> {
    fn of(call: &'a Call, requires: &'a [Requires<'a>]) -> Line<'a> {
        fn text(value: Option<&str>) -> Option<Cow<'_, str>> {
            value.map(Cow::Borrowed)
        }
        let operation = text(call.operation.as_deref());
        let (operation, unrecognized) =
            if call.recognized { (operation, None) } else { (None, operation) };
        let told = &call.evidence.told;
        Line {
            v: VERSION,
            time: rfc3339(call.time),
            source: call.source.as_str().into(),
            service: Cow::Borrowed(&call.service),
            operation,
            region: text(call.region.as_deref()),
            partition: Cow::Borrowed(&call.partition),
            account: text(call.account.as_deref()),
            principal: text(call.principal.as_deref()),
            status: call.outcome.status,
            error: text(call.outcome.error.as_deref()),
            request_id: text(call.outcome.request_id.as_deref()),
            host: text(call.host.as_deref()),
            user_agent: text(call.user_agent.as_deref()),
            parameters: Cow::Borrowed(&call.parameters),
            requires: Cow::Borrowed(requires),
            unrecognized,
            method: text(call.method.as_deref()),
            // Also of a call that an older recording told: its path may hold anything.
            path: call.path.as_deref().map(path_shape).map(Cow::Owned),
            principal_arn: told
                .iter()
                .find(|it| it.access_key.is_none())
                .and_then(|it| it.arn.as_deref())
                .map(without_session),
            told: told.iter().find_map(|it| {
                Some(Told {
                    access_key: text(it.access_key.as_deref())?,
                    arn: it.arn.as_deref().map(without_session),
                })
            }),
            authorization: text(authorization(call)),
            authenticated: call.outcome.is_unauthenticated(&call.service).then_some(false),
        }
    }

    fn into_entry(self) -> Option<Entry> {
        fn owned(value: Option<Cow<'_, str>>) -> Option<String> {
            value.map(Cow::into_owned)
        }
        fn name(value: Cow<'_, str>) -> Name {
            Cow::Owned(value.into_owned())
        }
        let recognized = self.operation.is_some();
        let caller = self
            .principal_arn
            .map(|arn| Identity { access_key: None, arn: Some(arn.into_owned()) });
        let given = self.told.map(|Told { access_key, arn }| Identity {
            access_key: Some(access_key.into_owned()),
            arn: owned(arn),
        });
        let evidence = Evidence {
            authorization: self.authorization.as_deref().and_then(Authorization::of_word),
            told: caller.into_iter().chain(given).collect(),
            ..Evidence::default()
        };
        let mut call = Call {
            source: source(&self.source)?,
            time: timestamp(&self.time)?,
            service: name(self.service),
            operation: self.operation.or(self.unrecognized).map(name),
            recognized,
            region: self.region.map(name),
            partition: name(self.partition),
            account: owned(self.account),
            principal: owned(self.principal),
            outcome: Outcome {
                status: self.status,
                error: owned(self.error),
                message: None,
                request_id: owned(self.request_id),
            },
            attempts: 0,
            host: owned(self.host),
            method: owned(self.method),
            path: self.path.as_deref().map(path_shape),
            user_agent: owned(self.user_agent),
            parameters: self.parameters.into_owned(),
            evidence,
        };
        if self.authenticated == Some(false) {
            call.outcome.say_unauthenticated();
        }
        let requires = self.requires.iter().map(owned_requires).collect();
        Some(Entry { call, requires })
    }
}

fn owned_requires(requires: &Requires<'_>) -> Requires<'static> {
    Requires {
        action: Cow::Owned(requires.action.clone().into_owned()),
        resources: Cow::Owned(requires.resources.clone().into_owned()),
        conditions: Cow::Owned(requires.conditions.clone().into_owned()),
        reason: Cow::Owned(requires.reason.clone().into_owned()),
    }
}

fn source(word: &str) -> Option<Source> {
    [Source::Csm, Source::Proxy, Source::CloudTrail]
        .into_iter()
        .find(|source| source.as_str() == word)
}

/// `2026-11-22T08:15:30.123Z`. A moment past the year 9999, which only a wrong clock tells, is
/// written as the last one before.
fn rfc3339(time: Timestamp) -> String {
    const LAST: u64 = 253_402_300_799_999;
    let milliseconds = time.0.min(LAST);
    let moment = i64::try_from(milliseconds / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        milliseconds % 1000
    )
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests;
