//! Styled lines that can hold only printable text, measured in terminal columns.

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier, Style as Look};
use unicode_width::UnicodeWidthChar;

pub(super) use crate::text::printable;

/// How a piece of text stands out. What it looks like is the terminal's affair; no style carries
/// a meaning that the text beside it does not say too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// Ordinary text.
    #[default]
    Plain,
    /// What the eye should find first.
    Strong,
    /// What may be overlooked: rules, conditions, hints.
    Faint,
    /// What has just come: marked `+` too.
    New,
    /// What failed: marked `!` too.
    Failed,
    /// What makes the policy doubtful: marked `?`, or a sentence.
    Doubtful,
}

impl Style {
    /// What it looks like, by the terminal's own colours.
    pub(super) fn look(self) -> Look {
        let plain = Look::new();
        match self {
            Style::Plain => plain,
            Style::Strong => plain.add_modifier(Modifier::BOLD),
            Style::Faint => plain.add_modifier(Modifier::DIM),
            Style::New => plain.add_modifier(Modifier::BOLD).fg(Color::Green),
            Style::Failed => plain.fg(Color::Red),
            Style::Doubtful => plain.fg(Color::Yellow),
        }
    }
}

/// A piece of a line in one style: no control characters, nothing that moves the cursor or turns the direction of text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    text: String,
    style: Style,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    spans: Vec<Span>,
    width: usize,
}

impl Line {
    /// How many columns it takes.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The text without its styles.
    pub(super) fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Appends text, with what is not printable escaped: the only way into a line.
    pub(super) fn push(&mut self, text: &str, style: Style) -> &mut Self {
        let text = printable(text);
        if text.is_empty() {
            return self;
        }
        self.width += width(&text);
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.text.push_str(&text),
            _ => self.spans.push(Span { text: text.into_owned(), style }),
        }
        self
    }

    /// Appends text cut to `columns` and filled up with spaces.
    pub(super) fn push_column(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let text = cut_end(text, columns);
        let fill = columns.saturating_sub(width(&text));
        self.push(&text, style).fill(fill)
    }

    /// Appends spaces.
    pub(super) fn fill(&mut self, columns: usize) -> &mut Self {
        self.push(&" ".repeat(columns), Style::Plain)
    }

    /// The line cut to `columns`, with an ellipsis where something was cut off.
    pub(super) fn cut(self, columns: usize) -> Line {
        if self.width <= columns {
            return self;
        }
        let mut line = Line::default();
        for span in &self.spans {
            let left = columns - line.width;
            if width(&span.text) < left {
                line.push(&span.text, span.style);
            } else {
                // This one does not fit, or it fills the line and something follows it.
                line.push(&cut(&span.text, left, 0), span.style);
                break;
            }
        }
        line
    }
}

impl Line {
    /// Draws it, cut to `columns`.
    pub(super) fn draw(self, buffer: &mut Buffer, x: u16, y: u16, columns: usize) {
        let mut x = x;
        for span in self.cut(columns).spans {
            x = buffer.set_stringn(x, y, &span.text, columns, span.style.look()).0;
        }
    }
}

/// Whether `text` has `wanted` in it, in any case; everything has nothing in it.
pub(super) fn has(text: &str, wanted: &str) -> bool {
    found(text, wanted).is_some()
}

/// Where in `text` `wanted` is, in any case of ASCII letters: the first byte.
pub(super) fn found(text: &str, wanted: &str) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    text.windows(wanted.len()).position(|part| part.eq_ignore_ascii_case(wanted))
}

/// Text in lines of at most `columns`, broken between words where that is possible.
pub(super) fn broken(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for whole in text.lines() {
        let whole = printable(whole);
        let indent = whole.len() - whole.trim_start_matches(' ').len();
        // What goes on below its line stands two columns further in, where there is room for that.
        let hanging = if indent + 12 < columns { " ".repeat(indent + 2) } else { String::new() };
        let mut rest = whole.as_ref();
        let mut begin = String::new();
        loop {
            let room = columns.saturating_sub(begin.len()).max(1);
            if width(rest) <= room {
                lines.push(format!("{begin}{rest}"));
                break;
            }
            let mut head = take(rest.chars(), room);
            if head.is_empty() {
                // A character wider than the screen.
                break;
            }
            if let Some(space) = head.rfind(' ').filter(|it| !head[..*it].trim().is_empty()) {
                head.truncate(space);
            }
            rest = rest[head.len()..].trim_start_matches(' ');
            lines.push(format!("{begin}{head}"));
            begin.clone_from(&hanging);
        }
    }
    lines
}

/// How many columns text takes once it is fit to be shown.
pub(super) fn printed_width(text: &str) -> usize {
    // Nearly all of it is ASCII, which needs no more than a look.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.len()
    } else {
        width(&printable(text))
    }
}

/// How many columns printable text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The text cut at its end to `columns`, escaped.
pub(super) fn cut_end(text: &str, columns: usize) -> String {
    let text = printable(text);
    if width(&text) <= columns { text.into_owned() } else { cut(&text, columns, 0) }
}

/// The text cut in its middle to `columns`, escaped: for an ARN, which begins with the service and
/// ends with the name.
pub(super) fn cut_middle(text: &str, columns: usize) -> String {
    let text = printable(text);
    if width(&text) <= columns {
        text.into_owned()
    } else {
        cut(&text, columns, columns.saturating_sub(1) / 2)
    }
}

/// `text`'s beginning, an ellipsis, and `tail` columns of its end: at most `total` columns.
fn cut(text: &str, total: usize, tail: usize) -> String {
    if total == 0 {
        return String::new();
    }
    let head = take(text.chars(), total - 1 - tail.min(total - 1));
    let end = take(text.chars().rev(), tail);
    // A mark at the cut would sit on the ellipsis.
    let end: String = end.chars().rev().skip_while(|c| columns(*c) == 0).collect();
    format!("{head}…{end}")
}

fn take(chars: impl Iterator<Item = char>, mut room: usize) -> String {
    chars
        .take_while(|c| {
            let fits = columns(*c) <= room;
            room = room.saturating_sub(columns(*c));
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_to_the_columns() {
        assert_eq!(cut_end("abcdef", 6), "abcdef");
        assert_eq!(cut_end("abcdef", 5), "abcd…");
        assert_eq!(cut_end("abcdef", 1), "…");
        assert_eq!(cut_end("abcdef", 0), "");
        assert_eq!(cut_end("東京都", 5), "東京…");
        assert_eq!(cut_end("東京都", 4), "東…");
        assert_eq!(cut_middle("arn:aws:s3:::bucket/key", 11), "arn:a…t/key");
        assert_eq!(cut_middle("abc", 1), "…");
        assert_eq!(cut_middle("abc", 2), "a…");
    }

    #[test]
    fn a_line_is_cut_where_it_ends() {
        let mut line = Line::default();
        line.push("one ", Style::Plain).push("two", Style::New).push(" three", Style::Plain);
        assert_eq!(line.clone().cut(13).text(), "one two three");
        assert_eq!(line.clone().cut(12).text(), "one two thr…");
        assert_eq!(line.clone().cut(7).text(), "one tw…");
        assert_eq!(line.clone().cut(4).text(), "one…");
        assert_eq!(line.cut(0).text(), "");
    }
}
