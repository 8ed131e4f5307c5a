//! What recorded calls need, each need once, with the calls that had it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{IndexMap, IndexSet};

use crate::authorize::Conditions;
use crate::call::{Call, Name};
use crate::catalog::Catalog;
use crate::evaluate::audit::Need;
use crate::evaluate::verdict::Context;
use crate::policy::{Growing, is_open, with_account};
use crate::recording::{Entry, Requires};
use crate::session::principals::{Callers, Selection};

/// Contexts that one need may have; one with more values in its conditions leaves them open.
const MOST_CONTEXTS: usize = 64;

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
    /// Calls, whether or not they need something.
    pub calls: u64,
    /// Recordings that lack calls, since their last line is cut off.
    pub cut_off: Vec<String>,
}

/// What tells needs apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    action: String,
    resource: String,
    conditions: Conditions,
    region: Option<Name>,
    account: Option<String>,
    /// Where the resource's account was left open: the access key whose account it is, the empty text without one.
    open: Option<String>,
}

/// What the user says of a condition key of the requests: its name and a value; `None` when they do not have it.
pub type Said = (String, Option<String>);

/// Recorded calls, of which what they need is collected.
#[derive(Debug)]
pub struct Collecting {
    collected: Collected,
    callers: Callers,
}

impl Default for Collecting {
    fn default() -> Collecting {
        let callers = Callers::new(Selection::default(), false);
        Collecting { collected: Collected::default(), callers }
    }
}

impl Collecting {
    /// A call that was recorded, amended.
    pub fn add(&mut self, mut entry: Entry) {
        let told = entry.call.account.clone();
        self.callers.learn(&mut entry.call, &mut Growing::default());
        // What was recorded before it was known is settled with all that was.
        entry.call.account = told;
        self.collected.calls += 1;
        for requires in &entry.requires {
            let Requires { action, resources, conditions, .. } = requires;
            self.collected.add(&entry.call, 1, action, resources, conditions);
        }
    }

    /// All that was collected; `account_id` is the account of calls whose own was not told.
    pub fn end(mut self, account_id: Option<&str>) -> Collected {
        let Collecting { collected, callers } = &mut self;
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
            let by = key.open.as_deref().map(|by| Some(by).filter(|by| !by.is_empty()));
            if let Some(account) = by.and_then(&account_of) {
                key.resource = with_account(&key.resource, &account);
                key.account = Some(account);
                key.open = None;
            }
            let known = self.needs.entry(key).or_default();
            known.calls += asked.calls;
            known.operations.extend(asked.operations);
        }
    }

    /// So many calls such as this need an action on resources, under conditions that hold for them.
    pub fn add(
        &mut self,
        call: &Call,
        calls: u64,
        action: &str,
        resources: &[String],
        conditions: &Conditions,
    ) {
        for resource in resources {
            let key = Key {
                action: action.to_owned(),
                resource: resource.clone(),
                conditions: conditions.clone(),
                region: call.region.clone(),
                account: call.account.clone(),
                open: (call.account.is_none() && is_open(resource))
                    .then(|| call.principal.clone().unwrap_or_default()),
            };
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

    /// The needs, with what the user says of their requests, and who asked for each.
    pub fn needs(&self, said: &[Said]) -> (Vec<Need>, Vec<&Asked>) {
        let need = |key: &Key| Need {
            exact: key.resource == "*" && takes_no_resource(&key.action),
            action: key.action.clone(),
            resource: key.resource.clone(),
            contexts: contexts(key, said),
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

/// Whether AWS lets an action be restricted to no resource, so that its requests are on `*` itself.
fn takes_no_resource(action: &str) -> bool {
    let found =
        action.split_once(':').and_then(|(prefix, name)| Catalog::embedded().action(prefix, name));
    found.is_some_and(|action| action.resources().len() == 0)
}

/// What is known of a need's requests: one context for each combination of the values that its
/// conditions leave open.
fn contexts(key: &Key, said: &[Said]) -> Vec<Context> {
    let mut context = Context::unknown();
    let mut by_key: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (key, value) in said {
        by_key.entry(key).or_default().extend(value.as_deref());
    }
    for (key, values) in by_key {
        context.set(key, values);
    }
    if let Some(region) = &key.region {
        // What SDKs call services without regions; IAM evaluates those in us-east-1.
        let region = if region == "aws-global" { "us-east-1" } else { region };
        context.set("aws:RequestedRegion", [region]);
    }
    if let Some(account) = &key.account {
        context.set("aws:PrincipalAccount", [account]);
    }
    let mut contexts = vec![context];
    for (operator, keys) in &key.conditions {
        for (condition, values) in keys {
            let one_of = match &**operator {
                "StringEquals" => values.iter().map(std::slice::from_ref).collect(),
                "ForAllValues:StringEquals" | "ForAnyValue:StringEquals" => vec![&**values],
                _ => Vec::new(),
            };
            if one_of.is_empty() || contexts.len() * one_of.len() > MOST_CONTEXTS {
                contexts.iter_mut().for_each(|context| context.forget(condition));
                continue;
            }
            let with = |context: &Context| {
                let set = |values: &&[String]| {
                    let mut context = context.clone();
                    context.set(condition, values.iter().cloned());
                    context
                };
                one_of.iter().map(set).collect::<Vec<_>>()
            };
            contexts = contexts.iter().flat_map(with).collect();
        }
    }
    contexts
}
