//! Patterns with `*` and `?`, as they stand in rules and policies.

/// Whether a text is like a pattern, in which `*` is any text and `?` any character. Upper and lower case differ. The
/// time that it takes grows with the product of both lengths at most.
pub fn is_like(text: &str, pattern: &str) -> bool {
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
            Some(it) if it == '?' || it == character => {}
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
    use super::is_like;

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
