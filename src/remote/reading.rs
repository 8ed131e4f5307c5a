//! What comes from AWS, piece by piece, as something to read from.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::aws::AskError;

/// Pieces that wait to be read, at most; one has a few hundred kilobytes at most.
const WAITING: usize = 4;

/// A piece, or why there is none.
type Piece = Result<Bytes, AskError>;

/// Two ends: who gets pieces puts them into the one, who reads reads from the other.
pub(super) fn pipe() -> (Sender<Piece>, Pieces) {
    let (sender, pieces) = channel(WAITING);
    (sender, Pieces { pieces, current: Bytes::new() })
}

/// Pieces as they come. It is read on a thread that may wait.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Receiver<Piece>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let length = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
