//! What signs requests.

use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;

/// A request that is to be signed.
#[derive(Debug)]
pub(super) struct Unsigned<'a> {
    /// `https://HOST[:PORT]`.
    pub(super) origin: &'a str,
    /// What stands in `Host`.
    pub(super) authority: &'a str,
    pub(super) method: Method,
    /// Path and query, escaped.
    pub(super) path: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Bytes,
}

/// An access key with its secret, which no text that is made of it shows.
#[derive(Debug, Clone)]
pub struct Credentials(aws_credential_types::Credentials);

impl From<aws_credential_types::Credentials> for Credentials {
    fn from(found: aws_credential_types::Credentials) -> Credentials {
        Credentials(found)
    }
}

impl Credentials {
    /// By their parts.
    pub fn new(key: &str, secret: &str, token: Option<String>) -> Credentials {
        Credentials::until(key, secret, token, None)
    }

    /// By their parts, and when they expire.
    pub(super) fn until(
        key: &str,
        secret: &str,
        token: Option<String>,
        expiry: Option<SystemTime>,
    ) -> Credentials {
        Credentials(aws_credential_types::Credentials::new(key, secret, token, expiry, "leastwise"))
    }

    /// Those of the environment, as SDKs take them
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>); `None` where it has none.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let (key, secret) = (given("AWS_ACCESS_KEY_ID")?, given("AWS_SECRET_ACCESS_KEY")?);
        Some(Credentials::new(&key, &secret, given("AWS_SESSION_TOKEN")))
    }

    /// The id of the access key.
    pub fn access_key(&self) -> &str {
        self.0.access_key_id()
    }

    /// The variables in which SDKs find them. The values are secret: they are for a process's environment, and for nothing else.
    pub fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("AWS_ACCESS_KEY_ID", self.0.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", self.0.secret_access_key().to_owned()),
            ("AWS_SESSION_TOKEN", self.0.session_token().unwrap_or_default().to_owned()),
        ]
    }

    /// When they expire, as SDKs read it (`2026-11-26T21:18:37Z`); `None` where they do not.
    pub fn expires(&self) -> Option<String> {
        let moment = time::OffsetDateTime::from(self.expiry()?);
        let whole = moment.replace_nanosecond(0).unwrap_or(moment);
        whole.format(&time::format_description::well_known::Rfc3339).ok()
    }

    /// Whether they are of a session, and not a user's own for good.
    pub fn is_temporary(&self) -> bool {
        self.0.session_token().is_some()
    }

    /// When they expire, where they do.
    pub(super) fn expiry(&self) -> Option<SystemTime> {
        self.0.expiry()
    }

    /// A request that is signed with Signature Version 4, for a service and a region.
    pub(super) fn signed(
        &self,
        unsigned: Unsigned<'_>,
        scope: (&str, &str),
    ) -> Result<Request<Full<Bytes>>, String> {
        let Unsigned { origin, authority, method, path, headers, body } = unsigned;
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in [("host", authority)].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.clone()));
        let mut request = request.map_err(|error| error.to_string())?;
        self.sign(&mut request, (&format!("{origin}{path}"), &body), scope)?;
        Ok(request)
    }

    /// `url`: the whole URL of the request.
    fn sign(
        &self,
        request: &mut Request<Full<Bytes>>,
        (url, body): (&str, &[u8]),
        (service, region): (&str, &str),
    ) -> Result<(), String> {
        let mut settings = SigningSettings::default();
        if service == "s3" {
            // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = self.0.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signable = {
            let headers = request.headers().iter();
            let headers =
                headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            let method = request.method().as_str();
            SignableRequest::new(method, url, headers, SignableBody::Bytes(body))
                .and_then(|signable| sign(signable, &parameters))
                .map_err(|error| error.to_string())?
        };
        signable.into_parts().0.apply_to_request_http1x(request);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_has_whole_credentials_or_none() {
        let of = |pairs: &[(&str, &str)]| {
            Credentials::of_environment(|name| {
                let pair = pairs.iter().find(|(it, _)| *it == name);
                pair.map(|(_, value)| (*value).to_owned())
            })
        };
        let key = ("AWS_ACCESS_KEY_ID", "key");
        assert!(of(&[key]).is_none());
        assert!(of(&[key, ("AWS_SECRET_ACCESS_KEY", "")]).is_none());
        let whole =
            of(&[key, ("AWS_SECRET_ACCESS_KEY", "hidden"), ("AWS_SESSION_TOKEN", "veiled")]);
        let whole = whole.unwrap();
        assert_eq!(whole.access_key(), "key");
        let shown = format!("{whole:?}");
        assert!(!shown.contains("hidden") && !shown.contains("veiled"), "{shown}");
    }
}
