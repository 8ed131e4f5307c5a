//! A policy said in fewer characters, allowing the same.

use crate::authorize::Conditions;
use crate::policy::shorten::{Shortened, shorten};
use crate::policy::statement::{Policy, Statement};

/// Operators that hold when any one of their values does.
const ANY_OF: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "BinaryEquals",
    "DateEquals",
    "IpAddress",
    "NumericEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
];

/// What was done to a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minimized {
    /// How many statements have become part of an earlier one.
    pub joined: usize,
    /// The wildcards.
    pub wildcards: Vec<Shortened>,
}

/// Joins statements that differ in the values of one condition only, and [shortens](shorten) lists of
/// actions. `known` tells every action that AWS has under a prefix.
pub fn minimize(policy: &mut Policy, known: &mut dyn FnMut(&str) -> Vec<String>) -> Minimized {
    Minimized { joined: join(policy), wildcards: shorten(policy, known) }
}

/// `iam:PassRole` to one service and `iam:PassRole` to another, on the same role, is one statement with
/// two values.
fn join(policy: &mut Policy) -> usize {
    let before = policy.statements.len();
    let mut joined: Vec<Statement> = Vec::with_capacity(before);
    for statement in policy.statements.drain(..) {
        let place = joined.iter_mut().find_map(|earlier| {
            let alike = earlier.effect == statement.effect
                && same_texts(&earlier.actions, &statement.actions)
                && same_texts(&earlier.resources, &statement.resources);
            let difference =
                alike.then(|| difference(&earlier.conditions, &statement.conditions))??;
            let values = earlier.conditions.get_mut(difference.operator)?;
            Some((values.get_mut(difference.key)?, difference.values))
        });
        match place {
            Some((values, others)) => {
                values.extend(others.iter().cloned());
                values.sort_unstable();
                values.dedup();
            }
            None => joined.push(statement),
        }
    }
    policy.statements = joined;
    before - policy.statements.len()
}

fn same_texts(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|text| other.contains(text))
}

/// What one of two conditions has and the other has not.
struct Difference<'a> {
    operator: &'a str,
    key: &'a str,
    /// The values of the other one.
    values: &'a [String],
}

/// The one key in whose values alone two conditions differ, where either value is enough.
fn difference<'a>(one: &Conditions, other: &'a Conditions) -> Option<Difference<'a>> {
    if one.len() != other.len() {
        return None;
    }
    let mut found = None;
    for ((operator, keys), (other_operator, other_keys)) in one.iter().zip(other) {
        if operator != other_operator || keys.len() != other_keys.len() {
            return None;
        }
        for ((key, values), (other_key, other_values)) in keys.iter().zip(other_keys) {
            if key != other_key {
                return None;
            }
            if values != other_values {
                if found.is_some() || !ANY_OF.contains(&operator.as_ref()) {
                    return None;
                }
                found = Some(Difference {
                    operator: other_operator,
                    key: other_key,
                    values: other_values,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::statement::Effect;

    /// `a:B` on `*` under `operator` for each key and value.
    fn statement(operator: &'static str, keys: &[(&'static str, &[&str])]) -> Statement {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let keys: BTreeMap<_, _> =
            keys.iter().map(|(key, values)| ((*key).into(), texts(values))).collect();
        Statement {
            sid: None,
            effect: Effect::Allow,
            actions: texts(&["a:B"]),
            resources: texts(&["*"]),
            conditions: BTreeMap::from([(operator.into(), keys)]),
        }
    }

    fn joined(statements: Vec<Statement>) -> Vec<Statement> {
        let mut policy = Policy { statements };
        let before = policy.statements.len();
        let done = minimize(&mut policy, &mut |_| Vec::new());
        assert_eq!(done.joined, before - policy.statements.len());
        policy.statements
    }

    #[test]
    fn the_values_of_one_condition_come_together() {
        let to = |values: &[&str]| statement("StringEquals", &[("a:To", values), ("a:x", &["1"])]);
        assert_eq!(joined(vec![to(&["b"]), to(&["c"]), to(&["a", "b"])]), [to(&["a", "b", "c"])]);
    }

    #[test]
    fn what_is_not_the_same_stays_apart() {
        let one = statement("StringEquals", &[("a:x", &["1"]), ("a:y", &["1"])]);
        let two_keys = statement("StringEquals", &[("a:x", &["2"]), ("a:y", &["2"])]);
        let other_key = statement("StringEquals", &[("a:x", &["1"]), ("a:z", &["1"])]);
        let other_operator = statement("StringLike", &[("a:x", &["1"]), ("a:y", &["1"])]);
        let fewer = statement("StringEquals", &[("a:x", &["1"])]);
        let mut action = statement("StringEquals", &[("a:x", &["2"]), ("a:y", &["1"])]);
        action.actions = vec!["a:C".to_owned()];
        let mut deny = statement("StringEquals", &[("a:x", &["2"]), ("a:y", &["1"])]);
        deny.effect = Effect::Deny;
        let all = vec![one, two_keys, other_key, other_operator, fewer, action, deny];
        assert_eq!(joined(all.clone()), all);
        // Not (a or b) is not (not a) or (not b).
        let not = |value: &str| statement("StringNotEquals", &[("a:x", &[value])]);
        assert_eq!(joined(vec![not("1"), not("2")]).len(), 2);
        let each = |value: &str| statement("ForAllValues:StringEquals", &[("a:x", &[value])]);
        assert_eq!(joined(vec![each("1"), each("2")]).len(), 2);
    }
}
