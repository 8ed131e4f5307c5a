//! What a call needs: from a [`Call`] to its [`Requirement`]s.
//!
//! AWS lists, for every operation, the actions that it *may* need. An operation's own action is always
//! needed; the others depend on the request and on the answer, and the rules of `data/rules` say how. Where the request
//! is not visible (client-side monitoring), they are possible, and [`Possible`] says which of those are included.

mod amend;
mod arn;
mod denial;
mod filling;
mod look;
mod memory;
mod names;
mod plan;
mod refusal;
mod requirement;
mod resources;
mod s3_objects;
mod standing;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;
mod unlisted;

pub use amend::Amendment;
pub use denial::{Because, Denial, NotAdded, Upshot};
pub use plan::variables_of;
pub use refusal::{Refusal, Refused};
pub use requirement::{Certainty, Conditions, Reason, Requirement};
pub use s3_objects::{Objects, objects};
pub use standing::Standing;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::call::{Call, Name, Source};
use crate::catalog::naming::is_tags;
use crate::catalog::rule::{Rule, Target, Value as Looked, Verdict};
use crate::catalog::{self, Catalog, Class, Operation};
use look::Truth;
use memory::Memory;
use plan::{ActionPlan, Plan};
use refusal::Wrong;
use resources::{Asked, Place};
use unlisted::Unlisted;

/// Which actions that a call may need, but need not, are included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Possible {
    /// Those that calls need often: passing a role, tagging, and where a rule says so.
    #[default]
    Common,
    /// Every action that AWS lists for the operation.
    Include,
    /// None.
    Omit,
}

/// How calls are decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What to do with actions that are only possible.
    pub possible: Possible,
    /// The account of every call, whatever it tells (12 digits).
    pub account_id: Option<String>,
}

/// Whether the call needs a permission, and whether it is known which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// The requirements are known.
    Known,
    /// The call needs none.
    NotNeeded,
    /// Neither AWS's map nor a rule has the operation, or the call was not recognised and AWS lists no action of its name.
    Unknown,
}

/// What a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The actions with their resources; empty unless the permission is known.
    pub requirements: Vec<Requirement>,
    /// Actions that AWS lists for the operation and that were left out as merely possible.
    pub left_out: Vec<Name>,
    /// Whether it is known what the call needs.
    pub permission: Permission,
    /// What the answer said when it denied the call.
    pub denial: Option<Denial>,
    /// What it said of entries that were denied, where it succeeded otherwise.
    pub denied_entries: Vec<Denial>,
    /// Actions that the call gets nothing of, since what it names cannot be what they are on.
    pub refused: Vec<Refused>,
}

/// Decides calls; remembers what it decided, so that a call like one before costs a lookup.
pub struct Authorizer {
    catalog: Catalog,
    settings: Settings,
    plans: HashMap<Operation, Arc<Plan>>,
    decided: Memory,
    /// What denials alone ask for.
    denied: denial::Kept,
    /// What is known of operations that the catalogue lacks.
    unlisted: Unlisted,
    /// What calls of these operations may have had although they do not show it: where they come from a recording.
    unseen: HashMap<Operation, Vec<Looked>>,
}

impl Authorizer {
    /// An authorizer on the embedded catalogue.
    pub fn new(settings: Settings) -> Authorizer {
        Authorizer {
            catalog: Catalog::embedded(),
            settings,
            plans: HashMap::new(),
            decided: Memory::default(),
            denied: denial::Kept::default(),
            unlisted: Unlisted::default(),
            unseen: HashMap::new(),
        }
    }

    /// What this call needs.
    pub fn decide(&mut self, call: &Call) -> Arc<Decision> {
        let Some(operation) = self.operation(call) else {
            let pseudo = self.catalog.is_pseudo_service(&call.service);
            let place = Place::of(call, &self.settings);
            let requirement = self.unlisted.requirement(self.catalog, call, place);
            let mut decision = Decision {
                permission: match &requirement {
                    Some(_) => Permission::Known,
                    None if pseudo => Permission::NotNeeded,
                    None => Permission::Unknown,
                },
                requirements: requirement.into_iter().collect(),
                left_out: Vec::new(),
                denial: None,
                denied_entries: Vec::new(),
                refused: Vec::new(),
            };
            denial::add(call, None, &mut self.denied, self.settings.possible, &mut decision);
            return Arc::new(decision);
        };
        let hash = self.decided.hash(call, operation);
        if let Some(decision) = hash.and_then(|hash| self.decided.recall(hash, call, operation)) {
            return decision;
        }
        let decision = Arc::new(self.decide_afresh(call, operation));
        if let Some(hash) = hash {
            self.decided.remember(hash, call, operation, &decision);
        }
        decision
    }

    fn operation(&self, call: &Call) -> Option<Operation> {
        if !call.recognized {
            return None;
        }
        self.catalog.service(&call.service)?.operation(call.operation.as_deref()?)
    }

    fn decide_afresh(&mut self, call: &Call, operation: Operation) -> Decision {
        let mut decision = Decision {
            requirements: Vec::new(),
            left_out: Vec::new(),
            permission: match operation.permission() {
                catalog::Permission::NotNeeded => Permission::NotNeeded,
                catalog::Permission::Unknown => Permission::Unknown,
                catalog::Permission::Mapped | catalog::Permission::SameName => Permission::Known,
            },
            denial: None,
            denied_entries: Vec::new(),
            refused: Vec::new(),
        };
        let plan = self.plans.entry(operation).or_insert_with(|| Arc::new(Plan::of(operation)));
        let plan = Arc::clone(plan);
        let asked = Asked {
            unseen: self.unseen.get(&operation).map(Vec::as_slice).unwrap_or_default(),
            call,
            operation,
            plan: &plan,
            place: Place::of(call, &self.settings),
        };
        for action in &plan.actions {
            self.decide_action(asked, action, &mut decision);
        }
        if call.source == Source::Csm {
            // Several rules of one action may have made its list long again.
            for requirement in &mut decision.requirements {
                let patterns = std::mem::take(&mut requirement.resources);
                requirement.resources = resources::shortened(patterns);
            }
        }
        denial::add(call, Some(asked), &mut self.denied, self.settings.possible, &mut decision);
        decision
    }

    /// Adds what the call needs of one action.
    fn decide_action(&self, asked: Asked<'_>, action: &ActionPlan, decision: &mut Decision) {
        if asked.guard(action) == Truth::No {
            return;
        }
        let mut left_out = false;
        let mut add = |verdict: Said, rule: Option<&Rule>| {
            let certainty = match verdict {
                // A guard that is out of sight keeps out the exception, not the rule.
                Said::Yes => Certainty::Certain,
                Said::No => return,
                Said::Perhaps { likely } => {
                    let included = match self.settings.possible {
                        Possible::Common => likely,
                        Possible::Include => true,
                        Possible::Omit => false,
                    };
                    if !included {
                        left_out = true;
                        return;
                    }
                    Certainty::Possible
                }
            };
            let (requirement, wrong) = requirement(asked, action, rule, certainty);
            if let Some((member, refusal)) = wrong {
                decision.refused.push(Refused { action: action.name.clone(), member, refusal });
            }
            if !requirement.resources.is_empty() {
                merge(&mut decision.requirements, requirement);
            }
        };
        if action.rules.is_empty() {
            add(by_class(asked, action), None);
        }
        for rule in &action.rules {
            add(by_rule(asked, action, rule), Some(rule));
        }
        let granted = decision.requirements.iter().any(|it| it.action == action.name);
        if left_out && !granted {
            decision.left_out.push(action.name.clone());
        }
    }
}

/// What is said of an action's need.
enum Said {
    Yes,
    No,
    /// The request does not tell, or is out of sight.
    Perhaps {
        likely: bool,
    },
}

impl Asked<'_> {
    /// Whether what all rules of an action ask for is so.
    fn guard(self, action: &ActionPlan) -> Truth {
        match &action.guard {
            Some(condition) => {
                look::holds(condition, self.call, self.unseen, &|| self.is_named(action))
            }
            None => Truth::Yes,
        }
    }
}

/// What a rule says.
fn by_rule(asked: Asked<'_>, action: &ActionPlan, rule: &Rule) -> Said {
    match &rule.verdict {
        Verdict::Always => Said::Yes,
        Verdict::Never => Said::No,
        Verdict::Possible(_) => Said::Perhaps { likely: rule.likely },
        Verdict::When(condition) => {
            let named = || asked.is_named(action);
            match look::holds(condition, asked.call, asked.unseen, &named) {
                Truth::Yes => Said::Yes,
                Truth::No => Said::No,
                // The own action of an operation is what its ordinary calls need.
                Truth::Unknown if action.class == Class::Own => Said::Yes,
                Truth::Unknown => Said::Perhaps { likely: rule.likely },
            }
        }
    }
}

/// What an action's class says where no rule does.
fn by_class(asked: Asked<'_>, action: &ActionPlan) -> Said {
    let visible = asked.call.source != Source::Csm;
    let certain = |needed| if needed { Said::Yes } else { Said::No };
    match action.class {
        Class::Own => Said::Yes,
        Class::Tag if visible => certain(carries_tags(asked.call)),
        Class::Role if visible => {
            let named = resources::roles(asked.call).next().is_some();
            // What is no role is said to be none, by the action that gets nothing.
            certain(named || asked.wrong_role(action).is_some())
        }
        Class::Role if asked.plan.requires_role => Said::Yes,
        Class::Tag | Class::Role | Class::Listed => Said::Perhaps { likely: action.common },
    }
}

fn requirement(
    asked: Asked<'_>,
    action: &ActionPlan,
    rule: Option<&Rule>,
    certainty: Certainty,
) -> (Requirement, Option<Wrong>) {
    let on: &[Target] = rule.map_or(&[], |rule| &rule.on);
    let found = asked.resources(action, on);
    let mut conditions = action.conditions.clone();
    let via = rule.and_then(|rule| rule.via.as_deref());
    if let Some(service) = via
        && action.class == Class::Role
    {
        let value = format!("{service}.amazonaws.com");
        set(&mut conditions, "StringEquals", "iam:PassedToService", value);
    } else if let Some(service) = via {
        let region = asked.place.region.filter(|it| !it.ends_with("-global"));
        let suffix = Catalog::embedded()
            .partitions()
            .find(|it| it.id() == asked.call.partition)
            .map_or("amazonaws.com", |it| it.dns_suffix());
        // docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
        let operator = if region.is_some() { "StringEquals" } else { "StringLike" };
        let value = format!("{service}.{}.{suffix}", region.unwrap_or("*"));
        set(&mut conditions, operator, "kms:ViaService", value);
    }
    if let Some(alias) = found.alias {
        // docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-request-alias
        if via.is_some() {
            set(&mut conditions, "ForAnyValue:StringEquals", "kms:ResourceAliases", alias);
        } else {
            set(&mut conditions, "StringEquals", "kms:RequestAlias", alias);
        }
    }
    let requirement = Requirement {
        action: action.name.clone(),
        resources: found.arns,
        conditions,
        reason: reason(asked, action, rule),
        certainty,
    };
    (requirement, found.wrong)
}

fn reason(asked: Asked<'_>, action: &ActionPlan, rule: Option<&Rule>) -> Reason {
    match action.class {
        Class::Role => Reason::Role,
        _ if rule.is_some_and(|rule| rule.via.is_some()) => Reason::ForwardAccess,
        Class::Own if asked.operation.permission() == catalog::Permission::SameName => {
            Reason::SameName
        }
        Class::Own => Reason::Operation,
        Class::Tag => Reason::Tag,
        Class::Listed => Reason::Rule,
    }
}

fn set(conditions: &mut Conditions, operator: &'static str, key: &'static str, value: String) {
    let keys = conditions.entry(Name::Borrowed(operator)).or_default();
    keys.insert(Name::Borrowed(key), vec![value]);
}

/// Adds a requirement, to one of the same action under the same conditions if there is one.
fn merge(requirements: &mut Vec<Requirement>, new: Requirement) {
    let known = requirements
        .iter_mut()
        .find(|it| it.action == new.action && it.conditions == new.conditions);
    let Some(known) = known else { return requirements.push(new) };
    for resource in new.resources {
        if !known.resources.contains(&resource) {
            known.resources.push(resource);
        }
    }
    if new.certainty == Certainty::Certain {
        known.certainty = Certainty::Certain;
    }
}

/// Whether the request carries tags: a member such as `Tags`, `TagSpecifications` or `Tagging` that
/// is not empty.
fn carries_tags(call: &Call) -> bool {
    call.parameters.iter().any(|(name, value)| are_tags(name, value, 0))
}

fn are_tags(name: &str, value: &Value, depth: usize) -> bool {
    let is_full = match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    // `DistributionConfigWithTags.Tags`
    is_tags(name) && is_full
        || depth == 0
            && value.as_object().is_some_and(|members| {
                members.iter().any(|(name, value)| are_tags(name, value, depth + 1))
            })
}
