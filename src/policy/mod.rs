//! From [`Requirement`](crate::authorize::Requirement)s to a least-privilege policy, incrementally.
//!
//! [`Builder`] keeps, for every action and every set of conditions, the resources that were asked
//! for; [`Builder::policy`] groups them into [`Statement`]s. [`covers`] says when one resource
//! pattern makes another superfluous, [`grammar`] whether a policy's JSON is one that IAM reads. [`size`]
//! counts as IAM does, and [`fit`] makes a policy small enough, in several documents where it must.

mod builder;
mod distinct;
pub mod fit;
mod generalize;
mod grouping;
mod growing;
mod minimize;
mod pattern;
mod resource_type;
mod resources;
mod shorten;
mod sid;
pub mod size;
mod split;
mod stable;
mod statement;
#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use distinct::Count;
pub use generalize::{Formats, Generalize, Generalized};
pub use growing::{Account, Growing, HeldBy, is_open, with_account};
pub use minimize::{Minimized, minimize};
pub use pattern::covers;
pub use shorten::Shortened;
pub use sid::name_statements;
pub use stable::{InCommon, Stable};
pub use statement::{Effect, Order, Policy, Statement};
