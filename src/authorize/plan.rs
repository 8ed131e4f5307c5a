//! What is known of an operation ahead of its calls: its actions with their rules, resource types, and which
//! members name what their ARN formats have variables for.

use std::collections::BTreeMap;

use super::Conditions;
use super::arn::Format;
use crate::call::Name;
use crate::catalog::naming::{self, Named};
use crate::catalog::rule::{Condition, Rule, Step, Value};
use crate::catalog::{Action, Authorized, Class, Operation, ResourceType};

/// An operation's actions.
pub(super) struct Plan {
    pub(super) actions: Vec<ActionPlan>,
    /// Whether every request of the operation names a role: then passing it is certain even when the
    /// request is not visible (`CreateFunction`).
    pub(super) requires_role: bool,
    /// Where the request names the account of its resources.
    pub(super) account: Vec<Value>,
}

/// An action that an operation can need.
pub(super) struct ActionPlan {
    pub(super) action: Action,
    pub(super) name: Name,
    pub(super) class: Class,
    /// Included by default where the request is not visible.
    pub(super) common: bool,
    pub(super) guard: Option<Condition>,
    pub(super) rules: Vec<Rule>,
    pub(super) conditions: Conditions,
    pub(super) types: Vec<TypePlan>,
    /// Whether it is an action of the operation's service.
    pub(super) is_home: bool,
    /// Whether every call of the operation names a resource of the action.
    pub(super) names_one: bool,
}

/// A resource type of an action.
pub(super) struct TypePlan {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) formats: Vec<FormatPlan>,
}

/// An ARN format of a resource type.
pub(super) struct FormatPlan {
    pub(super) format: Format,
    /// In the order in which they stand in the format.
    pub(super) variables: Vec<Variable>,
}

/// A variable of an ARN format.
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) named: Named,
    /// Whether a value for it says that the request names a resource of the type: other types of the action do
    /// not have it.
    pub(super) identifies: bool,
}

impl Plan {
    /// Works it out; some microseconds to a millisecond, once per operation.
    pub(super) fn of(operation: Operation) -> Plan {
        Plan {
            actions: operation.authorized().map(|it| ActionPlan::of(operation, it)).collect(),
            requires_role: requires_role(operation),
            account: operation
                .variables()
                .filter(|(name, _)| *name == "Account")
                .flat_map(|(_, texts)| texts)
                .filter_map(|text| Value::parse(text).ok())
                .collect(),
        }
    }
}

impl ActionPlan {
    fn of(operation: Operation, authorized: Authorized) -> ActionPlan {
        let action = authorized.action();
        let types: Vec<TypePlan> = action
            .resources()
            .map(|it| {
                let others: Vec<&'static str> = action
                    .resources()
                    .filter(|other| other.resource_type.name() != it.resource_type.name())
                    .flat_map(|other| variables(other.resource_type))
                    .collect();
                TypePlan {
                    name: it.resource_type.name(),
                    required: it.required,
                    formats: formats(operation, action, it.resource_type, &others),
                }
            })
            .collect();
        let guard = Some(authorized.guard()).filter(|guard| !guard.is_empty());
        ActionPlan {
            name: Name::Owned(in_policies(action)),
            class: authorized.class(),
            common: authorized.is_common(),
            // What does not parse does not pass the build.
            guard: guard.and_then(|text| Condition::parse(text, &|_| None).ok()),
            rules: authorized
                .rules()
                .filter_map(|text| Rule::parse(text, &|_| None).ok())
                .collect(),
            conditions: conditions(operation, authorized),
            names_one: names_one(operation, &types),
            is_home: operation
                .authorized()
                .next()
                .is_some_and(|own| own.action().prefix() == action.prefix()),
            action,
            types,
        }
    }
}

/// What policies call an action: two have an asterisk in their names that AWS's list leaves out
/// (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html).
fn in_policies(action: Action) -> String {
    match (action.prefix(), action.name()) {
        ("lambda", "EnableReplication" | "DisableReplication") => format!("{action}*"),
        _ => action.to_string(),
    }
}

/// What fills the variables of an ARN format of a resource type of an action, in requests of an operation; in the order in
/// which they stand in the format.
pub fn variables_of(
    operation: Operation,
    action: Action,
    kind: ResourceType,
    format: &'static str,
) -> Vec<(&'static str, Named)> {
    let planned = formats(operation, action, kind, &[]);
    let planned = planned.into_iter().find(|plan| plan.format.text == format);
    let variables = planned.into_iter().flat_map(|plan| plan.variables);
    variables.map(|variable| (variable.name, variable.named)).collect()
}

fn variables(kind: ResourceType) -> Vec<&'static str> {
    kind.arn_formats().flat_map(|format| naming::variables(Format::new(format).resource)).collect()
}

fn formats(
    operation: Operation,
    action: Action,
    kind: ResourceType,
    others: &[&'static str],
) -> Vec<FormatPlan> {
    let plan = |text: &'static str| {
        let format = Format::new(text);
        let names: Vec<&'static str> = naming::variables(format.resource).collect();
        let is_own = |name: &&str| !others.contains(name);
        let any_own = names.iter().any(is_own);
        let last = names.len().saturating_sub(1);
        let variable = |(index, name): (usize, &&'static str)| Variable {
            name,
            named: naming::named(operation, action, kind, name, index == last),
            identifies: if any_own { is_own(name) } else { index == last },
        };
        let mut variables: Vec<Variable> = names.iter().enumerate().map(variable).collect();
        name_one_thing(&mut variables);
        FormatPlan { variables, format }
    };
    kind.arn_formats().map(plan).collect()
}

/// One member does not name two things: `Name` is the database's when a rule says so, and then not the table's.
fn name_one_thing(variables: &mut [Variable]) {
    for index in 0..variables.len() {
        let Named::ByFirst(values) = &variables[index].named else { continue };
        let taken = variables.iter().enumerate().any(|(other, variable)| {
            let by_rule = matches!(variable.named, Named::ByAll(_));
            other != index
                && (by_rule || other > index)
                && !values.is_empty()
                && values.iter().all(|value| variable.named.values().contains(value))
        });
        if taken {
            variables[index].named = Named::ByFirst(Vec::new());
        }
    }
}

/// Whether every call of the operation names a resource of the action: one is required, or there always is
/// one (an API Gateway path, `hub/default`), or a member that every request has says which.
fn names_one(operation: Operation, types: &[TypePlan]) -> bool {
    if types.iter().any(|it| it.required) {
        return true;
    }
    let mut formats = types.iter().flat_map(|it| &it.formats);
    if formats.any(|it| it.variables.is_empty()) {
        return true;
    }
    let required = operation.input().into_iter().flat_map(|it| it.members());
    let required: Vec<&str> = required.filter(|it| it.is_required()).map(|it| it.name).collect();
    let by_variable =
        types.iter().flat_map(|it| &it.formats).flat_map(|it| &it.variables).any(|it| {
            it.named.values().iter().any(|value| match value.path().and_then(<[_]>::first) {
                Some(Step::Member(name)) => required.contains(&&**name),
                _ => false,
            })
        });
    // `ResourceArn`, `Resources`, `ResourceId`: one of whatever types there are.
    by_variable
        || required.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            name.starts_with("resource") || (name.ends_with("arn") && !name.ends_with("rolearn"))
        })
}

fn requires_role(operation: Operation) -> bool {
    let is_role = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("role") || name.ends_with("rolearn")
    };
    let members = operation.input().into_iter().flat_map(|input| input.members());
    members.into_iter().any(|member| member.is_required() && is_role(member.name))
}

/// Conditions that AWS's map gives, and the one by which EC2 ties tags to what is being made
/// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html).
fn conditions(operation: Operation, authorized: Authorized) -> Conditions {
    let mut keys: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    for (key, values) in authorized.contexts() {
        keys.insert(Name::Borrowed(key), values.into_iter().map(str::to_owned).collect());
    }
    let action = authorized.action();
    let is_create_tags = (action.prefix(), action.name()) == ("ec2", "CreateTags");
    if is_create_tags && authorized.class() == Class::Tag && operation.service().name() == "ec2" {
        keys.insert(Name::Borrowed("ec2:CreateAction"), vec![operation.name().to_owned()]);
    }
    if keys.is_empty() {
        return Conditions::new();
    }
    Conditions::from([(Name::Borrowed("StringEquals"), keys)])
}
