//! What is said on stderr, and how much of it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::output::color::{self, Tone};
use crate::output::patience;
use crate::text;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors, and that the policy may be incomplete.
    Quiet,
    /// What was heard.
    Normal,
    /// Also how it was heard.
    Verbose,
    /// Also each call.
    Calls,
}

/// Standard error. While a live view is on the terminal, lines wait until it is gone.
#[derive(Debug, Clone)]
pub struct Console {
    verbosity: Verbosity,
    /// The lines that wait; `None` while nothing has to.
    waiting: Arc<Mutex<Option<String>>>,
}

impl Console {
    /// Standard error with this much on it.
    pub fn new(verbosity: Verbosity) -> Console {
        Console { verbosity, waiting: Arc::default() }
    }

    /// Whether this much is said.
    pub fn says(&self, verbosity: Verbosity) -> bool {
        self.verbosity >= verbosity
    }

    /// Something that is said however quiet we are; one sentence.
    pub fn warn(&self, sentence: impl std::fmt::Display) {
        let text = format!("leastwise: {}\n", text::sentence(&sentence.to_string()));
        self.write(&text, Tone::Warning);
    }

    /// A line of what was heard.
    pub fn say(&self, line: impl std::fmt::Display) {
        if self.says(Verbosity::Normal) {
            self.print(&format!("{}\n", text::sentence(&line.to_string())));
        }
    }

    /// A line about how things are done.
    pub fn detail(&self, line: impl std::fmt::Display) {
        if self.says(Verbosity::Verbose) {
            self.print(&format!("leastwise: {}\n", text::sentence(&line.to_string())));
        }
    }

    /// Several lines, without anything that a terminal would obey.
    pub fn print(&self, text: &str) {
        self.write(text, Tone::Plain);
    }

    fn write(&self, text: &str, tone: Tone) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            Some(waiting) => waiting.push_str(text),
            // Where stderr is closed there is nobody to tell that.
            None => {
                let shown = text::page(text);
                let colored = color::on_stderr(&shown, tone);
                drop(patience::write_all(std::io::stderr(), colored.as_bytes()));
            }
        }
    }

    /// From now on lines wait.
    pub fn hold(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// Lines that waited are printed, and later ones at once.
    pub fn release(&self) {
        let waited = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.print(&waited.unwrap_or_default());
    }
}
