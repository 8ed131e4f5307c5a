//! The `capture` room: sockets, and the recordings of what they heard.

pub mod recording;
