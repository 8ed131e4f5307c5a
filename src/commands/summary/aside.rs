//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Tally, counted};

/// Why something that was heard is left out of the policy. The summary tells them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// What a call names cannot be what its action is on.
    OtherKind,
    /// A name was too long to be one, or there were more than are kept of a call.
    Unreadable,
}

impl Aside {
    /// What is counted (`call`, `datagram`).
    fn noun(self) -> &'static str {
        match self {
            Aside::OtherKind | Aside::Unreadable => "call",
        }
    }

    /// The rest of the sentence that begins with how many there were: why, and what to do.
    fn reason(self) -> &'static str {
        match self {
            Aside::OtherKind => {
                "named a resource of another kind than the action takes, or of no account or region, and so not in the policy"
            }
            Aside::Unreadable => {
                "named a resource in more than 2 KB, by something other than a text, or among more names than are kept, and so not in the policy"
            }
        }
    }
}

/// What was left out, counted by reason and name, in bounded memory.
#[derive(Debug, Default)]
pub struct Asides(BTreeMap<Aside, Tally>);

impl Asides {
    /// Counts one: its service, operation and detail, each of which may be empty.
    pub fn add(&mut self, aside: Aside, name: [&str; 3]) {
        self.0.entry(aside).or_default().add(name);
    }

    /// How many there were of one kind.
    pub fn total(&self, aside: Aside) -> u64 {
        self.0.get(&aside).map_or(0, Tally::total)
    }

    /// Tells them: for each reason a sentence and the most frequent names.
    pub(super) fn tell(&self, text: &mut String) {
        for (aside, tally) in &self.0 {
            let _ =
                writeln!(text, "  {} {}:", counted(tally.total(), aside.noun()), aside.reason());
            tally.list(text);
        }
    }
}
