//! Policy variables (reference_policies_variables): `${aws:username}`, `${key, 'default'}`, and the
//! escapes `${*}`, `${?}` and `${$}`.

use crate::evaluate::verdict::context::{Context, Known};
use crate::evaluate::verdict::glob::Letter;

/// A policy's text with its variables replaced.
pub(crate) struct Expanded {
    pub(crate) letters: Vec<Letter>,
    /// The keys of variables whose value is not known; a `*` stands in their places.
    pub(crate) unknown: Vec<String>,
    /// The key of a variable that has no value in this request: nothing equals the text then.
    pub(crate) void: Option<String>,
}

impl Expanded {
    /// The text, wildcards and all.
    pub(crate) fn text(&self) -> String {
        self.letters.iter().map(|letter| letter.character).collect()
    }
}

/// Whether a text holds a variable whose value a request decides.
pub(crate) fn has_variable(text: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Variable { .. }))
}

/// Replaces the variables of a text.
pub(crate) fn expand(text: &str, context: &Context) -> Expanded {
    let mut expanded = Expanded { letters: Vec::new(), unknown: Vec::new(), void: None };
    let literal = |character| Letter { character, special: false };
    for piece in pieces(text) {
        match piece {
            Piece::Text(character) => {
                expanded.letters.push(Letter { character, special: true });
            }
            Piece::Escape(character) => expanded.letters.push(literal(character)),
            Piece::Variable { key, default } => match (context.get(key), default) {
                (Known::Values([value]), _) => {
                    expanded.letters.extend(value.chars().map(literal));
                }
                (Known::Absent, Some(default)) => {
                    expanded.letters.extend(default.chars().map(literal));
                }
                // A key with several values cannot be a variable, so it has no value as one.
                (Known::Absent | Known::Values(_), _) => expanded.void = Some(key.to_owned()),
                (Known::Nothing, _) => {
                    expanded.unknown.push(key.to_owned());
                    expanded.letters.push(Letter { character: '*', special: true });
                }
            },
        }
    }
    expanded
}

/// A text without variables (of a policy of 2008).
pub(crate) fn plain(text: &str) -> Expanded {
    Expanded {
        letters: text.chars().map(|character| Letter { character, special: true }).collect(),
        unknown: Vec::new(),
        void: None,
    }
}

enum Piece<'a> {
    Text(char),
    Escape(char),
    Variable { key: &'a str, default: Option<&'a str> },
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if let Some((inside, after)) =
            rest.strip_prefix("${").and_then(|inside| inside.split_once('}'))
        {
            rest = after;
            return Some(match inside {
                "*" => Piece::Escape('*'),
                "?" => Piece::Escape('?'),
                "$" => Piece::Escape('$'),
                _ => variable(inside),
            });
        }
        rest = &rest[first.len_utf8()..];
        Some(Piece::Text(first))
    })
}

/// `key`, or `key, 'default'`.
fn variable(inside: &str) -> Piece<'_> {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            let quoted = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            (key, Some(quoted.unwrap_or(default)))
        }
        None => (inside, None),
    };
    Piece::Variable { key: key.trim(), default }
}
