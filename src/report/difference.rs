//! What two policies allow differently, said.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::evaluate::difference::{Asked, Difference, Grant, On, Side};
use crate::report::conditions;
use crate::text::Foreign;

/// How many actions of a service a line names; `--json` names all.
const MOST_SHOWN: usize = 8;

/// Every action that AWS has.
pub struct Actions {
    /// Their names.
    pub names: Vec<String>,
    /// How many each prefix has.
    counts: BTreeMap<&'static str, usize>,
}

impl Actions {
    /// Those of the catalogue.
    pub fn known() -> Actions {
        let catalog = Catalog::embedded();
        let counts = catalog.prefixes().map(|prefix| (prefix, catalog.actions(prefix).len()));
        let counts: BTreeMap<_, _> = counts.collect();
        let names = counts.keys().flat_map(|prefix| {
            catalog.actions(prefix).map(move |action| format!("{prefix}:{}", action.name()))
        });
        Actions { names: names.collect(), counts }
    }

    /// A list of actions that can be read: all of a service are one, and all of all.
    fn shortened(&self, actions: &[String]) -> Vec<String> {
        if actions.len() >= self.names.len() {
            return vec!["every action".to_owned()];
        }
        let mut by_prefix: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for action in actions {
            let prefix = action.split_once(':').map_or("", |it| it.0);
            by_prefix.entry(prefix).or_default().push(action);
        }
        let short = by_prefix.into_iter().flat_map(|(prefix, actions)| {
            if self.counts.get(prefix).is_some_and(|count| *count > 1 && actions.len() >= *count) {
                return vec![format!("{prefix}:*")];
            }
            let shown = if actions.len() > MOST_SHOWN { MOST_SHOWN - 1 } else { actions.len() };
            let mut names: Vec<_> = actions[..shown].iter().map(|it| (*it).to_owned()).collect();
            if shown < actions.len() {
                names.push(format!("{} more of {prefix}", actions.len() - shown));
            }
            names
        });
        short.collect()
    }
}

/// What differs, for people.
pub fn as_text(found: &[Difference], names: &[String; 2], actions: &Actions) -> String {
    let mut text = String::new();
    if found.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} and {} allow the same.", names[0], names[1]);
        return text;
    }
    let _ = writeln!(text, "--- {}\n+++ {}", names[0], names[1]);
    let mut told = HashSet::new();
    for difference in found {
        let (sign, other) = match difference.side {
            Side::First => ('-', &names[1]),
            Side::Second => ('+', &names[0]),
        };
        let what = actions.shortened(&difference.actions).join(", ");
        let mut line = format!("{sign} {what} {}", phrase(&difference.grant));
        for except in &difference.except {
            line.push_str(&format!(", except {}", phrase(except)));
        }
        let _ = writeln!(text, "{}", Foreign(&line));
        for grant in &difference.other {
            let _ = writeln!(text, "    {other} allows it {}", Foreign(&phrase(grant)));
        }
        for grant in &difference.other_denies {
            let _ = writeln!(text, "    {other} denies it {}", Foreign(&phrase(grant)));
        }
        for change in condition_changes(difference, names) {
            // What one policy asks for and the other asks for otherwise is two differences.
            if told.insert((&difference.actions, &difference.grant.on, change.clone())) {
                let _ = writeln!(text, "    {change}");
            }
        }
    }
    text
}

/// Which conditions the second policy adds to what the first one allows on the same resources, and which it drops.
fn condition_changes(difference: &Difference, names: &[String; 2]) -> Vec<String> {
    let mut alike = difference.other.iter().filter(|other| other.on == difference.grant.on);
    // Several are alternatives to each other.
    let (Some(other), None) = (alike.next(), alike.next()) else { return Vec::new() };
    let (before, after) = match difference.side {
        Side::First => (&difference.grant.conditions, &other.conditions),
        Side::Second => (&other.conditions, &difference.grant.conditions),
    };
    let said = |verb: &'static str| {
        move |(operator, key, values): &Asked| {
            let asked = conditions::asked(operator, key, values)?;
            Some(format!("{} {verb} the condition that {}", names[1], Foreign(&asked)))
        }
    };
    let dropped = before.difference(after).filter_map(said("drops"));
    dropped.chain(after.difference(before).filter_map(said("adds"))).collect()
}

/// `on arn:…, if StringEquals aws:username deploy`.
fn phrase(grant: &Grant) -> String {
    let mut text = match &grant.on {
        On::Each(resource) if resource == "*" => "on everything".to_owned(),
        On::Each(resource) => format!("on {resource}"),
        On::AllBut(not) => {
            let not: Vec<_> = not.iter().map(String::as_str).collect();
            format!("on everything but {}", not.join(", "))
        }
    };
    for (operator, key, values) in &grant.conditions {
        text.push_str(&format!(", if {operator} {key} {}", values.join(" or ")));
    }
    text
}

/// What differs, as JSON.
pub fn as_json(found: &[Difference], names: &[String; 2]) -> String {
    let differences: Vec<_> = found
        .iter()
        .map(|it| {
            let side = match it.side {
                Side::First => 0,
                Side::Second => 1,
            };
            json!({
                "allowed_by": names[side],
                "actions": it.actions,
                "grant": grant(&it.grant),
                "except": it.except.iter().map(grant).collect::<Vec<_>>(),
                "other_allows": it.other.iter().map(grant).collect::<Vec<_>>(),
                "other_denies": it.other_denies.iter().map(grant).collect::<Vec<_>>(),
                "condition_changes": condition_changes(it, names),
            })
        })
        .collect();
    let value = json!({"same": found.is_empty(), "policies": names, "differences": differences});
    format!("{value:#}\n")
}

fn grant(grant: &Grant) -> Value {
    let conditions: Vec<_> = grant
        .conditions
        .iter()
        .map(|(operator, key, values)| json!({"operator": operator, "key": key, "values": values}))
        .collect();
    match &grant.on {
        On::Each(resource) => json!({"resource": resource, "conditions": conditions}),
        On::AllBut(not) => json!({"not_resource": not, "conditions": conditions}),
    }
}
