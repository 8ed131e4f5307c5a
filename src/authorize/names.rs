//! What services call their resources, where it is not what ARNs call them.

use std::borrow::Cow;

use super::arn::{self, has_place, literal};
use crate::call::Call;

/// A value as it stands in an ARN of the policy; none when the value names no such resource. Several where the request
/// leaves open which of a few forms the ARN has. `is_last`: it is the last variable of the ARN's format.
pub(super) fn in_policy<'a>(
    prefix: &str,
    variable: &str,
    is_last: bool,
    value: &'a str,
    call: &Call,
) -> Vec<Cow<'a, str>> {
    match (prefix, variable) {
        // `https://sqs.eu-west-1.amazonaws.com/111122223333/orders`
        ("sqs", "QueueName") => {
            let name = value.trim_end_matches('/').rsplit('/').next().unwrap_or(value);
            one(literal(name))
        }
        // A secret's ARN ends in a hyphen and six characters that its name does not have
        // (docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html).
        ("secretsmanager", "SecretId") => one(Cow::Owned(format!("{}-??????", literal(value)))),
        // `/path/name`, or `name:version`; the ARN has neither the slash nor the version
        // (docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html).
        ("ssm", "ParameterNameWithoutLeadingSlash") => {
            let name = value.split_once(':').map_or(value, |(name, _)| name);
            one(literal(name.strip_prefix('/').unwrap_or(name)))
        }
        // The name, `name:qualifier`, or `account:function:name`
        // (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). What is asked for of a version or an alias takes a
        // permission on it (docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html).
        ("lambda", "FunctionName") => {
            let name = value.rsplit_once("function:").map_or(value, |(_, name)| name);
            let (name, qualifier) =
                name.split_once(':').map_or((name, None), |(name, qualifier)| {
                    (name, Some(qualifier).filter(|it| !it.is_empty()))
                });
            let asked = call.parameters.get("Qualifier").and_then(|it| it.as_str());
            // Where a variable of its own follows, that has it.
            match qualifier.or(asked.filter(|it| !it.is_empty())).filter(|_| is_last) {
                Some(qualifier) => {
                    one(Cow::Owned(format!("{}:{}", literal(name), literal(qualifier))))
                }
                None => one(literal(name)),
            }
        }
        // Keys are not named by aliases in policies: what has one is any key, under a condition
        // (docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html).
        ("kms", "KeyId") if is_alias(value) => Vec::new(),
        // A parameter that says which image it is
        // (docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html).
        ("ec2", "ImageId") if value.starts_with("resolve:ssm:") => one(Cow::Borrowed("*")),
        ("kms", "Alias") => one(literal(value.strip_prefix("alias/").unwrap_or(value))),
        _ if variable.ends_with("WithPath") => with_path(variable, value, call),
        _ => one(literal(value)),
    }
}

fn one(value: Cow<'_, str>) -> Vec<Cow<'_, str>> {
    if value.is_empty() { Vec::new() } else { vec![value] }
}

/// Whether a value can be a name at all. Of S3's objects alone a name may have characters that control a terminal
/// (docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
pub(super) fn is_name(prefix: &str, value: &str) -> bool {
    prefix.starts_with("s3") || !value.contains(char::is_control)
}

/// Whether a variable is the key of an object that S3 itself is asked for: whatever it looks like, it is the object's name.
pub(super) fn is_key(call: &Call, variable: &str) -> bool {
    variable == "ObjectName" && call.service == "s3"
}

/// Whether an alias, or its ARN, is one that AWS takes
/// (docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html): it becomes the value of a condition.
pub(super) fn is_whole_alias(key: &str) -> bool {
    let is_there = !key.starts_with("arn:") || arn::service(key) == "kms" && has_place(key);
    let name = alias(key).strip_prefix("alias/").unwrap_or_default();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    is_there && !name.is_empty() && name.bytes().all(is_letter)
}

/// Whether a key is named by an alias, or the alias's ARN.
pub(super) fn is_alias(key: &str) -> bool {
    key.starts_with("alias/") || (key.starts_with("arn:") && key.contains(":alias/"))
}

/// The alias without what is around it in its ARN: `alias/app`.
pub(super) fn alias(key: &str) -> &str {
    key.rsplit_once(":alias/").map_or(key, |(before, _)| &key[before.len() + 1..])
}

/// IAM's ARNs have the path that a name is under, requests only when something is made. A name is there once
/// whatever its path, so that both forms together are the one (docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
fn with_path<'a>(variable: &str, name: &'a str, call: &Call) -> Vec<Cow<'a, str>> {
    // Other services take names of what has no path, or the path with the name, or an ARN
    // (docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html).
    if call.service != "iam" || name.contains('/') {
        return vec![literal(name.trim_start_matches('/'))];
    }
    let kind = variable.trim_end_matches("WithPath");
    let kind = kind.strip_suffix("Name").or(kind.strip_suffix("Id")).unwrap_or(kind);
    let operation = call.operation.as_deref().unwrap_or_default();
    let makes = ["Create", "Upload"].into_iter().any(|it| {
        operation.strip_prefix(it).is_some_and(|made| {
            made.ends_with(kind) || (kind, made) == ("MfaToken", "VirtualMFADevice")
        })
    });
    if !makes {
        return vec![literal(name), Cow::Owned(format!("*/{}", literal(name)))];
    }
    // A path is `/division/team/`.
    let path = call.parameters.get("Path").and_then(|it| it.as_str()).unwrap_or("/");
    let path = path.trim_start_matches('/');
    let slash = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
    vec![Cow::Owned(format!("{}{slash}{}", literal(path), literal(name)))]
}
