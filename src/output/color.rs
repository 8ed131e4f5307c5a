//! Colours on standard error, where a terminal takes them. Nothing is said by a colour alone.

use std::borrow::Cow;

use anstream::{AutoStream, ColorChoice};

/// Where text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that takes it, and where `NO_COLOR` is not set (<https://no-color.org>).
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// What was heard and done.
    Plain,
    /// What somebody should look at.
    Warning,
}

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[1;33m";
const RESET: &str = "\x1b[0m";
/// What our sentences begin with.
const NAME: &str = "leastwise:";

/// From now on this holds for the process.
pub fn choose(color: Color) {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

/// The text as it goes to standard error.
pub(super) fn on_stderr(text: &str, tone: Tone) -> Cow<'_, str> {
    match AutoStream::choice(&std::io::stderr()) {
        ColorChoice::Never | ColorChoice::Auto => text.into(),
        ColorChoice::Always | ColorChoice::AlwaysAnsi => painted(text, tone).into(),
    }
}

/// Each line by what it is: one of ours, what the policy grew by, or what a list is of.
fn painted(text: &str, tone: Tone) -> String {
    let mut whole = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let own = if tone == Tone::Warning { YELLOW } else { BOLD };
        let pieces = if let Some(rest) = line.strip_prefix(NAME) {
            [own, NAME, RESET, rest]
        } else if let Some(rest) = line.strip_prefix("+ ") {
            [GREEN, "+", RESET, &line[line.len() - rest.len() - 1..]]
        } else if line.starts_with("  ") && line.ends_with(':') {
            [BOLD, line, RESET, ""]
        } else {
            ["", line, "", ""]
        };
        pieces.iter().for_each(|piece| whole.push_str(piece));
        whole.push_str(end);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_colours_the_text_is_the_same() {
        let text =
            "leastwise: heard 2 calls.\n+ s3:GetObject on *\n  1 call failed:\n       1  s3\nend";
        let colored = painted(text, Tone::Plain);
        assert_eq!(
            colored,
            "\x1b[1mleastwise:\x1b[0m heard 2 calls.\n\x1b[32m+\x1b[0m s3:GetObject on *\n\x1b[1m  1 call failed:\x1b[0m\n       1  s3\nend"
        );
        assert!(painted(text, Tone::Warning).starts_with("\x1b[1;33mleastwise:"));
        let stripped =
            [BOLD, GREEN, YELLOW, RESET].iter().fold(colored, |text, code| text.replace(code, ""));
        assert_eq!(stripped, text);
    }
}
