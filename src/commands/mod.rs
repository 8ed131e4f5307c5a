//! The `commands` room.
