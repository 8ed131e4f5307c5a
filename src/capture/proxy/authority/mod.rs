//! The certificate authority: vouches for intercepted hosts, and can vouch for nothing else.
//!
//! Its certificate carries critical name constraints (AWS's suffixes and the hosts that the user
//! named; no IP address unless named), a path length of zero and server authentication as its only
//! purpose, so that a stolen key impersonates nothing else.

mod der;
mod issuer;
mod store;

pub(super) use der::{is_authority, validity};
pub(super) use issuer::Leaf;
pub use issuer::{Authority, IssueError, LIFETIME_IN_MEMORY, LIFETIME_STORED, RENEWED_BEFORE_END};
pub use store::{Opened, Store, StoreError};
