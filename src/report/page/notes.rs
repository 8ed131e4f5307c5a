//! What is said beside: what was generalised and why, and what is not in the policy.

use serde::Serialize;

use crate::recording::trail::Told;
use crate::report::summary::asides;
use crate::report::trail;
use crate::session::aside::Asides;
use crate::text::plain;

/// A heading, and what is said below it.
#[derive(Debug, Clone, Serialize)]
pub struct Note {
    /// In a few words.
    pub(super) title: &'static str,
    /// Lines, those of lists indented.
    pub(super) lines: Vec<String>,
}

impl Note {
    /// What a summary says: its lines without what it begins with on a terminal; `None` where it says nothing.
    pub fn of(title: &'static str, text: &str) -> Option<Note> {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
            let line = line.strip_prefix("leastwise: ").unwrap_or(line);
            plain(line.strip_prefix("  ").unwrap_or(line))
        });
        let lines: Vec<String> = lines.collect();
        (!lines.is_empty()).then_some(Note { title, lines })
    }
}

/// What recordings have that is not on the page: what was set aside, what was passed over, what was lost.
pub fn missing(asides: &Asides, trail: Option<&Told>, cut_off: &[String]) -> Vec<Note> {
    let lost = cut_off
        .iter()
        .map(|name| format!("The last line of {name} is cut off, as after a kill.\n"));
    let mut texts =
        vec![("Set aside", asides::text(asides)), ("Calls that are missing", lost.collect())];
    if let Some(told) = trail {
        texts.push(("From CloudTrail", trail::text(told)));
        texts.push(("What of CloudTrail is missing", trail::warnings(told).join("\n")));
    }
    texts.iter().filter_map(|(title, text)| Note::of(title, text)).collect()
}
