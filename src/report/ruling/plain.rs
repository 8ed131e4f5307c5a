//! A ruling for people: one block, its reasons as a list. `+` allows, `-` denies, `!` should allow and does not, `?` would
//! apply but for a condition or for what is not known.

use std::fmt::Write as _;

use crate::evaluate::levels::{Applies, Has, Kind, Note, Outcome, Ruling, Spoken, Unmet};
use crate::evaluate::verdict::Reason;
use crate::policy::Effect;
use crate::report::ruling::{Question, because, word};
use crate::text::Foreign;

/// The block; what somebody else chose is escaped.
pub fn block(question: Question<'_>, ruling: &Ruling) -> String {
    let mut text = format!(
        "{}: {} on {}",
        word(&ruling.outcome),
        Foreign(question.action),
        Foreign(question.resource)
    );
    if let Some(because) = because(ruling) {
        // Writing to a String cannot fail.
        let _ = write!(text, ", {}", Foreign(&because));
    }
    text.push('\n');
    for spoken in ruling.denying() {
        let _ = writeln!(text, "  - denied by {}", place(spoken));
    }
    // Of one level the first line says it.
    for level in ruling.missing.iter().filter(|_| ruling.missing.len() > 1) {
        let _ = writeln!(text, "  ! no {level} allows it");
    }
    for spoken in ruling.allowing() {
        let _ = writeln!(text, "  + allowed by {}", place(spoken));
    }
    for spoken in ruling.unsettled() {
        unsettled(&mut text, spoken);
    }
    for note in &ruling.notes {
        let _ = writeln!(text, "  ({})", said(*note));
    }
    if let Outcome::Undecided(reasons) = &ruling.outcome {
        for reason in reasons {
            if let Reason::Key(key) = reason {
                let _ = writeln!(text, "  --context {}=VALUE says it", Foreign(key));
            }
        }
    }
    text
}

fn unsettled(text: &mut String, spoken: &Spoken) {
    let does = match spoken.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    let place = place(spoken);
    let _ = match &spoken.applies {
        Applies::Depends(reasons) => {
            let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
            let reasons = reasons.join(" and on ");
            writeln!(text, "  ? may {does} it, which depends on {}: {place}", Foreign(&reasons))
        }
        Applies::Yes | Applies::No => {
            writeln!(text, "  ? would {does} it but for its conditions: {place}")
        }
    };
    for unmet in &spoken.conditions {
        let _ = writeln!(text, "      {}", condition(unmet));
    }
}

/// `identity-based policy policy.json:4:5, statement 2 "Buckets"`.
fn place(spoken: &Spoken) -> String {
    let at = &spoken.at;
    let mut text = format!(
        "{} {}:{}:{}, statement {}",
        at.level,
        Foreign(&at.file),
        at.place.line,
        at.place.column,
        at.statement
    );
    if let Some(sid) = &at.sid {
        let _ = write!(text, " \"{}\"", Foreign(sid));
    }
    text
}

/// `StringEquals aws:RequestTag/env: the policy has "ci", the request "prod"`.
fn condition(unmet: &Unmet) -> String {
    let quoted = |values: &[String]| {
        let values: Vec<_> = values.iter().map(|it| format!("\"{}\"", Foreign(it))).collect();
        values.join(", ")
    };
    let has = match &unmet.has {
        Has::Values(values) => format!("the request has {}", quoted(values)),
        Has::Absent => "the request does not have it".to_owned(),
        Has::NotKnown => "what the request has is not known".to_owned(),
    };
    format!(
        "{} {}: the policy has {}; {has}",
        Foreign(&unmet.operator),
        Foreign(&unmet.key),
        quoted(&unmet.values)
    )
}

/// A note as a sentence.
pub(super) fn said(note: Note) -> &'static str {
    match note {
        Note::LeftToAccount(Kind::Trust) => {
            "the trust policy of the role was not given; it is taken for one that leaves it to the account"
        }
        Note::LeftToAccount(_) => {
            "the policy of the resource was not given; it is taken for one that leaves it to the account, as AWS's own does"
        }
        Note::Spared(Kind::ResourceControl) => "resource control policies do not hold for it",
        Note::Spared(_) => "service control policies do not hold for it",
        Note::Root => "the root user of an account needs no identity-based policy",
    }
}
