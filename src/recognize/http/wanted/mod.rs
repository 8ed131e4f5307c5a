//! Which members of a request are kept: those that an ARN or a rule can need, and nothing else.
//!
//! Kept are identifiers (of the resources that the operation's actions act on, by the variables of their ARN
//! formats), ARNs and roles, the keys of tags, and what `named.rs` lists. Never kept: what the model
//! calls sensitive, blobs, streams, documents, and everything that is the user's data.

mod plan;
mod planner;
mod tags;
#[cfg(test)]
mod tests;
mod useful;

pub(in crate::recognize) use plan::{Field, Node, Plan, Want};
