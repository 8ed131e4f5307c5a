//! What an ARN is made of: the resource type that an action has it as, and where the variables of its format stand in it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::catalog::{AccessLevel, Action, ActionResource, Catalog, ConditionKey};

/// What AWS says of actions, read once for each.
#[derive(Default)]
pub(super) struct Arns {
    by_action: HashMap<Box<str>, Arc<OfAction>>,
}

/// What AWS says of an action.
pub(super) struct OfAction {
    /// Its resource types, the narrowest formats first.
    pub(super) kinds: Vec<Kind>,
    /// What it does; `None` where AWS does not have it.
    pub(super) level: Option<AccessLevel>,
    /// Whether a policy can hold it to the tags of a request, on a resource of one type at least.
    pub(super) takes_request_tags: bool,
    /// Whether it can where the resource has none of its types.
    pub(super) takes_them_anywhere: bool,
}

/// A resource type of an action, by one of its ARN formats.
pub(super) struct Kind {
    /// AWS's name for it (`vpc`).
    pub(super) name: &'static str,
    /// The condition keys of the action's entry for it, a bit for each. None where AWS lists the type for other actions of the service.
    keys: u16,
    /// The sixth part of the format, in pieces.
    pieces: Vec<Piece>,
    /// Whether the format says an account.
    pub(super) has_account: bool,
    /// Characters of the format that are no variable.
    literals: usize,
}

#[derive(Debug)]
enum Piece {
    Word(&'static str),
    Variable(&'static str),
}

/// An ARN, as one of an action's resource types.
pub(super) struct Located<'a> {
    pub(super) kind: &'a Kind,
    /// The variables of its format, and where in the ARN their values are.
    pub(super) variables: Vec<(&'static str, Range<usize>)>,
}

/// Actions whose types are kept; a run has some hundreds.
const MOST: usize = 4_096;

impl std::fmt::Debug for Arns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_action.keys()).finish()
    }
}

impl Arns {
    /// What AWS says of an action (`ec2:CreateSubnet`).
    pub(super) fn of(&mut self, action: &str) -> Arc<OfAction> {
        if let Some(known) = self.by_action.get(action) {
            return Arc::clone(known);
        }
        let of_action = Arc::new(OfAction::read(action));
        if self.by_action.len() < MOST {
            self.by_action.insert(action.into(), Arc::clone(&of_action));
        }
        of_action
    }
}

impl OfAction {
    fn read(action: &str) -> OfAction {
        let found = action.split_once(':');
        let found = found.and_then(|(prefix, name)| Catalog::embedded().action(prefix, name));
        let kinds = kinds(found);
        let key = ConditionKey::RequestTag;
        let takes_them_anywhere = found.is_some_and(|action| action.has_key(key));
        OfAction {
            takes_request_tags: takes_them_anywhere || kinds.iter().any(|kind| kind.has_key(key)),
            takes_them_anywhere,
            level: found.map(Action::access_level),
            kinds,
        }
    }
}

fn kinds(found: Option<Action>) -> Vec<Kind> {
    let own = found.into_iter().flat_map(|action| action.resources());
    let own = own.map(|of| (of.resource_type, Some(of)));
    let beside = found.into_iter().flat_map(|action| action.types_beside()).map(|it| (it, None));
    let mut kinds: Vec<Kind> = own
        .chain(beside)
        .flat_map(|(of_type, of)| {
            of_type.arn_formats().filter_map(move |format| Kind::of(of_type.name(), of, format))
        })
        .collect();
    // Stable: of two that are as narrow, the action's own comes first.
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.literals));
    kinds
}

impl Kind {
    /// Whether AWS lists a condition key for the action on this type.
    pub(super) fn has_key(&self, key: ConditionKey) -> bool {
        self.keys & bit(key) != 0
    }

    fn of(name: &'static str, of: Option<ActionResource>, format: &'static str) -> Option<Kind> {
        let mut fields = format.splitn(6, ':');
        let has_account = !fields.nth(4)?.is_empty();
        let pieces = pieces(fields.next()?);
        let words = pieces.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word.len()),
            Piece::Variable(_) => None,
        });
        let literals = words.sum();
        let has = |key: &ConditionKey| of.is_some_and(|of| of.has_key(*key));
        let keys = KEYS.into_iter().filter(has).fold(0, |keys, key| keys | bit(key));
        Some(Kind { name, keys, pieces, has_account, literals })
    }
}

/// The condition keys that are asked for here.
const KEYS: [ConditionKey; 4] = [
    ConditionKey::ResourceTag,
    ConditionKey::RequestTag,
    ConditionKey::Vpc,
    ConditionKey::NormalizedRecordNames,
];

fn bit(key: ConditionKey) -> u16 {
    1 << key as u16
}

/// An ARN, as the first of these types whose format it has.
pub(super) fn locate<'a>(kinds: &'a [Kind], arn: &str) -> Option<Located<'a>> {
    let start = start_of_resource(arn)?;
    let variables = |kind: &Kind| variables(&kind.pieces, arn, start);
    kinds.iter().find_map(|kind| Some(Located { kind, variables: variables(kind)? }))
}

/// Where the sixth part of an ARN begins.
pub(super) fn start_of_resource(arn: &str) -> Option<usize> {
    memchr::memchr_iter(b':', arn.as_bytes()).nth(4).map(|colon| colon + 1)
}

/// The value of a variable of a format in an ARN that has it.
pub(super) fn value<'a>(format: &'static str, variable: &str, arn: &'a str) -> Option<&'a str> {
    let pieces = pieces(format.splitn(6, ':').nth(5)?);
    let found = variables(&pieces, arn, start_of_resource(arn)?)?
        .into_iter()
        .find(|(name, _)| *name == variable)?;
    Some(&arn[found.1])
}

/// Where the variables of a format are in an ARN, if it has the format. The last takes all the rest; one before ends where
/// the word behind it first stands. `at`: where the sixth part of the ARN begins.
fn variables(
    pieces: &[Piece],
    arn: &str,
    mut at: usize,
) -> Option<Vec<(&'static str, Range<usize>)>> {
    let mut open: Option<&'static str> = None;
    let mut variables = Vec::new();
    for piece in pieces {
        match (piece, open.take()) {
            (Piece::Word(word), None) => {
                at += arn.get(at..)?.starts_with(word).then_some(word.len())?;
            }
            (Piece::Word(word), Some(name)) => {
                let end = at + arn.get(at..)?.find(word)?;
                variables.push((name, at..end));
                at = end + word.len();
            }
            // Two variables without a word between them cannot be told apart.
            (Piece::Variable(_), Some(_)) => return None,
            (Piece::Variable(name), None) => open = Some(name),
        }
    }
    match open {
        Some(name) => variables.push((name, at..arn.len())),
        None if at < arn.len() => return None,
        None => {}
    }
    variables.iter().all(|(_, range)| !range.is_empty()).then_some(variables)
}

fn pieces(resource: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = resource;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            pieces.push(Piece::Word(before));
        }
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Word(rest));
    }
    pieces
}
