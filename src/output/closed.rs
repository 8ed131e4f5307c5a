//! Standard output that is closed, which nobody notices by writing to it.

use std::io;

/// What is said of it.
pub(crate) fn error() -> io::Error {
    io::Error::other(
        "it is closed (or the null device, opened for reading as well); redirect it, to > /dev/null if nobody needs to see it",
    )
}

/// Whether standard output was closed by whoever started us (`>&-`), or is no descriptor to write to: Rust's own output
/// would swallow the text. On Unix its runtime opens the null device in the place of a descriptor that is closed, for
/// reading and writing, which shells do not do for `> /dev/null`; no system tells the two apart from what other languages
/// open for a child whose output nobody wants. Whoever has us started with the null device as standard input in this way
/// too (as daemons are) means it.
#[cfg(unix)]
pub(crate) fn is_closed() -> bool {
    use rustix::fs::OFlags;
    let (input, output) = (rustix::stdio::stdin(), rustix::stdio::stdout());
    let Ok(flags) = rustix::fs::fcntl_getfl(output) else { return true };
    match flags & OFlags::ACCMODE {
        OFlags::RDWR => is_null(output) && !is_opened_in_place(input),
        mode => mode == OFlags::RDONLY,
    }
}

/// Whether a descriptor is the null device, open for reading and writing.
#[cfg(unix)]
fn is_opened_in_place(descriptor: rustix::fd::BorrowedFd<'_>) -> bool {
    use rustix::fs::OFlags;
    let flags = rustix::fs::fcntl_getfl(descriptor);
    flags.is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDWR) && is_null(descriptor)
}

#[cfg(unix)]
fn is_null(descriptor: rustix::fd::BorrowedFd<'_>) -> bool {
    match (rustix::fs::fstat(descriptor), rustix::fs::stat("/dev/null")) {
        (Ok(ours), Ok(null)) => {
            (ours.st_dev, ours.st_ino, ours.st_rdev) == (null.st_dev, null.st_ino, null.st_rdev)
        }
        _ => false,
    }
}

/// Elsewhere nothing tells.
#[cfg(not(unix))]
pub(crate) fn is_closed() -> bool {
    false
}
