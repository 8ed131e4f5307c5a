//! What rules of `data/rules` mean, in words.

use crate::authorize::Objects;
use crate::catalog::naming::Named;
use crate::catalog::rule::{
    Condition, Default, Function, Rule, Source, Target, Test, Value, Verdict,
};
use crate::catalog::{Authorized, Class};

/// What a rule says, as a clause; the text itself when it cannot be read.
pub(crate) fn rule(text: &str) -> String {
    match Rule::parse(text, &|_| None) {
        Ok(rule) => meaning(&rule),
        Err(_) => text.to_owned(),
    }
}

/// What a condition asks, as a clause; the text itself when it cannot be read.
pub(crate) fn condition(text: &str) -> String {
    Condition::parse(text, &|_| None).map_or_else(|_| text.to_owned(), |it| asked(&it, false))
}

/// When a call needs the action, as far as its class says it.
pub(crate) fn class(class: Class) -> &'static str {
    match class {
        Class::Own => "every call needs it: it is the operation's own",
        Class::Tag => "when the request carries tags",
        Class::Role => "when the request passes a role",
        Class::Listed => "AWS lists it, and no rule says when a call needs it",
    }
}

/// What a reason in a recording means.
pub(crate) fn reason(word: &str) -> &'static str {
    match word {
        "operation" => "the operation's own action",
        "same-name" => "AWS's map lacks the operation; it has an action of the same name",
        "tag" => "the call carries tags, or can",
        "role" => "the call passes a role, or can",
        "rule" => "a rule says that the call needs it, or can",
        "forward-access" => "another service calls it with the caller's rights",
        "denied" => "AWS denied the call because this was missing",
        _ => "",
    }
}

/// When a call needs the action, in one line, its guard left aside.
pub(crate) fn needed(authorized: Authorized) -> String {
    let rules: Vec<String> = authorized.rules().map(rule).collect();
    match &rules[..] {
        [] => class(authorized.class()).to_owned(),
        rules => rules.join("; or "),
    }
}

/// What fills a variable that no request says.
pub(crate) const NOTHING: &str = "* (the request does not say it)";

/// What fills a variable of an ARN format.
pub(crate) fn named(named: &Named) -> String {
    let values: Vec<String> = named.values().iter().map(value).collect();
    let joint = if matches!(named, Named::ByAll(_)) { " and " } else { ", else " };
    if values.is_empty() { NOTHING.to_owned() } else { values.join(joint) }
}

/// What fills a variable of an ARN format; objects of S3 may be named in a way of their own.
pub(crate) fn filled(variable: &str, by: &Named, otherwise: Option<Objects>) -> String {
    match (otherwise, variable) {
        (Some(Objects::Copied), "BucketName" | "AccessPointName") => {
            "what comes before the first slash of CopySource".to_owned()
        }
        (Some(Objects::Copied), "ObjectName") => {
            "what comes after the first slash of CopySource".to_owned()
        }
        (Some(Objects::Listed), "ObjectName") => "Delete.Objects[].Key".to_owned(),
        _ => named(by),
    }
}

fn meaning(rule: &Rule) -> String {
    let mut text = match &rule.verdict {
        Verdict::Always => "every call needs it".to_owned(),
        Verdict::Never => "no call needs it, although AWS lists it".to_owned(),
        Verdict::When(condition) => format!("when {}", asked(condition, false)),
        Verdict::Possible(why, _) if rule.likely => {
            format!("assumed to be needed (--possible omit leaves it out): {why}")
        }
        Verdict::Possible(why, Some(when)) => {
            format!("left out unless --possible include, when {}: {why}", asked(when, false))
        }
        Verdict::Possible(why, None) => format!("left out unless --possible include: {why}"),
    };
    let targets: Vec<String> = rule.on.iter().map(target).collect();
    if !targets.is_empty() {
        text.push_str(&format!(", on {}", targets.join(" and ")));
    }
    if !rule.via.is_empty() {
        text.push_str(&format!(", through {}", rule.via.join(" or ")));
    }
    if let Some(with) = &rule.with {
        text.push_str(&format!(", if {} is {}", with.key, value(&with.value)));
    }
    if rule.likely && matches!(rule.verdict, Verdict::When(_)) {
        text.push_str("; also where the request cannot be seen");
    }
    text
}

fn asked(condition: &Condition, inner: bool) -> String {
    let joined = |all: &[Condition], word: &str| {
        let texts: Vec<String> = all.iter().map(|it| asked(it, true)).collect();
        let text = texts.join(word);
        if inner && texts.len() > 1 { format!("({text})") } else { text }
    };
    match condition {
        Condition::All(all) => joined(all, " and "),
        Condition::Any(any) => joined(any, " or "),
        Condition::Not(denied) => match &**denied {
            Condition::Test(it, Test::Present) => format!("{} is absent", value(it)),
            Condition::Named => "the request names no resource of its types".to_owned(),
            other => format!("not {}", parenthesised(asked(other, true))),
        },
        Condition::Named => "the request names a resource of its types".to_owned(),
        Condition::Test(it, test) => format!("{} {}", value(it), tested(test)),
    }
}

fn parenthesised(text: String) -> String {
    if text.starts_with('(') { text } else { format!("({text})") }
}

fn tested(test: &Test) -> String {
    match test {
        Test::Present => "is there".to_owned(),
        Test::Equals(text) => format!("is '{text}'"),
        Test::StartsWith(text) => format!("begins with '{text}'"),
        Test::EndsWith(text) => format!("ends with '{text}'"),
        Test::Contains(text) => format!("contains '{text}'"),
        Test::Like(text) => format!("matches '{text}'"),
    }
}

/// Where a value comes from.
pub(crate) fn value(value: &Value) -> String {
    let source = match &value.source {
        Source::Path(_) => {
            Value { source: value.source.clone(), functions: Vec::new() }.to_string()
        }
        Source::Text(text) => format!("'{text}'"),
        Source::Header(name) => format!("the header {name}"),
        Source::Query(name) => format!("the query key {name}"),
        Source::Response(name) => format!("the answer's header {name}"),
        Source::Answer(path) => format!("the answer's {path}"),
        Source::Status => "the answer's status".to_owned(),
        Source::Error => "the error code".to_owned(),
        Source::Authorization => "how the request is authorised".to_owned(),
    };
    value.functions.iter().fold(source, |of, function| match function {
        Function::First(text) => format!("{of} up to its first '{text}'"),
        Function::Before(text) => format!("{of} up to its last '{text}'"),
        Function::Last(text) => format!("{of} after its last '{text}'"),
        Function::After(text) => format!("{of} after its first '{text}'"),
        Function::Strip(text) => format!("{of} without '{text}' in front"),
        Function::Prepend(text) => format!("{of} with '{text}' before it"),
        Function::Append(text) => format!("{of} with '{text}' after it"),
        Function::Lower => format!("{of} in lower case"),
        Function::PartiQl => format!("the table or index of the PartiQL statement {of}"),
        Function::S3 => format!("what {of} names in S3"),
        Function::Only(test) => format!("{of} that {}", tested(test)),
        Function::As(text) => format!("'{text}' for {of}"),
        Function::Join(text, other) => {
            format!("{of} with '{text}' and {} behind it", self::value(other))
        }
        Function::Else(Default::Text(text)) => format!("{of} ('{text}' where it is absent)"),
        Function::Else(Default::Any) => format!("{of} (any where it is absent)"),
    })
}

fn target(target: &Target) -> String {
    match target {
        Target::Everything => "everything (*)".to_owned(),
        Target::Route => "the path of the request".to_owned(),
        Target::Arns(named) => format!("the ARNs in {}", value(named)),
        Target::Literal(arn, _) => arn.clone(),
        Target::Type { name, value: named, anywhere, region, account } => {
            let said = |what: &str, it: &Option<Value>| {
                it.as_ref().map(|it| format!("{what}{}", value(it))).unwrap_or_default()
            };
            let by = said(" named by ", named);
            let anywhere = if *anywhere { ", in any region" } else { "" };
            let region = said(", in the region ", region);
            let account = said(", in the account ", account);
            format!("the {name}{by}{anywhere}{region}{account}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_in_words() {
        for (text, words) in [
            ("always", "every call needs it"),
            ("never", "no call needs it, although AWS lists it"),
            (
                "when VersionId likely",
                "when VersionId is there; also where the request cannot be seen",
            ),
            ("when not VersionId", "when VersionId is absent"),
            (
                "when A = 'x' and (B or not C like 'y*') on object @ CopySource | first '?'",
                "when A is 'x' and (B is there or not (C matches 'y*')), on the object named by CopySource up to its first '?'",
            ),
            (
                "when response 'x-amz-key' on key @ response 'x-amz-key' via s3",
                "when the answer's header x-amz-key is there, on the key named by the answer's header x-amz-key, through s3",
            ),
            (
                "possible 'the service-linked role can exist'",
                "left out unless --possible include: the service-linked role can exist",
            ),
            (
                "always on table @ A | else 'x' in R | only = 'y' | as 'z' of O | join '/' P",
                "every call needs it, on the table named by A ('x' where it is absent), in the region 'z' for R that is 'y', in the account O with '/' and P behind it",
            ),
            (
                "always on table with any 's:Qualifier' = A | last ':'",
                "every call needs it, on the table, if s:Qualifier is A after its last ':'",
            ),
            ("when named", "when the request names a resource of its types"),
        ] {
            assert_eq!(rule(text), words);
        }
    }
}
