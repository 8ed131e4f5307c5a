//! What is found in policies: as text, JSON and SARIF.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::aws::AccessCheck;
use crate::judge::{Finding, Severity, Validated};
use crate::report::sarif::{document, result};
use crate::text::{Foreign, counted};

/// The text: one finding a line, as compilers have it.
pub fn plain(all: &[Validated]) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for validated in all {
        for finding in &validated.findings {
            let Finding { severity, code, sentence, link, place, .. } = finding;
            let _ = writeln!(
                text,
                "{}:{}:{}: {} {}: {}",
                Foreign(&validated.name),
                place.line,
                place.column,
                severity.word(),
                Foreign(code),
                Foreign(sentence)
            );
            if let Some(link) = link {
                let _ = writeln!(text, "    {}", Foreign(link));
            }
        }
    }
    let found: usize = all.iter().map(|it| it.findings.len()).sum();
    let failing = all.iter().filter(|it| it.fails()).count();
    let policies = match all.len() {
        1 => "1 policy".to_owned(),
        several => format!("{several} policies"),
    };
    let _ =
        writeln!(text, "leastwise: {} in {policies}; {failing} failed.", counted(found, "finding"));
    text
}

/// As JSON.
pub fn json(all: &[Validated], exit_code: i32) -> String {
    let findings = all.iter().flat_map(|it| it.findings.iter().map(move |finding| (it, finding)));
    let findings = findings.map(|(of, finding)| {
        json!({
            "file": of.name,
            "line": finding.place.line,
            "column": finding.place.column,
            "type": finding.severity.word(),
            "code": finding.code,
            "message": finding.sentence,
            "link": finding.link,
            "source": if finding.is_aws { "access-analyzer" } else { "leastwise" },
        })
    });
    let findings: Vec<Value> = findings.collect();
    let files: Vec<_> = all.iter().map(|it| &it.name).collect();
    let value = json!({"exit_code": exit_code, "policies": files, "findings": findings});
    format!("{value:#}\n")
}

/// As SARIF.
pub fn sarif(all: &[Validated]) -> String {
    let level = |severity| match severity {
        Severity::Error | Severity::SecurityWarning => "error",
        Severity::Warning => "warning",
        Severity::Suggestion => "note",
    };
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    for validated in all {
        for finding in &validated.findings {
            let from = if finding.is_aws {
                "A finding of IAM Access Analyzer."
            } else {
                "A finding of Leastwise."
            };
            rules.insert(finding.code.as_str(), from);
            let link = finding.link.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
            let message = Foreign(&format!("{}{link}", finding.sentence)).to_string();
            let level = level(finding.severity);
            results.push(result(&finding.code, level, &message, &validated.name, finding.place));
        }
    }
    document(&rules.into_iter().collect::<Vec<_>>(), &results)
}

/// Whether a policy grants what another does not; both are named.
pub fn new_access(
    check: &AccessCheck,
    [old, new]: [&str; 2],
    exit_code: i32,
    is_json: bool,
) -> String {
    let AccessCheck { result, message, reasons } = check;
    if is_json {
        let reasons = reasons.iter().map(|it| {
            json!({
                "description": it.description,
                "statement": it.statement_index.map(|index| index.saturating_add(1)),
                "sid": it.statement_id,
            })
        });
        let value = json!({
            "exit_code": exit_code,
            "old": old,
            "new": new,
            "result": result,
            "message": message,
            "reasons": reasons.collect::<Vec<_>>(),
        });
        return format!("{value:#}\n");
    }
    let grants = if result == "PASS" { "no new access" } else { "new access" };
    let mut text = format!(
        "leastwise: {result}: {} grants {grants} beside {}. {}\n",
        Foreign(new),
        Foreign(old),
        Foreign(message)
    );
    for reason in reasons {
        let statement = reason.statement_index.map(|it| it.saturating_add(1).to_string());
        let sid = reason.statement_id.as_deref().filter(|it| !it.is_empty());
        let sid = sid.map(|it| format!(" \"{}\"", Foreign(it))).unwrap_or_default();
        let at = statement.map(|it| format!("statement {it}{sid}: ")).unwrap_or_default();
        let _ = writeln!(text, "  + {at}{}", Foreign(&reason.description));
    }
    text
}
