//! `--principal`: whose calls go into the policy.

use super::directory::grouped;

/// Which principals are meant: all, unless some are named.
#[derive(Debug, Clone, Default)]
pub struct Selection(Vec<String>);

impl Selection {
    /// Those that these patterns name: ARNs and ids of access keys, with `*` for any characters and `?` for one.
    pub fn new(patterns: Vec<String>) -> Selection {
        Selection(patterns)
    }

    /// Whether everybody is meant.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody with these names is meant.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.is_all()
            || self.0.iter().any(|pattern| {
                // A role's path may be in the pattern and not be known; its name is enough.
                let grouped = grouped(pattern);
                let is_one = !pattern.contains(['*', '?']) && !pattern.contains(":assumed-role/");
                names.iter().any(|name| matches(pattern, name) || is_one && grouped == *name)
            })
    }
}

/// Whether a pattern fits a text; upper and lower case differ, as they do in ARNs.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where to go on when what follows the last star turns out not to fit.
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[from] => {
                (at, from) = (at + 1, from + 1);
            }
            _ => {
                let Some((place, begun)) = star else { return false };
                star = Some((place, begun + 1));
                (at, from) = (place + 1, begun + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "arn:aws:iam::1:role/a"),
            ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a"),
            ("*:role/ci-*", "arn:aws:iam::1:role/ci-deploy"),
            ("*a*b*", "xxaxaxb"),
            ("AKIA????", "AKIA1234"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", "ab"),
            ("AKIA????", "AKIA123"),
            ("*:role/ci-*", "arn:aws:iam::1:role/deploy"),
            ("*:role/A", "arn:aws:iam::1:role/a"),
            ("a*b*c", "abd"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(!matches(&"a*".repeat(1_000), &"a".repeat(500)), "and in no time");
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
