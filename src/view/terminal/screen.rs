//! What is written to the terminal: entering, leaving, and the lines that have changed.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::style::{Attribute, Color, Print, SetAttribute, SetForegroundColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};

use super::device::Device;
use crate::view::frame::{Frame, Line, Style};

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
    /// What is on the screen now; empty when that is not known.
    shown: Frame,
}

impl Screen {
    pub(super) fn new(writer: Box<dyn Write + Send>, device: Device, color: bool) -> Screen {
        Screen { writer, device, color, phase: Phase::Left, shown: Frame::default() }
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
        let mut bytes = Vec::new();
        // Lines are never wider than the screen, but a terminal may think a character wider than
        // we do; without wrapping that costs a character and not the layout.
        queue!(bytes, EnterAlternateScreen, Hide, DisableLineWrap, Clear(ClearType::All))?;
        self.phase = Phase::Entered;
        self.shown = Frame::default();
        self.write(&bytes)
    }

    /// Gives the terminal back; [`show`](Screen::show) takes it again.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        if self.phase != Phase::Entered {
            return Ok(());
        }
        self.phase = Phase::Left;
        let mut bytes = Vec::new();
        queue!(
            bytes,
            EndSynchronizedUpdate,
            SetAttribute(Attribute::Reset),
            EnableLineWrap,
            LeaveAlternateScreen,
            Show
        )?;
        let written = self.write(&bytes);
        self.device.give_back().and(written)
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

    /// Brings `frame` to the screen by writing the lines that have changed; nothing is written while
    /// the terminal is another job's.
    pub(super) fn show(&mut self, frame: &Frame) -> io::Result<()> {
        if self.is_closed() || !self.device.in_foreground() {
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

    fn update(&self, frame: &Frame) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let resized = (frame.width, frame.height) != (self.shown.width, self.shown.height);
        if resized {
            queue!(bytes, Clear(ClearType::All))?;
        }
        let blank = Line::default();
        for row in 0..frame.height {
            let before = self.shown.lines.get(usize::from(row)).filter(|_| !resized);
            let now = frame.lines.get(usize::from(row)).unwrap_or(&blank);
            if before.unwrap_or(&blank) != now {
                self.line(&mut bytes, row, now)?;
            }
        }
        if bytes.is_empty() {
            return Ok(bytes);
        }
        // A terminal that knows this shows the update at once; others ignore it.
        let mut update = Vec::with_capacity(bytes.len() + 16);
        queue!(update, BeginSynchronizedUpdate)?;
        update.append(&mut bytes);
        queue!(update, EndSynchronizedUpdate)?;
        Ok(update)
    }

    fn line(&self, bytes: &mut Vec<u8>, row: u16, line: &Line) -> io::Result<()> {
        // Cleared first: after a line that fills the screen, clearing would take its last character.
        queue!(bytes, MoveTo(0, row), Clear(ClearType::UntilNewLine))?;
        for span in line.spans() {
            let styled = self.style(bytes, span.style)?;
            queue!(bytes, Print(&span.text))?;
            if styled {
                queue!(bytes, SetAttribute(Attribute::Reset))?;
            }
        }
        Ok(())
    }

    /// Bold and faint are not colours: they stay when colours are not wanted.
    fn style(&self, bytes: &mut Vec<u8>, style: Style) -> io::Result<bool> {
        let (attribute, color) = match style {
            Style::Plain => return Ok(false),
            Style::Strong => (Some(Attribute::Bold), None),
            Style::Faint => (Some(Attribute::Dim), None),
            Style::New => (Some(Attribute::Bold), Some(Color::DarkGreen)),
            Style::Failed => (None, Some(Color::DarkRed)),
            Style::Doubtful => (None, Some(Color::DarkYellow)),
        };
        let color = color.filter(|_| self.color);
        if let Some(attribute) = attribute {
            queue!(bytes, SetAttribute(attribute))?;
        }
        if let Some(color) = color {
            queue!(bytes, SetForegroundColor(color))?;
        }
        Ok(attribute.is_some() || color.is_some())
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
        self.shown = Frame::default();
    }
}

/// The screen, also after a panic while it was drawn on: giving the terminal back must go on.
pub(super) fn lock(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}
