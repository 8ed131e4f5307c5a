//! Wildcards: `*` is any text and `?` any character. What a pattern stands for, another may cover or share; and a text is like
//! a pattern or not.
//!
//! How far a wildcard reaches is the business of whoever makes the tokens: of IAM's two readings of an ARN, policies that
//! grow take the one that is certain, and verdicts on requests the other.

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Literal(char),
    /// `?`; whether it may be a colon.
    One(bool),
    /// `*`; whether it may run over colons.
    Many(bool),
}

/// Adds a token so that each run of wildcards has one form: the `?`s, then at most one `*`.
pub(crate) fn push(tokens: &mut Vec<Token>, token: Token) {
    match (tokens.last(), token) {
        (Some(Token::Many(_)), Token::Many(_)) => {}
        (Some(Token::Many(_)), Token::One(_)) => tokens.insert(tokens.len() - 1, token),
        _ => tokens.push(token),
    }
}

/// Whether everything that `narrow` stands for, `wide` stands for too. When `narrow` is literal, that is whether it matches.
///
/// The tokens of `narrow` are matched as if they were text: its `*` is met by a `*` alone, so `true` is certain. The time that it
/// takes grows with the product of both lengths at most.
pub(crate) fn covers(wide: &[Token], narrow: &[Token]) -> bool {
    if !ends_alike(wide, narrow) {
        return false;
    }
    // Up to the first `*` there is one way.
    let first_many = wide.iter().position(|token| matches!(token, Token::Many(_)));
    let (before, behind) = wide.split_at(first_many.unwrap_or(wide.len()));
    if narrow.len() < before.len() || !before.iter().zip(narrow).all(|(one, it)| one.meets(*it)) {
        return false;
    }
    // How many tokens of `narrow` can be behind us, ascending.
    let mut reached = vec![before.len()];
    let mut further = Vec::new();
    for (index, token) in behind.iter().enumerate() {
        match token {
            Token::Many(true) if index + 1 == behind.len() => return true,
            Token::Many(_) => {
                run_on(&reached, &mut further, |at| {
                    narrow.get(at).is_some_and(|it| token.meets(*it))
                });
                std::mem::swap(&mut reached, &mut further);
            }
            _ => {
                reached.retain(|at| narrow.get(*at).is_some_and(|it| token.meets(*it)));
                reached.iter_mut().for_each(|at| *at += 1);
            }
        }
        if reached.is_empty() {
            return false;
        }
    }
    reached.last() == Some(&narrow.len())
}

/// Whether `narrow` ends with what `wide` has behind its last wildcard: most patterns with a common beginning are told apart by that.
fn ends_alike(wide: &[Token], narrow: &[Token]) -> bool {
    let mut behind = wide.iter().rev().take_while(|token| matches!(token, Token::Literal(_)));
    let mut narrow = narrow.iter().rev();
    behind.all(|token| narrow.next() == Some(token))
}

impl Token {
    /// Whether it stands for this one, or for a text of which this one is a part.
    fn meets(self, narrow: Token) -> bool {
        match (self, narrow) {
            (Token::Literal(_), it) => self == it,
            (Token::One(_), Token::Many(_)) => false,
            (Token::One(over) | Token::Many(over), Token::Literal(character)) => {
                over || character != ':'
            }
            (Token::One(over) | Token::Many(over), Token::One(also) | Token::Many(also)) => {
                over || !also
            }
        }
    }
}

/// All that a `*` reaches from where one can be.
fn run_on(reached: &[usize], on: &mut Vec<usize>, meets: impl Fn(usize) -> bool) {
    on.clear();
    for &start in reached {
        // What was run over before is not run over again.
        if on.last().is_some_and(|last| *last >= start) {
            continue;
        }
        let mut at = start;
        on.push(at);
        while meets(at) {
            at += 1;
            on.push(at);
        }
    }
}

/// Whether there is a text that both stand for. The time that it takes grows with the product of both lengths at most.
pub(crate) fn overlaps(one: &[Token], two: &[Token]) -> bool {
    let width = two.len() + 1;
    let mut seen = vec![false; (one.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        if std::mem::replace(&mut seen[i * width + j], true) {
            continue;
        }
        match (one.get(i), two.get(j)) {
            (None, None) => return true,
            (Some(Token::Many(over)), next) => {
                open.push((i + 1, j));
                if next.is_some_and(|next| *over || *next != Token::Literal(':')) {
                    open.push((i, j + 1));
                }
                if let Some(Token::Many(_)) = next {
                    open.push((i, j + 1));
                }
            }
            (next, Some(Token::Many(over))) => {
                open.push((i, j + 1));
                if next.is_some_and(|next| *over || *next != Token::Literal(':')) {
                    open.push((i + 1, j));
                }
            }
            (Some(one), Some(two)) if share(*one, *two) => open.push((i + 1, j + 1)),
            _ => {}
        }
    }
    false
}

/// Whether two tokens, none a `*`, have a character in common.
fn share(one: Token, two: Token) -> bool {
    match (one, two) {
        (Token::Literal(one), Token::Literal(two)) => one == two,
        (Token::Literal(character), Token::One(over))
        | (Token::One(over), Token::Literal(character)) => over || character != ':',
        _ => true,
    }
}

/// Whether a text is like a pattern, in which `*` is any text and `?` any character. Upper and lower case differ. It
/// is `covers` without tokens and colons, for rules, which ask it often. The time that it takes grows with the product of both
/// lengths at most.
pub fn is_like(text: &str, pattern: &str) -> bool {
    is_like_by(text, pattern, |one, other| one == other)
}

/// The same whether in upper or lower case.
pub fn is_like_in_any_case(text: &str, pattern: &str) -> bool {
    is_like_by(text, pattern, |one, other| {
        one.eq_ignore_ascii_case(&other)
            || !one.is_ascii() && one.to_lowercase().eq(other.to_lowercase())
    })
}

fn is_like_by(text: &str, pattern: &str, is_same: impl Fn(char, char) -> bool) -> bool {
    let (mut rest, mut wanted) = (text.chars(), pattern.chars());
    // Behind the last `*`, and the text from where that was tried: on a mismatch the `*` takes one character more.
    let mut many = None;
    loop {
        let tried = rest.clone();
        let Some(character) = rest.next() else { return wanted.all(|it| it == '*') };
        match wanted.next() {
            Some('*') => {
                rest = tried;
                many = Some((wanted.clone(), rest.clone()));
            }
            Some(it) if it == '?' || is_same(character, it) => {}
            _ => {
                let Some((behind, reach)) = &mut many else { return false };
                reach.next();
                (wanted, rest) = (behind.clone(), reach.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a pattern without parts.
    fn tokens(text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        for letter in text.chars() {
            push(
                &mut tokens,
                match letter {
                    '*' => Token::Many(true),
                    '?' => Token::One(true),
                    other => Token::Literal(other),
                },
            );
        }
        tokens
    }

    #[test]
    fn the_relations_agree_on_texts() {
        let mut words = vec![String::new()];
        for index in 0..1 + 4 + 16 + 64 {
            for letter in ['a', ':', '*', '?'] {
                words.push(format!("{}{letter}", words[index]));
            }
        }
        let mut liked = 0;
        for text in words.iter().filter(|text| !text.contains(['*', '?'])) {
            let literal: Vec<Token> = text.chars().map(Token::Literal).collect();
            for pattern in &words {
                let is_like = is_like(text, pattern);
                assert_eq!(covers(&tokens(pattern), &literal), is_like, "{pattern} {text}");
                assert_eq!(overlaps(&tokens(pattern), &literal), is_like, "{pattern} {text}");
                liked += u32::from(is_like);
            }
        }
        assert!(liked > 500, "{liked}");
    }

    #[test]
    fn a_wildcard_that_stays_within_a_part_meets_no_colon() {
        let one = |over| [Token::Literal('a'), Token::One(over)];
        let many = |over| [Token::Many(over), Token::Literal('a')];
        let literal = |text: &str| text.chars().map(Token::Literal).collect::<Vec<_>>();
        for (over, holds) in [(true, true), (false, false)] {
            assert_eq!(covers(&one(over), &literal("a:")), holds);
            assert_eq!(covers(&many(over), &literal("b:a")), holds);
            assert_eq!(overlaps(&one(over), &literal("a:")), holds);
            assert_eq!(overlaps(&many(over), &literal("b:a")), holds);
            assert_eq!(covers(&one(over), &one(true)), holds);
        }
        // An earlier `*` gives way where a later one may not run over a colon.
        let pattern =
            [Token::Many(true), Token::Literal('a'), Token::Many(false), Token::Literal('b')];
        assert!(covers(&pattern, &literal("a:ab")));
    }

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", ""),
            ("", ""),
            ("**", "a"),
            ("*--x-s3", "bucket--use1-az4--x-s3"),
            ("arn:*:kms:*", "arn:aws:kms:x"),
            ("a?c", "abc"),
            ("a?c", "aéc"),
            ("*:role/ci-*", "arn:aws:iam::1:role/ci-deploy"),
            ("*a*b*", "xxaxaxb"),
            ("*ab", "aab"),
            ("AKIA????", "AKIA1234"),
        ] {
            assert!(is_like(text, pattern), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("*--x-s3", "bucket"),
            ("a?c", "abbc"),
            ("A*", "abc"),
            ("*ab", "aba"),
            ("a*b*c", "acb"),
        ] {
            assert!(!is_like(text, pattern), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_do_not_make_it_slow() {
        assert!(!is_like(&"a".repeat(10_000), &("*a".repeat(100) + "*b")));
        assert!(!is_like(&"a".repeat(500), &"a*".repeat(1_000)));
    }
}
