//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Tally, counted};

/// Why something that was heard is left out of the policy. The summary tells them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// AWS did not know, or did not believe, who called.
    Unauthenticated,
    /// No credentials that IAM stands behind.
    Anonymous,
    /// Plain HTTP to another machine that the user did not name.
    PlainHttp,
    /// TLS to a host of AWS's that does not serve the operation.
    OtherService,
    /// TLS to a host of which nothing is known.
    UnknownHost,
}

impl Aside {
    /// What is counted (`call`, `datagram`).
    fn noun(self) -> &'static str {
        match self {
            Aside::Unauthenticated
            | Aside::Anonymous
            | Aside::PlainHttp
            | Aside::OtherService
            | Aside::UnknownHost => "call",
        }
    }

    /// The rest of the sentence that begins with how many there were: why, and what to do.
    fn reason(self) -> &'static str {
        match self {
            Aside::Unauthenticated => {
                "not in the policy: AWS did not accept the credentials, and so asked for no permission; renew them and record again"
            }
            Aside::Anonymous => {
                "without credentials of IAM's, which need no policy of the caller's, and so not in it; --anonymous include takes them in"
            }
            Aside::PlainHttp => {
                "over plain HTTP to hosts that nobody vouches for, and so not in the policy; where one stands in for AWS, the option behind it takes its calls in"
            }
            Aside::OtherService => {
                "to hosts of AWS's that serve something else, and so not in the policy; look up what led the program there"
            }
            Aside::UnknownHost => {
                "to hosts that are no known address of the service, and so not in the policy; where one is yours, the option behind it takes its calls in"
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

    /// How many there were of all kinds.
    pub fn all(&self) -> u64 {
        self.0.values().map(Tally::total).sum()
    }

    /// All of it, as text; empty where nothing was left out.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.tell(&mut text);
        text
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
