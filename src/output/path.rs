//! Paths of what is written.

use std::fs;
use std::path::{Path, PathBuf};

/// A descriptor of ours under a path. It can be a regular file, but replacing that would take away
/// what others write to it.
pub(crate) fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stderr")
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
}

/// Whether two paths lead to the same file, which need not be there yet.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    fn resolved(path: &Path) -> PathBuf {
        if let Ok(whole) = fs::canonicalize(path) {
            return whole;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        folder.join(path.file_name().unwrap_or_default())
    }
    resolved(one) == resolved(other) || is_same_inode(one, other)
}

/// Hard links have no resolved name in common.
#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_inode(_one: &Path, _other: &Path) -> bool {
    false
}
