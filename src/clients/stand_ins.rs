//! The stand-ins for AWS that the environment names to SDKs.

use std::ffi::OsString;

/// The hosts of the stand-ins that the environment names to SDKs: `AWS_ENDPOINT_URL`, and with a service's name behind it
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
pub fn endpoints(environment: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let named = environment.filter_map(|(name, value)| {
        let name = name.to_str()?.strip_prefix("AWS_ENDPOINT_URL")?;
        let is_one = name.is_empty() || name.starts_with('_');
        host_of_url(value.to_str().filter(|_| is_one)?)
    });
    named.collect()
}

/// The host of a URL, in lower case.
fn host_of_url(url: &str) -> Option<String> {
    let (_, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_named_by_the_environment() {
        let named = |pairs: &[(&str, &str)]| {
            endpoints(pairs.iter().map(|(name, value)| (name.into(), value.into())))
        };
        let found = named(&[
            ("AWS_ENDPOINT_URL", "http://LocalStack:4566"),
            ("AWS_ENDPOINT_URL_S3", " https://u:p@minio.example.:9000/path?x "),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://[fd00::1]:8000"),
            ("AWS_ENDPOINT_URLS", "http://other"),
            ("AWS_ENDPOINT", "http://other"),
            ("AWS_ENDPOINT_URL_SQS", "not a url"),
            ("AWS_ENDPOINT_URL_SNS", "http://"),
        ]);
        assert_eq!(found, ["localstack", "minio.example", "fd00::1"]);
    }
}
