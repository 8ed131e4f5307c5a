//! Files of rules that the user gives (`--rules`), read with what is wrong with them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::catalog::{Corrections, RulesFile};
use crate::reading;
use crate::text::plain;

/// No file of rules is longer; the largest of ours has a twentieth of it.
const LONGEST: u64 = 1024 * 1024;

/// Reads the files and folders that `option` names; `format` is where their format is described.
///
/// # Errors
///
/// When one cannot be read, or is not what it should be: with a sentence.
pub(crate) fn read(option: &str, paths: &[PathBuf], format: &str) -> Result<Corrections, String> {
    let mut files = Vec::new();
    for path in paths {
        read_one(option, path, format, &mut files)?;
    }
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    Corrections::read(&files).map_err(|problems| wrong(option, first, format, &problems))
}

fn read_one(
    option: &str,
    path: &Path,
    format: &str,
    files: &mut Vec<RulesFile>,
) -> Result<(), String> {
    let named = |path: &Path| plain(&path.display().to_string());
    let failed = |path: &Path, error: &io::Error| {
        format!("{option} {}: it cannot be read: {error}", named(path))
    };
    let found = fs::metadata(path).map_err(|error| failed(path, &error))?;
    let mut paths = vec![path.to_owned()];
    if found.is_dir() {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|error| failed(path, &error))?;
        paths = entries.iter().map(fs::DirEntry::path).filter(|it| is_for_a_service(it)).collect();
        paths.sort();
        if paths.is_empty() {
            return Err(format!(
                "{option} {}: the folder has no rules files; they are named SERVICE.toml, such as s3.toml",
                named(path)
            ));
        }
    }
    for path in paths {
        let bytes = beginning(&path).map_err(|error| failed(&path, &error))?;
        if looks_like_json(&bytes) {
            return Err(format!(
                "{option} {}: this is iamlive's map (JSON), which Leastwise does not read; its own corrections are rules in TOML, described in {format}",
                named(&path)
            ));
        }
        let text = text(bytes).map_err(|error| failed(&path, &error))?;
        let service = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files.push(RulesFile { name: named(&path), service, text });
    }
    Ok(())
}

/// Whether a file of a folder is one of rules: those that begin with `_` are about other things in `data/rules`.
fn is_for_a_service(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".toml") && !name.starts_with(['_', '.'])
}

/// The file, or so much of it that it is too large.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reading::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"{")
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(io::Error::other(
            "it is larger than 1 MiB, which is too large for a rules file",
        ));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// All that is wrong, in one sentence where it is one thing.
fn wrong(option: &str, path: &Path, format: &str, problems: &[String]) -> String {
    let problems: Vec<String> = problems.iter().map(|it| plain(it)).collect();
    match &problems[..] {
        [only] => {
            format!(
                "{only}; correct it, or leave {option} out; the format is described in {format}"
            )
        }
        many => format!(
            "{option} {}: {} things are wrong; correct them, or leave {option} out; the format is described in {format}:\n  {}",
            plain(&path.display().to_string()),
            many.len(),
            many.join("\n  ")
        ),
    }
}
