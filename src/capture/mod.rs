//! The `capture` room.
