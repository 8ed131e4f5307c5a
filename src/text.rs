//! Text that somebody else chose (the network, a recording, a policy, a settings file), fit to be shown.
//!
//! A terminal obeys control characters, and a reader is misled by characters that turn the direction of text or cannot be
//! seen. Everything that is printed goes through here: names through [`Foreign`], whole outputs through [`page`] or
//! [`json`].

use std::borrow::Cow;
use std::fmt;

use unicode_width::UnicodeWidthChar;

/// No line of a sentence is longer.
const LONGEST_LINE: usize = 4000;

/// Text that somebody else chose. Its `Display` is one line without anything that a terminal would obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign<'a>(pub &'a str);

impl fmt::Display for Foreign<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&printable(self.0))
    }
}

/// Text as it may be shown in a line.
///
/// Escaped (`\u{1b}`) is what Unicode does not count as printable: control and format
/// characters (which can reverse the direction of text), unassigned and private ones; and of marks
/// that combine with the character before them, those that have nothing to stand on, all after
/// the second, and the variation selectors, whose width terminals do not agree about.
pub fn printable(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// Several lines as they may be shown: as [`printable`], but for line breaks and tabs.
pub fn page(text: &str) -> Cow<'_, str> {
    shown(text, |c| matches!(c, '\n' | '\t'))
}

/// A sentence as it may be shown: one line. A line break stays only where an indented line follows, as lists of ours have
/// it: nobody else's text begins a line. What is longer than any sentence is cut, and passwords in URLs are not shown.
pub fn sentence(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for (number, line) in text.split("\n  ").enumerate() {
        if number > 0 {
            whole.push_str("\n  ");
        }
        let line = printable(line);
        let line = without_credentials(&line);
        match line.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => {
                whole.push_str(&line[..end]);
                whole.push('…');
            }
            None => whole.push_str(&line),
        }
    }
    whole
}

/// JSON of the same value, fit to be shown: in its strings, what is not printable is escaped as JSON has it; between them
/// a carriage return, which would let a line overwrite itself, is a line break.
pub fn json(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => shown.push('\n'),
            // A byte order mark before the text is no part of a string, where alone there are escapes.
            '\u{feff}' if shown.is_empty() => {}
            c if is_printable(c) && c.width() != Some(0) => shown.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Cow::Owned(shown)
}

/// A text in which no URL has a user, a password or a query: `http://…@proxy:3128`.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
        let end = after.find(ends).unwrap_or(after.len());
        let (mut url, following) = after.split_at(end);
        if let Some((_, host)) = url.rsplit_once('@') {
            kept.push_str("…@");
            url = host;
        }
        match url.split_once('?') {
            Some((before, query)) if !query.is_empty() => {
                kept.push_str(before);
                kept.push_str("?…");
            }
            _ => kept.push_str(url),
        }
        rest = following;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Text out of a file, without what a terminal would obey.
pub fn plain(text: &str) -> String {
    printable(text).into_owned()
}

/// `1 call`, `2 calls`.
pub fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The beginning of a name, fit to be shown: so many characters of it.
pub fn beginning(name: &str, longest: usize) -> Box<str> {
    let end = name.char_indices().nth(longest).map_or(name.len(), |(end, _)| end);
    printable(&name[..end]).into()
}

/// How many columns a character takes.
fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

fn shown(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') || is_kept(char::from(byte))) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut marks = 2;
    for c in text.chars() {
        if is_kept(c) {
            shown.push(c);
            marks = 2;
            continue;
        }
        let mark = columns(c) == 0;
        let selector = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        let escaped = if mark {
            marks += 1;
            c.is_control() || c.is_ascii() || selector || marks > 2 || !is_printable(c)
        } else {
            marks = 0;
            !is_printable(c)
        };
        if escaped {
            shown.extend(c.escape_unicode());
            marks = 2;
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether Unicode counts it as printable, as far as `char`'s own debug output knows.
fn is_printable(c: char) -> bool {
    if c.is_control() {
        return false;
    }
    // `str`'s debug output escapes a combining mark only at the beginning, and never a letter.
    let mut buffer = [b'a', 0, 0, 0, 0];
    let length = c.encode_utf8(&mut buffer[1..]).len();
    let pair = std::str::from_utf8(&buffer[..=length]).unwrap_or("\u{fffd}");
    matches!(c, '"' | '\'' | '\\') || pair.escape_debug().count() == 2
}

/// A word for a shell.
pub(crate) fn shell_word(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:,@%+=".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for (text, shown) in [
            ("s3", "s3"),
            ("a\"b'c\\d", "a\"b'c\\d"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
            ("\u{7f}\u{9b}", "\\u{7f}\\u{9b}"),
            ("evil\u{202e}txt", "evil\\u{202e}txt"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\u{e000}\u{2028}", "\\u{e000}\\u{2028}"),
            ("größe 東京 ☂", "größe 東京 ☂"),
            ("e\u{301}", "e\u{301}"),
            ("\u{301}e", "\\u{301}e"),
            ("e\u{301}\u{302}\u{303}", "e\u{301}\u{302}\\u{303}"),
            ("☂\u{fe0f}", "☂\\u{fe0f}"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
            assert_eq!(Foreign(text).to_string(), shown, "{text:?}");
        }
        assert_eq!(page("a\n\tb\r\u{9b}"), "a\n\tb\\u{d}\\u{9b}");
    }

    #[test]
    fn escaping_twice_changes_nothing() {
        let once = printable("\u{1b}]0;\u{7}e\u{301}\u{302}\u{303}☂\u{fe0f}").into_owned();
        assert_eq!(printable(&once), once);
    }

    #[test]
    fn a_sentence_is_one_line_and_not_endless() {
        assert_eq!(sentence("a\nleastwise: b"), "a\\u{a}leastwise: b");
        assert_eq!(sentence("2 things:\n  a\n  b"), "2 things:\n  a\n  b");
        assert_eq!(sentence(&"x".repeat(1 << 20)).chars().count(), LONGEST_LINE + 1);
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a\u{9b}": "\u{202e}\u{7f}\u{1f600}é\u{200b}\u{301}\n\"\\"});
        for text in [value.to_string(), format!("\u{feff}{{\r\n\r{}", &format!("{value:#}")[1..])] {
            let shown = json(&text);
            assert_eq!(page(&shown), shown, "{text:?}");
            let again: serde_json::Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(again, value);
        }
    }

    #[test]
    fn passwords_in_urls_are_hidden() {
        for (text, shown) in [
            ("http://u:p@proxy:3128 is no", "http://…@proxy:3128 is no"),
            ("'https://u:p/w@h/x'", "'https://…@h/x'"),
            ("http://h/?token=abc, then", "http://h/?… then"),
            ("a http://one http://u:p@two", "a http://one http://…@two"),
            ("nobody@example.com", "nobody@example.com"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
