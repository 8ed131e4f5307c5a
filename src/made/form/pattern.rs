//! The pattern of a name.

use crate::made::form::parts::{
    Before, Kind, Part, Word, ends_segment, has_digits_and_letters, is_of_one_case, is_of_word,
};
use crate::made::form::{suffix, time};

/// The shortest form, `20261125`.
const SHORTEST: usize = 8;

/// A name that has a form, as a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formed {
    /// The name with a `?` for each character that the next run makes anew. It is as long as the name, so that a role may
    /// be called so, too.
    pub pattern: String,
    /// What was found in it, each once.
    pub kinds: Vec<Kind>,
}

/// The pattern of a name that a program made; `None` for one that stays as it is.
///
/// The name is the value that a request has in the place of one variable of an ARN, without what the ARN's format has around
/// it: a word, or several between `/` and `:`. What somebody wrote as a pattern already (`*`, `?`) stays. The time that it takes
/// grows with the name's length.
pub fn pattern(name: &str) -> Option<Formed> {
    if !may_have_form(name) {
        return None;
    }
    let mut parts = parts(name.as_bytes());
    if parts.is_empty() {
        return None;
    }
    // Digits that stand alone name nothing: `20261125` would be every name of eight characters.
    let has_word = has_letter(name, &parts);
    parts.retain(|part| has_word || !part.needs_word);
    if parts.is_empty() {
        return None;
    }
    let mut pattern = String::with_capacity(name.len());
    let mut written = 0;
    for part in &parts {
        pattern.push_str(&name[written..part.start]);
        pattern.extend(name[part.start..part.end].chars().map(|letter| part.written(letter)));
        written = part.end;
    }
    pattern.push_str(&name[written..]);
    let mut kinds: Vec<Kind> = parts.iter().map(|part| part.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Some(Formed { pattern, kinds })
}

/// A glance at names of which most have no form, or at several, whatever is between them: each is made with digits, but for what stands
/// behind a bucket for what tools deploy.
pub(in crate::made) fn may_have_form(name: &str) -> bool {
    name.len() >= SHORTEST
        && (name.bytes().any(|byte| byte.is_ascii_digit()) || suffix::may_be_of_bucket(name))
}

/// All parts that have a form, from left to right.
fn parts(name: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut before = Before::default();
    let mut at = 0;
    while let Some(&byte) = name.get(at) {
        if !is_of_word(byte) {
            if ends_segment(byte) {
                before = Before { start: at + 1, ..Before::default() };
            }
            at += 1;
            continue;
        }
        let length = name[at..].iter().take_while(|byte| is_of_word(**byte)).count();
        let word = Word { start: at, end: at + length, text: &name[at..at + length] };
        at = word.end;
        if let Some(part) = part(name, word, &mut before) {
            at = part.end;
            parts.push(part);
            // A time of day has colons.
            if let Some(colon) = name[word.start..at].iter().rposition(|byte| ends_segment(*byte)) {
                before = Before { start: word.start + colon + 1, ..Before::default() };
            }
        }
        before.words += 1;
        before.last = Some(word);
    }
    parts
}

/// The form that begins in this word.
fn part(name: &[u8], word: Word<'_>, before: &mut Before<'_>) -> Option<Part> {
    // A year is the shortest word that a form begins with.
    if word.text.len() < 4 {
        return None;
    }
    let whole = |kind| Some(Part::new(word.start, word.end, kind));
    match word.text.len() {
        32 | 40 | 56 | 64 | 96 | 128 if is_hash(word.text) => return whole(Kind::Hash),
        8 => {
            if let Some(end) = end_of_uuid(name, word.start) {
                return Some(Part::new(word.start, end, Kind::Uuid));
            }
        }
        12 | 13 if suffix::is_suffix(name, word, before) => return whole(Kind::Suffix),
        26 if is_ulid(word.text) => return whole(Kind::SortableId),
        27 if is_ksuid(word.text) => return whole(Kind::SortableId),
        _ => {}
    }
    time::part(name, word, before)
}

/// Whether a letter stays when the parts are written as `?`.
fn has_letter(name: &str, parts: &[Part]) -> bool {
    let mut written = 0;
    for part in parts {
        let before = &name[std::mem::replace(&mut written, part.end)..part.start];
        let mut inside = name[part.start..part.end].chars().map(|letter| part.written(letter));
        if before.chars().any(char::is_alphabetic) || inside.any(char::is_alphabetic) {
            return true;
        }
    }
    name[written..].chars().any(char::is_alphabetic)
}

/// Hexadecimal digits with letters of one case, and both digits and letters among them.
fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit) && is_of_one_case(digits)
}

fn is_hash(word: &[u8]) -> bool {
    is_hex(word) && has_digits_and_letters(word)
}

/// Where the UUID that begins here ends: 8, 4, 4, 4 and 12 hexadecimal digits.
fn end_of_uuid(name: &[u8], start: usize) -> Option<usize> {
    const LENGTH: usize = 36;
    let end = start + LENGTH;
    let uuid = name.get(start..end)?;
    let between = uuid[8];
    let is_between = |index: usize| matches!(index, 8 | 13 | 18 | 23);
    let mut letters = uuid.iter().enumerate();
    let is_uuid =
        matches!(between, b'-' | b'_')
            && letters.all(|(index, byte)| {
                if is_between(index) { *byte == between } else { byte.is_ascii_hexdigit() }
            })
            && is_of_one_case(uuid)
            && has_digits_and_letters(uuid)
            && name.get(end).is_none_or(|next| !is_of_word(*next));
    is_uuid.then_some(end)
}

/// Digits of Crockford's base 32, of which the first ten are milliseconds: they begin with `01` from 2004 to 2039.
fn is_ulid(word: &[u8]) -> bool {
    let is_digit = |byte: &u8| {
        let upper = byte.to_ascii_uppercase();
        upper.is_ascii_alphanumeric() && !matches!(upper, b'I' | b'L' | b'O' | b'U')
    };
    word.starts_with(b"01")
        && word.iter().all(is_digit)
        && is_of_one_case(word)
        && word.iter().any(u8::is_ascii_alphabetic)
}

/// Digits of base 62, of which the first tells the time: it is `6` in 2036.
fn is_ksuid(word: &[u8]) -> bool {
    matches!(word[0], b'0'..=b'6')
        && word.iter().all(u8::is_ascii_alphanumeric)
        && word.iter().any(u8::is_ascii_lowercase)
        && word.iter().any(u8::is_ascii_uppercase)
}
