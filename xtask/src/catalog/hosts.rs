//! Host names of a service that cannot be derived from its endpoint prefix.
//!
//! Read from the URLs that its endpoint rules can give and from the prefixes that its operations put before the
//! host. Written as what is left when the region, the partition's domain, `dualstack`, `fips` and
//! values of the request are taken out (`streams-ddb`); a domain outside the partitions' is kept
//! (`osm.on.aws`). `*` stands for a part that the request decides (`*-kinesis`).

use std::collections::BTreeSet;

use crate::sources::botocore::{Partition, Service};

/// The domains of all partitions, the longest first.
pub(super) fn suffixes(partitions: &[Partition]) -> Vec<&str> {
    let outputs = partitions.iter().map(|partition| &partition.outputs);
    let mut suffixes: Vec<&str> =
        outputs.flat_map(|it| [&*it.dns_suffix, &*it.dual_stack_dns_suffix]).collect();
    suffixes.sort_by_key(|suffix| (std::cmp::Reverse(suffix.len()), *suffix));
    suffixes.dedup();
    suffixes
}

pub(super) fn of(service: &Service, suffixes: &[&str]) -> BTreeSet<String> {
    let prefix = &service.metadata.endpoint_prefix;
    // S3's hosts have a grammar of their own, which `recognize::s3_host` reads.
    if matches!(&**prefix, "s3" | "s3-control") {
        return BTreeSet::new();
    }
    let mut hosts: BTreeSet<String> =
        service.urls.iter().filter_map(|url| stem(url, suffixes)).collect();
    hosts.extend(service.past.hosts.iter().cloned());
    // What is in a partition's domain is found without.
    let is_outside = |host: &&String| {
        !host.contains(':') && !suffixes.iter().any(|suffix| host.ends_with(suffix))
    };
    hosts.extend(service.past.whole_hosts.iter().filter(is_outside).cloned());
    for operation in service.operations.values() {
        let before = operation.endpoint.as_ref().and_then(|it| it.host_prefix.as_deref());
        // One that ends in a dot is a label of its own; what stands behind it is found without.
        if let Some(before) = before.filter(|it| it.ends_with('-')) {
            hosts.insert(format!("{before}{prefix}"));
        }
    }
    hosts.remove(prefix);
    hosts
}

/// What is left of a URL's host.
fn stem(url: &str, suffixes: &[&str]) -> Option<String> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let is_suffix =
        |name: &str| name.starts_with('{') && name.to_lowercase().ends_with("dnssuffix}");
    let name = match host.rsplit_once('.') {
        Some((name, last)) if is_suffix(last) => name,
        _ => suffixes
            .iter()
            .find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))
            .unwrap_or(host),
    };
    let labels: Vec<String> = name.split('.').filter_map(label).collect();
    if labels.is_empty() || labels.iter().any(|label| label.contains(':')) {
        return None;
    }
    Some(labels.join("."))
}

/// A label without what requests, regions and options put into it.
fn label(label: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = label;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}')?.1;
    }
    text.push_str(rest);
    let text = text.strip_suffix("-fips").unwrap_or(&text).trim_end_matches('*');
    let text = text.strip_prefix("fips-").unwrap_or(text);
    let dropped = matches!(text, "" | "fips" | "dualstack" | "global" | "us-gov");
    (!dropped && !is_region(text)).then(|| text.to_owned())
}

/// Words and a number: `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let words: Vec<&str> = label.split('-').collect();
    let [.., last] = words[..] else { return false };
    words.len() >= 3 && last.bytes().all(|byte| byte.is_ascii_digit())
}
