//! What AWS denied, in its own words, and whether a policy can change it.

use crate::authorize::{Because, Decision, Denial, NotAdded, Upshot};
use crate::call::Call;
use crate::session::aside::{Aside, Asides};
use crate::session::tally::Tally;

/// The causes, in the order in which they are told: the one that the policy cures, and those that it cannot.
pub(crate) const CAUSES: [Because; 12] = [
    Because::NoIdentityPolicy,
    Because::NotSaid,
    Because::ExplicitIdentityDeny,
    Because::ExplicitDeny,
    Because::PermissionsBoundary,
    Because::ServiceControlPolicy,
    Because::ResourceControlPolicy,
    Because::SessionPolicy,
    Because::ResourcePolicy,
    Because::TrustPolicy,
    Because::VpcEndpointPolicy,
    Because::AnotherPrincipal,
];
/// The newer sentences end with the ARN of the policy that denies, behind the ARNs of who, what and the resource.
const LONGEST: usize = 800;
pub(crate) const NO_WORD: &str = "(the answer says nothing; those to HEAD requests have no text)";

/// Denials, counted by cause and sentence.
#[derive(Debug, Default)]
pub struct Denials {
    pub(crate) by_cause: [Tally; CAUSES.len()],
    /// Those of which the policy does not have what they ask for.
    pub(crate) not_added: [Tally; CAUSES.len()],
    /// Entries of calls that succeeded otherwise.
    pub(crate) entries: Tally,
    pub(crate) encoded: u64,
}

impl Denials {
    /// Counts what was denied of a call, and what of it is left out of the policy.
    pub(crate) fn hear(&mut self, call: &Call, decision: &Decision, asides: &mut Asides) {
        let operation = call.operation.as_deref().unwrap_or_default();
        if call.outcome.failed() {
            self.add(call, decision.denial.as_ref());
        }
        for denial in decision.denial.iter().chain(&decision.denied_entries) {
            if let Upshot::NotAdded(why) = denial.upshot {
                let name = [&*call.service, operation, &asked_for(denial)];
                asides.add_times(aside(why), name, denial.times.into());
            }
        }
        for denial in &decision.denied_entries {
            let times = u64::from(denial.times);
            self.encoded += u64::from(denial.encoded) * times;
            let name = [&*call.service, operation, said(&denial.sentence)];
            self.entries.add_times(name, LONGEST, times);
        }
        let more = u64::from(call.evidence.more_refusals);
        if more > 0 {
            self.entries.add_times([&call.service, operation, MORE], LONGEST, more);
        }
    }

    /// Counts a denied call.
    fn add(&mut self, call: &Call, denial: Option<&Denial>) {
        let operation = call.operation.as_deref().unwrap_or_default();
        let (because, sentence, upshot) = match denial {
            Some(denial) => (denial.because, &*denial.sentence, denial.upshot),
            None if is_refused_without_a_word(call) => (Because::NotSaid, NO_WORD, Upshot::Known),
            None => return,
        };
        self.encoded += u64::from(denial.is_some_and(|it| it.encoded));
        let tallies = match upshot {
            Upshot::NotAdded(_) => &mut self.not_added,
            Upshot::Known | Upshot::Added | Upshot::Elsewhere => &mut self.by_cause,
        };
        if let Some(index) = CAUSES.iter().position(|it| *it == because) {
            tallies[index].add_cut([&call.service, operation, said(sentence)], LONGEST);
        }
    }

    /// How many were denied inside answers that succeeded otherwise.
    pub fn inside(&self) -> u64 {
        self.entries.total()
    }

    /// How many calls were denied.
    pub fn total(&self) -> u64 {
        self.by_cause.iter().chain(&self.not_added).map(Tally::total).sum()
    }
}

const MORE: &str = "(more than are kept of one answer)";

fn said(sentence: &str) -> &str {
    if sentence.trim().is_empty() { NO_WORD } else { sentence }
}

/// The action and the resource that a denial names, for the list of those that were left out.
fn asked_for(denial: &Denial) -> String {
    match (&denial.action, &denial.resource) {
        (Some(action), Some(resource)) => format!("{action} on {resource}"),
        (Some(action), None) => action.clone(),
        (None, _) => denial.sentence.clone(),
    }
}

/// What is said of a denial that adds nothing.
fn aside(why: NotAdded) -> Aside {
    match why {
        NotAdded::Unrecognized | NotAdded::Unsigned => Aside::DenialOfNobody,
        NotAdded::NotFromAws => Aside::DenialNotFromAws,
        NotAdded::NoSuchAction => Aside::DenialOfNoAction,
        NotAdded::OtherResource => Aside::DenialOnOtherResource,
        NotAdded::TooMany => Aside::DenialBeyondBound,
        NotAdded::Reported => Aside::DenialReported,
        NotAdded::NoSuchRole => Aside::LinkedRole,
    }
}

/// Whether a call was refused in an answer without a body.
pub(crate) fn is_refused_without_a_word(call: &Call) -> bool {
    let outcome = &call.outcome;
    // SDKs make a code of the status, and call the rest `Forbidden`.
    let code = outcome.error.as_deref().unwrap_or_default();
    outcome.status == Some(403)
        && matches!(code, "" | "403" | "Forbidden")
        && outcome.message.as_deref().is_none_or(|it| it == "Forbidden")
}
