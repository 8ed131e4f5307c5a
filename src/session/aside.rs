//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::report::summary::{LONGEST_NAME, Tally, counted};

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

impl Aside {
    /// What is counted (`call`, `datagram`), and the rest of the sentence that begins with how many there were: why, and
    /// what to do.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Aside::OthersConnection => (
                "connection",
                "from other users of this machine refused; --allow-user NAME lets a user in",
            ),
            Aside::ClosedConnection => (
                "connection",
                "refused because the other end was already closed, so nobody can tell whose it was",
            ),
            Aside::OthersDatagram => (
                "datagram",
                "from other users of this machine ignored; --allow-user NAME lets a user in",
            ),
            Aside::OthersReport => (
                "report",
                "over client-side monitoring ignored, because the AWS_CSM_CLIENT_ID that only the command knows is missing",
            ),
            Aside::Unauthenticated => (
                "call",
                "left out: AWS did not accept the credentials, so it never asked for a permission; renew them and record again",
            ),
            Aside::Anonymous => (
                "call",
                "left out: made without IAM credentials, so no policy of the caller applies; --anonymous include takes them in",
            ),
            Aside::PlainHttp => (
                "call",
                "left out: made over plain HTTP to a host that nobody vouches for; if it stands in for AWS, the option shown takes its calls in",
            ),
            Aside::OtherService => (
                "call",
                "left out: made to a host of AWS's that does not serve the operation; look up what led the program there",
            ),
            Aside::UnknownHost => (
                "call",
                "left out: made to a host that is not a known address of the service; if it is yours, the option shown takes its calls in",
            ),
            Aside::OtherKind => (
                "call",
                "left out: the request names a resource of another kind than the action takes, or an account or region that cannot exist",
            ),
            Aside::Unreadable => (
                "call",
                "left out: the request names a resource in more than 2 KB, as something other than text, or among more names than are kept",
            ),
            Aside::DenialNotFromAws => (
                "denial",
                "not added, since nothing shows that AWS said it in its own name, and by AWS's lists the call does not need this; if it \
                 does, give a rule with --rules, or add it by hand",
            ),
            Aside::DenialOfNobody => (
                "denial",
                "not added, since the call was not recognised or bore no credentials; add it by hand if the call is yours",
            ),
            Aside::DenialOfNoAction => (
                "denial",
                "not added, since AWS has no such action; look up what the service calls it",
            ),
            Aside::DenialOnOtherResource => (
                "denial",
                "not added, since it names no resource of a type that the action has; look up on what it is needed, and add it by hand",
            ),
            Aside::DenialBeyondBound => (
                "denial",
                "not added, since denials ask for more than is kept; run again with the policy so far",
            ),
            Aside::DenialReported => (
                "denial",
                "that an answer reports of what happened before, maybe to another principal, and so not added; if it \
                 was the caller, add it by hand",
            ),
            Aside::LinkedRole => (
                "denial",
                "not added, since it does not say for which service a role is to be made; \
                 give iam:CreateServiceLinkedRole with the condition iam:AWSServiceName, or make the role beforehand",
            ),
        }
    }

    /// What is said at once when the first refusal of a neighbour comes, before its name.
    pub fn first(self) -> &'static str {
        match self {
            Aside::OthersConnection => "refused a connection of another user",
            Aside::ClosedConnection => "refused a connection that was closed at the other end",
            Aside::OthersDatagram => "refused a datagram of another user",
            _ => "left out a report that is not the command's",
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

    /// All of it, as text; empty where nothing was left out.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.tell(&mut text);
        text
    }

    /// Tells them: for each reason a sentence and the most frequent names.
    pub(crate) fn tell(&self, text: &mut String) {
        for (aside, tally) in &self.0 {
            let (noun, reason) = aside.told();
            let _ = writeln!(text, "  {} {reason}:", counted(tally.total(), noun));
            tally.list(text);
        }
    }
}
