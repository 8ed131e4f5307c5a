//! `--set-ini`: a profile of AWS's configuration file gets the settings that lead programs to us, for as long as we
//! listen.
//!
//! Before the file is touched, a journal in our data directory says what will be put into it. The file is replaced
//! by a rename, so that it is whole at every moment; at the end our lines, and only those, are taken out again, and the
//! journal goes. A journal that is there at a start, with nobody who holds its lock, is of a process that was killed:
//! what it says is taken back first.

pub mod error;
mod ini;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::error::SetIniError;
use self::ini::{Edit, Setting};
use crate::clients::error::ClientsError;
use crate::output::console::Console;
use crate::output::data_directory;
use crate::output::links;
use crate::output::lock::Lock;
use crate::ownership::{self, Links, create_private_folder};
use crate::replace;

/// The directory of journals in our data directory.
const JOURNALS: &str = "set-ini";
/// How often the file is looked at anew when somebody else writes it at the same moment.
const ATTEMPTS: usize = 20;

/// What is to be set.
pub struct Wanted<'a> {
    /// The profile (`default`).
    pub profile: &'a str,
    /// Where client-side monitoring is heard.
    pub csm: Option<std::net::SocketAddr>,
    /// The certificates to trust, for the proxy.
    pub ca_bundle: Option<&'a Path>,
}

/// An edited configuration file; dropping it takes the edit back.
#[derive(Debug)]
pub struct SetIni {
    journal: Option<Journal>,
    console: Console,
}

/// What the journal says.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    v: u32,
    /// The file, with symbolic links followed.
    file: PathBuf,
    edit: Edit,
    made_file: bool,
    /// Directories that had to be made, the deepest first.
    made_directories: Vec<PathBuf>,
}

/// A journal that is on disk, and its lock.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    record: Record,
    _lock: Lock,
}

impl SetIni {
    /// Edits the file.
    ///
    /// # Errors
    ///
    /// When it is read-only, edited by another process of ours, or cannot be written; then it is as it was.
    pub fn apply(wanted: &Wanted<'_>, console: &Console) -> Result<SetIni, ClientsError> {
        let settings = settings(wanted)?;
        let named = config_file(|name| std::env::var_os(name)).ok_or(SetIniError::NoPlace)?;
        let journal = apply(&data_directory::ours()?, &named, wanted.profile, &settings)?;
        console.say(format_args!(
            "leastwise: {} in profile {} of {}; this will be undone at the end.",
            settings
                .iter()
                .map(|it| format!("{} = {}", it.key, it.value))
                .collect::<Vec<_>>()
                .join(", "),
            wanted.profile,
            named.display()
        ));
        Ok(SetIni { journal, console: console.clone() })
    }
}

impl Drop for SetIni {
    fn drop(&mut self) {
        if let Some(journal) = self.journal.take()
            && let Err(error) = take_back(&journal.path, &journal.record)
        {
            self.console.warn(format_args!(
                "what --set-ini added could not be removed; the next start of leastwise will try again: {error}"
            ));
        }
    }
}

/// Takes back what processes that were killed have left behind.
pub fn repair(console: &Console) {
    // Without a data directory there are no journals.
    if let Ok(directory) = data_directory::ours() {
        repair_in(&directory.join(JOURNALS), &mut |sentence| console.warn(sentence));
    }
}

fn repair_in(journals: &Path, warn: &mut dyn FnMut(String)) {
    let Ok(files) = fs::read_dir(journals) else { return };
    for path in files.flatten().map(|file| file.path()) {
        if path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        // Who holds the lock is alive.
        let Ok(Some(_lock)) = Lock::take(&path.with_extension("lock")) else { continue };
        match take_back_left(&path) {
            Ok(None) => {}
            Ok(Some(file)) => warn(format!(
                "removed from {} what a leastwise that was killed had added (--set-ini)",
                file.display()
            )),
            Err(error) => warn(error.to_string()),
        }
    }
}

/// Takes back what the journal says, if there is one; of which file.
fn take_back_left(journal: &Path) -> Result<Option<PathBuf>, SetIniError> {
    let Some(record) = read_record(journal)? else { return Ok(None) };
    take_back(journal, &record)?;
    Ok(Some(record.file))
}

/// Edits the file, under a lock; `None` when it says already what is wanted.
fn apply(
    data: &Path,
    named: &Path,
    profile: &str,
    settings: &[Setting],
) -> Result<Option<Journal>, SetIniError> {
    let named = std::path::absolute(named).map_err(failed(named, "read"))?;
    let file = links::follow(&named).map_err(failed(&named, "read"))?;
    let journals = data.join(JOURNALS);
    create_private_folder(&journals).map_err(failed(&journals, "written"))?;
    let path = journals.join(format!("{}.json", fingerprint(&file)));
    let lock_path = path.with_extension("lock");
    let lock = Lock::take(&lock_path).map_err(failed(&lock_path, "written"))?;
    let lock = lock.ok_or_else(|| SetIniError::Busy(named.display().to_string()))?;
    take_back_left(&path)?;
    replace::remove_leftovers(&file);

    if fs::metadata(&file).is_ok_and(|found| found.permissions().readonly()) {
        return Err(SetIniError::ReadOnly(named.display().to_string()));
    }
    let before = read(&file).map_err(failed(&named, "read"))?;
    let text = before.as_deref().unwrap_or_default();
    let (after, edit) = ini::add(text, profile, settings)
        .ok_or_else(|| SetIniError::NotText(named.display().to_string()))?;
    if edit.is_empty() {
        return Ok(None);
    }
    let made_directories = data_directory::missing(file.parent());
    let record =
        Record { v: 1, file: file.clone(), edit, made_file: before.is_none(), made_directories };
    write_record(&path, &record).map_err(failed(&path, "written"))?;
    let journal = Journal { path, record, _lock: lock };
    let written = put(&file, before.as_deref(), after);
    if let Err(error) = written {
        let _ = take_back(&journal.path, &journal.record);
        return Err(failed(&named, "written")(error));
    }
    Ok(Some(journal))
}

fn put(file: &Path, before: Option<&[u8]>, after: Vec<u8>) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        create_private_folder(directory)?;
    }
    let prepared = replace::Prepared::new(file, &after)?;
    // Better not at all than over what somebody else has written this moment.
    if read(file)?.as_deref() != before {
        return Err(io::Error::other("somebody else is writing it right now; try again"));
    }
    prepared.commit(file)
}

/// Takes our lines out of the file as it is now, and then removes the journal.
fn take_back(journal: &Path, record: &Record) -> Result<(), SetIniError> {
    let Record { file, edit, .. } = record;
    replace::remove_leftovers(file);
    for attempt in 1.. {
        let Some(now) = read(file).map_err(failed(file, "read"))? else { break };
        let after = ini::remove(&now, edit);
        if after.is_empty() && record.made_file {
            fs::remove_file(file).map_err(failed(file, "written"))?;
            break;
        }
        if after == now {
            break;
        }
        let prepared = replace::Prepared::new(file, &after).map_err(failed(file, "written"))?;
        let unchanged = read(file).map_err(failed(file, "read"))?.as_deref() == Some(&now[..]);
        if unchanged || attempt == ATTEMPTS {
            prepared.commit(file).map_err(failed(file, "written"))?;
            break;
        }
    }
    for directory in &record.made_directories {
        // Not when there is something in it by now.
        let _ = fs::remove_dir(directory);
    }
    fs::remove_file(journal).map_err(failed(journal, "written"))
}

fn settings(wanted: &Wanted<'_>) -> Result<Vec<Setting>, SetIniError> {
    let profile = wanted.profile;
    let is_bad = |it: char| it.is_control() || "[]\"'\\#;".contains(it);
    if profile.trim().is_empty() || profile.contains(is_bad) {
        return Err(SetIniError::Profile(profile.to_owned()));
    }
    let mut settings = Vec::new();
    if let Some(address) = wanted.csm {
        settings.push(Setting { key: "csm_enabled", value: "true".to_owned() });
        // What SDKs take for granted need not be said.
        if !address.ip().is_loopback() || address.is_ipv6() {
            settings.push(Setting { key: "csm_host", value: address.ip().to_string() });
        }
        if address.port() != 31000 {
            settings.push(Setting { key: "csm_port", value: address.port().to_string() });
        }
    }
    if let Some(path) = wanted.ca_bundle {
        let value = path.to_str().filter(|it| !it.contains(char::is_control) && it.trim() == *it);
        let value = value.ok_or_else(|| SetIniError::Value(path.display().to_string()))?;
        settings.push(Setting { key: "ca_bundle", value: value.to_owned() });
    }
    Ok(settings)
}

/// `AWS_CONFIG_FILE`, else `~/.aws/config`, as SDKs find it.
fn config_file(outer: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let value = |name: &str| outer(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let home = || value(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
    match value("AWS_CONFIG_FILE") {
        Some(path) => match path.strip_prefix("~") {
            Ok(rest) => Some(home()?.join(rest)),
            Err(_) => Some(path),
        },
        None => Some(home()?.join(".aws").join("config")),
    }
}

/// A name for the journal of a file.
fn fingerprint(file: &Path) -> String {
    // The directory's true name: the same file may be named in several ways.
    let folder = file.parent().and_then(|folder| fs::canonicalize(folder).ok());
    let file = match (folder, file.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    };
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, file.as_os_str().as_encoded_bytes());
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_record(path: &Path) -> Result<Option<Record>, SetIniError> {
    let Some(text) = read_ours(path).map_err(failed(path, "read"))? else { return Ok(None) };
    match serde_json::from_slice::<Record>(&text) {
        Ok(record) if record.v == 1 => Ok(Some(record)),
        _ => Err(SetIniError::Journal(path.display().to_string())),
    }
}

/// Reads a journal, which says what is to be edited: one that others could have written is none.
fn read_ours(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = match ownership::open(path, Links::Refused) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = file.metadata()?;
    let is_others = ownership::foreign_owner(&found).is_some()
        || ownership::writable_by_others(&found).is_some();
    if !found.is_file() || is_others {
        return Err(io::Error::other("other users could have written it; remove it"));
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(Some(text))
}

/// The journal is there as a whole or not at all.
fn write_record(path: &Path, record: &Record) -> io::Result<()> {
    replace::remove_leftovers(path);
    replace::replace_private(path, &serde_json::to_vec(record)?)
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> SetIniError {
    let path = path.display().to_string();
    move |error| SetIniError::File { path, action, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_found_as_sdks_find_it() {
        let found = |pairs: &[(&str, &str)]| {
            config_file(|name| pairs.iter().find(|it| it.0 == name).map(|it| it.1.into()))
        };
        let home = (if cfg!(windows) { "USERPROFILE" } else { "HOME" }, "/home/u");
        assert_eq!(found(&[home]), Some("/home/u/.aws/config".into()));
        assert_eq!(found(&[home, ("AWS_CONFIG_FILE", "~/c")]), Some("/home/u/c".into()));
        assert_eq!(found(&[home, ("AWS_CONFIG_FILE", "/c")]), Some("/c".into()));
        assert_eq!(found(&[home, ("AWS_CONFIG_FILE", "")]), Some("/home/u/.aws/config".into()));
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn only_what_differs_from_what_sdks_take_for_granted_is_set() {
        let set = |address: &str, ca_bundle: Option<&str>| {
            let wanted = Wanted {
                profile: "default",
                csm: address.parse().ok(),
                ca_bundle: ca_bundle.map(Path::new),
            };
            let settings = settings(&wanted).unwrap();
            settings
                .iter()
                .map(|it| format!("{}={}", it.key, it.value))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(set("127.0.0.1:31000", None), "csm_enabled=true");
        assert_eq!(set("[::1]:31001", None), "csm_enabled=true csm_host=::1 csm_port=31001");
        assert_eq!(set("", Some("/d/ca.pem")), "ca_bundle=/d/ca.pem");
        let bad = |profile, path: &str| {
            settings(&Wanted { profile, csm: None, ca_bundle: Some(Path::new(path)) }).is_err()
        };
        assert!(bad("a]b", "/c") && bad(" ", "/c") && bad("dev", "/c\n[x]"));
    }
}
