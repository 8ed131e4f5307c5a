//! What the catalogue is made from.

/// As `build/sources.rs` writes it.
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/sources.txt"));

/// A release of a package that the catalogue is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The package (`botocore`).
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// When it was published (`2026-11-17`).
    pub date: &'static str,
    /// Whether it is there for what later releases have dropped.
    pub is_past: bool,
}

/// All of them: the newest, then those of the past from the oldest on.
pub(super) fn all() -> impl Iterator<Item = Release> {
    TEXT.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(Release {
            package: words.next()?,
            version: words.next()?,
            date: words.next()?,
            is_past: words.next() == Some("past"),
        })
    })
}
