//! What is written to the terminal: entering, leaving, and the lines that have changed.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::style::{
    Attribute, Color, Print, SetAttribute, SetBackgroundColor, SetForegroundColor,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use ratatui_core::buffer::{Cell, CellWidth as _};
use ratatui_core::style::{Color as Colour, Modifier};

use super::device::Device;
use crate::view::frame::Buffer;

/// What is pasted comes marked, so that it is not taken for keys. crossterm has these with what reads its events, which we do not
/// have on Unix; on Windows nobody pastes marks.
const BRACKETED_PASTE: &str = if cfg!(unix) { "\u{1b}[?2004h" } else { "" };
const NO_BRACKETED_PASTE: &str = if cfg!(unix) { "\u{1b}[?2004l" } else { "" };

/// Where the screen stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The alternate screen is ours.
    Entered,
    /// The terminal is as it was before; it is taken again when it is ours to take.
    Left,
    /// The terminal is as it was before, for good.
    Closed,
}

/// The one owner of the writer and of the terminal's modes.
pub(super) struct Screen {
    writer: Box<dyn Write + Send>,
    device: Device,
    color: bool,
    phase: Phase,
    /// The view is closed, and a command writes to the screen; the keyboard is still taken.
    passed: bool,
    /// What is on the screen now; empty when that is not known.
    shown: Buffer,
}

impl Screen {
    pub(super) fn new(writer: Box<dyn Write + Send>, device: Device, color: bool) -> Screen {
        Screen {
            writer,
            device,
            color,
            phase: Phase::Left,
            passed: false,
            shown: Buffer::default(),
        }
    }

    /// Whether nothing will be drawn any more.
    pub(super) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Takes the terminal, with an empty screen.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        if self.is_closed() {
            return Ok(());
        }
        self.device.take()?;
        if self.passed {
            self.phase = Phase::Entered;
            return Ok(());
        }
        let mut bytes = Vec::new();
        // Lines are never wider than the screen, but a terminal may think a character wider than
        // we do; without wrapping that costs a character and not the layout.
        queue!(
            bytes,
            EnterAlternateScreen,
            Hide,
            DisableLineWrap,
            Print(BRACKETED_PASTE),
            Clear(ClearType::All)
        )?;
        self.phase = Phase::Entered;
        self.shown = Buffer::default();
        self.write(&bytes)
    }

    /// Gives the terminal back; [`show`](Screen::show) takes it again.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        if self.phase != Phase::Entered {
            return Ok(());
        }
        self.phase = Phase::Left;
        let written = if self.passed { Ok(()) } else { self.leave_screen(&[]) };
        self.device.give_back().and(written)
    }

    fn leave_screen(&mut self, then: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::new();
        queue!(
            bytes,
            EndSynchronizedUpdate,
            SetAttribute(Attribute::Reset),
            Print(NO_BRACKETED_PASTE),
            EnableLineWrap,
            LeaveAlternateScreen,
            Show
        )?;
        bytes.extend_from_slice(then);
        self.write(&bytes)
    }

    /// Closes the view for a command that goes on, with what it has written.
    pub(super) fn pass(&mut self, written: &[u8]) -> io::Result<()> {
        if self.is_closed() || self.passed {
            return Ok(());
        }
        self.passed = true;
        if self.phase == Phase::Entered { self.leave_screen(written) } else { self.write(written) }
    }

    /// Prints what the command has written, once the view is closed.
    pub(super) fn print(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_closed() || !self.passed { Ok(()) } else { self.write(bytes) }
    }

    /// Gives the terminal back for good. An error is of no use to anybody at this point.
    pub(super) fn close(&mut self) {
        let _ = self.leave();
        self.phase = Phase::Closed;
    }

    /// Takes the terminal after the process was stopped and continued, if it is in the foreground
    /// again, and redraws what was shown. (On Windows no job is stopped.)
    #[cfg(unix)]
    pub(super) fn resume(&mut self) -> io::Result<()> {
        if self.is_closed() || !self.device.in_foreground() {
            return Ok(());
        }
        let shown = std::mem::take(&mut self.shown);
        self.enter()?;
        self.show(&shown)
    }

    /// Brings `frame` to the screen by writing what has changed; nothing is written while the terminal is another job's.
    pub(super) fn show(&mut self, frame: &Buffer) -> io::Result<()> {
        if self.is_closed() || self.passed || !self.device.in_foreground() {
            return Ok(());
        }
        if self.phase == Phase::Left {
            self.enter()?;
        }
        let bytes = self.update(frame)?;
        if bytes.is_empty() {
            return Ok(());
        }
        self.shown = frame.clone();
        self.write(&bytes)
    }

    fn update(&self, frame: &Buffer) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let blank = Buffer::empty(frame.area);
        let resized = frame.area != self.shown.area;
        if resized {
            queue!(bytes, Clear(ClearType::All))?;
        }
        let before = if resized { &blank } else { &self.shown };
        let mut at = None;
        let mut last = "";
        let mut look = Appearance::default();
        for (x, y, cell) in before.diff_iter(frame) {
            let symbol = cell.symbol();
            // In a rule each piece is as wide as the one before.
            let is_plain = symbol.len() == 1 || (symbol == last && is_drawn(symbol));
            let was_drawn = is_drawn(last);
            last = symbol;
            if at != Some((x, y)) || !is_plain || (symbol.len() == 1 && was_drawn) {
                queue!(bytes, MoveTo(x, y))?;
            }
            let wanted = Appearance::of(cell, self.color);
            if wanted != look {
                wanted.queue(&mut bytes)?;
                look = wanted;
            }
            if is_plain {
                queue!(bytes, Print(symbol))?;
                at = Some((x + 1, y));
            } else {
                // A terminal may take a character for wider or narrower than we do: what it leaves is blank, and what comes
                // next says where it stands, so that this costs a character and not the line.
                let width = cell.cell_width();
                if width > 1 {
                    queue!(bytes, Print(" ".repeat(width.into())), MoveTo(x, y))?;
                }
                queue!(bytes, Print(symbol))?;
                at = is_drawn(symbol).then_some((x + 1, y));
            }
        }
        if bytes.is_empty() {
            return Ok(bytes);
        }
        if look != Appearance::default() {
            queue!(bytes, SetAttribute(Attribute::Reset))?;
        }
        // A terminal that knows this shows the update at once; others ignore it.
        let mut update = Vec::with_capacity(bytes.len() + 16);
        queue!(update, BeginSynchronizedUpdate)?;
        update.append(&mut bytes);
        queue!(update, EndSynchronizedUpdate)?;
        Ok(update)
    }

    /// Puts a text into the clipboard of the terminal (OSC 52), which may not heed that.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        if self.phase != Phase::Entered || !self.device.in_foreground() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, CopyToClipboard::to_clipboard_from(text))?;
        self.write(&bytes)
    }

    /// One write for one update. A terminal that cannot be written to is gone, and the view with
    /// it; the recording is not.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.writer.write_all(bytes).and_then(|()| self.writer.flush());
        if written.is_err() {
            let _ = self.device.give_back();
            self.phase = Phase::Closed;
        }
        written
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Forgets what is on the screen, so that the next frame is drawn in full.
    pub(super) fn forget(&mut self) {
        self.shown = Buffer::default();
    }
}

/// How a cell looks. Bold, faint, underlined and reversed are not colours: they stay when colours are not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Appearance {
    modifier: Modifier,
    foreground: Option<Color>,
    background: Option<Color>,
}

impl Appearance {
    fn of(cell: &Cell, color: bool) -> Appearance {
        let wanted = |colour| if color { translated(colour) } else { None };
        Appearance {
            modifier: cell.modifier,
            foreground: wanted(cell.fg),
            background: wanted(cell.bg),
        }
    }

    fn queue(self, bytes: &mut Vec<u8>) -> io::Result<()> {
        queue!(bytes, SetAttribute(Attribute::Reset))?;
        for (modifier, attribute) in [
            (Modifier::BOLD, Attribute::Bold),
            (Modifier::DIM, Attribute::Dim),
            (Modifier::ITALIC, Attribute::Italic),
            (Modifier::UNDERLINED, Attribute::Underlined),
            (Modifier::REVERSED, Attribute::Reverse),
        ] {
            if self.modifier.contains(modifier) {
                queue!(bytes, SetAttribute(attribute))?;
            }
        }
        if let Some(color) = self.foreground {
            queue!(bytes, SetForegroundColor(color))?;
        }
        if let Some(color) = self.background {
            queue!(bytes, SetBackgroundColor(color))?;
        }
        Ok(())
    }
}

/// Whether it is one of the pieces that lines and bars are drawn with.
fn is_drawn(symbol: &str) -> bool {
    symbol.starts_with(|c| matches!(c, '\u{2500}'..='\u{259f}'))
}

/// The terminal's own sixteen colours, and what a command's output has.
fn translated(colour: Colour) -> Option<Color> {
    match colour {
        Colour::Red => Some(Color::DarkRed),
        Colour::Green => Some(Color::DarkGreen),
        Colour::Yellow => Some(Color::DarkYellow),
        Colour::White => Some(Color::White),
        Colour::Indexed(number) => Some(Color::AnsiValue(number)),
        Colour::Rgb(r, g, b) => Some(Color::Rgb { r, g, b }),
        _ => None,
    }
}

/// The screen, also after a panic while it was drawn on: giving the terminal back must go on.
pub(super) fn lock(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}
