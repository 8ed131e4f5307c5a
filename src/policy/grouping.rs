//! From grants to statements: actions that need the same share one.

use indexmap::IndexMap;

use crate::authorize::Conditions;
use crate::policy::resources::{Pool, ResourceId};
use crate::policy::statement::{Effect, Order, Policy, Statement};

/// An action, on what, under which conditions.
pub(super) struct Grant<'a> {
    pub(super) action: &'a str,
    pub(super) conditions: &'a Conditions,
    /// Never empty; in order of first sight.
    pub(super) resources: Vec<ResourceId>,
}

/// Groups grants, which come in order of first sight, and orders what comes of it.
pub(super) fn policy<'a>(
    grants: impl Iterator<Item = Grant<'a>>,
    pool: &Pool,
    order: Order,
) -> Policy {
    let mut policy = Policy { statements: statements(grants, pool) };
    match order {
        Order::FirstSeen => {}
        Order::Alphabetical => sort(&mut policy),
    }
    policy
}

fn statements<'a>(grants: impl Iterator<Item = Grant<'a>>, pool: &Pool) -> Vec<Statement> {
    // Sorted ids are the same for the same set, in whatever order each action met its resources.
    type Key<'a> = (&'a Conditions, Vec<ResourceId>);
    let mut groups: IndexMap<Key<'a>, Group<'a>> = IndexMap::new();
    for grant in grants {
        let mut sorted = grant.resources.clone();
        sorted.sort_unstable();
        groups
            .entry((grant.conditions, sorted))
            .or_insert_with(|| Group { actions: Vec::new(), resources: grant.resources })
            .actions
            .push(grant.action);
    }
    let statement = |((conditions, _), group): (Key<'a>, Group<'a>)| Statement {
        sid: None,
        effect: Effect::Allow,
        actions: group.actions.into_iter().map(str::to_owned).collect(),
        resources: group.resources.into_iter().map(|id| pool.text(id).to_owned()).collect(),
        conditions: conditions.clone(),
    };
    groups.into_iter().map(statement).collect()
}

struct Group<'a> {
    actions: Vec<&'a str>,
    /// In the order of the first action.
    resources: Vec<ResourceId>,
}

/// Case does not count among actions, as it does not in IAM.
fn sort(policy: &mut Policy) {
    for statement in &mut policy.statements {
        statement.actions.sort_by_cached_key(|action| action.to_ascii_lowercase());
        statement.resources.sort_unstable();
    }
    policy.statements.sort_by(|one, other| {
        let actions = |statement: &Statement| -> Vec<String> {
            statement.actions.iter().map(|action| action.to_ascii_lowercase()).collect()
        };
        actions(one)
            .cmp(&actions(other))
            .then_with(|| one.resources.cmp(&other.resources))
            .then_with(|| one.conditions.cmp(&other.conditions))
    });
}
