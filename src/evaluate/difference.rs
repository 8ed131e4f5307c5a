//! What two policies allow differently, whatever their statements look like.
//!
//! Both are taken apart, action by action, into what they allow on which resources under which
//! conditions, and except for what they deny. What one allows is the same when the other certainly
//! allows it, too; a condition is only ever compared with conditions on the same key by the same operator, so what is said to
//! be the same is, and what differs in nothing but the way in which conditions are written is said to
//! differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::evaluate::document::{Condition, Document, Statement};
pub use crate::evaluate::grants::{Asked, Grant, On};
use crate::evaluate::grants::{Known, Set};
use crate::evaluate::verdict::{Glob, Index, action_pattern, action_text};
use crate::policy::Effect;

/// Something that one of two policies allows and the other does not certainly allow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference {
    /// Which policy allows it.
    pub side: Side,
    /// The actions, sorted.
    pub actions: Vec<String>,
    /// On what, under which conditions.
    pub grant: Grant,
    /// What the same policy denies of it.
    pub except: Vec<Grant>,
    /// What the other policy allows of it; empty when that is nothing.
    pub other: Vec<Grant>,
    /// What the other policy denies of it.
    pub other_denies: Vec<Grant>,
}

/// One of two policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The first.
    First,
    /// The second.
    Second,
}

/// Compares two policies. `actions` are all that there are; a name that only a policy has is added.
pub fn between(first: &Document, second: &Document, actions: &[String]) -> Vec<Difference> {
    let mut universe: BTreeMap<String, &str> =
        actions.iter().map(|action| (action.to_ascii_lowercase(), &**action)).collect();
    for statement in first.statements.iter().chain(&second.statements) {
        for text in statement.actions.texts().filter(|text| !text.contains(['*', '?'])) {
            universe.entry(text.to_ascii_lowercase()).or_insert(text);
        }
    }
    // Actions of which the same statements speak differ alike.
    let mut alike: BTreeMap<(Vec<usize>, Vec<usize>), Vec<String>> = BTreeMap::new();
    let (speaking_first, speaking_second) = (Speaking::new(first), Speaking::new(second));
    for action in universe.values() {
        let key = (speaking_first.of(action), speaking_second.of(action));
        if key != (Vec::new(), Vec::new()) {
            alike.entry(key).or_default().push((*action).to_owned());
        }
    }
    let (first, second) = (Grants::of(first), Grants::of(second));
    let mut found: HashMap<Difference, Vec<String>> = HashMap::new();
    for ((of_first, of_second), actions) in alike {
        let first = first.allowed(&of_first);
        let second = second.allowed(&of_second);
        for difference in
            missing(Side::First, &first, &second).chain(missing(Side::Second, &second, &first))
        {
            found.entry(difference).or_default().extend(actions.iter().cloned());
        }
    }
    let mut found: Vec<_> = found
        .into_iter()
        .map(|(difference, mut actions)| {
            actions.sort_unstable();
            Difference { actions, ..difference }
        })
        .collect();
    found.sort();
    found
}

/// Which statements of a document speak of actions.
struct Speaking<'a> {
    document: &'a Document,
    index: Index,
    /// The strings of `Action` and `NotAction`, each with its statement.
    strings: Vec<(usize, Glob)>,
}

impl<'a> Speaking<'a> {
    fn new(document: &'a Document) -> Speaking<'a> {
        let statements = document.statements.iter().enumerate();
        let strings: Vec<_> = statements
            .flat_map(|(number, it)| {
                it.actions.texts().map(move |text| (number, action_pattern(text)))
            })
            .collect();
        let index = Index::new(strings.iter().map(|(_, glob)| glob).enumerate());
        Speaking { document, index, strings }
    }

    /// The statements that speak of an action, in order.
    fn of(&self, action: &str) -> Vec<usize> {
        let action = action_text(action);
        let matches = |string: &usize| self.strings[*string].1.covers(&action);
        let found = self.index.covering(&action, |_| true).into_iter().filter(matches);
        let matched: BTreeSet<usize> = found.map(|string| self.strings[string].0).collect();
        let statements = &self.document.statements;
        let negated = (0..statements.len()).filter(|number| statements[*number].actions.negated);
        let by_name = matched.iter().filter(|number| !statements[**number].actions.negated);
        let mut speaking: Vec<usize> =
            negated.filter(|number| !matched.contains(number)).chain(by_name.copied()).collect();
        speaking.sort_unstable();
        speaking
    }
}

/// What the statements of a policy grant or deny, taken apart.
struct Grants(Vec<(Effect, Vec<Rc<Known>>)>);

/// What a policy allows of an action, and what it denies.
struct Allowed {
    grants: Set,
    denies: Set,
}

impl Grants {
    fn of(document: &Document) -> Grants {
        let of_one = |statement: &Statement| {
            let grants = grants(statement, document).into_iter();
            (statement.effect, grants.map(|grant| Rc::new(Known::new(grant))).collect())
        };
        Grants(document.statements.iter().map(of_one).collect())
    }

    fn allowed(&self, speaking: &[usize]) -> Allowed {
        let of = |effect| {
            let statements = speaking.iter().filter_map(|index| self.0.get(*index));
            statements.filter(move |it| it.0 == effect).flat_map(|it| it.1.iter().cloned())
        };
        let denies = Set::new(of(Effect::Deny).collect());
        let undenied = |grant: &Rc<Known>| denies.covering(grant).next().is_none();
        let all = Set::new(of(Effect::Allow).filter(undenied).collect());
        // What another grant of the same policy has in it adds nothing; of two that are the same, the first stays.
        let stays = |(number, grant): &(usize, &Rc<Known>)| {
            all.covering(grant)
                .all(|other| other == *number || other > *number && all.all[other].is_within(grant))
        };
        let kept = all.all.iter().enumerate().filter(stays).map(|(_, grant)| grant.clone());
        Allowed { grants: Set::new(kept.collect()), denies }
    }
}

impl Allowed {
    fn denies_touching(&self, grant: &Known) -> Vec<Grant> {
        let touching: BTreeSet<&Grant> =
            self.denies.touching(grant).map(|deny| &self.denies.all[deny].grant).collect();
        touching.into_iter().cloned().collect()
    }

    /// Whether it certainly allows something that the other policy allows.
    fn has(&self, grant: &Known, of: &Allowed) -> bool {
        self.grants.covering(grant).next().is_some()
            // What we deny of it, the other denies too.
            && self.denies.touching(grant).all(|deny| {
                of.denies.covering(&self.denies.all[deny]).next().is_some()
            })
    }
}

fn grants(statement: &Statement, document: &Document) -> Vec<Grant> {
    let conditions: BTreeSet<_> =
        statement.conditions.iter().map(|it| canonical(it, document)).collect();
    let text = |text: &str| versioned(text, document);
    let on: Vec<On> = if statement.resources.negated {
        vec![On::AllBut(statement.resources.texts().map(text).collect())]
    } else {
        statement.resources.texts().map(|it| On::Each(text(it))).collect()
    };
    on.into_iter().map(|on| Grant { on, conditions: conditions.clone() }).collect()
}

fn canonical(condition: &Condition, document: &Document) -> Asked {
    let values: BTreeSet<_> =
        condition.values.iter().map(|value| versioned(value, document)).collect();
    (
        condition.operator_name.clone(),
        condition.key.to_ascii_lowercase(),
        values.into_iter().collect(),
    )
}

/// A `${` is text in a policy of 2008; written as policies of 2012 write it.
fn versioned(text: &str, document: &Document) -> String {
    if document.has_variables { text.to_owned() } else { text.replace("${", "${$}{") }
}

/// What `ours` allows and `others` does not certainly.
fn missing<'a>(
    side: Side,
    ours: &'a Allowed,
    others: &'a Allowed,
) -> impl Iterator<Item = Difference> + 'a {
    let uncovered = ours.grants.all.iter().filter(|grant| !others.has(grant, ours));
    uncovered.map(move |grant| {
        let touching = others.grants.touching(grant);
        let mut other: Vec<_> = touching.map(|it| others.grants.all[it].grant.clone()).collect();
        other.sort();
        Difference {
            side,
            actions: Vec::new(),
            grant: grant.grant.clone(),
            except: ours.denies_touching(grant),
            other_denies: if other.is_empty() { Vec::new() } else { others.denies_touching(grant) },
            other,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(statements: &str) -> Document {
        Document::parse(format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}"))
            .unwrap()
    }

    fn allow(action: &str, resource: &str) -> String {
        statement("Allow", action, resource)
    }

    fn statement(effect: &str, action: &str, resource: &str) -> String {
        format!("{{\"Effect\": \"{effect}\", \"Action\": [{action}], \"Resource\": [{resource}]}}")
    }

    fn differences(first: &str, second: &str) -> Vec<String> {
        let actions = ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sqs:SendMessage"]
            .map(str::to_owned);
        between(&document(first), &document(second), &actions)
            .into_iter()
            .map(|it| {
                let sign = if it.side == Side::First { '-' } else { '+' };
                let on = match it.grant.on {
                    On::Each(text) => text,
                    On::AllBut(not) => format!("all but {not:?}"),
                };
                format!(
                    "{sign} {} on {on}{}",
                    it.actions.join(","),
                    if it.other.is_empty() { "" } else { " partly" }
                )
            })
            .collect()
    }

    #[test]
    fn what_is_written_otherwise_is_the_same() {
        let wild = allow("\"s3:Get*\"", "\"*\"");
        let listed =
            allow("\"s3:getobjectacl\"", "\"*\"") + "," + &allow("\"s3:GetObject\"", "\"*\"");
        assert_eq!(differences(&wild, &listed), [""; 0]);
        let both = allow("\"s3:GetObject\"", "\"arn:aws:s3:::a\", \"arn:aws:s3:::b\"");
        let each = allow("\"s3:GetObject\"", "\"arn:aws:s3:::b\"")
            + ","
            + &allow("\"s3:GetObject\"", "\"arn:aws:s3:::a\", \"arn:aws:s3:::a\"");
        assert_eq!(differences(&both, &each), [""; 0]);
        let denied = allow("\"s3:*\"", "\"*\"") + "," + &statement("Deny", "\"s3:Put*\"", "\"*\"");
        assert_eq!(differences(&denied, &wild), [""; 0]);
        let not =
            "{\"Effect\": \"Allow\", \"NotAction\": [\"sqs:*\", \"s3:Put*\"], \"Resource\": \"*\"}";
        assert_eq!(differences(not, &wild), [""; 0]);
    }

    #[test]
    fn what_differs_is_told() {
        let all = allow("\"s3:*\"", "\"*\"");
        let some = allow("\"s3:Get*\"", "\"arn:aws:s3:::a/*\"");
        assert_eq!(
            differences(&all, &some),
            ["- s3:GetObject,s3:GetObjectAcl on * partly", "- s3:PutObject on *"]
        );
        let denied =
            all.clone() + "," + &statement("Deny", "\"s3:*\"", "\"arn:aws:s3:::a/secret\"");
        assert_eq!(
            differences(&denied, &some),
            differences(&all, &some)[..]
                .iter()
                .cloned()
                .chain(["+ s3:GetObject,s3:GetObjectAcl on arn:aws:s3:::a/* partly".to_owned()])
                .collect::<Vec<_>>()
        );
        let harmless =
            some.clone() + "," + &statement("Deny", "\"s3:*\"", "\"arn:aws:s3:::other\"");
        assert_eq!(differences(&harmless, &some), [""; 0]);
        let but = "{\"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"NotResource\": \"arn:aws:s3:::a/*\"}";
        assert_eq!(
            differences(but, &some),
            [
                "- s3:GetObject,s3:GetObjectAcl on all but {\"arn:aws:s3:::a/*\"}",
                "+ s3:GetObject,s3:GetObjectAcl on arn:aws:s3:::a/*"
            ]
        );
    }

    #[test]
    fn a_condition_narrows() {
        let free = allow("\"s3:GetObject\"", "\"*\"");
        let bound = "{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"true\"}}}";
        assert_eq!(differences(bound, bound), [""; 0]);
        assert_eq!(differences(&free, bound), ["- s3:GetObject on * partly"]);
    }

    #[test]
    fn fewer_values_of_a_condition_allow_less() {
        let bound = |operator: &str, values: &str| {
            format!(
                "{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {{\"{operator}\": {{\"aws:ResourceTag/env\": {values}}}}}}}"
            )
        };
        let only = |sign: char| [format!("{sign} s3:GetObject on * partly")];
        for operator in
            ["StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAllValues:StringLike"]
        {
            let (few, many) = (bound(operator, "[\"b\"]"), bound(operator, "[\"a\", \"b\"]"));
            assert_eq!(differences(&few, &many), only('+'), "{operator}");
            assert_eq!(differences(&many, &few), only('-'), "{operator}");
            let other = bound(operator, "\"c\"");
            assert_eq!(differences(&few, &other).len(), 2, "{operator}");
        }
        for operator in ["StringNotEquals", "ForAnyValue:StringNotLike"] {
            let (few, many) = (bound(operator, "[\"b\"]"), bound(operator, "[\"a\", \"b\"]"));
            assert_eq!(differences(&few, &many), only('-'), "{operator}");
        }
        let (equals, like) = (bound("StringEquals", "\"a\""), bound("StringLike", "\"a\""));
        assert_eq!(differences(&equals, &like).len(), 2, "what is not certain is told");
    }
}
