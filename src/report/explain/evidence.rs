//! Why the policy of recordings has what it has: the calls behind each action on each resource.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::authorize::{Conditions, Requirement};
use crate::call::{Call, Timestamp};
use crate::made::hold::{self, Generated, Holding};
use crate::made::run::Run;
use crate::policy::{Account, Growing, Order, Statement, covers};
use crate::recording::{Entry, Requires, owned, requires};
use crate::report::explain::known;
use crate::report::explain::page::Page;
use crate::report::explain::words;
use crate::text::counted;
use crate::text::plain;
use crate::wildcard::is_like;

/// Takes up recorded calls; its memory grows with what is different about them, not with their number.
pub struct Evidence {
    /// The policy of these calls; `None` where only others are explained that were made of them.
    policy: Option<Growing>,
    /// What the run made, and what stands for it.
    holding: Holding,
    calls: u64,
    unrecognized: u64,
    /// Calls without requirements, by operation.
    without: BTreeMap<String, u64>,
    grants: IndexMap<Grant, IndexMap<String, IndexMap<Kind, Seen>>>,
    /// How many kinds of calls are kept, of all grants.
    kinds: usize,
}

/// An action (in lower case, as IAM compares it) under the conditions that the policy has whatever comes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Grant {
    action: String,
    conditions: Conditions,
    /// What the run made that the resources stand for, and whether its tags hold them.
    group: Option<(usize, bool)>,
}

/// What calls are told apart by.
#[derive(PartialEq, Eq, Hash)]
struct Kind {
    service: String,
    operation: String,
    reason: String,
    /// The products in the user agent: the rest of it changes with every call.
    caller: Option<String>,
}

/// Calls that are alike.
struct Seen {
    user_agent: Option<String>,
    calls: u64,
    first: Timestamp,
    last: Timestamp,
    status: Option<u16>,
    error: Option<String>,
}

/// A policy's actions with the calls behind them.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    calls: u64,
    unrecognized: u64,
    /// Calls that add nothing to the policy, by operation.
    without_requirements: BTreeMap<String, u64>,
    actions: Vec<ExplainedAction>,
}

/// An action under conditions.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedAction {
    action: String,
    conditions: Conditions,
    pub(crate) resources: Vec<ExplainedResource>,
}

/// A resource of it.
#[derive(Debug, Serialize)]
pub(crate) struct ExplainedResource {
    resource: String,
    pub(crate) because: Vec<Because>,
}

/// Calls that are alike, and why they need it.
#[derive(Debug, Serialize)]
pub(crate) struct Because {
    /// The word in the recording.
    pub(crate) reason: String,
    /// The rules of the operation for the action; empty where its kind decides.
    pub(crate) rules: BTreeSet<&'static str>,
    /// Where the rules are written.
    pub(crate) file: Option<String>,
    /// `s3.PutObject`
    pub(crate) operation: String,
    /// What the calls need it on, where the policy's resource is wider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) narrower: Option<String>,
    /// What made the resources that the pattern stands for, in the run itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<String>,
    pub(crate) calls: u64,
    pub(crate) first: String,
    pub(crate) last: String,
    /// Of the last call.
    pub(crate) status: Option<u16>,
    /// Of the last call.
    pub(crate) error: Option<String>,
    /// Of the last call, as sent.
    pub(crate) user_agent: Option<String>,
}

impl Default for Evidence {
    fn default() -> Evidence {
        Evidence { policy: Some(Growing::default()), ..Evidence::of(Generated::default()) }
    }
}

impl Evidence {
    /// Nothing yet, of policies that others make of the same calls, and in which this stands for what a run makes.
    pub(crate) fn of(generated: Generated) -> Evidence {
        Evidence {
            policy: None,
            holding: Holding::new(generated),
            calls: 0,
            unrecognized: 0,
            without: BTreeMap::new(),
            grants: IndexMap::new(),
            kinds: 0,
        }
    }

    /// Takes up a call.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let Entry { call, requires, times, .. } = entry;
        self.calls += times;
        let operation = match &call.operation {
            Some(operation) => operation.to_string(),
            None => "?".to_owned(),
        };
        if requires.is_empty() {
            if call.recognized {
                *self.without.entry(format!("{}.{operation}", call.service)).or_default() += times;
            } else {
                self.unrecognized += times;
            }
        }
        for it in requires {
            for grant in self.holding.grants(call, &it.action, &it.resources, &it.conditions) {
                if let Some(policy) = &mut self.policy {
                    grant.allow(policy, &it.action, Account::Known, self.holding.run());
                }
                self.kinds += Evidence::grant(&mut self.grants, entry, &operation, it, &grant);
            }
        }
        self.learn(entry);
    }

    /// Takes in what a call made, also one that is not to be explained.
    pub(crate) fn learn(&mut self, entry: &Entry) {
        // Where nothing was made, nothing is held, and there is nothing to learn.
        if entry.call.evidence.made.is_empty() && self.holding.run().is_empty() {
            return;
        }
        let mut call = entry.call.clone();
        let required = entry.requires.iter().map(|it| (&*it.action, &*it.resources));
        if self.holding.learn(&mut call, required) {
            let run = self.holding.run();
            if let Some(policy) = &mut self.policy {
                policy.hold_anew(|group| run.held_by(group));
            }
        }
    }

    fn grant(
        grants: &mut IndexMap<Grant, IndexMap<String, IndexMap<Kind, Seen>>>,
        entry: &Entry,
        operation: &str,
        requires: &Requires<'_>,
        granted: &hold::Grant<'_>,
    ) -> usize {
        let mut new = 0;
        let grant = Grant {
            action: requires.action.to_ascii_lowercase(),
            conditions: granted.conditions.clone().into_owned(),
            group: granted.group.map(|group| (group, granted.held)),
        };
        let call = &entry.call;
        let resources = grants.entry(grant).or_default();
        for resource in &*granted.resources {
            let kind = Kind {
                service: call.service.to_string(),
                operation: operation.to_owned(),
                reason: requires.reason.to_string(),
                caller: call.user_agent.as_deref().map(products),
            };
            if !resources.contains_key(resource) {
                resources.insert(resource.clone(), IndexMap::new());
            }
            let Some(kinds) = resources.get_mut(resource) else { continue };
            let seen = kinds.entry(kind).and_modify(|seen| seen.add(entry));
            seen.or_insert_with(|| {
                new += 1;
                Seen::of(entry)
            });
        }
        new
    }

    /// Takes up a call as it is heard.
    pub fn hear(&mut self, call: &Call, requirements: &[Requirement]) {
        let requires = requirements.iter().map(|it| owned(&requires(it))).collect();
        self.add(&Entry { call: call.clone(), requires, times: 1, last: call.time });
    }

    /// How many kinds of calls are told apart: what its memory grows with.
    pub fn kinds(&self) -> usize {
        self.kinds
    }

    /// The policy, explained. `selected` says which actions.
    pub(crate) fn explain(&self, selected: impl Fn(&str) -> bool) -> Explained {
        let policy = self.policy.as_ref().map(|it| it.policy(Order::FirstSeen));
        let statements = policy.map(|it| it.statements).unwrap_or_default();
        let actions = self.explain_policy(&statements, selected);
        Explained {
            calls: self.calls,
            unrecognized: self.unrecognized,
            without_requirements: self.without.clone(),
            actions,
        }
    }

    /// The actions of a policy's statements, statement by statement, with the calls behind them; the policy is one that was made of
    /// the same calls, whatever stands in it for their resources.
    pub(crate) fn explain_policy(
        &self,
        statements: &[Statement],
        selected: impl Fn(&str) -> bool,
    ) -> Vec<ExplainedAction> {
        let run = self.holding.run();
        let grants: Vec<_> = self
            .grants
            .iter()
            .map(|(grant, resources)| {
                let conditions = canonical(grant, run);
                let names = |it: &String| it.eq_ignore_ascii_case(&grant.action);
                let is_there = statements
                    .iter()
                    .any(|it| it.conditions == conditions && it.actions.iter().any(names));
                (grant, conditions, is_there, resources)
            })
            .collect();
        let mut actions = Vec::new();
        for statement in statements {
            for action in statement.actions.iter().filter(|it| selected(it)) {
                let mut explained: IndexMap<&str, Vec<Because>> =
                    statement.resources.iter().map(|it| (it.as_str(), Vec::new())).collect();
                let lower = action.to_ascii_lowercase();
                for (grant, conditions, is_there, resources) in &grants {
                    let is_meant = if *is_there {
                        grant.action == lower && *conditions == statement.conditions
                    } else {
                        // A policy that was minimized has wildcards, and values of several statements in one condition.
                        is_like(&grant.action, &lower)
                            && asks_no_less(&statement.conditions, conditions)
                    };
                    if !is_meant {
                        continue;
                    }
                    let made = grant.group.and_then(|(group, _)| made(run, group));
                    for (resource, kinds) in *resources {
                        let exact = explained.contains_key(resource.as_str());
                        let wide = || explained.keys().copied().find(|it| covers(it, resource));
                        // Whose account was told later is open in what was needed.
                        let open = || explained.keys().copied().find(|it| covers(resource, it));
                        let at = if exact { Some(resource.as_str()) } else { wide().or_else(open) };
                        let Some(list) = at.and_then(|at| explained.get_mut(at)) else { continue };
                        let narrower = (!exact).then_some(resource);
                        list.extend(kinds.iter().map(|it| Because {
                            made: made.clone(),
                            ..because(action, narrower, it)
                        }));
                    }
                }
                let resources = explained
                    .into_iter()
                    .map(|(it, because)| ExplainedResource { resource: it.to_owned(), because });
                actions.push(ExplainedAction {
                    action: action.clone(),
                    conditions: statement.conditions.clone(),
                    resources: resources.collect(),
                });
            }
        }
        actions
    }

    /// Every action of the policy.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &str> {
        self.policy.iter().flat_map(|it| it.actions())
    }
}

impl Seen {
    fn of(entry: &Entry) -> Seen {
        let Entry { call, times, last, .. } = entry;
        let outcome = &call.outcome;
        Seen {
            calls: *times,
            user_agent: call.user_agent.clone(),
            first: call.time,
            last: *last,
            status: outcome.status,
            error: outcome.error.clone(),
        }
    }

    fn add(&mut self, entry: &Entry) {
        let Entry { call, times, last, .. } = entry;
        self.calls += times;
        self.first = self.first.min(call.time);
        // Merged recordings are not in order.
        if *last >= self.last {
            self.last = *last;
            self.user_agent.clone_from(&call.user_agent);
            self.status = call.outcome.status;
            self.error.clone_from(&call.outcome.error);
        }
    }
}

/// Whether a statement's conditions are those of a need, maybe with more values.
fn asks_no_less(statement: &Conditions, need: &Conditions) -> bool {
    statement == need
        || statement.len() == need.len()
            && need.iter().all(|(operator, keys)| {
                let has = |key: &_| statement.get(operator).and_then(|it| it.get(key));
                statement.get(operator).is_some_and(|it| it.len() == keys.len())
                    && keys.iter().all(|(key, values)| {
                        has(key).is_some_and(|it| values.iter().all(|value| it.contains(value)))
                    })
            })
}

/// What made the resources that a pattern stands for.
fn made(run: &Run, group: usize) -> Option<String> {
    let summary = run.summary(group)?;
    Some(format!("made by {}: {}", summary.made_by, counted(summary.count, "resource")))
}

/// The conditions as the policy has them.
fn canonical(grant: &Grant, run: &Run) -> Conditions {
    let mut alone = Growing::default();
    let everything = ["*".to_owned()];
    match grant.group {
        Some((group, true)) => {
            let held_by = || run.held_by(group);
            alone.allow_held(
                &grant.action,
                &everything,
                &grant.conditions,
                Account::Known,
                group,
                held_by,
            )
        }
        _ => alone.allow(&grant.action, &everything, &grant.conditions, Account::Known),
    };
    let statement = alone.policy(Order::FirstSeen).statements.pop();
    statement.map(|it| it.conditions).unwrap_or_default()
}

fn because(action: &str, narrower: Option<&String>, (kind, seen): (&Kind, &Seen)) -> Because {
    // What AWS said itself stands above every rule.
    let (rules, file) = match kind.reason.as_str() {
        "denied" => Default::default(),
        _ => known::rules_of(&kind.service, &kind.operation, action),
    };
    Because {
        reason: kind.reason.clone(),
        file,
        rules,
        operation: format!("{}.{}", kind.service, kind.operation),
        narrower: narrower.cloned(),
        made: None,
        calls: seen.calls,
        first: moment(seen.first),
        last: moment(seen.last),
        status: seen.status,
        error: seen.error.clone(),
        user_agent: seen.user_agent.clone(),
    }
}

impl Explained {
    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Only what is said of these resources, or of what they cover or are covered by.
    pub(crate) fn on(mut self, resources: &[String]) -> Explained {
        let same = |it: &str| resources.iter().any(|of| of == it);
        let alike = |it: &str| resources.iter().any(|of| covers(of, it) || covers(it, of));
        for action in &mut self.actions {
            let has_same = action.resources.iter().any(|it| same(&it.resource));
            action.resources.retain(|it| {
                let named = if has_same { same(&it.resource) } else { alike(&it.resource) };
                named && !it.because.is_empty()
            });
        }
        self.actions.retain(|it| !it.resources.is_empty());
        self
    }

    /// As text.
    pub(crate) fn write(&self, page: &mut Page) {
        self.write_actions(page);
        page.gap();
        page.line(0, &self.rest());
    }

    /// The actions as text.
    pub(crate) fn write_actions(&self, page: &mut Page) {
        for action in &self.actions {
            page.gap();
            page.line(0, &plain(&action.action));
            for (operator, keys) in &action.conditions {
                for (key, values) in keys {
                    page.line(2, &plain(&format!("if {operator} {key} = {}", values.join(", "))));
                }
            }
            for resource in &action.resources {
                page.line(2, &plain(&resource.resource));
                write_reasons(&resource.because, page);
            }
        }
    }

    /// What the policy does not show.
    fn rest(&self) -> String {
        let mut text = counted(self.calls, "call");
        if !self.without_requirements.is_empty() {
            let calls: u64 = self.without_requirements.values().sum();
            let names: Vec<&str> = self.without_requirements.keys().map(String::as_str).collect();
            text.push_str(&plain(&format!(
                "; {calls} without a permission ({})",
                names.join(", ")
            )));
        }
        if self.unrecognized > 0 {
            text.push_str(&format!("; {} not recognised", self.unrecognized));
        }
        text.push('.');
        text
    }
}

fn write_reasons(because: &[Because], page: &mut Page) {
    let mut groups: IndexMap<_, Vec<&Because>> = IndexMap::new();
    let exact = because.iter().filter(|it| it.narrower.is_none());
    for it in exact.chain(because.iter().filter(|it| it.narrower.is_some())) {
        let key = (&it.narrower, &it.made, &it.reason, &it.rules, &it.file);
        groups.entry(key).or_default().push(it);
    }
    let mut under = None;
    let mut told = None;
    for ((narrower, made, reason, rules, file), calls) in groups {
        let indent = if narrower.is_some() { 6 } else { 4 };
        if let Some(narrower) = narrower
            && under != Some(narrower)
        {
            page.line(4, &plain(&format!("which covers {narrower}")));
            under = Some(narrower);
        }
        if let Some(made) = made
            && told != Some(made)
        {
            page.line(indent, &plain(made));
            told = Some(made);
        }
        let meaning = match words::reason(reason) {
            "" => String::new(),
            meaning => format!(": {meaning}"),
        };
        page.line(indent, &plain(&format!("{reason}{meaning}")));
        for rule in rules {
            let file = file.as_deref().unwrap_or_default();
            page.line(indent + 2, &plain(&format!("{rule}  ({file})")));
        }
        let rows: Vec<Vec<String>> = calls.iter().map(|it| row(it)).collect();
        page.table(indent + 2, &rows);
    }
}

fn row(because: &Because) -> Vec<String> {
    let ended = match (because.status, because.error.as_deref()) {
        (Some(status), Some(error)) => format!("{status} {error}"),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => error.to_owned(),
        (None, None) => "no answer known".to_owned(),
    };
    let agent = because.user_agent.as_deref().map(products).unwrap_or_default();
    // To the second: the exact times are in --json.
    let first = because.first.split('.').next().unwrap_or_default().trim_end_matches('Z');
    let cells = [
        because.operation.clone(),
        counted(because.calls, "call"),
        format!("{first}Z"),
        ended,
        agent,
    ];
    cells.map(|cell| plain(&cell)).to_vec()
}

/// A user agent without comments and without what SDKs say of their surroundings: `aws-cli/2.15.0 md/… os/…` is
/// `aws-cli/2.15.0`.
pub(crate) fn products(agent: &str) -> String {
    const SURROUNDINGS: [&str; 12] = [
        "md/",
        "ua/",
        "os/",
        "lang/",
        "cfg/",
        "m/",
        "exec-env/",
        "api/",
        "ft/",
        "prompt/",
        "sid/",
        "ui/",
    ];
    let mut depth = 0_usize;
    let mut kept: Vec<&str> = Vec::new();
    for word in agent.split_whitespace() {
        let outside = depth == 0;
        let (opened, closed) = (word.matches('(').count(), word.matches(')').count());
        depth = (depth + opened).saturating_sub(closed);
        let is_product = outside && opened == 0 && word.contains('/');
        let is_surrounding = SURROUNDINGS.iter().any(|it| word.starts_with(it));
        if is_product && !is_surrounding && !kept.contains(&word) {
            kept.push(word);
        }
    }
    if kept.is_empty() { agent.to_owned() } else { kept.join(" ") }
}

pub(crate) fn moment(time: Timestamp) -> String {
    let nanoseconds = i128::from(time.0) * 1_000_000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
    moment.ok().and_then(|it| it.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_shortened_to_products() {
        for (agent, short) in [
            (
                "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.8.0 lang/python#3.11.7 cfg/retry-mode#standard Botocore/1.44.5",
                "Boto3/1.44.5 Botocore/1.44.5",
            ),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 (+https://www.terraform.io) terraform-provider-aws/5.60.0 aws-sdk-go-v2/1.30.0 os/linux",
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 terraform-provider-aws/5.60.0 aws-sdk-go-v2/1.30.0",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(products(agent), short);
        }
    }
}
