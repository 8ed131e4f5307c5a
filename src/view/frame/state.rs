//! What is known about a recording, kept as the view needs it.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How many different calls are kept to be shown.
const CALLS_KEPT: usize = 48;

/// How long what is new stays marked.
const MARKED: Duration = Duration::from_millis(2500);

/// Everything that a [`frame`](super::frame) shows.
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
    /// One sentence that the user must see, above the status line: a file that cannot be written.
    pub notice: Option<String>,
    pub(super) statements: Vec<Shown>,
    pub(super) calls: VecDeque<Repeated>,
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

    pub(super) fn failed(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 400)
    }

    /// Whether it is shown in the same line as `other`.
    fn same_line(&self, other: &Heard) -> bool {
        self.operation == other.operation
            && self.service == other.service
            && self.status == other.status
            && self.error == other.error
            && self.region == other.region
            && self.recognized == other.recognized
    }
}

/// A call, how often it came, and when it last made the policy grow.
#[derive(Debug, Clone)]
pub(super) struct Repeated {
    pub(super) call: Heard,
    pub(super) times: u64,
    pub(super) last_new: Option<Duration>,
}

/// A statement, and since when each part of it is there.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) statement: Statement,
    pub(super) changed: Duration,
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
        let last_new = call.new.then_some(self.elapsed);
        let mut repeated = Repeated { call, times: 1, last_new };
        let known = self.calls.iter().position(|known| known.call.same_line(&repeated.call));
        if let Some(known) = known.and_then(|index| self.calls.remove(index)) {
            repeated.times += known.times;
            repeated.last_new = last_new.or(known.last_new);
        }
        self.calls.push_front(repeated);
        self.calls.truncate(CALLS_KEPT);
    }

    /// The policy has changed to these statements; what was not there before counts as new.
    pub fn set_policy(&mut self, statements: impl IntoIterator<Item = Statement>) {
        let before = std::mem::take(&mut self.statements);
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
                changed: now,
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
            changed: now,
            statement,
        }
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
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn statement(actions: &[&str], resources: &[&str]) -> Statement {
        let owned = |items: &[&str]| items.iter().map(ToString::to_string).collect();
        Statement { actions: owned(actions), resources: owned(resources), conditions: Vec::new() }
    }

    /// The policies one second after the other; of each statement of the last one, when it changed
    /// and since when its actions and resources are there, in seconds.
    fn history(policies: &[&[Statement]]) -> Vec<(u64, Vec<u64>, Vec<u64>)> {
        let mut state = State::default();
        for policy in policies {
            state.set_policy(policy.iter().cloned());
            state.elapsed += SECOND;
        }
        let seconds = |list: &[Duration]| list.iter().map(Duration::as_secs).collect();
        let shown = state.statements.iter();
        shown
            .map(|s| (s.changed.as_secs(), seconds(&s.actions_since), seconds(&s.resources_since)))
            .collect()
    }

    #[test]
    fn an_unchanged_policy_has_nothing_new() {
        let policy: &[Statement] = &[statement(&["s3:A"], &["b"]), statement(&["s3:B"], &["*"])];
        let first = vec![(0, vec![0], vec![0]), (0, vec![0], vec![0])];
        assert_eq!(history(&[policy, policy, policy]), first);
    }

    #[test]
    fn an_action_that_joins_a_statement_is_new_although_another_statement_had_it() {
        let before = [statement(&["s3:Get"], &["a"]), statement(&["s3:Put"], &["b"])];
        let after = [statement(&["s3:Get", "s3:Put"], &["a"]), statement(&["s3:Put"], &["b"])];
        let shown = history(&[&before, &after]);
        assert_eq!(shown, [(1, vec![0, 1], vec![0]), (0, vec![0], vec![0])]);
    }

    #[test]
    fn a_resource_that_joins_a_statement_is_new() {
        let before = [statement(&["s3:Get"], &["a"])];
        let after = [statement(&["s3:Get"], &["a", "b"])];
        assert_eq!(history(&[&before, &after]), [(1, vec![0], vec![0, 1])]);
    }

    #[test]
    fn a_statement_with_the_actions_of_another_is_told_from_it() {
        let other = statement(&["s3:Get"], &["z"]);
        let before = [statement(&["s3:Get"], &["a"]), other.clone()];
        let after = [statement(&["s3:Get"], &["a", "b"]), other, statement(&["s3:Get"], &["c"])];
        assert_eq!(
            history(&[&before, &after]),
            [(1, vec![0], vec![0, 1]), (0, vec![0], vec![0]), (1, vec![1], vec![1])]
        );
    }

    #[test]
    fn a_statement_that_moves_is_not_new() {
        let old = statement(&["s3:Get"], &["a"]);
        let new = statement(&["ec2:Run"], &["*"]);
        let shown = history(&[std::slice::from_ref(&old), &[new, old.clone()]]);
        assert_eq!(shown, [(1, vec![1], vec![1]), (0, vec![0], vec![0])]);
    }

    #[test]
    fn a_statement_that_grows_both_ways_at_once_is_followed_by_its_place() {
        let before = [statement(&["s3:Get"], &["a"])];
        let after = [statement(&["s3:Get", "s3:Put"], &["a", "b"])];
        assert_eq!(history(&[&before, &after]), [(1, vec![0, 1], vec![0, 1])]);
    }

    #[test]
    fn equal_calls_share_a_line_and_the_newest_is_first() {
        let mut state = State::default();
        for service in ["s3", "iam", "s3"] {
            state.heard(Heard::new(service));
        }
        state.heard(Heard { status: Some(403), ..Heard::new("s3") });
        let lines: Vec<_> =
            state.calls.iter().map(|c| (c.call.service.as_ref(), c.call.status, c.times)).collect();
        assert_eq!(lines, [("s3", Some(403), 1), ("s3", None, 2), ("iam", None, 1)]);
    }

    #[test]
    fn calls_beyond_what_a_screen_holds_are_let_go() {
        let mut state = State::default();
        for number in 0..1000 {
            state.heard(Heard::new(format!("service-{number}")));
        }
        assert_eq!(state.calls.len(), CALLS_KEPT);
        assert_eq!(state.calls[0].call.service, "service-999");
    }
}
