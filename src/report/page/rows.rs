//! Calls as the page lists them: alike ones once, with how many there were and when.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::call::{Call, Timestamp, is_denial};
use crate::recording::Entry;
use crate::session::denials::is_refused_without_a_word;
use crate::session::principals::Principal;

/// Rows that are told apart by their resources; beyond, calls of the same kind are one row.
const MOST: usize = 4_000;
/// Rows at most; calls beyond are only counted.
const MOST_OF_ALL: usize = 5_000;
/// Resources that a row has.
const MOST_RESOURCES: usize = 6;
/// Columns of the time line at most.
pub(super) const COLUMNS: u64 = 120;
/// Within so many milliseconds nobody sees where a call stands.
const MOMENT: u64 = 1_000;
/// So many moments stand for calls of which only the first and the last time are known.
const SPREAD: u64 = 24;

/// What tells rows apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) principal: Principal,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) region: String,
    pub(super) resources: Vec<String>,
    pub(super) ended: String,
    pub(super) how: How,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum How {
    Succeeded,
    Failed,
    Denied,
}

/// Calls that are alike.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) calls: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    /// Calls by the column in which they were made.
    pub(super) when: BTreeMap<u64, u64>,
    pub(super) agent: Option<String>,
    /// Whether the catalogue knows the operation.
    pub(super) recognized: bool,
}

/// Calls that are alike and that nobody sees apart on the time line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When the first was made.
    pub first: Timestamp,
    /// When the last was made.
    pub last: Timestamp,
    /// How many there were.
    pub times: u64,
}

impl Moment {
    /// A call that was made then.
    pub fn of(time: Timestamp) -> Moment {
        Moment { first: time, last: time, times: 1 }
    }

    /// Takes up a call, if it was made in this moment; whether it was.
    pub fn take(&mut self, time: Timestamp) -> bool {
        let (first, last) = (self.first.min(time), self.last.max(time));
        let is_in_it = last.0 - first.0 <= MOMENT;
        if is_in_it {
            *self = Moment { first, last, times: self.times + 1 };
        }
        is_in_it
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: IndexMap<Key, Row>,
    /// Calls that have no row.
    pub(super) beyond: u64,
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) denied: u64,
    pub(super) span: Option<(u64, u64)>,
    /// A column is 2 to the power of this milliseconds.
    pub(super) shift: u32,
    /// Whether some calls were only counted.
    pub(super) spread: bool,
}

impl Rows {
    /// Takes up calls that are alike.
    pub(super) fn add(
        &mut self,
        entry: &Entry,
        principal: Principal,
        at: impl Iterator<Item = Moment>,
    ) {
        let Entry { call, requires, times, last } = entry;
        let how = how(call);
        self.calls += times;
        match how {
            How::Succeeded => {}
            How::Failed => self.failed += times,
            How::Denied => self.denied += times,
        }
        let mut resources: Vec<String> = Vec::new();
        // First what the operation itself is on; what it needs beside may be a role or a key.
        for own in [true, false] {
            let of = requires.iter().filter(|it| (it.reason == "operation") == own);
            for resource in of.flat_map(|it| it.resources.iter()) {
                if resources.len() < MOST_RESOURCES && !resources.contains(resource) {
                    resources.push(resource.clone());
                }
            }
            if !resources.is_empty() {
                break;
            }
        }
        let mut key = Key {
            principal,
            service: call.service.to_string(),
            operation: call.operation.as_deref().unwrap_or("?").to_owned(),
            region: call.region.as_deref().unwrap_or_default().to_owned(),
            resources,
            ended: ended(call),
            how,
        };
        if self.rows.len() >= MOST && !self.rows.contains_key(&key) {
            key.resources.clear();
        }
        self.see(call.time.0, last.0.max(call.time.0));
        if self.rows.len() >= MOST_OF_ALL && !self.rows.contains_key(&key) {
            self.beyond += times;
            return;
        }
        let shift = self.shift;
        let row = self.rows.entry(key).or_insert_with(|| Row {
            first: call.time.0,
            recognized: call.recognized,
            ..Row::default()
        });
        row.calls += times;
        row.first = row.first.min(call.time.0);
        if last.0 >= row.last {
            row.last = last.0;
            row.agent.clone_from(&call.user_agent);
        }
        for moment in at {
            self.spread |=
                moment.times > 2 && moment.last.0.saturating_sub(moment.first.0) > MOMENT;
            for (time, calls) in parts(moment) {
                *row.when.entry(time >> shift).or_default() += calls;
            }
        }
    }

    /// Makes columns as wide as it takes.
    fn see(&mut self, first: u64, last: u64) {
        let (from, to) = self.span.unwrap_or((first, last));
        let (from, to) = (from.min(first), to.max(last));
        self.span = Some((from, to));
        let mut wider = 0;
        while (to >> (self.shift + wider)) - (from >> (self.shift + wider)) >= COLUMNS {
            wider += 1;
        }
        if wider > 0 {
            self.shift += wider;
            for row in self.rows.values_mut() {
                let when = std::mem::take(&mut row.when);
                for (column, calls) in when {
                    *row.when.entry(column >> wider).or_default() += calls;
                }
            }
        }
    }
}

/// When calls were made, as far as that is known.
fn parts(Moment { first, last, times }: Moment) -> impl Iterator<Item = (u64, u64)> {
    let parts = if last > first { times.clamp(1, SPREAD) } else { 1 };
    let length = last.0.saturating_sub(first.0);
    (0..parts).map(move |part| {
        let time = first.0 + length / parts.saturating_sub(1).max(1) * part;
        let calls = times / parts + u64::from(part < times % parts);
        (time.min(last.0.max(first.0)), calls)
    })
}

fn how(call: &Call) -> How {
    let denied = call.outcome.error.as_deref().is_some_and(is_denial);
    if denied || is_refused_without_a_word(call) {
        How::Denied
    } else if call.outcome.failed() {
        How::Failed
    } else {
        How::Succeeded
    }
}

/// `403 AccessDenied`
fn ended(call: &Call) -> String {
    match (call.outcome.status, call.outcome.error.as_deref()) {
        (Some(status), Some(error)) => format!("{status} {error}"),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => error.to_owned(),
        (None, None) => String::new(),
    }
}
