//! Offsets in a text, told as lines and columns, each without going through the text again.

use std::fmt;

/// A place in a text, as editors count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

/// So many bytes are counted for one place at most.
const STEP: usize = 1024;

/// Where lines begin, and how many characters come before each step of the text.
#[derive(Debug)]
pub(crate) struct Places {
    lines: Vec<usize>,
    characters: Vec<usize>,
}

impl Places {
    pub(crate) fn of(text: &str) -> Places {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
        let mut before = 0;
        let characters = text.as_bytes().chunks(STEP).map(|step| {
            let until = before;
            before += beginnings(step);
            until
        });
        Places { characters: characters.collect(), lines }
    }

    /// The place of a byte of the text that these are of.
    pub(crate) fn of_offset(&self, text: &str, at: usize) -> Place {
        let at = at.min(text.len());
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self.characters_before(text, at) - self.characters_before(text, start) + 1;
        Place { line, column }
    }

    fn characters_before(&self, text: &str, at: usize) -> usize {
        let step = (at / STEP).min(self.characters.len().saturating_sub(1));
        let before = self.characters.get(step).copied().unwrap_or_default();
        before + beginnings(&text.as_bytes()[step * STEP..at])
    }
}

/// How many characters begin in the bytes.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_that_counting_from_the_beginning_finds() {
        let line = "é\u{1f600}x\r\n".repeat(200);
        let text = format!("{line}{}\n\n{line}", "aé".repeat(3 * STEP));
        let places = Places::of(&text);
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let before = &text[..at];
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let counted = Place {
                line: before.matches('\n').count() + 1,
                column: before[start..].chars().count() + 1,
            };
            assert_eq!(places.of_offset(&text, at), counted, "{at}");
        }
        assert_eq!(Places::of("").of_offset("", 0), Place { line: 1, column: 1 });
    }
}
