//! Where the policy goes, and how it gets there without ever being half there.
//!
//! A file is replaced: the new text is written to a hidden file beside it, which then takes its
//! name. So at every moment, a `kill -9` included, the name leads to a whole policy. What a
//! `kill -9` can leave behind is that one hidden file, and the empty one that the lock hung on (`held.rs`); the next start
//! removes them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::output::error::OutputError;
use crate::output::links::followed;
use crate::output::path::is_descriptor;
use crate::output::patience;
use crate::output::print::{print, unless_gone};
use crate::output::stream::open_stream;
use crate::replace::{folder_of, remove_leftovers, replace, try_beside};

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
        unless_gone(written)
            .map_err(|error| OutputError::Failed { path: path.display().to_string(), error })
    }
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

fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
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
    match try_beside(&path) {
        Ok(()) => Ok(Target::File(path)),
        Err(error) => Err(OutputError::Unwritable { path: shown, error }),
    }
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
