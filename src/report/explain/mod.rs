//! Why a policy has what it has, from a recording; and what the catalogue knows of an operation, an
//! action or a service.

mod evidence;
mod known;
mod names;
mod page;
pub(crate) mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use evidence::Evidence;
pub(crate) use evidence::{Because, ExplainedAction, moment, products};
pub use names::NotFound;

use crate::text::plain;
use crate::wildcard;
use known::Known;
use page::Page;

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// It looks like a file and there is none.
    #[error(
        "there is no file {}; give a recording, which is a file that --record wrote or - for standard input, or a name such as s3.CopyObject, s3:PutObject or s3",
        .0.display()
    )]
    NoFile(PathBuf),
    /// It is neither a file nor a known name.
    #[error("{0} (and there is no file of that name)")]
    NotFound(#[from] NotFound),
    /// Recordings and names at once.
    #[error("{recording} is a recording and {name} is a name; explain them one after the other")]
    Mixed {
        /// The first recording.
        recording: String,
        /// The first name.
        name: String,
    },
    /// `--action` goes with recordings.
    #[error(
        "--action selects actions from recordings, but {0} is a name; leave --action out, or give a recording"
    )]
    ActionOfName(String),
    /// Nothing is left.
    #[error("no action in the policy matches {glob}; it has {actions}")]
    NoneSelected {
        /// What was asked for.
        glob: String,
        /// What there is.
        actions: String,
    },
}

/// Explains what is known of names.
///
/// # Errors
///
/// When one is not known.
pub fn of_names(
    names: &[&OsString],
    json: bool,
    width: Option<usize>,
) -> Result<String, ExplainError> {
    let mut known = Known::default();
    for name in names {
        let Some(text) = name.to_str() else {
            return Err(ExplainError::NoFile(PathBuf::from(name)));
        };
        match names::find(text) {
            Ok(subjects) => subjects.into_iter().for_each(|it| known.add(it)),
            Err(_) if looks_like_a_file(text) => {
                return Err(ExplainError::NoFile(PathBuf::from(name)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(printed(&known, json, width, |page| known.write(page)))
}

/// Explains what recorded calls need, of the actions that are like one of `globs`; without any, of all.
///
/// # Errors
///
/// When no action is like them.
pub fn of_recordings(
    evidence: Evidence,
    globs: &[String],
    json: bool,
    width: Option<usize>,
) -> Result<String, ExplainError> {
    let actions = some_of(evidence.actions().map(plain));
    let explained = evidence
        .explain(|action| globs.is_empty() || globs.iter().any(|glob| is_like(glob, action)));
    if explained.is_empty() && !globs.is_empty() {
        return Err(ExplainError::NoneSelected { glob: globs.join(" or "), actions });
    }
    Ok(printed(&explained, json, width, |page| explained.write(page)))
}

/// Explains these actions on these resources of a policy, as text; `None` where nothing was taken up that needs them.
pub fn of_a_line(
    evidence: &Evidence,
    actions: &[String],
    resources: &[String],
    width: Option<usize>,
) -> Option<String> {
    let wanted = |action: &str| actions.iter().any(|it| it.eq_ignore_ascii_case(action));
    let explained = evidence.explain(wanted).on(resources);
    let mut page = Page::new(width);
    explained.write_actions(&mut page);
    (!explained.is_empty()).then(|| page.into_text())
}

/// Whether somebody who writes this means a file.
fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|it| it.to_str());
    name.contains(['/', '\\'])
        || extension
            .is_some_and(|it| matches!(it, "json" | "jsonl" | "ndjson" | "log" | "txt" | "gz"))
}

/// The first of many, in a sentence.
fn some_of(mut names: impl Iterator<Item = String>) -> String {
    let mut some: Vec<String> = names.by_ref().take(8).collect();
    let more = names.count();
    if more > 0 {
        some.push(format!("{more} more"));
    }
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

fn printed(
    value: &impl Serialize,
    json: bool,
    width: Option<usize>,
    write: impl FnOnce(&mut Page),
) -> String {
    if json {
        // Texts, numbers and maps with keys of text: nothing that JSON does not have.
        let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
        text.push('\n');
        return text;
    }
    let mut page = Page::new(width);
    write(&mut page);
    page.into_text()
}

/// Whether an action is like a pattern, in any case, as in a policy's `Action`.
fn is_like(glob: &str, action: &str) -> bool {
    wildcard::is_like(&action.to_ascii_lowercase(), &glob.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_in_a_policy() {
        for (glob, action, like) in [
            ("s3:*", "s3:PutObject", true),
            ("S3:put*", "s3:PutObject", true),
            ("*Object", "s3:PutObject", true),
            ("s3:???Object", "s3:PutObject", true),
            ("s3:Put", "s3:PutObject", false),
            ("sqs:*", "s3:PutObject", false),
            ("*", "s3:PutObject", true),
        ] {
            assert_eq!(is_like(glob, action), like, "{glob}");
        }
    }
}
