//! The language in which `data/rules` says when a call needs an action; `data/README.md` describes it.
//!
//! `build/` checks every rule with this parser and packs its text; what is evaluated is parsed from that text
//! again, when an operation is first seen. Files of rules (`file`), the checks of them against the catalogue (`facts`) and what
//! they make of an operation (`decide`) are here as well, for `build/` and for rules that are given at run time.

pub(super) mod decide;
pub(super) mod decided;
pub(super) mod facts;
pub(super) mod file;
mod language;
mod parse;
mod path;
#[cfg(test)]
mod tests;

pub use language::{
    Condition, Default, ENCRYPTION_KEY, ENCRYPTION_KEY_OF, Function, ParseError, Rule, Source,
    Step, Target, Test, Value, Verdict, With,
};
