//! Reading the packed catalogue: tables of fixed width for searching, varints for records.
//!
//! The bytes are made by `build/pack.rs` from data that it validated, so offsets are trusted to be
//! those of the layout; a wrong one reads as zero rather than panic.

use super::format::{SECTIONS, hash};

/// The packed catalogue as embedded by the build.
pub(super) const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));

/// All strings, one behind the other. A part of what is known to be UTF-8 need not be found to be UTF-8 again, which
/// would cost more than all else of a lookup.
pub(super) const STRINGS: &str = include_str!(concat!(env!("OUT_DIR"), "/strings.txt"));

/// Where the sections begin, read from the header when this is compiled.
const OFFSETS: [usize; SECTIONS] = {
    let mut offsets = [0; SECTIONS];
    let mut section = 0;
    while section < SECTIONS {
        let at = section * 4;
        let bytes = [BYTES[at], BYTES[at + 1], BYTES[at + 2], BYTES[at + 3]];
        offsets[section] = u32::from_le_bytes(bytes) as usize;
        section += 1;
    }
    offsets
};

/// The section with this number, up to the end of the catalogue.
pub(super) fn section(number: usize) -> &'static [u8] {
    from(BYTES, OFFSETS[number])
}

/// The little-endian u32 at `offset`.
pub(super) fn word(bytes: &[u8], offset: usize) -> usize {
    match bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>()) {
        Some(chunk) => u32::from_le_bytes(*chunk) as usize,
        None => 0,
    }
}

/// The bytes from `offset` on.
pub(super) fn from(bytes: &'static [u8], offset: usize) -> &'static [u8] {
    bytes.get(offset..).unwrap_or_default()
}

/// The string with this number.
pub(super) fn string(number: usize) -> &'static str {
    let offsets = section(super::format::STRINGS);
    let (start, end) = (word(offsets, number * 4), word(offsets, 4 + number * 4));
    STRINGS.get(start..end).unwrap_or_default()
}

/// Position of `name` among the entries `range` of a table whose entries are `width` bytes wide, begin at
/// `offset`, and start with a string by which they are sorted.
pub(super) fn search(
    table: &[u8],
    offset: usize,
    width: usize,
    range: std::ops::Range<usize>,
    name: &str,
) -> Option<usize> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match string(word(table, offset + middle * width)).cmp(name) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// Index of `name` in a table that ends in hashes.
pub(super) fn find(table: &[u8], name: &str) -> Option<usize> {
    let count = word(table, 0);
    let hashes = 4 + count * 8;
    let wanted = hash(name) as usize;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if word(table, hashes + middle * 8) < wanted { low = middle + 1 } else { high = middle }
    }
    (low..count)
        .take_while(|at| word(table, hashes + at * 8) == wanted)
        .map(|at| word(table, hashes + at * 8 + 4))
        .find(|index| string(word(table, 4 + index * 8)) == name)
}

/// Reads a record from its beginning.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    bytes: &'static [u8],
}

impl Reader {
    pub(super) fn new(bytes: &'static [u8]) -> Reader {
        Reader { bytes }
    }

    pub(super) fn varint(&mut self) -> usize {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let Some((byte, rest)) = self.bytes.split_first() else { break };
            self.bytes = rest;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }

    pub(super) fn string(&mut self) -> &'static str {
        string(self.varint())
    }
}
