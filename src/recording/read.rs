//! Reading recordings: call by call, or whole.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::call::Call;
use crate::recording::entry::Entry;
use crate::recording::error::RecordingError;
use crate::recording::line::{LONGEST_LINE, Problem, looks_cut_off, parse, read_line};

/// What standard input is called in a sentence.
pub const STDIN: &str = "standard input";

/// What of a line tells whose a key is.
#[derive(Deserialize)]
struct Telling<'a> {
    #[serde(borrow)]
    principal: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    principal_arn: Option<Cow<'a, str>>,
    #[serde(default)]
    told: Option<IgnoredAny>,
}

/// A recording that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// Its calls, in the order of the file.
    pub entries: Vec<Entry>,
    /// Whether the last line was cut off, as a `kill -9` leaves it; it is not among the entries.
    pub cut_off: bool,
}

impl Recording {
    /// Reads a whole recording; `-` is standard input. An empty file is a recording without calls.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line other than a cut-off last one is not a call.
    pub fn read(path: &Path) -> Result<Recording, RecordingError> {
        let mut reader = Reader::open(path)?;
        let entries = reader.by_ref().collect::<Result<_, _>>()?;
        Ok(Recording { entries, cut_off: reader.cut_off() })
    }
}

/// A recording that is being read, one call after the other, in memory for one line. It ends after
/// the first error.
pub struct Reader<'a> {
    input: Box<dyn BufRead + 'a>,
    name: String,
    text: Vec<u8>,
    /// Lines that were read, the empty ones too.
    line: u64,
    cut_off: bool,
    over: bool,
}

impl<'a> Reader<'a> {
    /// Opens a recording; `-` is standard input.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Reader<'a>, RecordingError> {
        if path == Path::new("-") {
            return Ok(Reader::new(BufReader::new(io::stdin()), STDIN));
        }
        let name = path.display().to_string();
        let failed = |error| RecordingError::File { path: name.clone(), done: "opened", error };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().is_ok_and(|found| found.is_dir()) {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        Ok(Reader::new(BufReader::new(file), name))
    }

    /// Reads from anything; errors call it by this name.
    pub fn new(input: impl BufRead + 'a, name: impl Into<String>) -> Reader<'a> {
        Reader {
            input: Box::new(input),
            name: name.into(),
            text: Vec::new(),
            line: 0,
            cut_off: false,
            over: false,
        }
    }

    /// What it is called: the file's path, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the last line was cut off, as a `kill -9` leaves it. Known at the end.
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// Hands over the calls that tell whose a key is, to the end of the recording. What is wrong with it is said by whoever
    /// reads all calls.
    pub fn tellings(mut self, mut each: impl FnMut(&Call)) {
        // As lines are written: a name of a field and no text, in which every quotation mark has a backslash.
        let marks = [memmem::Finder::new("\"principal_arn\":"), memmem::Finder::new("\"told\":")];
        let mut last = (None, None);
        loop {
            self.text.clear();
            match read_line(&mut self.input, &mut self.text) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if !marks.iter().any(|mark| mark.find(&self.text).is_some()) {
                continue;
            }
            // Mostly a line says of its key what the one before it said.
            if let Ok(Telling { principal, principal_arn, told: None }) =
                serde_json::from_slice(&self.text)
            {
                if last.0.as_deref() == principal.as_deref()
                    && last.1.as_deref() == principal_arn.as_deref()
                {
                    continue;
                }
                last = (principal.map(Cow::into_owned), principal_arn.map(Cow::into_owned));
            }
            if let Ok(Some(entry)) = parse(&self.text) {
                each(&entry.call);
            }
        }
    }

    fn read(&mut self) -> Result<Option<Entry>, RecordingError> {
        loop {
            self.text.clear();
            let length = read_line(&mut self.input, &mut self.text).map_err(|error| {
                RecordingError::File { path: self.name.clone(), done: "read", error }
            })?;
            if length == 0 {
                return Ok(None);
            }
            self.line += 1;
            let whole = self.text.last() == Some(&b'\n');
            if !whole && u64::try_from(length).is_ok_and(|length| length == LONGEST_LINE) {
                return Err(Problem::Other.at(&self.name, self.line));
            }
            match parse(&self.text) {
                Ok(Some(entry)) => return Ok(Some(entry)),
                Ok(None) => {}
                Err(_) if !whole && looks_cut_off(&self.text) => {
                    self.cut_off = true;
                    return Ok(None);
                }
                Err(problem) => return Err(problem.at(&self.name, self.line)),
            }
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Entry, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let read = self.read().transpose();
        self.over = !matches!(read, Some(Ok(_)));
        read
    }
}
