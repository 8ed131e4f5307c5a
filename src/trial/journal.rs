//! What is being made, written down before it is made: after a crash it is found again.
//!
//! Whoever makes something holds a lock on its journal while it lives: what somebody holds is in use.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::output::data_directory;
use crate::output::lock::Lock;
use crate::reading;
use crate::replace::replace_private;
use crate::trial::error::TrialError;
use crate::trial::names::{Name, PATH};

/// No journal is larger.
const LARGEST: u64 = 64 << 10;
/// Journals that are looked at.
const MOST: usize = 10_000;

/// The journals of this machine's user.
#[derive(Debug)]
pub struct Journals(PathBuf);

/// What is made, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    v: u64,
    /// The experiment.
    pub(super) name: String,
    /// The account, in which it is.
    pub(super) account: String,
    /// Where IAM was asked.
    pub(super) address: String,
    /// The ARNs of managed policies.
    pub(super) policies: Vec<String>,
}

/// A journal that is held.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: Lock,
    pub(super) noted: Noted,
}

impl Noted {
    pub(super) fn new(name: &Name, account: &str, address: String, policies: Vec<String>) -> Noted {
        let (name, account) = (name.as_str().to_owned(), account.to_owned());
        Noted { v: 1, name, account, address, policies }
    }
}

impl Journals {
    /// Those in our directory among the user's data, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When there is no such directory, and none can be made.
    pub fn open() -> Result<Journals, TrialError> {
        let path = data_directory::ours()?.join("try");
        let failed = |error| TrialError::Journal { path: path.clone(), error };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(failed)?;
        Ok(Journals(path))
    }

    /// Begins a journal: only when that is on disk may anything be made.
    pub(super) fn begin(&self, noted: Noted) -> Result<Journal, TrialError> {
        let (path, lock_path) = self.paths(&noted.name);
        let failed = |error| TrialError::Journal { path: path.clone(), error };
        let lock = Lock::take(&lock_path).map_err(failed)?;
        let taken = || std::io::Error::other("another process has it");
        let lock = lock.ok_or_else(|| failed(taken()))?;
        let text = serde_json::to_vec(&noted).unwrap_or_default();
        replace_private(&path, &text).map_err(failed)?;
        Ok(Journal { path, lock_path, _lock: lock, noted })
    }

    /// Journals that nobody holds, in their order; they are held now.
    pub(super) fn left(&self) -> Vec<Journal> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let mut names: Vec<_> = entries
            .flatten()
            .take(MOST)
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Name::of(name.strip_suffix(".json")?)
            })
            .collect();
        names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        names.iter().filter_map(|name| self.take(name)).collect()
    }

    fn take(&self, name: &Name) -> Option<Journal> {
        let (path, lock_path) = self.paths(name.as_str());
        let lock = Lock::take(&lock_path).ok().flatten()?;
        let text = reading::text(&path, LARGEST).ok();
        let noted = text.and_then(|text| serde_json::from_str::<Noted>(&text).ok());
        // What somebody else put there, or a power cut left, leads to nothing that could be removed.
        let is_ours = |arn: &String| {
            let (_, rest) = arn.split_once(PATH).unwrap_or_default();
            Name::of_policy(rest).as_ref() == Some(name)
        };
        let noted = noted
            .filter(|it| it.v == 1 && it.name == name.as_str())
            .filter(|it| it.policies.iter().all(is_ours))?;
        Some(Journal { path, lock_path, _lock: lock, noted })
    }

    fn paths(&self, name: &str) -> (PathBuf, PathBuf) {
        (self.0.join(format!("{name}.json")), self.0.join(format!("{name}.lock")))
    }
}

impl Journal {
    /// What it names is no more.
    pub(super) fn end(self) {
        remove(&self.path);
        remove(&self.lock_path);
    }
}

fn remove(path: &Path) {
    // Whoever finds it again finds nothing to remove.
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_found_when_its_holder_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals(folder.path().to_owned());
        let name = "leastwise-try-20261126T211837Z-010203ff";
        let name = Name::of(name).unwrap();
        let noted = Noted::new(&name, "111122223333", "https://iam.example".to_owned(), vec![]);
        let held = journals.begin(noted.clone()).unwrap();
        assert!(journals.left().is_empty());
        drop(held);
        let left = journals.left();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].noted, noted);
        for journal in left {
            journal.end();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join(format!("{}.json", name.as_str())), "[1]").unwrap();
        fs::write(folder.path().join("other.json"), "{}").unwrap();
        assert!(journals.left().is_empty());
    }
}
