//! Where commands get no terminal of their own: the view would share the console with what the command writes.

use std::io::{self, IsTerminal};
use std::process;

use crate::view::frame::Command;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "--view needs a terminal for the command alone, which Leastwise does not make on Windows; leave --view out, or follow the run in a browser with --web"
)]
pub(crate) struct NoTerminal;

/// There is none.
pub(crate) enum Own {}

/// There is none.
#[derive(Debug)]
pub(crate) enum Reading {}

/// Opens none.
pub(crate) fn open() -> Result<Option<Own>, NoTerminal> {
    if io::stderr().is_terminal() { Err(NoTerminal) } else { Ok(None) }
}

impl Own {
    pub(crate) fn pane(&self) -> Command {
        match *self {}
    }

    pub(super) fn spawn(self, _command: process::Command) -> io::Result<(process::Child, Reading)> {
        match self {}
    }
}

impl Reading {
    pub(super) fn wait(&self) {
        match *self {}
    }
}
