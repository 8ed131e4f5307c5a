//! The proxy's own answers: plain text, one sentence.

/// The reason phrase of a status that the proxy answers with.
fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}

/// Marks an answer as the proxy's own.
pub(super) const SERVER: &str = "leastwise";

/// The body: `sentence` with a capital letter, a full stop and an end of line.
pub(super) fn body(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if sentence.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}\n", letters.as_str())
}

/// A whole HTTP/1.1 response after which the connection closes.
pub(super) fn text(status: u16, sentence: &str, only_head: bool) -> Vec<u8> {
    let body = body(sentence);
    let mut response = format!(
        "HTTP/1.1 {status} {}\r\nServer: {SERVER}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        reason(status),
        body.len()
    );
    if !only_head {
        response.push_str(&body);
    }
    response.into_bytes()
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
}
