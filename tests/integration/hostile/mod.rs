//! Attacks: what a neighbour on the machine, a cloned repository, or a server that answers what it likes may try. Each test is
//! one of them and fails without what stands against it.

/// What may enter the policy.
mod a;
/// Files, settings, secrets.
mod b;
/// Mistakes that nobody would notice.
mod c;

/// A proxy of ours in front of a stand-in.
pub(crate) mod proxied;

/// Says that a test of this folder could not run here, and why.
fn skipped(test: &str, reason: &str) {
    crate::support::skipped(&format!("hostile::{test}"), reason);
}

/// As [`skipped`], of a part of a test.
fn left_out(what: &str, reason: &str) {
    crate::support::left_out(&format!("hostile: {what}"), reason);
}
