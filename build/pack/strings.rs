//! The strings of the catalogue: their numbers, and the text in which they lie.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{size, word};
use crate::format::LONG;

/// All strings, each with its number and how often it was asked for.
pub(super) struct Strings {
    numbers: BTreeMap<String, (u32, Cell<u32>)>,
}

impl Strings {
    /// Numbered in their order; the empty one, which is the first, is among them.
    pub(super) fn of(texts: BTreeSet<String>) -> Strings {
        let numbered = |(text, number)| (text, (number, Cell::new(0)));
        Strings { numbers: texts.into_iter().zip(0..).map(numbered).collect() }
    }

    pub(super) fn number(&self, text: &str) -> u32 {
        let (number, uses) = &self.numbers[text];
        uses.set(uses.get() + 1);
        *number
    }

    /// Numbers them anew: those that were asked for most often come first, behind the empty one.
    pub(super) fn number_by_use(&mut self) {
        let mut by_use: Vec<_> = self.numbers.iter_mut().collect();
        // Stable, so that the same data gives the same bytes.
        by_use.sort_by_key(|(text, (_, uses))| (!text.is_empty(), std::cmp::Reverse(uses.get())));
        for ((_, (number, _)), place) in by_use.into_iter().zip(0..) {
            *number = place;
        }
    }

    /// Where each string lies, in the order of their numbers, and the text in which they do. What begins or ends another lies in it.
    pub(super) fn laid_out(&self) -> Result<(Vec<u8>, String), String> {
        let texts: Vec<&str> = self.numbers.keys().map(String::as_str).collect();
        let longer = longer_ones(&texts);
        let mut text = String::new();
        let mut own: BTreeMap<&str, usize> = BTreeMap::new();
        for it in &texts {
            if longer.contains_key(it) {
                continue;
            }
            if it.contains('\n') {
                return Err(format!("{it:?}: a string of the catalogue has a line break"));
            }
            own.insert(it, text.len());
            text.push_str(it);
            if it.len() >= usize::from(LONG) {
                text.push('\n');
            }
        }
        let place = |it: &str| {
            let (mut it, mut within) = (it, 0);
            while let Some((other, at)) = longer.get(it) {
                (it, within) = (other, within + at);
            }
            own[it] + within
        };
        let mut by_number: Vec<(u32, &str)> =
            self.numbers.iter().map(|(text, (number, _))| (*number, text.as_str())).collect();
        by_number.sort_unstable();
        let mut places = Vec::new();
        for (_, it) in by_number {
            word(&mut places, size(place(it)));
            places.push(u8::try_from(it.len()).unwrap_or(LONG));
        }
        Ok((places, text))
    }
}

/// Strings with which others begin or end: one of those, and where in it they lie.
fn longer_ones<'a>(sorted: &[&'a str]) -> BTreeMap<&'a str, (&'a str, usize)> {
    let is_short = |it: &str| it.len() < usize::from(LONG);
    let mut longer = BTreeMap::new();
    for (it, next) in sorted.iter().zip(sorted.iter().skip(1)) {
        if next.starts_with(it) && is_short(it) {
            longer.insert(*it, (*next, 0));
        }
    }
    let mut from_behind: Vec<(Vec<u8>, &str)> =
        sorted.iter().map(|it| (it.bytes().rev().collect(), *it)).collect();
    from_behind.sort_unstable();
    for ((backwards, it), (next_backwards, next)) in
        from_behind.iter().zip(from_behind.iter().skip(1))
    {
        if next_backwards.starts_with(backwards) && is_short(it) {
            longer.entry(it).or_insert((next, next.len() - it.len()));
        }
    }
    longer
}
