//! The condition operators of IAM (reference_policies_elements_condition_operators).

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// Its prefix for keys with several values.
    pub set: Option<SetOperator>,
    /// What is compared, and how.
    pub test: Test,
    /// Whether it is the negated form (`StringNotLike`).
    pub negated: bool,
    /// Whether it ends in `IfExists`: a key that the request does not have satisfies it.
    pub if_exists: bool,
}

/// How the several values of a request are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// `ForAllValues:`; satisfied also when there is none.
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // IAM's names say it.
pub enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    IpAddress,
    /// `ArnEquals` and `ArnLike`, which IAM treats alike.
    Arn,
    Null,
}

/// The order that is asked for: the request's value first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Comparison {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Operator {
    /// Reads an operator's name; `None` when IAM has no such operator. Case does not count.
    pub fn parse(name: &str) -> Option<Operator> {
        let name = name.to_ascii_lowercase();
        let (set, rest) = if let Some(rest) = name.strip_prefix("forallvalues:") {
            (Some(SetOperator::ForAllValues), rest)
        } else if let Some(rest) = name.strip_prefix("foranyvalue:") {
            (Some(SetOperator::ForAnyValue), rest)
        } else {
            (None, &*name)
        };
        let (base, if_exists) = match rest.strip_suffix("ifexists") {
            // "If it exists" is what Null asks itself.
            Some("null") => return None,
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (test, negated) = test(base)?;
        Some(Operator { set, test, negated, if_exists })
    }
}

fn test(name: &str) -> Option<(Test, bool)> {
    let plain = |test| Some((test, false));
    let not = |test| Some((test, true));
    match name {
        "stringequals" => plain(Test::StringEquals),
        "stringnotequals" => not(Test::StringEquals),
        "stringequalsignorecase" => plain(Test::StringEqualsIgnoreCase),
        "stringnotequalsignorecase" => not(Test::StringEqualsIgnoreCase),
        "stringlike" => plain(Test::StringLike),
        "stringnotlike" => not(Test::StringLike),
        "bool" => plain(Test::Bool),
        "binaryequals" => plain(Test::Binary),
        "ipaddress" => plain(Test::IpAddress),
        "notipaddress" => not(Test::IpAddress),
        "arnequals" | "arnlike" => plain(Test::Arn),
        "arnnotequals" | "arnnotlike" => not(Test::Arn),
        "null" => plain(Test::Null),
        _ => {
            let (of, order): (fn(Comparison) -> Test, _) =
                if let Some(order) = name.strip_prefix("numeric") {
                    (Test::Numeric, order)
                } else {
                    (Test::Date, name.strip_prefix("date")?)
                };
            let comparison = match order {
                "equals" => Comparison::Equals,
                "notequals" => return not(of(Comparison::Equals)),
                "lessthan" => Comparison::LessThan,
                "lessthanequals" => Comparison::LessThanEquals,
                "greaterthan" => Comparison::GreaterThan,
                "greaterthanequals" => Comparison::GreaterThanEquals,
                _ => return None,
            };
            plain(of(comparison))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_of_the_grammar_is_known() {
        for name in crate::evaluate::grammar::OPERATORS {
            assert!(Operator::parse(name).is_some(), "{name}");
            assert_eq!(Operator::parse(&format!("{name}IfExists")).is_some(), *name != "Null");
            let set = Operator::parse(&format!("ForAnyValue:{name}")).unwrap();
            assert_eq!(set.set, Some(SetOperator::ForAnyValue), "{name}");
        }
        for name in
            ["StringMatches", "Numeric", "DateNot", "ForSomeValues:StringLike", "NullIfExists", ""]
        {
            assert!(Operator::parse(name).is_none(), "{name}");
        }
        assert!(Operator::parse("DateNotEquals").unwrap().negated);
    }
}
