//! Attacks: what a neighbour on the machine, a cloned repository, or a server that answers what it likes may try. Each test is
//! one of them and fails without what stands against it.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

/// What may enter the policy.
mod a;
/// Files, settings, secrets.
mod b;
/// Mistakes that nobody would notice.
mod c;

/// Says that a test could not run here, to whoever collects that (`scripts/test`).
#[allow(clippy::print_stderr)]
fn skipped(test: &str, reason: &str) {
    use std::io::Write as _;
    eprintln!("skipped: {test}: {reason}");
    if let Some(list) = std::env::var_os("LEASTWISE_SKIPPED") {
        let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
        list.write_all(format!("hostile::{test}: {reason}\n").as_bytes()).unwrap();
    }
}
/// A proxy of ours in front of a stand-in.
mod proxied;
