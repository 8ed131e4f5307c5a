//! Which panes are on the screen, how large each is, and how one is drawn.

use std::ops::Range;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Alignment, Constraint, Layout, Rect};
use ratatui_core::style::Modifier;
use ratatui_core::text::Line as Title;
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use ratatui_widgets::borders::{BorderType, Borders};

use super::bar::scrollbar;
use super::calls::Calls;
use super::layout::{counted, grouped};
use super::lists::{Callers, Denials};
use super::look::Pane;
use super::place::{Place, Rows};
use super::policy::{self, Policy};
use super::state::{CALLS_KEPT, State};
use super::text::{self, Style};

/// From this size on, all panes are on the screen.
const WIDE: (u16, u16) = (120, 16);
/// Lower screens have no headings.
const HEADED_FROM: u16 = 8;
/// Narrower panes have no scroll bar.
const SCROLLBAR_FROM: u16 = 40;

/// A pane on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Placed {
    pane: Pane,
    area: Rect,
    headed: bool,
    /// Whether there is a pane to its left.
    beside: bool,
}

/// Draws the panes into `area`.
pub(super) fn draw(state: &mut State, buffer: &mut Buffer, area: Rect) {
    for placed in placed(state, area) {
        draw_one(state, buffer, placed, area);
    }
}

fn placed(state: &State, area: Rect) -> Vec<Placed> {
    let pane = |pane, area| Placed { pane, area, headed: true, beside: false };
    let focus = state.look.focus;
    if area.width >= WIDE.0 && area.height >= WIDE.1 {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(11), Constraint::Fill(9)]).areas(area);
        // What is nearly empty leaves its room to the calls.
        let low = |lines: usize, pane| {
            let most = if focus == pane { right.height / 2 } else { right.height / 4 };
            Constraint::Length((lines.max(1) as u16).saturating_add(1).min(most.max(2)))
        };
        let [calls, denials, principals] = Layout::vertical([
            Constraint::Fill(1),
            low(state.denials.len(), Pane::Denials),
            low(state.callers.len(), Pane::Principals),
        ])
        .areas(right);
        let beside = |it, area| Placed { beside: true, ..pane(it, area) };
        return vec![
            pane(Pane::Policy, left),
            beside(Pane::Calls, calls),
            beside(Pane::Denials, denials),
            beside(Pane::Principals, principals),
        ];
    }
    let lower = if focus == Pane::Policy { Pane::Calls } else { focus };
    if area.height < HEADED_FROM {
        if state.look.chose {
            return vec![Placed { headed: area.height >= 3, ..pane(focus, area) }];
        }
        let calls = (area.height * 3 / 10).max(u16::from(area.height >= 3));
        let [upper, below] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(calls)]).areas(area);
        let bare = |it, area| Placed { headed: false, ..pane(it, area) };
        return vec![bare(Pane::Policy, upper), bare(Pane::Calls, below)];
    }
    // The policy has what there is; what it does not need the list below may have.
    let lines = match lower {
        Pane::Policy | Pane::Calls => state.calls_count(),
        Pane::Denials => state.denials.len(),
        Pane::Principals => state.callers.len(),
    };
    let rows = usize::from(area.height - 2);
    let free = rows.saturating_sub(policy::at_least(state));
    let half = if focus == Pane::Policy { 0 } else { lines.min(rows / 2) };
    let below = (rows * 3 / 10).max(lines.min(free).min(rows / 2)).max(half);
    let [upper, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below as u16 + 1)]).areas(area);
    vec![pane(Pane::Policy, upper), pane(lower, below)]
}

fn draw_one(state: &mut State, buffer: &mut Buffer, placed: Placed, body: Rect) {
    let Placed { pane, area, headed, beside } = placed;
    let mut inner = area;
    if headed || beside {
        let block = block(state, placed, body);
        inner = block.inner(area);
        block.render(area, buffer);
    }
    if inner.is_empty() {
        return;
    }
    let has_bar = inner.width >= SCROLLBAR_FROM;
    let columns = usize::from(inner.width) - usize::from(has_bar);
    let filter = state.look.filter.clone();
    let mut place = std::mem::take(&mut state.look.places[pane as usize]);
    match pane {
        Pane::Policy => {
            lay_policy(state, columns, inner.height.into(), &filter);
            let rows = std::mem::take(&mut state.look.policy.rows);
            let list = Policy::of(state, &rows);
            let newest = list.newest();
            rows_of(state, &list, &mut place, newest, buffer, inner, columns, pane);
            state.look.policy.rows = rows;
        }
        Pane::Calls => {
            let list = Calls::of(state, &filter);
            rows_of(state, &list, &mut place, 0..0, buffer, inner, columns, pane);
        }
        Pane::Denials => {
            let list = Denials::of(&state.denials, &filter);
            rows_of(state, &list, &mut place, 0..0, buffer, inner, columns, pane);
        }
        Pane::Principals => {
            let list = Callers::of(&state.callers, &filter);
            rows_of(state, &list, &mut place, 0..0, buffer, inner, columns, pane);
        }
    }
    if has_bar {
        let right = Rect::new(inner.right() - 1, inner.y, 1, inner.height);
        let total = place.total();
        scrollbar(buffer, right, place.top(), inner.height.into(), total);
    }
    state.look.places[pane as usize] = place;
}

/// Lays the policy's lines out anew where something has changed; with gaps between statements where all of it fits.
fn lay_policy(state: &mut State, columns: usize, height: usize, filter: &str) {
    let gaps = policy::at_least(state) + state.statements.len() <= height + 1;
    let of = Some((state.version, columns, gaps, filter.to_owned()));
    if state.look.policy.of == of {
        return;
    }
    let mut rows = policy::rows(state, columns, filter, gaps);
    if gaps && rows.len() > height {
        rows = policy::rows(state, columns, filter, false);
    }
    state.look.policy.rows = rows;
    state.look.policy.of = of;
}

#[allow(clippy::too_many_arguments, reason = "one drawing of one list")]
fn rows_of(
    state: &State,
    list: &dyn Rows,
    place: &mut Place,
    newest: Range<usize>,
    buffer: &mut Buffer,
    area: Rect,
    columns: usize,
    pane: Pane,
) {
    place.settle(list, area.height.into(), newest);
    if list.len() == 0 {
        let mut line = text::Line::default();
        line.push(nothing(state, pane), Style::Faint);
        line.draw(buffer, area.x + 3.min(area.width - 1), area.y, columns.saturating_sub(3));
        return;
    }
    let filter = &state.look.filter;
    for (row, y) in (area.top()..area.bottom()).enumerate() {
        let index = place.top() + row;
        if index >= list.len() {
            break;
        }
        let line = list.line(index, columns);
        let match_at = if filter.is_empty() { None } else { matched(&line.text(), filter) };
        line.draw(buffer, area.x, y, columns);
        if let Some((from, to)) = match_at {
            let from = from.min(columns);
            let shown = Rect::new(area.x + from as u16, y, (to.min(columns) - from) as u16, 1);
            buffer.set_style(
                shown,
                ratatui_core::style::Style::new().add_modifier(Modifier::UNDERLINED),
            );
        }
        if place.cursor() == Some(index) && state.look.focus == pane {
            let whole = Rect::new(area.x, y, columns as u16, 1);
            buffer.set_style(
                whole,
                ratatui_core::style::Style::new().add_modifier(Modifier::REVERSED),
            );
            buffer.set_string(area.x, y, "▸", ratatui_core::style::Style::new());
        }
    }
}

/// The columns in which a line has what is looked for.
fn matched(line: &str, filter: &str) -> Option<(usize, usize)> {
    let at = text::found(line, filter)?;
    let from = text::width(line.get(..at)?);
    Some((from, from + text::width(line.get(at..at + filter.len())?)))
}

fn nothing(state: &State, pane: Pane) -> &'static str {
    match pane {
        _ if !state.look.filter.is_empty() => "nothing here has it; Esc clears the filter",
        Pane::Policy => "nothing yet",
        Pane::Calls => "none yet",
        Pane::Denials => "nothing was denied",
        Pane::Principals => "nobody yet",
    }
}

/// A pane's heading: what it is, and what leads to the panes that have no room.
fn block(state: &State, placed: Placed, body: Rect) -> Block<'static> {
    let Placed { pane, area, headed, beside } = placed;
    let mut borders = Borders::NONE;
    if headed {
        borders |= Borders::TOP;
    }
    if beside {
        borders |= Borders::LEFT;
    }
    let has_keys = state.look.focus == pane && !state.look.in_command;
    let kind = if has_keys { BorderType::Thick } else { BorderType::Plain };
    let mut set = kind.to_border_set();
    // Where it meets what is to its left.
    set.top_left = match (has_keys, area.top() == body.top()) {
        (false, true) => "┬",
        (true, true) => "┳",
        (false, false) => "├",
        (true, false) => "┣",
    };
    let block = Block::new().borders(borders).border_set(set);
    let block = if has_keys { block } else { block.border_style(Style::Faint.look()) };
    if !headed {
        return block;
    }
    let style = if has_keys { Style::Strong } else { Style::Plain };
    let title =
        format!("{} {} {} ", if beside { "" } else { "─" }, pane.number(), heading(state, pane));
    let title = if has_keys { title.replace('─', "━") } else { title };
    let room = usize::from(area.width);
    let title = text::cut_end(&title, room.saturating_sub(1));
    let left = text::width(&title);
    let mut block = block.title_top(Title::styled(title, style.look()));
    // Only the lower of two has room for what is not on the screen.
    let is_lower = !beside && pane != Pane::Policy && area.bottom() == body.bottom();
    if is_lower {
        let others = Pane::ALL[1..].iter().filter(|it| **it != pane);
        let others: Vec<String> =
            others.map(|it| format!("{} {}", it.number(), short(state, *it))).collect();
        let others = format!(" {} ", others.join("  "));
        if left + text::width(&others) + 4 <= room {
            let others = Title::styled(others, Style::Faint.look());
            block = block.title_top(others.alignment(Alignment::Right));
        }
    }
    block
}

fn heading(state: &State, pane: Pane) -> String {
    let lines = |count: usize| grouped(count as u64);
    let mut heading = match pane {
        Pane::Policy => match state.statements.len() {
            0 => "policy".to_owned(),
            count => format!("policy: {}", counted(count as u64, "statement", "statements")),
        },
        Pane::Calls if state.has_more_calls() => {
            format!("calls: the newest {} different ones", lines(CALLS_KEPT))
        }
        Pane::Calls => "newest calls".to_owned(),
        Pane::Denials => match state.denials.len() {
            0 => "denials: none".to_owned(),
            count => format!("denials: {}", lines(count)),
        },
        Pane::Principals => match state.callers.len() {
            0 => "principals".to_owned(),
            count => format!("principals: {}", lines(count)),
        },
    };
    if !state.look.filter.is_empty() {
        heading.push_str(" (filtered)");
    }
    let is_followed = matches!(pane, Pane::Policy | Pane::Calls);
    if is_followed && !state.look.places[pane as usize].follows() {
        heading.push_str(" · Esc follows");
    }
    heading
}

fn short(state: &State, pane: Pane) -> String {
    match pane {
        Pane::Policy => "policy".to_owned(),
        Pane::Calls => "calls".to_owned(),
        Pane::Denials => format!("denials: {}", grouped(state.denials.len() as u64)),
        Pane::Principals => format!("principals: {}", grouped(state.callers.len() as u64)),
    }
}
