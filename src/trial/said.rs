//! What is said of an experiment at its end.

use std::fmt::Write as _;

use crate::evaluate::audit::{Audit, Part};
use crate::evaluate::document::Document;
use crate::session::needs;
use crate::session::refusals::Collected;
use crate::text::{Foreign, counted, sentence};
use crate::trial::clean_up::CleanedUp;
use crate::trial::learn::Learned;
use crate::trial::verdicts::{Ruled, Verdict, rule};

/// Refusals and unused parts that are listed.
const MOST_LISTED: usize = 50;

/// What AWS refused, and what of the policy nothing used; and whether the policy lacks something.
pub(super) fn end(
    documents: &[Document],
    refused: &Collected,
    needs: &needs::Collected,
) -> (String, bool) {
    let ruled = rule(documents, refused);
    let mut text = String::new();
    let total: u64 = ruled.iter().map(|it| it.times).sum::<u64>() + refused.more;
    if total == 0 {
        text += "AWS refused nothing.\n";
    } else {
        let _ = writeln!(text, "AWS refused {}:", counted(total, "call"));
        ruled.iter().take(MOST_LISTED).for_each(|it| refusal(&mut text, it));
        let more = ruled.len().saturating_sub(MOST_LISTED);
        if more > 0 || refused.more > 0 {
            let _ = writeln!(text, "  and more, which are not listed");
        }
    }
    let (asked, _) = needs.needs(&[]);
    let unused = Audit::of(documents, &asked).unused(documents);
    if unused.is_empty() {
        text += "All of the policy was used.\n";
    } else {
        let _ = writeln!(text, "Nothing used {} of the policy:", counted(unused.len(), "part"));
        for it in unused.iter().take(MOST_LISTED) {
            let what = match &it.what {
                Part::Statement => "the statement".to_owned(),
                Part::Action(action) => format!("the action {}", Foreign(action)),
                Part::Resource(resource) => format!("the resource {}", Foreign(resource)),
            };
            let _ = writeln!(text, "  {what}, statement {}", it.statement + 1);
        }
    }
    let lacks = ruled.iter().any(|it| matches!(it.verdict, Verdict::Lacks(_) | Verdict::Unknown));
    (text, lacks)
}

fn refusal(text: &mut String, ruled: &Ruled<'_>) {
    let refusal = ruled.refusal;
    let times = if ruled.times > 1 { format!(" ({} times)", ruled.times) } else { String::new() };
    let said = match refusal.sentence.trim() {
        "" => "(the answer says nothing)".to_owned(),
        said => sentence(said),
    };
    let _ = writeln!(text, "  {}{times}: {said}", Foreign(&refusal.operation));
    let meaning = match &ruled.verdict {
        Verdict::Lacks(lacking) => {
            let each = lacking.iter().take(8);
            let each: Vec<_> = each
                .map(|it| format!("{} on {}", Foreign(&it.action), Foreign(&it.resource)))
                .collect();
            format!("the policy does not allow {}", each.join(", "))
        }
        Verdict::Denies => "the policy denies it".to_owned(),
        Verdict::Allows => "the policy allows it: it was not in force yet, or a boundary, a service control policy, the resource's own policy or the session is in the way".to_owned(),
        Verdict::Unknown => "it is not known what the call needs".to_owned(),
        Verdict::Elsewhere(because) => because.as_str().to_owned(),
    };
    let _ = writeln!(text, "    {meaning}");
}

/// What was learned, each with the refusal that asked for it.
pub(super) fn learned(learned: &[Learned]) -> String {
    let mut text = String::new();
    for it in learned {
        let said = match it.sentence.trim() {
            "" => "(the answer says nothing)".to_owned(),
            said => sentence(said),
        };
        let _ = writeln!(
            text,
            "  {} on {}\n    round {}, {}: {said}",
            Foreign(&it.action),
            Foreign(&it.resource),
            it.round,
            Foreign(&it.operation)
        );
    }
    text
}

/// What came of cleaning up.
pub fn cleaned(done: &CleanedUp) -> String {
    let mut text = String::new();
    let mut line = |it: String| {
        let _ = writeln!(text, "{it}");
    };
    let CleanedUp { removed, in_use, elsewhere, failed, unlisted } = done;
    removed.iter().for_each(|name| line(format!("leastwise: {name} is removed")));
    for name in in_use {
        line(format!(
            "leastwise: {name} is left, since it may be in use (--clean-up --all removes it)"
        ));
    }
    for (name, account) in elsewhere {
        line(format!(
            "leastwise: {name} is in the account {}, or was made at another address; clean up with its credentials",
            Foreign(account)
        ));
    }
    for (name, why) in failed {
        line(format!("leastwise: {name} could not be removed: {}", sentence(why)));
    }
    if let Some(why) = unlisted {
        line(format!("leastwise: what other machines left could not be listed: {}", sentence(why)));
    }
    text
}
