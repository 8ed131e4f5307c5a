//! What AWS publishes: services, operations and how they look on the wire, actions, resource types
//! and ARN formats.
//!
//! The catalogue is embedded in the binary (made by `build/` from `data/`) and nothing of it is decoded ahead: a
//! handle such as [`Service`] or [`Operation`] is a few words, cheap to copy and valid for the life of the
//! program, and reads its record when it is asked.

mod action;
mod corrections;
mod either;
// The build script uses all of it, the reader a part.
#[allow(dead_code, unreachable_pub)]
mod format;
mod glob;
pub mod naming;
mod packed;
mod partition;
mod releases;
pub mod rule;
mod service;
mod shape;

pub use action::{AccessLevel, Action, ActionResource, ResourceType};
pub use corrections::{AlreadyCorrected, Corrections, RulesFile};
pub use glob::is_like;
pub use partition::Partition;
pub use releases::Release;
pub use service::{Authorized, Class, Form, Operation, Permission, Protocol, Service};
pub use shape::{Kind, Location, Member, Scalar, Shape, Type};

#[cfg(test)]
mod tests;

use format::{IDS, LOOKED_AT, PREFIXES, PSEUDO, SERVICES, folded};
use packed::{Reader, find, search, section, string, word};

/// What rules look at beside members of the operation's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Headers of the request.
    Headers,
    /// Keys of its query string.
    Query,
    /// Headers of the answer.
    Response,
}

/// The embedded catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Catalog(());

impl Catalog {
    /// The catalogue of this build.
    pub fn embedded() -> Catalog {
        Catalog(())
    }

    /// Size of the packed catalogue in bytes.
    pub fn packed_size(self) -> usize {
        packed::BYTES.len() + packed::STRINGS.len()
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
        let found = search(ids, 4, 8, 0..word(ids, 0), &folded(id))?;
        Some(Service::at(word(ids, 4 + found * 8 + 4)))
    }

    /// Every service, sorted by name.
    pub fn services(self) -> impl ExactSizeIterator<Item = Service> {
        (0..word(section(SERVICES), 0)).map(Service::at)
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
        (0..word(prefixes, 0)).map(move |index| string(word(prefixes, 4 + index * 16)))
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

    /// The names of headers (in lower case) or query keys that some rule looks at; few.
    pub fn looked_at(self, what: Looked) -> impl Iterator<Item = &'static str> {
        let mut reader = Reader::new(section(LOOKED_AT));
        for _ in 0..what as usize {
            for _ in 0..reader.varint() {
                reader.varint();
            }
        }
        let built_in = (0..reader.varint()).map(move |_| reader.string());
        built_in.chain(corrections::looked_at(what).iter().map(String::as_str))
    }
}
