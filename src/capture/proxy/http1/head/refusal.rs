//! Messages that are not taken.

/// A message that is not taken, with the status and the sentence that answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) sentence: &'static str,
}

pub(super) const fn bad(sentence: &'static str) -> Refusal {
    Refusal { status: 400, sentence }
}

pub(crate) const TOO_LARGE: Refusal = Refusal {
    status: 431,
    sentence: "the request's head is larger than 64 KiB or has more than 256 fields",
};

/// What answers a request that the parser does not take.
pub(super) fn refusal(error: httparse::Error) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => TOO_LARGE,
        httparse::Error::Version => {
            Refusal { status: 505, sentence: "only HTTP/1.0 and HTTP/1.1 are supported here" }
        }
        httparse::Error::HeaderName => bad("the name of a header field is not valid"),
        httparse::Error::HeaderValue => bad("the value of a header field is not valid"),
        httparse::Error::Token => bad("the method or target of the request is not valid"),
        _ => bad("the request's head is not valid HTTP"),
    }
}
