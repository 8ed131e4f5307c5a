//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;

use crate::session::tally::{LONGEST_NAME, Tally};

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
    /// What a call names cannot be what its action is on.
    OtherKind,
    /// A name was too long to be one, or there were more than are kept of a call.
    Unreadable,
    /// A denial asks for something of AWS that AWS itself did not say.
    DenialNotFromAws,
    /// A denial of a call that was not recognised or not signed.
    DenialOfNobody,
    /// A denial names an action that is none.
    DenialOfNoAction,
    /// A denial names a resource that the action does not have.
    DenialOnOtherResource,
    /// Denials ask for more than is kept.
    DenialBeyondBound,
    /// A denial that an answer reports of something else.
    DenialReported,
    /// A service-linked role for a service that is not said.
    LinkedRole,
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
        self.0.entry(aside).or_default().add_times(name, LONGEST_NAME, times);
    }

    /// How many there were of one kind.
    pub fn total(&self, aside: Aside) -> u64 {
        self.0.get(&aside).map_or(0, Tally::total)
    }

    /// How many there were of all kinds.
    pub fn all(&self) -> u64 {
        self.0.values().map(Tally::total).sum()
    }

    /// Each reason with what was left out for it, in the order in which they are told.
    pub fn iter(&self) -> impl Iterator<Item = (Aside, &Tally)> {
        self.0.iter().map(|(aside, tally)| (*aside, tally))
    }
}
