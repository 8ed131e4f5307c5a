//! Files that are replaced whole: the new text is written to a hidden file beside the old one, which then takes its name.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::output::path::folder_of;

/// What a policy lets its owner and others do with it at most: others never write it.
const FOR_OTHERS: u32 = 0o755;

/// Replaces a file, `durably` so that the text survives a power cut.
pub(crate) fn replace(path: &Path, text: &str, durably: bool) -> io::Result<()> {
    let mut hidden = Hidden::create(path)?;
    hidden.file.write_all(text.as_bytes())?;
    if let Ok(existing) = fs::symlink_metadata(path)
        && existing.is_file()
    {
        hidden.take_over(&existing, FOR_OTHERS)?;
    }
    if durably {
        hidden.file.sync_all()?;
    }
    fs::rename(&hidden.path, path)
}

/// A text that is on disk beside a file, which nobody else can read before it has the file's own permissions, and
/// that takes the file's place when it is [committed](Prepared::commit).
pub(crate) struct Prepared(Hidden);

impl Prepared {
    /// Writes it beside the file, which need not be there.
    pub(crate) fn new(path: &Path, text: &[u8]) -> io::Result<Prepared> {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut hidden = Hidden::create_with(path, &mut options)?;
        hidden.file.write_all(text)?;
        if let Ok(existing) = fs::metadata(path) {
            hidden.take_over(&existing, 0o7777)?;
        }
        hidden.file.sync_all()?;
        Ok(Prepared(hidden))
    }

    /// Puts it in place of the file.
    pub(crate) fn commit(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0.path, path)
    }
}

/// The hidden file beside the target; it is removed on drop (after a rename there is none).
pub(crate) struct Hidden {
    path: PathBuf,
    file: File,
}

impl Hidden {
    pub(crate) fn create(target: &Path) -> io::Result<Hidden> {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, FOR_OTHERS & 0o666);
        Hidden::create_with(target, &mut options)
    }

    fn create_with(target: &Path, options: &mut OpenOptions) -> io::Result<Hidden> {
        let path = folder_of(target).join(format!("{}{}", prefix(target), std::process::id()));
        // A leftover of a process with our id, or a link that somebody laid there for us to follow.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = options.write(true).create_new(true).open(&path)?;
        Ok(Hidden { path, file })
    }

    /// Takes over the permissions of the file that is being replaced, as far as they are `allowed`, and its owner as far as we may.
    #[cfg(unix)]
    fn take_over(&self, existing: &Metadata, allowed: u32) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
        let is_shared = fs::metadata(folder_of(&self.path))
            .is_ok_and(|folder| folder.permissions().mode() & 0o002 != 0);
        // Only the superuser may give files away; for everybody else the file is theirs anyway. Where everybody may lay a
        // file, it is given to nobody.
        if !is_shared {
            let _ = fchown(&self.file, Some(existing.uid()), Some(existing.gid()));
        }
        self.file.set_permissions(fs::Permissions::from_mode(existing.mode() & allowed))
    }

    #[cfg(not(unix))]
    fn take_over(&self, existing: &Metadata, _allowed: u32) -> io::Result<()> {
        self.file.set_permissions(existing.permissions())
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The hidden file that a target's lock hangs on.
pub(crate) fn lock_path(target: &Path) -> PathBuf {
    use std::hash::{DefaultHasher, Hash, Hasher};
    const LONGEST: usize = 200;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let name = if name.len() > LONGEST {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        format!("{}{:016x}", name.chars().take(40).collect::<String>(), hasher.finish())
    } else {
        name.into_owned()
    };
    folder_of(target).join(format!(".{name}.leastwise-lock"))
}

/// What the hidden files of a target begin with; the process id follows.
fn prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // Names have at most 255 bytes; a long one keeps its beginning.
    let kept: String = name.chars().take(50).collect();
    format!(".{kept}.leastwise-")
}

/// Removes the hidden files of processes that were killed.
pub(crate) fn remove_leftovers(target: &Path) {
    let prefix = prefix(target);
    let Ok(files) = fs::read_dir(folder_of(target)) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        if process.and_then(|id| id.parse().ok()).is_some_and(|id| !is_running(id)) {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(unix)]
fn is_running(process: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    Pid::from_raw(process).is_some_and(|id| test_kill_process(id) != Err(rustix::io::Errno::SRCH))
}

/// Windows does not let a file be removed that somebody has open.
#[cfg(not(unix))]
fn is_running(_process: i32) -> bool {
    false
}
