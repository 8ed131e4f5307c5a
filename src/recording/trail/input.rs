//! What is read, and how.

use crate::recording::trail::elsewhere::Elsewhere;
use crate::recording::trail::files::Content;
use crate::recording::trail::kind::Kind;
use crate::recording::trail::only::Only;
use crate::recording::trail::told::Progress;

/// How CloudTrail is read.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// What is wrong stops it.
    pub strict: bool,
    /// The calls of each input are kept apart.
    pub apart: bool,
    /// Which events count; `None`: all.
    pub only: Option<&'a Only>,
    /// Who reaches what is no file.
    pub elsewhere: Option<&'a dyn Elsewhere>,
    /// So much of what distinct calls are is kept in memory, in bytes; `None`: 4 MiB.
    pub memory: Option<usize>,
    /// Is told now and then how far it is.
    pub progress: Option<&'a dyn Fn(Progress)>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("strict", &self.strict).finish_non_exhaustive()
    }
}

/// Something to read.
#[derive(Debug)]
pub(crate) struct Input {
    /// Which of the recordings that were named it belongs to.
    pub(crate) number: usize,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) content: Content,
    pub(crate) kind: Kind,
}
