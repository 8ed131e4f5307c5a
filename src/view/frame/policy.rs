//! The policy as it grows: a statement is its actions, beneath them its resources and conditions.

use std::cmp::Reverse;
use std::time::Duration;

use super::layout::{MARGIN, grouped};
use super::state::{Shown, State};
use super::text::{self, Line, Style};

/// How much of a statement is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// All of it.
    Whole,
    /// At most two rows of actions, two of resources and two of conditions; the newest of them.
    Short,
}

const SHORT_ROWS: usize = 2;

/// The policy in at most `rows` lines: the whole of it where it fits, else the statements that
/// have changed most recently, in the policy's order, and how many more there are.
pub(super) fn lines(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let count = state.statements.len();
    if count == 0 || rows == 0 {
        return Vec::new();
    }
    // No statement takes less than two lines: a policy of thousands is not laid out to be thrown away.
    if count * 2 <= rows {
        for detail in [Detail::Whole, Detail::Short] {
            let blocks: Vec<_> =
                state.statements.iter().map(|shown| block(state, shown, columns, detail)).collect();
            let used = blocks.iter().map(Vec::len).sum::<usize>();
            if used + count - 1 <= rows {
                return blocks.join(&Line::default());
            }
            if used <= rows {
                return blocks.concat();
            }
        }
    }
    most_recent(state, columns, rows)
}

fn most_recent(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let mut order: Vec<usize> = (0..state.statements.len()).collect();
    let recency = |index: &usize| Reverse((state.statements[*index].changed, *index));
    // Only so many can be shown; the rest need not be sorted.
    let candidates = rows.min(order.len());
    if candidates < order.len() {
        order.select_nth_unstable_by_key(candidates - 1, recency);
        order.truncate(candidates);
    }
    order.sort_unstable_by_key(recency);

    let mut room = rows.saturating_sub(1).max(1);
    let mut chosen: Vec<(usize, Vec<Line>)> = Vec::new();
    for index in order {
        let mut block = block(state, &state.statements[index], columns, Detail::Short);
        if chosen.is_empty() {
            block.truncate(room);
        }
        if block.len() <= room {
            room -= block.len();
            chosen.push((index, block));
        }
    }
    chosen.sort_unstable_by_key(|(index, _)| *index);

    let hidden = state.statements.len() - chosen.len();
    let mut lines = Vec::with_capacity(rows);
    if hidden > 0 && rows > 1 {
        let words = if hidden == 1 { "statement" } else { "statements" };
        let mut line = Line::default();
        line.fill(MARGIN).push(&format!("… {} more {words}", grouped(hidden as u64)), Style::Faint);
        lines.push(line);
    }
    lines.extend(chosen.into_iter().flat_map(|(_, block)| block));
    lines
}

/// The lines of one statement.
fn block(state: &State, shown: &Shown, columns: usize, detail: Detail) -> Vec<Line> {
    let mut lines = actions(state, shown, columns, detail);
    lines.extend(resources(state, shown, columns, detail));
    lines.extend(conditions(shown, columns, detail));
    lines
}

fn actions(state: &State, shown: &Shown, columns: usize, detail: Detail) -> Vec<Line> {
    let room = columns.saturating_sub(MARGIN).max(1);
    let actions = &shown.statement.actions;
    let kept = match detail {
        Detail::Whole => (0..actions.len()).collect(),
        Detail::Short => {
            // What "… 12 more" takes is kept free.
            let mut left = (SHORT_ROWS * room).saturating_sub(16);
            newest(&shown.actions_since, |index| {
                let needed = actions[index].len() + 2;
                let fits = needed <= left;
                left = left.saturating_sub(needed);
                fits
            })
        }
    };
    let mut words: Vec<(String, Style, bool)> = kept
        .iter()
        .map(|&index| {
            let new = state.is_marked(shown.actions_since[index]);
            let style = if new { Style::New } else { Style::Strong };
            (text::cut_end(&actions[index], room), style, new)
        })
        .collect();
    if kept.len() < actions.len() {
        let more = format!("… {} more", grouped((actions.len() - kept.len()) as u64));
        words.push((more, Style::Faint, false));
    }
    wrap(&words, room)
}

/// Words with commas between them, as many in a line as fit.
fn wrap(words: &[(String, Style, bool)], room: usize) -> Vec<Line> {
    let mut lines: Vec<(Line, bool)> = Vec::new();
    for (index, (word, style, new)) in words.iter().enumerate() {
        let comma = if index + 1 < words.len() { "," } else { "" };
        let needed = text::width(word) + comma.len();
        match lines.last_mut() {
            Some((line, marked)) if line.width() + 1 + needed <= room => {
                line.push(" ", Style::Plain).push(word, *style).push(comma, Style::Plain);
                *marked |= new;
            }
            _ => {
                let mut line = Line::default();
                line.push(word, *style).push(comma, Style::Plain);
                lines.push((line, *new));
            }
        }
    }
    lines.into_iter().map(|(line, new)| marked(&line, new, 0)).collect()
}

fn resources(state: &State, shown: &Shown, columns: usize, detail: Detail) -> Vec<Line> {
    let resources = &shown.statement.resources;
    let room = columns.saturating_sub(MARGIN + 2).max(1);
    let kept = if detail == Detail::Whole || resources.len() <= SHORT_ROWS {
        (0..resources.len()).collect()
    } else {
        let mut left = SHORT_ROWS - 1;
        newest(&shown.resources_since, |_| {
            let fits = left > 0;
            left = left.saturating_sub(1);
            fits
        })
    };
    let mut lines: Vec<Line> = kept
        .iter()
        .map(|&index| {
            let new = state.is_marked(shown.resources_since[index]);
            let style = if new { Style::New } else { Style::Plain };
            let mut line = Line::default();
            line.push(&text::cut_middle(&resources[index], room), style);
            marked(&line, new, 2)
        })
        .collect();
    if kept.len() < resources.len() {
        let more = format!("… {} more resources", grouped((resources.len() - kept.len()) as u64));
        let mut line = Line::default();
        line.push(&more, Style::Faint);
        lines.push(marked(&line, false, 2));
    }
    lines
}

fn conditions(shown: &Shown, columns: usize, detail: Detail) -> Vec<Line> {
    let room = columns.saturating_sub(MARGIN + 2 + 3).max(1);
    let conditions = &shown.statement.conditions;
    let kept = if detail == Detail::Whole { conditions.len() } else { SHORT_ROWS };
    let conditions = conditions.iter().take(kept);
    conditions
        .map(|condition| {
            let mut line = Line::default();
            line.push("if ", Style::Faint).push(&text::cut_end(condition, room), Style::Faint);
            marked(&line, false, 2)
        })
        .collect()
}

/// The line with its mark in the margin, indented.
fn marked(line: &Line, new: bool, indent: usize) -> Line {
    let mut marked = Line::default();
    let (mark, style) = if new { (" + ", Style::New) } else { ("   ", Style::Plain) };
    marked.push(mark, style).fill(indent);
    for span in line.spans() {
        marked.push(&span.text, span.style);
    }
    marked
}

/// The indexes of the newest items for as long as they fit, at least one, in their order.
fn newest(since: &[Duration], mut fits: impl FnMut(usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..since.len()).collect();
    order.sort_by_key(|&index| (Reverse(since[index]), index));
    let count = order.iter().take_while(|&&index| fits(index)).count();
    order.truncate(count.max(1));
    order.sort_unstable();
    order
}
