//! Collects requirements; the cost of one does not depend on how many came before.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use indexmap::{Equivalent, IndexMap, IndexSet};

use crate::authorize::{Conditions, Requirement};
use crate::policy::generalize::{self, Families, Formats, Generalize, Generalized, Generalizer};
use crate::policy::grouping;
use crate::policy::resources::{Pool, ResourceSet};
use crate::policy::statement::{Order, Policy};

/// Builds a policy from requirements as they come.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    pool: Pool,
    /// Every action, in its first spelling.
    actions: IndexSet<Action>,
    grants: IndexMap<Key, Grant>,
    generalizer: Generalizer,
    generation: u64,
}

impl Builder {
    /// One that nothing was asked of, and that keeps every resource.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// One that generalises resources. `formats` tells resource types apart; of an ARN that it says nothing of, the type
    /// is taken to be its first word (`table/`).
    pub fn generalizing(to: Generalize, formats: Formats) -> Builder {
        Builder { generalizer: Generalizer::new(to, formats), ..Builder::default() }
    }

    /// Adds what a call needs; `true` when the policy changed.
    ///
    /// A requirement that was added before, or whose resources are covered by what is there, changes
    /// nothing and allocates nothing. One without resources, or with a condition without values,
    /// allows nothing in IAM, so it adds nothing.
    pub fn add(&mut self, requirement: &Requirement) -> bool {
        let Requirement { action, resources, conditions, .. } = requirement;
        self.allow(action, resources, conditions)
    }

    /// Adds an action on resources under conditions, as [`add`](Builder::add) does: for what was recorded.
    pub fn allow(&mut self, action: &str, resources: &[String], conditions: &Conditions) -> bool {
        let Some(conditions) = canonical(conditions) else { return false };
        if resources.is_empty() {
            return false;
        }
        let grant = self.grant(action, conditions);
        let Grant { resources: granted, families } = &mut self.grants[grant];
        let mut changed = false;
        for resource in resources {
            changed |= match families {
                Some(families) => families.insert(resource, granted, &mut self.pool),
                None => granted.insert(resource, &mut self.pool),
            };
        }
        self.generation += u64::from(changed);
        changed
    }

    /// Adds all that another one allows.
    pub fn absorb(&mut self, other: &Builder) {
        self.absorb_each(other, str::to_owned);
    }

    /// Adds all that another one allows, each resource as `changed` has it.
    pub(super) fn absorb_each(&mut self, other: &Builder, changed: impl Fn(&str) -> String) {
        for (action, conditions, resources) in other.grants() {
            let resources: Vec<String> = resources.into_iter().map(&changed).collect();
            self.allow(action, &resources, conditions);
        }
    }

    /// Every action, under which conditions, and on which resources.
    pub(super) fn grants(&self) -> impl Iterator<Item = (&str, &Conditions, Vec<&str>)> {
        self.grants.iter().map(|(key, grant)| {
            let resources = grant.resources.ids().map(|id| self.pool.text(id));
            (&*key.action.0, &key.conditions, resources.collect())
        })
    }

    /// One that allows what these allow, in the order that actions have here; a change of this one's policy.
    pub(super) fn rebuilt(&self, parts: &[&Builder]) -> Builder {
        let mut builder = Builder { generalizer: self.generalizer.clone(), ..Builder::default() };
        for key in self.grants.keys() {
            for part in parts {
                let Some(grant) = part.grants.get(key) else { continue };
                let texts = grant.resources.ids().map(|id| part.pool.text(id).to_owned());
                builder.allow(&key.action.0, &texts.collect::<Vec<_>>(), &key.conditions);
            }
        }
        builder.generation = self.generation + 1;
        builder
    }

    /// The policy that allows what was added, and nothing else but what [generalising](Generalize) adds.
    ///
    /// Its cost grows with the policy, not with the calls; [`generation`](Builder::generation) tells
    /// whether it is worth it.
    pub fn policy(&self, order: Order) -> Policy {
        let grants = self.grants.iter().map(|(key, grant)| grouping::Grant {
            action: &key.action.0,
            conditions: &key.conditions,
            resources: grant.resources.ids().collect(),
        });
        grouping::policy(grants, &self.pool, order)
    }

    /// The patterns that stand in the place of resources, those of most resources first.
    pub fn generalized(&self) -> Vec<Generalized> {
        let grants = self.grants.iter().filter_map(|(key, grant)| {
            Some((&*key.action.0, grant.families.as_deref()?, &grant.resources))
        });
        generalize::generalized(grants, &self.pool)
    }

    /// A number that grows with every change of the policy and with nothing else; 0 while it is
    /// empty.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Every action that the policy allows, in order of first sight.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().map(|action| &*action.0)
    }

    /// How many different actions the policy allows.
    pub fn action_count(&self) -> usize {
        self.actions.len()
    }

    /// Whether the policy has no statement.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// How many resources are kept, those that others have swallowed included.
    #[cfg(test)]
    pub(super) fn stored(&self) -> usize {
        self.pool.len()
    }

    /// The place of the grant of this action under these conditions, made if it is new.
    fn grant(&mut self, action: &str, conditions: Cow<'_, Conditions>) -> usize {
        let key = KeyRef { action: ActionRef(action), conditions: &conditions };
        if let Some(place) = self.grants.get_index_of(&key) {
            return place;
        }
        let known = self.actions.get(&ActionRef(action)).cloned();
        let action = known.unwrap_or_else(|| {
            let new = Action(action.into());
            self.actions.insert(new.clone());
            new
        });
        let families = self.generalizer.families(&action.0);
        let key = Key { action, conditions: conditions.into_owned() };
        self.grants.insert_full(key, Grant { resources: ResourceSet::default(), families }).0
    }
}

/// The one form of equal conditions: values sorted and each once, no operator without keys. `None`
/// when a key has no values.
fn canonical(conditions: &Conditions) -> Option<Cow<'_, Conditions>> {
    if conditions.values().flat_map(|keys| keys.values()).any(Vec::is_empty) {
        return None;
    }
    let sorted = |values: &Vec<String>| values.is_sorted_by(|one, next| one < next);
    if conditions.values().all(|keys| !keys.is_empty() && keys.values().all(sorted)) {
        return Some(Cow::Borrowed(conditions));
    }
    let mut conditions = conditions.clone();
    conditions.retain(|_, keys| !keys.is_empty());
    for values in conditions.values_mut().flat_map(|keys| keys.values_mut()) {
        values.sort_unstable();
        values.dedup();
    }
    Some(Cow::Owned(conditions))
}

/// An action; IAM does not tell upper from lower case in it.
#[derive(Debug, Clone)]
struct Action(Box<str>);

/// An action to look up.
struct ActionRef<'a>(&'a str);

/// What an action is allowed on.
#[derive(Debug, Clone)]
struct Grant {
    resources: ResourceSet,
    /// Where resources are generalised.
    families: Option<Box<Families>>,
}

/// What tells grants apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    action: Action,
    conditions: Conditions,
}

/// A [`Key`] to look up, without making one.
#[derive(Hash)]
struct KeyRef<'a> {
    action: ActionRef<'a>,
    conditions: &'a Conditions,
}

impl PartialEq for Action {
    fn eq(&self, other: &Action) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Action {}

impl Hash for Action {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ActionRef(&self.0).hash(state);
    }
}

impl Hash for ActionRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In pieces on the stack: a write per byte costs more than all the rest of a lookup.
        for piece in self.0.as_bytes().chunks(64) {
            let mut lower = [0; 64];
            let lower = &mut lower[..piece.len()];
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
        state.write_u8(0xff);
    }
}

impl Equivalent<Action> for ActionRef<'_> {
    fn equivalent(&self, action: &Action) -> bool {
        self.0.eq_ignore_ascii_case(&action.0)
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.action.equivalent(&key.action) && *self.conditions == key.conditions
    }
}
