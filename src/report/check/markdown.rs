//! The result of a check as Markdown, for the summary of a job.

use std::fmt::Write as _;

use crate::judge::Standing;
use crate::render::markdown::code;
use crate::render::mermaid::{self, Edge};
use crate::report::check::outcome::Outcome;
use crate::report::judged;
use crate::text::counted;
use crate::text::printable;

/// The text.
pub fn render(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    let verdict = match outcome.exit_code() {
        0 => "fits",
        3 if outcome.findings.is_empty() && outcome.cut_off.is_empty() => "AWS disagrees",
        3 if outcome.findings.is_empty() => "not decided",
        3 => "lacks something",
        _ => "has something that nothing used",
    };
    let _ = writeln!(text, "### IAM policy {}: {verdict}\n", code(&outcome.subject()));
    let allowed = outcome.needs - outcome.findings.len();
    let _ = writeln!(
        text,
        "{allowed} of {} that {} had are allowed.\n",
        counted(outcome.needs, "need"),
        counted(outcome.calls, "call")
    );
    if !outcome.findings.is_empty() {
        text.push_str("| missing | why | asked by |\n| --- | --- | --- |\n");
        for finding in &outcome.findings {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                code(&finding.describe()),
                plain(&[&[finding.because(outcome)], &*finding.unmet].concat().join(". ")),
                plain(&finding.asked_by())
            );
        }
        text.push('\n');
        let missing = outcome.findings.iter().map(|finding| Edge {
            from: finding
                .asked
                .operations
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            through: vec![finding.need.action.clone()],
            to: mermaid::short(&finding.need.resource).to_owned(),
        });
        if let Some(picture) = mermaid::picture(&missing.collect::<Vec<_>>()) {
            text.push_str(&picture);
            text.push('\n');
        }
    }
    for lost in outcome.lost() {
        let _ = writeln!(text, "Not decided: {}.\n", plain(&lost));
    }
    if let Some(judged) = &outcome.aws {
        for opinion in judged.of(Standing::Disagrees) {
            let _ =
                writeln!(text, "AWS disagrees: {}.\n", plain(&judged::sentence(opinion, judged)));
        }
    }
    if !outcome.unused.is_empty() {
        text.push_str("| not used | where |\n| --- | --- |\n");
        for spare in &outcome.unused {
            let _ = writeln!(
                text,
                "| {} | {} |",
                code(&spare.describe()),
                plain(&format!("{}, {}", outcome.file(&spare.at), spare.at.place))
            );
        }
        text.push('\n');
    }
    text
}

/// Text as it is: nothing in it is markup.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '|' | '&' | '~' | '#' | '!' | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
