//! What AWS's pages say that calls take beside their own action: each dependent action of the Service Authorization
//! Reference, and each action that a text of an operation or member says the caller needs, has a word in the
//! catalogue's rules or a reason in `companions/refused.txt`. `tests/companions/checklist.py` makes the lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use leastwise::catalog::{Authorized, Catalog, Class, Operation};
use leastwise::wildcard::is_like;

/// Reasons for what is refused, by patterns of operation and action.
struct Refusals {
    patterns: Vec<(String, String)>,
    used: BTreeSet<usize>,
}

impl Refusals {
    fn read() -> Refusals {
        let patterns = lines("refused.txt").into_iter().map(|line| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            let mut word = || words.next().unwrap_or_default();
            let (operation, action, reason) = (word(), word(), word());
            assert!(reason.contains(' '), "no reason: {line}");
            (operation, action)
        });
        Refusals { patterns: patterns.collect(), used: BTreeSet::new() }
    }

    fn refuse(&mut self, operation: &str, action: &str) -> bool {
        let fits =
            |(of, refused): &(String, String)| is_like(operation, of) && is_like(action, refused);
        let place = self.patterns.iter().position(fits);
        self.used.extend(place);
        place.is_some()
    }
}

fn lines(name: &str) -> Vec<String> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "companions", name].iter().collect();
    let text = fs::read_to_string(path).expect("the list");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn operations() -> impl Iterator<Item = (String, Operation)> {
    Catalog::embedded().services().flat_map(|service| {
        service.operations().map(move |it| (format!("{}.{}", service.name(), it.name()), it))
    })
}

/// How it is decided whether a call needs the action; none where nothing is said of it.
fn word(operation: Operation, action: &str) -> Option<&'static str> {
    let wildcard = action.strip_suffix('*');
    let is_it = |it: &Authorized| {
        let name = it.action().to_string();
        wildcard.map_or(name.eq_ignore_ascii_case(action), |beginning| name.starts_with(beginning))
    };
    let authorized = operation.authorized().find(is_it)?;
    let mut rules = authorized.rules().peekable();
    Some(match authorized.class() {
        Class::Own => "own",
        _ if rules.peek().is_some() => {
            let verdicts: Vec<&str> = rules.filter_map(|rule| rule.split(' ').next()).collect();
            let has = |verdict| verdicts.contains(&verdict);
            ["when", "always", "possible"].into_iter().find(|it| has(it)).unwrap_or("never")
        }
        Class::Tag => "tags",
        Class::Role => "role",
        Class::Listed => return None,
    })
}

#[test]
fn each_dependent_action_has_a_word() {
    let dependents: BTreeMap<String, Vec<String>> = lines("dependents.txt")
        .into_iter()
        .filter_map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            Some((words.next()?, words.collect()))
        })
        .collect();
    let mut refusals = Refusals::read();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, operation) in operations() {
        for own in operation.authorized().filter(|it| it.class() == Class::Own) {
            let listed = dependents.get(&own.action().to_string());
            for action in listed.into_iter().flatten() {
                match word(operation, action) {
                    Some(word) => *counts.entry(word).or_default() += 1,
                    None if refusals.refuse(&name, action) => {
                        *counts.entry("refused").or_default() += 1;
                    }
                    None => problems.push(format!("{name}: {action}")),
                }
            }
        }
    }
    let all: usize = counts.values().sum();
    println!("{all} dependent actions: {counts:?}");
    assert!(problems.is_empty(), "without a word:\n{}", problems.join("\n"));
    assert!(all >= 4_000, "only {all} were met: is the list whole?");
}

#[test]
fn each_sentence_that_the_caller_needs_an_action_has_a_word() {
    let operations: BTreeMap<String, Operation> = operations().collect();
    let mut refusals = Refusals::read();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    for line in lines("sentences.txt") {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, member, about, actions @ ..] = &words[..] else {
            problems.push(format!("not understood: {line}"));
            continue;
        };
        let Some(operation) = operations.get(*name) else {
            problems.push(format!("the catalogue has no {name}"));
            continue;
        };
        for action in actions {
            if *about != "caller" {
                *counts.entry("not of the caller").or_default() += 1;
                continue;
            }
            match word(*operation, action) {
                Some(word) => *counts.entry(word).or_default() += 1,
                None if refusals.refuse(name, action) => {
                    *counts.entry("refused").or_default() += 1;
                }
                None => problems.push(format!("{name} {member}: {action}")),
            }
        }
    }
    let all: usize = counts.values().sum();
    println!("{all} actions in sentences: {counts:?}");
    assert!(problems.is_empty(), "without a word:\n{}", problems.join("\n"));
    assert!(all >= 1_700, "only {all} were met: is the list whole?");
}

/// A reason that refuses nothing is of another time.
#[test]
fn each_refusal_is_of_something() {
    let mut refusals = Refusals::read();
    let dependents = lines("dependents.txt");
    let dependents: BTreeMap<&str, Vec<&str>> = dependents
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(action, listed)| (action, listed.split(' ').collect()))
        .collect();
    for (name, operation) in operations() {
        for own in operation.authorized().filter(|it| it.class() == Class::Own) {
            let listed = dependents.get(&*own.action().to_string());
            for action in listed.into_iter().flatten() {
                if word(operation, action).is_none() {
                    refusals.refuse(&name, action);
                }
            }
        }
    }
    let operations: BTreeMap<String, Operation> = operations().collect();
    for line in lines("sentences.txt") {
        let mut words = line.split(' ');
        let (name, about) = (words.next().unwrap_or_default(), words.nth(1));
        let Some(operation) = operations.get(name).filter(|_| about == Some("caller")) else {
            continue;
        };
        for action in words {
            if word(*operation, action).is_none() {
                refusals.refuse(name, action);
            }
        }
    }
    let patterns = refusals.patterns.iter().enumerate();
    let unused = patterns.filter(|(index, _)| !refusals.used.contains(index));
    let unused: Vec<String> = unused.map(|(_, (of, action))| format!("{of} {action}")).collect();
    assert!(unused.is_empty(), "these refuse nothing:\n{}", unused.join("\n"));
}
