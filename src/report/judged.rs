//! What AWS says of needs, beside what we say: as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::aws::{Decision, MatchedStatement};
use crate::judge::{Answer, Judged, Opinion, Standing};
use crate::text::{Foreign, counted};

/// What is said of opinions that stand so: a title, and the sign before each.
const SECTIONS: [(Standing, &str, char); 4] = [
    (Standing::Disagrees, "AWS disagrees:", '!'),
    (Standing::Refused, "AWS does not allow:", '+'),
    (Standing::Undecided, "Not decided:", '?'),
    (Standing::NotAsked, "AWS was not asked:", '-'),
];

/// The text; what matters most first.
pub fn plain(judged: &Judged) -> String {
    let count = |standing| judged.of(standing).count();
    let all = judged.opinions.len();
    let mut text = match &judged.principal {
        Some(principal) => format!(
            "leastwise: AWS says that {} is allowed {} of {}",
            Foreign(principal),
            count(Standing::Allowed),
            counted(all, "need")
        ),
        None => format!(
            "leastwise: AWS agrees on {} of {}",
            count(Standing::Agrees),
            counted(all, "need")
        ),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, " ({} asked).", counted(judged.questions, "question"));
    for (standing, title, sign) in SECTIONS {
        for (index, opinion) in judged.of(standing).enumerate() {
            if index == 0 {
                let _ = writeln!(text, "  {title}");
            }
            let _ = writeln!(text, "  {sign} {}", sentence(opinion, judged));
        }
    }
    text
}

/// A sentence without its full stop.
pub(crate) fn sentence(opinion: &Opinion, judged: &Judged) -> String {
    let what = format!("{} on {}", Foreign(&opinion.action), Foreign(&opinion.resource));
    let answer = match &opinion.aws {
        Err(why) => return format!("{what}: {}", Foreign(&why.because())),
        Ok(answer) => answer,
    };
    let ours = opinion.ours.map(|it| format!(", Leastwise {}", it.word()));
    let mut text =
        format!("{what}: AWS says {}{}", answer.decision.word(), ours.unwrap_or_default());
    if !answer.matched.is_empty() {
        let by: Vec<String> = answer.matched.iter().map(|it| statement(it, judged)).collect();
        let _ = write!(text, "; by {}", by.join(" and "));
    }
    if let Some(because) = limit(answer) {
        let _ = write!(text, "; {because}");
    }
    if !answer.missing.is_empty() {
        let keys = answer.missing.join(", ");
        let _ = write!(text, "; not known: {} (--context KEY=VALUE says it)", Foreign(&keys));
    }
    text
}

/// What keeps it from being allowed beside the policies.
fn limit(answer: &Answer) -> Option<&'static str> {
    match (answer.organizations, answer.boundary) {
        _ if answer.decision == Decision::Allowed => None,
        (Some(false), Some(false)) => Some(
            "neither the organization's service control policies nor the permissions boundary allow it",
        ),
        (Some(false), _) => Some("the organization's service control policies do not allow it"),
        (_, Some(false)) => Some("the permissions boundary does not allow it"),
        _ => None,
    }
}

/// `policy.json, line 3`
fn statement(matched: &MatchedStatement, judged: &Judged) -> String {
    let name = Foreign(name(matched, judged)).to_string();
    match matched.line {
        Some(line) => format!("{name}, line {line}"),
        None => name,
    }
}

/// The file of a policy that AWS numbers, or AWS's name of it.
fn name<'a>(matched: &'a MatchedStatement, judged: &'a Judged) -> &'a str {
    let number = matched.policy.strip_prefix("PolicyInputList.").and_then(|it| it.parse().ok());
    let file = number.and_then(|it: usize| judged.names.get(it.checked_sub(1)?));
    file.unwrap_or(&matched.policy)
}

/// The whole result where AWS alone was asked.
pub fn json(judged: &Judged, exit_code: i32) -> String {
    let mut value = value(judged);
    value["exit_code"] = json!(exit_code);
    format!("{value:#}\n")
}

/// The opinions.
pub(crate) fn value(judged: &Judged) -> Value {
    let opinions = judged.opinions.iter().map(|it| opinion(it, judged)).collect::<Vec<_>>();
    let mut value = json!({"questions": judged.questions, "needs": opinions});
    if let Some(principal) = &judged.principal {
        value["principal"] = json!(principal);
    }
    value
}

fn opinion(opinion: &Opinion, judged: &Judged) -> Value {
    let mut value = json!({
        "action": opinion.action,
        "resource": opinion.resource,
        "standing": word(opinion.standing()),
    });
    if let Some(ours) = opinion.ours {
        value["leastwise"] = json!(ours.word());
    }
    match &opinion.aws {
        Err(why) => {
            value["not_asked"] = json!(why.word());
            value["because"] = json!(why.because());
        }
        Ok(answer) => {
            value["aws"] = json!(answer.decision.word());
            let matched = answer.matched.iter();
            let matched = matched.map(|it| json!({"policy": name(it, judged), "line": it.line}));
            value["matched_statements"] = matched.collect();
            value["missing_context_values"] = json!(answer.missing);
            value["allowed_by_organizations"] = json!(answer.organizations);
            value["allowed_by_permissions_boundary"] = json!(answer.boundary);
        }
    }
    value
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Disagrees => "disagrees",
        Standing::Refused => "not-allowed",
        Standing::Undecided => "undecided",
        Standing::NotAsked => "not-asked",
        Standing::Agrees => "agrees",
        Standing::Allowed => "allowed",
    }
}
