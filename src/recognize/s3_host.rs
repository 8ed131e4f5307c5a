//! What an S3 host name addresses: the service alone (the bucket, if any, is in the path), a
//! bucket, an access point, and so on.
//!
//! Read from the right: AWS's domain, the region, `dualstack`, the endpoint's own label (`s3`,
//! `s3-fips`, `s3-accesspoint`, …). What stands left of that is the bucket's, dots included, so that
//! no name of a bucket can be taken for a part of the endpoint.

use std::borrow::Cow;

/// An S3 host, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Host {
    /// The region that the host names. Global hosts (`s3.amazonaws.com`, `s3-accelerate`, multi-region
    /// access points) name none.
    pub region: Option<String>,
    /// What is addressed.
    pub target: Target,
}

/// What an S3 host addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The service: no bucket (`ListBuckets`), or path style, with the bucket first in the path.
    Service,
    /// A bucket, virtual-hosted; also an alias that is used in a bucket's place (`…-s3alias`,
    /// `…--ol-s3`, `…--op-s3`).
    Bucket(String),
    /// A directory bucket (`name--use1-az4--x-s3`), or an access point of one (`…--xa-s3`).
    DirectoryBucket(String),
    /// An endpoint of S3 Express for directory buckets, path style (`s3express-control`).
    Express,
    /// An access point.
    AccessPoint {
        /// Its name.
        name: String,
        /// The account that owns it.
        account: String,
    },
    /// A multi-region access point, by its alias (`mfzwi23gnjvgw.mrap`).
    MultiRegionAccessPoint(String),
    /// An Object Lambda access point.
    ObjectLambda {
        /// Its name.
        name: String,
        /// The account that owns it.
        account: String,
    },
    /// The Object Lambda service (`WriteGetObjectResponse`, whose host carries a route).
    ObjectLambdaService,
    /// An access point on an Outpost.
    OutpostAccessPoint {
        /// The Outpost's id (`op-01ac5d28a6a232904`).
        outpost: String,
        /// Its name.
        name: String,
        /// The account that owns it.
        account: String,
    },
    /// S3 on Outposts, the service (`s3-outposts`; used by S3 Control).
    Outposts,
    /// S3 Control, with the account that its host carries.
    Control(Option<String>),
}

impl S3Host {
    /// What S3's member `Bucket` says for this host: a bucket's name or an access point's ARN;
    /// `None` where the host does not tell. `partition` is that of the host's region.
    pub fn bucket(&self, partition: &str) -> Option<Cow<'_, str>> {
        let region = self.region.as_deref().unwrap_or_default();
        match &self.target {
            Target::Bucket(name) | Target::DirectoryBucket(name) => Some(Cow::Borrowed(name)),
            Target::AccessPoint { name, account } => {
                Some(format!("arn:{partition}:s3:{region}:{account}:accesspoint/{name}").into())
            }
            // The host does not name the owner.
            Target::MultiRegionAccessPoint(alias) => {
                Some(format!("arn:{partition}:s3::*:accesspoint/{alias}").into())
            }
            Target::ObjectLambda { name, account } => Some(
                format!("arn:{partition}:s3-object-lambda:{region}:{account}:accesspoint/{name}")
                    .into(),
            ),
            Target::OutpostAccessPoint { outpost, name, account } => Some(
                format!(
                    "arn:{partition}:s3-outposts:{region}:{account}:outpost/{outpost}/accesspoint/{name}"
                )
                .into(),
            ),
            Target::Service
            | Target::Express
            | Target::ObjectLambdaService
            | Target::Outposts
            | Target::Control(_) => None,
        }
    }
}

/// Domains under which S3 answers, in every partition. LocalStack's is among them: it serves the
/// same names.
const DOMAINS: [&str; 11] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
    ".localhost.localstack.cloud",
];

/// Reads a host (`bucket.s3.eu-west-1.amazonaws.com`, with or without a port, in any case).
///
/// `None`: not a host of S3's, as far as AWS's names tell (an address, a stand-in, a custom domain).
pub fn parse(host: &str) -> Option<S3Host> {
    let host = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
        return None;
    }
    let name = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain))?;
    let (name, through_endpoint) = match name.strip_suffix(".vpce") {
        Some(name) => (name, true),
        None => (name, false),
    };

    let (left, last) = split_last(name);
    let (left, region) = if is_region(last) { (left, Some(last)) } else { (name, None) };
    let (left, label) = match split_last(left) {
        (left, "dualstack") if !left.is_empty() => split_last(left),
        split => split,
    };
    let (endpoint, region_in_label) = endpoint(label)?;
    let (endpoint, left) =
        if through_endpoint { vpc_endpoint(endpoint, left)? } else { (endpoint, left) };
    if left.starts_with('.') || left.contains("..") {
        return None;
    }
    let target = target(endpoint, left)?;
    Some(S3Host { region: region.or(region_in_label).map(str::to_owned), target })
}

/// The label of a host that says which part of S3 answers.
#[derive(Clone, Copy)]
enum Endpoint {
    Ordinary,
    AccessPoint,
    Global,
    ObjectLambda,
    Outposts,
    Control,
    Express,
    ExpressZone,
}

/// What a label is, and the region in it where it carries one (`s3-eu-west-1`, the old way).
fn endpoint(label: &str) -> Option<(Endpoint, Option<&str>)> {
    let kind = match label.strip_suffix("-fips").unwrap_or(label) {
        "s3" | "s3-accelerate" | "s3-website" | "s3-external-1" | "s3-external-2" => {
            Endpoint::Ordinary
        }
        "s3-accesspoint" => Endpoint::AccessPoint,
        "s3-global" => Endpoint::Global,
        "s3-object-lambda" => Endpoint::ObjectLambda,
        "s3-outposts" => Endpoint::Outposts,
        "s3-control" => Endpoint::Control,
        "s3express-control" => Endpoint::Express,
        _ if label.starts_with("s3express-") => Endpoint::ExpressZone,
        _ => {
            let region = ["s3-website-", "s3-fips-", "s3-"]
                .iter()
                .find_map(|prefix| label.strip_prefix(prefix).filter(|rest| is_region(rest)))?;
            return Some((Endpoint::Ordinary, Some(region)));
        }
    };
    Some((kind, None))
}

fn target(endpoint: Endpoint, left: &str) -> Option<Target> {
    Some(match endpoint {
        Endpoint::Ordinary if left.is_empty() => Target::Service,
        Endpoint::Ordinary => Target::Bucket(left.to_owned()),
        Endpoint::AccessPoint => {
            let (name, account) = split_account(left)?;
            Target::AccessPoint { name, account }
        }
        Endpoint::Global => {
            Target::MultiRegionAccessPoint(left.strip_suffix(".accesspoint")?.to_owned())
        }
        Endpoint::ObjectLambda => match split_account(left) {
            Some((name, account)) => Target::ObjectLambda { name, account },
            None => Target::ObjectLambdaService,
        },
        Endpoint::Outposts if left.is_empty() => Target::Outposts,
        Endpoint::Outposts => {
            let (name, outpost) = left.rsplit_once('.')?;
            match split_account(name) {
                Some((name, account)) if outpost.starts_with("op-") => {
                    Target::OutpostAccessPoint { outpost: outpost.to_owned(), name, account }
                }
                _ if name.ends_with("--op-s3") => Target::Bucket(name.to_owned()),
                _ => return None,
            }
        }
        Endpoint::Control if left.is_empty() => Target::Control(None),
        Endpoint::Control if is_account(left) => Target::Control(Some(left.to_owned())),
        Endpoint::Control => return None,
        Endpoint::ExpressZone if !left.is_empty() => Target::DirectoryBucket(left.to_owned()),
        Endpoint::Express | Endpoint::ExpressZone => Target::Express,
    })
}

/// What an interface endpoint's own labels say (`my.bucket.bucket.vpce-1a2b3c4d-5e6f`), and what
/// stands left of them.
fn vpc_endpoint(endpoint: Endpoint, left: &str) -> Option<(Endpoint, &str)> {
    let (left, id) = split_last(left);
    if !id.starts_with("vpce-") {
        return None;
    }
    match split_last(left) {
        (left, "bucket") => Some((Endpoint::Ordinary, left)),
        ("", "") => Some((endpoint, "")),
        (left, "accesspoint") => Some((Endpoint::AccessPoint, left)),
        (left, "control") => Some((Endpoint::Control, left)),
        _ => None,
    }
}

/// `name-111122223333` → name and account.
fn split_account(label: &str) -> Option<(String, String)> {
    let (name, account) = label.rsplit_once('-')?;
    (is_account(account) && !name.is_empty() && !name.contains('.'))
        .then(|| (name.to_owned(), account.to_owned()))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words and a number: `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`.
fn is_region(label: &str) -> bool {
    let Some((words, number)) = label.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && words.contains('-')
        && words.split('-').all(is_word)
}

fn split_last(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target_of(host: &str) -> Option<Target> {
        parse(host).map(|read| read.target)
    }

    fn bucket_of(host: &str) -> Option<String> {
        parse(host).and_then(|read| read.bucket("aws").map(Cow::into_owned))
    }

    #[test]
    fn virtual_hosted_buckets() {
        for (host, bucket, region) in [
            ("b.s3.amazonaws.com", "b", None),
            ("b.s3.eu-west-1.amazonaws.com", "b", Some("eu-west-1")),
            ("B.S3.EU-WEST-1.AMAZONAWS.COM:443", "b", Some("eu-west-1")),
            ("b.s3.eu-west-1.amazonaws.com.", "b", Some("eu-west-1")),
            ("b.s3-eu-west-1.amazonaws.com", "b", Some("eu-west-1")),
            ("www.my.site.s3.eu-west-1.amazonaws.com", "www.my.site", Some("eu-west-1")),
            ("b.s3.dualstack.us-west-2.amazonaws.com", "b", Some("us-west-2")),
            ("b.s3-fips.us-gov-west-1.amazonaws.com", "b", Some("us-gov-west-1")),
            ("b.s3-fips.dualstack.us-east-1.amazonaws.com", "b", Some("us-east-1")),
            ("b.s3-fips-us-gov-west-1.amazonaws.com", "b", Some("us-gov-west-1")),
            ("b.s3-accelerate.amazonaws.com", "b", None),
            ("b.s3-accelerate.dualstack.amazonaws.com", "b", None),
            ("b.s3-external-1.amazonaws.com", "b", None),
            ("b.s3-website-us-east-1.amazonaws.com", "b", Some("us-east-1")),
            ("b.s3-website.eu-central-1.amazonaws.com", "b", Some("eu-central-1")),
            ("b.s3.cn-north-1.amazonaws.com.cn", "b", Some("cn-north-1")),
            ("b.s3.us-iso-east-1.c2s.ic.gov", "b", Some("us-iso-east-1")),
            ("b.s3.us-isob-east-1.sc2s.sgov.gov", "b", Some("us-isob-east-1")),
            ("b.s3.eusc-de-east-1.amazonaws.eu", "b", Some("eusc-de-east-1")),
            ("b.s3.localhost.localstack.cloud:4566", "b", None),
            // Aliases stand in a bucket's place.
            ("ap-1a2b-s3alias.s3.eu-west-1.amazonaws.com", "ap-1a2b-s3alias", Some("eu-west-1")),
            ("x--ol-s3.s3.eu-west-1.amazonaws.com", "x--ol-s3", Some("eu-west-1")),
            ("x--op-s3.op-0a1b.s3-outposts.us-west-2.amazonaws.com", "x--op-s3", Some("us-west-2")),
            ("x--op-s3.ec2.s3-outposts.us-west-2.amazonaws.com", "x--op-s3", Some("us-west-2")),
            // Through an interface endpoint.
            (
                "my.b.bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com",
                "my.b",
                Some("us-east-1"),
            ),
        ] {
            let read = parse(host).unwrap_or_else(|| panic!("{host} is S3's"));
            assert_eq!(read.target, Target::Bucket(bucket.into()), "{host}");
            assert_eq!(read.region.as_deref(), region, "{host}");
        }
    }

    #[test]
    fn buckets_whose_names_look_like_endpoints() {
        for (host, bucket) in [
            ("s3.s3.eu-west-1.amazonaws.com", "s3"),
            ("my.s3.s3.amazonaws.com", "my.s3"),
            ("s3-eu-west-1.s3.amazonaws.com", "s3-eu-west-1"),
            ("us-east-1.s3.amazonaws.com", "us-east-1"),
            ("dualstack.s3.amazonaws.com", "dualstack"),
            ("x.dualstack.s3.us-east-1.amazonaws.com", "x.dualstack"),
            (
                "a.s3.eu-west-1.amazonaws.com.s3.eu-west-1.amazonaws.com",
                "a.s3.eu-west-1.amazonaws.com",
            ),
            ("name-111122223333.s3.us-east-1.amazonaws.com", "name-111122223333"),
            ("vpce.s3.amazonaws.com", "vpce"),
        ] {
            assert_eq!(bucket_of(host).as_deref(), Some(bucket), "{host}");
        }
    }

    #[test]
    fn path_style_tells_no_bucket() {
        for host in [
            "s3.amazonaws.com",
            "s3.eu-west-1.amazonaws.com",
            "s3-eu-west-1.amazonaws.com",
            "s3.dualstack.eu-west-1.amazonaws.com",
            "s3-fips.dualstack.us-gov-east-1.amazonaws.com",
            "s3.cn-north-1.amazonaws.com.cn:443",
            "bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com",
            "vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com",
        ] {
            assert_eq!(target_of(host), Some(Target::Service), "{host}");
            assert_eq!(bucket_of(host), None, "{host}");
        }
    }

    #[test]
    fn directory_buckets() {
        let bucket = "b--use1-az4--x-s3";
        for host in [
            "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            "b--use1-az4--x-s3.s3express-fips-use1-az4.us-east-1.amazonaws.com",
            "b--use1-az4--x-s3.s3express-use1-az4.dualstack.us-east-1.amazonaws.com",
        ] {
            let read = parse(host).unwrap();
            assert_eq!(read.target, Target::DirectoryBucket(bucket.into()), "{host}");
            assert_eq!(read.region.as_deref(), Some("us-east-1"));
            assert_eq!(read.bucket("aws").as_deref(), Some(bucket));
        }
        for host in [
            "s3express-control.us-east-1.amazonaws.com",
            "s3express-control-fips.dualstack.us-east-1.amazonaws.com",
        ] {
            assert_eq!(target_of(host), Some(Target::Express), "{host}");
        }
    }

    #[test]
    fn access_points_give_their_arn() {
        for (host, arn) in [
            (
                "my-ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/my-ap",
            ),
            (
                "ap-111122223333.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
                "arn:aws:s3:us-east-1:111122223333:accesspoint/ap",
            ),
            (
                "ap-111122223333.accesspoint.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
                "arn:aws:s3:us-east-1:111122223333:accesspoint/ap",
            ),
            (
                "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
                "arn:aws:s3::*:accesspoint/mfzwi23gnjvgw.mrap",
            ),
            (
                "ol-111122223333.s3-object-lambda.eu-west-1.amazonaws.com",
                "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/ol",
            ),
            (
                "ap-111122223333.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com",
                "arn:aws:s3-outposts:us-west-2:111122223333:outpost/op-01ac5d28a6a232904/accesspoint/ap",
            ),
        ] {
            assert_eq!(bucket_of(host).as_deref(), Some(arn), "{host}");
        }
        let chinese = parse("ap-111122223333.s3-accesspoint.cn-north-1.amazonaws.com.cn").unwrap();
        assert_eq!(
            chinese.bucket("aws-cn").as_deref(),
            Some("arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/ap"),
        );
    }

    #[test]
    fn services_beside_s3() {
        assert_eq!(
            target_of("111122223333.s3-control.eu-west-1.amazonaws.com"),
            Some(Target::Control(Some("111122223333".into()))),
        );
        assert_eq!(
            target_of("s3-control.dualstack.eu-west-1.amazonaws.com"),
            Some(Target::Control(None)),
        );
        assert_eq!(target_of("s3-outposts-fips.us-east-1.api.aws"), Some(Target::Outposts),);
        assert_eq!(
            target_of("io-iad-cell-1a2b.s3-object-lambda.us-east-1.amazonaws.com"),
            Some(Target::ObjectLambdaService),
        );
    }

    #[test]
    fn other_hosts_are_none() {
        for host in [
            "",
            ".",
            ":",
            "amazonaws.com",
            ".amazonaws.com",
            "127.0.0.1:5000",
            "[::1]:5000",
            "localhost:4566",
            "b.localhost:5000",
            "sqs.eu-west-1.amazonaws.com",
            "s3tables.eu-west-1.amazonaws.com",
            "s3vectors.us-east-1.api.aws",
            "s3.example.com",
            "s3.eu-west-1.amazonaws.com.example.com",
            "b.s3.eu-west-1.notamazonaws.com",
            "b.eu-west-1.amazonaws.com",
            "no-account.s3-accesspoint.eu-west-1.amazonaws.com",
            "x.s3-control.eu-west-1.amazonaws.com",
            "b.op-1.s3-outposts.us-west-2.amazonaws.com",
            "..s3.amazonaws.com",
            "a..b.s3.amazonaws.com",
            // Nothing that could widen an ARN.
            "*.s3.amazonaws.com",
            "a/b.s3.amazonaws.com",
            "a:b.s3.amazonaws.com",
        ] {
            assert_eq!(parse(host), None, "{host}");
        }
    }
}
