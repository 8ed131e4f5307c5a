//! Whose files and folders are: what others have laid somewhere, or can change, is not to be trusted.
//!
//! Where the system has no owners and modes as Unix has them, nothing is refused here; the user's own folders are
//! protected there by what they inherit.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder is no place for what others must not change.
#[derive(Debug, thiserror::Error)]
pub enum Exposed {
    /// Its owner can do with it what they like.
    #[error("{} belongs to another user (uid {uid})", path.display())]
    Foreign {
        /// Which folder.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// Its mode lets others in.
    #[error("other users can write to {} (mode {mode:03o})", path.display())]
    Writable {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It cannot be looked at.
    #[error("{}: {error}", path.display())]
    Unknown {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// How a file is opened that others may have laid there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// A link leads to the file.
    Followed,
    /// A link is an error.
    Refused,
}

/// Opens a file to read it, and never waits: not for the other end of a FIFO, nor for a device.
///
/// # Errors
///
/// As the system says.
pub fn open(path: &Path, links: Links) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    never_wait(&mut options, path, links)?;
    options.open(path)
}

/// Lets whatever is opened with these options never wait, and follow links only where that is wanted.
///
/// # Errors
///
/// Where the system cannot do that by itself: when there is a link.
#[cfg(unix)]
pub fn never_wait(options: &mut OpenOptions, _path: &Path, links: Links) -> io::Result<()> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if links == Links::Refused {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(flags.bits().cast_signed());
    Ok(())
}

/// As above, but that between the look and the opening the file may become another.
///
/// # Errors
///
/// When there is a link that is not wanted.
#[cfg(not(unix))]
pub fn never_wait(_options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<()> {
    let found = std::fs::symlink_metadata(path);
    if links == Links::Refused && found.is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other("it is a symbolic link, which is not followed"));
    }
    Ok(())
}

/// The owner, where that is neither we nor root.
#[cfg(unix)]
pub fn foreign_owner(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, ours) = (found.uid(), rustix::process::geteuid().as_raw());
    (owner != 0 && owner != ours).then_some(owner)
}

/// What the system does not tell.
#[cfg(not(unix))]
pub fn foreign_owner(_found: &Metadata) -> Option<u32> {
    None
}

/// The permission bits, where they let others write. A group that has the number of the owner is theirs alone, as systems make one
/// for each user.
#[cfg(unix)]
pub fn writable_by_others(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let is_group_private = found.gid() == found.uid();
    let bits = if is_group_private { 0o002 } else { 0o022 };
    (found.mode() & bits != 0).then_some(found.mode() & 0o7777)
}

/// What the system does not tell.
#[cfg(not(unix))]
pub fn writable_by_others(_found: &Metadata) -> Option<u32> {
    None
}

/// Makes sure that nobody but us and root can change what is in a folder, or put another in its place: neither it nor any above it
/// belongs to somebody else or can be written by others. (Above it, a folder may be one where everybody has only what is their own,
/// such as `/tmp`.)
///
/// # Errors
///
/// When somebody else can.
#[cfg(unix)]
pub fn check_folder(folder: &Path) -> Result<(), Exposed> {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;
    let unknown = |path: &Path| {
        let path = path.to_owned();
        move |error| Exposed::Unknown { path, error }
    };
    let look = |path: &Path| std::fs::metadata(path).map_err(unknown(path));
    let whole = std::fs::canonicalize(folder).map_err(unknown(folder))?;
    // In a namespace of its own, root's number may be another.
    let system = look(Path::new("/"))?.uid();
    for (above, path) in whole.ancestors().enumerate() {
        let found = look(path)?;
        if let Some(uid) = foreign_owner(&found).filter(|uid| *uid != system) {
            return Err(Exposed::Foreign { path: path.to_owned(), uid });
        }
        if let Some(mode) = writable_by_others(&found)
            && (above == 0 || mode & STICKY == 0)
        {
            return Err(Exposed::Writable { path: path.to_owned(), mode });
        }
    }
    Ok(())
}

/// What the system does not tell.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn check_folder(_folder: &Path) -> Result<(), Exposed> {
    Ok(())
}

/// Makes a folder for nobody else, and those above it that are not there.
///
/// # Errors
///
/// As the system says.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_folder_is_as_safe_as_those_above_it() {
        let root = tempfile::tempdir().unwrap();
        let (above, folder) = (root.path().join("above"), root.path().join("above/folder"));
        create_private_folder(&folder).unwrap();
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        check_folder(&folder).unwrap();
        set(&above, 0o777);
        let error = check_folder(&folder).unwrap_err().to_string();
        assert!(error.contains("above (mode 777)"), "{error}");
        set(&above, 0o1777);
        check_folder(&folder).unwrap();
        check_folder(&above).unwrap_err();
        set(&folder, 0o703);
        check_folder(&folder).unwrap_err();
    }

    #[test]
    fn nothing_that_is_opened_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (fifo, link) = (folder.path().join("fifo"), folder.path().join("link"));
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        assert!(!open(&fifo, Links::Refused).unwrap().metadata().unwrap().is_file());
        symlink(&fifo, &link).unwrap();
        assert!(open(&link, Links::Followed).is_ok());
        assert!(open(&link, Links::Refused).is_err());
    }
}
