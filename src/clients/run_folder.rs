//! The folder of a run: what its command needs on disk, for as long as it runs.
//!
//! It lies where nobody else can put or change anything: below `$XDG_RUNTIME_DIR`, or in the user's data directory. A file
//! beside it is locked while its run lives. The lock of a run that was killed is free, and the next start takes its
//! folder away.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::clients::error::ClientsError;
use crate::output::data_directory;
use crate::output::lock::Lock;
use crate::ownership::{Exposed, check_folder, create_private_folder};

/// Our folder in `$XDG_RUNTIME_DIR`.
#[cfg(unix)]
const OURS: &str = "leastwise";
/// What the folders of runs begin with.
const PREFIX: &str = "run-";
/// What the names of their locks end in.
const LOCKED: &str = ".lock";
/// How often it is tried anew when another process clears up at the same moment.
const ATTEMPTS: u64 = 20;

/// Why it was not made.
enum Hitch {
    /// It may work the next time.
    Passing(String),
    /// It cannot be.
    Final(String),
}

/// A folder that is there for one run, for nobody else to read; dropping it removes it.
#[derive(Debug)]
pub struct RunFolder {
    folder: Option<TempDir>,
    lock_path: PathBuf,
    lock: Option<Lock>,
    /// Folders that had to be made for it, the deepest first.
    made: Vec<PathBuf>,
}

impl RunFolder {
    /// Makes it, and removes those of runs that were killed.
    ///
    /// # Errors
    ///
    /// When there is no place for it.
    pub fn make() -> Result<RunFolder, ClientsError> {
        let mut reasons = Vec::new();
        for place in places(|name| std::env::var_os(name)) {
            match place.and_then(|place| RunFolder::make_in(&place)) {
                Ok(folder) => return Ok(folder),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(ClientsError::NoRunFolder(reasons.join("; ")))
    }

    /// Those of all runs of this user that live.
    pub fn living() -> Vec<PathBuf> {
        let mut living = Vec::new();
        let outer = |name: &str| std::env::var_os(name);
        let mut places: Vec<PathBuf> = named_places(outer).into_iter().flatten().collect();
        // A run is elsewhere only where the environment names no place.
        if places.is_empty() {
            places.extend(at_home(outer));
        }
        for place in places {
            let runs = place.join("runs");
            // Who could put something there could tell other shells where to send what they ask of AWS.
            if runs.symlink_metadata().is_ok_and(|found| found.is_dir())
                && check_folder(&runs).is_ok()
            {
                living.extend(living_in(&runs));
            }
        }
        living.sort_unstable();
        living.dedup();
        living
    }

    /// Makes it below `place`; the reason why that cannot be.
    fn make_in(place: &Path) -> Result<RunFolder, String> {
        let runs = place.join("runs");
        let missing = data_directory::missing(Some(&runs));
        let mut reason = String::new();
        for attempt in 0..ATTEMPTS {
            match RunFolder::try_in(&runs) {
                Ok(mut folder) => {
                    folder.made = missing;
                    return Ok(folder);
                }
                Err(Hitch::Final(reason)) => return Err(reason),
                Err(Hitch::Passing(why)) => reason = why,
            }
            // Who takes it away may need the processor for it.
            std::thread::sleep(std::time::Duration::from_millis(attempt));
        }
        Err(format!("{reason} (other runs begin and end there all the time)"))
    }

    /// Makes it in `runs`, once: another process may clear up there at the same moment.
    fn try_in(runs: &Path) -> Result<RunFolder, Hitch> {
        let failed = |error: io::Error| {
            let reason = format!("{}: {error}", runs.display());
            match error.kind() {
                // A run that ended took the folder of folders with it: before or while we made it.
                io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => Hitch::Passing(reason),
                _ => Hitch::Final(reason),
            }
        };
        create_private_folder(runs).and_then(|()| close(runs)).map_err(failed)?;
        check_folder(runs).map_err(|exposed| match exposed {
            Exposed::Unknown { error, .. } => failed(error),
            exposed => Hitch::Final(exposed.to_string()),
        })?;
        remove_leftovers(runs);
        make_one(runs).map_err(failed)?.ok_or_else(|| {
            Hitch::Passing(format!("{}: another run took our folder away", runs.display()))
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // The folder before its lock: what has no lock is taken for a leftover.
        drop(self.folder.take());
        if let Some(lock) = self.lock.take() {
            remove_lock(&self.lock_path, lock);
        }
        // They go when nothing else is in them.
        let runs = self.lock_path.parent();
        let ours = [runs, runs.and_then(Path::parent)].into_iter().flatten();
        for folder in ours.chain(self.made.iter().map(PathBuf::as_path)) {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Where it may lie, the best place first; for a place that is none, the reason.
fn places(outer: impl Fn(&str) -> Option<OsString>) -> Vec<Result<PathBuf, String>> {
    let mut places = named_places(&outer);
    places.extend(at_home(outer).map(Ok));
    places
}

/// Those that the environment names.
fn named_places(outer: impl Fn(&str) -> Option<OsString>) -> Vec<Result<PathBuf, String>> {
    let mut places = Vec::from_iter(of_the_session(&outer));
    places.push(
        data_directory::find(&outer)
            .ok_or_else(|| "cannot tell where your data is kept".to_owned()),
    );
    places
}

/// The one where the system says that the user is at home.
fn at_home(outer: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // `HOME` may not be set, or (for root, with some versions of sudo) be somebody else's.
    #[cfg(unix)]
    {
        let root = if cfg!(target_os = "macos") { "/var/root" } else { "/root" };
        let home = if rustix::process::geteuid().is_root() {
            Some(PathBuf::from(root))
        } else {
            std::env::home_dir().filter(|_| outer("HOME").is_none())
        };
        let data = |home: PathBuf| {
            data_directory::find(|name| (name == "HOME").then(|| home.clone().into()))
        };
        home.filter(|home| home.is_dir()).and_then(data)
    }
    #[cfg(not(unix))]
    {
        let _ = outer;
        None
    }
}

/// Where the user's session keeps what lasts as long as it does.
#[cfg(unix)]
fn of_the_session(outer: impl Fn(&str) -> Option<OsString>) -> Option<Result<PathBuf, String>> {
    let directory = PathBuf::from(outer("XDG_RUNTIME_DIR").filter(|it| !it.is_empty())?);
    Some(if is_ours_alone(&directory) {
        Ok(directory.join(OURS))
    } else {
        Err(format!(
            "XDG_RUNTIME_DIR, {}, is not a folder that only you control",
            directory.display()
        ))
    })
}

#[cfg(not(unix))]
fn of_the_session(_outer: impl Fn(&str) -> Option<OsString>) -> Option<Result<PathBuf, String>> {
    None
}

/// As `XDG_RUNTIME_DIR` must be: <https://specifications.freedesktop.org/basedir/latest/>
#[cfg(unix)]
fn is_ours_alone(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let ours = rustix::process::geteuid().as_raw();
    directory.is_absolute()
        && fs::metadata(directory)
            .is_ok_and(|found| found.is_dir() && found.uid() == ours && found.mode() & 0o077 == 0)
}

/// Makes sure that a folder is no link, and that nobody else can look into it.
#[cfg(unix)]
fn close(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = folder.symlink_metadata()?;
    if !found.is_dir() {
        return Err(io::Error::other("it is a symbolic link, which is not followed"));
    }
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// What is below the user's own folders has their permissions.
#[cfg(not(unix))]
fn close(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// `None` when somebody took it for a leftover, before it had its lock.
fn make_one(runs: &Path) -> io::Result<Option<RunFolder>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir_in(runs)?;
    let lock_path = lock_of(folder.path());
    let Some(lock) = Lock::take(&lock_path)? else { return Ok(None) };
    if lock.is_of(&lock_path) && folder.path().is_dir() {
        let made = Vec::new();
        return Ok(Some(RunFolder { folder: Some(folder), lock_path, lock: Some(lock), made }));
    }
    remove_lock(&lock_path, lock);
    Ok(None)
}

/// Removes the folders of runs that are over and did not do it themselves.
fn remove_leftovers(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        let folder = runs.join(name.strip_suffix(LOCKED).unwrap_or(name));
        let lock_path = lock_of(&folder);
        // Who has it is alive.
        if let Ok(Some(lock)) = Lock::take(&lock_path) {
            // The name goes, and what is in it; links are not followed.
            let _ = fs::remove_dir_all(&folder);
            remove_lock(&lock_path, lock);
        }
    }
}

/// The folders of runs whose lock is held.
fn living_in(runs: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_run = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX) && !name.ends_with(LOCKED))
    };
    // A lock that is not there is nobody's, and is not to be made.
    let is_held = |folder: &PathBuf| {
        let path = lock_of(folder);
        path.exists() && matches!(Lock::take(&path), Ok(None))
    };
    folders.filter(is_run).filter(is_held).collect()
}

fn lock_of(folder: &Path) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(LOCKED);
    path.into()
}

/// As long as it is held, nobody else takes what it stands for.
#[cfg(unix)]
fn remove_lock(path: &Path, lock: Lock) {
    if lock.is_of(path) {
        let _ = fs::remove_file(path);
    }
    drop(lock);
}

/// What is open cannot be removed there.
#[cfg(not(unix))]
fn remove_lock(path: &Path, lock: Lock) {
    drop(lock);
    let _ = fs::remove_file(path);
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn shown(places: Vec<Result<PathBuf, String>>) -> Vec<String> {
        places
            .into_iter()
            .map(|it| it.map_or_else(|why| why, |it| it.display().to_string()))
            .collect()
    }

    #[test]
    fn only_a_runtime_directory_of_ours_alone_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let found = |mode| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            shown(places(|name| match name {
                "XDG_RUNTIME_DIR" => Some(folder.path().into()),
                "XDG_DATA_HOME" => Some("/data".into()),
                _ => None,
            }))
        };
        assert_eq!(found(0o700)[0], folder.path().join("leastwise").display().to_string());
        assert!(found(0o770)[0].ends_with("is not a folder that only you control"));
        assert_eq!(found(0o770)[1], "/data/leastwise");
    }

    #[test]
    fn what_is_left_of_the_dead_goes_and_the_living_keep_theirs() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("leastwise");
        let living = RunFolder::make_in(&place).unwrap();
        let mode = fs::metadata(living.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let victim = home.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::write(victim.join("kept"), "kept").unwrap();
        let dead = place.join("runs/run-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("ca.pem"), "x").unwrap();
        symlink(&victim, dead.join("link")).unwrap();
        symlink(&victim, place.join("runs/run-link")).unwrap();
        fs::write(place.join("runs/run-stray.lock"), "").unwrap();

        assert_eq!(living_in(&place.join("runs")), [living.path()], "the dead are not among them");
        let other = RunFolder::make_in(&place).unwrap();
        assert!(!dead.exists() && living.path().exists() && other.path().exists());
        let names = fs::read_dir(place.join("runs")).unwrap().count();
        assert_eq!(names, 4, "two folders and their locks");
        assert!(victim.join("kept").exists(), "what a link leads to stays");
        drop(living);
        assert!(other.path().exists());
        drop(other);
        assert!(!place.exists(), "nothing is left");
    }

    #[test]
    fn runs_that_begin_and_end_at_the_same_moment_hinder_none() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("leastwise");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..300 {
                        drop(RunFolder::make_in(&place).unwrap());
                    }
                });
            }
        });
        assert!(!place.exists(), "nothing is left");
    }

    #[test]
    fn a_place_that_others_can_write_to_is_none() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let reason = RunFolder::make_in(&home.path().join("leastwise")).unwrap_err();
        assert!(reason.contains("other users can write to"), "{reason}");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let (place, elsewhere) = (home.path().join("other"), home.path().join("elsewhere"));
        fs::create_dir(&place).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, place.join("runs")).unwrap();
        let reason = RunFolder::make_in(&place).unwrap_err();
        assert!(reason.contains("symbolic link"), "{reason}");
    }
}
