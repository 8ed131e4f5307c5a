//! What was heard and is not in the policy, by the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{LONGEST_NAME, Tally, counted};

/// Why something that was heard is left out of the policy. The summary tells them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
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
    /// What is counted (`call`, `datagram`).
    fn noun(self) -> &'static str {
        match self {
            Aside::DenialNotFromAws
            | Aside::DenialOfNobody
            | Aside::DenialOfNoAction
            | Aside::DenialOnOtherResource
            | Aside::DenialBeyondBound
            | Aside::DenialReported
            | Aside::LinkedRole => "denial",
        }
    }

    /// The rest of the sentence that begins with how many there were: why, and what to do.
    fn reason(self) -> &'static str {
        match self {
            Aside::DenialNotFromAws => {
                "not added, since nothing shows that AWS said it, and by AWS's lists the call does not need this; if it \
                 does, give a rule with --rules, or add it by hand"
            }
            Aside::DenialOfNobody => {
                "not added, since the call was not recognised or bore no credentials; add it by hand if the call is yours"
            }
            Aside::DenialOfNoAction => {
                "not added, since AWS has no such action; look up what the service calls it"
            }
            Aside::DenialOnOtherResource => {
                "not added, since it names no resource of a type that the action has; look up on what it is needed, and add it by hand"
            }
            Aside::DenialBeyondBound => {
                "not added, since denials ask for more than is kept; run again with the policy so far"
            }
            Aside::DenialReported => {
                "that an answer reports of what happened before, maybe to another principal, and so not added; if it \
                 was the caller, add it by hand"
            }
            Aside::LinkedRole => {
                "not added, since it does not say for which service a role is to be made; \
                 give iam:CreateServiceLinkedRole with the condition iam:AWSServiceName, or make the role beforehand"
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

    /// Counts as many of the same.
    pub fn add_times(&mut self, aside: Aside, name: [&str; 3], times: u64) {
        self.0.entry(aside).or_default().add_times(name, LONGEST_NAME, times);
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
