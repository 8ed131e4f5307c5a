//! From the resource that a sentence names to what may stand in a policy: an ARN of a type that the action has.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use serde_json::Value as Json;

use super::sentence::{PROSE, Resource};
use crate::authorize::arn::{self, Format, Owner, Parts, Place};
use crate::call::Call;
use crate::catalog::{Action, ResourceType};
use crate::wildcard::is_like;

/// The longest ARN (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html> has `ResourceNameType`
/// with 2,048 characters).
const LONGEST: usize = 2_048;

/// The resource as a policy writes it, when it is one of a type that the action has.
pub(super) fn fitting(
    action: Action,
    said: Resource<'_>,
    call: &Call,
    place: Place<'_>,
) -> Option<String> {
    match said {
        Resource::Arn(text) => of_arn(action, text, call),
        Resource::Prose { kind, name } => of_prose(action, kind, name, place),
        Resource::Everything | Resource::Otherwise(_) => None,
    }
}

fn of_arn(action: Action, text: &str, call: &Call) -> Option<String> {
    // What may be secret in a sentence was left out, and stands as an ellipsis.
    let is_whole = text.len() <= LONGEST && !text.contains(|it: char| it.is_control() || it == '…');
    if !is_whole || !is_of_a_type(action, text) {
        return None;
    }
    let at = text.match_indices(':').nth(4).map(|(at, _)| at + 1)?;
    let (beginning, resource) = text.split_at(at);
    Some(format!("{beginning}{}", as_in_policy(resource, call)?))
}

/// Whether an ARN is of one of the action's types, and not of another one that says more of it: `arn:aws:s3:::b/k` is an object,
/// although a bucket's format has room for it.
fn is_of_a_type(action: Action, text: &str) -> bool {
    let Some(arn) = Parts::of(text) else { return false };
    let kinds = action.resources().map(|it| it.resource_type);
    let formats = kinds.flat_map(ResourceType::arn_formats).map(Format::new);
    let own = formats.filter(|it| it.matches_parts(&arn)).map(|it| literals(&it)).max();
    let Some(own) = own else { return false };
    let beside = beside(action);
    let mut closer = beside.iter().take_while(|it| it.0 > own);
    !closer.any(|(_, format)| format.matches_parts(&arn))
}

/// Formats with how much of them is given; those with most of it first.
type Formats = Arc<[(usize, Format)]>;
/// By prefix, the formats of all its types: a service has hundreds of them, and sentences come in great numbers.
static BESIDE: LazyLock<RwLock<HashMap<&'static str, Formats>>> = LazyLock::new(RwLock::default);

/// The formats of all types of the action's prefix.
fn beside(action: Action) -> Formats {
    let prefix = action.prefix();
    // What a thread left behind that was ended is still what was found.
    let known = BESIDE.read().unwrap_or_else(PoisonError::into_inner).get(prefix).cloned();
    if let Some(known) = known {
        return known;
    }
    let formats = action.types_beside().flat_map(ResourceType::arn_formats).map(Format::new);
    let mut formats: Vec<_> = formats.map(|format| (literals(&format), format)).collect();
    formats.sort_by_key(|it| std::cmp::Reverse(it.0));
    let formats: Formats = formats.into();
    let mut all = BESIDE.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(prefix).or_insert(formats))
}

/// How many characters of a format's resource are given. Where some formats have a variable, others have `*`.
fn literals(format: &Format) -> usize {
    let stars = format.resource.matches('*').count();
    let variables = format.resource.split("${").skip(1);
    let variables: usize =
        variables.map(|it| it.find('}').map_or(0, |end| end + "${}".len())).sum();
    format.resource.len().saturating_sub(variables + stars)
}

/// A resource with what is literal in it written so. A `*` is AWS's own where it stands for a whole name (`instance/*` of what does
/// not exist yet), and then a wildcard; where a name of the request has it (an object `uploads/*`) it is that character.
/// Any other `*` is nothing that AWS writes.
fn as_in_policy(resource: &str, call: &Call) -> Option<String> {
    if !resource.contains(['*', '?', '$']) {
        return Some(resource.to_owned());
    }
    let mut names: Vec<&str> = call
        .parameters
        .values()
        .flat_map(strings)
        .filter(|name| name.contains(['*', '?']) && resource.contains(name))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let is_edge = |letter: Option<char>| letter.is_none_or(|it| it == '/' || it == ':');
    let mut text = String::with_capacity(resource.len() + 8);
    let mut rest = resource;
    let mut before = None;
    while let Some(letter) = rest.chars().next() {
        let whole = |name: &&&str| {
            let behind = rest.strip_prefix(**name);
            behind.is_some_and(|behind| is_edge(behind.chars().next()))
        };
        if is_edge(before)
            && let Some(name) = names.iter().find(whole)
        {
            text.push_str(&arn::literal(name));
            before = name.chars().last();
            rest = &rest[name.len()..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' if is_edge(before) && is_edge(rest.chars().next()) => text.push('*'),
            '*' => return None,
            other => text.push_str(&arn::literal(other.encode_utf8(&mut [0; 4]))),
        }
        before = Some(letter);
    }
    Some(text)
}

/// The texts anywhere in a value.
fn strings(value: &Json) -> Vec<&str> {
    match value {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().flat_map(strings).collect(),
        Json::Object(members) => members
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.as_str()).chain(strings(value)))
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => Vec::new(),
    }
}

/// `role app` is the role of that name, if the action has roles.
fn of_prose(action: Action, kind: &str, name: &str, place: Place<'_>) -> Option<String> {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: names have letters, digits and these.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(is_name) {
        return None;
    }
    let (_, wanted) = PROSE.iter().find(|(prose, _)| *prose == kind)?;
    let kinds = action.resources().map(|it| it.resource_type);
    let formats = kinds.filter(|it| it.name() == *wanted).flat_map(ResourceType::arn_formats);
    let format = formats.map(Format::new).find(|format| {
        format.fields[2] == "iam" && format.resource.starts_with(&format!("{wanted}/"))
    })?;
    let owner = Owner {
        partition: place.partition,
        region: place.region.unwrap_or("*"),
        account: place.account.unwrap_or("*"),
    };
    Some(format!("{}{wanted}/{name}", format.beginning(owner)))
}

/// Whether a pattern of a policy has all that another has, as far as is seen at once.
pub(super) fn covers(pattern: &str, resource: &str) -> bool {
    // `${*}` is one character to IAM, and would be any text to the comparison.
    pattern == resource || (!pattern.contains("${") && is_like(resource, pattern))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::authorize::tests::{heard, with};
    use crate::catalog::Catalog;

    const IAM: &str = "arn:aws:iam::111122223333:";

    fn action(name: &str) -> Action {
        let (prefix, name) = name.split_once(':').unwrap();
        Catalog::embedded().action(prefix, name).unwrap()
    }

    fn fit(name: &str, arn: &str, parameters: Json) -> Option<String> {
        of_arn(action(name), arn, &with(heard("s3", "GetObject"), parameters))
    }

    #[test]
    fn an_arn_is_of_a_type_that_the_action_has() {
        for (name, arn) in [
            ("s3:GetObject", "arn:aws:s3:::b/some/key with spaces.txt"),
            ("s3:ListBucket", "arn:aws:s3:::b"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/service-role/app"),
            ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ("ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0"),
            ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*"),
            (
                "cloudformation:CreateChangeSet",
                "arn:aws:cloudformation:eu-west-1:111122223333:stack/simple/*",
            ),
            ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"),
            (
                "logs:DescribeLogStreams",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x:log-stream:",
            ),
            (
                "iam:CreateServiceLinkedRole",
                "arn:aws:iam::111122223333:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents",
            ),
        ] {
            assert_eq!(fit(name, arn, json!({})).as_deref(), Some(arn), "{name}");
        }
        for (name, arn) in [
            // Of another type, whatever a loose format has room for.
            ("s3:ListBucket", "arn:aws:s3:::b/k"),
            ("s3:GetObject", "arn:aws:s3:::b"),
            ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"),
            ("iam:AttachUserPolicy", "arn:aws:iam::111122223333:role/app"),
            ("iam:PassRole", "arn:aws:s3:::b"),
            ("iam:PassRole", "arn:*:iam::*:role/app"),
            ("iam:PassRole", "arn:aws:iam::*:role/app"),
            ("iam:PassRole", "arn:aws:iam::1:role/app"),
            ("iam:PassRole", "arn:aws-x:iam::111122223333:role/app"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/"),
            ("iam:PassRole", "arn:aws:iam::111122223333:*"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/a*"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/a\u{1b}[2J"),
            ("dynamodb:GetItem", "arn:aws:dynamodb:EU:111122223333:table/t"),
            ("dynamodb:GetItem", "arn:aws:dynamodb:*:111122223333:table/t"),
            ("s3:GetObject", "arn:aws:s3:::*"),
            ("s3:GetObject", "arn:aws:s3:::b/a …"),
            ("s3:GetObject", "*"),
            ("s3:GetObject", ""),
        ] {
            assert_eq!(fit(name, arn, json!({})), None, "{name} {arn}");
        }
        let long = format!("arn:aws:s3:::b/{}", "k".repeat(LONGEST));
        assert_eq!(fit("s3:GetObject", &long, json!({})), None);
    }

    /// Over the whole catalogue: what has the format of a type that an action has is fitting, as it is.
    #[test]
    fn every_type_of_every_action_has_fitting_arns() {
        let call = heard("s3", "GetObject");
        let mut seen = std::collections::HashSet::new();
        let catalog = Catalog::embedded();
        for action in catalog.prefixes().flat_map(|prefix| catalog.actions(prefix)) {
            for kind in action.resources().map(|it| it.resource_type) {
                for format in kind.arn_formats() {
                    if !seen.insert((action.prefix(), format)) {
                        continue;
                    }
                    let mut arn = String::new();
                    for (index, part) in format.splitn(6, ':').enumerate() {
                        arn.push_str(if index > 0 { ":" } else { "" });
                        arn.push_str(&match index {
                            1 if part.starts_with("${") => "aws".to_owned(),
                            3 if part.starts_with("${") || part == "*" => "eu-west-1".to_owned(),
                            4 if part.starts_with("${") || part == "*" => "111122223333".to_owned(),
                            _ => filled(part),
                        });
                    }
                    assert_eq!(of_arn(action, &arn, &call), Some(arn), "{action} {format}");
                }
            }
        }
        assert!(seen.len() > 1_000);
    }

    /// A format with a name in the place of each variable.
    fn filled(format: &str) -> String {
        let names =
            format.split("${").enumerate().map(|(index, part)| match part.split_once('}') {
                Some((_, rest)) if index > 0 => format!("name{index}{rest}"),
                _ => part.to_owned(),
            });
        names.collect()
    }

    #[test]
    fn a_star_of_the_request_is_a_character_and_one_of_aws_a_wildcard() {
        let object = |key: &str, parameters| {
            fit("s3:GetObject", &format!("arn:aws:s3:::b/{key}"), parameters)
        };
        let is = |key: &str| Some(format!("arn:aws:s3:::b/{key}"));
        assert_eq!(object("uploads/*", json!({"Key": "uploads/*"})), is("uploads/${*}"));
        assert_eq!(object("*", json!({"Key": "*"})), is("${*}"));
        assert_eq!(object("a*b?c$d", json!({"Key": "a*b?c$d"})), is("a${*}b${?}c${$}d"));
        assert_eq!(object("a?c", json!({})), is("a${?}c"));
        assert_eq!(object("a*c", json!({})), None);
        assert_eq!(object("uploads/*", json!({"Key": "other/*"})), is("uploads/*"));
        let objects = json!({"Delete": {"Objects": [{"Key": "x"}, {"Key": "d/*"}]}});
        assert_eq!(object("d/*", objects), is("d/${*}"));
    }

    #[test]
    fn prose_is_the_type_with_that_name() {
        let place = Place { partition: "aws", region: None, account: Some("111122223333") };
        let prose = |name: &str, kind, named| of_prose(action(name), kind, named, place);
        assert_eq!(prose("iam:GetRole", "role", "app"), Some(format!("{IAM}role/app")));
        assert_eq!(prose("iam:GetPolicy", "policy", "p"), Some(format!("{IAM}policy/p")));
        assert_eq!(prose("iam:GetUser", "user", "u"), Some(format!("{IAM}user/u")));
        assert_eq!(prose("iam:GetGroup", "group", "g"), Some(format!("{IAM}group/g")));
        assert_eq!(
            prose("iam:GetInstanceProfile", "instance profile", "w"),
            Some(format!("{IAM}instance-profile/w"))
        );
        for (name, kind, named) in [
            ("iam:GetRole", "user", "u"),
            ("iam:GetRole", "role", "*"),
            ("iam:GetRole", "role", "a/*"),
            ("iam:GetRole", "role", ""),
            ("iam:ListRoles", "role", "a"),
        ] {
            assert_eq!(prose(name, kind, named), None, "{name} {kind} {named}");
        }
        let place = Place { account: None, ..place };
        let unknown = of_prose(action("iam:GetRole"), "role", "app", place);
        assert_eq!(unknown.as_deref(), Some("arn:aws:iam::*:role/app"));
    }
}
