//! The result of a check as SARIF 2.1.0 (OASIS), which code scanning reads.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::evaluate::document::Place;
use crate::report::check::outcome::{Finding, Missing, Outcome};

/// What a path keeps as it is in a URI.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const MISSING: &str = "missing-permission";
const UNDECIDED: &str = "undecided-permission";
const UNUSED: &str = "unused-permission";

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
    let rule = |id: &str, text: &str| json!({"id": id, "shortDescription": {"text": text}});
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "leastwise",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": [
                    rule(MISSING, "The policy does not allow a recorded call."),
                    rule(UNDECIDED, "Whether the policy allows a recorded call is not known."),
                    rule(UNUSED, "No recorded call used this part of the policy."),
                ],
            }},
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    format!("{value:#}\n")
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

fn result(rule: &str, level: &str, message: &str, file: &str, place: Place) -> Value {
    json!({
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": place.line, "startColumn": place.column},
        }}],
    })
}

/// A relative path stays relative, as code scanning wants it.
fn uri(file: &str) -> String {
    let path = file.replace('\\', "/");
    let encoded = utf8_percent_encode(path.strip_prefix("./").unwrap_or(&path), PATH);
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded.to_string() }
}
