//! Shorter lists of actions: wildcards that stand for the listed actions and for nothing else.
//!
//! What a wildcard must not stand for is what AWS has, which this room does not know: it is asked for.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::policy::statement::Policy;

/// A wildcard that was put in the place of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortened {
    /// The wildcard (`ec2:Describe*`).
    pub wildcard: String,
    /// The actions that it stands for, in the statement's order.
    pub actions: Vec<String>,
}

/// Replaces actions by wildcards wherever that makes a statement shorter and allows nothing more.
///
/// `known` tells every action that AWS has under a prefix (`s3`), without the prefix, in any case.
/// A wildcard stands at the border of words of the name (`Describe*`, `*Tags`, `Get*Policy`), for two
/// actions at least, and all that AWS has and it matches is among the statement's actions. Of the
/// possible wildcards the one that saves most comes first, then the next, until none saves anything.
/// Actions of a prefix that AWS does not have stay as they are.
pub(super) fn shorten(
    policy: &mut Policy,
    known: &mut dyn FnMut(&str) -> Vec<String>,
) -> Vec<Shortened> {
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    let mut done = Vec::new();
    for statement in &mut policy.statements {
        for prefix in prefixes(&statement.actions) {
            let known = all.entry(prefix.clone()).or_insert_with(|| {
                known(&prefix).into_iter().map(|name| name.to_ascii_lowercase()).collect()
            });
            if !known.is_empty() {
                shorten_prefix(&mut statement.actions, &prefix, known, &mut done);
            }
        }
    }
    done
}

/// The prefixes of a list with two actions at least, in their order.
fn prefixes(actions: &[String]) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for (prefix, _) in actions.iter().filter_map(|action| action.split_once(':')) {
        let prefix = prefix.to_ascii_lowercase();
        match counts.iter_mut().find(|(it, _)| *it == prefix) {
            Some((_, count)) => *count += 1,
            None => counts.push((prefix, 1)),
        }
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(prefix, _)| prefix).collect()
}

fn shorten_prefix(
    actions: &mut Vec<String>,
    prefix: &str,
    known: &[String],
    done: &mut Vec<Shortened>,
) {
    // In lower case, with their places in the list. A wildcard that was there before stays as it is.
    let literal = |name: &String| !name.contains(['*', '?']);
    let names: Vec<(usize, String)> = actions
        .iter()
        .enumerate()
        .filter_map(|(place, action)| Some((place, name_of(action, prefix).filter(literal)?)))
        .collect();
    let listed: HashSet<&str> = names.iter().map(|(_, name)| &**name).collect();
    let forbidden: Vec<&String> =
        known.iter().filter(|name| !listed.contains(name.as_str())).collect();
    let mut candidates: Vec<(Candidate, Vec<usize>)> = candidates(actions, prefix)
        .into_iter()
        .filter_map(|candidate| {
            let matched = names.iter().filter(|(_, name)| candidate.matches(name));
            let places: Vec<usize> = matched.map(|(place, _)| *place).collect();
            let exact = places.len() > 1 && !forbidden.iter().any(|it| candidate.matches(it));
            exact.then_some((candidate, places))
        })
        .collect();
    // Which wildcard of ours stands for the action in this place.
    let mut replaced: Vec<Option<usize>> = vec![None; actions.len()];
    let mut wildcards: Vec<Shortened> = Vec::new();
    loop {
        // The first of those that save most; they are sorted. None that saves nothing will ever do.
        let mut best: Option<(usize, usize)> = None;
        let mut index = 0;
        candidates.retain_mut(|(candidate, places)| {
            places.retain(|&place| replaced[place].is_none());
            // Quotes, prefix, colon and comma are the same around each.
            let around = "\":\",".len();
            let names: usize = places.iter().map(|&place| actions[place].len() + around - 1).sum();
            let cost = prefix.len() + candidate.pattern.len() + around;
            let saves = places.len() > 1 && names > cost;
            if saves {
                if best.is_none_or(|(_, most)| names - cost > most) {
                    best = Some((index, names - cost));
                }
                index += 1;
            }
            saves
        });
        let Some((best, _)) = best else { break };
        let (candidate, places) = candidates.remove(best);
        for &place in &places {
            replaced[place] = Some(wildcards.len());
        }
        wildcards.push(Shortened {
            wildcard: format!("{prefix}:{}", candidate.pattern),
            actions: places.iter().map(|&place| actions[place].clone()).collect(),
        });
    }
    let mut written = vec![false; wildcards.len()];
    let mut kept = Vec::with_capacity(actions.len());
    for (action, replaced) in actions.drain(..).zip(replaced) {
        match replaced {
            None => kept.push(action),
            Some(number) if !written[number] => {
                written[number] = true;
                kept.push(wildcards[number].wildcard.clone());
            }
            Some(_) => {}
        }
    }
    *actions = kept;
    done.extend(wildcards);
}

/// The action's name in lower case, when it is of this prefix.
fn name_of(action: &str, prefix: &str) -> Option<String> {
    let (its, name) = action.split_once(':')?;
    its.eq_ignore_ascii_case(prefix).then(|| name.to_ascii_lowercase())
}

/// A wildcard that may be used: at most one `*`, with something on one side of it, or alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    pattern: String,
    start: String,
    end: String,
}

impl Candidate {
    /// Whether it stands for a name in lower case.
    fn matches(&self, name: &str) -> bool {
        name.len() >= self.start.len() + self.end.len()
            && name.starts_with(&self.start)
            && name.ends_with(&self.end)
    }
}

/// Every beginning and end of words of the listed actions, sorted.
fn candidates(actions: &[String], prefix: &str) -> BTreeSet<Candidate> {
    let mut candidates = BTreeSet::new();
    for action in actions {
        let Some((its, name)) = action.split_once(':') else { continue };
        if !its.eq_ignore_ascii_case(prefix) || name.contains(['*', '?']) || !name.is_ascii() {
            continue;
        }
        let borders = borders(name);
        for (place, &start) in borders.iter().enumerate() {
            for &end in &borders[place..] {
                if start == end && start != 0 && start != name.len() {
                    continue; // `Ab*Cd` for `AbCd` itself: longer than what it stands for
                }
                let (start, end) = (&name[..start], &name[end..]);
                candidates.insert(Candidate {
                    pattern: format!("{start}*{end}"),
                    start: start.to_ascii_lowercase(),
                    end: end.to_ascii_lowercase(),
                });
            }
        }
    }
    candidates.retain(|candidate| !(candidate.start.is_empty() && candidate.end.is_empty()));
    candidates.insert(Candidate {
        pattern: "*".to_owned(),
        start: String::new(),
        end: String::new(),
    });
    candidates
}

/// Where words begin (`Get|Object|Tagging`), and both ends.
fn borders(name: &str) -> Vec<usize> {
    let bytes = name.as_bytes();
    let begins = |place: usize| {
        let (before, here) = (bytes[place - 1], bytes[place]);
        let after = bytes.get(place + 1);
        here.is_ascii_uppercase()
            && (!before.is_ascii_uppercase() || after.is_some_and(u8::is_ascii_lowercase))
    };
    let inner = (1..bytes.len()).filter(|&place| begins(place));
    [0].into_iter().chain(inner).chain([bytes.len()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::statement::{Effect, Statement};

    /// The actions after shortening, in a world of these actions of the prefix `p`.
    fn shortened(world: &[&str], actions: &[&str]) -> Vec<String> {
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            resources: vec!["*".to_owned()],
            conditions: Default::default(),
        };
        let mut policy = Policy { statements: vec![statement] };
        let mut known = |prefix: &str| {
            let world = if prefix == "p" { world } else { &[] };
            world.iter().map(|name| (*name).to_owned()).collect()
        };
        let done = shorten(&mut policy, &mut known);
        let result = policy.statements.remove(0).actions;
        for Shortened { wildcard, .. } in &done {
            assert!(result.contains(wildcard));
        }
        result
    }

    const WORLD: &[&str] =
        &["GetObject", "GetObjectTags", "GetBucket", "PutObject", "PutTags", "ListTags", "Ping"];

    #[test]
    fn a_wildcard_stands_for_what_is_listed_and_nothing_else() {
        assert_eq!(
            shortened(WORLD, &["p:GetObject", "p:PutObject", "p:GetObjectTags", "p:GetBucket"]),
            ["p:Get*", "p:PutObject"]
        );
        assert_eq!(
            shortened(WORLD, &["p:GetObject", "p:GetBucket"]),
            ["p:GetObject", "p:GetBucket"]
        );
        assert_eq!(shortened(WORLD, &["p:GetObject", "p:GetObjectTags"]), ["p:GetObject*"]);
        assert_eq!(
            shortened(WORLD, &["p:ListTags", "p:GetObjectTags", "p:PutTags", "p:Ping"]),
            ["p:*Tags", "p:Ping"]
        );
        let all: Vec<String> = WORLD.iter().map(|name| format!("p:{name}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(shortened(WORLD, &all), ["p:*"]);
    }

    #[test]
    fn case_does_not_matter_in_what_aws_has() {
        assert_eq!(
            shortened(&["getobject", "GETBUCKET", "Put"], &["p:GetObject", "P:GetBucket"]),
            ["p:Get*"]
        );
        assert_eq!(
            shortened(&["GetObject", "getthing"], &["p:GetObject", "p:GetBucket"]),
            ["p:GetObject", "p:GetBucket"]
        );
    }

    #[test]
    fn a_beginning_and_an_end() {
        let world = &["GetRolePolicy", "GetUserPolicy", "GetRole", "PutRolePolicy"];
        assert_eq!(
            shortened(world, &["p:GetRolePolicy", "p:GetUserPolicy", "p:PutRolePolicy"]),
            ["p:*Policy"]
        );
        let world = &["GetRolePolicy", "GetUserPolicy", "GetRole", "PutUserPolicy"];
        assert_eq!(shortened(world, &["p:GetRolePolicy", "p:GetUserPolicy"]), ["p:Get*Policy"]);
    }

    #[test]
    fn unknown_prefixes_and_wildcards_stay() {
        assert_eq!(shortened(WORLD, &["q:GetA", "q:GetB"]), ["q:GetA", "q:GetB"]);
        assert_eq!(
            shortened(WORLD, &["p:Get*", "p:GetObject", "*"]),
            ["p:Get*", "p:GetObject", "*"]
        );
    }

    #[test]
    fn words_begin_at_capitals_also_after_abbreviations() {
        let words = |name: &str| {
            let borders = borders(name);
            borders.windows(2).map(|it| name[it[0]..it[1]].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(words("GetObjectTagging"), ["Get", "Object", "Tagging"]);
        assert_eq!(words("DescribeVPCEndpoints"), ["Describe", "VPC", "Endpoints"]);
        assert_eq!(words("CreateDBInstance"), ["Create", "DB", "Instance"]);
        assert_eq!(words("X"), ["X"]);
    }
}
