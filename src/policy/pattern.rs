//! Resource patterns as IAM reads them, and when one covers another.
//!
//! IAM compares an ARN by its colon-separated parts; the sixth holds all the rest, further colons
//! included. `*` stands for any characters, `/` among them, and `?` for one. AWS documents
//! (reference_policies_elements_resource) that a `*` which ends a part may also run on over colons,
//! and says no more of how far. So a pattern here covers another only when it does so part by part:
//! then it does under every reading.

use crate::wildcard::{self, Token, push};

/// Whether everything that `narrow` allows is certainly allowed by `wide` too, both being values of
/// a statement's `Resource`.
///
/// `false` means "not certainly": for patterns that are no ARN of six parts, or that hold policy
/// variables (`${aws:username}`), only the same text and `*` are known to cover them.
pub fn covers(wide: &str, narrow: &str) -> bool {
    if wide == EVERYTHING || wide == narrow {
        return true;
    }
    match (Pattern::parse(wide), Pattern::parse(narrow)) {
        (Some(wide), Some(narrow)) => wide.covers(&narrow),
        _ => false,
    }
}

/// The pattern that allows every resource.
pub(super) const EVERYTHING: &str = "*";

/// How many colons there are before an ARN's sixth part.
const COLONS: usize = 5;

/// An ARN pattern of six parts without policy variables.
///
/// Its wildcards stay within their part, so that it covers another part by part.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    /// Reads a pattern; `None` when what it covers is not certain (see [`covers`]).
    pub(super) fn parse(text: &str) -> Option<Pattern> {
        if !text.starts_with("arn:") {
            return None;
        }
        let mut tokens = Vec::with_capacity(text.len());
        let mut colons = 0;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            // The sixth part holds all the rest, further colons included.
            let over = colons == COLONS;
            let (token, length) = match first {
                '*' => (Token::Many(over), 1),
                '?' => (Token::One(over), 1),
                // `${*}`, `${?}` and `${$}` are IAM's way to write the character itself.
                '$' if rest.starts_with("${") => (Token::Literal(escaped(rest)?), "${*}".len()),
                other => (Token::Literal(other), other.len_utf8()),
            };
            if token == Token::Literal(':') && !over {
                colons += 1;
            }
            push(&mut tokens, token);
            rest = &rest[length..];
        }
        (colons == COLONS).then_some(Pattern(tokens))
    }

    /// Whether it stands for more than one ARN.
    pub(super) fn is_wildcard(&self) -> bool {
        self.0.iter().any(|token| !matches!(token, Token::Literal(_)))
    }

    /// Whether every ARN that `narrow` matches, this matches too.
    pub(super) fn covers(&self, narrow: &Pattern) -> bool {
        wildcard::covers(&self.0, &narrow.0)
    }
}

/// The part of a pattern's text before anything special. A pattern can only cover texts that begin
/// with its stem, and their stems do too.
pub(super) fn stem(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|byte| matches!(byte, b'*' | b'?' | b'$'));
    &bytes[..end.unwrap_or(bytes.len())]
}

/// The part of a pattern's text behind anything special. A pattern can only cover texts that end with its tail.
pub(super) fn tail(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    let start = bytes.iter().rposition(|byte| matches!(byte, b'*' | b'?' | b'$' | b'}'));
    &bytes[start.map_or(0, |last| last + 1)..]
}

/// The character that an escape at the beginning of `text` stands for.
fn escaped(text: &str) -> Option<char> {
    match text.as_bytes() {
        [b'$', b'{', character @ (b'*' | b'?' | b'$'), b'}', ..] => Some(char::from(*character)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wider(wide: &str, narrow: &str) {
        assert!(covers(wide, narrow), "{wide} should cover {narrow}");
        assert!(!covers(narrow, wide), "{narrow} should not cover {wide}");
    }

    #[track_caller]
    fn apart(one: &str, other: &str) {
        assert!(!covers(one, other), "{one} should not cover {other}");
        assert!(!covers(other, one), "{other} should not cover {one}");
    }

    #[test]
    fn a_star_covers_slashes_and_colons_of_the_sixth_part() {
        wider("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b/c.txt");
        wider("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/");
        wider("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/logs/*");
        wider("arn:aws:s3:::bucket/*/z", "arn:aws:s3:::bucket/a*b/z");
        wider(
            "arn:aws:lambda:eu-west-1:1:function:*",
            "arn:aws:lambda:eu-west-1:1:function:f:live",
        );
        apart("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket");
        apart("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket2/a");
    }

    #[test]
    fn a_star_stays_in_its_part() {
        wider("arn:aws:sqs:*:1:q", "arn:aws:sqs:eu-west-1:1:q");
        wider("arn:aws:sqs:*:1:q", "arn:aws:sqs::1:q");
        // Whether these two cover each other depends on how far a star runs: not certain.
        apart("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:1:q");
        apart("arn:aws:sqs:*:*:q", "arn:aws:sqs:eu-west-1:q");
    }

    #[test]
    fn a_question_mark_is_one_character() {
        wider("arn:aws:sqs:r:1:queue?", "arn:aws:sqs:r:1:queue7");
        wider("arn:aws:sqs:r:1:queue?", "arn:aws:sqs:r:1:queueé");
        wider("arn:aws:sqs:r:1:queue*", "arn:aws:sqs:r:1:queue?");
        apart("arn:aws:sqs:r:1:queue?", "arn:aws:sqs:r:1:queue");
        apart("arn:aws:sqs:r:1:queue?", "arn:aws:sqs:r:1:queue12");
        apart("arn:aws:sqs:r:1:?a", "arn:aws:sqs:r:1:*b");
    }

    #[test]
    fn a_star_of_the_narrower_one_needs_a_star() {
        wider("arn:aws:sqs:r:1:a*", "arn:aws:sqs:r:1:a*b*");
        apart("arn:aws:sqs:r:1:a*b", "arn:aws:sqs:r:1:ab*");
        apart("arn:aws:sqs:r:1:a?", "arn:aws:sqs:r:1:b*");
    }

    #[test]
    fn runs_of_wildcards_are_one_whatever_their_order() {
        assert!(covers("arn:aws:sqs:r:1:*?", "arn:aws:sqs:r:1:?*"));
        assert!(covers("arn:aws:sqs:r:1:?**", "arn:aws:sqs:r:1:*?"));
        wider("arn:aws:sqs:r:1:*?", "arn:aws:sqs:r:1:*?*?");
    }

    #[test]
    fn an_escaped_character_is_itself() {
        wider("arn:aws:s3:::b/*", "arn:aws:s3:::b/${*}");
        assert!(!covers("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x"));
        assert!(covers("arn:aws:s3:::b/${$}", "arn:aws:s3:::b/$"));
    }

    #[test]
    fn what_is_not_certain_is_covered_by_itself_and_everything_alone() {
        for text in
            ["arn:aws:s3:::home/${aws:username}/x", "arn:aws:sqs:*", "no arn", "arn:aws:a:b${"]
        {
            assert!(covers(text, text));
            wider("*", text);
            assert!(!covers("arn:aws:s3:::*", text));
            assert!(!covers("arn:*:*:*:*:*", text));
        }
        wider("*", "arn:*:*:*:*:*");
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let wide = format!("arn:aws:s3:::{}b", "a*".repeat(400));
        let narrow = format!("arn:aws:s3:::{}", "a".repeat(8_000));
        assert!(!covers(&wide, &narrow));
    }

    #[test]
    fn what_a_pattern_covers_begins_and_ends_as_it_does() {
        let ends = ["", "a", "*", "?", "${*}", "a*", "*a", "?a", "a}", "${$}a", "*?", "$"];
        let all: Vec<String> = ends
            .iter()
            .flat_map(|one| ends.iter().map(move |two| format!("arn:aws:s3:::{one}b{two}")))
            .collect();
        let mut covered = 0;
        for wide in &all {
            for narrow in all.iter().filter(|it| covers(wide, it)) {
                covered += 1;
                let narrow = narrow.as_bytes();
                assert!(narrow.starts_with(stem(wide)) && narrow.ends_with(tail(wide)));
            }
        }
        assert!(covered > all.len(), "{covered}");
    }
}
