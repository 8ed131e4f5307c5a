//! Follows a rule's path through the shapes of an operation's input.

use crate::rule::Step;
use crate::text::{Kind, KindOf, Service, Shape};

/// What a path leads to.
pub(super) struct Found {
    /// Whether a step on the way is sensitive.
    pub(super) sensitive: bool,
}

/// Follows the path, or says where it does not lead on.
pub(super) fn resolve(
    service: &Service,
    input: Option<&str>,
    path: &[Step],
) -> Result<Found, String> {
    let mut shape = input.and_then(|name| service.shapes.get(name));
    let mut sensitive = false;
    for (index, step) in path.iter().enumerate() {
        let missing = || format!("{} does not lead anywhere", shown(&path[..=index]));
        let kind: Option<&Kind> = match (step, shape) {
            (Step::Member(name), Some(Shape::Structure { members, .. })) => {
                let member = members.iter().find(|it| it.name == *name).ok_or_else(missing)?;
                Some(&member.kind)
            }
            (Step::Items, Some(Shape::List { kind, .. }))
            | (Step::Values, Some(Shape::Map { kind, .. })) => Some(kind),
            (Step::Keys, Some(Shape::Map { .. })) => None,
            _ => return Err(missing()),
        };
        sensitive |= kind.is_some_and(|kind| kind.sensitive);
        shape = match kind.map(|kind| &kind.of) {
            Some(KindOf::Shape(name)) => Some(service.shapes.get(name).ok_or_else(missing)?),
            _ => None,
        };
    }
    Ok(Found { sensitive })
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
