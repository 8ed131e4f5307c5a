//! Who is shown what while a recording goes on: nobody, a log of new actions, or the live view.

mod watched;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crate::authorize::Requirement;
use crate::call::{Call, Name};
use crate::output::console::{Console, Verbosity};
use crate::policy::Order;
use crate::session::Session;
use crate::text::Foreign;
use crate::view::frame::{Command, Input, State};
use crate::view::terminal::{self, Terminal};
use watched::Watched;

/// What is shown while a recording goes on.
pub enum Display {
    /// Nothing.
    Silent,
    /// A line on stderr for each new action.
    Lines(HashSet<Name>),
    /// The live view.
    View(Box<Watched>),
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
    /// The command that runs in a pane of its own.
    pub command: Option<Command>,
}

impl Title {
    /// The title of a command that is run.
    pub fn of(command: &[OsString], own_terminal: Option<Command>) -> Title {
        let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        Title { title: words.join(" "), command: own_terminal, ..Title::default() }
    }
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
        let raw = title.command.is_some();
        let options = terminal::Options { raw, ..terminal::Options::new(color) };
        let Ok(terminal) = Terminal::enter(io::stderr(), options) else {
            return Display::lines(console);
        };
        console.hold();
        let mut state = State::new(title.title);
        state.waiting = title.waiting;
        Display::View(Box::new(Watched::new(terminal, state, title.command, title.refresh, now)))
    }

    /// A call has ended: what it needs, whether anything is known of its operation, and whether it made the policy grow.
    pub fn call(&mut self, call: &Call, requirements: &[Requirement], known: bool, grown: bool) {
        if let Display::View(view) = self {
            view.call(call, requirements, known, grown);
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
            view.notice(sentence);
        }
    }

    /// What came of a key.
    pub fn say(&mut self, sentence: String) {
        if let Display::View(view) = self {
            view.say(sentence);
        }
    }

    /// Hands the policy to the terminal's clipboard.
    pub fn copy(&mut self, policy: String, statements: usize) {
        if let Display::View(view) = self {
            view.copy(policy, statements);
        }
    }

    /// When the view is to be drawn again.
    pub fn next(&self) -> Option<Instant> {
        match self {
            Display::View(view) => Some(view.next()),
            Display::Silent | Display::Lines(_) => None,
        }
    }

    /// Draws the view when it is time.
    pub fn draw(
        &mut self,
        session: &Session,
        order: Order,
        refused: u64,
        dropped: u64,
        now: Instant,
    ) {
        if let Display::View(view) = self {
            view.draw(session, order, refused, dropped, now);
        }
    }

    /// What the user asked for by keys and somebody else has to do; what the view can do itself is done.
    pub fn asked(&mut self) -> Vec<Input> {
        match self {
            Display::View(view) => view.asked(),
            Display::Silent | Display::Lines(_) => Vec::new(),
        }
    }

    /// Gives the terminal back, and prints what waited.
    pub fn end(&mut self, console: &Console) {
        if let Display::View(view) = std::mem::replace(self, Display::Silent) {
            view.end();
        }
        console.release();
    }
}
