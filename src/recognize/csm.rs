//! Client-side monitoring: the datagrams in which AWS SDKs report their own calls.
//!
//! Each call gives one `ApiCallAttempt` per request that was sent (with the access key, the host and
//! the response's ids) and, when it is over, one `ApiCall` (with how it ended). [`events`] reads a
//! datagram; [`Tracker`] makes calls of the events.

mod describe;
mod event;
mod names;
mod shelf;
mod text;
mod tracker;

pub use event::{Event, Events, Kind, Malformed, events};
pub use tracker::{Observation, Tracker};

#[cfg(test)]
mod tests;
