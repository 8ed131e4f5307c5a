//! What is known of an operation ahead of its calls: its actions with their rules, resource types, and which
//! members name what their ARN formats have variables for.

use std::collections::BTreeMap;

use super::arn::Format;
use super::requirement::Conditions;
use crate::call::Name;
use crate::catalog::naming::{self, Members, Named, is_tags, letters};
use crate::catalog::rule::{
    Condition, ENCRYPTION_KEY, ENCRYPTION_KEY_OF, Rule, Source, Step, Test, Value, Verdict,
};
use crate::catalog::{Action, Authorized, Catalog, Class, Operation, OwnedByAws, ResourceType};

/// An operation's actions.
pub(super) struct Plan {
    pub(super) actions: Vec<ActionPlan>,
    /// Whether every request of the operation names a role: then passing it is certain even when the
    /// request is not visible (`CreateFunction`).
    pub(super) requires_role: bool,
    /// The members of its input that have the tags of what it is about; none where they stand in another member.
    pub(super) tags: Vec<&'static str>,
    /// What its calls and answers tell of keys.
    pub(super) tells: Option<TellsKeys>,
    /// Whether its rules look at the key that another answer told of what is in its own.
    pub(super) looks_at_keys: bool,
    /// Whether its rules look at how a call ended: at its status or its error.
    pub(super) looks_at_outcome: bool,
}

/// What calls of an operation and their answers tell of keys.
pub(super) struct TellsKeys {
    /// The key, or an alias of it.
    pub(super) key: Vec<Value>,
    /// Of what: a resource that it encrypts, or a key that goes by the alias.
    pub(super) of: Vec<Value>,
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
    /// Whether every call of the operation names a resource of the action.
    pub(super) names_one: bool,
    /// The field of an ARN that its only rule asks for (`like 'arn:*:ec2:*'`): a request none of whose ARNs has it does not need the
    /// action. Operations that tag what any service has ask for hundreds.
    pub(super) only_with_field: Option<String>,
    /// Which of the types the operation makes, for an action that puts tags on it.
    pub(super) made: Option<usize>,
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
    /// Where the request names the region that the resource is in.
    pub(super) region: Vec<Value>,
    /// Where it names the account.
    pub(super) account: Vec<Value>,
    /// Which of the resources are AWS's own.
    pub(super) owned_by_aws: Vec<OwnedByAws>,
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
        let members = Members::of(operation);
        let actions: Vec<ActionPlan> =
            operation.authorized().map(|it| ActionPlan::of(&members, it)).collect();
        Plan {
            looks_at_keys: actions.iter().flat_map(|it| &it.rules).any(looks_at_keys),
            looks_at_outcome: actions.iter().any(looks_at_outcome),
            actions,
            requires_role: requires_role(operation),
            tags: own_tags(operation),
            tells: tells_keys(&members),
        }
    }
}

fn tells_keys(members: &Members) -> Option<TellsKeys> {
    let values = |wanted: &str| members.said(wanted).map(parsed);
    Some(TellsKeys { key: values(ENCRYPTION_KEY)?, of: values(ENCRYPTION_KEY_OF)? })
}

fn looks_at_outcome(action: &ActionPlan) -> bool {
    let guard = action.guard.iter().flat_map(Condition::values);
    let mut values = guard.chain(action.rules.iter().flat_map(Rule::values));
    values.any(|value| matches!(value.source, Source::Status | Source::Error))
}

fn looks_at_keys(rule: &Rule) -> bool {
    rule.values().into_iter().any(|value| match &value.source {
        Source::Answer(path) => path.rsplit('.').next() == Some(ENCRYPTION_KEY),
        _ => false,
    })
}

/// The members at the top of an operation's input that have the tags of what it is about. Beside `tags`, those of other
/// names are of something else: `amiTags`, `resourceTags`, `deviceCreationTags`.
fn own_tags(operation: Operation) -> Vec<&'static str> {
    let members = operation.input().into_iter().flat_map(|input| input.members());
    let mut names: Vec<&'static str> = members.map(|it| it.name).filter(|it| is_tags(it)).collect();
    let is_own = |name: &&str| {
        let name = name.to_ascii_lowercase();
        let plain = ["tags", "taglist", "tagset", "tagging", "tagspecifications"];
        plain.contains(&&*name)
    };
    if names.iter().any(is_own) {
        names.retain(is_own);
    }
    names
}

impl ActionPlan {
    fn of(members: &Members, authorized: Authorized) -> ActionPlan {
        let operation = members.operation();
        let action = authorized.action();
        let kinds: Vec<_> = action
            .resources()
            .map(|it| (it, it.resource_type.name(), variables(it.resource_type)))
            .collect();
        let mut types: Vec<TypePlan> = kinds
            .iter()
            .map(|&(it, name, _)| {
                let others = kinds.iter().filter(|(_, other, _)| *other != name);
                let others: Vec<&'static str> =
                    others.flat_map(|(_, _, variables)| variables).copied().collect();
                TypePlan {
                    name,
                    required: it.required,
                    formats: formats(members, action, it.resource_type, &others),
                }
            })
            .collect();
        let tags = authorized.class() == Class::Tag;
        let made = if tags { made(members, action, &mut types) } else { None };
        let guard = Some(authorized.guard()).filter(|guard| !guard.is_empty());
        let rules: Vec<Rule> =
            authorized.rules().filter_map(|text| Rule::parse(text, &|_| None).ok()).collect();
        ActionPlan {
            name: Name::Owned(in_policies(action)),
            class: authorized.class(),
            common: authorized.is_common(),
            // What does not parse does not pass the build.
            guard: guard.and_then(|text| Condition::parse(text, &|_| None).ok()),
            only_with_field: only_with_field(&rules),
            rules,
            conditions: conditions(operation, authorized),
            names_one: names_one(operation, &types),
            made,
            action,
            types,
        }
    }
}

/// The field of an ARN that the only rule asks for.
fn only_with_field(rules: &[Rule]) -> Option<String> {
    let [Rule { verdict: Verdict::When(Condition::Test(value, Test::Like(pattern))), .. }] = rules
    else {
        return None;
    };
    let field = pattern.strip_prefix("arn:*:")?.strip_suffix(":*")?;
    let is_plain = value.functions.is_empty() && value.path().is_some();
    (is_plain && !field.contains([':', '*', '?'])).then(|| field.to_owned())
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
    let planned = formats(&Members::of(operation), action, kind, &[]);
    let planned = planned.into_iter().find(|plan| plan.format.text == format);
    let variables = planned.into_iter().flat_map(|plan| plan.variables);
    variables.map(|variable| (variable.name, variable.named)).collect()
}

/// The type that the operation's name ends with, which is what it makes, and not what that is made of or stands in: the
/// asset of `CreateAsset`, whose own action is on the asset's model. Where AWS's list of what can carry tags lacks it
/// (MSK's replicators), it is added to the types. `None` where nothing is so called.
fn made(members: &Members, action: Action, types: &mut Vec<TypePlan>) -> Option<usize> {
    let name = letters(before_preposition(members.operation().name()));
    let length = |kind: &str| {
        let kind = letters(kind);
        let kind = kind.strip_suffix("resource").unwrap_or(&kind);
        let one = kind.strip_suffix('s').unwrap_or(kind);
        Some(one.len()).filter(|length| *length > 2 && name.ends_with(one))
    };
    let known = types.iter().enumerate().filter_map(|(at, it)| Some((length(it.name)?, at)));
    if let Some((_, at)) = known.max() {
        return Some(at);
    }
    let actions = Catalog::embedded().actions(action.prefix());
    let kinds = actions.flat_map(|it| it.resources()).map(|it| it.resource_type);
    let (_, kind) = kinds
        .filter_map(|kind| Some((length(kind.name())?, kind)))
        .max_by_key(|(length, _)| *length)?;
    types.push(TypePlan {
        name: kind.name(),
        required: false,
        formats: formats(members, action, kind, &[]),
    });
    Some(types.len() - 1)
}

/// `RestoreDBInstance` of `RestoreDBInstanceFromDBSnapshot`.
fn before_preposition(name: &str) -> &str {
    let is_word = |start: usize, word: &str| {
        name[..start].ends_with(|it: char| it.is_ascii_lowercase())
            && name[start + word.len()..].starts_with(|it: char| it.is_ascii_uppercase())
    };
    let words = ["By", "For", "From", "In", "To", "Using", "With"].into_iter();
    let starts = words.flat_map(|word| name.match_indices(word));
    let starts = starts.filter(|(start, word)| is_word(*start, word)).map(|(start, _)| start);
    starts.min().map_or(name, |end| &name[..end])
}

fn variables(kind: ResourceType) -> Vec<&'static str> {
    kind.arn_formats().flat_map(|format| naming::variables(Format::new(format).resource)).collect()
}

fn formats(
    members: &Members,
    action: Action,
    kind: ResourceType,
    others: &[&'static str],
) -> Vec<FormatPlan> {
    let plan = |text: &'static str| {
        let mut format = Format::new(text);
        let names: Vec<&'static str> = naming::variables(format.resource).collect();
        let is_own = |name: &&str| !others.contains(name);
        let any_own = names.iter().any(is_own);
        let last = names.len().saturating_sub(1);
        let variable = |(index, name): (usize, &&'static str)| Variable {
            name,
            named: members.named(action, kind, name, index == last),
            identifies: if any_own { is_own(name) } else { index == last },
        };
        let mut variables: Vec<Variable> = names.iter().enumerate().map(variable).collect();
        name_one_thing(&mut variables);
        let owned_by_aws = if format.fields[4].starts_with("${") {
            Catalog::embedded().owned_by_aws(format.fields[2]).collect()
        } else {
            Vec::new()
        };
        format.is_also_of_aws = !owned_by_aws.is_empty();
        FormatPlan {
            variables,
            region: place(members, action, kind, "Region"),
            account: place(members, action, kind, "Account"),
            owned_by_aws,
            format,
        }
    };
    kind.arn_formats().map(plan).collect()
}

/// Where requests of an operation name the region or the account of a type's resources: of this type, else of all that are
/// the operation's service's.
fn place(members: &Members, action: Action, kind: ResourceType, field: &str) -> Vec<Value> {
    if !members.says_anything() {
        return Vec::new();
    }
    let of_type = members.said(&format!("{}.{field}", kind.name()));
    let of_home = || members.said(field).filter(|_| members.home() == Some(action.prefix()));
    of_type.or_else(of_home).map(parsed).unwrap_or_default()
}

fn parsed(texts: &[&'static str]) -> Vec<Value> {
    texts.iter().filter_map(|text| Value::parse(text).ok()).collect()
}

/// One member does not name two things: `Name` is the database's when a rule says so, and then not the table's. What is called
/// like a variable is that one: a consumer's name is not the time of its creation, which is said behind it.
fn name_one_thing(variables: &mut [Variable]) {
    for index in 0..variables.len() {
        let Named::ByFirst(values) = &variables[index].named else { continue };
        let taken = variables.iter().enumerate().any(|(other, variable)| {
            let by_rule = matches!(variable.named, Named::ByAll(_));
            let (here, there) = (closeness(&variables[index]), closeness(variable));
            other != index
                && (by_rule || there > here || there == here && other > index)
                && !values.is_empty()
                && values.iter().all(|value| variable.named.values().contains(value))
        });
        if taken {
            variables[index].named = Named::ByFirst(Vec::new());
        }
    }
}

/// How much the first member that fills a variable is called like it: `TemplateName` is `${TemplateName}` and not
/// `${TemplateType}`.
fn closeness(variable: &Variable) -> u8 {
    let named = variable.named.values().first().and_then(Value::path);
    let member = named.into_iter().flatten().rev().find_map(|step| match step {
        Step::Member(name) => Some(naming::letters(name)),
        _ => None,
    });
    let (Some(member), wanted) = (member, naming::letters(variable.name)) else { return 0 };
    let wanted = wanted.strip_suffix("withpath").unwrap_or(&wanted);
    if member == wanted { 2 } else { u8::from(naming::stem(&member) == naming::stem(wanted)) }
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
