//! Enforcement, proven: what policies do not allow does not reach the upstream, and what they allow does.

mod clients;
pub(crate) mod every_operation;
mod loop_of_iam;
mod options;
mod reread;
pub(crate) mod support;
