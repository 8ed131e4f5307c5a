//! Wildcards as IAM documents them for the evaluation of a request.
//!
//! `*` stands for any characters and `?` for one, within a part of an ARN (parts are separated by
//! colons; the sixth holds all the rest). A `*` that ends a part may also run on over colons
//! (reference_policies_elements_resource), so that `arn:aws:iam::*` is every role, too.
//! [`covers`](crate::policy::covers) leaves that last sentence out, because what it says must hold
//! however far such a `*` runs; here a verdict on a request is given, and that follows IAM's words.

use crate::wildcard::{self, Token, push};

/// A pattern, or the text that a pattern is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Token>);

/// A character of a pattern; `special` when it is a wildcard or a separator, and not a character
/// that an escape or a variable's value put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) character: char,
    pub(crate) special: bool,
}

/// How far a wildcard reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Over everything: there are no parts.
    Text,
    /// A pattern of a policy's `Resource`.
    Policy,
    /// The resource of a request, where it is not known whole: what a `*` stands for is one part,
    /// or some of the sixth.
    Request,
}

impl Glob {
    pub(crate) fn new(letters: impl IntoIterator<Item = Letter>, reach: Reach) -> Glob {
        let mut tokens = Vec::new();
        let mut part = 0;
        for Letter { character, special } in letters {
            // Whether a wildcard runs over colons is settled below; in the sixth part it does.
            let over = reach == Reach::Text || part >= LAST_PART;
            let token = match character {
                '*' if special => Token::Many(over),
                '?' if special => Token::One(over),
                other => Token::Literal(other),
            };
            if special && character == ':' {
                part += 1;
            }
            push(&mut tokens, token);
        }
        if reach == Reach::Policy || part == 0 {
            for index in 0..tokens.len() {
                let ends = matches!(tokens.get(index + 1), None | Some(Token::Literal(':')));
                if ends && let Token::Many(over) = &mut tokens[index] {
                    *over = true;
                }
            }
        }
        Glob(tokens)
    }

    /// Text that is what it says.
    pub(crate) fn literal(text: &str) -> Glob {
        Glob(text.chars().map(Token::Literal).collect())
    }

    /// Whether it stands for more than one text.
    pub(in crate::evaluate) fn is_wildcard(&self) -> bool {
        self.0.iter().any(|token| !matches!(token, Token::Literal(_)))
    }

    /// Its runs of characters that are no wildcards.
    pub(crate) fn runs(&self, mut each: impl FnMut(&[char])) {
        let mut run = Vec::new();
        for token in &self.0 {
            match token {
                Token::Literal(character) => run.push(*character),
                Token::One(_) | Token::Many(_) => {
                    each(&run);
                    run.clear();
                }
            }
        }
        each(&run);
    }

    /// What stands before its first wildcard, and what after its last, the latter backwards.
    pub(crate) fn edges(&self) -> [Vec<char>; 2] {
        fn edge<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<char> {
            let character = |token: &Token| match token {
                Token::Literal(character) => Some(*character),
                Token::One(_) | Token::Many(_) => None,
            };
            tokens.map_while(character).collect()
        }
        [edge(self.0.iter()), edge(self.0.iter().rev())]
    }

    /// Whether everything that `narrow` stands for, this stands for too. When `narrow` is literal
    /// that is whether it matches.
    ///
    /// The tokens of `narrow` are matched as if they were text: its `*` is met by a `*` alone, so
    /// `true` is certain.
    pub(in crate::evaluate) fn covers(&self, narrow: &Glob) -> bool {
        wildcard::covers(&self.0, &narrow.0)
    }

    /// Whether there is a text that both stand for.
    pub(in crate::evaluate) fn overlaps(&self, other: &Glob) -> bool {
        wildcard::overlaps(&self.0, &other.0)
    }
}

/// The index of an ARN's sixth part.
const LAST_PART: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str, reach: Reach) -> Glob {
        Glob::new(text.chars().map(|character| Letter { character, special: true }), reach)
    }

    fn policy(text: &str) -> Glob {
        glob(text, Reach::Policy)
    }

    #[test]
    fn a_star_that_ends_a_part_runs_over_colons_and_others_do_not() {
        let role = Glob::literal("arn:aws:iam::111122223333:role/app");
        for pattern in
            ["*", "arn:*", "arn:aws:iam::*", "arn:aws:iam:*:role/app", "arn:aws:iam::*:role/*"]
        {
            assert!(policy(pattern).covers(&role), "{pattern}");
        }
        for pattern in [
            "arn:aws:i*app",
            "arn:aws:iam::1*role/app",
            "arn:aws:iam::?*",
            "arn:aws:iam::*role/app",
        ] {
            assert_eq!(policy(pattern).covers(&role), pattern.ends_with("?*"), "{pattern}");
        }
    }

    #[test]
    fn in_the_sixth_part_wildcards_are_free() {
        let alias = Glob::literal("arn:aws:lambda:r:1:function:f:live");
        assert!(policy("arn:aws:lambda:r:1:function*live").covers(&alias));
        assert!(policy("arn:aws:lambda:r:1:function?f?live").covers(&alias));
    }

    #[test]
    fn the_star_of_a_request_is_one_part() {
        let unknown_account = glob("arn:aws:sqs:r:*:q", Reach::Request);
        assert!(policy("arn:aws:sqs:r:*:q").covers(&unknown_account));
        assert!(policy("arn:aws:sqs:*:q").covers(&unknown_account));
        assert!(!policy("arn:aws:sqs:r:1:q").covers(&unknown_account));
        assert!(policy("arn:aws:sqs:r:1:q").overlaps(&unknown_account));
        assert!(!policy("arn:aws:sqs:r:1:p").overlaps(&unknown_account));
    }

    #[test]
    fn covering_and_overlapping_agree_with_trying_texts() {
        // Every pattern and text of up to four of these letters.
        let texts = words(&['a', ':'], 4);
        let patterns = words(&['a', ':', '*', '?'], 4);
        let matched = |pattern: &Glob| -> Vec<bool> {
            texts.iter().map(|text| pattern.covers(&Glob::literal(text))).collect()
        };
        let patterns: Vec<_> = patterns.iter().map(|text| policy(text)).collect();
        let matched: Vec<_> = patterns.iter().map(matched).collect();
        for (wide, of_wide) in patterns.iter().zip(&matched) {
            for (narrow, of_narrow) in patterns.iter().zip(&matched) {
                let mut pairs = of_wide.iter().zip(of_narrow);
                let both = pairs.clone().any(|(one, other)| *one && *other);
                assert!(!both || wide.overlaps(narrow), "{wide:?} {narrow:?}");
                let outside = pairs.any(|(one, other)| !one && *other);
                assert!(!outside || !wide.covers(narrow), "{wide:?} {narrow:?}");
            }
        }
    }

    fn words(letters: &[char], longest: usize) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let until = words.len();
            for index in from..until {
                for letter in letters {
                    words.push(format!("{}{letter}", words[index]));
                }
            }
            from = until;
        }
        words
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let wide = policy(&format!("arn:aws:s3:::{}b", "a*".repeat(400)));
        let narrow = policy(&format!("arn:aws:s3:::{}", "a".repeat(2_000)));
        assert!(!wide.covers(&narrow));
        assert!(!wide.overlaps(&narrow));
    }
}
