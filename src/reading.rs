//! Files that are read whole: never more of them than is sensible, and never waited for.
//!
//! A name can lead to a named pipe that nobody writes to, or to a device without an end. Only what the user hands over as a
//! descriptor (`/dev/fd/63`, as `<(…)` of a shell makes it) may be a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file as text, which must be a regular one or a descriptor of ours, with at most so many bytes.
///
/// # Errors
///
/// When it cannot be read, is something else, is larger, or is no text in UTF-8; an error of ours is half a sentence.
pub fn text(path: &Path, most: u64) -> io::Result<String> {
    text_of(open(path)?, most)
}

/// Reads all as text, with at most so many bytes.
///
/// # Errors
///
/// As [`text`].
pub fn text_of(from: impl Read, most: u64) -> io::Result<String> {
    let bytes = bytes_of(from, most)?;
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// Reads all, with at most so many bytes.
///
/// # Errors
///
/// When it cannot be read or there is more.
pub fn bytes_of(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        let (most, unit) = if most >= 1 << 20 { (most >> 20, "MB") } else { (most >> 10, "kB") };
        return Err(io::Error::other(format!("it is larger than {most} {unit}")));
    }
    Ok(bytes)
}

/// Opens a file for reading, which must be a regular one or a descriptor of ours.
///
/// # Errors
///
/// When it cannot be opened, or is something else.
pub fn open(path: &Path) -> io::Result<File> {
    if is_descriptor(path) {
        return File::open(path);
    }
    let file = open_at_once(path)?;
    let found = file.metadata()?;
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !found.is_file() {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    Ok(file)
}

/// A descriptor of ours under a path.
pub fn is_descriptor(path: &Path) -> bool {
    ["/dev/stdin", "/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name))
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
}

/// Of a named pipe the other end is not waited for.
#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}
