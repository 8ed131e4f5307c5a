//! JSON of any layout, cut into the objects that can be events: arrays, lines, objects one after the other, and the lists of the
//! containers in which CloudTrail's events come. One object is in memory at a time, and none that is longer than an event can be.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memchr3;

use crate::recognize::cloudtrail::Member;
use crate::recording::trail::events::{LONGEST, MOST_MEMBERS, is_of_events};
use crate::recording::trail::skim::{Skimmed, skim};

/// How much is read at once.
const CHUNK: usize = 64 << 10;
/// Objects and lists within each other; serde_json reads no more, either.
const DEEPEST: u32 = 127;
/// What is longer, and not all there yet, is not tried again.
const SKIMMED: usize = 64 << 10;
/// What of the text before is kept between values: the name of a container's member.
const CONTEXT: usize = 32;

/// What is found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// An object, or a string that may hold one; the number of the text's byte that it begins with, from 0; and where its members are, as
    /// far as a glance tells.
    Value(&'a [u8], u64, &'a [Member]),
    /// Something that is none.
    Fault(Fault, u64),
}

/// What is wrong with a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A value that is longer than an event can be.
    TooLong,
    /// Objects in objects, deeper than any event has them.
    TooDeep,
    /// A value that does not end as it began.
    Broken,
    /// The text ends within a value.
    CutOff,
    /// Something other than JSON.
    NoJson,
    /// JSON that is no event.
    NoEvent,
    /// An event whose time is none.
    NoTime,
    /// The compressed data ends too early, or is not what it should be.
    Compressed,
}

/// Cuts a text.
pub(super) struct Splitter<R> {
    input: R,
    buffer: Vec<u8>,
    /// How much of the buffer has been read into.
    filled: usize,
    /// Up to where it was looked at.
    at: usize,
    /// The number of the buffer's first byte in the text.
    base: u64,
    is_over: bool,
    /// Inside a container: whether inside its list.
    container: Option<bool>,
    value: Option<Value>,
    /// The members of the value so far.
    members: Vec<Member>,
    /// In something other than JSON, which was told.
    is_foreign: bool,
}

/// A value that is being read.
#[derive(Debug, Clone, Copy)]
struct Value {
    /// Where it begins in the buffer, unless it is passed over.
    start: usize,
    /// Where it begins in the text.
    position: u64,
    is_string: bool,
    in_string: bool,
    /// Behind a backslash in a string.
    is_escaped: bool,
    depth: u32,
    /// For each depth, whether it is a list.
    lists: u128,
    /// It is passed over, for this reason.
    dropped: Option<Fault>,
    /// It is a member of a container that holds no events.
    is_beside: bool,
    /// Where in its own members this is.
    within: Within,
}

/// A place in an object, by the members that are its own. Numbers are those of bytes from the object's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Before a name.
    BeforeName,
    /// In one, which begins there.
    Name(u32),
    /// Behind one.
    BehindName(u32, u32),
    /// Behind the colon, with the name before it.
    Value(u32, u32, u32),
    /// It is no object, has too many members, or is not what it looked like.
    Untold,
}

/// How the look at a value ended.
enum Ended {
    /// With it: behind the place in the buffer.
    Whole(usize),
    /// It is a container, whose list begins behind the place.
    List(usize),
    /// It is broken, and the next begins at the place.
    Broken(usize),
    /// There is no more in the buffer.
    NotYet,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(input: R) -> Splitter<R> {
        Splitter {
            input,
            buffer: vec![0; CHUNK * 2],
            filled: 0,
            at: 0,
            base: 0,
            is_over: false,
            container: None,
            value: None,
            members: Vec::new(),
            is_foreign: false,
        }
    }

    /// The next value or fault; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the text cannot be read on.
    pub(super) fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        loop {
            if self.at >= self.filled && !self.fill()? {
                return Ok(match self.value.take() {
                    Some(value) if !value.is_beside => {
                        self.container = None;
                        let fault = value.dropped.unwrap_or(Fault::CutOff);
                        Some(Found::Fault(fault, value.position))
                    }
                    _ if self.container.take().is_some() => {
                        Some(Found::Fault(Fault::CutOff, self.position(self.at)))
                    }
                    _ => None,
                });
            }
            let Some(mut value) = self.value.take() else {
                let found = self.begin();
                if let Some(position) = found {
                    return Ok(Some(Found::Fault(Fault::NoJson, position)));
                }
                if let Some(value) = self.skim()? {
                    let members = &*self.members;
                    let position = self.position(value.start);
                    return Ok(Some(Found::Value(&self.buffer[value], position, members)));
                }
                continue;
            };
            let mut members = std::mem::take(&mut self.members);
            let ended = self.look(&mut value, &mut members);
            self.members = members;
            match ended {
                Ended::NotYet => {
                    self.at = self.filled;
                    if value.dropped.is_none() && self.filled - value.start > LONGEST {
                        value.dropped = Some(Fault::TooLong);
                    }
                    self.value = Some(value);
                }
                Ended::Whole(end) => {
                    self.at = end;
                    if value.is_beside {
                        continue;
                    }
                    let is_long = value.dropped.is_none() && end - value.start > LONGEST;
                    return Ok(Some(match value.dropped.or(is_long.then_some(Fault::TooLong)) {
                        Some(fault) => Found::Fault(fault, value.position),
                        None => {
                            let members = if value.is_told() { &*self.members } else { &[] };
                            Found::Value(&self.buffer[value.start..end], value.position, members)
                        }
                    }));
                }
                Ended::List(behind) => {
                    self.at = behind;
                    self.container = Some(true);
                }
                Ended::Broken(next) => {
                    self.at = next;
                    if value.is_beside {
                        self.container = None;
                    }
                    return Ok(Some(Found::Fault(Fault::Broken, value.position)));
                }
            }
        }
    }

    fn position(&self, at: usize) -> u64 {
        self.base + at as u64
    }

    /// Where the object is that begins here, if it is seen at once to its end. `None`: it is looked at byte by byte.
    fn skim(&mut self) -> io::Result<Option<Range<usize>>> {
        // What is not all there yet is tried once more with more of the text.
        for _ in 0..2 {
            let Some(value) = self.value.as_ref().filter(|it| it.may_be_skimmed()) else { break };
            let start = value.start;
            match skim(&self.buffer[start..self.filled], &mut self.members) {
                Skimmed::Whole(length) => {
                    self.value = None;
                    self.at = start + length;
                    return Ok(Some(start..self.at));
                }
                Skimmed::NotYet if self.filled - start <= SKIMMED && self.fill()? => {}
                Skimmed::NotYet | Skimmed::Unusual => break,
            }
        }
        self.members.clear();
        Ok(None)
    }

    /// Reads more; whether there was any.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        let keep = match &mut self.value {
            Some(value) if value.dropped.is_none() => std::mem::replace(&mut value.start, 0),
            _ => self.at.saturating_sub(CONTEXT),
        };
        self.buffer.copy_within(keep..self.filled, 0);
        self.filled -= keep;
        self.at -= keep;
        self.base += keep as u64;
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => {
                    self.is_over = true;
                    return Ok(false);
                }
                Ok(more) => {
                    self.filled += more;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_over = true;
                    return Err(error);
                }
            }
        }
    }

    /// Between values: looks for the beginning of one. Gives the place of what is no JSON.
    fn begin(&mut self) -> Option<u64> {
        let is_beside = self.container == Some(false);
        let mut foreign = None;
        while let Some(&byte) = self.buffer[..self.filled].get(self.at) {
            match byte {
                b'{' | b'"' => {
                    self.is_foreign = false;
                    self.value = Some(Value::new(self.at, self.position(self.at), byte, is_beside));
                    self.members.clear();
                    self.at += 1;
                    break;
                }
                b'[' if is_beside => {
                    if is_of_events(&self.buffer[..self.at]) {
                        self.container = Some(true);
                    } else {
                        let value = Value::new(self.at, self.position(self.at), byte, true);
                        self.value = Some(value);
                    }
                    self.at += 1;
                    break;
                }
                b']' if self.container == Some(true) => {
                    self.container = Some(false);
                    self.at += 1;
                    break;
                }
                b'}' if is_beside => {
                    self.container = None;
                    self.at += 1;
                    break;
                }
                b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0x1e => {
                    self.at += 1;
                    if byte == b'\n' {
                        self.is_foreign = false;
                        if foreign.is_some() {
                            break;
                        }
                    }
                }
                // The time before each line of CloudWatch Logs' export; a byte order mark.
                b'0'..=b'9' | b'T' | b'Z' | b':' | b'.' | b'-' | b'+' | 0xef | 0xbb | 0xbf => {
                    self.at += 1;
                }
                _ => {
                    if !is_beside && !std::mem::replace(&mut self.is_foreign, true) {
                        foreign = Some(self.position(self.at));
                    }
                    self.at += 1;
                }
            }
        }
        foreign
    }

    /// Whether an object or a list may begin here, inside of another one.
    fn may_begin(&self, value: &Value, at: usize) -> bool {
        if value.depth > DEEPEST {
            return true;
        }
        let from = if value.dropped.is_some() { 0 } else { value.start };
        match self.buffer[from..at].trim_ascii_end().last() {
            Some(b':') => !value.in_list(),
            Some(b'[' | b',') => value.in_list(),
            // What stood before is not in the buffer any more.
            None => true,
            Some(_) => false,
        }
    }

    fn look(&self, value: &mut Value, members: &mut Vec<Member>) -> Ended {
        let buffer = &self.buffer[..self.filled];
        let mut at = self.at;
        loop {
            if value.in_string {
                match end_of_string(buffer, at, &mut value.is_escaped) {
                    Inside::Ended(behind) => {
                        value.in_string = false;
                        at = behind;
                        if value.is_string {
                            return Ended::Whole(at);
                        }
                        if value.depth == 1 {
                            value.string_ends(at - 1);
                        }
                    }
                    Inside::Newline(behind) => return Ended::Broken(behind),
                    Inside::NotYet => return Ended::NotYet,
                }
            }
            let Some(&byte) = buffer.get(at) else { return Ended::NotYet };
            match byte {
                b'"' => {
                    value.in_string = true;
                    if value.depth == 1 {
                        value.string_begins(at + 1);
                    }
                }
                b':' if value.depth == 1 => value.colon(at),
                b',' if value.depth == 1 => value.member_ends(at, members),
                b'{' | b'[' => {
                    let is_list = byte == b'[';
                    if is_list && value.is_outermost_object() && is_of_events(&buffer[..at]) {
                        return Ended::List(at + 1);
                    }
                    if !self.may_begin(value, at) {
                        return Ended::Broken(at);
                    }
                    value.open(is_list);
                }
                b'}' | b']' => {
                    if value.depth <= DEEPEST && value.in_list() != (byte == b']') {
                        return Ended::Broken(at + 1);
                    }
                    if value.depth == 1 {
                        value.member_ends(at, members);
                        return Ended::Whole(at + 1);
                    }
                    value.depth -= 1;
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl Value {
    fn new(start: usize, position: u64, first: u8, is_beside: bool) -> Value {
        Value {
            start,
            position,
            is_string: first == b'"',
            in_string: first == b'"',
            is_escaped: false,
            depth: 1,
            lists: u128::from(first == b'[') << 1,
            dropped: None,
            is_beside,
            within: if first == b'{' { Within::BeforeName } else { Within::Untold },
        }
    }

    /// Whether it is an object that nothing was looked at of, and that may be an event.
    fn may_be_skimmed(&self) -> bool {
        !self.is_beside && self.within == Within::BeforeName && self.dropped.is_none()
    }

    /// Whether it is told where all its members are.
    fn is_told(&self) -> bool {
        self.within != Within::Untold
    }

    fn number(&self, at: usize) -> u32 {
        // None of these is looked at of a value that is passed over, whose beginning is gone.
        at.wrapping_sub(self.start) as u32
    }

    fn string_begins(&mut self, at: usize) {
        self.within = match self.within {
            Within::BeforeName if self.dropped.is_none() => Within::Name(self.number(at)),
            within @ Within::Value(..) => within,
            _ => Within::Untold,
        };
    }

    fn string_ends(&mut self, at: usize) {
        if let Within::Name(from) = self.within {
            self.within = Within::BehindName(from, self.number(at));
        }
    }

    fn colon(&mut self, at: usize) {
        self.within = match self.within {
            Within::BehindName(from, to) => Within::Value(from, to, self.number(at + 1)),
            _ => Within::Untold,
        };
    }

    /// A comma, or the end.
    fn member_ends(&mut self, at: usize, members: &mut Vec<Member>) {
        self.within = match self.within {
            Within::Value(from, to, value) if members.len() < MOST_MEMBERS => {
                members.push(Member { name: from..to, value: value..self.number(at) });
                Within::BeforeName
            }
            _ => Within::Untold,
        };
    }

    fn in_list(&self) -> bool {
        self.lists >> self.depth.min(DEEPEST) & 1 == 1
    }

    /// Whether this is between the members of an object that is not in another one, and may be a container.
    fn is_outermost_object(&self) -> bool {
        self.depth == 1 && !self.is_beside && !self.is_string
    }

    fn open(&mut self, is_list: bool) {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            self.dropped.get_or_insert(Fault::TooDeep);
            return;
        }
        self.lists = self.lists & !(1 << self.depth) | u128::from(is_list) << self.depth;
    }
}

enum Inside {
    Ended(usize),
    /// No string has one: the line was cut off.
    Newline(usize),
    NotYet,
}

/// Where the string ends that this is inside of.
fn end_of_string(buffer: &[u8], mut at: usize, is_escaped: &mut bool) -> Inside {
    loop {
        if std::mem::take(is_escaped) {
            at += 1;
        }
        let Some(found) = buffer.get(at..).and_then(|rest| memchr3(b'"', b'\\', b'\n', rest))
        else {
            return Inside::NotYet;
        };
        at += found;
        match buffer[at] {
            b'"' => return Inside::Ended(at + 1),
            b'\\' if at + 1 < buffer.len() => at += 2,
            b'\\' => {
                *is_escaped = true;
                return Inside::NotYet;
            }
            _ => return Inside::Newline(at + 1),
        }
    }
}
