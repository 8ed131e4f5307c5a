//! The result of a check for people, as a diff: `+` is missing, `-` was not used, `?` is not decided.

use std::fmt::Write as _;

use crate::report::check::outcome::{Finding, Outcome};
use crate::report::judged;
use crate::report::unshown;
use crate::text::Foreign;
use crate::text::counted;

/// The text.
pub fn render(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    let allowed = outcome.needs - outcome.findings.len();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "leastwise: {} {} {allowed} of {} that {} had.",
        outcome.subject(),
        if outcome.files.len() == 1 { "allows" } else { "allow" },
        counted(outcome.needs, "need"),
        counted(outcome.calls, "call"),
    );
    let (certain, open): (Vec<_>, Vec<_>) =
        outcome.findings.iter().partition(|it| it.kind.is_certain());
    section(&mut text, outcome, "Missing:", '+', &certain);
    section(&mut text, outcome, "Not decided:", '?', &open);
    for (index, lost) in outcome.lost().enumerate() {
        if index == 0 && open.is_empty() {
            text.push_str("  Not decided:\n");
        }
        let _ = writeln!(text, "  ? {lost}");
    }
    if !outcome.unused.is_empty() {
        text.push_str("  Not used:\n");
        for spare in &outcome.unused {
            let place = spare.at.place;
            let _ = writeln!(
                text,
                "  - {}:{}:{}: {}",
                Foreign(outcome.file(&spare.at)),
                place.line,
                place.column,
                spare.describe()
            );
        }
    }
    for (index, line) in unshown::lines(&outcome.kept).iter().enumerate() {
        if index == 0 {
            text.push_str("  Not called unused, since these events cannot have shown it:\n");
        }
        let _ = writeln!(text, "  {line}");
    }
    if let Some(judged) = &outcome.aws {
        text.push_str(&judged::plain(judged));
    }
    text
}

fn section(
    text: &mut String,
    outcome: &Outcome<'_>,
    title: &str,
    sign: char,
    findings: &[&Finding<'_>],
) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "  {title}");
    for finding in findings {
        let _ = writeln!(text, "  {sign} {}", finding.describe());
        let _ =
            writeln!(text, "      {}; asked by {}", finding.because(outcome), finding.asked_by());
        for sentence in &finding.unmet {
            let _ = writeln!(text, "      {sentence}");
        }
        if let Some(hint) = finding.hint() {
            let _ = writeln!(text, "      {hint}");
        }
    }
}
