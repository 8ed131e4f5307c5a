//! The catalogue as a whole: what there is in it, by name.

use super::action::Action;
use super::corrected;
use super::format::{IDS, LOOKED_AT, OWNED, PREFIXES, PSEUDO, SERVICES, folded};
use super::looked::Looked;
use super::packed::{self, Reader, cell, count, find, search, section, string};
use super::partition::{self, Partition};
use super::releases::{self, Release};
use super::service::Service;

/// The embedded catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Catalog(());

/// Resources that are AWS's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedByAws {
    /// What stands in the region's place of their ARNs: `*` for the region of the call, or nothing.
    pub region: &'static str,
    /// What stands in the account's place of their ARNs; mostly nothing.
    pub account: &'static str,
    /// What their ARNs end with, a pattern with `*`.
    pub resource: &'static str,
}

impl Catalog {
    /// The catalogue of this build.
    pub fn embedded() -> Catalog {
        Catalog(())
    }

    /// Size of the packed catalogue in bytes.
    pub fn packed_size(self) -> usize {
        packed::BYTES.len() + packed::PACKED_STRINGS.len()
    }

    /// The releases of the packages that it is made from: the newest, then those of the past from the oldest on.
    pub fn releases(self) -> impl Iterator<Item = Release> {
        releases::all()
    }

    /// The service that botocore calls `name` (`elbv2`, `logs`).
    pub fn service(self, name: &str) -> Option<Service> {
        find(section(SERVICES), name).map(Service::at)
    }

    /// The service with this `serviceId` (`Elastic Load Balancing v2`); upper and lower case, spaces
    /// and hyphens do not matter, since SDKs differ in them.
    pub fn service_by_id(self, id: &str) -> Option<Service> {
        let ids = section(IDS);
        let found = search(ids, 2, 0..count(ids), &folded(id))?;
        Some(Service::at(cell(ids, 2, found, 1)))
    }

    /// Every service, sorted by name.
    pub fn services(self) -> impl ExactSizeIterator<Item = Service> {
        (0..count(section(SERVICES))).map(Service::at)
    }

    /// The action `prefix:name`; the name in any case, as IAM has it.
    pub fn action(self, prefix: &str, name: &str) -> Option<Action> {
        Action::find(prefix, name)
    }

    /// Every action of a prefix, sorted; none when there is no such prefix.
    pub fn actions(self, prefix: &str) -> impl ExactSizeIterator<Item = Action> {
        Action::of_prefix(prefix)
    }

    /// Every prefix (`s3`, `elasticloadbalancing`), sorted.
    pub fn prefixes(self) -> impl ExactSizeIterator<Item = &'static str> {
        let prefixes = section(PREFIXES);
        (0..count(prefixes)).map(move |index| string(cell(prefixes, 4, index, 0)))
    }

    /// Every partition; `aws` first.
    pub fn partitions(self) -> impl Iterator<Item = Partition> {
        partition::all()
    }

    /// The partition of a region: the one that lists it, else the one with the longest matching
    /// beginning, else `aws`.
    pub fn partition_for_region(self, region: &str) -> Partition {
        partition::of_region(region)
    }

    /// Whether `name` is what some SDKs report as a service although AWS has none of that name
    /// (`ec2metadata`): its calls need no permission.
    pub fn is_pseudo_service(self, name: &str) -> bool {
        let mut reader = Reader::new(section(PSEUDO));
        let name = folded(name);
        (0..reader.varint()).any(|_| reader.string() == name)
    }

    /// Patterns with `*` of the ARNs of resources that are AWS's own, in no customer's account: what stands in their
    /// places of region and account.
    pub fn owned_by_aws(self, service: &str) -> impl Iterator<Item = OwnedByAws> {
        let mut reader = Reader::new(section(OWNED));
        let patterns = (0..reader.varint()).map(move |_| reader.string());
        patterns.filter_map(move |pattern| {
            let mut fields = pattern.splitn(6, ':').skip(2);
            let of = fields.next().filter(|of| *of == service);
            let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
            of.map(|_| OwnedByAws { region, account, resource })
        })
    }

    /// The names of headers (in lower case) or query keys that some rule looks at; few.
    pub fn looked_at(self, what: Looked) -> impl Iterator<Item = &'static str> {
        let mut reader = Reader::new(section(LOOKED_AT));
        for _ in 0..what as usize {
            for _ in 0..reader.varint() {
                reader.varint();
            }
        }
        let built_in = (0..reader.varint()).map(move |_| reader.string());
        built_in.chain(corrected::looked_at(what).iter().map(String::as_str))
    }
}
