//! The head of a request.

/// The head of a request, as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// The method (`POST`).
    pub method: &'a str,
    /// Whether it came through TLS.
    pub secure: bool,
    /// The authority (`bucket.s3.eu-west-1.amazonaws.com`, `localhost:4566`).
    pub host: &'a str,
    /// Path and query, not decoded. An absolute form's scheme and authority are passed over.
    pub target: &'a str,
    /// The headers in any case and order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl RequestHead<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.header(name)
            .and_then(|value| std::str::from_utf8(value).ok())
            .unwrap_or_default()
            .trim()
    }
}
