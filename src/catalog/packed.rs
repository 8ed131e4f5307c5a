//! Reading the packed catalogue: tables of fixed width for searching, varints for records.
//!
//! The bytes are made by `build/pack.rs` from data that it validated, so offsets are trusted to be
//! those of the layout; a wrong one reads as zero rather than panic.

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::ZlibDecoder;

use super::format::{LONG, SECTIONS, STRING_WIDTH, STRINGS as STRINGS_SECTION, WORD, hash};

/// The packed catalogue as embedded by the build.
pub(super) const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));

/// The text in which all strings lie, compressed: a megabyte less.
pub(super) const PACKED_STRINGS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/strings.z"));

/// The text in which all strings lie, unpacked with the first of them, for three milliseconds. A part of what is known to be UTF-8 need
/// not be found to be UTF-8 again, which would cost more than all else of a lookup.
static STRINGS: LazyLock<&str> = LazyLock::new(|| {
    let mut text = String::new();
    // What the build packed can be unpacked; if it could not, every name would be empty.
    let _ = ZlibDecoder::new(PACKED_STRINGS).read_to_string(&mut text);
    text.leak()
});

/// Where the sections begin, read from the header when this is compiled.
const OFFSETS: [usize; SECTIONS] = {
    let mut offsets = [0; SECTIONS];
    let mut section = 0;
    while section < SECTIONS {
        offsets[section] = word(BYTES, section);
        section += 1;
    }
    offsets
};

/// The section with this number, up to the end of the catalogue.
pub(super) fn section(number: usize) -> &'static [u8] {
    from(BYTES, OFFSETS[number])
}

/// The word with this number.
pub(super) const fn word(bytes: &[u8], number: usize) -> usize {
    let at = number * WORD;
    if at + WORD > bytes.len() {
        return 0;
    }
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]) as usize
}

/// How many rows a table has.
pub(super) fn count(table: &[u8]) -> usize {
    word(table, 0)
}

/// The word in this row and column of a table that is so many columns wide.
pub(super) fn cell(table: &[u8], columns: usize, row: usize, column: usize) -> usize {
    word(table, 1 + row * columns + column)
}

/// The bytes from `offset` on.
pub(super) fn from(bytes: &'static [u8], offset: usize) -> &'static [u8] {
    bytes.get(offset..).unwrap_or_default()
}

/// The string with this number.
pub(super) fn string(number: usize) -> &'static str {
    let places = from(section(STRINGS_SECTION), number * STRING_WIDTH);
    let Some(&[a, b, c, length]) = places.first_chunk::<STRING_WIDTH>() else { return "" };
    let start = u32::from_le_bytes([a, b, c, 0]) as usize;
    if length < LONG {
        return STRINGS.get(start..start + usize::from(length)).unwrap_or_default();
    }
    let long = STRINGS.get(start..).unwrap_or_default();
    long.split_once('\n').map_or(long, |(long, _)| long)
}

/// The row of `name` among the rows `range` of a table whose first column is strings by which it is sorted.
pub(super) fn search(
    table: &[u8],
    columns: usize,
    range: std::ops::Range<usize>,
    name: &str,
) -> Option<usize> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match string(cell(table, columns, middle, 0)).cmp(name) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The row of `name` in a table of names and offsets that ends in hashes.
pub(super) fn find(table: &[u8], name: &str) -> Option<usize> {
    let count = count(table);
    // The hashes are a table behind the rows, which needs no count of its own.
    let hash_at = |row: usize, column: usize| cell(table, 2, count + row, column);
    let wanted = hash(name) as usize;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if hash_at(middle, 0) < wanted { low = middle + 1 } else { high = middle }
    }
    (low..count)
        .take_while(|row| hash_at(*row, 0) == wanted)
        .map(|row| hash_at(row, 1))
        .find(|row| string(cell(table, 2, *row, 0)) == name)
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
