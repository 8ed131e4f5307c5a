//! The `capture` room.

pub mod proxy;
