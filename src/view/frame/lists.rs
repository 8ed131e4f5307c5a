//! What was denied, and who was heard.

use std::borrow::Cow;

use super::layout::{grouped, marked};
use super::place::Rows;
use super::state::{Caller, Denial};
use super::text::{self, Line, Style};

pub(super) struct Denials<'a>(Vec<&'a Denial>);

impl<'a> Denials<'a> {
    /// Those that have `filter` in them.
    pub(super) fn of(denials: &'a [Denial], filter: &str) -> Denials<'a> {
        let has =
            |it: &&Denial| [&it.call, &it.why, &it.words].iter().any(|it| text::has(it, filter));
        Denials(denials.iter().filter(has).collect())
    }

    pub(super) fn get(&self, index: usize) -> Option<&'a Denial> {
        self.0.get(index).copied()
    }
}

impl Rows for Denials<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn key(&self, index: usize) -> Cow<'_, str> {
        let Denial { call, why, words, .. } = self.0[index];
        format!("{call} {why} {words}").into()
    }

    fn line(&self, index: usize, _: usize) -> Line {
        let Denial { call, why, words, times, open } = self.0[index];
        let (mark, style) = if *open { ('!', Style::Failed) } else { (' ', Style::Plain) };
        let mut line = marked(mark, style);
        line.push(call, style);
        if *times > 1 {
            line.fill(2).push(&format!("×{}", grouped(*times)), Style::Faint);
        }
        line.fill(2).push(why, Style::Plain).fill(2).push(words, Style::Faint);
        line
    }
}

pub(super) struct Callers<'a>(Vec<&'a Caller>);

impl<'a> Callers<'a> {
    /// Those that have `filter` in them.
    pub(super) fn of(callers: &'a [Caller], filter: &str) -> Callers<'a> {
        let has = |it: &&Caller| text::has(&it.name, filter) || text::has(&it.note, filter);
        Callers(callers.iter().filter(has).collect())
    }

    pub(super) fn get(&self, index: usize) -> Option<&'a Caller> {
        self.0.get(index).copied()
    }
}

impl Rows for Callers<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn key(&self, index: usize) -> Cow<'_, str> {
        self.0[index].name.as_str().into()
    }

    fn line(&self, index: usize, columns: usize) -> Line {
        let Caller { name, calls, note } = self.0[index];
        let mut line = marked(' ', Style::Plain);
        let calls = grouped(*calls);
        let calls = if columns < 40 { format!("{calls}  ") } else { format!("{calls:>7}  ") };
        line.push(&calls, Style::Strong);
        let taken = line.width() + if note.is_empty() { 0 } else { text::width(note) + 2 };
        line.push(&text::cut_middle(name, columns.saturating_sub(taken).max(6)), Style::Plain);
        if !note.is_empty() {
            line.fill(2).push(note, Style::Faint);
        }
        line
    }
}
