//! Who signed a request, for which service and region: read from what was signed, never from the
//! signature itself.

use super::{RequestHead, uri};
use crate::call::Authorization;

/// What a signature says. Nothing of the signature is kept.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    /// The access key id.
    pub(super) access_key: Option<String>,
    /// The region of the credential scope, or the only one of SigV4a's region set.
    pub(super) region: Option<String>,
    /// The service of the credential scope; the older schemes have none.
    pub(super) service: Option<String>,
}

/// How a request was authorised; `signed`: some scheme's signature was read.
pub(super) fn authorization(head: &RequestHead<'_>, signed: bool) -> Authorization {
    let value = head.text("authorization");
    let scheme = value.split(' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        Authorization::Bearer
    } else if scheme == "AWS4-ECDSA-P256-SHA256" {
        Authorization::SigV4a
    } else if signed && value.is_empty() && head.header("x-amzn-authorization").is_none() {
        Authorization::Presigned
    } else if signed {
        Authorization::SigV4
    } else {
        Authorization::None
    }
}

/// Reads the `Authorization` header.
pub(super) fn of_header(value: &[u8], region_set: Option<&[u8]>) -> Option<Signer> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (scheme, rest) = text.split_once(' ')?;
    match scheme {
        "AWS4-HMAC-SHA256" | "AWS4-ECDSA-P256-SHA256" => {
            let credential = rest
                .split(',')
                .find_map(|part| part.trim().strip_prefix("Credential="))
                .unwrap_or_default();
            of_scope(credential, region_set)
        }
        // S3's first scheme: `AWS AKID:signature`.
        "AWS" => rest.rsplit_once(':').map(|(key, _)| of_key(key)),
        // The one before SigV4: `AWS3-HTTPS AWSAccessKeyId=AKID,…`.
        "AWS3" | "AWS3-HTTPS" => {
            rest.split(',').find_map(|part| part.trim().strip_prefix("AWSAccessKeyId=")).map(of_key)
        }
        _ => None,
    }
}

/// Reads a presigned query, of any scheme.
pub(super) fn of_query(query: &str) -> Option<Signer> {
    let (mut credential, mut region_set, mut key, mut signed) = (None, None, None, false);
    for (name, value) in uri::pairs(query) {
        match name {
            "X-Amz-Credential" => credential = Some(uri::decoded(value)),
            "X-Amz-Region-Set" => region_set = Some(uri::decoded(value)),
            "AWSAccessKeyId" => key = Some(uri::decoded(value)),
            "Signature" => signed = true,
            _ => {}
        }
    }
    match (credential, key) {
        (Some(credential), _) => of_scope(&credential, region_set.as_deref().map(str::as_bytes)),
        (None, Some(key)) if signed => Some(of_key(&key)),
        _ => None,
    }
}

fn of_key(key: &str) -> Signer {
    Signer { access_key: bounded(key), region: None, service: None }
}

/// `AKID/20260102/eu-west-1/s3/aws4_request`; SigV4a's has no region. A key id may have slashes of
/// its own, so it is read from the right.
fn of_scope(scope: &str, region_set: Option<&[u8]>) -> Option<Signer> {
    let scope = scope.strip_suffix("/aws4_request")?;
    let (rest, service) = scope.rsplit_once('/')?;
    let is_date = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (rest, last) = rest.rsplit_once('/')?;
    let (key, region) = if is_date(last) && !rest.rsplit('/').next().is_some_and(is_date) {
        let set = region_set.and_then(|set| std::str::from_utf8(set).ok()).unwrap_or_default();
        // More than one region, or a pattern, is no region.
        let one = !set.contains([',', '*']);
        (rest, if one { set } else { "" })
    } else {
        (rest.rsplit_once('/')?.0, last)
    };
    Some(Signer {
        access_key: bounded(key),
        region: bounded(region),
        service: bounded(&service.to_ascii_lowercase()),
    })
}

/// Whether a region that a request was signed for can be one: what is none goes into no ARN.
pub(super) fn is_region(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(is_letter)
}

/// What came over the network, where it can be what it should be.
fn bounded(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= 128;
    (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(key: &str, region: Option<&str>, service: Option<&str>) -> Option<Signer> {
        Some(Signer {
            access_key: Some(key.to_owned()),
            region: region.map(str::to_owned),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn authorization_headers() {
        let v4 = "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0a";
        assert_eq!(of_header(v4.as_bytes(), None), signer("AKID", Some("eu-west-1"), Some("s3")));
        let tight = "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=a/b/20260102/eu-west-1/sts/aws4_request,Signature=0a";
        assert_eq!(
            of_header(tight.as_bytes(), None),
            signer("a/b", Some("eu-west-1"), Some("sts"))
        );
        let v4a = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260102/s3/aws4_request, SignedHeaders=host, Signature=0a";
        assert_eq!(of_header(v4a.as_bytes(), Some(b"*")), signer("AKID", None, Some("s3")));
        let region = Some(&b"us-west-2"[..]);
        assert_eq!(
            of_header(v4a.as_bytes(), region),
            signer("AKID", Some("us-west-2"), Some("s3"))
        );
        assert_eq!(of_header(b"AWS AKID:c2ln", None), signer("AKID", None, None));
    }

    #[test]
    fn presigned_queries() {
        let v4 =
            "X-Amz-Credential=AKID%2F20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0a";
        assert_eq!(of_query(v4), signer("AKID", Some("eu-west-1"), Some("s3")));
        let v2 = "AWSAccessKeyId=AKID&Signature=c2ln&Expires=1";
        assert_eq!(of_query(v2), signer("AKID", None, None));
        assert_eq!(of_query("list-type=2"), None);
    }

    #[test]
    fn others_are_not_aws() {
        for header in [
            "",
            "Bearer abc",
            "Basic dTpw",
            "AWS",
            "AWS4-HMAC-SHA256 x",
            "AWS4-HMAC-SHA256 Credential=//",
        ] {
            assert_eq!(of_header(header.as_bytes(), None), None, "{header}");
        }
        assert_eq!(of_header(b"AWS \xff", None), None);
    }
}
