//! What is said at the end of what was judged.

use std::fmt::Write as _;

use crate::enforce::Counts;
use crate::report::summary::list;
use crate::session::tally::Tally;
use crate::text::counted;

/// The text; with `quiet` only what got through although policies do not allow it, and what could not be seen.
pub fn summary(counts: &Counts, is_soft: bool, quiet: bool) -> String {
    let mut text = String::new();
    if !quiet {
        let heading = if is_soft { "would allow" } else { "allowed" };
        let _ = writeln!(
            text,
            "leastwise: the policies {heading} {}.",
            counted(counts.allowed, "call")
        );
        tell(&counts.refused, "refused; nothing of them was sent on", &mut text);
        tell(
            &counts.withheld,
            "answered with a refusal, since their answers said that they needed more",
            &mut text,
        );
    }
    tell(
        &counts.passed_although,
        "passed, and would be refused: only the answers said that they needed more",
        &mut text,
    );
    tell(&counts.reported, "passed, and would be refused without --soft", &mut text);
    tell(
        &counts.unseen,
        "heard over client-side monitoring alone: they went round the proxy, so no policy was asked",
        &mut text,
    );
    text
}

fn tell(tally: &Tally, what: &str, text: &mut String) {
    if tally.total() > 0 {
        let _ = writeln!(text, "  {} {what}:", counted(tally.total(), "call"));
        list(tally, text);
    }
}
