//! Addresses of what lies at AWS.

use std::str::FromStr;

use crate::aws::is_region;
use crate::catalog::Catalog;

/// What addresses of buckets begin with.
const BUCKET: &str = "s3://";
/// What stands for a region's CloudTrail among the names of files.
const LOOKUP: &str = "cloudtrail://";
/// The regions in which the events of global services are, by partition.
const GLOBAL: &str = include_str!("../../data/cloudtrail/global_regions.txt");

/// What lies at AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// What is in a bucket.
    Bucket {
        /// Its name.
        name: String,
        /// What keys begin with.
        prefix: String,
    },
    /// What CloudTrail can look up in a region.
    Lookup {
        /// The region.
        region: String,
    },
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidAddress {
    /// The name cannot be a bucket's.
    #[error("{0:?} is not the address of a bucket; give s3://BUCKET or s3://BUCKET/PREFIX")]
    Bucket(String),
    /// The name cannot be a region's.
    #[error("{0:?} is not a region; give one such as eu-west-1")]
    Region(String),
}

/// Whether a name is that of something at AWS, and no file's.
pub fn is_address(name: &str) -> bool {
    name.starts_with(BUCKET) || name.starts_with(LOOKUP)
}

/// What stands among the names of files for what CloudTrail can look up in a region.
pub(super) fn of_lookup(region: &str) -> String {
    format!("{LOOKUP}{region}")
}

/// The regions in which events of global services are, for the partition of a region.
pub(super) fn global_regions(region: &str) -> impl Iterator<Item = &'static str> {
    let partition = Catalog::embedded().partition_for_region(region).id();
    let lines = GLOBAL.lines().filter(|line| !line.starts_with('#'));
    let mut own = lines.filter_map(move |line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(partition)).then_some(words)
    });
    own.next().into_iter().flatten()
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Address, InvalidAddress> {
        if let Some(region) = text.strip_prefix(LOOKUP) {
            return match is_region(region) {
                true => Ok(Address::Lookup { region: region.to_owned() }),
                false => Err(InvalidAddress::Region(region.to_owned())),
            };
        }
        let rest = text.strip_prefix(BUCKET).unwrap_or_default();
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(name) {
            return Err(InvalidAddress::Bucket(text.to_owned()));
        }
        Ok(Address::Bucket { name: name.to_owned(), prefix: prefix.to_owned() })
    }
}

/// Whether a text may be a bucket's name (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
fn is_bucket(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_letter(byte) || byte == b'-' || byte == b'.')
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().last().is_some_and(is_letter)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bucket_and_perhaps_a_prefix() {
        let of = |text: &str| text.parse::<Address>();
        let bucket = |name: &str, prefix: &str| {
            Ok(Address::Bucket { name: name.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!(of("s3://my-trail"), bucket("my-trail", ""));
        assert_eq!(of("s3://my.trail/"), bucket("my.trail", ""));
        assert_eq!(of("s3://my-trail/AWSLogs/1 2/"), bucket("my-trail", "AWSLogs/1 2/"));
        assert_eq!(of(&of_lookup("eu-west-1")), Ok(Address::Lookup { region: "eu-west-1".into() }));
        for bad in
            ["s3://", "s3:///x", "s3://ab", "s3://A-b-c", "s3://a_b_c", "s3://-abc", "s3://a..bc"]
        {
            assert!(of(bad).is_err() && is_address(bad), "{bad}");
        }
        assert!(of("cloudtrail://evil.example/").is_err());
        assert!(!is_address("trail/") && !is_address("s3"));
    }

    #[test]
    fn global_services_have_their_regions() {
        let of = |region| global_regions(region).collect::<Vec<_>>();
        assert_eq!(of("eu-west-1"), ["us-east-1"]);
        assert_eq!(of("us-gov-east-1"), ["us-gov-west-1"]);
        assert_eq!(of("cn-north-1"), ["cn-north-1", "cn-northwest-1"]);
        assert_eq!(of("us-isof-east-1"), ["us-isof-south-1"]);
    }
}
