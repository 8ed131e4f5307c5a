//! A ruling as JSON.

use serde_json::{Value, json};

use crate::evaluate::levels::{Applies, Denial, Has, Outcome, Ruling, Spoken, Unmet};
use crate::policy::Effect;
use crate::report::ruling::{Question, because, plain, word};

/// The object.
pub fn value(question: Question<'_>, ruling: &Ruling) -> Value {
    let (explicit, by) = match ruling.outcome {
        Outcome::Denied(Denial { explicit, by }) => (Some(explicit), Some(by.word())),
        Outcome::Allowed | Outcome::Undecided(_) => (None, None),
    };
    let depends: Vec<String> = match &ruling.outcome {
        Outcome::Undecided(reasons) => reasons.iter().map(ToString::to_string).collect(),
        Outcome::Allowed | Outcome::Denied(_) => Vec::new(),
    };
    json!({
        "action": question.action,
        "resource": question.resource,
        "outcome": word(&ruling.outcome),
        "because": because(ruling),
        "explicit": explicit,
        "by": by,
        "depends_on": depends,
        "missing": ruling.missing.iter().map(|level| json!({
            "kind": level.kind.word(),
            "level": level.number,
        })).collect::<Vec<_>>(),
        "allowed_by": ruling.allowing().map(spoken).collect::<Vec<_>>(),
        "denied_by": ruling.denying().map(spoken).collect::<Vec<_>>(),
        "unsettled": ruling.unsettled().map(spoken).collect::<Vec<_>>(),
        "notes": ruling.notes.iter().map(|note| plain::said(*note)).collect::<Vec<_>>(),
    })
}

fn spoken(spoken: &Spoken) -> Value {
    let at = &spoken.at;
    let (applies, depends) = match &spoken.applies {
        Applies::Yes => ("yes", Vec::new()),
        Applies::No => ("no", Vec::new()),
        Applies::Depends(reasons) => ("depends", reasons.iter().map(ToString::to_string).collect()),
    };
    json!({
        "kind": at.level.kind.word(),
        "level": at.level.number,
        "file": &*at.file,
        "statement": at.statement,
        "sid": at.sid,
        "line": at.place.line,
        "column": at.place.column,
        "effect": match spoken.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        "applies": applies,
        "depends_on": depends,
        "conditions": spoken.conditions.iter().map(condition).collect::<Vec<_>>(),
    })
}

fn condition(unmet: &Unmet) -> Value {
    let (has, values) = match &unmet.has {
        Has::Values(values) => ("values", Some(values)),
        Has::Absent => ("absent", None),
        Has::NotKnown => ("not known", None),
    };
    json!({
        "operator": unmet.operator,
        "key": unmet.key,
        "policy": unmet.values,
        "request": has,
        "values": values,
    })
}
