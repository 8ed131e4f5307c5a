//! What a request's members say of the variables in ARN formats.

use std::borrow::Cow;

use serde_json::Value;

use crate::call::Call;

/// The request's value for a variable, fit to stand in a policy: the member of the same name, or of the name
/// without `Name` (`${BucketName}` is S3's `Bucket`), or what the service calls it.
pub(super) fn of<'a>(variable: &str, call: &'a Call) -> Option<Cow<'a, str>> {
    let text = |name: &str| call.parameters.get(name).and_then(Value::as_str);
    match (&*call.service, variable) {
        ("s3", "ObjectName") => return text("Key").map(literal),
        // `https://sqs.eu-west-1.amazonaws.com/111122223333/orders`
        ("sqs", "QueueName") => {
            let url = text("QueueUrl").and_then(|url| url.rsplit('/').next());
            return text("QueueName").or(url).filter(|name| !name.is_empty()).map(literal);
        }
        // A secret's ARN ends in a hyphen and six characters that its name does not have
        // (docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html).
        ("secretsmanager", "SecretId") => {
            let name = text("SecretId").or(text("Name")).filter(|it| !it.starts_with("arn:"));
            return name.map(|name| Cow::Owned(format!("{}-??????", literal(name))));
        }
        // `/path/name`, or `name:version`; the ARN has neither the slash nor the version
        // (docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html).
        ("ssm", "ParameterNameWithoutLeadingSlash") => {
            let tagged = text("ResourceId").filter(|_| text("ResourceType") == Some("Parameter"));
            let name = text("Name").or(tagged).filter(|it| !it.starts_with("arn:"))?;
            let name = name.split_once(':').map_or(name, |(name, _)| name);
            return Some(literal(name.strip_prefix('/').unwrap_or(name)));
        }
        // The name, `name:qualifier`, or `account:function:name`.
        ("lambda", "FunctionName") => {
            let name = text("FunctionName").filter(|it| !it.starts_with("arn:"))?;
            return Some(literal(name.rsplit_once(":function:").map_or(name, |(_, name)| name)));
        }
        _ => {}
    }
    let short = variable.strip_suffix("Name").unwrap_or(variable);
    let value = call.parameters.iter().find_map(|(name, value)| {
        let alike = name.eq_ignore_ascii_case(variable) || name.eq_ignore_ascii_case(short);
        if alike { value.as_str() } else { None }
    });
    value.filter(|text| !text.is_empty() && !text.starts_with("arn:")).map(literal)
}

/// The ARNs among the request's members and the items of its lists.
pub(super) fn arns(call: &Call) -> impl Iterator<Item = &str> {
    let texts = call.parameters.values().flat_map(|value| match value {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    });
    texts.filter_map(Value::as_str).filter(|text| text.starts_with("arn:"))
}

/// Whether an ARN is of this format: the same words in the same places, and something for every variable.
pub(super) fn has_format(arn: &str, format: &str) -> bool {
    let (mut fields, mut pattern) = (arn.splitn(6, ':'), format.splitn(6, ':'));
    let same = (0..5).all(|_| match (fields.next(), pattern.next()) {
        (Some(field), Some(wanted)) => wanted.starts_with("${") || field == wanted,
        _ => false,
    });
    same && match (fields.next(), pattern.next()) {
        (Some(resource), Some(wanted)) => resource_has_format(resource, wanted),
        _ => false,
    }
}

fn resource_has_format(resource: &str, format: &str) -> bool {
    let Some((literal, rest)) = format.split_once("${") else { return resource == format };
    let Some(value) = resource.strip_prefix(literal) else { return false };
    let Some((_, rest)) = rest.split_once('}') else { return false };
    if rest.is_empty() {
        return !value.is_empty();
    }
    // A variable stands for at least one character; the rest may begin at any place behind it.
    let places = value.char_indices().skip(1).map(|(index, _)| index);
    places.chain([value.len()]).any(|index| index > 0 && resource_has_format(&value[index..], rest))
}

/// A value as policies write it: `*`, `?` and `$` have a meaning of their own there
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html, special characters).
pub(super) fn literal(value: &str) -> Cow<'_, str> {
    if !value.contains(['*', '?', '$']) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() + 8);
    for letter in value.chars() {
        match letter {
            '*' | '?' | '$' => {
                text.push_str("${");
                text.push(letter);
                text.push('}');
            }
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_a_format_or_not() {
        let function = "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}";
        assert!(has_format("arn:aws:lambda:eu-west-1:111122223333:function:f", function));
        assert!(!has_format("arn:aws:lambda:eu-west-1:111122223333:layer:l", function));
        assert!(!has_format("arn:aws:lambda:eu-west-1:111122223333:function:", function));
        assert!(!has_format("arn:aws:lambda", function));
        let index =
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}";
        assert!(has_format("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i", index));
        assert!(!has_format("arn:aws:dynamodb:eu-west-1:111122223333:table/t", index));
        assert!(!has_format("arn:aws:dynamodb:eu-west-1:111122223333:table//index/i", index));
        assert!(has_format("arn:aws:dynamodb:eu-west-1:1:table/\u{e9}/index/i", index));
    }

    #[test]
    fn characters_with_a_meaning_are_written_as_themselves() {
        assert_eq!(literal("a*b?c$d"), "a${*}b${?}c${$}d");
        assert_eq!(literal("plain"), "plain");
    }
}
