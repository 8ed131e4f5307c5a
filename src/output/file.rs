//! Where the policy goes, and how it gets there without ever being half there.
//!
//! A file is replaced: the new text is written to a hidden file beside it, which then takes its
//! name. So at every moment, a `kill -9` included, the name leads to a whole policy. What a
//! `kill -9` can leave behind is that one hidden file, and the empty one that the lock hung on (`held.rs`); the next start
//! removes them.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::commands::failure::Failure;
use crate::output::closed;
use crate::output::links::followed;
use crate::output::patience;
use crate::text;

/// What a policy lets its owner and others do with it at most: others never write it.
const FOR_OTHERS: u32 = 0o755;

/// Why a policy cannot be written to a file; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is a directory.
    #[error("{0} is a directory; name a file in it")]
    Directory(String),
    /// The directory that it would be in is not there.
    #[error("the directory of {0} does not exist; create it, or write the policy somewhere else")]
    NoDirectory(String),
    /// It is marked as read-only.
    #[error("{0} is read-only; make it writable, or write the policy to another file")]
    ReadOnly(String),
    /// No file can be made beside it.
    #[error(
        "{path} cannot be written: {error}; the policy is replaced by way of a hidden file beside it, so the directory must be writable"
    )]
    Unwritable {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The folder for several policies cannot be made.
    #[error("the folder {path} cannot be made: {error}; make it, or name another")]
    Folder {
        /// Which folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The folder for several policies is something else.
    #[error("{0} is not a folder; name one for the policies, which need not be there yet")]
    NotAFolder(String),
    /// Somebody else may have laid the link that it is.
    #[error("{path} is a symbolic link that {reason}; name the file that it should lead to")]
    Link {
        /// Which file.
        path: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// Something else has the name of a file that is to be made.
    #[error("{0} is not a file; remove it, or write the policy somewhere else")]
    NotAFile(String),
    /// It is there, and something else than a policy.
    #[error(
        "{0} is there and is no policy, and writing one would destroy it; give the policy another name, or replace the file with --force"
    )]
    NotAPolicy(String),
    /// It is there, and something else than the result of a check.
    #[error(
        "{0} is there and is no SARIF, and writing the result would destroy it; name another file with --sarif"
    )]
    NotSarif(String),
    /// Another process writes it.
    #[error(
        "another leastwise is at work on {0}, and each would undo what the other writes; end that one first, or name another file"
    )]
    InUse(String),
    /// It failed while it was being written.
    #[error("{path} could not be written: {error}")]
    Failed {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

/// Where the policy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output, once, at the end.
    Stdout,
    /// A pipe or a device: once, at the end.
    Stream(PathBuf),
    /// A file, which is kept current; symbolic links are followed already.
    File(PathBuf),
    /// Nowhere: nobody asked for the policy, or only for each principal's own.
    Nowhere,
}

impl Target {
    /// The target that `-o` names, or standard output; it is made sure that it can be written,
    /// and nothing is.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn check(option: Option<&Path>) -> Result<Target, OutputError> {
        let Some(path) = option else { return Ok(Target::Stdout) };
        let shown = path.display().to_string();
        if is_stdout(path) {
            return Ok(Target::Stdout);
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(OutputError::Directory(shown)),
            Ok(found) if !found.is_file() || is_descriptor(path) => {
                followed(path)?;
                check_stream(path)
                    .map_err(|error| OutputError::Unwritable { path: shown, error })?;
                Ok(Target::Stream(path.to_owned()))
            }
            Ok(found) if found.permissions().readonly() => Err(OutputError::ReadOnly(shown)),
            Ok(_) => check_file(path, shown),
            Err(error) if error.kind() == io::ErrorKind::NotFound => check_file(path, shown),
            Err(error) => Err(OutputError::Unwritable { path: shown, error }),
        }
    }

    /// A file whose name we make, or that has a name by custom: it takes the place of a link that has the name, which others may
    /// have laid for us to follow.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn unlinked(path: &Path) -> Result<Target, OutputError> {
        let shown = path.display().to_string();
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => writable(path.to_owned(), shown),
            Ok(found) if found.is_dir() => Err(OutputError::Directory(shown)),
            Ok(found) if !found.is_file() => Err(OutputError::NotAFile(shown)),
            Ok(found) if found.permissions().readonly() => Err(OutputError::ReadOnly(shown)),
            Ok(_) => writable(path.to_owned(), shown),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                writable(path.to_owned(), shown)
            }
            Err(error) => Err(OutputError::Unwritable { path: shown, error }),
        }
    }

    /// As [`check`](Target::check), but that a link is replaced and not followed, for files that tools know by their names.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn check_unlinked(path: &Path) -> Result<Target, OutputError> {
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        let is_ours = is_link && !is_stdout(path) && !is_descriptor(path);
        if is_ours { Target::unlinked(path) } else { Target::check(Some(path)) }
    }

    /// The file that is kept current, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Target::File(path) => Some(path),
            Target::Stdout | Target::Stream(_) | Target::Nowhere => None,
        }
    }

    /// Whether there is a file with something in it, which an empty policy must not replace.
    pub fn holds_something(&self) -> bool {
        self.file().is_some_and(|path| fs::metadata(path).is_ok_and(|found| found.len() > 0))
    }

    /// Replaces the file. At the `end` it is also made sure that the text survives a power cut,
    /// which can take a disk longer than a recording may stand still. Other targets are left
    /// alone; see [`write_end`](Target::write_end).
    ///
    /// # Errors
    ///
    /// When the disk is full, or the directory is no longer writable.
    pub fn replace(&self, text: &str, end: bool) -> Result<(), OutputError> {
        let Some(path) = self.file() else { return Ok(()) };
        replace(path, text, end)
            .map_err(|error| OutputError::Failed { path: path.display().to_string(), error })
    }

    /// Writes the policy at the end, whatever the target is. A reader that has gone away is no
    /// failure.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_end(&self, text: &str) -> Result<(), OutputError> {
        let (path, written) = match self {
            Target::File(_) => return self.replace(text, true),
            Target::Nowhere => return Ok(()),
            Target::Stdout => (Path::new("standard output"), print(text)),
            Target::Stream(path) => (path.as_path(), append(path, text)),
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(OutputError::Failed { path: path.display().to_string(), error })
            }
            _ => Ok(()),
        }
    }
}

/// Prints to standard output.
///
/// # Errors
///
/// When that cannot be written, or is closed.
pub fn print(text: &str) -> io::Result<()> {
    if closed::is_closed() {
        return Err(closed::error());
    }
    patience::write_all(io::stdout(), text.as_bytes())
}

/// Prints what a command is asked to show, without anything that a terminal would obey, and returns its exit code.
///
/// # Errors
///
/// When standard output cannot be written, but for a reader that has gone away.
pub fn show(text: &str) -> Result<i32, Failure> {
    match print(&text::page(text)) {
        // `| head` has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unprintable(error)),
        _ => Ok(0),
    }
}

/// Standard output could not be written.
pub(crate) fn unprintable(error: io::Error) -> Failure {
    Failure::Report { path: "standard output".to_owned(), error }
}

/// The file of one of several documents: `policy.json` → `policy-1.json`.
pub fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    patience::write_all(open_stream(path)?, text.as_bytes())
}

/// Opens a pipe or a device to write to it. Nobody is waited for: who wants what is in a pipe has it open.
#[cfg(unix)]
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
    use rustix::io::Errno;
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = open(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::NXIO => io::Error::other("it is a pipe that nobody reads; start its reader first"),
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

fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// A descriptor of ours under a path. It can be a regular file, but replacing that would take away
/// what others write to it.
pub(crate) fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stderr")
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
}

/// A stream is not opened before the end: somebody may wait for the other end to close.
#[cfg(unix)]
fn check_stream(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
}

#[cfg(not(unix))]
fn check_stream(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn check_file(path: &Path, shown: String) -> Result<Target, OutputError> {
    writable(followed(path)?, shown)
}

fn writable(path: PathBuf, shown: String) -> Result<Target, OutputError> {
    if path.file_name().is_none() {
        return Err(OutputError::Directory(shown));
    }
    if !folder_of(&path).is_dir() {
        return Err(OutputError::NoDirectory(shown));
    }
    remove_leftovers(&path);
    match Hidden::create(&path) {
        Ok(_) => Ok(Target::File(path)),
        Err(error) => Err(OutputError::Unwritable { path: shown, error }),
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn replace(path: &Path, text: &str, durably: bool) -> io::Result<()> {
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
struct Hidden {
    path: PathBuf,
    file: File,
}

impl Hidden {
    fn create(target: &Path) -> io::Result<Hidden> {
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_check_writes_nothing_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        assert_eq!(Target::check(Some(&path)).unwrap(), Target::File(path.clone()));
        assert_eq!(names(folder.path()), [""; 0]);
        fs::write(&path, "old").unwrap();
        let target = Target::check(Some(&path)).unwrap();
        assert!(target.holds_something());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["policy.json"]);
    }

    #[test]
    fn a_file_is_replaced_with_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        fs::write(&path, "a much longer text than the new one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let target = Target::check(Some(&path)).unwrap();
        target.replace("new", false).unwrap();
        target.write_end("newer").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["policy.json"]);
    }

    #[test]
    fn documents_are_numbered_beside_the_whole() {
        for (path, first) in [
            ("a/policy.json", "a/policy-1.json"),
            ("policy", "policy-1"),
            (".x.y.json", ".x.y-1.json"),
        ] {
            assert_eq!(numbered(Path::new(path), 1), Path::new(first));
        }
    }

    #[test]
    fn links_are_followed_also_to_a_file_that_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        symlink("real/policy.json", folder.path().join("one")).unwrap();
        symlink("one", folder.path().join("two")).unwrap();
        for text in ["first", "second"] {
            let target = Target::check(Some(&folder.path().join("two"))).unwrap();
            target.write_end(text).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("real/policy.json")).unwrap(), text);
        }
        assert!(folder.path().join("two").is_symlink());
        symlink("loop", folder.path().join("loop")).unwrap();
        assert!(Target::check(Some(&folder.path().join("loop"))).is_err());
    }

    #[test]
    fn leftovers_of_the_dead_are_removed_and_those_of_the_living_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        let dead = folder.path().join(".policy.json.leastwise-2147483000");
        let living = folder.path().join(".policy.json.leastwise-1");
        let other = folder.path().join(".other.json.leastwise-2147483000");
        for file in [&dead, &living, &other] {
            fs::write(file, "{").unwrap();
        }
        Target::check(Some(&path)).unwrap();
        assert!(!dead.exists());
        assert!(living.exists());
        assert!(other.exists());
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let said = |path: &Path| Target::check(Some(path)).unwrap_err().to_string();
        assert!(said(folder.path()).contains("is a directory"));
        assert!(said(&folder.path().join("none/policy.json")).contains("does not exist"));
        assert!(said(Path::new("/")).contains("is a directory"));
        let locked = folder.path().join("locked.json");
        fs::write(&locked, "kept").unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(said(&locked).contains("is read-only"));
        assert!(said(&locked.join("policy.json")).contains("cannot be written"));
    }

    #[test]
    fn streams_are_written_at_the_end_and_not_replaced() {
        let null = Path::new("/dev/null");
        let target = Target::check(Some(null)).unwrap();
        assert_eq!(target, Target::Stream(null.to_owned()));
        target.replace("x", false).unwrap();
        target.write_end("x").unwrap();
        assert!(!fs::metadata(null).unwrap().is_file());
        assert_eq!(Target::check(Some(Path::new("-"))).unwrap(), Target::Stdout);
    }
}
