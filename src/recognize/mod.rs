//! The `recognize` room.
