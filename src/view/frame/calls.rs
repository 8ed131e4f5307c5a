//! The newest calls, one line each; equal ones share a line.

use std::borrow::Cow;

use super::layout::{MARGIN, grouped, marked};
use super::place::Rows;
use super::state::{Kind, Repeated, State};
use super::text::{self, Line, Style};

/// Narrower than this, the region is left out.
const REGION_FROM: usize = 60;
/// So many lines decide how wide the column of names is.
const LOOKED_AT: usize = 60;

pub(super) struct Calls<'a> {
    state: &'a State,
    /// In the order in which they are shown.
    calls: Vec<(&'a Kind, &'a Repeated)>,
    /// How wide names are.
    name: usize,
}

impl<'a> Calls<'a> {
    /// Those that have `filter` in them.
    pub(super) fn of(state: &'a State, filter: &str) -> Calls<'a> {
        let calls: Vec<_> = state
            .calls_shown()
            .filter(|(kind, _)| filter.is_empty() || text::has(&described(kind), filter))
            .collect();
        let names = calls.iter().take(LOOKED_AT).map(|(kind, _)| text::width(&name(kind)));
        let name = names.max().unwrap_or(0);
        Calls { state, calls, name }
    }

    pub(super) fn get(&self, index: usize) -> Option<(&'a Kind, &'a Repeated)> {
        self.calls.get(index).copied()
    }
}

impl Rows for Calls<'_> {
    fn len(&self) -> usize {
        self.calls.len()
    }

    fn key(&self, index: usize) -> Cow<'_, str> {
        self.calls[index].1.id.to_string().into()
    }

    fn line(&self, index: usize, columns: usize) -> Line {
        // Wide enough for most names from the beginning, so that the columns seldom move.
        let room = columns.saturating_sub(MARGIN);
        let name = match columns {
            REGION_FROM.. => self.name.clamp(28, room / 2),
            _ => self.name.min(room * 6 / 10),
        };
        line(self.state, self.calls[index], columns, name)
    }
}

fn line(
    state: &State,
    (kind, repeated): (&Kind, &Repeated),
    columns: usize,
    name_columns: usize,
) -> Line {
    let new = repeated.last_new.is_some_and(|since| state.is_marked(since));
    // A call that failed or is not known says so for as long as it is shown.
    let (mark, style) = if !kind.recognized {
        ('?', Style::Doubtful)
    } else if kind.failed() {
        ('!', Style::Failed)
    } else if new {
        ('+', Style::New)
    } else {
        (' ', Style::Plain)
    };
    let mut line = marked(mark, style);
    line.push_column(&name(kind), name_columns, style).fill(2);
    if columns >= REGION_FROM {
        line.push_column(kind.region.as_deref().unwrap_or("-"), 14, Style::Plain).fill(2);
    }
    let status = kind.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    line.push_column(&status, 3, Style::Plain);
    let mut words = Vec::new();
    if let Some(error) = &kind.error {
        words.push((error.clone(), Style::Failed));
    }
    if !kind.recognized {
        words.push(("not recognised".to_owned(), Style::Doubtful));
    }
    if repeated.times > 1 {
        words.push((format!("×{}", grouped(repeated.times)), Style::Faint));
    }
    for (word, style) in words {
        line.fill(2).push(&word, style);
    }
    line
}

fn name(kind: &Kind) -> String {
    let name = format!("{} {}", kind.service, kind.operation.as_deref().unwrap_or("-"));
    text::printable(&name).into_owned()
}

/// All that a filter looks at.
fn described(kind: &Kind) -> String {
    let region = kind.region.as_deref().unwrap_or_default();
    let status = kind.status.map(|status| status.to_string()).unwrap_or_default();
    let error = kind.error.as_deref().unwrap_or_default();
    let unknown = if kind.recognized { "" } else { "not recognised" };
    format!("{} {region} {status} {error} {unknown}", name(kind))
}

/// How it ended, in a sentence.
pub(super) fn ended(kind: &Kind, times: u64) -> String {
    let mut text = match (kind.status, &kind.error) {
        (Some(status), Some(error)) => format!("It ended with {status} {error}"),
        (Some(status), None) => format!("It ended with {status}"),
        (None, Some(error)) => format!("It ended with {error}"),
        (None, None) => "No answer is known".to_owned(),
    };
    if let Some(region) = &kind.region {
        text.push_str(&format!(" in {region}"));
    }
    if times > 1 {
        text.push_str(&format!(", {} times", grouped(times)));
    }
    text.push('.');
    text
}
