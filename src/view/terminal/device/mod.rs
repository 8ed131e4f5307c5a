//! The device behind the writer: its size, its keyboard, and whether it is ours at the moment.

#[cfg(unix)]
mod decoded;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::time::Duration;

use crate::view::frame::Key;

#[cfg(unix)]
use unix::Tty;
#[cfg(windows)]
use windows::Tty;

/// The process's terminal, or none at all but a size.
pub(super) enum Device {
    Tty(Tty),
    Fixed { columns: u16, rows: u16 },
}

impl Device {
    /// The terminal of this process.
    ///
    /// Fails when there is none, or when it is another job's (`leastwise listen &`).
    pub(super) fn open(raw: bool) -> io::Result<Device> {
        Tty::open(raw).map(Device::Tty)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        match self {
            // Some pseudo-terminals never learn their size.
            Device::Tty(tty) => {
                tty.size().filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24))
            }
            Device::Fixed { columns, rows } => (*columns, *rows),
        }
    }

    /// Takes the keyboard: keys are not echoed and come one by one.
    pub(super) fn take(&self) -> io::Result<()> {
        match self {
            Device::Tty(tty) => tty.take(),
            Device::Fixed { .. } => Ok(()),
        }
    }

    /// Gives the keyboard back as it was.
    pub(super) fn give_back(&self) -> io::Result<()> {
        match self {
            Device::Tty(tty) => tty.give_back(),
            Device::Fixed { .. } => Ok(()),
        }
    }

    /// Whether the terminal is this job's now, and not the shell's or another's.
    pub(super) fn in_foreground(&self) -> bool {
        match self {
            Device::Tty(tty) => tty.in_foreground(),
            Device::Fixed { .. } => true,
        }
    }

    /// Reads the keys that are there or come within `timeout`.
    pub(super) fn keyboard(&self) -> io::Result<Keyboard> {
        match self {
            Device::Tty(tty) => tty.keyboard().map(|keys| Keyboard(Some(keys))),
            Device::Fixed { .. } => Ok(Keyboard(None)),
        }
    }
}

/// The keyboard of a [`Device`]; reading it holds nothing that drawing needs.
pub(super) struct Keyboard(Option<Keys>);

#[cfg(unix)]
use unix::Keys;
#[cfg(windows)]
use windows::Keys;

impl Keyboard {
    /// A command has the keyboard for good.
    pub(super) fn pass(&mut self) {
        if let Some(keys) = &mut self.0 {
            keys.pass();
        }
    }

    /// Waits at most `timeout` for keys. Where no key can come, it waits all the same: callers count
    /// on the pace.
    pub(super) fn poll(&mut self, timeout: Duration) -> Vec<Key> {
        if let Some(keys) = &mut self.0 {
            match keys.poll(timeout) {
                Ok(keys) => return keys,
                // The terminal is gone, or cannot be waited for.
                Err(_) => self.0 = None,
            }
        }
        std::thread::sleep(timeout);
        Vec::new()
    }
}
