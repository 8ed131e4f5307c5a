//! Answers that are not the upstream's: those of the proxy itself (plain text, one sentence), and those that an exchange gives.

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};

/// Marks an answer as the proxy's own.
const SERVER: &str = "leastwise";

/// An answer in place of the upstream's. To `HEAD` its body is not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// 200…599; anything else is sent as 500.
    pub status: u16,
    /// Without those of the framing (`Content-Length`, `Connection`), which the proxy adds. What no header may be, since there is a
    /// line end in its value, for example, is left out.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body, as it is sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// The proxy's own: `sentence` with a capital letter, a full stop and an end of line.
    pub(super) fn plain(status: u16, sentence: &str) -> Answer {
        let mut letters = sentence.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let stop = if sentence.ends_with('.') { "" } else { "." };
        let headers = vec![
            ("Server", SERVER.to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ];
        let body = format!("{first}{}{stop}\n", letters.as_str()).into_bytes();
        Answer { status, headers, body }
    }

    pub(super) fn status(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.status).ok();
        let is_final = |status: &StatusCode| (200..600).contains(&status.as_u16());
        status.filter(is_final).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The headers that can be sent, as they were spelt, and parsed; without those of the framing.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, HeaderName, HeaderValue)> {
        self.headers.iter().filter_map(|(spelt, value)| {
            let name = HeaderName::try_from(*spelt).ok()?;
            let framing = [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name);
            (!framing).then_some((*spelt, name, HeaderValue::try_from(value).ok()?))
        })
    }

    /// The length that is told; `None` where there is none by the status
    /// (<https://www.rfc-editor.org/rfc/rfc9110#section-8.6>).
    pub(super) fn length(&self) -> Option<usize> {
        let is_told = !matches!(self.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        is_told.then_some(self.body.len())
    }

    /// What is sent behind the head.
    pub(super) fn sent_body(&self, only_head: bool) -> &[u8] {
        if only_head || self.length().is_none() { &[] } else { &self.body }
    }

    /// A whole HTTP/1.1 response. `close`: the connection closes after it.
    pub(super) fn http1(&self, only_head: bool, close: bool) -> Vec<u8> {
        let status = self.status();
        let reason = status.canonical_reason().unwrap_or("Error");
        let mut response = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
        for (spelt, _, value) in self.fields() {
            response.extend_from_slice(spelt.as_bytes());
            response.extend_from_slice(b": ");
            response.extend_from_slice(value.as_bytes());
            response.extend_from_slice(b"\r\n");
        }
        if let Some(length) = self.length() {
            response.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        if close {
            response.extend_from_slice(b"Connection: close\r\n");
        }
        response.extend_from_slice(b"\r\n");
        response.extend_from_slice(self.sent_body(only_head));
        response
    }
}

/// A whole HTTP/1.1 response of one sentence, after which the connection closes.
pub(super) fn text(status: u16, sentence: &str, only_head: bool) -> Vec<u8> {
    Answer::plain(status, sentence).http1(only_head, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_a_whole_response() {
        let response = String::from_utf8(text(502, "it is down", false)).unwrap();
        assert_eq!(
            response,
            "HTTP/1.1 502 Bad Gateway\r\nServer: leastwise\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: 12\r\nConnection: close\r\n\r\nIt is down.\n"
        );
        let head = String::from_utf8(text(502, "it is down", true)).unwrap();
        assert!(head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn what_no_header_may_be_and_the_framing_are_left_out() {
        let answer = Answer {
            status: 99,
            headers: vec![
                ("X-Kept", "1".to_owned()),
                ("X-Split", "1\r\nX-Smuggled: 1".to_owned()),
                ("Bad Name", "1".to_owned()),
                ("content-length", "7".to_owned()),
                ("Connection", "upgrade".to_owned()),
            ],
            body: b"no".to_vec(),
        };
        let whole =
            "HTTP/1.1 500 Internal Server Error\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nno";
        assert_eq!(String::from_utf8(answer.http1(false, false)).unwrap(), whole);
        let empty = Answer { status: 204, ..answer };
        let whole = "HTTP/1.1 204 No Content\r\nX-Kept: 1\r\nConnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(empty.http1(false, true)).unwrap(), whole);
    }
}
