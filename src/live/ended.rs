//! How a recording ends.

/// How a recording ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ended {
    /// Whether everything could be written.
    pub(crate) is_whole: bool,
    /// Whether something got through that the policies in force do not allow.
    pub(crate) got_through: bool,
}
