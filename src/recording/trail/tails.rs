//! What calls are, one behind the other: in memory as long as it is little, else in a file without a name.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// So much is written at once.
const WRITTEN: usize = 64 << 10;
/// So much is read at once where calls are asked for in the order in which they came.
const READ: usize = 32 << 10;

/// Texts by where they begin.
#[derive(Debug)]
pub(super) struct Tails {
    file: tempfile::SpooledTempFile,
    /// How much is in the file.
    written: u64,
    /// What comes behind that.
    pending: Vec<u8>,
    /// A part of the file, and where that begins.
    read: Vec<u8>,
    from: u64,
    /// Behind the last text that was asked for.
    behind: u64,
}

impl Tails {
    /// None yet. So many bytes are kept in memory.
    pub(super) fn within(memory: usize) -> Tails {
        let file = tempfile::spooled_tempfile(memory);
        Tails { file, written: 0, pending: Vec::new(), read: Vec::new(), from: 0, behind: 0 }
    }

    /// Takes in a text, and gives where it begins.
    ///
    /// # Errors
    ///
    /// When it cannot be written to disk.
    pub(super) fn push(&mut self, text: &[u8]) -> io::Result<u64> {
        if self.pending.len() >= WRITTEN {
            self.file.seek(SeekFrom::Start(self.written))?;
            self.file.write_all(&self.pending)?;
            self.written += self.pending.len() as u64;
            self.pending.clear();
        }
        let at = self.written + self.pending.len() as u64;
        self.pending.extend_from_slice(text);
        Ok(at)
    }

    /// The text of this length that begins there.
    ///
    /// # Errors
    ///
    /// When it cannot be read from disk.
    pub(super) fn get(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let lost = || io::Error::from(io::ErrorKind::UnexpectedEof);
        if let Some(behind) = at.checked_sub(self.written) {
            let text = self.pending.get(behind as usize..behind as usize + length);
            return text.ok_or_else(lost);
        }
        // With two workers, those of the other one lie between.
        let is_in_order = (self.behind..self.behind + READ as u64).contains(&at);
        self.behind = at + length as u64;
        let is_read = at >= self.from && self.behind <= self.from + self.read.len() as u64;
        if !is_read {
            let most = if is_in_order { READ.max(length) } else { length };
            let most = most.min((self.written - at) as usize);
            self.read.resize(most, 0);
            self.from = at;
            self.file.seek(SeekFrom::Start(at))?;
            let read = self.file.read_exact(&mut self.read);
            if read.is_err() {
                self.read.clear();
            }
            read?;
        }
        let from = (at - self.from) as usize;
        self.read.get(from..from + length).ok_or_else(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_there_again_in_any_order() {
        for memory in [0, 1 << 30] {
            let mut tails = Tails::within(memory);
            let text = |number: usize| format!("{number}:{}", "x".repeat(number * 7 % 20_000));
            let places: Vec<u64> =
                (0..200).map(|it| tails.push(text(it).as_bytes()).unwrap()).collect();
            let orders = (0..200).chain((0..200).rev()).chain((0..200).map(|it| it * 77 % 200));
            for number in orders {
                let expected = text(number);
                let found = tails.get(places[number], expected.len()).unwrap();
                assert!(found == expected.as_bytes(), "{number}");
            }
        }
    }
}
