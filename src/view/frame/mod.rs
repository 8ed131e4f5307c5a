//! What the live view shows: from the [`State`] of a recording to the lines of a [`Frame`].
//!
//! Pure: no terminal, no clock, no environment. Names from the network are escaped on their way into
//! a [`Line`]; colours are the terminal's affair, and nothing is said by a [`Style`] alone.

mod calls;
mod layout;
mod policy;
mod state;
mod text;

pub use state::{Counts, Heard, State, Statement};
pub use text::{Line, Span, Style};

use layout::{MARGIN, grouped};

/// The lines that fill a screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// Columns of the screen; no line is wider.
    pub width: u16,
    /// Rows of the screen; there are no more lines.
    pub height: u16,
    /// The lines from the top; rows below the last one are empty.
    pub lines: Vec<Line>,
}

/// Lays out `state` on a screen of `width` columns and `height` rows, however small or large.
pub fn frame(state: &State, width: u16, height: u16) -> Frame {
    let columns = usize::from(width);
    let rows = usize::from(height);
    let mut lines = match rows {
        0 => Vec::new(),
        1 => vec![status(state, columns)],
        _ => {
            let mut lines = vec![title(state, columns)];
            lines.extend(body(state, columns, rows - 2));
            lines.push(status(state, columns));
            lines
        }
    };
    lines.truncate(rows);
    let lines = lines.into_iter().map(|line| line.cut(columns)).collect();
    Frame { width, height, lines }
}

/// What is between the title and the status line: exactly `rows` lines.
fn body(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let notice = state.notice.as_ref().filter(|_| rows > 1).map(|notice| {
        let mut line = Line::default();
        line.push(" ! ", Style::Failed).push(notice, Style::Failed);
        line
    });
    let rows = rows - usize::from(notice.is_some());
    let mut lines = if state.statements.is_empty() && state.calls.is_empty() {
        waiting(state, rows)
    } else {
        // Headings and the list of calls give way first when the screen is low.
        let headed = rows >= 8;
        let calls_rows = (rows * 3 / 10).max(usize::from(rows >= 3));
        let policy_rows = rows - calls_rows - if headed { 2 } else { 0 };
        let mut lines = Vec::with_capacity(rows);
        if headed {
            lines.push(heading(&policy_heading(state), columns));
        }
        let top = lines.len();
        lines.extend(policy::lines(state, columns, policy_rows));
        lines.resize(top + policy_rows, Line::default());
        if headed {
            lines.push(heading("newest calls", columns));
        }
        lines.extend(calls::lines(state, columns, calls_rows));
        lines
    };
    lines.resize(rows, Line::default());
    lines.extend(notice);
    lines
}

fn title(state: &State, columns: usize) -> Line {
    // On a narrow screen what is recorded says more than how long.
    let right = match columns {
        0..40 => String::new(),
        _ => format!("recording {} ", clock(state.elapsed.as_secs())),
    };
    let mut line = Line::default();
    line.push(" leastwise", Style::Strong).push("  ", Style::Plain);
    let room = columns.saturating_sub(line.width() + text::width(&right) + 2);
    line.push(&text::cut_end(&state.title, room), Style::Plain);
    justify(line, &right, columns)
}

fn policy_heading(state: &State) -> String {
    match state.statements.len() {
        0 => "policy: nothing yet".to_owned(),
        1 => "policy: 1 statement".to_owned(),
        n => format!("policy: {} statements", grouped(n as u64)),
    }
}

fn heading(words: &str, columns: usize) -> Line {
    let mut line = Line::default();
    line.push("── ", Style::Faint).push(words, Style::Plain).push(" ", Style::Plain);
    let rest = columns.saturating_sub(line.width());
    line.push(&"─".repeat(rest), Style::Faint);
    line
}

/// What is shown until the first call: what somebody has to do for it.
fn waiting(state: &State, rows: usize) -> Vec<Line> {
    let indented = |text: &String, style| {
        let mut line = Line::default();
        line.fill(MARGIN).push(text, style);
        line
    };
    let top = usize::from(rows > state.waiting.len() + 2);
    let mut lines = vec![Line::default(); top];
    let texts = if state.waiting.is_empty() {
        &[String::from("No calls yet.")]
    } else {
        state.waiting.as_slice()
    };
    lines.extend(texts.iter().map(|text| indented(text, Style::Plain)));
    lines.truncate(rows);
    lines
}

fn status(state: &State, columns: usize) -> Line {
    let Counts { calls, actions, not_recognized, dropped, failed, refused } = state.counts;
    let mut line = Line::default();
    line.push(" ", Style::Plain);
    let figures = [
        (calls, "call", "calls", Style::Strong, true),
        (actions, "action", "actions", Style::Strong, true),
        (dropped, "dropped", "dropped", Style::Doubtful, false),
        (failed, "failed", "failed", Style::Failed, false),
        (refused, "not allowed", "not allowed", Style::Failed, false),
        (not_recognized, "not recognised", "not recognised", Style::Doubtful, false),
    ];
    for (figure, one, many, style, always) in figures {
        if figure == 0 && !always {
            continue;
        }
        let words = format!("{} {}", grouped(figure), if figure == 1 { one } else { many });
        let separator = if line.width() > 1 { " · " } else { "" };
        let first = separator.is_empty();
        if first || line.width() + separator.len() + words.len() <= columns {
            line.push(separator, Style::Faint).push(&words, style);
        }
    }
    justify(line, "q to stop ", columns)
}

/// The line with `right` at its right end, where there is room for it.
fn justify(mut line: Line, right: &str, columns: usize) -> Line {
    if let Some(gap) = columns.checked_sub(line.width() + text::width(right))
        && gap >= 2
    {
        line.fill(gap).push(right, Style::Faint);
    }
    line
}

/// `1:07`, `2:00:05`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests;
