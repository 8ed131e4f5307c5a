//! What policies of all kinds say of a request, and why.

pub mod json;
pub mod plain;

use crate::evaluate::levels::{Denial, Kind, Outcome, Ruling};

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The action (`s3:PutObject`).
    pub action: &'a str,
    /// The ARN, a pattern, or `*`.
    pub resource: &'a str,
}

/// The word for an outcome.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied(_) => "denied",
        Outcome::Undecided(_) => "undecided",
    }
}

/// Why it is not allowed, in half a sentence; `None` when it is.
fn because(ruling: &Ruling) -> Option<String> {
    match &ruling.outcome {
        Outcome::Allowed => None,
        Outcome::Denied(Denial { explicit: true, by }) => {
            let article = if *by == Kind::Identity { "an" } else { "a" };
            Some(format!("with an explicit deny in {article} {}", by.name()))
        }
        Outcome::Denied(Denial { explicit: false, by }) => {
            let first =
                ruling.missing.first().map_or_else(|| by.name().to_owned(), ToString::to_string);
            Some(format!("because no {first} allows it"))
        }
        Outcome::Undecided(reasons) => {
            let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
            Some(format!("it depends on {}", reasons.join(" and on ")))
        }
    }
}

#[cfg(test)]
mod tests;
