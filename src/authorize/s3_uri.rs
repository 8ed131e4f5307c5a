//! What members of other services name in S3, by the URIs and URLs that AWS takes.

use crate::catalog::Catalog;

/// The ARN of the bucket, with the object if one is named: of `s3://bucket/key`, of a URL with the bucket in the path or in
/// the host (docs.aws.amazon.com/AmazonS3/latest/userguide/access-bucket-intro.html), or an ARN as it is. None where
/// it is nothing in S3.
pub(super) fn arn(uri: &str) -> Option<String> {
    if uri.starts_with("arn:") {
        return Some(uri.to_owned());
    }
    let (scheme, rest) = uri.split_once("://")?;
    // What is behind these is how it is asked for, and may be a signature.
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if scheme.eq_ignore_ascii_case("s3") {
        return named("aws", host, path);
    }
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let host = host.split(':').next().unwrap_or_default();
    let partition = Catalog::embedded()
        .partitions()
        .filter(|it| host.strip_suffix(it.dns_suffix()).is_some_and(|it| it.ends_with('.')))
        .min_by_key(|it| std::cmp::Reverse(it.dns_suffix().len()))?;
    let endpoint = host.strip_suffix(partition.dns_suffix())?.strip_suffix('.')?;
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let is_s3 = |label: &str| label == "s3" || label.starts_with("s3-");
    if is_s3(endpoint.split('.').next().unwrap_or_default()) {
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        return named(partition.id(), bucket, key);
    }
    // `bucket.s3.eu-west-1`, `bucket.s3-eu-west-1`, `bucket.s3`: buckets' names may have dots.
    let mut dots = endpoint.match_indices('.').rev();
    let (dot, _) = dots.find(|(dot, _)| {
        let label = endpoint[dot + 1..].split('.').next().unwrap_or_default();
        is_s3(label)
    })?;
    named(partition.id(), &endpoint[..dot], &path)
}

fn named(partition: &str, bucket: &str, key: &str) -> Option<String> {
    if bucket.is_empty() {
        return None;
    }
    let slash = if key.is_empty() { "" } else { "/" };
    Some(format!("arn:{partition}:s3:::{bucket}{slash}{key}"))
}

#[cfg(test)]
mod tests {
    use super::arn;

    #[test]
    fn what_is_named_in_s3() {
        for (uri, expected) in [
            ("s3://notes/a/b.txt", Some("arn:aws:s3:::notes/a/b.txt")),
            ("S3://notes", Some("arn:aws:s3:::notes")),
            ("s3://notes/", Some("arn:aws:s3:::notes")),
            ("https://s3.amazonaws.com/notes/a.yaml", Some("arn:aws:s3:::notes/a.yaml")),
            ("https://s3.eu-west-1.amazonaws.com/notes/a%20b", Some("arn:aws:s3:::notes/a b")),
            ("https://s3-eu-west-1.amazonaws.com/notes/a", Some("arn:aws:s3:::notes/a")),
            ("https://notes.s3.amazonaws.com/a/b", Some("arn:aws:s3:::notes/a/b")),
            ("https://my.notes.s3.eu-west-1.amazonaws.com/a", Some("arn:aws:s3:::my.notes/a")),
            ("https://notes.s3-eu-west-1.amazonaws.com:443/a", Some("arn:aws:s3:::notes/a")),
            ("https://notes.s3.dualstack.eu-west-1.amazonaws.com/a", Some("arn:aws:s3:::notes/a")),
            (
                "https://notes.s3.cn-north-1.amazonaws.com.cn/a?X-Amz-Signature=secret",
                Some("arn:aws-cn:s3:::notes/a"),
            ),
            ("arn:aws:s3:::notes/a", Some("arn:aws:s3:::notes/a")),
            ("https://example.com/s3.yaml", None),
            ("https://notamazonaws.com/notes/a", None),
            ("https://ec2.amazonaws.com/notes/a", None),
            ("ftp://s3.amazonaws.com/notes/a", None),
            ("https://s3.amazonaws.com/", None),
            ("s3://", None),
            ("notes/a", None),
            ("", None),
        ] {
            assert_eq!(arn(uri).as_deref(), expected, "{uri}");
        }
    }
}
