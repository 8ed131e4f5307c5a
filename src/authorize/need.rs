//! Whether a call needs an action, by its rules and its class, and what it then needs of it.

use serde_json::Value;

use super::arn::literal;
use super::asked::{Asked, roles};
use super::look::{self, Truth};
use super::plan::ActionPlan;
use super::refusal::Wrong;
use super::requirement::{Certainty, Conditions, Reason, Requirement};
use crate::call::{Call, Name, Source};
use crate::catalog::naming::is_tags;
use crate::catalog::rule::{Rule, Target, Verdict, With};
use crate::catalog::{Catalog, Class, Permission};

/// Whether a call needs an action.
pub(super) enum Needed {
    Yes,
    No,
    /// The request does not tell, or is out of sight.
    Perhaps {
        likely: bool,
    },
}

impl Asked<'_> {
    /// Whether what all rules of an action ask for is so.
    pub(super) fn guard(self, action: &ActionPlan) -> Truth {
        match &action.guard {
            Some(condition) => {
                look::holds(condition, self.call, self.unseen, &|| self.is_named(action))
            }
            None => Truth::Yes,
        }
    }
}

/// What a rule says.
pub(super) fn by_rule(asked: Asked<'_>, action: &ActionPlan, rule: &Rule) -> Needed {
    match &rule.verdict {
        Verdict::Always => Needed::Yes,
        Verdict::Never => Needed::No,
        Verdict::Possible(_) => Needed::Perhaps { likely: rule.likely },
        Verdict::When(condition) => {
            let named = || asked.is_named(action);
            match look::holds(condition, asked.call, asked.unseen, &named) {
                Truth::Yes => Needed::Yes,
                Truth::No => Needed::No,
                // The own action of an operation is what its ordinary calls need.
                Truth::Unknown if action.class == Class::Own => Needed::Yes,
                Truth::Unknown => Needed::Perhaps { likely: rule.likely },
            }
        }
    }
}

/// What an action's class says where no rule does.
pub(super) fn by_class(asked: Asked<'_>, action: &ActionPlan) -> Needed {
    let visible = asked.call.source != Source::Csm;
    let certain = |needed| if needed { Needed::Yes } else { Needed::No };
    match action.class {
        Class::Own => Needed::Yes,
        Class::Tag if visible => certain(carries_tags(asked.call)),
        Class::Role if visible => {
            let named = roles(asked.call).next().is_some();
            // What is no role is said to be none, by the action that gets nothing.
            certain(named || asked.wrong_role(action).is_some())
        }
        Class::Role if asked.plan.requires_role => Needed::Yes,
        Class::Tag | Class::Role | Class::Listed => Needed::Perhaps { likely: action.common },
    }
}

/// What the call needs of an action by a rule, and what is wrong with what it names.
pub(super) fn requirement(
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
    if let Some(with) = rule.and_then(|rule| rule.with.as_ref()) {
        add_condition(with, asked.call, &mut conditions);
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
        Class::Own if asked.operation.permission() == Permission::SameName => Reason::SameName,
        Class::Own => Reason::Operation,
        Class::Tag => Reason::Tag,
        Class::Listed => Reason::Rule,
    }
}

/// Adds what a rule says that the policy asks for, where the call has it.
fn add_condition(with: &With, call: &Call, conditions: &mut Conditions) {
    let seen = look::values(&with.value, call).into_iter();
    let mut values: Vec<String> = seen.map(|it| literal(&it.text).into_owned()).collect();
    values.sort();
    values.dedup();
    if !values.is_empty() {
        let operator = if with.any { "ForAnyValue:StringEquals" } else { "StringEquals" };
        let keys = conditions.entry(Name::Borrowed(operator)).or_default();
        keys.insert(Name::Owned(with.key.clone()), values);
    }
}

/// Adds a condition, or puts it in the place of one on the same key.
pub(super) fn set(
    conditions: &mut Conditions,
    operator: &'static str,
    key: &'static str,
    value: String,
) {
    let keys = conditions.entry(Name::Borrowed(operator)).or_default();
    keys.insert(Name::Borrowed(key), vec![value]);
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
