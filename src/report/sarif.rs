//! SARIF 2.1.0 (OASIS), which code scanning reads.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::evaluate::document::Place;

/// What a path keeps as it is in a URI.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A document; the rules are ids and what they are about.
pub(crate) fn document(rules: &[(&str, &str)], results: &[Value]) -> String {
    let rule = |(id, text): &(&str, &str)| json!({"id": id, "shortDescription": {"text": text}});
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "leastwise",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    format!("{value:#}\n")
}

/// A result: what is to be said, and where.
pub(crate) fn result(rule: &str, level: &str, message: &str, file: &str, place: Place) -> Value {
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
