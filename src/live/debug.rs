//! `--debug`: a request in a few lines, from which nobody learns a secret.

use std::fmt::Write as _;

use crate::capture::proxy::RequestHead;
use crate::text::{Foreign, without_credentials};

/// Header fields whose values are shown. Of all others, which may carry tokens, keys or data, the name alone.
const SHOWN: &[&str] = &[
    "accept",
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-amz-api-version",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-target",
    "x-amz-user-agent",
    "x-amzn-query-mode",
];

/// The request: method, host and path; of the query the names, of the header fields those values that are harmless.
pub(crate) fn request(head: &RequestHead<'_>) -> String {
    let target = String::from_utf8_lossy(head.target);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let names: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .collect();
    let mut text = format!(
        "{} {}://{}:{}{}",
        Foreign(head.method),
        head.scheme.as_str(),
        Foreign(head.host),
        head.port,
        Foreign(&without_credentials(path))
    );
    if !names.is_empty() {
        let _ = write!(text, "?{}", Foreign(&names.join("&")));
    }
    for (name, value) in head.headers.iter() {
        let value = if SHOWN.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            Foreign(&String::from_utf8_lossy(value)).to_string()
        } else {
            "(not shown)".to_owned()
        };
        let _ = write!(text, "\n    {}: {value}", Foreign(name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Timestamp;
    use crate::capture::proxy::{Fields, Scheme};

    #[test]
    fn no_secret_is_shown() {
        let pairs: &[(&str, &[u8])] = &[
            ("Host", b"sqs.eu-west-1.amazonaws.com"),
            ("Authorization", b"AWS4-HMAC-SHA256 Credential=AKIA, Signature=SECRET"),
            ("X-Amz-Security-Token", b"SECRET"),
            ("x-amz-server-side-encryption-customer-key", b"SECRET"),
            ("Cookie", b"SECRET"),
            ("X-Amz-Target", b"AmazonSQS.SendMessage\x1b"),
        ];
        let text = request(&RequestHead {
            time: Timestamp(0),
            peer: ([127, 0, 0, 1], 1).into(),
            scheme: Scheme::Https,
            host: "sqs.eu-west-1.amazonaws.com",
            port: 443,
            to_stand_in: false,
            is_named: false,
            is_this_machine: false,
            method: "POST",
            target: b"/q?Action=x&X-Amz-Signature=SECRET&X-Amz-Security-Token=SECRET",
            headers: Fields::from_pairs(pairs),
        });
        assert!(!text.contains("SECRET") && !text.contains('\u{1b}'), "{text}");
        assert!(
            text.starts_with(
                "POST https://sqs.eu-west-1.amazonaws.com:443/q?Action&X-Amz-Signature&X-Amz-Security-Token\n"
            ),
            "{text}"
        );
        assert!(
            text.contains("X-Amz-Target: AmazonSQS.SendMessage")
                && text.contains("Cookie: (not shown)"),
            "{text}"
        );
    }
}
