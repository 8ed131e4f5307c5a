//! What AWS denied, in its own words, and whether a policy can change it.

use std::fmt::Write as _;

use super::{LONGEST_SENTENCE, Tally, counted};
use crate::authorize::{Because, Denial};
use crate::call::Call;
use crate::commands::settings::Which;

/// The causes, in the order in which they are told: the one that the policy cures, and those that it cannot.
const CAUSES: [Because; 9] = [
    Because::NoIdentityPolicy,
    Because::NotSaid,
    Because::ExplicitIdentityDeny,
    Because::PermissionsBoundary,
    Because::ServiceControlPolicy,
    Because::ResourceControlPolicy,
    Because::SessionPolicy,
    Because::ResourcePolicy,
    Because::VpcEndpointPolicy,
];
pub(super) const NO_WORD: &str = "(the answer says nothing; those to HEAD requests have no text)";

/// Denials, counted by cause and sentence.
#[derive(Debug, Default)]
pub struct Denials {
    by_cause: [Tally; CAUSES.len()],
    encoded: u64,
}

impl Denials {
    /// Counts a denied call.
    pub(super) fn add(&mut self, call: &Call, denial: Option<&Denial>) {
        let operation = call.operation.as_deref().unwrap_or_default();
        let (because, sentence) = match denial {
            Some(denial) => (denial.because, &*denial.sentence),
            None if is_refused_without_a_word(call) => (Because::NotSaid, NO_WORD),
            None => return,
        };
        self.encoded += u64::from(denial.is_some_and(|it| it.encoded));
        let sentence = if sentence.trim().is_empty() { NO_WORD } else { sentence };
        if let Some(index) = CAUSES.iter().position(|it| *it == because) {
            let name = [&*call.service, operation, sentence];
            self.by_cause[index].add_cut(name, LONGEST_SENTENCE);
        }
    }

    /// How many calls were denied.
    pub fn total(&self) -> u64 {
        self.by_cause.iter().map(Tally::total).sum()
    }

    /// Tells them; `calls` are those that are in the policy.
    pub(super) fn tell(&self, calls: Which, text: &mut String) {
        for (because, tally) in CAUSES.iter().zip(&self.by_cause) {
            if tally.total() == 0 {
                continue;
            }
            let number = counted(tally.total(), "call");
            let verdict = match because {
                _ if because.can_be_cured() && calls == Which::Succeeded => {
                    "the policy does not, because of --succeeded-only"
                }
                Because::NoIdentityPolicy => "the policy has it now",
                Because::NotSaid => "the policy has what those calls need",
                _ => "no policy for the caller can change that",
            };
            let because = because.as_str();
            let _ = writeln!(text, "  {number} denied because {because}; {verdict}:");
            tally.list(text);
        }
        if self.encoded > 0 {
            let (answers, have) = match self.encoded {
                1 => ("1 answer".to_owned(), "has"),
                more => (format!("{more} answers"), "have"),
            };
            let _ = writeln!(
                text,
                "  {answers} also {have} an encoded message, which is not kept; whoever may call sts:DecodeAuthorizationMessage reads \
                 it with\n    aws sts decode-authorization-message --encoded-message MESSAGE"
            );
        }
    }
}

/// Whether a call was refused in an answer without a body.
fn is_refused_without_a_word(call: &Call) -> bool {
    let outcome = &call.outcome;
    // SDKs make a code of the status, and call the rest `Forbidden`.
    let code = outcome.error.as_deref().unwrap_or_default();
    outcome.status == Some(403)
        && matches!(code, "" | "403" | "Forbidden")
        && outcome.message.as_deref().is_none_or(|it| it == "Forbidden")
}
