//! Every action that AWS has, numbered, and which of them a policy allows.

use std::collections::BTreeMap;

use crate::catalog::{AccessLevel, Catalog};
use crate::evaluate::document::{Document, Element, Statement};
use crate::nearest::bits::Bits;
use crate::policy::Effect;
use crate::wildcard::is_like_in_any_case;

/// Actions, sorted by their names in lower case.
#[derive(Debug)]
pub(super) struct Actions {
    lower: Vec<String>,
    /// As AWS writes them, and what they do.
    known: Vec<(String, AccessLevel)>,
}

impl Actions {
    /// Those of the catalogue, and these.
    pub(super) fn with<'n>(needed: impl Iterator<Item = &'n str>) -> Actions {
        // What only a recording knows is needed, and so never told by what it does.
        let needed = needed.map(|name| (name.to_owned(), AccessLevel::Write));
        let mut all: BTreeMap<String, (String, AccessLevel)> =
            needed.map(|it| (it.0.to_ascii_lowercase(), it)).collect();
        let catalog = Catalog::embedded();
        for action in catalog.prefixes().flat_map(|prefix| catalog.actions(prefix)) {
            let name = action.to_string();
            all.insert(name.to_ascii_lowercase(), (name, action.access_level()));
        }
        let (lower, known) = all.into_iter().unzip();
        Actions { lower, known }
    }

    pub(super) fn count(&self) -> usize {
        self.lower.len()
    }

    /// The number of an action.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.lower.binary_search(&name.to_ascii_lowercase()).ok()
    }

    /// Name and kind of an action.
    pub(super) fn of(&self, number: usize) -> Option<(&str, AccessLevel)> {
        self.known.get(number).map(|(name, level)| (name.as_str(), *level))
    }

    /// The actions that a document allows on anything: those that a statement allows, whatever its resources and conditions are, but for
    /// those that another one denies on everything, without a condition.
    pub(super) fn allowed(&self, document: &Document) -> Bits {
        let of = |effect: Effect, counts: fn(&Statement) -> bool| {
            let mut found = Bits::below(self.count());
            let statements = document.statements.iter();
            for it in statements.filter(|it| it.effect == effect && counts(it)) {
                self.add(&it.actions, &mut found);
            }
            found
        };
        of(Effect::Allow, |_| true).without(&of(Effect::Deny, is_always))
    }

    /// Adds what an `Action` or `NotAction` stands for.
    fn add(&self, element: &Element, found: &mut Bits) {
        if !element.negated {
            return element.texts().for_each(|pattern| self.add_like(pattern, found));
        }
        let mut not = Bits::below(self.count());
        element.texts().for_each(|pattern| self.add_like(pattern, &mut not));
        (0..self.count()).filter(|number| !not.contains(*number)).for_each(|it| found.insert(it));
    }

    /// Adds the actions that are like a pattern; all of them begin with what stands before its first wildcard.
    fn add_like(&self, pattern: &str, found: &mut Bits) {
        let pattern = pattern.to_ascii_lowercase();
        let stem = pattern.split(['*', '?']).next().unwrap_or_default();
        let first = self.lower.partition_point(|name| name.as_str() < stem);
        let alike = self.lower.iter().enumerate().skip(first);
        for (number, name) in alike.take_while(|(_, name)| name.starts_with(stem)) {
            let rest = &pattern[stem.len()..];
            if rest == "*" || is_like_in_any_case(name, &pattern) {
                found.insert(number);
            }
        }
    }
}

/// Whether a statement is on everything, without a condition.
fn is_always(statement: &Statement) -> bool {
    let resources = &statement.resources;
    statement.conditions.is_empty() && !resources.negated && resources.texts().any(|it| it == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_allows_on_anything_is_told_by_its_patterns() {
        let actions = Actions::with(["s3:GetObject", "new:Thing"].into_iter());
        let allowed = |statements: &str| {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
            let bits = actions.allowed(&Document::parse(text).unwrap());
            bits.numbers().map(|it| actions.of(it).unwrap().0.to_owned()).collect::<Vec<_>>()
        };
        let sqs = r#"{"Effect": "Allow", "Action": ["SQS:*message", "sqs:getqueueur?", "new:*"], "Resource": "arn:aws:sqs:*:*:q"}"#;
        let all = [
            "new:Thing",
            "sqs:DeleteMessage",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ];
        assert_eq!(allowed(sqs), all);
        let deny = |resource: &str, condition: &str| {
            format!(
                r#"{sqs}, {{"Effect": "Deny", "Action": "sqs:Send*", "Resource": "{resource}"{condition}}}"#
            )
        };
        assert_eq!(allowed(&deny("*", "")), all[..4]);
        assert_eq!(allowed(&deny("arn:aws:sqs:*:*:other", "")), all);
        let condition = r#", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#;
        assert_eq!(allowed(&deny("*", condition)), all);
        let not = r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#;
        let iam = Catalog::embedded().actions("iam").len();
        assert_eq!(allowed(not).len(), actions.count() - iam);
        let everything = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        assert_eq!(allowed(everything).len(), actions.count());
    }
}
