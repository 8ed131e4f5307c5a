//! The records of DNS that a call changes.

use crate::call::Call;

/// The names of the records that a call changes; `None` where not all are known.
pub(super) fn record_names(call: &Call) -> Option<Vec<String>> {
    let changes = call.parameters.get("ChangeBatch").and_then(|it| it.get("Changes")?.as_array());
    let names = changes.into_iter().flatten().map(|change| {
        let name = change.get("ResourceRecordSet")?.get("Name")?.as_str()?;
        Some(record_name(name))
    });
    names.collect()
}

/// Names of records that one statement has; a policy with more would not fit.
pub(super) const MOST_RECORDS: usize = 50;

/// The name of a record as IAM has it: in lower case, without the last dot, other characters by their octal numbers
/// (docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html).
fn record_name(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut rest = name.bytes().peekable();
    while let Some(byte) = rest.next() {
        match byte.to_ascii_lowercase() {
            byte @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.') => written.push(byte as char),
            // An escape that is written already (`\052`).
            b'\\' if rest.peek().is_some_and(u8::is_ascii_digit) => written.push('\\'),
            byte => written.push_str(&format!("\\{byte:03o}")),
        }
    }
    written
}
