//! One input, cut into batches; the lines of recordings among the inputs are counted as they are read.

use std::io::{self, BufReader, Read};

use crate::recording::error::RecordingError;
use crate::recording::line::{LONGEST_LINE, Problem, looks_cut_off, read_line};
use crate::recording::trail::batch::Batch;
use crate::recording::trail::distinct::{Counted, Stored};
use crate::recording::trail::input::Input;
use crate::recording::trail::kind::Kind;
use crate::recording::trail::lines::{self, Read as Line};
use crate::recording::trail::shared::Shared;
use crate::recording::trail::split::{Fault, Found, Splitter};
use crate::recording::trail::table::Table;

/// Lines that are counted at once.
const LINES: usize = 256;

/// Cuts an input to its end; `each` gets the batches, and gives back empty ones.
pub(super) fn cut(
    shared: &Shared,
    index: usize,
    input: &mut Input,
    each: &mut dyn FnMut(Batch) -> Batch,
) {
    let kind = input.kind;
    let text = match input.content.open(&shared.bytes) {
        Ok(text) => text,
        Err(error) => return shared.unreadable(index, error),
    };
    match kind {
        Kind::Events => {
            let mut splitter = Splitter::new(text);
            cut_events(shared, index, |found| hand(splitter.next(), found), each);
        }
        Kind::Table => {
            let mut table = Table::new(text);
            cut_events(shared, index, |found| hand(table.next(), found), each);
        }
        Kind::Summary | Kind::Recording => read_lines(shared, index, text),
    }
}

/// Hands over what was found; whether there was something.
fn hand(found: io::Result<Option<Found<'_>>>, to: &mut dyn FnMut(Found<'_>)) -> io::Result<bool> {
    Ok(found?.map(to).is_some())
}

fn cut_events(
    shared: &Shared,
    index: usize,
    mut next: impl FnMut(&mut dyn FnMut(Found<'_>)) -> io::Result<bool>,
    each: &mut dyn FnMut(Batch) -> Batch,
) {
    let mut batch = Batch::of(index);
    let mut behind = 0;
    while !shared.is_stopped() {
        let more = next(&mut |found| match found {
            Found::Value(value, position, members) => {
                behind = position + value.len() as u64;
                batch.push(value, position, members);
            }
            Found::Fault(fault, position) => shared.fault(index, position, fault),
        });
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                match error.kind() {
                    // What flate2 says of data that is not as gzip has it.
                    io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof => {
                        shared.fault(index, behind, Fault::Compressed);
                    }
                    _ => shared.unreadable(index, error),
                }
                break;
            }
        }
        if batch.is_full() {
            batch = each(batch);
        }
    }
    if !batch.is_empty() {
        each(batch);
    }
}

/// Counts the lines of a recording or summary. They are ours: what is wrong with one stops it.
fn read_lines(shared: &Shared, index: usize, text: Box<dyn Read + '_>) {
    let name = shared.name(index);
    let number = shared.names.get(index).map_or(0, |(number, _)| *number);
    let mut input = BufReader::new(text);
    let mut text = Vec::new();
    let mut calls = Vec::new();
    let mut line = 0;
    while !shared.is_stopped() {
        text.clear();
        let length = match read_line(&mut input, &mut text) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) => {
                let path = name.to_owned();
                let error = RecordingError::File { path, done: "read", error };
                return shared.stop((index, line), error);
            }
        };
        line += 1;
        let is_whole = text.last() == Some(&b'\n');
        if !is_whole && length as u64 == LONGEST_LINE {
            return shared.stop((index, line), Problem::Other.at(name, line));
        }
        match lines::read(&text) {
            Ok(Line::Nothing) => {}
            Ok(Line::Sessions(sessions)) => shared.state().sessions.merge(sessions),
            Ok(Line::Call(it)) => {
                let (entry, counted, forwarded) = *it;
                let forwarded = forwarded.as_ref();
                let stored = lines::stored(number, entry.call, &entry.requires, forwarded, true);
                calls.extend(stored.map(|stored| (stored, counted)));
                if calls.len() >= LINES {
                    count(shared, index, &mut calls);
                }
            }
            Err(_) if !is_whole && looks_cut_off(&text) => {
                shared.state().cut_off.push((index, name.to_owned()));
                break;
            }
            Err(problem) => return shared.stop((index, line), problem.at(name, line)),
        }
    }
    count(shared, index, &mut calls);
}

fn count(shared: &Shared, index: usize, calls: &mut Vec<(Stored, Counted)>) {
    let mut state = shared.state();
    for (stored, counted) in calls.drain(..) {
        match state.distinct.insert(&stored) {
            Ok(call) => state.distinct.count(call, counted),
            Err(error) => {
                drop(state);
                return shared.unstorable(index, error);
            }
        }
    }
}
