//! Who signed a request, for which service and region: read from what was signed, never from the
//! signature itself.

use super::endpoint::Endpoint;
use super::head::RequestHead;
use super::uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::call::Authorization;
use crate::catalog::{Catalog, Service};

/// What a signature says. Nothing of the signature is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    /// How it signs.
    pub(super) authorization: Authorization,
    /// The access key id.
    pub(super) access_key: Option<String>,
    /// The region of the credential scope, or the only one of SigV4a's region set.
    pub(super) region: Option<String>,
    /// The service of the credential scope; the older schemes have none.
    pub(super) service: Option<String>,
}

impl Signer {
    /// Nobody: nothing is signed.
    pub(super) fn nobody() -> Signer {
        Signer { authorization: Authorization::None, access_key: None, region: None, service: None }
    }
}

/// Whoever signed a request, in whichever header or in its query.
pub(super) fn of_head(head: &RequestHead<'_>, query: &str) -> Option<Signer> {
    let region_set = head.header("x-amz-region-set");
    ["authorization", "x-amzn-authorization"]
        .into_iter()
        .find_map(|name| of_header(head.header(name)?, region_set))
        .or_else(|| of_query(query))
}

/// How a request is authorised that nobody signed.
pub(super) fn unsigned(
    head: &RequestHead<'_>,
    endpoint: &Endpoint,
    service: Option<Service>,
) -> Authorization {
    let value = head.text("authorization");
    let (scheme, credentials) = value.split_once(' ').unwrap_or((value, ""));
    if credentials.is_empty() {
        Authorization::None
    } else if scheme.eq_ignore_ascii_case("bearer") && takes_api_keys(endpoint, service) {
        Authorization::Bearer
    } else if scheme.eq_ignore_ascii_case("basic") && takes_passwords(endpoint) {
        Authorization::Basic
    } else {
        Authorization::Token
    }
}

/// Whether bearer tokens are keys of IAM's there: where there is an action that permits to use them
/// (https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-permissions.html,
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_HTTP_Endpoints_BearerTokenAuth.html).
fn takes_api_keys(endpoint: &Endpoint, service: Option<Service>) -> bool {
    let permits = |service: &Service| {
        let authorized = service.operations().find_map(|operation| operation.authorized().next());
        authorized.is_some_and(|it| {
            Catalog::embedded().action(it.action().prefix(), "CallWithBearerToken").is_some()
        })
    };
    // Bedrock's newest endpoints (`bedrock-mantle`) have operations that no model has.
    service.as_ref().is_some_and(permits)
        || (endpoint.is_aws && endpoint.stem.starts_with("bedrock"))
        || is_at(endpoint, &PACKAGES)
}

/// Whether user names and passwords are IAM's there
/// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html,
/// https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-gc.html,
/// https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html).
fn takes_passwords(endpoint: &Endpoint) -> bool {
    is_at(endpoint, &["dkr.ecr", "dkr-ecr", "dkr-ecr.on.aws", GIT]) || is_at(endpoint, &PACKAGES)
}

/// Hosts of CodeArtifact's package managers.
const PACKAGES: [&str; 2] = ["d.codeartifact", "d.codeartifact.on.aws"];
/// The host of CodeCommit's Git.
const GIT: &str = "git-codecommit";

fn is_at(endpoint: &Endpoint, hosts: &[&str]) -> bool {
    let is_one = |host: &&str| {
        let left = endpoint.stem.strip_suffix(*host);
        left.is_some_and(|left| left.is_empty() || left.ends_with('.'))
    };
    endpoint.is_aws && hosts.iter().any(is_one)
}

/// What the user's name beside a password says of who it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    /// The access key id with which the password was made.
    pub(super) access_key: Option<String>,
    /// The account that the user is in.
    pub(super) account: Option<String>,
}

/// Who a request to CodeCommit with a password is from: Git credentials have the account behind the name (`ann-at-111122223333`), and
/// AWS's helpers an access key id as name, with a session's token behind it
/// (https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-gc.html,
/// https://github.com/aws/git-remote-codecommit). Neither the token nor the password is kept.
pub(super) fn user(head: &RequestHead<'_>, endpoint: &Endpoint) -> User {
    let password = head.text("authorization").split_once(' ').map(|(_, it)| it.trim());
    let decoded = password
        .filter(|it| it.len() <= LONGEST_PASSWORD && is_at(endpoint, &[GIT]))
        .and_then(|it| STANDARD.decode(it).ok());
    let text = decoded.as_deref().and_then(|it| std::str::from_utf8(it).ok());
    let Some((name, _)) = text.and_then(|it| it.split_once(':')) else { return User::default() };
    let key = name.split('%').next().unwrap_or_default();
    let is_key = (key.starts_with("AKIA") || key.starts_with("ASIA"))
        && (16..=128).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let account = name.rsplit_once("-at-").map(|(_, it)| it);
    let is_account = |it: &&str| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit());
    User {
        access_key: is_key.then(|| key.to_owned()),
        account: account.filter(is_account).map(str::to_owned),
    }
}

/// A session's token is in it.
const LONGEST_PASSWORD: usize = 16 << 10;

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
            let authorization = match scheme {
                "AWS4-HMAC-SHA256" => Authorization::SigV4,
                _ => Authorization::SigV4a,
            };
            of_scope(authorization, credential, region_set)
        }
        // S3's first scheme: `AWS AKID:signature`.
        "AWS" => rest.rsplit_once(':').map(|(key, _)| of_key(Authorization::SigV2, key)),
        // The one before SigV4: `AWS3-HTTPS AWSAccessKeyId=AKID,…`.
        "AWS3" | "AWS3-HTTPS" => {
            let key =
                rest.split(',').find_map(|part| part.trim().strip_prefix("AWSAccessKeyId="))?;
            Some(of_key(Authorization::SigV2, key))
        }
        _ => None,
    }
}

/// Reads a presigned query, of any scheme. Without a signature it says nothing: whoever is sent one takes the request for one
/// without credentials.
pub(super) fn of_query(query: &str) -> Option<Signer> {
    let (mut credential, mut region_set, mut key) = (None, None, None);
    let (mut signed, mut signed_before_4) = (false, false);
    for (name, value) in uri::pairs(query) {
        match name {
            "X-Amz-Credential" => credential = Some(uri::decoded(value)),
            "X-Amz-Region-Set" => region_set = Some(uri::decoded(value)),
            "X-Amz-Signature" => signed = !value.is_empty(),
            "AWSAccessKeyId" => key = Some(uri::decoded(value)),
            "Signature" => signed_before_4 = !value.is_empty(),
            _ => {}
        }
    }
    match (credential, key) {
        (Some(credential), _) if signed => {
            let region_set = region_set.as_deref().map(str::as_bytes);
            of_scope(Authorization::Presigned, &credential, region_set)
        }
        (_, Some(key)) if signed_before_4 => Some(of_key(Authorization::Presigned, &key)),
        _ => None,
    }
}

/// Who signed, where only the key's id is told.
pub(super) fn of_key(authorization: Authorization, key: &str) -> Signer {
    Signer { authorization, access_key: bounded(key), region: None, service: None }
}

/// `AKID/20260102/eu-west-1/s3/aws4_request`; SigV4a's has no region. A key id may have slashes of
/// its own, so it is read from the right.
pub(super) fn of_scope(
    authorization: Authorization,
    scope: &str,
    region_set: Option<&[u8]>,
) -> Option<Signer> {
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
        authorization,
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

    fn signer(
        authorization: Authorization,
        key: &str,
        region: Option<&str>,
        service: Option<&str>,
    ) -> Option<Signer> {
        Some(Signer {
            authorization,
            access_key: Some(key.to_owned()),
            region: region.map(str::to_owned),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn authorization_headers() {
        use Authorization::{SigV2, SigV4, SigV4a};
        let v4 = "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0a";
        assert_eq!(
            of_header(v4.as_bytes(), None),
            signer(SigV4, "AKID", Some("eu-west-1"), Some("s3"))
        );
        let tight = "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=a/b/20260102/eu-west-1/sts/aws4_request,Signature=0a";
        assert_eq!(
            of_header(tight.as_bytes(), None),
            signer(SigV4, "a/b", Some("eu-west-1"), Some("sts"))
        );
        let v4a = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260102/s3/aws4_request, SignedHeaders=host, Signature=0a";
        assert_eq!(of_header(v4a.as_bytes(), Some(b"*")), signer(SigV4a, "AKID", None, Some("s3")));
        let region = Some(&b"us-west-2"[..]);
        assert_eq!(
            of_header(v4a.as_bytes(), region),
            signer(SigV4a, "AKID", Some("us-west-2"), Some("s3"))
        );
        assert_eq!(of_header(b"AWS AKID:c2ln", None), signer(SigV2, "AKID", None, None));
    }

    #[test]
    fn presigned_queries() {
        let v4 =
            "X-Amz-Credential=AKID%2F20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0a";
        assert_eq!(
            of_query(v4),
            signer(Authorization::Presigned, "AKID", Some("eu-west-1"), Some("s3"))
        );
        let v2 = "AWSAccessKeyId=AKID&Signature=c2ln&Expires=1";
        assert_eq!(of_query(v2), signer(Authorization::Presigned, "AKID", None, None));
        for unsigned in [
            "list-type=2",
            "X-Amz-Credential=AKID%2F20260102%2Feu-west-1%2Fs3%2Faws4_request",
            "X-Amz-Credential=AKID%2F20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=",
            "AWSAccessKeyId=AKID",
            "AWSAccessKeyId=AKID&Signature=",
        ] {
            assert_eq!(of_query(unsigned), None, "{unsigned}");
        }
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
