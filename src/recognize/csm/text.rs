//! What is kept of the texts in an event: bounded, printable, and without secrets.

/// Bytes kept of a service's or operation's name, an error code, a request id.
pub(super) const NAME: usize = 128;
/// Bytes kept of a host name (DNS allows no more, and a port).
pub(super) const HOST: usize = 261;
/// Bytes kept of a user agent; SDKs send no more.
pub(super) const USER_AGENT: usize = 256;
/// Bytes kept of an error's sentence; SDKs send no more.
const MESSAGE: usize = 512;

/// A text with at most `limit` bytes, control characters escaped.
pub(super) fn kept(text: &str, limit: usize) -> String {
    let text = bounded(text, limit);
    // Nearly all that comes is plain ASCII, which is quickly told.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn bounded(text: &str, limit: usize) -> &str {
    // A boundary is at most three bytes away; 0 is always one.
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// An error's sentence, up to where it may quote the request. When a signature does not match, AWS
/// answers with what it expected to be signed: headers, the session token among them.
pub(super) fn message(text: &str) -> Option<String> {
    let text = bounded(text, MESSAGE);
    let quotes = [
        "canonical string",
        "authorization header",
        "aws4-",
        "x-amz-",
        "signature=",
        "credential=",
    ];
    let end = |mark: &str| find_ignoring_case(text, mark).unwrap_or(text.len());
    let end = quotes.into_iter().map(end).min().unwrap_or(text.len());
    let end = end.min(text.find(char::is_control).unwrap_or(end));
    let mut kept = String::with_capacity(end);
    for word in text[..end].split_inclusive(|c: char| !is_token(c)) {
        // No word of a sentence is as long as a secret key (40) or token; ARNs are divided by colons.
        if word.len() >= 40 && word.chars().filter(|c| is_token(*c)).count() >= 40 {
            kept.push('…');
            kept.extend(word.chars().last().filter(|c| !is_token(*c)));
        } else {
            kept.push_str(word);
        }
    }
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '=' | '/' | '%')
}

fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes()
        .windows(mark.len())
        .position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

/// An access key id. Something of 40 characters is none: that is the length of a secret key, which
/// ends up here when somebody swaps the two.
pub(super) fn access_key(text: &str) -> Option<&str> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let fits = (1..=128).contains(&text.len()) && text.len() != 40;
    (fits && text.bytes().all(is_word)).then_some(text)
}

/// A region that can stand in an ARN. The word for a service that has no regions (`aws-global`) is
/// none.
pub(super) fn region(text: &str) -> Option<&str> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=32).contains(&text.len()) && !text.ends_with("-global");
    (fits && text.bytes().all(is_letter)).then_some(text)
}

/// A host without the credentials that a custom endpoint's URL may carry.
pub(super) fn host(text: &str) -> Option<String> {
    let host = text.rsplit_once('@').map_or(text, |(_credentials, host)| host);
    (!host.is_empty()).then(|| kept(host, HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_printable() {
        assert_eq!(kept("PutObject", NAME), "PutObject");
        assert_eq!(kept("a\x1b[2Jb\n", NAME), "a\\u{1b}[2Jb\\n");
        assert_eq!(kept("ééé", 3), "é");
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
    fn a_secret_key_is_no_access_key_id() {
        assert_eq!(access_key("AKIAIOSFODNN7EXAMPLE"), Some("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(access_key("testing"), Some("testing"));
        assert_eq!(access_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), None);
        assert_eq!(access_key("wJalrXUtnFEMIaK7MDENGabPxRfiCYEXAMPLEKEY"), None);
        assert_eq!(access_key(""), None);
    }

    #[test]
    fn regions_are_words() {
        assert_eq!(region("eu-west-1"), Some("eu-west-1"));
        for none in ["", "*", "aws-global", "us-east-1:*", "EU"] {
            assert_eq!(region(none), None, "{none}");
        }
    }

    #[test]
    fn hosts_lose_credentials() {
        assert_eq!(host("me:secret@localhost:5000").as_deref(), Some("localhost:5000"));
        assert_eq!(host(""), None);
    }
}
