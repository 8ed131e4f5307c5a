//! Recordings: the file of calls, one JSON line each, appended as they are heard.
//!
//! A line is what [`Call`](crate::call::Call) holds and what the call needs: neither type has a place for a key, a token, a
//! signature or a body. Names are in it (of resources, principals, tags), and a name can say more than its owner
//! wants to tell, so that the file is for its user alone.

mod entry;
mod error;
mod line;
mod read;
pub mod recorded;
#[cfg(test)]
mod tests;
pub mod trail;
mod write;

pub use entry::{Entry, Requires, owned, requires};
pub use error::RecordingError;
pub use line::rfc3339;
pub use read::{Reader, Recording, STDIN};
pub use write::Recorder;
