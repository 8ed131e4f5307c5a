//! An output belongs to one process at a time: two that keep the same file current would undo each other's work without a
//! word. What holds it is a lock on a hidden file beside it, which the system takes back when the process ends, however
//! it ends; a hidden file that a kill left behind is taken over by the next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::output::error::OutputError;
use crate::output::target::Target;
use crate::replace;

/// An output that is ours until this is dropped.
#[derive(Debug, Default)]
pub struct Held {
    _lock: Option<Lock>,
}

#[derive(Debug)]
struct Lock {
    path: PathBuf,
    /// Where the lock hangs.
    _file: fs::File,
}

impl Held {
    /// Takes hold of a file, if the target is one.
    ///
    /// # Errors
    ///
    /// When another process has it, or nothing can be made beside it.
    pub fn target(target: &Target) -> Result<Held, OutputError> {
        match target.file() {
            Some(path) => hold(replace::lock_path(path), path),
            None => Ok(Held::default()),
        }
    }

    /// Takes hold of a folder.
    ///
    /// # Errors
    ///
    /// As [`target`](Held::target).
    pub fn folder(folder: &Path) -> Result<Held, OutputError> {
        hold(folder.join(".leastwise-lock"), folder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the lock goes, so that nobody gets a file that is about to be removed; see `is_there`.
        let _ = fs::remove_file(&self.path);
    }
}

fn hold(path: PathBuf, output: &Path) -> Result<Held, OutputError> {
    let shown = || output.display().to_string();
    // Whoever had it may take it away between our opening and our locking.
    const TRIES: u32 = 10;
    for _ in 0..TRIES {
        match lock(&path) {
            Ok(file) if is_there(&file, &path) => {
                return Ok(Held { _lock: Some(Lock { path, _file: file }) });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(OutputError::InUse(shown()));
            }
            // Some network file systems have no locks.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => break,
            Err(error) => return Err(OutputError::Unwritable { path: shown(), error }),
        }
    }
    Ok(Held::default())
}

#[cfg(unix)]
fn lock(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{FlockOperation, Mode, OFlags};
    use rustix::io::Errno;
    // Neither a link nor a pipe that somebody laid there leads us astray or keeps us.
    let flags =
        OFlags::RDONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let open = |flags| rustix::fs::open(path, flags, Mode::from_raw_mode(0o644));
    let file = match open(flags) {
        // In a folder such as /tmp, Linux lets nobody create what is there and somebody else's (fs.protected_regular).
        Err(Errno::ACCESS) => open(flags - OFlags::CREATE),
        opened => opened,
    };
    let file = fs::File::from(file?);
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
            let _ = fs::remove_file(path);
            Err(io::ErrorKind::Unsupported.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the path still leads to the file that was locked.
#[cfg(unix)]
fn is_there(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// A file that nobody else may open, and that goes with the process.
#[cfg(windows)]
fn lock(path: &Path) -> io::Result<fs::File> {
    use std::os::windows::fs::OpenOptionsExt;
    const DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const SHARING_VIOLATION: i32 = 32;
    const DELETE_PENDING: i32 = 5;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).share_mode(0).custom_flags(DELETE_ON_CLOSE);
    options.open(path).map_err(|error| match error.raw_os_error() {
        Some(SHARING_VIOLATION) => io::ErrorKind::WouldBlock.into(),
        Some(DELETE_PENDING) if path.exists() => io::ErrorKind::WouldBlock.into(),
        _ => error,
    })
}

#[cfg(not(any(unix, windows)))]
fn lock(_path: &Path) -> io::Result<fs::File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn is_there(_file: &fs::File, _path: &Path) -> bool {
    true
}
