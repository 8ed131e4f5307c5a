//! What is said of a policy that was merged from recordings.

use crate::report::summary::ACCOUNT_UNKNOWN;
use crate::session::merged::Merged;
use crate::session::shape::Written;
use crate::session::which::Which;
use crate::text::counted;

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
    if merged.policy.is_open() {
        text.push('\n');
        text.push_str(ACCOUNT_UNKNOWN.trim_end());
    }
    text
}
