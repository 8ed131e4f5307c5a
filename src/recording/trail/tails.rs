//! What calls are, one behind the other: in memory as long as it is little, else in a file without a name.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// So much is written at once.
const WRITTEN: usize = 64 << 10;
/// So much is read at once where calls are asked for in the order in which they came.
const READ: usize = 32 << 10;

/// Texts by where they begin.
#[derive(Debug)]
pub(super) struct Tails {
    /// How much is kept in memory before anything is written.
    memory: usize,
    file: Option<File>,
    /// How much is in the file.
    written: u64,
    /// What comes behind that.
    pending: Vec<u8>,
}

impl Tails {
    /// None yet. So many bytes are kept in memory.
    pub(super) fn within(memory: usize) -> Tails {
        Tails { memory, file: None, written: 0, pending: Vec::new() }
    }

    /// Takes in a text, and gives where it begins.
    ///
    /// # Errors
    ///
    /// When it cannot be written to disk.
    pub(super) fn push(&mut self, text: &[u8]) -> io::Result<u64> {
        let most = if self.file.is_some() { WRITTEN } else { self.memory };
        if self.pending.len() + text.len() > most.max(WRITTEN) {
            self.write_out()?;
        }
        let at = self.written + self.pending.len() as u64;
        self.pending.extend_from_slice(text);
        Ok(at)
    }

    fn write_out(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        self.pending.shrink_to(2 * WRITTEN);
        Ok(())
    }
}

/// Reads texts; several can at once.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    tails: &'a Tails,
    /// A part of the file, and where that begins.
    read: Vec<u8>,
    from: u64,
    /// Behind the last text that was asked for.
    behind: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn of(tails: &'a Tails) -> Reader<'a> {
        Reader { tails, read: Vec::new(), from: 0, behind: 0 }
    }

    /// The text of this length that begins there.
    ///
    /// # Errors
    ///
    /// When it cannot be read from disk.
    pub(super) fn get(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let lost = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let Tails { file, written, pending, .. } = self.tails;
        if let Some(behind) = at.checked_sub(*written) {
            let text = pending.get(behind as usize..behind as usize + length);
            return text.ok_or_else(lost);
        }
        // With two workers, those of the other one lie between.
        let is_in_order = (self.behind..self.behind + READ as u64).contains(&at);
        self.behind = at + length as u64;
        let is_read = at >= self.from && self.behind <= self.from + self.read.len() as u64;
        if !is_read {
            let most = if is_in_order { READ.max(length) } else { length };
            let most = most.min((*written - at) as usize);
            self.read.resize(most, 0);
            self.from = at;
            let read = read_at(file.as_ref().ok_or_else(lost)?, &mut self.read, at);
            if read.is_err() {
                self.read.clear();
            }
            read?;
        }
        let from = (at - self.from) as usize;
        self.read.get(from..from + length).ok_or_else(lost)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        at += read as u64;
    }
    Ok(())
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
            let mut reader = Reader::of(&tails);
            let orders = (0..200).chain((0..200).rev()).chain((0..200).map(|it| it * 77 % 200));
            for number in orders {
                let expected = text(number);
                let found = reader.get(places[number], expected.len()).unwrap();
                assert!(found == expected.as_bytes(), "{number}");
            }
        }
    }
}
