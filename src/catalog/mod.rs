//! What AWS publishes: services, operations and how they look on the wire, actions, resource types
//! and ARN formats.
//!
//! The catalogue is embedded in the binary (made by `build/` from `data/`) and nothing of it is decoded ahead: a
//! handle such as [`Service`] or [`Operation`] is a few words, cheap to copy and valid for the life of the
//! program, and reads its record when it is asked.

mod action;
pub mod answer;
mod corrected;
mod corrections;
mod either;
mod embedded;
// The build script uses all of it, the reader a part.
#[allow(dead_code, unreachable_pub)]
mod format;
mod looked;
mod made;
pub mod naming;
mod near;
mod packed;
mod partition;
mod releases;
pub mod rule;
mod service;
mod shape;

pub use action::{AccessLevel, Action, ActionResource, ConditionKey, ResourceType};
pub use corrections::{AlreadyCorrected, Corrections, RulesFile};
pub use embedded::{Catalog, OwnedByAws};
pub use looked::Looked;
pub use made::{Makes, Tells};
pub use near::close;
pub(crate) use near::folded;
pub use partition::Partition;
pub use releases::Release;
pub use service::{Authorized, Class, Form, Operation, Permission, Protocol, Service};
pub use shape::{Kind, Location, Member, Scalar, Shape, Type};

#[cfg(test)]
mod tests;
