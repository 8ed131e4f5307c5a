//! What is said of a policy that was merged from recordings.

use crate::policy::InCommon;
use crate::report::summary::ACCOUNT_UNKNOWN;
use crate::session::merged::Merged;
use crate::session::shape::Written;
use crate::session::which::Which;
use crate::text::{Foreign, counted};

/// How many resources, and how many actions, are named of a pattern.
const SHOWN: usize = 3;

/// How much was read, and what is in the policy.
pub fn merged(merged: &Merged, recordings: usize, statements: usize, written: &Written) -> String {
    let file = match written {
        Written::Printed => String::new(),
        Written::File(file) | Written::Files(file, _) => format!(" and is in {file}"),
    };
    let mut text = format!(
        "leastwise: read {} of {} from {}; the policy has {} in {}{file}.",
        counted(merged.calls, "call"),
        counted(merged.operations(), "operation"),
        counted(recordings, "recording"),
        counted(merged.policy.action_count(), "action"),
        counted(statements, "statement"),
    );
    if merged.left_out > 0 {
        let calls = counted(merged.left_out, "call");
        let why = match merged.which() {
            Which::Succeeded => "that failed left out (--succeeded-only)",
            Which::Failed | Which::All => "that did not fail left out (--fails-only)",
        };
        text.push_str(&format!("\n  {calls} {why}."));
    }
    if merged.unrecognized > 0 {
        let calls = counted(merged.unrecognized, "call");
        text.push_str(&format!("\n  {calls} not recognised, and so not in the policy."));
    }
    if let Some(patterns) = &merged.in_common {
        text.push_str(&in_common(patterns));
    }
    if merged.policy.is_open() {
        text.push('\n');
        text.push_str(ACCOUNT_UNKNOWN.trim_end());
    }
    text
}

/// The patterns that runs share, with examples of what they stand for.
fn in_common(patterns: &[InCommon]) -> String {
    if patterns.is_empty() {
        return "\n  No pattern was made: the runs do not differ, or what differs has nothing in common."
            .to_owned();
    }
    let stand = if patterns.len() == 1 { "stands" } else { "stand" };
    let count = counted(patterns.len(), "pattern");
    let mut text = format!("\n  {count} {stand} for what differs from run to run:");
    for InCommon { pattern, actions, examples } in patterns {
        text.push_str(&format!(
            "\n    {} on {}: {}",
            named(actions),
            Foreign(pattern),
            named(examples)
        ));
    }
    text
}

/// The first few of some names.
fn named(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|it| Foreign(it).to_string()).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
