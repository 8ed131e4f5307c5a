//! The result of a check as SARIF 2.1.0 (OASIS), which code scanning reads.

use serde_json::Value;

use crate::evaluate::document::Place;
use crate::judge::Standing;
use crate::report::check::outcome::{Finding, Missing, Outcome};
use crate::report::judged;
use crate::report::sarif::{document, result};

const MISSING: &str = "missing-permission";
const UNDECIDED: &str = "undecided-permission";
const UNUSED: &str = "unused-permission";
const DISAGREES: &str = "aws-disagrees";

/// The text.
pub fn render(outcome: &Outcome<'_>) -> String {
    let mut results: Vec<_> = outcome.findings.iter().map(|it| finding(it, outcome)).collect();
    results.extend(outcome.unused.iter().map(|spare| {
        let level = if outcome.fails_unused { "error" } else { "note" };
        let message = format!("Nothing that was recorded used {}.", spare.describe());
        result(UNUSED, level, &message, outcome.file(&spare.at), spare.at.place)
    }));
    let first = Place { line: 1, column: 1 };
    let file = outcome.files.first().map_or("", |file| file);
    results.extend(
        outcome.lost().map(|lost| {
            result(UNDECIDED, "error", &format!("Not decided is {lost}."), file, first)
        }),
    );
    if let Some(judged) = &outcome.aws {
        results.extend(judged.of(Standing::Disagrees).map(|it| {
            let message = format!("{}.", judged::sentence(it, judged));
            result(DISAGREES, "error", &message, file, first)
        }));
    }
    let mut rules = vec![
        (MISSING, "The policy does not allow a recorded call."),
        (UNDECIDED, "Whether the policy allows a recorded call is not known."),
        (UNUSED, "No recorded call used this part of the policy."),
    ];
    if outcome.aws.is_some() {
        rules.push((DISAGREES, "AWS's policy simulator decides otherwise than Leastwise."));
    }
    document(&rules, &results)
}

fn finding(finding: &Finding<'_>, outcome: &Outcome<'_>) -> Value {
    let (rule, level) = match finding.kind {
        Missing::NotAllowed | Missing::Denied => (MISSING, "error"),
        Missing::MayBeAllowed | Missing::MayBeDenied => {
            (UNDECIDED, if outcome.fails_undecided { "error" } else { "warning" })
        }
    };
    let because = finding.because(outcome);
    let unmet: String = finding.unmet.iter().map(|sentence| format!(" {sentence}.")).collect();
    let message =
        format!("{}: {because}; asked by {}.{unmet}", finding.describe(), finding.asked_by());
    // What is missing stands nowhere; what denies it does.
    let first = Place { line: 1, column: 1 };
    let (file, place) = match finding.denied_by.first() {
        Some(at) => (outcome.file(at), at.place),
        None => (outcome.files.first().map_or("", |file| file), first),
    };
    result(rule, level, &message, file, place)
}
