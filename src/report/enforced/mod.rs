//! What policies said of calls while they were made: a block for people, a line of JSON, and what is said at the end.

mod json;
mod summary;

pub use json::line;
pub use summary::summary;

use std::fmt::Write as _;

use crate::enforce::{Fate, Judged, Verdict};
use crate::report::ruling::{Question, plain};
use crate::text::Foreign;

/// A call and its permissions, for people; what the network chose is escaped.
pub fn block(judged: &Judged) -> String {
    let operation = judged.operation.as_deref().unwrap_or("an unknown operation");
    let mut text = format!(
        "leastwise: {} {}.{} by {}",
        told(judged.fate),
        Foreign(&judged.service),
        Foreign(operation),
        Foreign(judged.principal.as_deref().unwrap_or("somebody unknown")),
    );
    if let Some(region) = &judged.region {
        // Writing to a String cannot fail.
        let _ = write!(text, " in {}", Foreign(region));
    }
    if let Some(why) = why(judged) {
        let _ = write!(text, ": {}", Foreign(&why));
    }
    text.push('\n');
    for permission in &*judged.permissions {
        let question = Question { action: &permission.action, resource: &permission.resource };
        for line in plain::block(question, &permission.ruling).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// What became of it, in a few words.
fn told(fate: Fate) -> &'static str {
    match fate {
        Fate::Passed => "allowed",
        Fate::Refused => "refused",
        Fate::Withheld => "kept back the answer to",
        Fate::PassedAlthough => "passed, but would be refused:",
        Fate::Reported => "passed, but without --soft would be refused:",
    }
}

/// Why, where no permission says it.
fn why(judged: &Judged) -> Option<String> {
    match judged.verdict {
        Verdict::Unrecognized => Some(
            "it is not known what permission it needs; --unrecognized allow lets such calls pass"
                .to_owned(),
        ),
        Verdict::Misnamed => Some("what it names cannot be what its action is on".to_owned()),
        Verdict::Unread => judged.unread.clone(),
        Verdict::NotNeeded => Some("it needs no permission".to_owned()),
        Verdict::NotAsked => Some("no IAM identity stands behind it".to_owned()),
        Verdict::Undecided => {
            Some("not decided; --undecided allow lets such calls pass".to_owned())
        }
        Verdict::Allowed | Verdict::Denied => None,
    }
}
