//! What is kept of the texts in an event: bounded, printable, and without secrets.

use crate::recognize::message::{self, bounded};

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

/// An error's sentence, without what is secret in it.
pub(super) fn message(text: &str) -> Option<String> {
    message::kept(text, MESSAGE)
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
