//! Keys.

/// A key that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum Key {
    Quit,
    Redraw,
}
