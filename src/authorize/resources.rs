//! From an action's resource types and a call to the ARNs that the call acts on.

use std::borrow::Cow;

use serde_json::Value;

use super::{s3_objects, values};

use crate::call::{Call, Source};
use crate::catalog::{Action, Authorized, Class, Operation, ResourceType};

/// Where a call took place; `None` is written as `*`.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) partition: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

/// The list of ARNs is for people to read: past this many patterns for one action, those that differ only
/// after the account are written as one (`arn:aws:ec2:eu-west-1:111122223333:*`).
const MOST_PATTERNS: usize = 8;

/// The ARNs or patterns for an action that the operation needs; `*` where the action has no
/// resource types.
pub(super) fn of(
    authorized: Authorized,
    operation: Operation,
    place: Place<'_>,
    call: &Call,
) -> Vec<String> {
    if authorized.class() == Class::Role {
        let roles: Vec<String> = roles(call).map(str::to_owned).collect();
        if !roles.is_empty() {
            return roles;
        }
    }
    if let Some(objects) = s3_objects::of(authorized.action(), operation, place, call) {
        return objects;
    }
    let mut patterns: Vec<String> = Vec::new();
    for format in formats(authorized, operation, call) {
        for pattern in named_by(format, place, call) {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
    }
    if patterns.is_empty() {
        patterns.push("*".to_owned());
    }
    shortened(patterns)
}

/// ARNs of roles anywhere in the request.
pub(super) fn roles(call: &Call) -> impl Iterator<Item = &str> {
    fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
        match value {
            Value::String(text) => Box::new(std::iter::once(text.as_str())),
            Value::Array(items) => Box::new(items.iter().flat_map(strings)),
            Value::Object(members) => Box::new(members.values().flat_map(strings)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Box::new(std::iter::empty()),
        }
    }
    call.parameters.values().flat_map(strings).filter(|text| {
        let mut fields = text.splitn(6, ':');
        fields.next() == Some("arn")
            && fields.nth(1) == Some("iam")
            && fields.nth(2).is_some_and(|resource| resource.starts_with("role/"))
    })
}

/// The ARN formats of the resource types that the call can act on.
fn formats(
    authorized: Authorized,
    operation: Operation,
    call: &Call,
) -> impl Iterator<Item = &'static str> {
    let action = authorized.action();
    let mut types: Vec<ResourceType> = Vec::new();
    let visible = call.source != Source::Csm;
    for resource in action.resources() {
        // What the action may act on but need not is out of sight in client-side monitoring, and a policy
        // without it would refuse the call; in a visible request it is there or not.
        let acted_on = resource.required || !visible || named(resource.resource_type, call);
        if acted_on {
            types.push(resource.resource_type);
        }
    }
    if types.is_empty() {
        types.extend(action.resources().map(|resource| resource.resource_type));
    }
    // A call that may name a resource, but need not, and names none, is authorised on everything:
    // `cloudwatch:ListMetrics` on `dataset/*` would refuse every ordinary ListMetrics.
    let any_named = action.resources().any(|it| named(it.resource_type, call));
    if authorized.class() == Class::Own && !any_named && !names_one(operation, action) {
        types.clear();
    }
    if authorized.class() == Class::Tag {
        types = tagged(action, operation, call);
    }
    // S3's actions take a bucket or an access point; the call names one of them.
    match call.parameters.get("Bucket").and_then(Value::as_str) {
        Some(arn) if arn.starts_with("arn:") => keep_if_any(&mut types, |kind| {
            kind.arn_formats().any(|format| format.contains("${AccessPointName}"))
        }),
        _ if action.prefix() == "s3" => keep_if_any(&mut types, |kind| {
            kind.arn_formats().any(|format| format.contains("${BucketName}"))
        }),
        _ => {}
    }
    types.into_iter().flat_map(ResourceType::arn_formats)
}

/// What tags are put on: what the request says (`TagSpecifications`), else what the operation makes, and
/// not everything that can carry tags or that the request names.
fn tagged(action: Action, operation: Operation, call: &Call) -> Vec<ResourceType> {
    let mut types: Vec<ResourceType> = action.resources().map(|it| it.resource_type).collect();
    let specified = call.parameters.get("TagSpecifications").and_then(Value::as_array);
    let specified = specified.into_iter().flatten();
    let specified: Vec<String> =
        specified.filter_map(|it| it.get("ResourceType")?.as_str()).map(letters).collect();
    if !specified.is_empty() {
        keep_if_any(&mut types, |kind| specified.contains(&letters(kind.name())));
        return types;
    }
    let own = operation.authorized().find(|it| it.class() == Class::Own);
    let made = own.into_iter().flat_map(|own| own.action().resources());
    let made: Vec<&str> = made.map(|resource| resource.resource_type.name()).collect();
    keep_if_any(&mut types, |kind| made.contains(&kind.name()));
    if made.is_empty() {
        // AWS gives the own action no resource type (`CreateEventSourceMapping`): its name says it.
        let operation = letters(operation.name());
        keep_if_any(&mut types, |kind| operation.contains(&letters(kind.name())));
    }
    types
}

/// Whether every call of the operation names a resource of the action: one is required, or there always is
/// one (an API Gateway path, `hub/default`), or a member that every request has says which.
fn names_one(operation: Operation, action: Action) -> bool {
    let resources = || action.resources();
    let mut formats = resources().flat_map(|it| it.resource_type.arn_formats());
    if resources().any(|it| it.required)
        || formats.any(|format| variables(last(format)).count() == 0)
    {
        return true;
    }
    let input = operation.input().into_iter();
    let required = input.flat_map(|it| it.members()).filter(|member| member.is_required());
    required.map(|member| letters(member.name)).any(|member| {
        let by_type = |kind: ResourceType| {
            let variables = kind.arn_formats().flat_map(|format| variables(last(format)));
            let names = variables.map(letters).chain([letters(kind.name())]);
            names.into_iter().any(|name| stem(&member) == stem(&name))
        };
        // `ResourceArn`, `Resources`, `ResourceId`: one of whatever types there are.
        member.starts_with("resource")
            || member.ends_with("arn")
            || resources().any(|it| by_type(it.resource_type))
    })
}

/// A name without what says that it is a name: `bucketname`, `bucket`, `bucketid` are one.
fn stem(name: &str) -> &str {
    ["identifier", "name", "ids", "id", "arns", "arn"]
        .into_iter()
        .find_map(|ending| name.strip_suffix(ending).filter(|stem| !stem.is_empty()))
        .unwrap_or(name)
}

/// The field of an ARN format that names the resource.
fn last(format: &'static str) -> &'static str {
    format.splitn(6, ':').last().unwrap_or_default()
}

/// The letters and digits of a name in lower case: `code signing config` is in `CreateCodeSigningConfig`.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

/// Keeps what `wanted` picks, or all when it picks none.
fn keep_if_any(types: &mut Vec<ResourceType>, wanted: impl Fn(&ResourceType) -> bool) {
    if types.iter().any(&wanted) {
        types.retain(wanted);
    }
}

/// Whether the request names a resource of this type: has a value for a variable of its format, or
/// an ARN of it.
fn named(kind: ResourceType, call: &Call) -> bool {
    kind.arn_formats().any(|format| {
        variables(last(format)).any(|variable| values::of(variable, call).is_some())
            || values::arns(call).any(|arn| values::has_format(arn, format))
    })
}

/// The names of the variables in a format: `function:${FunctionName}` has `FunctionName`.
fn variables(format: &'static str) -> impl Iterator<Item = &'static str> {
    format.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// What the call names of this format: its ARNs, else one that is made of its members.
fn named_by(format: &'static str, place: Place<'_>, call: &Call) -> Vec<String> {
    let told = variables(last(format)).all(|variable| values::of(variable, call).is_some());
    let arns: Vec<String> = values::arns(call)
        .filter(|arn| !told && values::has_format(arn, format))
        .map(|arn| values::literal(arn).into_owned())
        .collect();
    if !arns.is_empty() {
        return arns;
    }
    let pattern = filled(format, place, call);
    // CloudWatch Logs checks most actions on the group's ARN with `:*` behind it, some without
    // (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
    if told && last(format) == "log-group:${LogGroupName}" {
        return vec![format!("{pattern}:*"), pattern];
    }
    vec![pattern]
}

/// An ARN format with what is known put in and `*` for the rest, segment by segment.
fn filled(format: &'static str, place: Place<'_>, call: &Call) -> String {
    let access_point = call.parameters.get("Bucket").and_then(Value::as_str);
    let access_point = access_point.filter(|it| it.starts_with("arn:"));
    if let (Some(arn), Some((_, rest))) = (access_point, format.split_once("${AccessPointName}")) {
        return with_values(arn.to_owned(), rest, call);
    }
    let mut fields = format.splitn(6, ':');
    let mut arn = String::with_capacity(format.len() + 16);
    for index in 0..5 {
        let field = fields.next().unwrap_or_default();
        let known = match (index, field.starts_with("${")) {
            (1, true) => Some(place.partition),
            // `aws-global` is what SDKs call having no region.
            (3, true) => place.region.filter(|region| !region.ends_with("-global")),
            (4, true) => place.account,
            (_, true) => None,
            (_, false) => Some(field),
        };
        arn.push_str(known.unwrap_or("*"));
        arn.push(':');
    }
    with_values(arn, fields.next().unwrap_or_default(), call)
}

/// Appends the last field of a format to an ARN, its variables replaced.
fn with_values(mut arn: String, format: &'static str, call: &Call) -> String {
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((variable, after)) = after.split_once('}') else { break };
        arn.push_str(before);
        arn.push_str(&values::of(variable, call).unwrap_or(Cow::Borrowed("*")));
        rest = after;
    }
    arn.push_str(rest);
    arn
}

/// Many patterns as few: those of one service, region and account become one.
fn shortened(patterns: Vec<String>) -> Vec<String> {
    if patterns.len() <= MOST_PATTERNS {
        return patterns;
    }
    let owner = |pattern: &str| {
        let end = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(index, _)| index + 1);
        pattern[..end].to_owned()
    };
    let mut short: Vec<String> = Vec::new();
    for pattern in &patterns {
        let owner = owner(pattern);
        let alone = patterns.iter().filter(|other| other.starts_with(&owner)).count() == 1;
        let pattern = if alone { pattern.clone() } else { format!("{owner}*") };
        if !short.contains(&pattern) {
            short.push(pattern);
        }
    }
    short
}
