//! Files that are replaced whole: the new text is written to a hidden file beside the old one, which then takes its name.
//! So at every moment, a `kill -9` included, the name leads to a whole file.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// So much of what is written piece by piece is written at once.
const AT_ONCE: usize = 128 << 10;
/// What a policy lets its owner and others do with it at most: others never write it.
const FOR_OTHERS: u32 = 0o755;

/// Replaces a file that others may read, `durably` so that the text survives a power cut.
pub(crate) fn replace(path: &Path, text: &str, durably: bool) -> io::Result<()> {
    let mut hidden = hidden(path, FOR_OTHERS & 0o666)?;
    hidden.write_all(text.as_bytes())?;
    if let Ok(existing) = fs::symlink_metadata(path)
        && existing.is_file()
    {
        take_over(hidden.as_file(), path, &existing, FOR_OTHERS)?;
    }
    if durably {
        hidden.as_file().sync_all()?;
    }
    persist(hidden, path)
}

/// Replaces a file that is for nobody else to read, from its first byte on.
pub(crate) fn replace_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut hidden = hidden(path, 0o600)?;
    hidden.write_all(text)?;
    hidden.as_file().sync_all()?;
    persist(hidden, path)
}

/// The same of what is written piece by piece, and may be large.
pub(crate) fn replace_private_by<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<T>,
) -> io::Result<T> {
    let hidden = hidden(path, 0o600)?;
    let mut output = BufWriter::with_capacity(AT_ONCE, hidden.as_file());
    let written = write(&mut output)?;
    output.flush()?;
    drop(output);
    hidden.as_file().sync_all()?;
    persist(hidden, path)?;
    Ok(written)
}

/// Makes sure that a file can be replaced: nothing is left of it.
pub(crate) fn try_beside(path: &Path) -> io::Result<()> {
    hidden(path, 0o600).map(drop)
}

/// A text that is on disk beside a file, which nobody else can read before it has the file's own permissions, and
/// that takes the file's place when it is [committed](Prepared::commit).
pub(crate) struct Prepared(NamedTempFile);

impl Prepared {
    /// Writes it beside the file, which need not be there.
    pub(crate) fn new(path: &Path, text: &[u8]) -> io::Result<Prepared> {
        let mut hidden = hidden(path, 0o600)?;
        hidden.write_all(text)?;
        if let Ok(existing) = fs::metadata(path) {
            take_over(hidden.as_file(), path, &existing, 0o7777)?;
        }
        hidden.as_file().sync_all()?;
        Ok(Prepared(hidden))
    }

    /// Puts it in place of the file.
    pub(crate) fn commit(self, path: &Path) -> io::Result<()> {
        persist(self.0, path)
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The hidden file beside the target; it is removed on drop, unless it has taken the target's name. `mode` is what it is
/// made with, less what the umask takes.
fn hidden(target: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let prefix = format!("{}{}-", prefix(target), std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    let permissions: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    #[cfg(unix)]
    builder.permissions(permissions);
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder_of(target))
}

fn persist(hidden: NamedTempFile, path: &Path) -> io::Result<()> {
    hidden.persist(path).map(drop).map_err(|error| error.error)
}

/// Takes over the permissions of the file that is being replaced, as far as they are `allowed`, and its owner as far as we may.
#[cfg(unix)]
fn take_over(hidden: &File, path: &Path, existing: &Metadata, allowed: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let is_shared =
        fs::metadata(folder_of(path)).is_ok_and(|folder| folder.permissions().mode() & 0o002 != 0);
    // Only the superuser may give files away; for everybody else the file is theirs anyway. Where everybody may lay a
    // file, it is given to nobody.
    if !is_shared {
        let _ = fchown(hidden, Some(existing.uid()), Some(existing.gid()));
    }
    hidden.set_permissions(fs::Permissions::from_mode(existing.mode() & allowed))
}

#[cfg(not(unix))]
fn take_over(hidden: &File, _path: &Path, existing: &Metadata, _allowed: u32) -> io::Result<()> {
    hidden.set_permissions(existing.permissions())
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

/// What the hidden files of a target begin with; the process id follows, and what tells its files apart.
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
        let rest = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        let process = rest.and_then(|rest| rest.split('-').next());
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
