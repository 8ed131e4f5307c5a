//! What recorded calls need, each need once, with the calls that had it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{IndexMap, IndexSet};

use crate::authorize::Conditions;
use crate::call::{Call, Name};
use crate::evaluate::audit::Need;
use crate::evaluate::known::Known;
use crate::made::hold::Holding;
use crate::policy::{Growing, is_open, with_account};
use crate::recording::trail::Told;
use crate::recording::{Entry, Requires};
use crate::session::contexts::{Asks, Said, given};
use crate::session::principals::{Callers, Selection};
use crate::session::unshown::Shown;

/// Resources of one kind that an action has needs of, and different things that are known of one of them: what a run makes, it
/// may make a million times. Beyond, the kind stands for the resource, and what is known is what all have in common.
const MOST_ALIKE: usize = 64;

/// Needs that are collected by one and read by another.
#[derive(Debug, Clone, Default)]
pub struct Needs(Arc<Mutex<Collected>>);

impl Needs {
    /// The needs themselves.
    pub fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was collected.
#[derive(Debug, Default)]
pub struct Collected {
    needs: IndexMap<Key, Asked>,
    alike: HashMap<Key, Alike>,
    /// Calls, whether or not they need something.
    pub calls: u64,
    /// Recordings that lack calls, since their last line is cut off.
    pub cut_off: Vec<String>,
    /// What is to be said of CloudTrail's events, where there were any.
    pub trail: Option<Told>,
    /// What CloudTrail's events showed.
    pub shown: Shown,
}

/// Needs that differ in their resource and what is known of it alone.
#[derive(Debug, Default)]
struct Alike {
    /// How many are of a resource.
    of_one: usize,
    /// How many are of the kind that stands for it.
    of_kind: usize,
    /// What is known of all others.
    rest: Option<Known>,
}

/// What tells needs apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    action: String,
    resource: String,
    /// What is known of it, if there is anything.
    known: Option<Arc<Known>>,
    /// Whether it stands for more than are told apart.
    is_rest: bool,
    conditions: Conditions,
    region: Option<Name>,
    account: Option<String>,
    /// Where the resource's account was left open: the access key whose account it is, the empty text without one.
    open: Option<String>,
}

impl Alike {
    /// This is known of one of the others.
    fn tell_rest(&mut self, known: &Known) {
        match &mut self.rest {
            Some(rest) => rest.keep_common(known),
            None => self.rest = Some(known.clone()),
        }
    }
}

impl Key {
    /// The account that was left open, if it is known by now.
    fn whose(&self, account_of: impl Fn(Option<&str>) -> Option<String>) -> Option<String> {
        let by = self.open.as_deref()?;
        account_of(Some(by).filter(|by| !by.is_empty()))
    }

    fn settle(&mut self, account: &str) {
        self.resource = with_account(&self.resource, account);
        let known = self.known.take();
        self.known = known.map(|it| Arc::new(it.map_arns(|arn| with_account(arn, account))));
        self.account = Some(account.to_owned());
        self.open = None;
    }
}

/// Recorded calls, of which what they need is collected.
#[derive(Debug)]
pub struct Collecting {
    collected: Collected,
    callers: Callers,
    /// What the run made.
    holding: Holding,
}

impl Default for Collecting {
    fn default() -> Collecting {
        Collecting::of(Selection::default())
    }
}

impl Collecting {
    /// Collects the calls of these principals.
    pub fn of(selection: Selection) -> Collecting {
        let callers = Callers::new(selection, false);
        let holding = Holding::default();
        Collecting { collected: Collected::default(), callers, holding }
    }
}

impl Collecting {
    /// A call that was recorded, amended.
    pub fn add(&mut self, mut entry: Entry) {
        let told = entry.call.account.clone();
        self.callers.learn(&mut entry.call, &mut Growing::default());
        // What was recorded before it was known is settled with all that was.
        let (_, is_selected) = self.callers.share(&entry.call);
        entry.call.account = told;
        self.collected.shown.add(&entry.call, &entry.requires);
        if is_selected {
            self.collected.calls += entry.times;
        }
        for requires in entry.requires.iter().filter(|_| is_selected) {
            let Requires { action, resources, conditions, .. } = requires;
            let Collecting { collected, holding, .. } = self;
            collected.add(
                &entry.call,
                entry.times,
                action,
                resources,
                conditions,
                &mut |resource| holding.known(&entry.call, action, resource),
            );
        }
        let required = entry.requires.iter().map(|it| (&*it.action, &*it.resources));
        self.holding.learn(&mut entry.call, required);
    }

    /// All that was collected; `account_id` is the account of calls whose own was not told.
    pub fn end(mut self, account_id: Option<&str>) -> Collected {
        let Collecting { collected, callers, .. } = &mut self;
        collected.settle(|key| callers.account_of(key).or_else(|| account_id.map(str::to_owned)));
        self.collected
    }
}

/// Who asked for it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// How many calls.
    pub calls: u64,
    /// Their operations (`s3.PutObject`).
    pub operations: IndexSet<String>,
}

impl Collected {
    /// Puts accounts that are known by now where they were left open; `account_of` knows them by access key.
    pub fn settle(&mut self, account_of: impl Fn(Option<&str>) -> Option<String>) {
        if self.needs.keys().all(|key| key.open.is_none()) {
            return;
        }
        for (mut key, asked) in std::mem::take(&mut self.needs) {
            if let Some(account) = key.whose(&account_of) {
                key.settle(&account);
            }
            let known = self.needs.entry(key).or_default();
            known.calls += asked.calls;
            known.operations.extend(asked.operations);
        }
        for (mut key, mut alike) in std::mem::take(&mut self.alike) {
            if let Some(account) = key.whose(&account_of) {
                key.settle(&account);
                alike.rest = alike.rest.map(|it| it.map_arns(|arn| with_account(arn, &account)));
            }
            let known = self.alike.entry(key).or_default();
            known.of_one += alike.of_one;
            known.of_kind += alike.of_kind;
            alike.rest.iter().for_each(|rest| known.tell_rest(rest));
        }
    }

    /// So many calls such as this need an action on resources, under conditions that hold for them; this is known of each of
    /// the resources.
    pub fn add(
        &mut self,
        call: &Call,
        calls: u64,
        action: &str,
        resources: &[String],
        conditions: &Conditions,
        known: &mut dyn FnMut(&str) -> Known,
    ) {
        for resource in resources {
            let known = Some(known(resource)).filter(|it| !it.is_nothing()).map(Arc::new);
            let key = Key {
                action: action.to_owned(),
                resource: resource.clone(),
                known,
                is_rest: false,
                conditions: conditions.clone(),
                region: call.region.clone(),
                account: call.account.clone(),
                open: (call.account.is_none() && is_open(resource))
                    .then(|| call.principal.clone().unwrap_or_default()),
            };
            let key = self.bounded(key);
            let asked = self.needs.entry(key).or_default();
            asked.calls += calls;
            if let Some(operation) = &call.operation {
                let name = format!("{}.{operation}", call.service);
                if !asked.operations.contains(&name) {
                    asked.operations.insert(name);
                }
            }
        }
    }

    /// The need, or one that stands for it where there are many that differ in their resource and what is known of it alone.
    fn bounded(&mut self, mut key: Key) -> Key {
        let Some(known) = key.known.clone() else { return key };
        if self.needs.contains_key(&key) {
            return key;
        }
        let kind = known.pattern().unwrap_or(&key.resource).to_owned();
        let shape = Key { resource: kind.clone(), known: None, ..key.clone() };
        let alike = self.alike.entry(shape).or_default();
        if alike.of_one < MOST_ALIKE {
            alike.of_one += 1;
            return key;
        }
        if kind != key.resource {
            key.resource = kind;
            if self.needs.contains_key(&key) {
                return key;
            }
            if alike.of_kind < MOST_ALIKE {
                alike.of_kind += 1;
                return key;
            }
        }
        alike.tell_rest(&known);
        Key { known: None, is_rest: true, ..key }
    }

    /// What is known of a need's resource.
    fn known<'a>(&'a self, key: &'a Key) -> Option<&'a Known> {
        if !key.is_rest {
            return key.known.as_deref();
        }
        self.alike.get(&Key { is_rest: false, ..key.clone() })?.rest.as_ref()
    }

    /// The needs, with what the user says of their requests, and who asked for each.
    pub fn needs(&self, said: &[Said]) -> (Vec<Need>, Vec<&Asked>) {
        let need = |key: &Key| {
            let known = self.known(key);
            let asks = Asks {
                action: &key.action,
                resource: &key.resource,
                conditions: &key.conditions,
                region: key.region.as_deref(),
                account: key.account.as_deref(),
                known,
            };
            Need {
                exact: asks.is_exact(),
                action: key.action.clone(),
                resource: key.resource.clone(),
                pattern: known.and_then(Known::pattern).map(str::to_owned),
                contexts: asks.contexts(&given(said)),
            }
        };
        self.needs.iter().map(|(key, asked)| (need(key), asked)).unzip()
    }

    /// Under which conditions a need is (`iam:PassedToService lambda.amazonaws.com`).
    pub fn conditions(&self, index: usize) -> Vec<String> {
        let conditions = self.needs.get_index(index).map(|(key, _)| &key.conditions);
        let keys = conditions.into_iter().flatten().flat_map(|(_, keys)| keys);
        keys.map(|(key, values)| format!("{key} {}", values.join(", "))).collect()
    }
}

#[cfg(test)]
mod tests;
