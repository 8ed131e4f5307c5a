//! The whole screen: the title, the panes, what is looked for, what is told, and the figures.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Constraint, Layout, Rect};
use ratatui_core::text::Line as Title;
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use ratatui_widgets::borders::{BorderType, Borders};

use super::layout::{self, MARGIN, counted};
use super::panes;
use super::state::{Counts, State};
use super::text::{self, Line, Style};

/// Lower screens are the panes' or the command's.
const HALVED_FROM: u16 = 14;

/// Lays out `state` on a screen of `width` columns and `height` rows, however small or large.
pub fn frame(state: &mut State, width: u16, height: u16) -> Buffer {
    state.look.size = (width, height);
    state.look.stale = false;
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    if area.is_empty() {
        return buffer;
    }
    let looks_for = state.look.typing || !state.look.filter.is_empty();
    let row = |there: bool, from: u16| Constraint::Length(u16::from(there && height >= from));
    let [head, body, filter, notice, foot] = Layout::vertical([
        row(true, 2),
        Constraint::Fill(1),
        row(looks_for, 4),
        row(state.told().is_some(), 4),
        Constraint::Length(1),
    ])
    .areas(area);
    let columns = usize::from(width);
    let mut line = |at: Rect, line: Line| {
        if !at.is_empty() {
            line.draw(&mut buffer, at.x, at.y, columns);
        }
    };
    line(head, title(state, columns));
    line(filter, looked_for(state));
    line(notice, told(state));
    line(foot, status(state, columns));
    let (body, command) = with_command(state, body);
    if let Some(command) = command {
        draw_command(state, &mut buffer, command);
    }
    if state.is_empty() {
        for (text, y) in waiting(state, columns, body.height.into()).into_iter().zip(body.top()..) {
            text.draw(&mut buffer, body.x, y, columns);
        }
    } else if !body.is_empty() {
        panes::draw(state, &mut buffer, body);
    }
    if let Some(mut overlay) = state.look.overlay.take() {
        if !body.is_empty() {
            overlay.draw(&mut buffer, body);
        }
        state.look.overlay = Some(overlay);
    }
    buffer
}

/// The panes' part of the screen and the command's, if one runs in a pane: half of it; a small screen is that of either.
fn with_command(state: &State, body: Rect) -> (Rect, Option<Rect>) {
    if state.command.is_none() {
        return (body, None);
    }
    if body.height >= HALVED_FROM {
        let [panes, command] =
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(body);
        return (panes, Some(command));
    }
    let nothing = Rect { height: 0, ..body };
    if state.look.in_command { (nothing, Some(body)) } else { (body, None) }
}

fn draw_command(state: &State, buffer: &mut Buffer, area: Rect) {
    let Some(command) = &state.command else { return };
    let has_keys = state.look.in_command;
    let kind = if has_keys { BorderType::Thick } else { BorderType::Plain };
    let words = match (has_keys, area.width) {
        (_, 0..60) => "command · Ctrl-]",
        (true, _) => "the command has the keyboard · Ctrl-] gives it to the view",
        (false, _) => "command · Ctrl-] types into it",
    };
    let style = if has_keys { Style::Strong } else { Style::Plain };
    let rule = if has_keys { "━" } else { "─" };
    let title = Title::styled(format!("{rule} {words} "), style.look());
    let block = Block::new().borders(Borders::TOP).border_type(kind).title_top(title);
    let block = if has_keys { block } else { block.border_style(Style::Faint.look()) };
    let inner = block.inner(area);
    block.render(area, buffer);
    command.draw(buffer, inner, has_keys);
}

fn told(state: &State) -> Line {
    let mut line = Line::default();
    match state.told() {
        Some((notice, true)) => line.push(" ! ", Style::Failed).push(notice, Style::Failed),
        Some((said, false)) => line.push("   ", Style::Plain).push(said, Style::Strong),
        None => &mut line,
    };
    line
}

/// The filter, while it is typed and while it is in force.
fn looked_for(state: &State) -> Line {
    let mut line = Line::default();
    line.push(" / ", Style::Strong).push(&state.look.filter, Style::Strong);
    if state.look.typing {
        line.push("▏", Style::Strong).push(" Enter keeps it, Esc clears it", Style::Faint);
    } else {
        line.push("  Esc clears the filter", Style::Faint);
    }
    line
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

/// What is shown until the first call: what somebody has to do for it.
fn waiting(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let texts = if state.waiting.is_empty() {
        &[String::from("No calls yet.")]
    } else {
        state.waiting.as_slice()
    };
    let room = columns.saturating_sub(MARGIN);
    let texts: Vec<String> = texts.iter().flat_map(|text| in_lines(text, room)).collect();
    let top = usize::from(rows > texts.len() + 2);
    let lines = texts.iter().map(|text| {
        let mut line = Line::default();
        line.fill(MARGIN).push(text, Style::Plain);
        line
    });
    std::iter::repeat_n(Line::default(), top).chain(lines).take(rows).collect()
}

/// A text in lines that fit. What is indented is for a shell, which takes a line as going on after a backslash.
fn in_lines(text: &str, columns: usize) -> Vec<String> {
    let is_command = text.starts_with(' ');
    if text::printed_width(text) <= columns {
        return vec![text.to_owned()];
    }
    let mut lines = text::broken(text, columns.saturating_sub(if is_command { 2 } else { 0 }));
    if is_command {
        let last = lines.len().saturating_sub(1);
        lines.iter_mut().take(last).for_each(|line| line.push_str(" \\"));
    }
    lines
}

/// The figures: calls and what was dropped always, the others as far as there is room.
fn status(state: &State, columns: usize) -> Line {
    let Counts { calls, actions, not_recognized, dropped, failed, refused } = state.counts;
    let dropped_style = if dropped > 0 { Style::Doubtful } else { Style::Faint };
    let mut figures = vec![
        (counted(calls, "call", "calls"), Style::Strong),
        (counted(dropped, "dropped", "dropped"), dropped_style),
        (counted(actions, "action", "actions"), Style::Strong),
    ];
    // What was lost comes first; that nothing was may stand behind.
    if dropped == 0 {
        figures.swap(1, 2);
    }
    for (figure, words, style) in [
        (failed, "failed", Style::Failed),
        (refused, "not allowed", Style::Failed),
        (not_recognized, "not recognised", Style::Doubtful),
    ] {
        if figure > 0 {
            figures.push((counted(figure, words, words), style));
        }
    }
    let widest = " · ".len() - 1 + figures[0].0.len() + figures[1].0.len();
    if dropped > 0 && widest > columns {
        figures[0].0 = layout::grouped(calls);
    }
    let mut line = Line::default();
    line.push(" ", Style::Plain);
    for (index, (words, style)) in figures.iter().enumerate() {
        let separator = if index > 0 { " · " } else { "" };
        if index == 0 || line.width() + text::width(separator) + words.len() <= columns {
            line.push(separator, Style::Faint).push(words, *style);
        }
    }
    let keys = match &state.command {
        Some(_) if state.look.in_command => "Ctrl-] keys of the view ",
        _ if state.look.overlay.is_some() => "Esc closes ",
        Some(_) => "? help  q close ",
        None => "? help  q quit ",
    };
    let has_room = line.width() + text::width(keys) + 2 <= columns;
    justify(line, if has_room || state.look.in_command { keys } else { "? " }, columns)
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
pub(super) fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}
