//! What AWS denied, and whether a policy can change it.

use std::fmt::Write as _;

use crate::authorize::Because;
use crate::report::summary::list::list;
use crate::session::denials::{CAUSES, Denials};
use crate::session::which::Which;
use crate::text::counted;

/// Tells them; `calls` are those that are in the policy.
pub(crate) fn tell(denials: &Denials, calls: Which, text: &mut String) {
    let known = CAUSES.iter().zip(&denials.by_cause).map(|(because, tally)| (because, tally, true));
    let others = CAUSES.iter().zip(&denials.not_added).map(|(cause, tally)| (cause, tally, false));
    for (because, tally, is_known) in known.chain(others) {
        if tally.total() == 0 {
            continue;
        }
        let number = counted(tally.total(), "call");
        let verdict = match because {
            _ if !is_known => "the policy does not have it, as said above",
            _ if because.can_be_cured() && calls == Which::Succeeded => {
                "the policy does not, because of --succeeded-only"
            }
            Because::NoIdentityPolicy => "the policy has it now",
            Because::NotSaid => "the policy has what those calls need",
            _ => "no policy for the caller can change that",
        };
        let because = because.as_str();
        let _ = writeln!(text, "  {number} denied because {because}; {verdict}:");
        list(tally, text);
    }
    if denials.entries.total() > 0 {
        let number = counted(denials.entries.total(), "denial");
        let _ = writeln!(text, "  {number} inside answers that succeeded otherwise:");
        list(&denials.entries, text);
    }
    if denials.encoded > 0 {
        let (answers, have) = match denials.encoded {
            1 => ("1 answer".to_owned(), "has"),
            more => (format!("{more} answers"), "have"),
        };
        let _ = writeln!(
            text,
            "  {answers} also {have} an encoded message, which is not kept; anyone allowed to call sts:DecodeAuthorizationMessage can read \
             it with\n    aws sts decode-authorization-message --encoded-message MESSAGE"
        );
    }
}
