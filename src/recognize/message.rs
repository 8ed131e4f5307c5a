//! The sentence of an error, as far as it is fit to be kept.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::call::without_session;
use crate::catalog::Catalog;

/// What stands where a sentence quotes the request, in lower case.
static QUOTES: LazyLock<[Finder<'static>; 6]> = LazyLock::new(|| {
    let quotes = [
        "canonical string",
        "authorization header",
        "aws4-",
        "x-amz-",
        "signature=",
        "credential=",
    ];
    quotes.map(Finder::new)
});
/// Characters of a secret key.
const LONG: usize = 40;

/// An error's sentence, up to `longest` bytes and up to where it may quote the request. When a signature does not match, AWS
/// answers with what it expected to be signed: headers, the session token among them.
pub(super) fn kept(text: &str, longest: usize) -> Option<String> {
    let text = bounded(text, longest);
    let lower = text.to_ascii_lowercase();
    let end = |mark: &Finder<'_>| mark.find(lower.as_bytes());
    let end = QUOTES.iter().filter_map(end).min().unwrap_or(text.len());
    let end = end.min(control(text).unwrap_or(end));
    let mut kept = String::with_capacity(end);
    for word in text[..end].split_inclusive(' ') {
        // What a call was denied on is named in full; nothing secret is in an ARN, but for the name of a session.
        let start = word.len() - word.trim_start_matches(['"', '\'', '`', '(']).len();
        if word[start..].starts_with("arn:") {
            let end = word.trim_end_matches([' ', '"', '\'', ')', ',', '.']).len().max(start);
            kept.push_str(&word[..start]);
            kept.push_str(&without_session(&word[start..end]));
            kept.push_str(&word[end..]);
        } else if is_action(&word[start..]) {
            kept.push_str(word);
        } else {
            without_long_tokens(word, &mut kept);
        }
    }
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// Where the first character is that is none to be seen.
fn control(text: &str) -> Option<usize> {
    if text.is_ascii() {
        return text.bytes().position(|byte| byte.is_ascii_control());
    }
    text.find(char::is_control)
}

/// Whether it is an action of AWS's, some of which are as long as a secret is.
fn is_action(word: &str) -> bool {
    let word = word.trim_end_matches([' ', '"', '\'', '`', ')', ',', '.']);
    let action = word.split_once(':').filter(|_| word.len() >= LONG);
    action.is_some_and(|(prefix, name)| Catalog::embedded().action(prefix, name).is_some())
}

/// No word of a sentence is as long as a secret key (40) or token.
fn without_long_tokens(text: &str, kept: &mut String) {
    if text.len() < LONG {
        return kept.push_str(text);
    }
    for word in text.split_inclusive(|c: char| !is_token(c)) {
        if word.len() >= LONG && word.chars().filter(|c| is_token(*c)).count() >= LONG {
            kept.push('…');
            kept.extend(word.chars().last().filter(|c| !is_token(*c)));
        } else {
            kept.push_str(word);
        }
    }
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '=' | '/' | '%')
}

/// The beginning of a text, in whole characters.
pub(super) fn bounded(text: &str, limit: usize) -> &str {
    // A boundary is at most three bytes away; 0 is always one.
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Option<String> {
        kept(text, 512)
    }

    #[test]
    fn messages_end_where_the_request_is_quoted() {
        let said = "The request signature we calculated does not match the signature you provided. \
            Check your key and signing method.\n\nThe Canonical String for this request should have \
            been\n'POST\n/\n\nx-amz-security-token:FwoGZXIvYXdzEXAMPLETOKEN";
        assert_eq!(
            message(said).as_deref(),
            Some(
                "The request signature we calculated does not match the signature you provided. \
                 Check your key and signing method."
            ),
        );
        assert_eq!(
            message(
                "'x' not a valid key=value pair in Authorization header: 'AWS4-HMAC Signature=0a'"
            )
            .as_deref(),
            Some("'x' not a valid key=value pair in"),
        );
        assert_eq!(
            message("Bad wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY, sorry").as_deref(),
            Some("Bad …, sorry")
        );
        assert_eq!(message("\n"), None);
        let denied =
            "User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:PutObject";
        assert_eq!(message(denied).as_deref(), Some(denied));
    }

    #[test]
    fn arns_are_kept_whole_as_ses_quotes_them() {
        let denied = "User `arn:aws:sts::111122223333:assumed-role/averylongnameofarolethatnobodywouldtypebyhand/ci' is not \
            authorized to perform `ses:SendEmail'";
        let kept = denied.replace("byhand/ci'", "byhand/*'");
        assert_eq!(message(denied).as_deref(), Some(&*kept));
    }

    #[test]
    fn actions_are_kept_whole() {
        let denied = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: \
            config:DescribeConfigurationAggregatorSourcesStatus because no identity-based policy allows the \
            config:DescribeConfigurationAggregatorSourcesStatus action";
        assert_eq!(message(denied).as_deref(), Some(denied));
        let others = "x config:DescribeConfigurationAggregatorSourcesStatum, y";
        assert_eq!(message(others).as_deref(), Some("x config:…, y"));
    }

    #[test]
    fn arns_are_kept_whole() {
        let denied = "User: arn:aws:sts::111122223333:assumed-role/averylongnameofarolethatnobodywouldtypebyhand/ci is not \
            authorized to perform: s3:PutObject on resource: \
            \"arn:aws:s3:::bucket/some/deep/folder/where/objects/are/kept/file\" because no identity-based policy allows it";
        let kept = denied.replace("byhand/ci is", "byhand/* is");
        assert_eq!(message(denied).as_deref(), Some(&*kept));
    }
}
