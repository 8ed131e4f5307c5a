//! How the view is read at the moment: which pane has the keys, where in it the reader is, what is looked for, and what
//! lies above it all.

use super::overlay::Overlay;
use super::place::Place;
use super::row::Row;

/// A part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pane {
    #[default]
    Policy,
    Calls,
    Denials,
    Principals,
}

impl Pane {
    pub(super) const ALL: [Pane; 4] = [Pane::Policy, Pane::Calls, Pane::Denials, Pane::Principals];

    /// The key that leads to it: 1 to 4.
    pub(super) fn number(self) -> usize {
        self as usize + 1
    }
}

/// How the view is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    pub(super) focus: Pane,
    /// Whether the reader has gone to a pane: a small screen has only one then.
    pub(super) chose: bool,
    pub(super) places: [Place; 4],
    /// What is looked for, in all panes.
    pub(super) filter: String,
    /// Whether it is being typed.
    pub(super) typing: bool,
    pub(super) overlay: Option<Overlay>,
    /// Whether the command has the keyboard.
    pub(super) in_command: bool,
    /// The policy's lines as they were drawn.
    pub(super) policy: Laid,
    /// The size of the screen when it was drawn last.
    pub(super) size: (u16, u16),
    /// Whether a key has changed what is on the screen since.
    pub(super) stale: bool,
}

/// The policy's lines, kept while nothing that they depend on has changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Laid {
    pub(super) rows: Vec<Row>,
    /// The policy's version, the columns, whether there are gaps, and what is looked for.
    pub(super) of: Option<(u64, usize, bool, String)>,
}

impl Look {
    /// Whether somebody reads the list of calls, so that it must not be reordered.
    pub(super) fn reads_calls(&self) -> bool {
        !self.places[Pane::Calls as usize].follows()
    }
}
