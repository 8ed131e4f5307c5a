//! A Windows console, by crossterm.
//!
//! Raw mode: without it the console echoes, and gives keys only in lines. Ctrl-C is a key
//! then, and means what `q` means. There is no suspending.

use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;

use crate::view::frame::Key;

pub(in crate::view::terminal) struct Tty;

impl Tty {
    pub(super) fn open(_raw: bool) -> io::Result<Tty> {
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
    /// No command has a terminal of its own here.
    pub(super) fn pass(&mut self) {}

    /// The keys that came at once, if any come in time; an error when none ever will.
    pub(super) fn poll(&mut self, timeout: Duration) -> io::Result<Vec<Key>> {
        let deadline = Instant::now() + timeout;
        let mut keys = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = if keys.is_empty() { left } else { Duration::ZERO };
            if !event::poll(wait)? {
                return Ok(keys);
            }
            let Event::Key(key) = event::read()? else { continue };
            if key.kind == KeyEventKind::Press {
                keys.extend(meaning(key.code, key.modifiers));
            }
        }
    }
}

fn meaning(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    if modifiers.contains(KeyModifiers::CONTROL) && !modifiers.contains(KeyModifiers::ALT) {
        return match code {
            KeyCode::Char('c') => Some(Key::Interrupt),
            KeyCode::Char('l') => Some(Key::Redraw),
            _ => None,
        };
    }
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}
