//! The hosts whose calls are recorded.

use crate::capture::proxy::{Hosts, InvalidHost};
use crate::catalog::Catalog;

/// Domains of AWS's outside those of the partitions: services' own, and the sign-in of its command line.
const FURTHER_SUFFIXES: [&str; 3] = ["on.aws", "signin.aws", "signin.aws.amazon.com"];

/// Below it are the names that LocalStack's clients have for it; they lead to the machine itself, and where there is a stand-in to that
/// (<https://docs.localstack.cloud/aws/capabilities/networking/accessing-endpoint-url/>).
const LOCALSTACK: &str = "localhost.localstack.cloud";

/// AWS's, and those that the user names.
///
/// # Errors
///
/// When one that the user names is no host.
pub fn of_aws(named: &[String]) -> Result<Hosts, InvalidHost> {
    let partitions = Catalog::embedded().partitions();
    let suffixes = partitions.flat_map(|it| [it.dns_suffix(), it.dual_stack_dns_suffix()]);
    let suffixes = suffixes.filter(|suffix| !suffix.is_empty()).chain(FURTHER_SUFFIXES);
    Hosts::new(suffixes, named)
}

/// The same and LocalStack's, where there is a stand-in that may be it.
///
/// # Errors
///
/// When one that the user names is no host.
pub fn of_stand_in(named: &[String]) -> Result<Hosts, InvalidHost> {
    of_aws(named)?.with_http_below(LOCALSTACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_is_covered_in_every_partition() {
        let named = ["Storage.example".to_owned()];
        let hosts = of_aws(&named).unwrap();
        for host in [
            "s3.amazonaws.com",
            "b.s3.eu-west-1.amazonaws.com",
            "ec2.cn-north-1.amazonaws.com.cn",
            "s3.dualstack.eu-west-1.api.aws",
            "sqs.us-iso-east-1.c2s.ic.gov",
            "abc.lambda-url.eu-west-1.on.aws",
            "storage.example",
        ] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in [
            "aws.amazon.com",
            "console.aws.amazon.com",
            "example.com",
            "a.storage.example",
            "s3.localhost.localstack.cloud",
        ] {
            assert!(!hosts.contains(host), "{host}");
        }
        assert!(of_stand_in(&named).unwrap().contains("b.s3.localhost.localstack.cloud"));
    }
}
