//! `--principal`: whose calls go into the policy.

use crate::session::principals::directory::grouped;
use crate::wildcard::is_like;

/// Which principals are meant: all, unless some are named.
#[derive(Debug, Clone, Default)]
pub struct Selection(Vec<String>);

impl Selection {
    /// Those that these patterns name: ARNs and ids of access keys, with `*` for any characters and `?` for one.
    pub fn new(patterns: Vec<String>) -> Selection {
        Selection(patterns)
    }

    /// The patterns that name them.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether everybody is meant.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody with these names is meant.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.is_all()
            || self.0.iter().any(|pattern| {
                // A role's path may be in the pattern and not be known; its name is enough.
                let grouped = grouped(pattern);
                let is_one = !pattern.contains(['*', '?']) && !pattern.contains(":assumed-role/");
                names.iter().any(|name| is_like(name, pattern) || is_one && grouped == *name)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_and_lower_case_differ_as_in_arns() {
        let named = |pattern: &str| Selection::new(vec![pattern.to_owned()]);
        assert!(named("*:role/a").has(&["arn:aws:iam::1:role/a"]));
        assert!(!named("*:role/A").has(&["arn:aws:iam::1:role/a"]));
    }

    #[test]
    fn a_path_is_no_part_of_a_name_but_a_session_is_one() {
        let named = |pattern: &str| Selection::new(vec![pattern.to_owned()]);
        let role = ["ASIA1", "arn:aws:iam::1:role/a", "arn:aws:sts::1:assumed-role/a/ci"];
        assert!(named("arn:aws:iam::1:role/teams/a").has(&role));
        assert!(named("arn:aws:sts::1:assumed-role/a/ci").has(&role));
        assert!(!named("arn:aws:sts::1:assumed-role/a/other").has(&role));
        assert!(!named("arn:aws:iam::1:role/teams/*").has(&role));
        assert!(Selection::default().has(&[]));
    }
}
