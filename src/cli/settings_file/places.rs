//! Which files settings come from, and whether they can be trusted.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::declared::SettingsFile;
use crate::cli::settings_file::setting::{FILE, PREFIX, is_true};
use crate::ownership::{self, Links};

/// No settings file is longer.
const LONGEST: u64 = 1_000_000;

/// The file that takes the place of the working directory's, which may be that none does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// `leastwise.toml` in the working directory.
    Directory,
    /// A file that the user names, and so vouches for.
    Named(PathBuf),
    /// None.
    Neither,
}

impl Choice {
    /// What the command line says, else the environment.
    pub(crate) fn of(options: &SettingsFile) -> Choice {
        Choice::with(options, |name| std::env::var_os(name).filter(|it| !it.is_empty()))
    }

    fn with(options: &SettingsFile, outer: impl Fn(&str) -> Option<OsString>) -> Choice {
        let variable = |name: &str| outer(&format!("{PREFIX}{name}"));
        match (&options.config, options.no_config) {
            (_, true) => Choice::Neither,
            (Some(path), _) => Choice::Named(path.clone()),
            _ if variable("NO_CONFIG").is_some_and(|it| is_true(&it.to_string_lossy())) => {
                Choice::Neither
            }
            _ => variable("CONFIG").map_or(Choice::Directory, |path| Choice::Named(path.into())),
        }
    }
}

/// What is at such a place.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A settings file.
    Text(String),
    /// A file that others laid there, and why that is seen.
    Foreign(String),
}

/// The settings file of the working directory. Others may have laid it there: it is not waited for, links are not
/// followed, and it is the opened file that is looked at.
///
/// # Errors
///
/// With what is wrong with it, and what to do.
pub(crate) fn read_directorys() -> Result<Found, String> {
    let path = Path::new(FILE);
    let file = match ownership::open(path, Links::Refused) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return unopened(path, &error),
    };
    let found = file.metadata().map_err(|error| cannot_be_read(&error))?;
    if let Some(uid) = ownership::foreign_owner(&found) {
        return Ok(Found::Foreign(format!("it belongs to another user (uid {uid})")));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&found) & 0o002 != 0 {
        return Ok(Found::Foreign("every user can write to it".to_owned()));
    }
    let text = read(file, "; move it away, or ignore it with --no-config")?;
    Ok(Found::Text(text))
}

/// Says why it could not be opened, unless it is a stranger's, who is not to stop us.
fn unopened(path: &Path, error: &io::Error) -> Result<Found, String> {
    let Ok(found) = path.symlink_metadata() else { return Err(cannot_be_read(error)) };
    if let Some(uid) = ownership::foreign_owner(&found) {
        return Ok(Found::Foreign(format!("it belongs to another user (uid {uid})")));
    }
    if found.is_symlink() {
        return Err(" is a symbolic link, which is not followed; name the file that it points to with --config FILE, or ignore it with --no-config".to_owned());
    }
    Err(cannot_be_read(error))
}

/// A settings file of the user's own, or that the user named.
///
/// # Errors
///
/// With what is wrong with it.
pub(crate) fn read_users(path: &Path, must_be_there: bool) -> Result<Found, String> {
    match ownership::open(path, Links::Followed) {
        Ok(file) => read(file, "").map(Found::Text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be_there => {
            Ok(Found::Nothing)
        }
        Err(error) => Err(cannot_be_read(&error)),
    }
}

fn read(file: File, what_to_do: &str) -> Result<String, String> {
    let found = file.metadata().map_err(|error| cannot_be_read(&error))?;
    if !found.is_file() {
        return Err(format!(" is not a regular file, as a settings file must be{what_to_do}"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).map_err(|error| cannot_be_read(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length >= LONGEST) {
        return Err(format!(
            " is 1 MB or larger, which is too large for a settings file{what_to_do}"
        ));
    }
    String::from_utf8(bytes).map_err(|_| " cannot be read: it is not UTF-8".to_owned())
}

fn cannot_be_read(error: &io::Error) -> String {
    format!(" cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let choice = |config: Option<&str>, no_config, pairs: &'static [(&str, &str)]| {
            let options = SettingsFile { config: config.map(PathBuf::from), no_config };
            Choice::with(&options, |name| {
                pairs.iter().find(|it| it.0 == name).map(|it| it.1.into())
            })
        };
        let named = |path: &str| Choice::Named(path.into());
        assert_eq!(choice(None, false, &[]), Choice::Directory);
        assert_eq!(choice(None, false, &[("LEASTWISE_CONFIG", "a")]), named("a"));
        assert_eq!(choice(Some("b"), false, &[("LEASTWISE_CONFIG", "a")]), named("b"));
        assert_eq!(choice(Some("b"), false, &[("LEASTWISE_NO_CONFIG", "1")]), named("b"));
        assert_eq!(choice(None, true, &[("LEASTWISE_CONFIG", "a")]), Choice::Neither);
        assert_eq!(choice(None, false, &[("LEASTWISE_NO_CONFIG", "true")]), Choice::Neither);
        assert_eq!(choice(None, false, &[("LEASTWISE_NO_CONFIG", "false")]), Choice::Directory);
    }
}
