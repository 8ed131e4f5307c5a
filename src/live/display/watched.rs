//! The live view, and what it is told: each call as it ends, the policy and the rest when it is drawn.

use std::time::{Duration, Instant};

use indexmap::IndexMap;

use crate::authorize::Requirement;
use crate::call::{Answerer, Call};
use crate::output::patience;
use crate::policy::{Order, Statement};
use crate::report::explain::{self, Evidence};
use crate::report::summary;
use crate::session::Session;
use crate::text::{beginning, counted};
use crate::view::frame::{self, Caller, Command, Denial, Heard, Input, State, Subject};
use crate::view::terminal::{self, LONGEST_COPY, Terminal};

/// Calls that differ in what an explanation tells of them are told apart up to this number: some 10 MB of them.
const MOST_EXPLAINED: usize = 20_000;
/// Calls that we refused are listed up to this number, by operation.
const MOST_REFUSED: usize = 1_000;
/// Principals are listed up to this number.
const MOST_CALLERS: usize = 1_000;
/// How often what a command writes is printed once the view is closed.
const HANDED_OVER_EVERY: Duration = Duration::from_millis(20);
/// Names of operations are kept up to this length.
const LONGEST_NAME: usize = 100;

/// The live view and what it shows.
pub struct Watched {
    terminal: Terminal,
    state: State,
    /// The command that runs in a pane of its own.
    command: Option<Command>,
    /// The view was closed, and the command goes on: what it had written is still to be printed, or has been.
    passed: Option<Vec<u8>>,
    is_handed_over: bool,
    /// Why the policy has what it has.
    evidence: Evidence,
    /// Whether more was heard than is told apart for explanations.
    more: bool,
    /// The calls that we refused ourselves, with what their callers were told.
    refused: IndexMap<(Box<str>, Box<str>), u64>,
    start: Instant,
    /// The generation of the policy, how many calls and how many denials the state holds.
    shown: (u64, u64, u64),
    refresh: Duration,
    /// When the policy may be shown anew.
    next_policy: Instant,
    next: Instant,
}

impl Watched {
    /// The view of a recording that begins; the policy is shown anew no more often than at `refresh`.
    pub(super) fn new(
        terminal: Terminal,
        mut state: State,
        command: Option<Command>,
        refresh: Duration,
        now: Instant,
    ) -> Watched {
        if let Some(command) = &command {
            state.set_command(command.clone());
            // It begins with the size that its pane has.
            let (columns, rows) = terminal.size().unwrap_or((80, 24));
            frame::frame(&mut state, columns, rows);
        }
        Watched {
            terminal,
            state,
            command,
            passed: None,
            is_handed_over: false,
            evidence: Evidence::default(),
            more: false,
            refused: IndexMap::new(),
            start: now,
            shown: (0, 0, 0),
            refresh,
            next_policy: now,
            next: now,
        }
    }

    pub(super) fn call(
        &mut self,
        call: &Call,
        requirements: &[Requirement],
        known: bool,
        grown: bool,
    ) {
        let mut heard = Heard::new(call.service.clone());
        heard.operation.clone_from(&call.operation);
        heard.region.clone_from(&call.region);
        heard.status = call.outcome.status;
        heard.error.clone_from(&call.outcome.error);
        heard.recognized = known;
        heard.new = grown;
        self.state.heard(heard);
        if self.evidence.kinds() < MOST_EXPLAINED {
            self.evidence.hear(call, requirements);
        } else {
            self.more = true;
        }
        if call.evidence.answerer == Answerer::Ourselves && call.outcome.failed() {
            let operation = call.operation.as_deref().unwrap_or("?");
            let name = beginning(&format!("{}.{operation}", call.service), LONGEST_NAME);
            let words = call.outcome.message.as_deref().unwrap_or_default();
            let key = (name, beginning(words, 4 * LONGEST_NAME));
            if self.refused.contains_key(&key) || self.refused.len() < MOST_REFUSED {
                *self.refused.entry(key).or_default() += 1;
            }
        }
    }

    pub(super) fn notice(&mut self, sentence: &str) {
        self.state.notice = Some(sentence.to_owned());
    }

    pub(super) fn say(&mut self, sentence: String) {
        self.state.say(sentence);
        self.soon();
    }

    pub(super) fn copy(&mut self, policy: String, statements: usize) {
        let size = policy.len();
        let said = if statements == 0 {
            "there is no policy to copy yet".to_owned()
        } else if size > LONGEST_COPY {
            format!(
                "the policy has {} KB; at most {} KB are copied: write it instead",
                size.div_ceil(1024),
                LONGEST_COPY / 1024
            )
        } else if self.terminal.copy(policy) {
            let policy = counted(statements as u64, "statement");
            format!("copied the policy: {policy}, {size} bytes (if your terminal allows it)")
        } else {
            "the terminal is busy; nothing was copied".to_owned()
        };
        self.say(said);
    }

    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Something has changed by a key: it is shown as soon as the pace allows.
    fn soon(&mut self) {
        self.next = self.next.min(self.terminal.next());
    }

    pub(super) fn asked(&mut self) -> Vec<Input> {
        let keys = self.terminal.keys(Duration::ZERO);
        if keys.is_empty() {
            return Vec::new();
        }
        self.soon();
        let mut left = Vec::new();
        for asked in self.state.typed(&keys) {
            match asked {
                Input::Quit if self.passed.is_some() => {}
                // Only the view ends: the command goes on, with the terminal.
                Input::Quit if self.command.is_some() => self.pass(),
                Input::Explain(subject) => self.explain(&subject),
                asked => left.push(asked),
            }
        }
        left
    }

    fn pass(&mut self) {
        let Some(command) = &self.command else { return };
        self.passed = Some(command.pass());
        self.state.give_keyboard();
        self.hand_over();
    }

    /// Hands to the terminal what the command has written since the view was closed.
    fn hand_over(&mut self) {
        let (Some(command), Some(passed)) = (&self.command, &mut self.passed) else { return };
        if let Some((columns, rows)) = self.terminal.size() {
            command.resize(columns, rows);
        }
        if !self.is_handed_over {
            self.is_handed_over = self.terminal.pass(passed.clone());
            if !self.is_handed_over {
                return;
            }
            passed.clear();
        }
        if passed.is_empty() {
            *passed = command.take_waiting();
        }
        if !passed.is_empty() {
            *passed = self.terminal.print(std::mem::take(passed)).err().unwrap_or_default();
        }
    }

    /// Gives the terminal back, and prints what the command has written and nobody has seen.
    pub(super) fn end(self) {
        let Watched { terminal, command, passed, .. } = self;
        drop(terminal);
        let Some(command) = command else { return };
        let mut left = match passed {
            Some(passed) => passed,
            None => command.left(),
        };
        left.extend(command.take_waiting());
        // Where stderr is closed there is nobody to tell that.
        let _ = patience::write_all(std::io::stderr(), &left);
    }

    fn explain(&mut self, subject: &Subject) {
        let columns = self.terminal.size().map_or(80, |(columns, _)| columns);
        let width = Some(self.state.explained_columns(columns));
        let (title, mut text) = match subject {
            Subject::Granted { actions, resources } => {
                let told = explain::of_a_line(&self.evidence, actions, resources, width);
                let nothing = || {
                    "Nothing that was heard in this run explains it; the recording that the run adds to may.".to_owned()
                };
                ("why", told.unwrap_or_else(nothing))
            }
            Subject::Called { service, operation, ended } => {
                let name = match operation {
                    Some(operation) => format!("{service}.{operation}"),
                    None => service.clone(),
                };
                let known = explain::of_names(&[&name.clone().into()], false, width);
                let unknown = |_| format!("{name}\n\nThe catalogue knows nothing of it.\n");
                ("what this call needs", format!("{}\n{ended}\n", known.unwrap_or_else(unknown)))
            }
        };
        if self.more {
            text.push_str("\nMore was heard than is told apart here; a recording (--record FILE) and leastwise explain tell all of it.\n");
        }
        self.state.explain(title, &text);
    }

    pub(super) fn draw(
        &mut self,
        session: &Session,
        order: Order,
        refused: u64,
        dropped: u64,
        now: Instant,
    ) {
        if now < self.next {
            return;
        }
        if self.passed.is_some() {
            self.next = now + HANDED_OVER_EVERY;
            self.hand_over();
            return;
        }
        self.next = now + terminal::INTERVAL;
        let (policy, counts) = (session.policy(), session.counts());
        self.state.elapsed = now.saturating_duration_since(self.start);
        self.state.counts = frame::Counts {
            calls: counts.calls,
            actions: u64::try_from(policy.action_count()).unwrap_or(u64::MAX),
            not_recognized: counts.unrecognized.total(),
            dropped,
            failed: counts.failed.total(),
            refused,
        };
        if now >= self.next_policy {
            let (generation, calls, denied) = self.shown;
            if generation != policy.generation() {
                self.next_policy = now + self.refresh;
                self.state.set_policy(policy.policy(order).statements.into_iter().map(shown));
            }
            if calls != counts.calls {
                self.state.set_callers(callers(session));
            }
            let now_denied = counts.denials.total()
                + counts.denials.inside()
                + self.refused.values().sum::<u64>();
            if denied != now_denied {
                self.state.set_denials(self.denials(session));
            }
            self.shown = (policy.generation(), counts.calls, now_denied);
        }
        self.terminal.draw(&mut self.state);
    }

    fn denials(&self, session: &Session) -> Vec<Denial> {
        let ours = self.refused.iter().map(|((call, words), times)| Denial {
            call: call.to_string(),
            why: "Leastwise refused it: the policies in force do not allow it".to_owned(),
            words: words.to_string(),
            times: *times,
            open: true,
        });
        let told = summary::denied(&session.counts().denials, session.calls());
        let told = told.map(|it| Denial {
            call: it.call,
            why: it.why,
            words: it.words,
            times: it.times,
            open: it.open,
        });
        ours.chain(told).collect()
    }
}

/// Who was heard, those with the most calls first.
fn callers(session: &Session) -> Vec<Caller> {
    let callers = session.callers();
    let caller = |note: &'static str| {
        move |(principal, share): (_, &crate::session::principals::Share)| Caller {
            name: callers.name(principal).to_owned(),
            calls: share.calls,
            note: note.to_owned(),
        }
    };
    let mut all: Vec<Caller> = callers.selected().map(caller("")).collect();
    all.extend(callers.left_out().map(caller("left out (--principal)")));
    all.sort_by_key(|it| std::cmp::Reverse(it.calls));
    all.truncate(MOST_CALLERS);
    all
}

fn shown(statement: Statement) -> frame::Statement {
    let conditions = statement.conditions.iter().flat_map(|(operator, keys)| {
        let sign = if operator == "StringEquals" { "=" } else { operator.as_ref() };
        keys.iter().map(move |(key, values)| format!("{key} {sign} {}", values.join(", ")))
    });
    frame::Statement {
        conditions: conditions.collect(),
        actions: statement.actions,
        resources: statement.resources,
    }
}
