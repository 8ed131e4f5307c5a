//! The newest calls, one line each.

use super::layout::{MARGIN, grouped};
use super::state::{Heard, Repeated, State};
use super::text::{self, Line, Style};

/// Narrower than this, the region is left out.
const REGION_FROM: usize = 60;

/// The newest calls, the newest first, in at most `rows` lines.
pub(super) fn lines(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let shown = || state.calls.iter().take(rows);
    // Wide enough for most names from the beginning, so that the columns seldom move.
    let room = columns.saturating_sub(MARGIN);
    let name =
        shown().map(|call| text::width(&text::printable(&name(&call.call)))).max().unwrap_or(0);
    let name = match columns {
        REGION_FROM.. => name.clamp(28, room / 2),
        _ => name.min(room * 6 / 10),
    };
    shown().map(|call| line(state, call, columns, name)).collect()
}

fn line(state: &State, repeated: &Repeated, columns: usize, name_columns: usize) -> Line {
    let Repeated { call, times, last_new } = repeated;
    let new = last_new.is_some_and(|since| state.is_marked(since));
    // A call that failed or is not known says so for as long as it is shown.
    let (mark, style) = if !call.recognized {
        (" ? ", Style::Doubtful)
    } else if call.failed() {
        (" ! ", Style::Failed)
    } else if new {
        (" + ", Style::New)
    } else {
        ("   ", Style::Plain)
    };
    let mut line = Line::default();
    line.push(mark, style);
    line.push_column(&name(call), name_columns, style).fill(2);
    if columns >= REGION_FROM {
        line.push_column(call.region.as_deref().unwrap_or("-"), 14, Style::Plain).fill(2);
    }
    let status = call.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    line.push_column(&status, 3, Style::Plain);
    let mut words = Vec::new();
    if let Some(error) = &call.error {
        words.push((error.clone(), Style::Failed));
    }
    if !call.recognized {
        words.push(("not recognised".to_owned(), Style::Doubtful));
    }
    if *times > 1 {
        words.push((format!("×{}", grouped(*times)), Style::Faint));
    }
    for (word, style) in words {
        line.fill(2).push(&word, style);
    }
    line
}

fn name(call: &Heard) -> String {
    format!("{} {}", call.service, call.operation.as_deref().unwrap_or("-"))
}
