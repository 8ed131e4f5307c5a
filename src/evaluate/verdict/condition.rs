//! One condition of a statement, held against what is known of a request
//! (reference_policies_condition-logic-multiple-context-keys-or-values).

use crate::evaluate::document::{Condition, SetOperator, Test};
use crate::evaluate::verdict::context::{Context, Known};
use crate::evaluate::verdict::truth::{Reason, Truth};
use crate::evaluate::verdict::value;
use crate::evaluate::verdict::variable::{Expanded, expand, plain};

/// Whether it holds. `variables`: whether the policy's version has them.
pub(crate) fn holds(condition: &Condition, variables: bool, context: &Context) -> Truth {
    let operator = condition.operator;
    let known = context.get(&condition.key);
    if known == Known::Nothing {
        return Truth::depends(Reason::Key(condition.key.clone()));
    }
    if operator.test == Test::Null {
        return is_null(condition, known == Known::Absent);
    }
    let Known::Values(requested) = known else {
        let holds = operator.if_exists
            || match operator.set {
                // True of nothing, and of nothing is any.
                Some(SetOperator::ForAllValues) => true,
                Some(SetOperator::ForAnyValue) => false,
                None => operator.negated,
            };
        return holds.into();
    };
    let policy: Vec<_> = condition
        .values
        .iter()
        .map(|value| {
            if variables && takes_variables(operator.test) {
                expand(value, context)
            } else {
                plain(value)
            }
        })
        .collect();
    let mut each = requested.iter().map(|value| one(condition, value, &policy));
    match operator.set {
        Some(SetOperator::ForAllValues) => Truth::all(each),
        Some(SetOperator::ForAnyValue) => Truth::any(each),
        None if requested.len() == 1 => Truth::all(each.next()),
        // AWS says not to do this, and not what comes of it.
        None => Truth::depends(Reason::Comparison(condition.key.clone())),
    }
}

/// One value of the request against those of the policy: one of them, or in the negated form none,
/// must match.
fn one(condition: &Condition, value: &str, policy: &[Expanded]) -> Truth {
    let test = condition.operator.test;
    let matches = policy.iter().map(|expanded| {
        if expanded.void.is_some() {
            return Truth::False;
        }
        if !expanded.unknown.is_empty() {
            // With a wildcard in the variable's place: what does not match then never does.
            if test != Test::StringEqualsIgnoreCase
                && value::meets(pattern_of(test), value, expanded) == Some(false)
            {
                return Truth::False;
            }
            return Truth::Depends(expanded.unknown.iter().cloned().map(Reason::Key).collect());
        }
        value::meets(test, value, expanded)
            .map_or_else(|| Truth::depends(Reason::Comparison(condition.key.clone())), Truth::from)
    });
    let matches = Truth::any(matches);
    if condition.operator.negated { matches.not() } else { matches }
}

/// The test that takes a wildcard in a variable's place for one.
fn pattern_of(test: Test) -> Test {
    if test == Test::StringEquals { Test::StringLike } else { test }
}

fn is_null(condition: &Condition, absent: bool) -> Truth {
    Truth::any(condition.values.iter().map(|value| match value::boolean(value) {
        Some(asked) => (asked == absent).into(),
        None => Truth::depends(Reason::Comparison(condition.key.clone())),
    }))
}

/// Whether variables count in the values of an operator; in the others they are text.
fn takes_variables(test: Test) -> bool {
    match test {
        Test::StringEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringLike
        | Test::Arn
        | Test::Bool => true,
        Test::Numeric(_) | Test::Date(_) | Test::Binary | Test::IpAddress | Test::Null => false,
    }
}
