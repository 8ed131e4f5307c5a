//! A lock that the system gives back when its holder ends, however that ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use crate::ownership::{Links, never_wait};

/// A lock that is held while it is there.
#[derive(Debug)]
pub(crate) struct Lock {
    #[cfg_attr(not(unix), expect(dead_code, reason = "it is held while it is open"))]
    file: File,
}

impl Lock {
    /// Takes it; `None` when somebody has it. The file is made when it is not there; a link in its place is an error.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Lock>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        never_wait(&mut options, path, Links::Refused)?;
        take(&mut options, path).map(|file| file.map(|file| Lock { file }))
    }

    /// Whether its file still has the name: who removes a file removes the lock of those who come later.
    #[cfg(unix)]
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |found: &std::fs::Metadata| (found.dev(), found.ino());
        match (self.file.metadata(), path.symlink_metadata()) {
            (Ok(held), Ok(named)) => identity(&held) == identity(&named),
            _ => false,
        }
    }

    /// What somebody has open is not removed here.
    #[cfg(not(unix))]
    pub(crate) fn is_of(&self, _path: &Path) -> bool {
        true
    }
}

#[cfg(unix)]
fn take(options: &mut OpenOptions, path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    let file = options.open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Who has it open lets nobody else open it.
#[cfg(windows)]
fn take(options: &mut OpenOptions, path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const SHARING_VIOLATION: i32 = 32;
    match options.share_mode(0).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}
