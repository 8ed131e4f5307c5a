//! What was judged as a line of JSON.

use serde_json::json;

use crate::authorize::Certainty;
use crate::enforce::Judged;
use crate::recording::rfc3339;
use crate::report::ruling::{self, Question};

/// The line, with its end.
pub fn line(judged: &Judged) -> String {
    let permissions = judged.permissions.iter().map(|it| {
        let question = Question { action: &it.action, resource: &it.resource };
        let mut value = ruling::json::value(question, &it.ruling);
        value["certain"] = json!(it.certainty == Certainty::Certain);
        value
    });
    let value = json!({
        "v": 1,
        "time": rfc3339(judged.time),
        "service": judged.service,
        "operation": judged.operation,
        "region": judged.region,
        "host": judged.host,
        "principal": judged.principal,
        "stage": judged.stage.word(),
        "verdict": judged.verdict.word(),
        "outcome": judged.fate.word(),
        "unread": judged.unread,
        "permissions": permissions.collect::<Vec<_>>(),
    });
    format!("{value}\n")
}
