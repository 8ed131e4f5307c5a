//! Tables with events, as Athena writes its results: a column with whole events, or CloudTrail's columns.

use std::borrow::Cow;
use std::io::{self, Read};

use csv_core::{ReadFieldResult, Reader};

use crate::recording::trail::events::LONGEST;
use crate::recording::trail::row;
use crate::recording::trail::split::{Fault, Found};

/// Columns of a table at most; a table of events has some thirty.
const MOST_COLUMNS: usize = 256;
const CHUNK: usize = 64 << 10;

/// Whether a text begins with the names of columns that events have.
pub(super) fn begins(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let names: Vec<&str> = line.trim_end().split(',').map(|it| it.trim_matches('"')).collect();
    let has_name = |name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    (has_name("eventsource") && has_name("eventname"))
        || names.iter().any(|name| row::is_whole(name)) && {
            let rest = &text[line.len()..];
            rest.trim_ascii_start().is_empty() || rest.contains(&b'{')
        }
}

/// Reads a table, row by row; a row is given as the JSON object of its event.
pub(super) struct Table<R> {
    input: R,
    reader: Reader,
    buffer: Vec<u8>,
    /// What of the buffer is not read yet.
    unread: std::ops::Range<usize>,
    is_over: bool,
    /// The bytes that were read.
    position: u64,
    columns: Vec<String>,
    row: Vec<u8>,
    /// Where the row's fields end in it.
    ends: Vec<usize>,
    event: Vec<u8>,
}

/// A row that was read.
enum Row {
    Whole,
    TooLong,
    Over,
}

impl<R: Read> Table<R> {
    pub(super) fn new(input: R) -> Table<R> {
        Table {
            input,
            reader: Reader::new(),
            buffer: vec![0; CHUNK],
            unread: 0..0,
            is_over: false,
            position: 0,
            columns: Vec::new(),
            row: Vec::new(),
            ends: Vec::new(),
            event: Vec::new(),
        }
    }

    /// The next row's event or fault; `None` at the end. The place is that of the row.
    ///
    /// # Errors
    ///
    /// When the text cannot be read on.
    pub(super) fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        if self.columns.is_empty() {
            match self.read_row()? {
                Row::Over => return Ok(None),
                Row::TooLong => return Ok(Some(Found::Fault(Fault::TooLong, 0))),
                Row::Whole => {}
            }
            let fields = row::fields(&self.row, &self.ends);
            self.columns = fields.map(|it| String::from_utf8_lossy(it).into_owned()).collect();
        }
        let position = self.position;
        match self.read_row()? {
            Row::Over => return Ok(None),
            Row::TooLong => return Ok(Some(Found::Fault(Fault::TooLong, position))),
            Row::Whole => {}
        }
        let fields = row::fields(&self.row, &self.ends);
        let event = match row::event(&self.columns, fields) {
            None => return Ok(Some(Found::Fault(Fault::NoEvent, position))),
            Some(Cow::Borrowed(text)) => text,
            Some(Cow::Owned(text)) => {
                self.event = text;
                &self.event
            }
        };
        Ok(Some(if event.len() > LONGEST {
            Found::Fault(Fault::TooLong, position)
        } else {
            Found::Value(event, position, &[])
        }))
    }

    fn read_row(&mut self) -> io::Result<Row> {
        self.row.clear();
        self.ends.clear();
        let mut is_long = false;
        let mut output = [0; 4096];
        loop {
            if self.unread.is_empty() && !self.is_over {
                let read = self.input.read(&mut self.buffer)?;
                self.unread = 0..read;
                self.is_over = read == 0;
            }
            let unread = &self.buffer[self.unread.clone()];
            let (result, read, written) = self.reader.read_field(unread, &mut output);
            self.unread.start += read;
            self.position += read as u64;
            if self.row.len() + written <= LONGEST * 2 {
                self.row.extend_from_slice(&output[..written]);
            } else {
                is_long = true;
            }
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end } => {
                    if self.ends.len() < MOST_COLUMNS {
                        self.ends.push(self.row.len());
                    }
                    if record_end {
                        return Ok(if is_long { Row::TooLong } else { Row::Whole });
                    }
                }
                ReadFieldResult::End => return Ok(Row::Over),
            }
        }
    }
}
