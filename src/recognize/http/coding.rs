//! Bodies that are coded: compressed with gzip, or in the chunks in which SDKs sign what they stream (`aws-chunked`). What is read
//! of them is bounded: a body of a few bytes may stand for any number of them.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

use super::head::RequestHead;

/// Bytes that are read of what a compressed body stands for; no API of AWS's takes a larger one that is compressed.
const MOST: usize = 16 << 20;
/// So many bytes are decompressed at once: they stand for half a megabyte at most, a thousand for each.
const PIECE: usize = 512;
/// A chunk's line is no longer: its size and its signature.
const LONGEST_LINE: usize = 1 << 10;

/// How a body is coded.
pub(super) struct Coding {
    chunks: Option<Chunks>,
    gzip: Option<Gzip>,
}

impl Coding {
    /// How the body of a request is coded, as its head says; none where it is not
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
    /// <https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait>).
    pub(super) fn of(head: &RequestHead<'_>) -> Option<Coding> {
        let codings = head.text("content-encoding").split(',').map(str::trim);
        let (mut is_chunked, mut is_gzip) = (false, false);
        for coding in codings {
            is_chunked |= coding.eq_ignore_ascii_case("aws-chunked");
            is_gzip |= coding.eq_ignore_ascii_case("gzip");
        }
        is_chunked |= head.text("x-amz-content-sha256").starts_with("STREAMING-");
        let coding =
            Coding { chunks: is_chunked.then(Chunks::default), gzip: is_gzip.then(Gzip::default) };
        (is_chunked || is_gzip).then_some(coding)
    }

    /// Takes a piece of the body, and gives what it stands for.
    pub(super) fn feed(&mut self, piece: &[u8], to: &mut dyn FnMut(&[u8])) {
        match (&mut self.chunks, &mut self.gzip) {
            (Some(chunks), Some(gzip)) => chunks.feed(piece, &mut |piece| gzip.feed(piece, to)),
            (Some(chunks), None) => chunks.feed(piece, to),
            (None, Some(gzip)) => gzip.feed(piece, to),
            (None, None) => to(piece),
        }
    }

    /// The body is over.
    pub(super) fn end(self, to: &mut dyn FnMut(&[u8])) {
        if let Some(gzip) = self.gzip {
            gzip.end(to);
        }
    }
}

/// What is compressed with gzip.
struct Gzip {
    /// `None`: all was read, or so much as is read, or it is not gzip any more.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    /// What is not yet a whole piece: what is broken gives the same however it comes.
    piece: Vec<u8>,
    left: usize,
}

impl Default for Gzip {
    fn default() -> Gzip {
        Gzip { decoder: Some(MultiGzDecoder::new(Vec::new())), piece: Vec::new(), left: MOST }
    }
}

impl Gzip {
    fn feed(&mut self, mut bytes: &[u8], to: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() && self.decoder.is_some() {
            let length = bytes.len().min(PIECE - self.piece.len());
            self.piece.extend_from_slice(&bytes[..length]);
            bytes = &bytes[length..];
            if self.piece.len() == PIECE {
                self.decode(to);
            }
        }
    }

    /// Decompresses the piece.
    fn decode(&mut self, to: &mut dyn FnMut(&[u8])) {
        let Some(decoder) = &mut self.decoder else { return };
        let is_over = decoder.write_all(&self.piece).is_err();
        self.piece.clear();
        self.give(to);
        if is_over || self.left == 0 {
            self.decoder = None;
        }
    }

    fn end(mut self, to: &mut dyn FnMut(&[u8])) {
        self.decode(to);
        if let Some(decoder) = &mut self.decoder {
            // What is cut off is read as far as it goes.
            let _ = decoder.try_finish();
            self.give(to);
        }
    }

    fn give(&mut self, to: &mut dyn FnMut(&[u8])) {
        let Some(decoder) = &mut self.decoder else { return };
        let found = decoder.get_mut();
        let length = found.len().min(self.left);
        if length > 0 {
            to(&found[..length]);
        }
        self.left -= length;
        found.clear();
    }
}

/// `SIZE;chunk-signature=…`, a line, so many bytes, a line's end; the last is empty, and trailers follow it.
#[derive(Default)]
struct Chunks {
    state: State,
}

#[derive(Default)]
enum State {
    /// In the digits of a size, so many of them.
    Size(u64, usize),
    /// Behind them, in the line: so many bytes of it.
    Line(u64, usize),
    /// In the data, of which so many bytes are to come.
    Data(u64),
    /// In the line's end behind them.
    #[default]
    Begun,
    /// Behind the last, or in what are no chunks.
    Over,
}

impl Chunks {
    fn feed(&mut self, mut bytes: &[u8], to: &mut dyn FnMut(&[u8])) {
        while let Some((byte, rest)) = bytes.split_first() {
            self.state = match std::mem::take(&mut self.state) {
                State::Data(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    to(&bytes[..length]);
                    bytes = &bytes[length..];
                    match left - length as u64 {
                        0 => State::Begun,
                        left => State::Data(left),
                    }
                }
                State::Over => return self.state = State::Over,
                state => {
                    bytes = rest;
                    state.behind(*byte)
                }
            };
        }
    }
}

impl State {
    /// What follows a byte outside of data.
    fn behind(self, byte: u8) -> State {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        match (self, byte, digit) {
            (State::Begun, b'\r' | b'\n', _) => State::Begun,
            (State::Begun, _, Some(digit)) => State::Size(digit, 1),
            (State::Size(size, digits), _, Some(digit)) if digits < 15 => {
                State::Size(size << 4 | digit, digits + 1)
            }
            (State::Size(0, _) | State::Line(0, _), b'\n', _) => State::Over,
            (State::Size(size, _) | State::Line(size, _), b'\n', _) => State::Data(size),
            (State::Size(size, _), b';' | b'\r', _) => State::Line(size, 0),
            (State::Line(size, read), ..) if read < LONGEST_LINE => State::Line(size, read + 1),
            _ => State::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(encoding: &str, body: &[u8], size: usize) -> Vec<u8> {
        let headers: [(&str, &[u8]); 1] = [("Content-Encoding", encoding.as_bytes())];
        let head =
            RequestHead { method: "POST", secure: true, host: "h", target: "/", headers: &headers };
        let mut coding = Coding::of(&head).unwrap();
        let mut found = Vec::new();
        let mut take = |piece: &[u8]| found.extend_from_slice(piece);
        body.chunks(size).for_each(|piece| coding.feed(piece, &mut take));
        coding.end(&mut take);
        found
    }

    fn zipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn chunks_and_gzip_are_taken_off() {
        let chunked = b"5;chunk-signature=0a\r\nhello\r\n6\r\n world\r\n0;chunk-signature=0b\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        let both = [b"2f;x\r\n".as_slice(), &zipped(b"hello world"), b"\r\n0\r\n\r\n"].concat();
        let both = both.strip_prefix(b"2f").unwrap();
        let both = [format!("{:x}", zipped(b"hello world").len()).as_bytes(), both].concat();
        for size in [1, 3, 7, 1_000] {
            assert_eq!(read("aws-chunked", chunked, size), b"hello world");
            assert_eq!(read("gzip", &zipped(b"hello world"), size), b"hello world");
            assert_eq!(read("aws-chunked, GZIP", &both, size), b"hello world");
        }
        for plain in ["", "identity", "br"] {
            let headers: [(&str, &[u8]); 1] = [("content-encoding", plain.as_bytes())];
            let head = RequestHead {
                method: "POST",
                secure: true,
                host: "h",
                target: "/",
                headers: &headers,
            };
            assert!(Coding::of(&head).is_none(), "{plain}");
        }
    }

    #[test]
    fn what_is_not_so_coded_ends_it() {
        for broken in [&b"xyz"[..], b"\x1f\x8b\x08", b"", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff"]
        {
            assert_eq!(read("gzip", broken, 2), b"", "{broken:?}");
        }
        for broken in [&b"xyz"[..], b"", b"fffffffffffffffffffff\r\nabc", b"5\r"] {
            assert_eq!(read("aws-chunked", broken, 2), b"");
        }
        assert_eq!(read("aws-chunked", b"ff\r\nabc", 2), b"abc");
        let whole = zipped(b"hello world");
        assert!(b"hello world".starts_with(&read("gzip", &whole[..whole.len() - 9], 1)));
    }

    /// A body of a megabyte that stands for a gigabyte costs what sixteen megabytes cost.
    #[test]
    fn a_bomb_is_read_no_further_than_a_body_goes() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        for _ in 0..256 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let mut gzip = Gzip::default();
        let (mut read, mut largest) = (0, 0);
        gzip.feed(&bomb, &mut |piece| {
            read += piece.len();
            largest = largest.max(piece.len());
        });
        assert_eq!(read, MOST);
        assert!(largest <= 1 << 20, "{largest}");
        assert!(gzip.decoder.is_none());
    }
}
