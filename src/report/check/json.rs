//! The result of a check as JSON.

use serde_json::{Value, json};

use crate::evaluate::audit::Part;
use crate::report::check::outcome::{Finding, Outcome, Where};
use crate::report::judged;

/// The text.
pub fn render(outcome: &Outcome<'_>) -> String {
    let (certain, open): (Vec<_>, Vec<_>) =
        outcome.findings.iter().partition(|it| it.kind.is_certain());
    let list = |findings: &[&Finding<'_>]| -> Vec<Value> {
        findings.iter().map(|it| finding(it, outcome)).collect()
    };
    let unused = outcome.unused.iter().map(|spare| {
        let (element, text) = match &spare.what {
            Part::Statement => ("Statement", None),
            Part::Action(text) => ("Action", Some(text)),
            Part::Resource(text) => ("Resource", Some(text)),
        };
        let mut value = place(&spare.at, outcome);
        value["element"] = json!(element);
        value["value"] = json!(text);
        value
    });
    let mut value = json!({
        "exit_code": outcome.exit_code(),
        "policies": outcome.files,
        "calls": outcome.calls,
        "needs": outcome.needs,
        "allowed": outcome.needs - outcome.findings.len(),
        "missing": list(&certain),
        "undecided": list(&open),
        "cut_off": outcome.cut_off,
        "unused": unused.collect::<Vec<_>>(),
        "not_shown": outcome.kept.iter().map(|it| it.action.as_str()).collect::<Vec<_>>(),
    });
    if let Some(judged) = &outcome.aws {
        value["aws"] = judged::value(judged);
    }
    format!("{value:#}\n")
}

fn finding(finding: &Finding<'_>, outcome: &Outcome<'_>) -> Value {
    json!({
        "action": finding.need.action,
        "resource": finding.need.resource,
        "conditions": finding.conditions,
        "verdict": finding.kind.word(),
        "because": finding.because(outcome),
        "unmet": finding.unmet,
        "depends_on": finding.depends.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "denied_by": finding.denied_by.iter().map(|at| place(at, outcome)).collect::<Vec<_>>(),
        "calls": finding.asked.calls,
        "operations": finding.asked.operations.iter().collect::<Vec<_>>(),
    })
}

fn place(at: &Where, outcome: &Outcome<'_>) -> Value {
    json!({
        "file": outcome.file(at),
        "statement": at.number,
        "sid": at.sid,
        "line": at.place.line,
        "column": at.place.column,
    })
}
