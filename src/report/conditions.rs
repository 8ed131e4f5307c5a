//! Conditions of policies, said in words.

use crate::evaluate::audit::Unmet;
use crate::evaluate::document::{Comparison, Operator, SetOperator, Test};

/// What a condition asks (`the resource has the tag env=ci`); `None` for an operator that IAM does not have.
pub(super) fn asked(operator: &str, key: &str, values: &[String]) -> Option<String> {
    let operator = Operator::parse(operator)?;
    let subject = Subject::of(key);
    let Operator { set, test, negated, if_exists } = operator;
    if test == Test::Null {
        return Some(subject.is_there(is_false(values)));
    }
    let tag = match subject {
        Subject::Tag { name, of } if set.is_none() && !if_exists => Some((name, of)),
        _ => None,
    };
    match (tag, test) {
        (Some((name, of)), Test::StringEquals) => {
            let has = of.has(negated);
            return Some(format!("{has} the tag {}", listed(values, |it| format!("{name}={it}"))));
        }
        (Some((name, of)), Test::StringLike) => {
            let has = of.has(negated);
            return Some(format!("{has} a tag {name} like {}", listed(values, str::to_owned)));
        }
        _ => {}
    }
    let key = subject.shown();
    let which = match set {
        Some(SetOperator::ForAllValues) => format!("each value of {key}"),
        Some(SetOperator::ForAnyValue) => format!("a value of {key}"),
        None => key.clone(),
    };
    let not = if negated { " not" } else { "" };
    let exists = match (set, if_exists) {
        (Some(SetOperator::ForAllValues), _) => ", if it has any".to_owned(),
        (_, true) => format!(", if there is {key}"),
        _ => String::new(),
    };
    let how = compared(test, values);
    let values = listed(values, str::to_owned);
    Some(format!("{which} is{not}{how} {values}{exists}"))
}

/// Why a need does not meet a condition (``The resource has no tag `env`; the policy asks for `env=ci` ``).
pub(super) fn lacking(unmet: &Unmet<'_>) -> String {
    let Unmet { condition, values } = unmet;
    let subject = Subject::of(&condition.key);
    let Operator { set, test, negated, .. } = condition.operator;
    let has = subject.has(values);
    let quoted = |it: &str| match subject {
        Subject::Tag { name, .. } => format!("`{name}={it}`"),
        Subject::Key(_) => format!("`{it}`"),
    };
    let wanted = listed(&condition.values, quoted);
    let how = compared(test, &condition.values);
    let asks = match (test, set) {
        (Test::Null, _) if is_false(&condition.values) => "one".to_owned(),
        (Test::Null, _) => "none".to_owned(),
        _ if negated => format!("anything but what is{how} {wanted}"),
        (_, Some(SetOperator::ForAllValues)) => format!("nothing but what is{how} {wanted}"),
        _ if how.is_empty() => wanted,
        _ => format!("one{how} {wanted}"),
    };
    format!("{has}; the policy asks for {asks}")
}

/// What a condition is on.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Tag { name: &'a str, of: Of },
    Key(&'a str),
}

/// What has tags.
#[derive(Clone, Copy)]
enum Of {
    Resource,
    Request,
}

impl Of {
    /// Whether it has a tag, or must not have it.
    fn has(self, negated: bool) -> &'static str {
        match (self, negated) {
            (Of::Resource, false) => "the resource has",
            (Of::Resource, true) => "the resource does not have",
            (Of::Request, false) => "the request sets",
            (Of::Request, true) => "the request does not set",
        }
    }
}

impl<'a> Subject<'a> {
    /// The services' own keys of tags (`ec2:ResourceTag/NAME`) say the same.
    fn of(key: &'a str) -> Subject<'a> {
        let tag = key.split_once('/').and_then(|(beginning, name)| {
            let (_, kind) = beginning.split_once(':')?;
            let of = match kind.to_ascii_lowercase().as_str() {
                "resourcetag" => Of::Resource,
                "requesttag" => Of::Request,
                _ => return None,
            };
            Some(Subject::Tag { name, of })
        });
        tag.unwrap_or(Subject::Key(key))
    }

    /// The key, or what it is.
    fn shown(self) -> String {
        match self {
            Subject::Tag { name, of: Of::Resource } => format!("the resource's tag {name}"),
            Subject::Tag { name, of: Of::Request } => format!("the request's tag {name}"),
            Subject::Key(key) => key.to_owned(),
        }
    }

    /// Whether there is one at all.
    fn is_there(self, there: bool) -> String {
        let article = if there { "a" } else { "no" };
        match self {
            Subject::Tag { name, of } => format!("{} {article} tag {name}", of.has(false)),
            Subject::Key(key) => format!("the request has {article} {key}"),
        }
    }

    /// What the request has of it.
    fn has(self, values: &[String]) -> String {
        let values = match values {
            [] => None,
            some => Some(some.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")),
        };
        match (self, values) {
            (Subject::Tag { name, of: Of::Resource }, None) => {
                format!("The resource has no tag `{name}`")
            }
            (Subject::Tag { name, of: Of::Resource }, Some(value)) => {
                format!("The resource's tag `{name}` is {value}")
            }
            (Subject::Tag { name, of: Of::Request }, None) => {
                format!("The request sets no tag `{name}`")
            }
            (Subject::Tag { name, of: Of::Request }, Some(value)) => {
                format!("The request sets the tag `{name}` to {value}")
            }
            (Subject::Key(key), None) => format!("The request has no `{key}`"),
            (Subject::Key(key), Some(value)) => format!("The request's `{key}` is {value}"),
        }
    }
}

/// How a request's value is compared with the policy's, after "is".
fn compared(test: Test, values: &[String]) -> &'static str {
    match test {
        Test::StringEquals | Test::Bool | Test::Binary | Test::Null => "",
        Test::Arn if !values.iter().any(|value| value.contains(['*', '?'])) => "",
        Test::StringEqualsIgnoreCase => " in any case",
        Test::StringLike | Test::Arn => " like",
        Test::IpAddress => " in",
        Test::Numeric(comparison) | Test::Date(comparison) => match comparison {
            Comparison::Equals => "",
            Comparison::LessThan => " less than",
            Comparison::LessThanEquals => " at most",
            Comparison::GreaterThan => " more than",
            Comparison::GreaterThanEquals => " at least",
        },
    }
}

/// What `Null` asks: `false` is that the key is there.
fn is_false(values: &[String]) -> bool {
    values.iter().any(|value| value.eq_ignore_ascii_case("false"))
}

fn listed(values: &[String], shown: impl Fn(&str) -> String) -> String {
    values.iter().map(|value| shown(value)).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::document::Condition;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn what_a_condition_asks() {
        for (operator, key, values, said) in [
            ("StringEquals", "aws:ResourceTag/env", &["ci"][..], "the resource has the tag env=ci"),
            (
                "StringEquals",
                "ec2:ResourceTag/a/b",
                &["1", "2"],
                "the resource has the tag a/b=1 or a/b=2",
            ),
            ("StringLike", "aws:ResourceTag/env", &["c*"], "the resource has a tag env like c*"),
            (
                "StringNotEquals",
                "aws:ResourceTag/env",
                &["x"],
                "the resource does not have the tag env=x",
            ),
            ("StringEquals", "aws:RequestTag/env", &["ci"], "the request sets the tag env=ci"),
            ("Null", "aws:RequestTag/env", &["true"], "the request sets no tag env"),
            ("Null", "aws:ResourceTag/env", &["false"], "the resource has a tag env"),
            ("Null", "kms:RequestAlias", &["true"], "the request has no kms:RequestAlias"),
            (
                "StringEqualsIfExists",
                "aws:ResourceTag/env",
                &["ci"],
                "the resource's tag env is ci, if there is the resource's tag env",
            ),
            (
                "ArnEquals",
                "ec2:Vpc",
                &["arn:aws:ec2:r:1:vpc/v"],
                "ec2:Vpc is arn:aws:ec2:r:1:vpc/v",
            ),
            (
                "ArnLike",
                "ec2:Vpc",
                &["arn:aws:ec2:r:1:vpc/*"],
                "ec2:Vpc is like arn:aws:ec2:r:1:vpc/*",
            ),
            (
                "ForAnyValue:StringEquals",
                "kms:ResourceAliases",
                &["alias/a", "alias/b"],
                "a value of kms:ResourceAliases is alias/a or alias/b",
            ),
            (
                "ForAllValues:StringLike",
                "route53:ChangeResourceRecordSetsNormalizedRecordNames",
                &["*.example.com"],
                "each value of route53:ChangeResourceRecordSetsNormalizedRecordNames is like *.example.com, if it has any",
            ),
            ("NumericLessThanEquals", "s3:max-keys", &["10"], "s3:max-keys is at most 10"),
            ("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"], "aws:SourceIp is not in 10.0.0.0/8"),
            ("Bool", "aws:SecureTransport", &["true"], "aws:SecureTransport is true"),
        ] {
            assert_eq!(asked(operator, key, &texts(values)).as_deref(), Some(said), "{operator}");
        }
        assert_eq!(asked("StringMatches", "a:b", &texts(&["x"])), None);
    }

    #[test]
    fn why_a_condition_is_not_met() {
        for (operator, key, wanted, values, said) in [
            (
                "StringEquals",
                "aws:ResourceTag/env",
                &["ci"][..],
                &[][..],
                "The resource has no tag `env`; the policy asks for `env=ci`",
            ),
            (
                "StringEquals",
                "aws:ResourceTag/env",
                &["ci", "test"],
                &["prod"],
                "The resource's tag `env` is `prod`; the policy asks for `env=ci` or `env=test`",
            ),
            (
                "StringLike",
                "aws:RequestTag/env",
                &["c*"],
                &[],
                "The request sets no tag `env`; the policy asks for one like `env=c*`",
            ),
            (
                "StringNotEquals",
                "aws:RequestTag/env",
                &["prod"],
                &["prod"],
                "The request sets the tag `env` to `prod`; the policy asks for anything but what is `env=prod`",
            ),
            (
                "Null",
                "aws:ResourceTag/env",
                &["false"],
                &[],
                "The resource has no tag `env`; the policy asks for one",
            ),
            (
                "ForAnyValue:StringEquals",
                "kms:ResourceAliases",
                &["alias/a"],
                &["alias/b", "alias/c"],
                "The request's `kms:ResourceAliases` is `alias/b`, `alias/c`; the policy asks for `alias/a`",
            ),
            (
                "ForAllValues:StringEquals",
                "aws:TagKeys",
                &["a"],
                &["a", "b"],
                "The request's `aws:TagKeys` is `a`, `b`; the policy asks for nothing but what is `a`",
            ),
            (
                "ArnEquals",
                "ec2:Vpc",
                &["arn:aws:ec2:r:1:vpc/v"],
                &[],
                "The request has no `ec2:Vpc`; the policy asks for `arn:aws:ec2:r:1:vpc/v`",
            ),
        ] {
            let condition = Condition {
                operator: Operator::parse(operator).unwrap(),
                operator_name: operator.to_owned(),
                key: key.to_owned(),
                values: texts(wanted),
            };
            assert_eq!(lacking(&Unmet { condition: &condition, values: texts(values) }), said);
        }
    }
}
