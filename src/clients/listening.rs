//! A `listen` that runs says where: other shells ask for what leads their programs to it.
//!
//! It lies in the folder of its run, which nobody else can put or change anything in and which is alive as long as its lock is held.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clients::environment::Variable;
use crate::clients::error::ClientsError;
use crate::clients::run_folder::RunFolder;
use crate::reading;
use crate::replace::replace_private;
use crate::text::shell_word;

/// The file.
const NAME: &str = "listening.json";
/// None is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// A `listen` that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Its process.
    pub process: u32,
    /// Where it listens (`127.0.0.1:31000 and 127.0.0.1:10080`).
    pub addresses: String,
    /// The folder with the files that the variables name.
    pub folder: Option<PathBuf>,
    /// What leads programs to it, by name.
    pub variables: Vec<(String, String)>,
}

/// Says so as long as it is there.
#[derive(Debug)]
pub struct Announcement(#[expect(dead_code, reason = "it is there while it is held")] RunFolder);

/// Says where this process listens.
///
/// # Errors
///
/// When there is no place for it.
pub fn announce(
    addresses: &str,
    folder: Option<&Path>,
    variables: &[Variable],
) -> Result<Announcement, ClientsError> {
    let named = folder.map(Path::to_owned);
    let folder = RunFolder::make()?;
    let variables = variables.iter().filter_map(|(name, value)| {
        // What is no text no shell could be told.
        Some(((*name).to_owned(), value.to_str()?.to_owned()))
    });
    let listening = Listening {
        process: std::process::id(),
        addresses: addresses.to_owned(),
        folder: named,
        variables: variables.collect(),
    };
    let text = serde_json::to_vec(&listening).unwrap_or_default();
    let path = folder.path().join(NAME);
    replace_private(&path, &text)
        .map_err(|error| ClientsError::TrustFiles { directory: folder.path().to_owned(), error })?;
    Ok(Announcement(folder))
}

/// What asks for it in another shell; `program`: how this one was called.
pub fn line(program: Option<&OsString>) -> String {
    // A path is the same there only if it is whole.
    let named = program.filter(|it| Path::new(it).components().count() == 1);
    let named = named.map(|it| Path::new(it).to_owned());
    let program =
        named.or_else(|| std::env::current_exe().ok()).unwrap_or_else(|| "leastwise".into());
    let program = shell_word(&program.to_string_lossy());
    let others = all().into_iter().any(|it| it.process != std::process::id());
    let process = if others { format!(" --process {}", std::process::id()) } else { String::new() };
    match cfg!(windows) {
        true => format!("{program} env{process} | Out-String | Invoke-Expression"),
        false => format!("eval \"$({program} env{process})\""),
    }
}

/// The one that is meant: the one of this process, or the only one.
///
/// # Errors
///
/// When there is none, or more than one.
pub fn one(process: Option<u32>) -> Result<Listening, ClientsError> {
    let mut all = all();
    let running = all.iter().map(|it| format!("{} ({})", it.process, it.addresses));
    let running = running.collect::<Vec<_>>().join(", ");
    if let Some(process) = process {
        let found = all.into_iter().find(|it| it.process == process);
        return found.ok_or(ClientsError::AnotherListens { process, running });
    }
    match all.len() {
        0 => Err(ClientsError::NobodyListens),
        1 => Ok(all.remove(0)),
        _ => Err(ClientsError::SeveralListen(running)),
    }
}

/// All that run, by their processes.
pub fn all() -> Vec<Listening> {
    let mut all: Vec<Listening> =
        RunFolder::living().iter().filter_map(|folder| read(folder)).collect();
    all.sort_unstable_by_key(|it| it.process);
    all
}

fn read(folder: &Path) -> Option<Listening> {
    let text = reading::text(&folder.join(NAME), LARGEST).ok()?;
    let mut found: Listening = serde_json::from_str(&text).ok()?;
    // A shell obeys what it is told: a name that is more than a name is none.
    found.variables.retain(|(name, _)| is_name(name));
    Some(found)
}

/// Whether it can be the name of a variable in every shell.
fn is_name(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_of_name) && name.bytes().next().is_some_and(|it| !it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_obey_is_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let pair = |name: &str| (name.to_owned(), "x".to_owned());
        let names = ["AWS_CSM_PORT", "https_proxy", "A;id", "A=$(id) B", "A\nid", "1A", ""];
        let written = Listening {
            process: 1,
            addresses: String::new(),
            folder: None,
            variables: names.map(pair).into(),
        };
        std::fs::write(folder.path().join(NAME), serde_json::to_vec(&written).unwrap()).unwrap();
        let read = read(folder.path()).unwrap();
        assert_eq!(read.variables, [pair("AWS_CSM_PORT"), pair("https_proxy")]);
    }
}
