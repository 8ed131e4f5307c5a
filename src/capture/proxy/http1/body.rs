//! Where an HTTP/1.1 body ends. The bytes pass as they are, chunk framing and trailers included;
//! what is inside the chunks is shown to whoever listens.

/// The most bytes of chunk extensions or trailers in one body.
const MAX_ASIDE: u32 = 64 * 1024;

/// How far a body has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framing(State);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Length(u64),
    UntilClose,
    Chunked { step: Step, left: u64, aside: u32 },
}

/// What is next in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Hexadecimal digits of a size; `left` is what they have said so far.
    Size {
        digits: u8,
    },
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// The beginning of a trailer's line, or of the empty line.
    Trailer,
    TrailerLine,
    TrailerLf,
    EndLf,
}

/// A body whose framing is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl Default for Framing {
    fn default() -> Self {
        Self::none()
    }
}

impl Framing {
    pub(crate) const fn none() -> Self {
        Self(State::Done)
    }

    pub(crate) const fn length(length: u64) -> Self {
        Self(if length == 0 { State::Done } else { State::Length(length) })
    }

    pub(crate) const fn chunked() -> Self {
        Self(State::Chunked { step: Step::Size { digits: 0 }, left: 0, aside: 0 })
    }

    pub(crate) const fn until_close() -> Self {
        Self(State::UntilClose)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0 == State::Done
    }

    pub(crate) fn is_until_close(&self) -> bool {
        self.0 == State::UntilClose
    }

    /// Takes what belongs to the body from the beginning of `bytes`: returns how many bytes, and
    /// gives the contents among them to `payload`.
    pub(crate) fn advance(
        &mut self,
        bytes: &[u8],
        payload: &mut dyn FnMut(&[u8]),
    ) -> Result<usize, Malformed> {
        match &mut self.0 {
            State::Done => Ok(0),
            State::UntilClose => {
                payload(bytes);
                Ok(bytes.len())
            }
            State::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                if *left == 0 {
                    self.0 = State::Done;
                }
                payload(bytes.get(..taken).unwrap_or_default());
                Ok(taken)
            }
            State::Chunked { step, left, aside } => {
                let (taken, done) = chunks(step, left, aside, bytes, payload)?;
                if done {
                    self.0 = State::Done;
                }
                Ok(taken)
            }
        }
    }
}

/// Returns how many bytes were taken, and whether the body is over.
fn chunks(
    step: &mut Step,
    left: &mut u64,
    aside: &mut u32,
    bytes: &[u8],
    payload: &mut dyn FnMut(&[u8]),
) -> Result<(usize, bool), Malformed> {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if *step == Step::Data {
            let rest = bytes.get(at..).unwrap_or_default();
            let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
            payload(rest.get(..taken).unwrap_or_default());
            *left -= taken as u64;
            at += taken;
            if *left == 0 {
                *step = Step::DataCr;
            }
            continue;
        }
        at += 1;
        *step = match (*step, byte) {
            (Step::Size { digits }, _) if byte.is_ascii_hexdigit() => {
                if digits == 15 {
                    return Err(Malformed("the size of a chunk has too many digits"));
                }
                *left = *left << 4 | u64::from((byte as char).to_digit(16).unwrap_or(0));
                Step::Size { digits: digits + 1 }
            }
            (Step::Size { digits: 0 }, _) => {
                return Err(Malformed("the size of a chunk is not a hexadecimal number"));
            }
            (Step::Size { .. } | Step::Extension, b'\r') => Step::SizeLf,
            (Step::Size { .. }, b';') => Step::Extension,
            (Step::Size { .. }, _) => {
                return Err(Malformed("the size of a chunk is not a hexadecimal number"));
            }
            (Step::SizeLf, b'\n') if *left == 0 => Step::Trailer,
            (Step::SizeLf, b'\n') => Step::Data,
            (Step::DataCr, b'\r') => Step::DataLf,
            (Step::DataCr, _) => return Err(Malformed("a chunk is longer than its size")),
            (Step::DataLf, b'\n') => Step::Size { digits: 0 },
            (Step::Trailer, b'\r') => Step::EndLf,
            (Step::TrailerLine, b'\r') => Step::TrailerLf,
            (Step::TrailerLf, b'\n') => Step::Trailer,
            (Step::EndLf, b'\n') => return Ok((at, true)),
            (Step::Extension | Step::Trailer | Step::TrailerLine, _)
                if byte == b'\t' || (byte >= b' ' && byte != 0x7f) =>
            {
                *aside += 1;
                if *aside > MAX_ASIDE {
                    return Err(Malformed("chunk extensions or trailers are larger than 64 KiB"));
                }
                match *step {
                    // A line that begins with a space would continue the one before.
                    Step::Trailer if byte == b' ' || byte == b'\t' || byte == b':' => {
                        return Err(Malformed("a trailer field has no name"));
                    }
                    Step::Extension => Step::Extension,
                    _ => Step::TrailerLine,
                }
            }
            _ => return Err(Malformed("a line in the chunk framing does not end in CRLF")),
        };
    }
    Ok((at, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `bytes` through in pieces of `size`; returns contents, bytes taken and whether it is over.
    fn run(
        mut framing: Framing,
        bytes: &[u8],
        size: usize,
    ) -> Result<(Vec<u8>, usize, bool), Malformed> {
        let mut contents = Vec::new();
        let mut taken = 0;
        for piece in bytes.chunks(size) {
            let n = framing.advance(piece, &mut |part| contents.extend_from_slice(part))?;
            taken += n;
            if n < piece.len() {
                break;
            }
        }
        Ok((contents, taken, framing.is_done()))
    }

    #[test]
    fn chunks_are_followed_in_pieces_of_any_size() {
        let body = b"5;a=\"b\"\r\nhello\r\n00A\r\n, world\r\n!\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\nGET /";
        let whole = body.len() - 5;
        for size in 1..body.len() {
            let (contents, taken, done) = run(Framing::chunked(), body, size).unwrap();
            assert_eq!(contents, b"hello, world\r\n!", "{size}");
            assert_eq!((taken, done), (whole, true), "{size}");
        }
    }

    #[test]
    fn a_length_takes_no_more() {
        let (contents, taken, done) = run(Framing::length(3), b"abcdef", 2).unwrap();
        assert_eq!((contents.as_slice(), taken, done), (&b"abc"[..], 3, true));
        assert!(!run(Framing::length(7), b"abcdef", 6).unwrap().2);
        assert!(Framing::length(0).is_done());
    }

    #[test]
    fn bad_framing_is_refused() {
        for bad in [
            "\r\nhello",
            "g\r\n",
            "0x5\r\nhello\r\n",
            "-5\r\n",
            "+5\r\n",
            " 5\r\nhello\r\n",
            "5 \r\nhello\r\n",
            "5\nhello\n",
            "5\r\nhello!\r\n",
            "5\r\nhello\n",
            "5;a\nb\r\nhello\r\n",
            "5;a\rb\r\n",
            "1000000000000000\r\n",
            "0\r\nX: 1\n\r\n",
            "0\r\n X: 1\r\n\r\n",
            "0\r\nX: \0\r\n\r\n",
            "0\r\n\n",
        ] {
            assert!(run(Framing::chunked(), bad.as_bytes(), 3).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let mut body = b"0\r\n".to_vec();
        body.extend(b"X: 1234567890\r\n".repeat(8_000));
        assert!(run(Framing::chunked(), &body, 1000).is_err());
        let mut body = Vec::new();
        body.extend(b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n".repeat(8_000));
        assert!(run(Framing::chunked(), &body, 1000).is_err());
    }
}
