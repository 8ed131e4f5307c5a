//! Where Leastwise keeps what outlives a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::output::error::OutputError;

/// Our directory among the user's data. It need not be there.
///
/// # Errors
///
/// When the environment does not say where the user's data is.
pub fn ours() -> Result<PathBuf, OutputError> {
    find(|name| std::env::var_os(name)).ok_or(OutputError::NoHome)
}

/// Our directory among the user's data, in an environment.
pub(crate) fn find(outer: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A relative one is to be ignored, says the standard.
    let absolute = |name| outer(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return Some(absolute("LOCALAPPDATA")?.join("leastwise"));
    }
    let data = absolute("XDG_DATA_HOME").or_else(|| {
        let home = absolute("HOME")?;
        Some(if cfg!(target_os = "macos") {
            home.join("Library/Application Support")
        } else {
            home.join(".local/share")
        })
    });
    Some(data?.join("leastwise"))
}

/// A folder and those above it that are not there, the deepest first.
pub(crate) fn missing(folder: Option<&Path>) -> Vec<PathBuf> {
    let above = folder.into_iter().flat_map(Path::ancestors);
    let missing = above.take_while(|it| !it.as_os_str().is_empty() && !it.exists());
    missing.map(Path::to_owned).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_follows_the_standard() {
        let found = |pairs: &[(&str, &str)]| {
            let value = |name: &str| pairs.iter().find(|it| it.0 == name).map(|it| it.1.into());
            find(value).map(|path| path.display().to_string())
        };
        let home = ("HOME", "/home/u");
        assert_eq!(found(&[home]).as_deref(), Some("/home/u/.local/share/leastwise"));
        assert_eq!(found(&[home, ("XDG_DATA_HOME", "/d")]).as_deref(), Some("/d/leastwise"));
        assert_eq!(
            found(&[home, ("XDG_DATA_HOME", "d")]).as_deref(),
            Some("/home/u/.local/share/leastwise")
        );
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("HOME", "")]), None);
    }
}
