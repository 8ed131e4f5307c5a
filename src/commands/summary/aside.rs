//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{LONGEST_NAME, Tally, counted};

/// Why something that was heard is left out of the policy. The summary tells them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// A connection of another user of this machine.
    OthersConnection,
    /// A connection whose other end was closed before it was looked at.
    ClosedConnection,
    /// A datagram of another user of this machine.
    OthersDatagram,
    /// A report over client-side monitoring without what is known to the command alone.
    OthersReport,
}

impl Aside {
    /// What is counted (`call`, `datagram`).
    fn noun(self) -> &'static str {
        match self {
            Aside::OthersConnection | Aside::ClosedConnection => "connection",
            Aside::OthersDatagram => "datagram",
            Aside::OthersReport => "report",
        }
    }

    /// The rest of the sentence that begins with how many there were: why, and what to do.
    fn reason(self) -> &'static str {
        match self {
            Aside::OthersConnection => {
                "of other users of this machine refused; --allow-user NAME lets one in"
            }
            Aside::ClosedConnection => {
                "refused that had been closed at the other end, so that nobody can tell whose it was"
            }
            Aside::OthersDatagram => {
                "of other users of this machine not used; --allow-user NAME takes one's in"
            }
            Aside::OthersReport => {
                "over client-side monitoring not used, without the AWS_CSM_CLIENT_ID that only the command was given"
            }
        }
    }

    /// What is said when the first one comes, before its name.
    pub fn first(self) -> &'static str {
        match self {
            Aside::OthersConnection => "refused a connection of another user",
            Aside::ClosedConnection => "refused a connection that was closed at the other end",
            Aside::OthersDatagram => "refused a datagram of another user",
            Aside::OthersReport => "left out a report that is not the command's",
        }
    }
}

/// What was left out, counted by reason and name, in bounded memory.
#[derive(Debug, Default)]
pub struct Asides(BTreeMap<Aside, Tally>);

impl Asides {
    /// Counts one: its service, operation and detail, each of which may be empty.
    pub fn add(&mut self, aside: Aside, name: [&str; 3]) {
        self.add_times(aside, name, 1);
    }

    /// Counts several of one name.
    pub fn add_times(&mut self, aside: Aside, name: [&str; 3], times: u64) {
        self.0.entry(aside).or_default().add_times(name, times, LONGEST_NAME);
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
