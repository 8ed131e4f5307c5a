//! The policy as it grows: a statement is its actions, beneath them its resources and conditions.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use super::keys::Subject;
use super::layout::{MARGIN, marked};
use super::place::Rows;
use super::row::{Part, Row};
use super::state::{Shown, State};
use super::text::{self, Line, Style};

/// So far below its actions a new resource is shown together with them.
const NEAR: usize = 10;

/// The lines of the policy, for a screen of so many columns.
pub(super) struct Policy<'a> {
    state: &'a State,
    rows: &'a [Row],
}

/// The lines: all, or where something is looked for, what has it in it beneath its statement's actions.
pub(super) fn rows(state: &State, columns: usize, filter: &str, with_gaps: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, shown) in state.statements.iter().enumerate() {
        let before = rows.len();
        let row = |part| Row { statement: index, part };
        if with_gaps && before > 0 {
            rows.push(row(Part::Gap));
        }
        let statement = &shown.statement;
        let whole = statement.actions.iter().any(|it| text::has(it, filter));
        let wanted = |it: &String| whole || text::has(it, filter);
        let first = rows.len();
        rows.extend(wrapped(&statement.actions, columns).map(|it| row(Part::Actions(it))));
        let actions = rows.len();
        let resources =
            (0..statement.resources.len()).filter(|it| wanted(&statement.resources[*it]));
        rows.extend(resources.map(|it| row(Part::Resource(it))));
        let conditions =
            (0..statement.conditions.len()).filter(|it| wanted(&statement.conditions[*it]));
        rows.extend(conditions.map(|it| row(Part::Condition(it))));
        if !filter.is_empty() && !whole && rows.len() == actions {
            rows.truncate(before);
        }
        debug_assert!(first >= before);
    }
    rows
}

/// How many lines it has without gaps and without a filter, cheaply: never more than there are.
pub(super) fn at_least(state: &State) -> usize {
    let lines = |it: &Shown| 1 + it.statement.resources.len() + it.statement.conditions.len();
    state.statements.iter().map(lines).sum()
}

/// Actions with commas between them, as many in a line as fit.
fn wrapped(actions: &[String], columns: usize) -> impl Iterator<Item = Range<usize>> {
    let room = columns.saturating_sub(MARGIN).max(1);
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next;
        let mut used = 0;
        while next < actions.len() {
            let comma = usize::from(next + 1 < actions.len());
            let needed = text::printed_width(&actions[next]) + comma + usize::from(next > start);
            if next > start && used + needed > room {
                break;
            }
            used += needed;
            next += 1;
        }
        (start < next).then_some(start..next)
    })
}

impl<'a> Policy<'a> {
    pub(super) fn of(state: &'a State, rows: &'a [Row]) -> Policy<'a> {
        Policy { state, rows }
    }

    /// The lines that have come last; none where all have come at once.
    pub(super) fn newest(&self) -> Range<usize> {
        let since = |row: &Row| since(row, &self.state.statements);
        let Some(latest) = self.rows.iter().filter_map(since).max() else { return 0..0 };
        let is_latest = |row: &&Row| since(row) == Some(latest);
        let gaps = |row: &&Row| row.part == Part::Gap;
        if self.rows.iter().all(|row| gaps(&row) || is_latest(&row)) {
            return 0..0;
        }
        // Of several statements the last: a new one comes at the end.
        let Some(last) = self.rows.iter().rposition(|row| is_latest(&row)) else { return 0..0 };
        let statement = self.rows[last].statement;
        let of_it = |row: &Row| row.statement == statement;
        let Some(head) = self.rows.iter().position(|row| of_it(row) && !gaps(&row)) else {
            return 0..0;
        };
        let first = (head..last).find(|index| is_latest(&&self.rows[*index])).unwrap_or(last);
        // A resource is of use only with its actions above it, where it is not too far below them.
        let first = if last - head < NEAR { head } else { first };
        first..last + 1
    }

    /// What the line says is allowed.
    pub(super) fn subject(&self, index: usize) -> Option<Subject> {
        let row = self.rows.get(index)?;
        let statement = &self.state.statements.get(row.statement)?.statement;
        let (actions, resources) = match &row.part {
            Part::Actions(range) => {
                (statement.actions.get(range.clone())?.to_vec(), statement.resources.clone())
            }
            Part::Resource(resource) => {
                (statement.actions.clone(), vec![statement.resources.get(*resource)?.clone()])
            }
            Part::Condition(_) | Part::Gap => {
                (statement.actions.clone(), statement.resources.clone())
            }
        };
        Some(Subject::Granted { actions, resources })
    }
}

/// Since when the newest part of the line is there.
fn since(row: &Row, statements: &[Shown]) -> Option<Duration> {
    let shown = statements.get(row.statement)?;
    match &row.part {
        Part::Actions(range) => shown.actions_since.get(range.clone())?.iter().max().copied(),
        Part::Resource(index) => shown.resources_since.get(*index).copied(),
        Part::Condition(_) | Part::Gap => None,
    }
}

impl Rows for Policy<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn key(&self, index: usize) -> Cow<'_, str> {
        let Row { statement, part } = &self.rows[index];
        let it = &self.state.statements[*statement].statement;
        match part {
            Part::Actions(range) => {
                let on = it.resources.first().map(String::as_str).unwrap_or_default();
                let number = range.start;
                format!("{number} of {on} if {:?}", it.conditions).into()
            }
            Part::Resource(resource) => it.resources[*resource].as_str().into(),
            Part::Condition(condition) => it.conditions[*condition].as_str().into(),
            Part::Gap => "".into(),
        }
    }

    fn line(&self, index: usize, columns: usize) -> Line {
        let Row { statement, part } = &self.rows[index];
        let shown = &self.state.statements[*statement];
        let it = &shown.statement;
        let new = since(&self.rows[index], &self.state.statements)
            .is_some_and(|since| self.state.is_marked(since));
        let mut line = marked(if new { '+' } else { ' ' }, Style::New);
        let room = columns.saturating_sub(MARGIN).max(1);
        match part {
            Part::Actions(range) => {
                for number in range.clone() {
                    if number > range.start {
                        line.push(" ", Style::Plain);
                    }
                    let new = self.state.is_marked(shown.actions_since[number]);
                    let style = if new { Style::New } else { Style::Strong };
                    let comma = if number + 1 < it.actions.len() { "," } else { "" };
                    let action = text::cut_end(&it.actions[number], room - comma.len().min(room));
                    line.push(&action, style).push(comma, Style::Plain);
                }
            }
            Part::Resource(number) => {
                let style = if new { Style::New } else { Style::Plain };
                let resource =
                    text::cut_middle(&it.resources[*number], room.saturating_sub(2).max(1));
                line.fill(2).push(&resource, style);
            }
            Part::Condition(number) => {
                let condition =
                    text::cut_end(&it.conditions[*number], room.saturating_sub(5).max(1));
                line.fill(2).push("if ", Style::Faint).push(&condition, Style::Faint);
            }
            Part::Gap => {}
        }
        line
    }
}
