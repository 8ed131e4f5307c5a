//! What is known about a recording, kept as the view needs it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;

use super::command::Command;
use super::look::Look;

/// How many different calls are kept to be shown; the oldest beyond are let go now and then.
pub(super) const CALLS_KEPT: usize = 1000;

/// How long what is new stays marked.
const MARKED: Duration = Duration::from_millis(2500);

/// How long a sentence about what a key has done stays.
const SAID: Duration = Duration::from_secs(6);

/// Names from the network are kept up to this many characters.
const LONGEST: usize = 300;

/// Everything that a [`frame`](super::frame) shows, and where in it the reader is.
///
/// It has no clock: [`elapsed`](State::elapsed) is set by its owner, before the policy and the calls
/// of that moment are.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What is recorded: a command, or the address that is listened on.
    pub title: String,
    /// How long it has been recorded.
    pub elapsed: Duration,
    /// The figures of the status line.
    pub counts: Counts,
    /// Lines shown until the first call is heard: what to do in the other shell.
    pub waiting: Vec<String>,
    /// One sentence that the user must see, above the status line: a file that cannot be written. Escape takes it away.
    pub notice: Option<String>,
    /// What a key has done, until a moment.
    said: Option<(String, Duration)>,
    pub(super) statements: Vec<Shown>,
    /// Grows whenever the statements change.
    pub(super) version: u64,
    calls: IndexMap<Kind, Repeated>,
    /// How many calls were heard; the last one's number.
    heard: u64,
    /// Whether calls were let go.
    pub(super) forgot: bool,
    pub(super) denials: Vec<Denial>,
    pub(super) callers: Vec<Caller>,
    /// The command that runs in a pane of its own.
    pub(super) command: Option<Command>,
    pub(super) look: Look,
}

/// The figures of the status line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls heard.
    pub calls: u64,
    /// Different actions in the policy.
    pub actions: u64,
    /// Calls that the catalogue does not know.
    pub not_recognized: u64,
    /// Datagrams that the kernel dropped: the policy may be incomplete.
    pub dropped: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that the policies in force do not allow, refused or not.
    pub refused: u64,
}

/// One statement of the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// Actions (`s3:PutObject`).
    pub actions: Vec<String>,
    /// ARNs or ARN patterns.
    pub resources: Vec<String>,
    /// Conditions, one sentence each (`iam:PassedToService = lambda.amazonaws.com`).
    pub conditions: Vec<String>,
}

/// Calls that were denied, for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// The operation (`s3.PutBucketPolicy`).
    pub call: String,
    /// Why, and what that means for the policy.
    pub why: String,
    /// What AWS said.
    pub words: String,
    /// How often.
    pub times: u64,
    /// Whether the policy does not have what they need.
    pub open: bool,
}

/// Somebody whose calls were heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The ARN, or what is known instead.
    pub name: String,
    /// How many calls.
    pub calls: u64,
    /// What is to be said of it.
    pub note: String,
}

/// One call, as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The service (`lambda`).
    pub service: Cow<'static, str>,
    /// The operation (`CreateFunction`), where it is known.
    pub operation: Option<Cow<'static, str>>,
    /// The region, where it is known.
    pub region: Option<Cow<'static, str>>,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// The error code of a call that failed.
    pub error: Option<String>,
    /// Whether anything is known of its operation.
    pub recognized: bool,
    /// Whether it made the policy grow.
    pub new: bool,
}

impl Heard {
    /// A call to `service`, recognised and not new; the rest is for the caller to set.
    pub fn new(service: impl Into<Cow<'static, str>>) -> Heard {
        Heard {
            service: service.into(),
            operation: None,
            region: None,
            status: None,
            error: None,
            recognized: true,
            new: false,
        }
    }
}

/// What calls share that are shown in one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) service: Cow<'static, str>,
    pub(super) operation: Option<Cow<'static, str>>,
    pub(super) region: Option<Cow<'static, str>>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) recognized: bool,
}

impl Kind {
    pub(super) fn failed(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 400)
    }
}

/// How often such a call came, and when it last made the policy grow.
#[derive(Debug, Clone)]
pub(super) struct Repeated {
    /// The number of the first of them, by which the line is known.
    pub(super) id: u64,
    pub(super) times: u64,
    /// The number of the last of them.
    last: u64,
    /// What the list is ordered by: as `last`, but while somebody reads it nothing changes its place.
    place: u64,
    pub(super) last_new: Option<Duration>,
}

/// A statement, and since when each part of it is there.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) statement: Statement,
    pub(super) actions_since: Vec<Duration>,
    pub(super) resources_since: Vec<Duration>,
}

impl State {
    /// The state of a recording that begins.
    pub fn new(title: impl Into<String>) -> State {
        State { title: title.into(), ..State::default() }
    }

    /// A call was heard. Equal calls share one line, with how often they came.
    pub fn heard(&mut self, call: Heard) {
        let Heard { service, operation, region, status, error, recognized, new } = call;
        let kind = Kind {
            service: kept(service),
            operation: operation.map(kept),
            region: region.map(kept),
            status,
            error: error.map(|error| kept(error.into()).into_owned()),
            recognized,
        };
        self.heard += 1;
        let last = self.heard;
        let is_read = self.look.reads_calls();
        let known = self.calls.entry(kind).or_insert(Repeated {
            id: last,
            times: 0,
            last,
            place: last,
            last_new: None,
        });
        known.times += 1;
        known.last = last;
        if !is_read {
            known.place = last;
        }
        if new {
            known.last_new = Some(self.elapsed);
        }
        if self.calls.len() > 2 * CALLS_KEPT {
            let mut places: Vec<u64> = self.calls.values().map(|it| it.place).collect();
            let (_, oldest, _) = places.select_nth_unstable(CALLS_KEPT);
            let oldest = *oldest;
            self.calls.retain(|_, it| it.place > oldest);
            self.forgot = true;
        }
    }

    /// Nobody reads the list of calls any more: they are in the order in which they came again.
    pub(super) fn order_calls(&mut self) {
        self.calls.values_mut().for_each(|it| it.place = it.last);
    }

    /// The calls, the newest first.
    pub(super) fn calls_shown(&self) -> impl Iterator<Item = (&Kind, &Repeated)> {
        let mut calls: Vec<_> = self.calls.iter().collect();
        calls.sort_unstable_by_key(|(_, it)| std::cmp::Reverse(it.place));
        calls.into_iter().take(CALLS_KEPT)
    }

    /// How many lines of calls there are.
    pub(super) fn calls_count(&self) -> usize {
        self.calls.len().min(CALLS_KEPT)
    }

    /// Whether more calls were heard than are kept.
    pub(super) fn has_more_calls(&self) -> bool {
        self.forgot || self.calls.len() > CALLS_KEPT
    }

    /// A command runs in a pane of its own, and has the keyboard at first.
    pub fn set_command(&mut self, command: Command) {
        self.command = Some(command);
        self.look.in_command = true;
    }

    /// The command has the keyboard for good.
    pub fn give_keyboard(&mut self) {
        self.look.in_command = true;
    }

    /// These calls were denied so far.
    pub fn set_denials(&mut self, denials: Vec<Denial>) {
        self.denials = denials;
    }

    /// These have called so far.
    pub fn set_callers(&mut self, callers: Vec<Caller>) {
        self.callers = callers;
    }

    /// Tells for a moment what a key has done.
    pub fn say(&mut self, sentence: impl Into<String>) {
        self.said = Some((sentence.into(), self.elapsed.saturating_add(SAID)));
    }

    /// What is to be told at the moment, and whether it must be seen.
    pub(super) fn told(&self) -> Option<(&str, bool)> {
        let said = self.said.as_ref().filter(|(_, until)| self.elapsed < *until);
        said.map(|(said, _)| (said.as_str(), false))
            .or(self.notice.as_deref().map(|notice| (notice, true)))
    }

    /// Takes away what is told; whether there was something.
    pub(super) fn untell(&mut self) -> bool {
        let told = self.told().is_some();
        if self.said.take().is_none_or(|(_, until)| self.elapsed >= until) {
            self.notice = None;
        }
        told
    }

    /// Whether anything was heard.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.calls.is_empty() && self.denials.is_empty()
    }

    /// The policy has changed to these statements; what was not there before counts as new.
    pub fn set_policy(&mut self, statements: impl IntoIterator<Item = Statement>) {
        let before = std::mem::take(&mut self.statements);
        self.version += 1;
        let origins = Origins::of(&before);
        self.statements = statements
            .into_iter()
            .enumerate()
            .map(|(index, statement)| {
                let origin = origins.find(index, &statement);
                Shown::following(statement, origin, self.elapsed)
            })
            .collect();
    }

    /// Whether something that came at `since` is still marked as new.
    pub(super) fn is_marked(&self, since: Duration) -> bool {
        self.elapsed < since.saturating_add(MARKED)
    }
}

impl Shown {
    /// A statement that has grown out of `origin`, if out of any.
    fn following(statement: Statement, origin: Option<&Shown>, now: Duration) -> Shown {
        let Some(origin) = origin else {
            return Shown {
                actions_since: vec![now; statement.actions.len()],
                resources_since: vec![now; statement.resources.len()],
                statement,
            };
        };
        if origin.statement == statement {
            return origin.clone();
        }
        let old = &origin.statement;
        Shown {
            actions_since: since(&statement.actions, &old.actions, &origin.actions_since, now),
            resources_since: since(
                &statement.resources,
                &old.resources,
                &origin.resources_since,
                now,
            ),
            statement,
        }
    }
}

/// A name as it is kept.
fn kept(name: Cow<'static, str>) -> Cow<'static, str> {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name,
    }
}

/// Since when each of `items` is there.
fn since(items: &[String], old: &[String], old_since: &[Duration], now: Duration) -> Vec<Duration> {
    let known: HashMap<&str, Duration> =
        old.iter().map(String::as_str).zip(old_since.iter().copied()).collect();
    items.iter().map(|item| known.get(item.as_str()).copied().unwrap_or(now)).collect()
}

/// The statements of the policy before, to be found again: a statement that has grown still has
/// its resources, or its actions, or at least its place and some of them.
struct Origins<'a> {
    statements: &'a [Shown],
    by_resources: HashMap<(&'a [String], &'a [String]), usize>,
    by_actions: HashMap<(&'a [String], &'a [String]), usize>,
}

impl<'a> Origins<'a> {
    fn of(statements: &'a [Shown]) -> Origins<'a> {
        let key = |list: fn(&Statement) -> &Vec<String>| {
            let keyed =
                statements.iter().enumerate().map(move |(index, Shown { statement, .. })| {
                    ((list(statement).as_slice(), statement.conditions.as_slice()), index)
                });
            keyed.collect()
        };
        Origins {
            statements,
            by_resources: key(|statement| &statement.resources),
            by_actions: key(|statement| &statement.actions),
        }
    }

    fn find(&self, index: usize, statement: &Statement) -> Option<&'a Shown> {
        let conditions = statement.conditions.as_slice();
        let in_place = self.statements.get(index);
        in_place
            .filter(|old| old.statement == *statement)
            .or_else(|| {
                self.at(self.by_resources.get(&(statement.resources.as_slice(), conditions)))
            })
            .or_else(|| in_place.filter(|old| old.statement.shares_with(statement)))
            .or_else(|| {
                // Many statements may have the same actions: it must be about the same things too.
                self.at(self.by_actions.get(&(statement.actions.as_slice(), conditions)))
                    .filter(|old| old.statement.shares_with(statement))
            })
    }

    fn at(&self, index: Option<&usize>) -> Option<&'a Shown> {
        index.and_then(|index| self.statements.get(*index))
    }
}

impl Statement {
    fn shares_with(&self, other: &Statement) -> bool {
        self.conditions == other.conditions
            && self.actions.iter().any(|action| other.actions.contains(action))
            && self.resources.iter().any(|resource| other.resources.contains(resource))
    }
}

#[cfg(test)]
mod tests;
