//! What `leastwise --version` says; `-V` says its first line alone.

use std::fmt::Write as _;

use crate::catalog::Catalog;

/// The version, and of when what is known of AWS is.
pub fn long() -> String {
    let mut text = format!("{}\n\nKnows AWS as of:\n", env!("CARGO_PKG_VERSION"));
    let (past, newest): (Vec<_>, Vec<_>) =
        Catalog::embedded().releases().partition(|release| release.is_past);
    for release in newest {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {} {} ({})", release.package, release.version, release.date);
    }
    if let [first, .., last] = past[..] {
        let _ = writeln!(
            text,
            "and what has been dropped since {} {} ({}), as {} releases up to {} had it",
            first.package,
            first.version,
            first.date,
            past.len(),
            last.version,
        );
    }
    text.trim_end().to_owned()
}
