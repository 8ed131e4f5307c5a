//! A row of a table of events, as the JSON object of its event.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The columns of CloudTrail's table in Athena, and the members that they are
/// (docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html).
const COLUMNS: [&str; 27] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "resources",
    "eventType",
    "apiVersion",
    "readOnly",
    "recipientAccountId",
    "serviceEventDetails",
    "sharedEventID",
    "vpcEndpointId",
    "eventCategory",
    "managementEvent",
    "sessionCredentialFromConsole",
    "tlsDetails",
];

/// The members within `userIdentity` and `resources`, which Athena writes in lower case.
const INSIDE: [&str; 21] = [
    "type",
    "principalId",
    "arn",
    "accountId",
    "invokedBy",
    "accessKeyId",
    "userName",
    "sessionContext",
    "attributes",
    "mfaAuthenticated",
    "creationDate",
    "sessionIssuer",
    "webIdFederationData",
    "federatedProvider",
    "ec2RoleDelivery",
    "onBehalfOf",
    "userId",
    "identityStoreArn",
    "identityProvider",
    "credentialId",
    "inScopeOf",
];

/// Names of columns that have whole events.
const WHOLE: [&str; 9] = [
    "event",
    "eventjson",
    "event_json",
    "eventdata",
    "cloudtrailevent",
    "message",
    "@message",
    "record",
    "_col0",
];

/// Rows within rows, and lists, at most.
const DEEPEST: usize = 8;

/// Whether a column of this name may have whole events.
pub(super) fn is_whole(name: &str) -> bool {
    WHOLE.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// The fields of a row, which end at these places.
pub(super) fn fields<'a>(row: &'a [u8], ends: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, end)| row.get(start..*end).unwrap_or_default())
}

/// The event of a row; `None` where it has none.
pub(super) fn event<'a>(
    columns: &[String],
    fields: impl Iterator<Item = &'a [u8]>,
) -> Option<Cow<'a, [u8]>> {
    let mut event = Map::new();
    for (column, field) in columns.iter().zip(fields) {
        if field.is_empty() {
            continue;
        }
        let known = COLUMNS.iter().find(|it| it.eq_ignore_ascii_case(column));
        match known {
            None if is_whole(column) && field.trim_ascii_start().starts_with(b"{") => {
                return Some(Cow::Borrowed(field));
            }
            None => {}
            Some(name) => {
                let text = std::str::from_utf8(field).ok()?;
                event.insert((*name).to_owned(), value(name, text));
            }
        }
    }
    let is_event = event.contains_key("eventSource") && event.contains_key("eventName");
    is_event.then(|| Cow::Owned(Value::Object(event).to_string().into_bytes()))
}

/// What a column has: text; JSON in text; or a row as Athena writes it (`{type=IAMUser, arn=…}`).
fn value(name: &str, text: &str) -> Value {
    let is_nested = matches!(
        name,
        "userIdentity"
            | "requestParameters"
            | "responseElements"
            | "additionalEventData"
            | "serviceEventDetails"
            | "resources"
            | "tlsDetails"
    );
    if !is_nested {
        return Value::String(text.to_owned());
    }
    let json = serde_json::from_str::<Value>(text).ok();
    let json = json.or_else(|| Row { text }.value(0));
    match (name, json) {
        (_, None) => Value::String(text.to_owned()),
        ("userIdentity" | "resources", Some(json)) => renamed(json, name == "resources", 0),
        (_, Some(json)) => json,
    }
}

/// Names in lower case, as Athena gives those of rows, as CloudTrail writes them.
fn renamed(json: Value, is_resource: bool, depth: usize) -> Value {
    let name = |name: String| match inside(&name) {
        "arn" if is_resource => "ARN".to_owned(),
        known => known.to_owned(),
    };
    match json {
        Value::Object(members) if depth <= DEEPEST => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (name(key), renamed(value, is_resource, depth + 1)))
                .collect(),
        ),
        Value::Array(items) if depth <= DEEPEST => {
            Value::Array(items.into_iter().map(|it| renamed(it, is_resource, depth + 1)).collect())
        }
        other => other,
    }
}

fn inside(name: &str) -> &str {
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let known = INSIDE.iter().find(|it| is_lower && it.eq_ignore_ascii_case(name));
    known.copied().unwrap_or(name)
}

/// A row as Athena writes it.
struct Row<'a> {
    text: &'a str,
}

impl Row<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        if self.take("{") {
            let mut members = Map::new();
            while !self.take("}") {
                let (name, rest) = self.text.split_once('=')?;
                self.text = rest;
                let name = name.trim().to_owned();
                match self.value(depth + 1)? {
                    Value::Null => {}
                    value => drop(members.insert(name, value)),
                }
                self.take(", ");
            }
            return Some(Value::Object(members));
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                items.push(self.value(depth + 1)?);
                self.take(", ");
            }
            return Some(Value::Array(items));
        }
        let end = self.end_of_text()?;
        let (text, rest) = self.text.split_at(end);
        self.text = rest;
        Some(if text == "null" { Value::Null } else { Value::String(text.to_owned()) })
    }

    fn take(&mut self, what: &str) -> bool {
        let rest = self.text.strip_prefix(what);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    /// A text goes to the end of its row, or to what looks like the next member.
    fn end_of_text(&self) -> Option<usize> {
        let is_name = |text: &str| {
            let name = text.split('=').next().unwrap_or_default();
            name.len() < text.len()
                && !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        self.text.char_indices().find_map(|(at, letter)| match letter {
            '}' | ']' => Some(at),
            ',' => {
                let rest = self.text[at..].strip_prefix(", ")?;
                (is_name(rest) || rest.starts_with(['{', '['])).then_some(at)
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_as_athena_writes_it_is_the_object() {
        let columns: Vec<String> =
            ["eventsource", "eventname", "useridentity", "requestparameters"]
                .map(str::to_owned)
                .into();
        let identity = "{type=AssumedRole, principalid=AROA:s, arn=arn:aws:sts::1:assumed-role/a/b, \
            invokedby=null, sessioncontext={attributes={mfaauthenticated=false}, \
            sessionissuer={type=Role, username=a, b}}}";
        let fields = ["s3.amazonaws.com", "GetObject", identity, r#"{"bucketName":"b"}"#];
        let event = event(&columns, fields.iter().map(|it| it.as_bytes())).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&event),
            r#"{"eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"type":"AssumedRole","principalId":"AROA:s","arn":"arn:aws:sts::1:assumed-role/a/b","sessionContext":{"attributes":{"mfaAuthenticated":"false"},"sessionIssuer":{"type":"Role","userName":"a, b"}}},"requestParameters":{"bucketName":"b"}}"#
        );
    }
}
