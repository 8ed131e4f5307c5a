//! What the live view shows: from the [`State`] of a recording to what is on a screen, and what keys do to it.
//!
//! Pure: no terminal, no clock, no environment. Screens are buffers of ratatui's, whose blocks, scroll bars and layout are
//! drawn here, and which knows what differs between two of them; taking the terminal, keys and pacing are ours
//! ([`terminal`](super::terminal)). Names from the network are escaped on their way into a line; colours are the terminal's
//! affair, and nothing is said by a [`Style`] alone.

mod bar;
mod calls;
mod command;
mod keys;
mod layout;
mod lists;
mod look;
mod overlay;
mod panes;
mod place;
mod policy;
mod reading;
mod row;
mod screen;
mod state;
mod text;

pub use command::{Command, Wires};
pub use keys::{Input, Key, Subject};
pub use ratatui_core::buffer::Buffer;
pub use screen::frame;
pub use state::{Caller, Counts, Denial, Heard, State, Statement};

#[cfg(test)]
mod tests;
