//! A whole object at once: where it ends, and where its own members stand. What is inside of a member is passed over 64 bytes at a
//! time, but for the braces in it.
//!
//! It sees what the look byte by byte sees ([`split`](super::split)), or nothing: of an object that is not all there, or about which
//! anything is unusual, it says nothing at all.

use memchr::memchr2;

use crate::recognize::cloudtrail::Member;
use crate::recording::trail::blocks::{Block, SIZE};
use crate::recording::trail::events::{LONGEST, MOST_MEMBERS, is_of_events};

/// Objects and lists within each other; an event has some five.
const DEEPEST: u32 = 63;
/// Every other bit, from the first.
const EVEN: u64 = 0x5555_5555_5555_5555;

/// What was seen of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skimmed {
    /// It ends there.
    Whole(usize),
    /// The text ends before it does.
    NotYet,
    /// It has to be looked at byte by byte.
    Unusual,
}

/// Looks at the object that the text begins with; `members` gets where its members stand.
pub(super) fn skim(text: &[u8], members: &mut Vec<Member>) -> Skimmed {
    let text = &text[..text.len().min(LONGEST)];
    members.clear();
    let mut skimming = Skimming {
        text,
        members,
        base: 0,
        inside: 0,
        is_escaped: 0,
        depth: 0,
        lists: 0,
        before: 0,
        name: None,
    };
    let (blocks, rest) = text.as_chunks::<SIZE>();
    for bytes in blocks {
        match skimming.block(Block::of(bytes)) {
            Skimmed::NotYet => skimming.base += SIZE,
            seen => return seen,
        }
    }
    let mut last = [b' '; SIZE];
    last[..rest.len()].copy_from_slice(rest);
    skimming.block(Block::of(&last))
}

struct Skimming<'a> {
    text: &'a [u8],
    members: &'a mut Vec<Member>,
    /// Where the block begins.
    base: usize,
    /// All bits, where the block begins within a string; else none.
    inside: u64,
    /// The first bit, where the block's first byte is escaped.
    is_escaped: u64,
    /// The object itself is the first.
    depth: u32,
    /// For each depth, whether it is a list.
    lists: u64,
    /// Behind the comma or the brace before the member.
    before: usize,
    /// The member's name, and behind its colon.
    name: Option<(usize, usize, usize)>,
}

impl Skimming<'_> {
    #[inline]
    fn block(&mut self, block: Block) -> Skimmed {
        let quotes = block.quotes & !self.escaped(block.backslashes);
        let inside = up_to(quotes) ^ self.inside;
        // All bits or none, by the last one.
        self.inside = (inside >> 63).wrapping_neg();
        // A string over two lines, and what is escaped outside of one.
        let odd = block.newlines & inside | block.backslashes & !inside;
        let brackets = block.brackets & !inside;
        let marks = block.marks & !inside;
        let mut left = if self.depth == 1 { brackets | marks } else { brackets };
        while left != 0 {
            let bit = left.trailing_zeros();
            left &= left - 1;
            let at = self.base + bit as usize;
            match self.text.get(at) {
                Some(b':') => {
                    let Some(name) = self.name_before(at, &block) else { return Skimmed::Unusual };
                    self.name = Some(name);
                }
                Some(b',') => {
                    if !self.member_ends(at) {
                        return Skimmed::Unusual;
                    }
                }
                Some(opening @ (b'{' | b'[')) => {
                    if !self.opens(at, *opening == b'[') {
                        return Skimmed::Unusual;
                    }
                    left =
                        if self.depth == 1 { left | marks & behind(bit) } else { left & brackets };
                }
                Some(closing @ (b'}' | b']')) => {
                    if (self.lists >> self.depth & 1 == 1) != (*closing == b']') {
                        return Skimmed::Unusual;
                    }
                    if self.depth == 1 {
                        let is_usual = odd & !(u64::MAX << bit) == 0 && self.member_ends(at);
                        return if is_usual { Skimmed::Whole(at + 1) } else { Skimmed::Unusual };
                    }
                    self.depth -= 1;
                    if self.depth == 1 {
                        left |= marks & behind(bit);
                    }
                }
                _ => return Skimmed::Unusual,
            }
        }
        if odd == 0 { Skimmed::NotYet } else { Skimmed::Unusual }
    }

    /// The bytes of the block that are escaped: those behind each odd one of backslashes in a row.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.is_escaped);
        }
        // Those that escape are every other one of a row, from its first; a row that begins at an odd place is turned over by what the
        // addition carries through it.
        let backslashes = backslashes & !self.is_escaped;
        let behind = backslashes << 1 | self.is_escaped;
        let odd_rows = backslashes & !EVEN & !behind;
        let (rows, carried) = odd_rows.overflowing_add(backslashes);
        self.is_escaped = u64::from(carried);
        (EVEN ^ rows << 1) & behind
    }

    /// The name before a colon, and the place behind that.
    #[inline]
    fn name_before(&self, colon: usize, block: &Block) -> Option<(usize, usize, usize)> {
        if self.name.is_some() {
            return None;
        }
        let name = self.text.get(self.before..colon)?;
        let from = self.before + (name.len() - name.trim_ascii_start().len()) + 1;
        let to = self.before + name.trim_ascii_end().len().checked_sub(1)?;
        if from > to || self.text[from - 1] != b'"' || self.text[to] != b'"' {
            return None;
        }
        let is_plain = match from.checked_sub(self.base) {
            // What is in this block is known.
            Some(first) => {
                let within = (u64::MAX << first) & !(u64::MAX << (to - self.base));
                (block.quotes | block.backslashes) & within == 0
            }
            None => memchr2(b'"', b'\\', &self.text[from..to]).is_none(),
        };
        is_plain.then_some((from, to, colon + 1))
    }

    /// A comma or the end; whether there was a member before it.
    #[inline]
    fn member_ends(&mut self, at: usize) -> bool {
        let Some((from, to, value)) = self.name.take() else { return false };
        if self.members.len() >= MOST_MEMBERS {
            return false;
        }
        let (name, value) = (from as u32..to as u32, value as u32..at as u32);
        self.members.push(Member { name, value });
        self.before = at + 1;
        true
    }

    /// Something opens; whether it may.
    #[inline]
    fn opens(&mut self, at: usize, is_list: bool) -> bool {
        if self.depth == 0 {
            self.before = at + 1;
        } else {
            let in_list = self.lists >> self.depth & 1 == 1;
            let may_open = match self.text[..at].trim_ascii_end().last() {
                Some(b':') => !in_list,
                Some(b'[' | b',') => in_list,
                _ => false,
            };
            let is_container = self.depth == 1 && is_list && is_of_events(&self.text[..at]);
            if !may_open || is_container || self.depth >= DEEPEST {
                return false;
            }
        }
        self.depth += 1;
        self.lists = self.lists & !(1 << self.depth) | u64::from(is_list) << self.depth;
        true
    }
}

/// For each bit, whether there is an odd number of bits up to it.
#[inline]
fn up_to(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// The bits behind one.
#[inline]
fn behind(bit: u32) -> u64 {
    u64::MAX << bit << 1
}
