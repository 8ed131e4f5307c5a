//! HTTP/1.1: a connection of a client (`client`), and each of its requests with the answer (`relay`). A body that does not go on is
//! `incoming`.
//!
//! Heads are parsed to be judged, but go on as the bytes that were sent, and bodies as they are
//! framed: what a client signed is what the upstream receives.

mod admit;
pub(super) mod body;
mod client;
mod expectation;
pub(super) mod head;
mod incoming;
mod linger;
mod lookout;
mod pump;
mod relay;
mod sink;
mod target;
mod timer;

pub(crate) use client::{After, ClientConnection, Route};
pub(super) use linger::linger;
pub(super) use target::{absolute_form, connect_target, host_of};
