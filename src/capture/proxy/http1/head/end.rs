//! Where heads end.

/// Where the head in `buffer` ends (just behind its empty line), searching from `from`, which is
/// a position that an earlier search returned in `Err`.
pub(crate) fn find_end(buffer: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    while let Some(found) = buffer.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let end = at + found + 1;
        // Bare line feeds end a head here, too, so that the parser gets to see and refuse them.
        if matches!(buffer.get(end), Some(b'\n'))
            || buffer.get(end..end + 2).is_some_and(|two| two == b"\r\n")
        {
            return Ok(end + if buffer.get(end) == Some(&b'\n') { 1 } else { 2 });
        }
        if end + 2 > buffer.len() {
            return Err(end - 1);
        }
        at = end;
    }
    Err(buffer.len())
}
