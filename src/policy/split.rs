//! A policy in several documents, each within a limit, as few as can be.
//!
//! The rule, in words: count the characters of all statements; that many documents are needed at
//! least. For that many, put the largest statement first, each into the first document that has room
//! for it. A statement that no document has room for is divided: by its resources or by its actions,
//! whichever list is the longer, and the parts go where there is most room. When something is left over,
//! all of it begins again with one document more.

use crate::policy::size::{self, FRAME, Limit, statement_size, string_size};
use crate::policy::statement::{Policy, Statement};

/// A policy in several documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// The documents; together they allow what the policy does.
    pub(super) documents: Vec<Policy>,
    /// No way of distributing these statements, whole or divided, needs fewer documents than this.
    pub(super) at_least: usize,
}

/// Splits a policy; `None` when one action on one resource is larger than the limit.
pub(super) fn split(policy: &Policy, limit: Limit) -> Option<Split> {
    if size::size(policy) <= limit.characters {
        return Some(Split { documents: vec![policy.clone()], at_least: 1 });
    }
    // A statement costs its size and a comma; the last one of a document needs none.
    let room = (limit.characters + 1).checked_sub(FRAME)?;
    let statements = &policy.statements;
    if statements.iter().any(|statement| cost(&smallest_part(statement)) > room) {
        return None;
    }
    let total: usize = statements.iter().map(cost).sum();
    // Every character of every statement is in some document, so fewer have no room for them.
    let at_least = total.div_ceil(room).max(1);
    // Parts that are alone in their document always fit; so this ends.
    let most: usize = statements.iter().map(|it| it.actions.len() * it.resources.len()).sum();
    (at_least..=most.max(at_least)).find_map(|count| {
        let whole = pack(statements, count, room, false);
        let packed = whole.or_else(|| pack(statements, count, room, true))?;
        let documents: Vec<Policy> = packed.into_iter().map(document).collect();
        let fit = documents.iter().all(|document| size::size(document) <= limit.characters);
        fit.then_some(Split { documents, at_least })
    })
}

/// A part of the policy's statement with this index.
type Part = (usize, Statement);

struct Bin {
    free: usize,
    parts: Vec<Part>,
}

impl Bin {
    fn put(&mut self, part: Part) {
        self.free -= cost(&part.1);
        self.parts.push(part);
    }
}

/// Puts the statements into so many documents, if it can be done by the rule.
fn pack(
    statements: &[Statement],
    count: usize,
    room: usize,
    divide: bool,
) -> Option<Vec<Vec<Part>>> {
    let mut bins: Vec<Bin> = Vec::new();
    bins.resize_with(count, || Bin { free: room, parts: Vec::new() });
    let mut largest_first: Vec<(usize, usize)> = statements.iter().map(cost).enumerate().collect();
    largest_first.sort_by_key(|&(index, cost)| (std::cmp::Reverse(cost), index));
    for (index, cost) in largest_first {
        let part = (index, statements[index].clone());
        if let Some(bin) = bins.iter_mut().find(|bin| bin.free >= cost) {
            bin.put(part);
        } else if !divide || !put_in_parts(part, &mut bins, room) {
            return None;
        }
    }
    bins.retain(|bin| !bin.parts.is_empty());
    let mut parts: Vec<Vec<Part>> = bins.into_iter().map(|bin| bin.parts).collect();
    for parts in &mut parts {
        // Stable, so the parts of one statement stay in order.
        parts.sort_by_key(|(index, _)| *index);
    }
    parts.sort_by_key(|parts| parts.first().map(|(index, _)| *index));
    Some(parts)
}

/// Divides a statement over the documents; whether all of it found room.
fn put_in_parts((index, statement): Part, bins: &mut [Bin], room: usize) -> bool {
    let mut waiting = vec![statement];
    while let Some(statement) = waiting.pop() {
        let Some(bin) = bins.iter_mut().max_by_key(|bin| bin.free) else { return false };
        if cost(&statement) <= bin.free {
            bin.put((index, statement));
            continue;
        }
        // A document holds most pairs of action and resource when both lists have half of it each. So where the
        // shorter list has more than that, it is divided first.
        let shorter = length(&statement.actions).min(length(&statement.resources));
        if cost(&statement) > room && shorter > room / 2 {
            let Some((one, other)) = halves(statement) else { return false };
            waiting.extend([other, one]);
            continue;
        }
        match cut(&statement, bin.free) {
            Some((first, rest)) => {
                bin.put((index, first));
                waiting.push(rest);
            }
            None => return false,
        }
    }
    true
}

/// As much of a statement as has room, and the rest; `None` when nothing has.
fn cut(statement: &Statement, room: usize) -> Option<(Statement, Statement)> {
    let by_resources = length(&statement.resources) >= length(&statement.actions);
    let list = if by_resources { &statement.resources } else { &statement.actions };
    let with = |part: &[String]| {
        let mut statement = statement.clone();
        if by_resources {
            statement.resources = part.to_vec();
        } else {
            statement.actions = part.to_vec();
        }
        statement
    };
    let mut used = cost(&with(&[]));
    let mut count = 0;
    for text in list {
        used += string_size(text) + usize::from(count > 0);
        if used > room {
            break;
        }
        count += 1;
    }
    let (first, rest) = list.split_at(count);
    (!first.is_empty() && !rest.is_empty()).then(|| (with(first), with(rest)))
}

/// Divides the shorter of the two lists, or the other where that is a single text.
fn halves(mut statement: Statement) -> Option<(Statement, Statement)> {
    let mut other = statement.clone();
    let by_actions = length(&statement.actions) <= length(&statement.resources);
    let (list, others) = match (statement.actions.len(), statement.resources.len()) {
        (2.., 2..) if by_actions => (&mut statement.actions, &mut other.actions),
        (_, 2..) => (&mut statement.resources, &mut other.resources),
        (2.., _) => (&mut statement.actions, &mut other.actions),
        _ => return None,
    };
    *others = list.split_off(list.len() / 2);
    Some((statement, other))
}

fn cost(statement: &Statement) -> usize {
    statement_size(statement) + 1
}

fn length(list: &[String]) -> usize {
    list.iter().map(|text| string_size(text)).sum()
}

/// The longest action on the longest resource: it cannot be divided.
fn smallest_part(statement: &Statement) -> Statement {
    let longest = |list: &[String]| {
        list.iter().max_by_key(|text| string_size(text)).cloned().into_iter().collect()
    };
    Statement {
        actions: longest(&statement.actions),
        resources: longest(&statement.resources),
        ..statement.clone()
    }
}

/// A document; parts of one statement in it are told apart by their Sids.
fn document(parts: Vec<Part>) -> Policy {
    let mut statements = Vec::with_capacity(parts.len());
    let mut before = None;
    let mut number = 1;
    for (index, mut statement) in parts {
        number = if before == Some(index) { number + 1 } else { 1 };
        before = Some(index);
        if let (Some(sid), 2..) = (&mut statement.sid, number) {
            sid.push_str(&format!("Part{number}"));
        }
        statements.push(statement);
    }
    Policy { statements }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::statement::Effect;

    const LIMIT: Limit = Limit { name: "a test", characters: 600, counts_space: false };

    fn texts(prefix: &str, count: usize, length: usize) -> Vec<String> {
        (0..count).map(|number| format!("{prefix}{number:0length$}")).collect()
    }

    fn statement(actions: Vec<String>, resources: Vec<String>) -> Statement {
        let conditions = Default::default();
        Statement {
            sid: Some("Same".to_owned()),
            effect: Effect::Allow,
            actions,
            resources,
            conditions,
        }
    }

    fn pairs(policies: &[Policy]) -> BTreeSet<(String, String)> {
        let statements = policies.iter().flat_map(|policy| &policy.statements);
        let pair = |it: &Statement| {
            let each = |action: &String| {
                let action = action.clone();
                it.resources.iter().map(move |resource| (action.clone(), resource.clone()))
            };
            it.actions.iter().flat_map(each).collect::<Vec<_>>()
        };
        statements.flat_map(pair).collect()
    }

    /// Splits, and makes sure that nothing is lost and all is within the limit.
    #[track_caller]
    fn checked(statements: Vec<Statement>) -> Split {
        let policy = Policy { statements };
        let split = split(&policy, LIMIT).unwrap();
        for document in &split.documents {
            assert!(size::size(document) <= LIMIT.characters);
            let sids: BTreeSet<_> = document.statements.iter().map(|it| &it.sid).collect();
            let distinct = policy.statements.len() == 1;
            assert!(!distinct || sids.len() == document.statements.len());
        }
        assert!(split.documents.len() >= split.at_least);
        assert_eq!(pairs(&split.documents), pairs(&[policy]));
        split
    }

    #[test]
    fn what_fits_stays_whole() {
        let whole = vec![statement(texts("s3:A", 2, 4), texts("arn:", 3, 9))];
        let split = checked(whole.clone());
        assert_eq!(split.documents, [Policy { statements: whole }]);
    }

    #[test]
    fn whole_statements_go_where_there_is_room() {
        // Of 600 characters 562 are for statements; these need 300, 300, 250 and 250.
        let sized = |size: usize| {
            let mut it = statement(vec!["s3:A".to_owned()], vec![String::new()]);
            it.resources[0] = "r".repeat(size - cost(&it));
            assert_eq!(cost(&it), size);
            it
        };
        let split = checked(vec![sized(300), sized(250), sized(300), sized(250)]);
        assert_eq!((split.documents.len(), split.at_least), (2, 2));
        assert!(split.documents.iter().all(|document| document.statements.len() == 2));
    }

    #[test]
    fn a_long_list_is_divided() {
        let documents = |actions, resources| {
            let (actions, resources) =
                (texts("s3:Action", actions, 4), texts("arn:aws:", resources, 9));
            checked(vec![statement(actions, resources)]).documents.len()
        };
        assert_eq!([documents(2, 60), documents(60, 2), documents(1, 100)], [3, 3, 5]);
        // 1,600 pairs, of which a document holds some 150.
        assert_eq!(documents(40, 40), 12);
    }

    #[test]
    fn the_gaps_are_filled_with_parts() {
        let long = |name: &str| statement(vec![format!("s3:{name}")], texts("arn:aws:", 20, 9));
        let split = checked(vec![long("A"), long("B"), long("C")]);
        assert_eq!((split.documents.len(), split.at_least), (3, 3));
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let policy =
            Policy { statements: vec![statement(vec!["s3:A".to_owned()], vec!["r".repeat(600)])] };
        assert_eq!(split(&policy, LIMIT), None);
    }

    #[test]
    fn many_shapes_of_statements() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..150 {
            let statements = (0..1 + random(12)).map(|number| {
                let actions = texts(&format!("s{number}:"), 1 + random(20), 1 + random(30));
                let resources =
                    texts(&format!("arn:aws:s{number}:::"), 1 + random(20), 1 + random(60));
                statement(actions, resources)
            });
            checked(statements.collect());
        }
    }
}
