//! What lies above the panes until a key takes it away: help, and explanations.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use ratatui_widgets::clear::Clear;

use super::bar::scrollbar;
use super::place::Motion;
use super::text::{self, Line, Style};

/// Wider lines are hard to read.
const WIDEST: usize = 100;
/// Explanations are kept up to this length.
const LONGEST: usize = 64 * 1024;

const HELP: &str = "\
Tab, 1 to 4    the next pane; policy, calls, denials, principals
↑ ↓, j k       one line up or down
PgUp, PgDn     a screenful up or down
Home, End      the first line, the last line
Esc            back: the filter goes, and what is new is followed again
/              show only lines that have a text in them
e, Enter       explain the line under the cursor
w              write the policy now
c              copy the policy to the clipboard, through the terminal
Ctrl-]         type into the command (run --view), and back
Ctrl-L         draw the screen anew
q, Ctrl-C      end the recording and print its summary

In the margin:
+  new         !  failed, or denied        ?  not recognised
▸  the cursor

While you scroll, the line under the cursor stays where it is.
The newest 1,000 different calls are kept; equal ones share a line.";

/// A text above the panes.
#[derive(Debug, Clone)]
pub(super) struct Overlay {
    title: String,
    text: String,
    top: usize,
    rows: usize,
    total: usize,
}

impl Overlay {
    pub(super) fn help() -> Overlay {
        Overlay::text("help".to_owned(), HELP)
    }

    pub(super) fn text(title: String, text: &str) -> Overlay {
        let text = match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}\n…", &text[..end]),
            None => text.to_owned(),
        };
        Overlay { title, text, top: 0, rows: 0, total: 0 }
    }

    pub(super) fn go(&mut self, motion: Motion) {
        let page = self.rows.saturating_sub(1).max(1);
        let most = self.total.saturating_sub(self.rows);
        self.top = match motion {
            Motion::Up => self.top.saturating_sub(1),
            Motion::Down => self.top + 1,
            Motion::PageUp => self.top.saturating_sub(page),
            Motion::PageDown => self.top + page,
            Motion::Home => 0,
            Motion::End => most,
        }
        .min(most);
    }

    /// Draws it into the middle of `area`, as large as it needs to be.
    pub(super) fn draw(&mut self, buffer: &mut Buffer, area: Rect) {
        let columns = columns(area.width);
        let lines = text::broken(&self.text, columns);
        let framed = area.width >= 30 && area.height >= 6;
        let (across, down) = if framed { (4, 2) } else { (0, 0) };
        let widest = lines.iter().map(|line| text::width(line)).max().unwrap_or(0).max(24);
        let width =
            if framed { (widest + across).min(area.width.into()) } else { area.width.into() };
        let height = (lines.len() + down).min(area.height.into());
        let (width, height) = (width as u16, if framed { height as u16 } else { area.height });
        let at = Rect::new(
            area.x + (area.width - width) / 2,
            area.y + (area.height - height) / 2,
            width,
            height,
        );
        Clear.render(at, buffer);
        let mut inner = at;
        if framed {
            let block = Block::bordered()
                .title_top(format!(" {} ", text::cut_end(&self.title, usize::from(width) - 6)))
                .title_bottom(" Esc closes ")
                .border_style(Style::Strong.look());
            inner = block.inner(at);
            block.render(at, buffer);
        }
        self.rows = inner.height.into();
        self.total = lines.len();
        self.top = self.top.min(self.total.saturating_sub(self.rows));
        let indent = u16::from(framed);
        for (line, y) in lines.iter().skip(self.top).zip(inner.top()..inner.bottom()) {
            let mut drawn = Line::default();
            drawn.push(line, Style::Plain);
            drawn.draw(buffer, inner.x + indent, y, usize::from(inner.width - indent));
        }
        let right = Rect::new(at.right() - 1, inner.y, 1, inner.height);
        scrollbar(buffer, right, self.top, self.rows, self.total);
    }
}

/// How many columns a text has on a screen of `width`.
pub(super) fn columns(width: u16) -> usize {
    let width = usize::from(width);
    if width >= 30 { (width - 4).min(WIDEST) } else { width.saturating_sub(1).max(1) }
}
