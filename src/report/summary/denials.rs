//! What AWS denied, and whether a policy can change it.

use std::fmt::Write as _;

use crate::authorize::Because;
use crate::report::summary::list::list;
use crate::session::denials::{CAUSES, Denials};
use crate::session::tally::Tally;
use crate::session::which::Which;
use crate::text::counted;

/// Denials for one reason, of one operation, in the same words.
#[derive(Debug)]
pub struct Denied {
    /// The operation (`s3.PutObject`).
    pub call: String,
    /// Why, and what that means for the policy.
    pub why: String,
    /// What AWS said.
    pub words: String,
    /// How often.
    pub times: u64,
    /// Whether the policy does not have what they need.
    pub open: bool,
}

/// The denials one by one; `calls` are those that are in the policy.
pub fn denied(denials: &Denials, calls: Which) -> impl Iterator<Item = Denied> {
    let entries =
        [("an entry of a call that succeeded otherwise".to_owned(), &denials.entries, true)];
    let causes = causes(denials)
        .map(move |(because, tally, is_known)| {
            let verdict = if is_known {
                verdict(*because, is_known, calls)
            } else {
                "the policy does not have it; the summary says why"
            };
            let open =
                !is_known || !matches!(because, Because::NoIdentityPolicy | Because::NotSaid);
            (format!("{}; {verdict}", because.as_str()), tally, open)
        })
        .chain(entries);
    causes.flat_map(|(why, tally, open)| {
        tally.entries().map(move |([service, operation, words], times)| Denied {
            call: format!("{service}.{operation}"),
            why: why.clone(),
            words: words.to_string(),
            times,
            open,
        })
    })
}

/// What was denied by its cause, first that of which the policy knows.
fn causes(denials: &Denials) -> impl Iterator<Item = (&'static Because, &Tally, bool)> {
    let known = CAUSES.iter().zip(&denials.by_cause).map(|(because, tally)| (because, tally, true));
    known.chain(CAUSES.iter().zip(&denials.not_added).map(|(cause, tally)| (cause, tally, false)))
}

/// What a denial means for the policy.
fn verdict(because: Because, is_known: bool, calls: Which) -> &'static str {
    match because {
        _ if !is_known => "the policy does not have it, as said above",
        _ if because.can_be_cured() && calls == Which::Succeeded => {
            "the policy does not, because of --succeeded-only"
        }
        Because::NoIdentityPolicy => "the policy has it now",
        Because::NotSaid => "the policy has what those calls need",
        _ => "no policy for the caller can change that",
    }
}

/// Tells them; `calls` are those that are in the policy.
pub(crate) fn tell(denials: &Denials, calls: Which, text: &mut String) {
    for (because, tally, is_known) in causes(denials) {
        if tally.total() == 0 {
            continue;
        }
        let number = counted(tally.total(), "call");
        let verdict = verdict(*because, is_known, calls);
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
