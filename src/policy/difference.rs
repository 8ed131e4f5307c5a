//! What two policies allow differently, whatever their statements look like.
//!
//! Both are taken apart, action by action, into what they allow on which resources under which
//! conditions, and except for what they deny. What one allows is the same when the other certainly
//! allows it, too; a condition is only ever compared with the same condition, so what is said to be
//! the same is, and what differs in nothing but the way in which conditions are written is said to
//! differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Effect;
use super::document::{Condition, Document, Statement};
use super::evaluate::{action_matches, is_within, may_overlap};

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

/// Resources and conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// On what.
    pub on: On,
    /// Under which conditions, all of which must hold: operator, key, values.
    pub conditions: BTreeSet<(String, String, Vec<String>)>,
}

/// The resources of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// What this string of a `Resource` stands for.
    Each(String),
    /// Everything but what these strings of a `NotResource` stand for.
    AllBut(BTreeSet<String>),
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
    for action in universe.values() {
        let key = (speaking(first, action), speaking(second, action));
        if key != (Vec::new(), Vec::new()) {
            alike.entry(key).or_default().push((*action).to_owned());
        }
    }
    let mut found: HashMap<Difference, Vec<String>> = HashMap::new();
    for ((of_first, of_second), actions) in alike {
        let first = Side::First.allowed(first, &of_first);
        let second = Side::Second.allowed(second, &of_second);
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

/// The statements that speak of an action.
fn speaking(document: &Document, action: &str) -> Vec<usize> {
    let speaks = |statement: &Statement| {
        let element = &statement.actions;
        element.texts().any(|text| action_matches(text, action)) != element.negated
    };
    let statements = document.statements.iter().enumerate();
    statements.filter(|(_, statement)| speaks(statement)).map(|(index, _)| index).collect()
}

/// What a policy allows of an action, and what it denies.
struct Allowed {
    /// Each with the denials that touch it.
    grants: Vec<(Grant, Vec<Grant>)>,
    denies: Vec<Grant>,
}

impl Side {
    fn allowed(self, document: &Document, speaking: &[usize]) -> Allowed {
        let statements = || speaking.iter().map(|index| &document.statements[*index]);
        let of = |effect| statements().filter(move |statement| statement.effect == effect);
        let denies: Vec<_> =
            of(Effect::Deny).flat_map(|statement| grants(statement, document)).collect();
        let grants = of(Effect::Allow).flat_map(|statement| grants(statement, document));
        let mut kept: Vec<(Grant, Vec<Grant>)> = Vec::new();
        for grant in grants {
            if denies.iter().any(|deny| grant.is_within(deny)) {
                continue;
            }
            let touching = denies.iter().filter(|deny| deny.on.may_overlap(&grant.on));
            let mut touching: Vec<_> = touching.cloned().collect();
            touching.sort();
            touching.dedup();
            kept.push((grant, touching));
        }
        // What another grant of the same policy has in it adds nothing.
        let mut index = 0;
        while index < kept.len() {
            let covered = kept.iter().enumerate().any(|(other, it)| {
                other != index
                    && kept[index].0.is_within(&it.0)
                    && (other < index || !it.0.is_within(&kept[index].0))
            });
            if covered {
                kept.remove(index);
            } else {
                index += 1;
            }
        }
        Allowed { grants: kept, denies }
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

fn canonical(condition: &Condition, document: &Document) -> (String, String, Vec<String>) {
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
    let uncovered = ours.grants.iter().filter(|(grant, except)| {
        !others.grants.iter().any(|(wide, denied)| {
            grant.is_within(wide)
                && denied.iter().filter(|deny| deny.on.may_overlap(&grant.on)).all(|deny| {
                    // What the other denies of it, we deny too.
                    except.iter().any(|ours| deny.is_within(ours))
                })
        })
    });
    uncovered.map(move |(grant, except)| {
        let touching = |other: &&Grant| other.on.may_overlap(&grant.on);
        let mut other: Vec<_> = others.grants.iter().map(|it| &it.0).filter(touching).collect();
        let mut other_denies: Vec<_> = others.denies.iter().filter(touching).collect();
        other.sort();
        other_denies.sort();
        other_denies.dedup();
        if other.is_empty() {
            other_denies.clear();
        }
        Difference {
            side,
            actions: Vec::new(),
            grant: grant.clone(),
            except: except.clone(),
            other: other.into_iter().cloned().collect(),
            other_denies: other_denies.into_iter().cloned().collect(),
        }
    })
}

impl Grant {
    /// Whether whatever this is, `wide` certainly is too: its conditions are some of ours.
    fn is_within(&self, wide: &Grant) -> bool {
        wide.conditions.is_subset(&self.conditions) && self.on.is_within(&wide.on)
    }
}

impl On {
    fn is_within(&self, wide: &On) -> bool {
        match (self, wide) {
            (On::Each(narrow), On::Each(wide)) => is_within(narrow, wide),
            (On::Each(narrow), On::AllBut(not)) => !not.iter().any(|not| may_overlap(narrow, not)),
            (On::AllBut(_), On::Each(wide)) => wide == "*",
            (On::AllBut(narrow), On::AllBut(wide)) => {
                wide.iter().all(|wide| narrow.iter().any(|narrow| is_within(wide, narrow)))
            }
        }
    }

    fn may_overlap(&self, other: &On) -> bool {
        match (self, other) {
            (On::Each(one), On::Each(other)) => may_overlap(one, other),
            (On::Each(each), On::AllBut(not)) | (On::AllBut(not), On::Each(each)) => {
                !not.iter().any(|not| is_within(each, not))
            }
            (On::AllBut(_), On::AllBut(_)) => true,
        }
    }
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
}
