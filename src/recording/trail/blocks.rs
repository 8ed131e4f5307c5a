//! Which of 64 bytes are what JSON has around its values, as bits of words: a text is looked at 64 bytes at a time.

use wide::{CmpEq, u8x16};

/// How many bytes one block has.
pub(super) const SIZE: usize = 64;

/// What 64 bytes are; the first is the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) newlines: u64,
    /// Braces and brackets.
    pub(super) brackets: u64,
    /// Colons and commas.
    pub(super) marks: u64,
}

impl Block {
    /// What these bytes are.
    #[inline]
    pub(super) fn of(bytes: &[u8; SIZE]) -> Block {
        let mut block = Block::default();
        let (parts, _) = bytes.as_chunks::<16>();
        for (number, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            // `[` and `]` are braces but for this bit.
            let braces = part | u8x16::splat(0x20);
            let at = number * 16;
            block.quotes |= bits(is(part, b'"')) << at;
            block.backslashes |= bits(is(part, b'\\')) << at;
            block.newlines |= bits(is(part, b'\n')) << at;
            block.brackets |= bits(is(braces, b'{') | is(braces, b'}')) << at;
            block.marks |= bits(is(part, b':') | is(part, b',')) << at;
        }
        block
    }
}

#[allow(clippy::inline_always)] // A call would cost more than what is done.
#[inline(always)]
fn is(part: u8x16, byte: u8) -> u8x16 {
    CmpEq::cmp_eq(part, u8x16::splat(byte))
}

#[allow(clippy::inline_always)] // A call would cost more than what is done.
#[inline(always)]
fn bits(found: u8x16) -> u64 {
    u64::from(found.move_mask() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the bytes are, one by one.
    fn by_bytes(bytes: &[u8; SIZE]) -> Block {
        let bits = |is: fn(u8) -> bool| {
            bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(is(*byte)))
        };
        Block {
            quotes: bits(|it| it == b'"'),
            backslashes: bits(|it| it == b'\\'),
            newlines: bits(|it| it == b'\n'),
            brackets: bits(|it| matches!(it, b'{' | b'}' | b'[' | b']')),
            marks: bits(|it| matches!(it, b':' | b',')),
        }
    }

    #[test]
    fn each_byte_is_seen_for_what_it_is_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..SIZE {
                for around in [b' ', byte, byte ^ 0x20, byte ^ 0x80, byte ^ 1] {
                    let mut bytes = [around; SIZE];
                    bytes[at] = byte;
                    let expected = by_bytes(&bytes);
                    assert_eq!(Block::of(&bytes), expected, "{byte} at {at} in {around}");
                }
            }
        }
    }
}
