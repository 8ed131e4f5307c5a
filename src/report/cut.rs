//! What was cut from a policy, said.

use crate::evaluate::document::Document;
use crate::evaluate::prune::{Change, What};
use crate::text::Foreign;

/// What went, and why, in a line; what the policy says is escaped.
pub fn line(change: &Change, document: &Document) -> String {
    let statement = document.statements.get(change.statement);
    let sid = statement.and_then(|it| it.sid.as_deref()).filter(|sid| !sid.is_empty());
    let sid = sid.map(|sid| format!(" \"{}\"", Foreign(sid))).unwrap_or_default();
    let line = statement.map_or(0, |it| it.place.line);
    let at = format!("line {line}, statement {}{sid}", change.statement + 1);
    match &change.what {
        What::Removed => format!("- {at}: no call used it"),
        What::Split => format!(
            "~ {at}: was split in two, so that only the actions that take no resource have *"
        ),
        What::Dropped { element, text } => {
            format!("- {at}: {element} {}: no call used it", Foreign(text))
        }
        What::Replaced { element, text, by } => {
            let by = by.join(", ");
            format!(
                "~ {at}: {element} {} was narrowed to what calls used: {}",
                Foreign(text),
                Foreign(&by)
            )
        }
    }
}
