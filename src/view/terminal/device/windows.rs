//! A Windows console, by crossterm.
//!
//! Raw mode: without it the console echoes, and gives keys only in lines. Ctrl-C is a key
//! then, and means what `q` means. There is no suspending.

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;

use super::key::Key;

pub(in crate::view::terminal) struct Tty;

impl Tty {
    pub(super) fn open() -> io::Result<Tty> {
        terminal::size().map(|_| Tty)
    }

    pub(super) fn size(&self) -> Option<(u16, u16)> {
        terminal::size().ok()
    }

    pub(super) fn take(&self) -> io::Result<()> {
        terminal::enable_raw_mode()
    }

    pub(super) fn give_back(&self) -> io::Result<()> {
        terminal::disable_raw_mode()
    }

    pub(super) fn in_foreground(&self) -> bool {
        true
    }

    pub(super) fn keyboard(&self) -> io::Result<Keys> {
        Ok(Keys)
    }
}

pub(super) struct Keys;

impl Keys {
    /// A key that means something, if one comes in time; an error when none ever will.
    pub(super) fn poll(&self, timeout: Duration) -> io::Result<Option<Key>> {
        let deadline = Instant::now() + timeout;
        while event::poll(deadline.saturating_duration_since(Instant::now()))? {
            let Event::Key(key) = event::read()? else { continue };
            if key.kind != KeyEventKind::Press {
                continue;
            }
            match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
                (KeyCode::Char('q' | 'Q'), false) | (KeyCode::Char('c'), true) => {
                    return Ok(Some(Key::Quit));
                }
                (KeyCode::Char('l'), true) => return Ok(Some(Key::Redraw)),
                _ => {}
            }
        }
        Ok(None)
    }
}
