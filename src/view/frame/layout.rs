//! What the parts of the view have in common.

use super::text::{Line, Style};

/// Left of everything there is room for the cursor and one mark: `+` new, `!` failed, `?` not recognised.
pub(super) const MARGIN: usize = 3;

/// A line that begins with its mark.
pub(super) fn marked(mark: char, style: Style) -> Line {
    let mut line = Line::default();
    line.push(&format!(" {mark} "), if mark == ' ' { Style::Plain } else { style });
    line
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 call`, `1,057 calls`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}
