//! The `child` room.
