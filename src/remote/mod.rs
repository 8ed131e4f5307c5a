//! What lies at AWS and is read like files: the objects of buckets, and what CloudTrail itself can look up.
//!
//! What is asked goes through `aws`, over connections that are made as the proxy makes its own; what comes of it are named streams
//! of bytes, which `recording` reads without knowing where they are from.

mod address;
mod asking;
mod days;
mod dial;
mod error;
mod lookups;
mod managed;
mod objects;
mod reached;
mod reading;
mod sentences;
mod sources;
mod trails;

pub use address::is_address;
pub use asking::Asking;
pub use error::RemoteError;
pub use managed::managed_policies;
pub use sentences::told;
pub use sources::{Asked, Sources};
