//! Text for people: indented lines that wrap to the width of the terminal, and columns.

use unicode_width::UnicodeWidthStr;

/// No terminal is taken for narrower: what wraps after every word helps nobody.
const NARROWEST: usize = 40;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Columns of the terminal; `None` does not wrap.
    width: Option<usize>,
    text: String,
}

impl Page {
    /// A page that wraps at this many columns, if any.
    pub(crate) fn new(width: Option<usize>) -> Page {
        Page { width: width.map(|width| width.max(NARROWEST)), text: String::new() }
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// An empty line, but not at the beginning and not twice.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line; what does not fit goes on below it, two columns further in.
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        self.hang(indent, indent + 2, text);
    }

    /// Rows of cells, whose columns are aligned; the last cell wraps below itself.
    pub(crate) fn table(&mut self, indent: usize, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|it| it.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let last = columns.saturating_sub(1);
        let hanging = indent + widths.iter().take(last).map(|it| it + 2).sum::<usize>();
        // Where nearly nothing of the line is left, the last cell is better off below the row.
        let hanging = match self.width {
            Some(width) if hanging + NARROWEST / 2 > width => indent + 4,
            _ => hanging,
        };
        for row in rows {
            let mut text = String::new();
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if column < last {
                    text.push_str(&" ".repeat(widths[column].saturating_sub(cell.width()) + 2));
                }
            }
            self.hang(indent, hanging, text.trim_end());
        }
    }

    fn hang(&mut self, indent: usize, hanging: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        let mut used = indent;
        let mut at_start = true;
        for word in words(text) {
            let bare = word.trim_end_matches(' ').width();
            if !at_start && self.width.is_some_and(|width| used + bare > width) {
                self.text.truncate(self.text.trim_end_matches(' ').len());
                self.text.push('\n');
                self.text.push_str(&" ".repeat(hanging));
                used = hanging;
            }
            self.text.push_str(word);
            used += word.width();
            at_start = false;
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

/// Words with the spaces behind them, so that columns stay where they are.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.find(' ')?;
        let next = rest[end..].find(|it| it != ' ').map_or(rest.len(), |it| end + it);
        let (word, after) = rest.split_at(next);
        rest = after;
        Some(word)
    })
    .chain(text.rsplit(' ').next().filter(|it| !it.is_empty()))
}

#[cfg(test)]
mod tests {
    use crate::text::plain;

    use super::*;

    #[test]
    fn lines_wrap_at_words_and_hang() {
        let mut page = Page::new(Some(40));
        page.line(2, "when the request names a resource of one of its types, and");
        assert_eq!(
            page.into_text(),
            "  when the request names a resource of\n    one of its types, and\n"
        );
        let mut page = Page::new(None);
        page.line(2, &"word ".repeat(100));
        assert_eq!(page.into_text().lines().count(), 1);
    }

    #[test]
    fn columns_are_aligned() {
        let mut page = Page::new(None);
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        page.table(2, &[row(["s3.PutObject", "3 calls", "200"]), row(["sqs", "1 call", "403 x"])]);
        assert_eq!(
            page.into_text(),
            "  s3.PutObject  3 calls  200\n  sqs           1 call   403 x\n"
        );
    }

    #[test]
    fn words_are_all_there() {
        for text in ["", "a", "a b", "a  b ", " a", "ü é"] {
            assert_eq!(words(text).collect::<String>(), text, "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(plain("a\x1b[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
    }
}
