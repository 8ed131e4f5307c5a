//! Recorded calls, read in one way by every command that takes recordings: each file once, however it is named; whose a key
//! is known of its first call already; and a recording that was cut off is told to whoever asked for the calls. CloudTrail's
//! events are known by what they are, in files and in folders.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use crate::call::Call;
use crate::recording::entry::Entry;
use crate::recording::error::RecordingError;
use crate::recording::read::{Reader, STDIN};
use crate::recording::trail::{
    Content, Found, FoundAll, Input, Kind, Options, Told, Trail, is_delivered, list,
};
use crate::text::printable;

/// Of what cannot be read twice, so much is kept in memory; what is longer goes into a file without a name.
const IN_MEMORY: usize = 16 << 20;
/// The beginning of a recording's line.
const LINE: &[u8] = br#"{"v":"#;

/// Recordings that were named, each once.
pub struct Recorded {
    /// How many were named.
    count: usize,
    recordings: Vec<Input>,
    trail: Option<Trail>,
    /// Bytes that were read of recordings.
    bytes: AtomicU64,
}

/// What is known of recordings once they were read to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a recording that was cut off lacks calls"]
pub struct Read {
    /// How many recordings there were.
    pub recordings: usize,
    /// Those whose last line is cut off, as after a kill: calls of theirs are missing.
    pub cut_off: Vec<String>,
    /// What is to be said of CloudTrail's events, where there were files of them.
    pub trail: Option<Told>,
}

impl Recorded {
    /// Finds out which files there are, and reads CloudTrail's; `learn` is handed each call that tells whose a key is, since that
    /// counts for what came before it, too.
    ///
    /// # Errors
    ///
    /// When one cannot be opened or read, or has events with which something is wrong and that is to stop it.
    pub fn open(
        paths: &[PathBuf],
        options: Options<'_>,
        mut learn: impl FnMut(&Call),
    ) -> Result<Recorded, RecordingError> {
        let Inputs { count, inputs, told } = Inputs::of(paths, options)?;
        let (recordings, of_trail): (Vec<Input>, Vec<Input>) =
            inputs.into_iter().partition(|it| it.kind == Kind::Recording);
        let mut recorded = Recorded { count, recordings, trail: None, bytes: AtomicU64::new(0) };
        for input in &mut recorded.recordings {
            reader(input, &recorded.bytes)?.tellings(&mut learn);
        }
        if !of_trail.is_empty() || told.says_something() {
            let trail = Trail::read(of_trail, told, options)?;
            trail.tellings(&mut learn)?;
            recorded.trail = Some(trail);
        }
        Ok(recorded)
    }

    /// Hands over each call, with the number of the recording that it is of; the first is 0. Calls of recordings come first, in
    /// their order, and then all others in the order in which they were made.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or a line of it is no call.
    pub fn read(mut self, mut each: impl FnMut(usize, Entry)) -> Result<Read, RecordingError> {
        let mut read = Read { recordings: self.count, ..Read::default() };
        for input in &mut self.recordings {
            let number = input.number;
            let mut reader = reader(input, &self.bytes)?;
            for entry in reader.by_ref() {
                each(number, entry?);
            }
            if reader.cut_off() {
                read.cut_off.push(printable(reader.name()).into_owned());
            }
        }
        if let Some(mut trail) = self.trail {
            trail.each(each)?;
            read.cut_off.extend(trail.cut_off.iter().map(|name| printable(name).into_owned()));
            read.trail = Some(trail.told).filter(Told::says_something);
        }
        Ok(read)
    }
}

/// Recordings and CloudTrail's events, of which each distinct call is to be written once.
pub struct Summary {
    count: usize,
    trail: Trail,
}

impl Summary {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// As [`Recorded::open`], and when a line of a recording is no call.
    pub fn of(paths: &[PathBuf], options: Options<'_>) -> Result<Summary, RecordingError> {
        let Inputs { count, inputs, told } = Inputs::of(paths, options)?;
        Ok(Summary { count, trail: Trail::read(inputs, told, options)? })
    }

    /// Writes a recording that has each distinct call once, and gives what was read.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(self, output: &mut dyn Write) -> io::Result<Read> {
        self.trail.write(output)?;
        let cut_off = self.trail.cut_off.iter().map(|name| printable(name).into_owned()).collect();
        Ok(Read { recordings: self.count, cut_off, trail: Some(self.trail.told) })
    }
}

/// Opens a recording at its beginning.
fn reader<'a>(input: &'a mut Input, bytes: &'a AtomicU64) -> Result<Reader<'a>, RecordingError> {
    let Input { name, content, .. } = input;
    let text = content.open(bytes).map_err(|error| opened(name, error))?;
    Ok(Reader::new(BufReader::new(text), name.as_str()))
}

fn opened(name: &str, error: io::Error) -> RecordingError {
    RecordingError::File { path: name.to_owned(), done: "opened", error }
}

/// The files that were named, and those of folders.
#[derive(Debug, Default)]
struct Inputs {
    count: usize,
    inputs: Vec<Input>,
    told: Told,
}

impl Inputs {
    fn of(paths: &[PathBuf], options: Options<'_>) -> Result<Inputs, RecordingError> {
        let mut found = Inputs::default();
        let mut seen = HashSet::new();
        for path in paths {
            if !seen.insert(Identity::of(path)) {
                continue;
            }
            let number = found.count;
            found.count += 1;
            if let Some(elsewhere) = options.elsewhere
                && let Some(address) = path.to_str().filter(|it| elsewhere.is_address(it))
            {
                let only = options.only.cloned().unwrap_or_default();
                let there = elsewhere.at(address, &only);
                let there = there.map_err(RecordingError::Elsewhere)?;
                found.add_elsewhere(there, number, options)?;
                continue;
            }
            if path != Path::new("-") && path.is_dir() {
                found.add_folder(path, number, options, &mut seen)?;
                continue;
            }
            let (name, mut content) = content(path)?;
            let beginning = content.beginning().map_err(|error| opened(&name, error))?;
            let kind = Kind::of(&beginning);
            found.inputs.push(Input { number, name, content, kind });
        }
        Ok(found)
    }

    fn add_folder(
        &mut self,
        folder: &Path,
        number: usize,
        options: Options<'_>,
        seen: &mut HashSet<Identity>,
    ) -> Result<(), RecordingError> {
        let shown = folder.display().to_string();
        let listed = list(folder).map_err(|error| opened(&shown, error))?;
        self.told.others += listed.others;
        for path in listed.files {
            if !seen.insert(Identity::of(&path)) {
                continue;
            }
            let name = path.display().to_string();
            let is_of_events =
                path.file_name().is_some_and(|it| is_delivered(&it.to_string_lossy()));
            self.add((name, Content::File(path), is_of_events), number, options)?;
        }
        Ok(())
    }

    fn add_elsewhere(
        &mut self,
        there: FoundAll,
        number: usize,
        options: Options<'_>,
    ) -> Result<(), RecordingError> {
        self.told.others += there.others;
        for Found { name, stored, is_of_events } in there.found {
            self.add((name, Content::Elsewhere(stored), is_of_events), number, options)?;
        }
        Ok(())
    }

    /// Adds one of many that lie at one place, if it holds events or recorded calls.
    fn add(
        &mut self,
        (name, mut content, is_of_events): (String, Content, bool),
        number: usize,
        options: Options<'_>,
    ) -> Result<(), RecordingError> {
        let kind = if is_of_events {
            Kind::Events
        } else {
            match content.beginning() {
                Ok(beginning) if beginning.trim_ascii().is_empty() => return Ok(()),
                Ok(beginning) => match Kind::of(&beginning) {
                    Kind::Recording if !beginning.starts_with(LINE) => {
                        self.told.add_foreign(name);
                        return Ok(());
                    }
                    kind => kind,
                },
                Err(error) if options.strict => return Err(opened(&name, error)),
                Err(error) => {
                    self.told.unreadable.insert(name, error.to_string());
                    return Ok(());
                }
            }
        };
        self.inputs.push(Input { number, name, content, kind });
        Ok(())
    }
}

/// What is read of a file; of a pipe, which can be read only once, a copy.
fn content(path: &Path) -> Result<(String, Content), RecordingError> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { STDIN.to_owned() } else { path.display().to_string() };
    if !is_stdin && fs::metadata(path).map_or(true, |found| found.is_file()) {
        return Ok((name, Content::File(path.to_owned())));
    }
    let failed = |done, error| RecordingError::File { path: name.clone(), done, error };
    let mut copy = tempfile::spooled_tempfile(IN_MEMORY);
    if is_stdin {
        io::copy(&mut io::stdin().lock(), &mut copy).map_err(|error| failed("read", error))?;
    } else {
        let mut stream = File::open(path).map_err(|error| failed("opened", error))?;
        io::copy(&mut stream, &mut copy).map_err(|error| failed("read", error))?;
    }
    Ok((name, Content::Copied(copy)))
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
