//! Follows a rule's path through the shapes of an operation's input.

use super::facts::{Facts, Led};
use super::language::Step;

/// Follows the path, or says where it does not lead on; whether a step on the way is sensitive.
pub(super) fn is_sensitive<F: Facts>(
    facts: &F,
    operation: F::Operation,
    path: &[Step],
) -> Result<bool, String> {
    let mut shape = facts.input(operation);
    let mut sensitive = false;
    for (index, step) in path.iter().enumerate() {
        let led = shape.and_then(|shape| facts.step(shape, step));
        let Some(Led { to, sensitive: here }) = led else {
            return Err(format!("{} does not lead anywhere", shown(&path[..=index])));
        };
        sensitive |= here;
        shape = to;
    }
    Ok(sensitive)
}

/// The path as it is written.
pub(super) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Step::Items => text.push_str("[]"),
            Step::Values => text.push_str("{}"),
            Step::Keys => text.push_str("{key}"),
        }
    }
    text
}
