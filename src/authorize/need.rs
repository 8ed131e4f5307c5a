//! Whether a call needs an action, by its rules and its class, and what it then needs of it.

use serde_json::Value;

use super::arn::literal;
use super::asked::Asked;
use super::conditions::{narrow_linked_role, set};
use super::look::{self, Truth};
use super::plan::ActionPlan;
use super::refusal::Wrong;
use super::requirement::{Certainty, Conditions, Reason, Requirement};
use super::told::OF_AWS;
use crate::call::{Name, Source};
use crate::catalog::naming::is_tags;
use crate::catalog::rule::{Condition, Rule, Target, Value as Looked, Verdict, With};
use crate::catalog::{Catalog, Class, Permission};

/// Whether a call needs an action.
pub(super) enum Needed {
    Yes,
    No,
    /// Not of the whole call, but it may be so of an item of a list.
    OfItems,
    /// The request does not tell, or is out of sight.
    Perhaps {
        likely: bool,
    },
}

impl Asked<'_> {
    /// Whether a rule's condition holds beside a value.
    fn is_meant_beside(
        self,
        action: &ActionPlan,
        when: Option<&Condition>,
        value: &Looked,
        seen: &look::Seen<'_>,
    ) -> bool {
        let Some(condition) = when else { return true };
        let named = || self.is_named(action);
        let beside = [(value, seen.items.clone())];
        look::holds_beside(condition, self.call, self.unseen, &named, &beside) != Truth::No
    }

    /// Adds what a rule says that the policy asks for, where the call has it.
    fn add_condition(
        self,
        action: &ActionPlan,
        when: Option<&Condition>,
        with: &With,
        conditions: &mut Conditions,
    ) {
        let seen = look::values(&with.value, self.call).into_iter();
        let meant = seen.filter(|it| self.is_meant_beside(action, when, &with.value, it));
        let mut values: Vec<String> = meant.map(|it| literal(&it.text).into_owned()).collect();
        values.sort();
        values.dedup();
        if !values.is_empty() {
            let operator = match with {
                With { any: true, .. } => "ForAnyValue:StringEquals",
                With { is_bool: true, .. } => "Bool",
                _ => "StringEquals",
            };
            let keys = conditions.entry(Name::Borrowed(operator)).or_default();
            keys.insert(Name::Owned(with.key.clone()), values);
        }
    }

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
        Verdict::Possible(_, None) => Needed::Perhaps { likely: rule.likely },
        Verdict::Possible(_, Some(condition)) => {
            let named = || asked.is_named(action);
            match look::holds(condition, asked.call, asked.unseen, &named) {
                Truth::No => Needed::No,
                Truth::Yes | Truth::Unknown => Needed::Perhaps { likely: rule.likely },
            }
        }
        Verdict::When(condition) => {
            let named = || asked.is_named(action);
            match look::holds(condition, asked.call, asked.unseen, &named) {
                Truth::Yes => Needed::Yes,
                Truth::No if look::is_by_item(condition) => Needed::OfItems,
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
        Class::Tag if visible => certain(carries_tags(asked)),
        Class::Role if visible => {
            let named = asked.roles().next().is_some();
            // What is no role is said to be none, by the action that gets nothing.
            certain(named || asked.wrong_role(action).is_some())
        }
        Class::Role if asked.plan.requires_role => Needed::Yes,
        Class::Tag | Class::Role | Class::Listed => Needed::Perhaps { likely: action.common },
    }
}

/// What the call needs of an action by a rule, what is wrong with what it names, and whether the rule holds beside an item of
/// a list.
pub(super) fn requirement(
    asked: Asked<'_>,
    action: &ActionPlan,
    rule: Option<&Rule>,
    certainty: Certainty,
) -> (Requirement, Option<Wrong>, bool) {
    let on: &[Target] = rule.map_or(&[], |rule| &rule.on);
    let when = rule.and_then(Rule::condition);
    let mut found = Asked { when, ..asked }.resources(action, on);
    let mut conditions = action.conditions.clone();
    let via: &[String] = rule.map_or(&[], |rule| &rule.via);
    if action.class == Class::Role && !via.is_empty() {
        let values = via.iter().map(|service| format!("{service}.amazonaws.com")).collect();
        set(&mut conditions, "StringEquals", "iam:PassedToService", values);
    } else if let [service, ..] = via
        && !asked.linked_role(action, service, &mut found)
    {
        let region = asked.place.region.filter(|it| !it.ends_with("-global"));
        let catalog = Catalog::embedded();
        let partition = catalog
            .partitions()
            .find(|it| it.id() == asked.call.partition)
            .unwrap_or_else(|| catalog.partition_for_region(region.unwrap_or_default()));
        let operator = if region.is_some() { "StringEquals" } else { "StringLike" };
        let values = partition.via_service(service, region.unwrap_or("*"));
        set(&mut conditions, operator, "kms:ViaService", values);
    }
    if let Some(with) = rule.and_then(|rule| rule.with.as_ref()) {
        asked.add_condition(action, when, with, &mut conditions);
    }
    let is_of_aws = found.alias.as_deref().is_some_and(|alias| alias.starts_with(OF_AWS));
    if is_of_aws && !via.is_empty() {
        // Its key policy lets everyone in the account use a key of AWS's through the service
        // (docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html).
        found.arns.clear();
    }
    if let Some(alias) = found.alias {
        // docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-request-alias
        if via.is_empty() {
            set(&mut conditions, "StringEquals", "kms:RequestAlias", vec![alias]);
        } else {
            set(&mut conditions, "ForAnyValue:StringEquals", "kms:ResourceAliases", vec![alias]);
        }
    }
    if let [resource] = &*found.arns {
        narrow_linked_role(action.action, resource, &mut conditions);
    }
    let requirement = Requirement {
        action: action.name.clone(),
        resources: found.arns,
        conditions,
        reason: reason(asked, action, rule),
        certainty,
    };
    (requirement, found.wrong, found.by_item)
}

fn reason(asked: Asked<'_>, action: &ActionPlan, rule: Option<&Rule>) -> Reason {
    match action.class {
        Class::Role => Reason::Role,
        _ if rule.is_some_and(|rule| !rule.via.is_empty()) => Reason::ForwardAccess,
        Class::Own if asked.operation.permission() == Permission::SameName => Reason::SameName,
        Class::Own => Reason::Operation,
        Class::Tag => Reason::Tag,
        Class::Listed => Reason::Rule,
    }
}

/// Whether the request carries tags of what it is about: a member such as `Tags`, `TagSpecifications` or `Tagging` that is
/// not empty.
fn carries_tags(asked: Asked<'_>) -> bool {
    let parameters = &asked.call.parameters;
    if !asked.plan.tags.is_empty() {
        return asked.plan.tags.iter().any(|name| {
            parameters.get(*name).is_some_and(|value| {
                // `DistributionConfigWithTags.Tags`
                are_tags(value) && value.get("Tags").is_none_or(are_tags)
            })
        });
    }
    let within = |value: &Value| {
        let members = value.as_object();
        members.is_some_and(|it| it.iter().any(|(name, value)| is_tags(name) && are_tags(value)))
    };
    parameters.values().any(within)
}

/// Whether a member that is called like tags has any.
fn are_tags(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        // Of `TagSpecifications`, each has what it is for beside its tags.
        Value::Array(items) => items.iter().any(|item| match item.get("ResourceType") {
            Some(_) => item.get("Tags").is_some_and(are_tags),
            None => true,
        }),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
