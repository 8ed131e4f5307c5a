//! The catalogue's names for what an event says, remembered, since a program calls the same
//! operations again and again.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::text;
use crate::call::Name;
use crate::catalog::Catalog;

/// How many operations are remembered (a program uses some dozens).
const OPERATIONS: usize = 4096;
const REGIONS: usize = 128;

/// Service and operation, as the catalogue has them or else as they were sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Names {
    pub(super) service: Name,
    pub(super) operation: Name,
    pub(super) recognized: bool,
}

/// A region, where it is one, and its partition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) region: Option<Name>,
    pub(super) partition: &'static str,
}

type Known<T> = HashMap<u64, (Box<str>, Box<str>, T), BuildHasherDefault<DefaultHasher>>;

/// Looks names up, once each.
#[derive(Debug)]
pub(super) struct Lookup {
    catalog: Catalog,
    operations: Known<Names>,
    regions: Known<Place>,
}

impl Lookup {
    pub(super) fn new(catalog: Catalog) -> Self {
        Lookup { catalog, operations: Known::default(), regions: Known::default() }
    }

    /// The names of an SDK's `Service` and `Api`.
    pub(super) fn operation(&mut self, service: &str, api: &str) -> Names {
        let hash = hash(service, api);
        if let Some((known_service, known_api, names)) = self.operations.get(&hash)
            && (&**known_service, &**known_api) == (service, api)
        {
            return names.clone();
        }
        let names = self.look_up(service, api);
        // Only what the catalogue knows: that is bounded, what somebody sends is not.
        if names.recognized {
            remember(&mut self.operations, OPERATIONS, hash, (service, api), names.clone());
        }
        names
    }

    fn look_up(&self, service: &str, api: &str) -> Names {
        let found = self.catalog.service_by_id(service).or_else(|| self.catalog.service(service));
        let operation = found.and_then(|service| {
            // `com.amazonaws.s3#GetObject`, `AmazonS3.GetObject`: the name stands last.
            let last = api.rsplit(['.', '#', '/']).next().unwrap_or(api);
            let named = service.operation(api).or_else(|| service.operation(last));
            named.or_else(|| may_be_spelt_otherwise(last).then(|| service.operation_like(last))?)
        });
        let sent = |text| Name::Owned(text::kept(text, text::NAME));
        Names {
            service: found.map_or_else(|| sent(service), |found| Name::Borrowed(found.name())),
            operation: operation.map_or_else(|| sent(api), |found| Name::Borrowed(found.name())),
            recognized: operation.is_some(),
        }
    }

    /// Where a call went.
    pub(super) fn place(&mut self, region: Option<&str>) -> Place {
        let Some(region) = region.and_then(text::region) else {
            return Place { region: None, partition: self.catalog.partition_for_region("").id() };
        };
        let hash = hash(region, "");
        if let Some((known, _, place)) = self.regions.get(&hash)
            && **known == *region
        {
            return place.clone();
        }
        let partition = self.catalog.partition_for_region(region);
        let known = partition.regions().find(|known| *known == region);
        let place = Place {
            region: Some(known.map_or_else(|| Name::Owned(region.to_owned()), Name::Borrowed)),
            partition: partition.id(),
        };
        remember(&mut self.regions, REGIONS, hash, (region, ""), place.clone());
        place
    }
}

/// Whether a name that the catalogue lacks may be one of its own, spelt otherwise (`createDistribution2020_05_31`). Looking for
/// that takes as long as there are operations, so not every name is worth it.
fn may_be_spelt_otherwise(name: &str) -> bool {
    name.ends_with(|last: char| last.is_ascii_digit())
        || name.starts_with(|first: char| first.is_ascii_lowercase())
}

fn hash(first: &str, second: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (first, second).hash(&mut hasher);
    hasher.finish()
}

fn remember<T>(known: &mut Known<T>, limit: usize, hash: u64, texts: (&str, &str), value: T) {
    if known.len() >= limit {
        known.clear();
    }
    known.insert(hash, (texts.0.into(), texts.1.into(), value));
}
