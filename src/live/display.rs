//! Who is shown what while a recording goes on: nobody, a log of new actions, or the live view.

use std::collections::HashSet;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crate::authorize::Requirement;
use crate::call::{Call, Name};
use crate::output::console::{Console, Verbosity};
use crate::policy::{Builder, Order, Statement};
use crate::session::counts::Counts;
use crate::text::Foreign;
use crate::view::frame::{self, Heard, State};
use crate::view::terminal::{self, Input, Terminal};

/// What is shown while a recording goes on.
pub enum Display {
    /// Nothing.
    Silent,
    /// A line on stderr for each new action.
    Lines(HashSet<Name>),
    /// The live view.
    View(Box<View>),
}

/// The live view and what it shows.
pub struct View {
    terminal: Terminal,
    state: State,
    start: Instant,
    /// The builder's generation that the state holds.
    shown: u64,
    refresh: Duration,
    /// When the policy may be shown anew.
    next_policy: Instant,
    next: Instant,
}

/// What the view says before the first call.
#[derive(Debug, Default)]
pub struct Title {
    /// What is recorded.
    pub title: String,
    /// What to do.
    pub waiting: Vec<String>,
    /// The policy is shown anew no more often than this.
    pub refresh: Duration,
}

impl Display {
    /// A line for each new action, unless we are to be quiet.
    pub fn lines(console: &Console) -> Display {
        if console.says(Verbosity::Normal) {
            Display::Lines(HashSet::new())
        } else {
            Display::Silent
        }
    }

    /// Lines where stderr is no terminal. On a terminal they would get into the child's output.
    pub fn lines_off_terminal(console: &Console) -> Display {
        if io::stderr().is_terminal() { Display::Silent } else { Display::lines(console) }
    }

    /// The live view where stderr is a terminal that can be drawn on, else lines.
    pub fn view(title: Title, console: &Console, now: Instant) -> Display {
        let term = std::env::var_os("TERM");
        let possible = console.says(Verbosity::Normal)
            && io::stderr().is_terminal()
            && terminal::can_draw(term.as_deref());
        if !possible {
            return Display::lines(console);
        }
        let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let Ok(terminal) = Terminal::enter(io::stderr(), terminal::Options::new(color)) else {
            return Display::lines(console);
        };
        console.hold();
        let mut state = State::new(title.title);
        state.waiting = title.waiting;
        Display::View(Box::new(View {
            terminal,
            state,
            start: now,
            shown: 0,
            refresh: title.refresh,
            next_policy: now,
            next: now,
        }))
    }

    /// A call has ended; whether anything is known of its operation, and whether it made the policy grow.
    pub fn call(&mut self, call: &Call, known: bool, grown: bool) {
        if let Display::View(view) = self {
            let mut heard = Heard::new(call.service.clone());
            heard.operation.clone_from(&call.operation);
            heard.region.clone_from(&call.region);
            heard.status = call.outcome.status;
            heard.error.clone_from(&call.outcome.error);
            heard.recognized = known;
            heard.new = grown;
            view.state.heard(heard);
        }
    }

    /// The policy has grown by this.
    pub fn requirement(&mut self, requirement: &Requirement, console: &Console) {
        if let Display::Lines(seen) = self
            && seen.insert(requirement.action.clone())
        {
            let Requirement { action, resources, .. } = requirement;
            console.say(format_args!("+ {action} on {}", Foreign(&resources.join(", "))));
        }
    }

    /// Something the user must see now.
    pub fn notice(&mut self, sentence: &str) {
        if let Display::View(view) = self {
            view.state.notice = Some(sentence.to_owned());
        }
    }

    /// When the view is to be drawn again.
    pub fn next(&self) -> Option<Instant> {
        match self {
            Display::View(view) => Some(view.next),
            Display::Silent | Display::Lines(_) => None,
        }
    }

    /// Draws the view when it is time.
    pub fn draw(
        &mut self,
        builder: &Builder,
        order: Order,
        counts: &Counts,
        refused: u64,
        dropped: u64,
        now: Instant,
    ) {
        let Display::View(view) = self else { return };
        if now < view.next {
            return;
        }
        view.next = now + terminal::INTERVAL;
        view.state.elapsed = now.saturating_duration_since(view.start);
        view.state.counts = frame::Counts {
            calls: counts.calls,
            actions: u64::try_from(builder.action_count()).unwrap_or(u64::MAX),
            not_recognized: counts.unrecognized.total(),
            dropped,
            failed: counts.failed.total(),
            refused,
        };
        if view.shown != builder.generation() && now >= view.next_policy {
            view.next_policy = now + view.refresh;
            view.shown = builder.generation();
            view.state.set_policy(builder.policy(order).statements.into_iter().map(shown));
        }
        view.terminal.draw(&view.state);
    }

    /// Whether the user asked to stop.
    pub fn wants_to_stop(&mut self) -> bool {
        match self {
            Display::View(view) => view.terminal.poll_input(Duration::ZERO) == Some(Input::Quit),
            Display::Silent | Display::Lines(_) => false,
        }
    }

    /// Gives the terminal back, and prints what waited.
    pub fn end(&mut self, console: &Console) {
        *self = Display::Silent;
        console.release();
    }
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
