//! Pipes and devices to write to.

use std::fs::File;
#[cfg(not(unix))]
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Opens a pipe or a device to write to it. Nobody is waited for: who wants what is in a pipe has it open.
#[cfg(unix)]
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
    use rustix::io::Errno;
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = open(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::NXIO => io::Error::other("it is a pipe that nothing reads; start its reader first"),
        other => other.into(),
    })?;
    // What is written may wait for the reader.
    let flags = fcntl_getfl(&opened)?;
    fcntl_setfl(&opened, flags - OFlags::NONBLOCK)?;
    Ok(File::from(opened))
}

#[cfg(not(unix))]
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}
