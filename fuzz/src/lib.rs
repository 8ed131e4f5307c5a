//! What the fuzz targets of HTTP recognition share.

use leastwise::{
    call::Timestamp,
    catalog::Catalog,
    recognize::http::{self, RequestHead},
};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIARTX3GSDSQXXNL3WV/20260102/eu-west-1/";

/// A body to an operation of `service`, whole and in pieces: the call is the same.
pub fn body(service: &str, target: &str, header: (&str, &str), data: &[u8]) {
    let Some((piece, body)) = data.split_first() else { return };
    let authorization = format!("{SIGNED}{service}/aws4_request");
    let host = format!("{service}.eu-west-1.amazonaws.com");
    let headers: [(&str, &[u8]); 2] =
        [("authorization", authorization.as_bytes()), (header.0, header.1.as_bytes())];
    let head = RequestHead { method: "POST", secure: true, host: &host, target, headers: &headers };
    let call = |piece: usize| {
        let mut recognizer = http::begin(Catalog::embedded(), &head).expect("it is signed");
        body.chunks(piece).for_each(|chunk| recognizer.body(chunk));
        recognizer.response(400, &[]);
        body.chunks(piece).for_each(|chunk| recognizer.response_body(chunk));
        recognizer.finish(Timestamp(0))
    };
    assert_eq!(call(usize::from(*piece).max(1)), call(body.len().max(1)));
}

/// A head as lines: method, host, target, then headers as `name: value`.
pub fn head(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (method, host, target) = (line(), line(), line());
    let headers: Vec<(&str, &[u8])> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name, value.as_bytes())).collect();
    let head = RequestHead { method, secure: false, host, target, headers: &headers };
    if let Some(recognizer) = http::begin(Catalog::embedded(), &head) {
        recognizer.finish(Timestamp(0));
    }
}
