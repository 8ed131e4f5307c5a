//! Answers that are not the upstream's, over HTTP/2.

use bytes::Bytes;
use h2::server::SendResponse;
use http::Response;
use http::header::CONTENT_LENGTH;

use crate::capture::proxy::answer::Answer;

/// The proxy's own answer.
pub(super) fn say(respond: &mut SendResponse<Bytes>, status: u16, sentence: &str) {
    send(respond, &Answer::plain(status, sentence), false);
}

/// A whole answer. A client that does not want it has gone.
pub(super) fn send(respond: &mut SendResponse<Bytes>, answer: &Answer, only_head: bool) {
    let mut response = Response::new(());
    *response.status_mut() = answer.status();
    let headers = response.headers_mut();
    for (_, name, value) in answer.fields() {
        headers.append(name, value);
    }
    if let Some(length) = answer.length() {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    let body = answer.sent_body(only_head);
    if let Ok(mut sending) = respond.send_response(response, body.is_empty())
        && !body.is_empty()
    {
        let _ = sending.send_data(Bytes::copy_from_slice(body), true);
    }
}
