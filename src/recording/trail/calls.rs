//! All calls of inputs, each once, in an order that depends on nothing but what they are.

use std::io::{self, Write};

use crate::call::Call;
use crate::recognize::cloudtrail::{Sessions, Via};
use crate::recording::entry::Entry;
use crate::recording::error::RecordingError;
use crate::recording::trail::distinct::Distinct;
use crate::recording::trail::input::{Input, Options};
use crate::recording::trail::shared::State;
use crate::recording::trail::told::Told;
use crate::recording::trail::{lines, parts, work};

/// All calls of inputs, each once.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    distinct: Distinct,
    sessions: Sessions,
    pub(crate) told: Told,
    /// Recordings whose last line is cut off.
    pub(crate) cut_off: Vec<String>,
}

impl Trail {
    /// Reads inputs to the end.
    ///
    /// # Errors
    ///
    /// When a recording among them cannot be read or is none; and when something is wrong with CloudTrail's events, where that is to
    /// stop it.
    pub(crate) fn read(
        inputs: Vec<Input>,
        told: Told,
        options: Options<'_>,
    ) -> Result<Trail, RecordingError> {
        let state = work::work(inputs, told, options)?;
        let State { mut distinct, sessions, mut told, mut cut_off, .. } = state;
        told.distinct = distinct.len() as u64;
        distinct.end();
        cut_off.sort();
        let cut_off = cut_off.into_iter().map(|(_, name)| name).collect();
        Ok(Trail { distinct, sessions, told, cut_off })
    }

    /// Hands over the calls that tell whose a key is.
    ///
    /// # Errors
    ///
    /// When what was put on disk cannot be read again.
    pub(crate) fn tellings(&self, mut each: impl FnMut(&Call)) -> Result<(), RecordingError> {
        let mut calls = self.distinct.reader();
        for index in self.distinct.telling() {
            let (_, counted, tail) = calls.get(index).map_err(lost)?;
            if let Some((entry, _)) = lines::entry(counted, tail) {
                each(&entry.call);
            }
        }
        Ok(())
    }

    /// Hands over each call with the number of the recording that it is of, in the order in which they were first made.
    ///
    /// # Errors
    ///
    /// When what was put on disk cannot be read again.
    pub(crate) fn each(
        &mut self,
        mut each: impl FnMut(usize, Entry),
    ) -> Result<(), RecordingError> {
        let Trail { distinct, sessions, told, .. } = self;
        let read = |part: &[u32]| -> io::Result<Vec<_>> {
            let mut calls = distinct.reader();
            let read = part.iter().map(|index| {
                let (number, counted, tail) = calls.get(*index)?;
                Ok(lines::entry(counted, tail).map(|it| (number, it)))
            });
            read.filter_map(io::Result::transpose).collect()
        };
        parts::in_order(
            &distinct.in_order(),
            |it| distinct.length(*it),
            read,
            |part| {
                for (number, (mut entry, forwarded)) in part? {
                    if let Some(forwarded) = forwarded {
                        match sessions.via(&forwarded) {
                            Via::Caller => {
                                for it in &mut entry.requires {
                                    forwarded.amend(&it.action, it.conditions.to_mut());
                                }
                            }
                            Via::Own => {}
                            Via::Unknown => told.undecided += entry.times,
                        }
                    }
                    each(number, entry);
                }
                Ok(())
            },
        )
        .map_err(lost)
    }

    /// Writes a recording that has each call once.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or what was put on disk cannot be read again.
    pub(crate) fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        let write = |part: &[u32]| -> io::Result<Vec<u8>> {
            let mut calls = self.distinct.reader();
            let mut text = Vec::with_capacity(part.len() << 10);
            for index in part {
                let (_, counted, tail) = calls.get(*index)?;
                lines::add(counted, tail, &mut text);
            }
            Ok(text)
        };
        let length = |it: &u32| self.distinct.length(*it);
        parts::in_order(&self.distinct.in_order(), length, write, |text| output.write_all(&text?))?;
        lines::write_sessions(&self.sessions, output)
    }
}

fn lost(error: io::Error) -> RecordingError {
    RecordingError::File { path: "a temporary file".to_owned(), done: "read", error }
}
