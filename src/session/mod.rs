//! Calls in, events and a growing policy out. Pure: the moment comes in with every call.

pub mod aside;
pub mod denials;
pub mod ledger;
pub mod needs;
pub mod principals;
pub mod shape;
pub mod twins;
pub mod unseen;
