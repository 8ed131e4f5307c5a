//! wget: what it trusts stands in its settings alone (`ca_certificate`), and `WGETRC` names the file that takes the place of the
//! user's own: so ours has what that says, and one line more.
//! <https://www.gnu.org/software/wget/manual/html_node/Wgetrc-Location.html>

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::reading;

/// No file of settings is larger.
const LARGEST: u64 = 1 << 20;

/// Parts of the names of settings that may hold a password or a token.
const MAY_BE_SECRET: [&str; 6] = ["passw", "header", "cookie", "proxy", "postdata", "bodydata"];

/// The user's own settings.
#[derive(Debug, Default)]
pub(super) struct Settings {
    text: String,
    /// The authorities that they name.
    pub(super) authorities: Option<PathBuf>,
}

impl Settings {
    /// `None` where they must stay where they are: they cannot be read, or there may be secrets in them, which are not copied.
    pub(super) fn of_the_user(outer: impl Fn(&str) -> Option<OsString>) -> Option<Settings> {
        let named = outer("WGETRC").filter(|it| !it.is_empty()).map(PathBuf::from);
        let home = || Some(Path::new(&outer("HOME")?).join(".wgetrc"));
        let Some(file) = named.or_else(home) else { return Some(Settings::default()) };
        match reading::text(&file, LARGEST) {
            Ok(text) => Settings::read(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Settings::default()),
            Err(_) => None,
        }
    }

    fn read(text: String) -> Option<Settings> {
        let mut authorities = None;
        for line in text.lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            // Neither case nor hyphens nor underscores tell names apart.
            let name = name.trim().to_ascii_lowercase().replace(['-', '_'], "");
            if !name.starts_with('#') && MAY_BE_SECRET.iter().any(|part| name.contains(part)) {
                return None;
            }
            if name == "cacertificate" {
                authorities = Some(PathBuf::from(value.trim()));
            }
        }
        Some(Settings { text, authorities })
    }

    /// They, and the authorities to trust: of a setting that is made twice the last one counts.
    pub(super) fn with(&self, authorities: &Path) -> String {
        let apart = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        format!("{}{apart}ca_certificate = {}\n", self.text, authorities.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_settings_stay_and_one_is_added() {
        let settings = Settings::read("# mine\ntries = 3\nCA-Certificate=/corp.pem".to_owned());
        let settings = settings.unwrap();
        assert_eq!(settings.authorities.as_deref(), Some(Path::new("/corp.pem")));
        assert_eq!(
            settings.with(Path::new("/run/ca.pem")),
            "# mine\ntries = 3\nCA-Certificate=/corp.pem\nca_certificate = /run/ca.pem\n"
        );
        assert_eq!(Settings::default().with(Path::new("/a b")), "ca_certificate = /a b\n");
    }

    #[test]
    fn secrets_are_not_copied() {
        for secret in ["http_password = x", "Header=Authorization: x", "https-proxy = http://u:p@h"]
        {
            assert!(Settings::read(format!("tries=1\n{secret}\n")).is_none(), "{secret}");
        }
        assert!(Settings::read("# header = Accept: x\n".to_owned()).is_some());
    }

    #[test]
    fn the_file_is_the_one_that_wget_would_read() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".wgetrc"), "tries = 1\n").unwrap();
        std::fs::write(home.path().join("other"), "tries = 2\n").unwrap();
        let text = |wgetrc: Option<&str>| {
            let outer = |name: &str| match name {
                "HOME" => Some(home.path().into()),
                "WGETRC" => wgetrc.map(|it| home.path().join(it).into()),
                _ => None,
            };
            Settings::of_the_user(outer).map(|it| it.text)
        };
        assert_eq!(text(None).as_deref(), Some("tries = 1\n"));
        assert_eq!(text(Some("other")).as_deref(), Some("tries = 2\n"));
        assert_eq!(text(Some("missing")).as_deref(), Some(""));
        assert_eq!(Settings::of_the_user(|_| None).unwrap().text, "");
    }
}
