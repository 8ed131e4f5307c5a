//! AWS's configuration file as lines: settings are put into a section, and taken out again, and every other byte
//! stays what it was: comments, order, line ends, and a last line without one.

use serde::{Deserialize, Serialize};

/// A setting to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// What was changed, as much as is needed to take it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The section's header, if it had to be made.
    pub(crate) header: Option<String>,
    /// The profile that the settings are in.
    pub(crate) profile: String,
    pub(crate) lines: Vec<Line>,
}

/// A line that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Without its end.
    pub(crate) ours: String,
    /// The line in whose place it is.
    pub(crate) original: Option<String>,
}

impl Edit {
    /// Whether nothing has to be changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// A line of the file, and its end (`\n`, `\r\n` or nothing).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Raw {
    text: Vec<u8>,
    end: &'static [u8],
}

/// Puts the settings into the profile's section, which is made at the end where there is none. A setting that is there
/// with the same value is left alone, one with another value is replaced, since readers refuse a key that is there twice.
///
/// `None` when a line that would have to be replaced is not UTF-8.
pub(crate) fn add(text: &[u8], profile: &str, settings: &[Setting]) -> Option<(Vec<u8>, Edit)> {
    let mut lines = split(text);
    let mut edit = Edit { profile: profile.to_owned(), ..Edit::default() };
    let line_end = lines.iter().map(|line| line.end).find(|end| !end.is_empty()).unwrap_or(b"\n");
    let section = find(&lines, profile);
    let (start, end) = section.unwrap_or_else(|| {
        let header = header(profile);
        edit.header = Some(header.clone());
        insert(&mut lines, usize::MAX, &header, line_end);
        (lines.len() - 1, lines.len())
    });
    // What is deeper than the first key is not a key of the section, and what follows a line that is less deep than
    // itself continues that: ours must be as deep as the others.
    let depth = lines[start + 1..end].iter().find(|line| is_content(&line.text));
    let depth = depth.map(|line| indentation(&line.text).to_vec()).unwrap_or_default();
    let depth = String::from_utf8(depth).unwrap_or_default();
    let mut at = start + 1;
    for Setting { key, value } in settings {
        let ours = format!("{depth}{key} = {value}");
        let mut is_there = false;
        let end = section_end(&lines, start);
        for line in &mut lines[start + 1..end] {
            if indentation(&line.text) != depth.as_bytes() {
                continue;
            }
            let Some(found) = value_of(&line.text, key) else { continue };
            is_there = true;
            if !same(&found, value) {
                let original = String::from_utf8(line.text.clone()).ok()?;
                line.text = ours.clone().into_bytes();
                edit.lines.push(Line { ours: ours.clone(), original: Some(original) });
            }
        }
        if !is_there {
            insert(&mut lines, at, &ours, line_end);
            at += 1;
            edit.lines.push(Line { ours, original: None });
        }
    }
    Some((join(&lines), edit))
}

/// Takes back what [`add`] did, as far as it is still there: what others have changed meanwhile stays.
pub(crate) fn remove(text: &[u8], edit: &Edit) -> Vec<u8> {
    let mut lines = split(text);
    for line in &edit.lines {
        let Some((start, end)) = find(&lines, &edit.profile) else { break };
        let ours = line.ours.as_bytes();
        let Some(at) = (start + 1..end).find(|at| lines[*at].text == ours) else { continue };
        match &line.original {
            Some(original) => lines[at].text = original.clone().into_bytes(),
            None => take_out(&mut lines, at),
        }
    }
    // The header only when nobody has put anything below it.
    if let (Some(header), Some((start, end))) = (&edit.header, find(&lines, &edit.profile))
        && lines[start].text == header.as_bytes()
        && end == start + 1
    {
        take_out(&mut lines, start);
    }
    join(&lines)
}

fn split(text: &[u8]) -> Vec<Raw> {
    let lines = text.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let (text, end): (_, &'static [u8]) = match line {
            [text @ .., b'\r', b'\n'] => (text, b"\r\n"),
            [text @ .., b'\n'] => (text, b"\n"),
            text => (text, b""),
        };
        Raw { text: text.to_vec(), end }
    });
    lines.collect()
}

fn join(lines: &[Raw]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.text.iter().chain(line.end)).copied().collect()
}

/// Puts a line at a place, or at the end. A file whose last line has no end keeps that.
fn insert(lines: &mut Vec<Raw>, at: usize, text: &str, line_end: &'static [u8]) {
    let at = at.min(lines.len());
    let mut end = line_end;
    if at == lines.len()
        && let Some(last) = lines.last_mut()
        && last.end.is_empty()
    {
        last.end = line_end;
        end = b"";
    }
    lines.insert(at, Raw { text: text.as_bytes().to_vec(), end });
}

/// The reverse of [`insert`].
fn take_out(lines: &mut Vec<Raw>, at: usize) {
    let gone = lines.remove(at);
    if at == lines.len()
        && gone.end.is_empty()
        && let Some(last) = lines.last_mut()
    {
        last.end = b"";
    }
}

/// `[default]`, `[profile dev]`, `[profile "my own"]`.
fn header(profile: &str) -> String {
    if profile == "default" {
        return "[default]".to_owned();
    }
    let quote = if profile.contains(char::is_whitespace) { "\"" } else { "" };
    format!("[profile {quote}{profile}{quote}]")
}

/// From the header to the next one. `[profile default]` wins over `[default]`, as it does with SDKs.
fn find(lines: &[Raw], profile: &str) -> Option<(usize, usize)> {
    let named = |name: &[u8]| {
        lines.iter().position(|line| section_name(&line.text).is_some_and(|it| it == name))
    };
    let plain = if profile == "default" { named(b"default") } else { None };
    let start = named(format!("profile {profile}").as_bytes()).or(plain)?;
    Some((start, section_end(lines, start)))
}

fn section_end(lines: &[Raw], start: usize) -> usize {
    let next = lines[start + 1..].iter().position(|line| section_name(&line.text).is_some());
    next.map_or(lines.len(), |next| start + 1 + next)
}

/// What is between the brackets, with single spaces and without quotes.
fn section_name(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start();
    let inner = line.strip_prefix(b"[")?;
    let inner = inner[..inner.iter().position(|byte| *byte == b']')?].trim_ascii();
    let Some(name) =
        inner.strip_prefix(b"profile").filter(|it| it.starts_with(b" ") || it.starts_with(b"\t"))
    else {
        return Some(inner.to_vec());
    };
    let name = name.trim_ascii();
    let bare = name.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\""));
    let bare = bare.or_else(|| name.strip_prefix(b"'").and_then(|it| it.strip_suffix(b"'")));
    Some([b"profile ", bare.unwrap_or(name)].concat())
}

fn is_content(line: &[u8]) -> bool {
    !matches!(line.trim_ascii().first(), None | Some(b'#' | b';'))
}

fn indentation(line: &[u8]) -> &[u8] {
    &line[..line.len() - line.trim_ascii_start().len()]
}

/// The value, when the line sets this key.
fn value_of(line: &[u8], key: &str) -> Option<String> {
    if !is_content(line) {
        return None;
    }
    let at = line.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    let (name, value) = (line[..at].trim_ascii(), line[at + 1..].trim_ascii());
    name.eq_ignore_ascii_case(key.as_bytes()).then(|| String::from_utf8_lossy(value).into_owned())
}

fn same(found: &str, wanted: &str) -> bool {
    found == wanted || (wanted == "true" && found.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Vec<Setting> {
        vec![
            Setting { key: "csm_enabled", value: "true".to_owned() },
            Setting { key: "csm_port", value: "31001".to_owned() },
        ]
    }

    const FILES: &[&str] = &[
        "",
        "\n",
        "# nothing",
        "[default]",
        "[default]\n",
        "[default]\r\nregion = x\r\n",
        "[default]\r\nregion = x",
        "[default]\n  region = x\n  s3 =\n    a = b\n[profile dev]\n",
        "# top\n[profile dev]\nregion=x # y\n\n; end\n\n[default]\ncsm_enabled=false\nregion=y",
        "[profile \"my own\"]\nregion = x\n[ default ] # mine\n\n",
        "[profile dev]\ncsm_enabled : FALSE\ncsm_port = 5\nca_bundle = /x\n",
        "[preview]\ncsm_enabled = false\n[default]\n[profile dev]",
        "\u{feff}[default]\ncsm_enabled = true\n",
    ];

    #[test]
    fn what_is_added_and_removed_leaves_no_byte_changed() {
        for file in FILES {
            for profile in ["default", "dev", "my own", "new"] {
                let (with, edit) = add(file.as_bytes(), profile, &settings()).unwrap();
                assert!(!edit.is_empty(), "{file:?} {profile}");
                assert_ne!(with, file.as_bytes());
                assert_eq!(
                    String::from_utf8(remove(&with, &edit)).unwrap(),
                    *file,
                    "{profile}: {}",
                    String::from_utf8_lossy(&with)
                );
                // Of what was never put in, nothing is taken out.
                assert_eq!(remove(file.as_bytes(), &edit), file.as_bytes(), "{file:?} {profile}");
                let (again, nothing) = add(&with, profile, &settings()).unwrap();
                assert!(nothing.is_empty() && again == with, "{file:?} {profile}");
            }
        }
    }

    #[test]
    fn settings_go_into_their_section() {
        let added = |file: &str, profile| {
            String::from_utf8(add(file.as_bytes(), profile, &settings()).unwrap().0).unwrap()
        };
        assert_eq!(added("", "default"), "[default]\ncsm_enabled = true\ncsm_port = 31001\n");
        assert_eq!(
            added("[a]\r\nx=1", "dev"),
            "[a]\r\nx=1\r\n[profile dev]\r\ncsm_enabled = true\r\ncsm_port = 31001"
        );
        assert_eq!(
            added("[default]\n# c\n  region = x\n", "default"),
            "[default]\n  csm_enabled = true\n  csm_port = 31001\n# c\n  region = x\n"
        );
        assert_eq!(
            added("[default]\nregion=x\nCSM_Enabled=no\n", "default"),
            "[default]\ncsm_port = 31001\nregion=x\ncsm_enabled = true\n"
        );
        assert!(
            added("[default]\n[profile default]\n", "default")
                .starts_with("[default]\n[profile default]\ncsm")
        );
        assert!(added("", "my own").starts_with("[profile \"my own\"]\n"));
    }

    #[test]
    fn what_others_change_meanwhile_survives() {
        let (with, edit) = add(b"[default]\nregion = x", "new", &settings()).unwrap();
        let mut changed = with.clone();
        changed.extend_from_slice(b"\nregion = y\n[profile late]\n");
        assert_eq!(
            String::from_utf8(remove(&changed, &edit)).unwrap(),
            "[default]\nregion = x\n[profile new]\nregion = y\n[profile late]\n"
        );
        let changed =
            String::from_utf8(with).unwrap().replace("csm_enabled = true", "csm_enabled = false");
        assert_eq!(
            String::from_utf8(remove(changed.as_bytes(), &edit)).unwrap(),
            "[default]\nregion = x\n[profile new]\ncsm_enabled = false"
        );
        let (_, edit) = add(b"[default]\nca_bundle = /a\n", "default", &settings()).unwrap();
        assert_eq!(remove(b"", &edit), b"");
    }
}
