//! What a file of rules makes of what is known of an operation.

use super::super::format::{LISTED, MAPPED, NOT_NEEDED, OWN, ROLE, SAME_NAME, TAG, UNKNOWN};
use super::decided::{Decided, DecidedAction};
use super::facts::Facts;
use super::file::{File, Table};

/// What is known of an operation before the file is asked: AWS's list, or what was decided already.
pub(crate) struct Before {
    /// How its actions are known: `MAPPED` and so on.
    pub(crate) permission: u32,
    /// Its actions, in the order in which they are to stand.
    pub(crate) actions: Vec<ActionBefore>,
    /// Which members name what ARN formats have variables for.
    pub(crate) variables: Vec<(String, Vec<String>)>,
}

/// What is known of an action of an operation.
#[derive(Default)]
pub(crate) struct ActionBefore {
    /// `prefix:Name`
    pub(crate) id: String,
    /// Condition keys with the values that they have.
    pub(crate) contexts: Vec<(String, Vec<String>)>,
    /// A condition of all its rules; mostly empty.
    pub(crate) guard: String,
    /// When it is needed; empty where nothing was decided, or its class says so.
    pub(crate) rules: Vec<String>,
}

/// Decides what each action of an operation is to it, or says (after the file's name) that a rule is missing. `own`
/// gives the operation's own actions where the file does not.
///
/// # Errors
/// What is missing.
pub(crate) fn decide<F: Facts>(
    file: &File,
    facts: &F,
    operation: F::Operation,
    name: &str,
    before: Before,
    own: impl FnOnce() -> Result<Vec<String>, String>,
) -> Result<Decided, String> {
    let empty = Table::default();
    let table = file.operations.get(name).unwrap_or(&empty);
    if table.no_permission {
        return Ok(Decided { permission: NOT_NEEDED, actions: Vec::new(), variables: Vec::new() });
    }
    let own = match &table.own {
        Some(own) => own.clone(),
        None => own()?,
    };
    let is_known = |id: &String| before.actions.iter().any(|action| action.id == **id);
    let added = table.rules.keys().filter(|id| !is_known(id) && !own.contains(id));
    let known = before.actions.iter().map(|action| &action.id).filter(|id| !own.contains(id));
    let none = ActionBefore::default();
    let mut actions: Vec<DecidedAction> = Vec::new();
    for id in own.iter().chain(known).chain(added) {
        let known = before.actions.iter().find(|action| action.id == *id).unwrap_or(&none);
        let (prefix, action_name) = id.split_once(':').unwrap_or((id, ""));
        let class = if own.contains(id) { OWN } else { class(facts, prefix, action_name) };
        let by_table = table.rules.get(id).or_else(|| file.everywhere.get(id));
        let rules = by_table.unwrap_or(&known.rules).clone();
        if rules.is_empty() && class == LISTED {
            return Err(format!(
                "[{name}] needs a rule for {id}: AWS lists it and nothing says when a call needs it (`never`, if none does)"
            ));
        }
        let guard = file.prefixes.get(prefix);
        let guard_before = match known.guard.as_str() {
            // An action that is added shares the condition of its prefix.
            "" => guard_of(&before.actions, prefix),
            guard => guard,
        };
        // Where AWS does not say which service a role is passed to, nothing would narrow the
        // permission: any role to any service is too much to take for granted.
        let narrow_role = class == ROLE && !known.contexts.is_empty();
        actions.push(DecidedAction {
            prefix: prefix.to_owned(),
            name: action_name.to_owned(),
            class,
            common: class == OWN || class == TAG || narrow_role,
            contexts: known.contexts.clone(),
            guard: guard.map_or(guard_before, String::as_str).to_owned(),
            rules,
            by_file: by_table.is_some() || guard.is_some(),
        });
    }
    if before.permission == UNKNOWN && table.own.is_none() && !table.rules.is_empty() {
        return Err(format!(
            "[{name}] needs `own`: AWS lists no action of it, and what it takes beside its own action is not all of it"
        ));
    }
    let permission = match before.permission {
        permission @ (MAPPED | SAME_NAME) => permission,
        permission if actions.is_empty() => permission,
        _ => MAPPED,
    };
    let variables = file.variables_of(table, facts, operation, &actions, before.variables);
    Ok(Decided { permission, actions, variables })
}

/// The condition that the actions of a prefix have.
fn guard_of<'a>(actions: &'a [ActionBefore], prefix: &str) -> &'a str {
    let of_prefix = |it: &&ActionBefore| it.id.split_once(':').is_some_and(|it| it.0 == prefix);
    actions.iter().find(of_prefix).map_or("", |it| &it.guard)
}

/// What an action that is not an operation's own is to it.
pub(crate) fn class<F: Facts>(facts: &F, prefix: &str, name: &str) -> u32 {
    if (prefix, name) == ("iam", "PassRole") {
        ROLE
    } else if facts.is_tagging(prefix, name) {
        TAG
    } else {
        LISTED
    }
}
