//! Partitions: groups of regions with their own ARNs and host names.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::format::PARTITIONS;
use super::packed::{Reader, section};

/// A partition.
#[derive(Clone, Copy)]
pub struct Partition {
    id: &'static str,
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    lists: Reader,
}

impl Partition {
    /// What its ARNs carry (`aws`, `aws-cn`).
    pub fn id(self) -> &'static str {
        self.id
    }

    /// What its host names end in (`amazonaws.com`).
    pub fn dns_suffix(self) -> &'static str {
        self.dns_suffix
    }

    /// What its dual-stack host names end in (`api.aws`).
    pub fn dual_stack_dns_suffix(self) -> &'static str {
        self.dual_stack_dns_suffix
    }

    /// What `kms:ViaService` says when a service of a region (`*`: any) uses a key for its caller.
    ///
    /// The page on the key has `SERVICE.REGION.amazonaws.com`
    /// (docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service). Whether it ends in another way
    /// where hosts do, as in China, AWS says nowhere, and policies that people publish have it in both ways. KMS alone sets the
    /// key, and both name the same service in the same region: a condition on either allows no more than one on the right one.
    pub fn via_service(self, service: &str, region: &str) -> Vec<String> {
        let mut suffixes = vec!["amazonaws.com"];
        if self.dns_suffix != suffixes[0] {
            suffixes.push(self.dns_suffix);
        }
        suffixes.iter().map(|suffix| format!("{service}.{region}.{suffix}")).collect()
    }

    /// Its regions, and pseudo-regions such as `aws-global`.
    pub fn regions(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.lists;
        for _ in 0..reader.varint() {
            reader.varint();
        }
        (0..reader.varint()).map(move |_| reader.string())
    }

    /// What its regions begin with (`us-`, `eu-`).
    fn region_prefixes(self) -> impl Iterator<Item = &'static str> {
        let mut reader = self.lists;
        (0..reader.varint()).map(move |_| reader.string())
    }
}

/// All of them, read once: each ARN that is looked at is asked whether its partition is one.
static ALL: LazyLock<Vec<Partition>> = LazyLock::new(|| read().collect());

pub(super) fn all() -> impl Iterator<Item = Partition> {
    ALL.iter().copied()
}

fn read() -> impl Iterator<Item = Partition> {
    let mut reader = Reader::new(section(PARTITIONS));
    (0..reader.varint()).map(move |_| {
        let (id, dns_suffix, dual_stack_dns_suffix) =
            (reader.string(), reader.string(), reader.string());
        let lists = reader;
        for _ in 0..2 {
            for _ in 0..reader.varint() {
                reader.varint();
            }
        }
        Partition { id, dns_suffix, dual_stack_dns_suffix, lists }
    })
}

/// The partitions of the regions that are listed; made at the first lookup.
static LISTED: LazyLock<HashMap<&'static str, Partition>> = LazyLock::new(|| {
    let regions = |partition: Partition| partition.regions().map(move |region| (region, partition));
    all().flat_map(regions).collect()
});

pub(super) fn of_region(region: &str) -> Partition {
    if let Some(listed) = LISTED.get(region) {
        return *listed;
    }
    // A region that is newer than the catalogue: `us-iso-` must win over `us-`.
    let matching = |partition: Partition| {
        let lengths = partition.region_prefixes().filter(|it| region.starts_with(it));
        lengths.map(str::len).max().map(|length| (length, partition))
    };
    let alike = all().filter_map(matching).max_by_key(|(length, _)| *length);
    let nowhere = Partition {
        id: "aws",
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        lists: Reader::new(&[0, 0]),
    };
    alike.map_or(nowhere, |(_, partition)| partition)
}
