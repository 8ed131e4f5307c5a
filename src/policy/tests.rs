//! The room as a whole, on examples and on many small random sequences of requirements.
//!
//! The sequences come from a small seeded generator: over names this short a failing case is
//! readable without shrinking, and a failure repeats itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::authorize::Conditions;
use crate::authorize::{Certainty, Reason, Requirement};
use crate::evaluate::grammar;
use crate::policy::*;
use crate::render;

mod held;
mod pruning;

fn requirement(action: &str, resources: &[&str], conditions: Conditions) -> Requirement {
    Requirement {
        action: action.to_owned().into(),
        resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
        conditions,
        reason: Reason::Operation,
        certainty: Certainty::Certain,
    }
}

fn needs(action: &str, resources: &[&str]) -> Requirement {
    requirement(action, resources, Conditions::new())
}

fn passed_to(services: &[&str]) -> Conditions {
    let values = services.iter().map(|service| (*service).to_owned()).collect();
    BTreeMap::from([(
        "StringEquals".into(),
        BTreeMap::from([("iam:PassedToService".into(), values)]),
    )])
}

fn built(requirements: &[Requirement]) -> Builder {
    let mut builder = Builder::new();
    for requirement in requirements {
        builder.add(requirement);
    }
    builder
}

/// A policy in one line per statement.
fn lines(policy: &Policy) -> Vec<String> {
    let line = |statement: &Statement| {
        let condition = if statement.conditions.is_empty() { "" } else { " if …" };
        format!("{} on {}{condition}", statement.actions.join(" "), statement.resources.join(" "))
    };
    policy.statements.iter().map(line).collect()
}

const BUCKET: &str = "arn:aws:s3:::bucket";
const OBJECTS: &str = "arn:aws:s3:::bucket/*";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:queue";

#[test]
fn nothing_asked_is_no_statement() {
    let builder = Builder::new();
    assert!(builder.is_empty());
    assert_eq!((builder.generation(), builder.action_count()), (0, 0));
    assert_eq!(builder.policy(Order::FirstSeen), Policy::default());
    assert_eq!(builder.policy(Order::Alphabetical), Policy::default());
}

#[test]
fn what_allows_nothing_adds_nothing() {
    let mut builder = Builder::new();
    assert!(!builder.add(&needs("s3:GetObject", &[])));
    assert!(!builder.add(&requirement("iam:PassRole", &[ROLE], passed_to(&[]))));
    assert!(builder.is_empty());
    assert_eq!((builder.generation(), builder.action_count()), (0, 0));
}

#[test]
fn actions_with_the_same_resources_and_conditions_share_a_statement() {
    let builder = built(&[
        needs("s3:PutObject", &[OBJECTS]),
        needs("sqs:SendMessage", &[QUEUE]),
        requirement("iam:PassRole", &[ROLE], passed_to(&["ecs.amazonaws.com"])),
        needs("s3:GetObject", &[OBJECTS]),
        needs("iam:GetRole", &[ROLE]),
        needs("s3:ListBucket", &[BUCKET]),
        needs("sqs:DeleteMessage", &[QUEUE]),
    ]);
    assert_eq!(
        lines(&builder.policy(Order::FirstSeen)),
        [
            format!("s3:PutObject s3:GetObject on {OBJECTS}"),
            format!("sqs:SendMessage sqs:DeleteMessage on {QUEUE}"),
            format!("iam:PassRole on {ROLE} if …"),
            format!("iam:GetRole on {ROLE}"),
            format!("s3:ListBucket on {BUCKET}"),
        ]
    );
    assert_eq!(
        lines(&builder.policy(Order::Alphabetical)),
        [
            format!("iam:GetRole on {ROLE}"),
            format!("iam:PassRole on {ROLE} if …"),
            format!("s3:GetObject s3:PutObject on {OBJECTS}"),
            format!("s3:ListBucket on {BUCKET}"),
            format!("sqs:DeleteMessage sqs:SendMessage on {QUEUE}"),
        ]
    );
    assert_eq!(builder.action_count(), 7);
}

#[test]
fn the_same_resources_in_another_order_are_the_same() {
    let builder = built(&[
        needs("s3:PutObject", &["arn:aws:s3:::b/2", "arn:aws:s3:::b/1"]),
        needs("s3:GetObject", &["arn:aws:s3:::b/1"]),
        needs("s3:GetObject", &["arn:aws:s3:::b/2"]),
    ]);
    assert_eq!(
        lines(&builder.policy(Order::FirstSeen)),
        ["s3:PutObject s3:GetObject on arn:aws:s3:::b/2 arn:aws:s3:::b/1"]
    );
    assert_eq!(
        lines(&builder.policy(Order::Alphabetical)),
        ["s3:GetObject s3:PutObject on arn:aws:s3:::b/1 arn:aws:s3:::b/2"]
    );
}

#[test]
fn an_action_is_one_in_any_case_and_keeps_its_first_spelling() {
    let mut builder = Builder::new();
    assert!(builder.add(&needs("s3:GetObject", &[BUCKET])));
    assert!(!builder.add(&needs("S3:getobject", &[BUCKET])));
    assert!(builder.add(&requirement("s3:GETOBJECT", &[BUCKET], passed_to(&["x"]))));
    assert_eq!(
        lines(&builder.policy(Order::FirstSeen)),
        [format!("s3:GetObject on {BUCKET}"), format!("s3:GetObject on {BUCKET} if …")]
    );
    assert_eq!(builder.action_count(), 1);
}

#[test]
fn long_actions_are_told_apart() {
    let long = "x".repeat(200);
    let builder = built(&[
        needs(&format!("s3:{long}"), &["*"]),
        needs(&format!("s3:{long}a"), &["*"]),
        needs(&format!("S3:{}", long.to_uppercase()), &["*"]),
    ]);
    assert_eq!(builder.action_count(), 2);
}

#[test]
fn conditions_are_equal_in_any_order_of_their_values() {
    let mut builder = Builder::new();
    assert!(builder.add(&requirement("iam:PassRole", &[ROLE], passed_to(&["b", "a", "b"]))));
    assert!(!builder.add(&requirement("iam:PassRole", &[ROLE], passed_to(&["a", "b"]))));
    assert!(!builder.add(&requirement("iam:PassRole", &[ROLE], passed_to(&["b", "a"]))));
    let mut with_empty_operator = passed_to(&["a", "b"]);
    with_empty_operator.insert("StringLike".into(), BTreeMap::new());
    assert!(!builder.add(&requirement("iam:PassRole", &[ROLE], with_empty_operator)));
    assert!(builder.add(&requirement("iam:PassRole", &[ROLE], passed_to(&["a"]))));
    let policy = builder.policy(Order::FirstSeen);
    assert_eq!(policy.statements[0].conditions, passed_to(&["a", "b"]));
    assert_eq!(policy.statements.len(), 2);
}

#[test]
fn a_wildcard_seen_later_swallows_what_it_covers_and_regroups() {
    let mut builder = built(&[
        needs("s3:GetObject", &["arn:aws:s3:::bucket/1", "arn:aws:s3:::bucket/2"]),
        needs("s3:PutObject", &[OBJECTS]),
    ]);
    assert_eq!(builder.policy(Order::FirstSeen).statements.len(), 2);
    assert!(builder.add(&needs("s3:GetObject", &[OBJECTS])));
    assert!(!builder.add(&needs("s3:GetObject", &["arn:aws:s3:::bucket/3"])));
    assert_eq!(
        lines(&builder.policy(Order::FirstSeen)),
        [format!("s3:GetObject s3:PutObject on {OBJECTS}")]
    );
}

#[test]
fn the_generation_tells_changes_alone() {
    let mut builder = Builder::new();
    let mut generation = builder.generation();
    for (resource, changes) in [
        ("arn:aws:s3:::b/1", true),
        ("arn:aws:s3:::b/1", false),
        ("*", true),
        ("arn:aws:s3:::c", false),
    ] {
        assert_eq!(builder.add(&needs("s3:GetObject", &[resource])), changes, "{resource}");
        assert_eq!(builder.generation() != generation, changes, "{resource}");
        generation = builder.generation();
    }
}

/// xorshift64*: small, seeded, good enough to pick from short lists.
struct Picks(u64);

impl Picks {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % limit
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A resource over a tiny alphabet, so that much is equal, covered or nearly so.
    fn resource(&mut self) -> String {
        if self.below(40) == 0 {
            return "*".to_owned();
        }
        let region = self.of(&["", "a", "b", "?", "*", "a*"]);
        let account = self.of(&["1", "1", "2", "*"]);
        let mut name = String::new();
        for _ in 0..=self.below(3) {
            // No two wildcards in a row: `*?` and `?*` are one set in two spellings, and which of
            // them stays depends on which came first.
            let wild = name.ends_with(['*', '?']);
            let literals = ["a", "a", "b", "/", ":", "${*}"];
            name.push_str(if wild {
                self.of(&literals)
            } else {
                self.of(&["*", "?", "a", "b", "/", ":"])
            });
        }
        format!("arn:aws:s:{region}:{account}:{name}")
    }

    fn requirement(&mut self) -> Requirement {
        let action = self.of(&["s:Get", "s:Put", "s:get", "t:Get"]);
        let resources: Vec<String> = (0..=self.below(2)).map(|_| self.resource()).collect();
        let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
        let conditions = match self.below(4) {
            0 => passed_to(&["x"]),
            1 => passed_to(&["y", "x"]),
            _ => Conditions::new(),
        };
        requirement(action, &resources, conditions)
    }

    fn requirements(&mut self) -> Vec<Requirement> {
        (0..1 + self.below(14)).map(|_| self.requirement()).collect()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

/// How a reader of IAM's documentation may take a `*`: within its part of the ARN, or over the text
/// as a whole. What is built must be right under both.
#[derive(Clone, Copy, Debug)]
enum Reading {
    ByPart,
    WholeText,
}

/// The plainest matcher that there is, by recursion.
fn matches(reading: Reading, pattern: &str, arn: &str) -> bool {
    fn glob(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'$', b'{', escaped, b'}', pattern @ ..], [first, text @ ..]) => {
                escaped == first && glob(pattern, text)
            }
            ([b'*', rest @ ..], _) => {
                glob(rest, text) || (!text.is_empty() && glob(pattern, &text[1..]))
            }
            ([b'?', pattern @ ..], [_, text @ ..]) => glob(pattern, text),
            ([one, pattern @ ..], [other, text @ ..]) => one == other && glob(pattern, text),
            _ => false,
        }
    }
    match reading {
        Reading::WholeText => glob(pattern.as_bytes(), arn.as_bytes()),
        Reading::ByPart if pattern == "*" => true,
        Reading::ByPart => {
            let parts =
                |text| -> Vec<Vec<u8>> { str::splitn(text, 6, ':').map(Into::into).collect() };
            let (pattern, arn) = (parts(pattern), parts(arn));
            pattern.len() == arn.len()
                && pattern.iter().zip(&arn).all(|(pattern, arn)| glob(pattern, arn))
        }
    }
}

/// ARNs enough to tell any two of the generator's patterns apart.
fn universe() -> Vec<String> {
    let letters = ["a", "b", ":", "*", "z"];
    let mut names = vec![String::new()];
    let mut longest = names.clone();
    for _ in 0..3 {
        longest = longest
            .iter()
            .flat_map(|name| letters.map(|letter| format!("{name}{letter}")))
            .collect();
        names.extend_from_slice(&longest);
    }
    let mut arns = Vec::new();
    for place in [":1", ":2", "a:1", "az:1"] {
        arns.extend(names.iter().map(|name| format!("arn:aws:s:{place}:{name}")));
    }
    arns
}

#[test]
fn the_policy_allows_exactly_what_was_added() {
    let universe = universe();
    for seed in 1..=40 {
        let requirements = Picks(seed).requirements();
        let policy = built(&requirements).policy(Order::FirstSeen);
        for reading in [Reading::ByPart, Reading::WholeText] {
            for action in ["s:Get", "s:Put", "t:Get"] {
                for conditions in [Conditions::new(), passed_to(&["x"]), passed_to(&["x", "y"])] {
                    let asked: Vec<&String> = requirements
                        .iter()
                        .filter(|requirement| requirement.action.eq_ignore_ascii_case(action))
                        .filter(|requirement| same_conditions(&requirement.conditions, &conditions))
                        .flat_map(|requirement| &requirement.resources)
                        .collect();
                    let allowed: Vec<&String> = policy
                        .statements
                        .iter()
                        .filter(|statement| statement.conditions == conditions)
                        .filter(|statement| {
                            statement.actions.iter().any(|one| one.eq_ignore_ascii_case(action))
                        })
                        .flat_map(|statement| &statement.resources)
                        .collect();
                    if asked.is_empty() && allowed.is_empty() {
                        continue;
                    }
                    for arn in &universe {
                        let any = |patterns: &[&String]| {
                            patterns.iter().any(|pattern| matches(reading, pattern, arn))
                        };
                        assert_eq!(
                            any(&asked),
                            any(&allowed),
                            "seed {seed}, {reading:?}: {action} on {arn}: {asked:?} became {allowed:?}"
                        );
                    }
                }
            }
        }
    }
}

fn same_conditions(one: &Conditions, sorted: &Conditions) -> bool {
    let mut one = one.clone();
    one.values_mut().flat_map(|keys| keys.values_mut()).for_each(|values| values.sort());
    one == *sorted
}

#[test]
fn covering_is_what_the_matcher_says() {
    let universe = universe();
    let mut picks = Picks(7);
    let mut covered = 0;
    for _ in 0..4_000 {
        let (wide, narrow) = (picks.resource(), picks.resource());
        if !covers(&wide, &narrow) {
            continue;
        }
        covered += 1;
        for reading in [Reading::ByPart, Reading::WholeText] {
            for arn in universe.iter().filter(|arn| matches(reading, &narrow, arn)) {
                assert!(matches(reading, &wide, arn), "{wide} does not cover {narrow}: {arn}");
            }
        }
    }
    assert!(covered > 100, "only {covered} pairs covered one another: the test shows little");
}

#[test]
fn no_resource_of_a_statement_covers_another() {
    for seed in 1..=800 {
        let policy = built(&Picks(seed).requirements()).policy(Order::FirstSeen);
        for statement in &policy.statements {
            for (place, one) in statement.resources.iter().enumerate() {
                for (other_place, other) in statement.resources.iter().enumerate() {
                    assert!(
                        place == other_place || !covers(one, other),
                        "seed {seed}: {statement:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn neither_order_nor_repetition_matters() {
    for seed in 1..=600 {
        let mut picks = Picks(seed);
        let mut requirements = picks.requirements();
        // The first spelling stays, so let there be one.
        for requirement in &mut requirements {
            requirement.action = requirement.action.replace("get", "Get").into();
        }
        let once = built(&requirements);
        let mut repeated = requirements.clone();
        repeated.extend(requirements.iter().cloned());
        assert_eq!(once.policy(Order::FirstSeen), built(&repeated).policy(Order::FirstSeen));
        picks.shuffle(&mut repeated);
        assert_eq!(
            once.policy(Order::Alphabetical),
            built(&repeated).policy(Order::Alphabetical),
            "seed {seed}"
        );
    }
}

#[test]
fn add_says_whether_the_policy_changed() {
    for seed in 1..=200 {
        let mut builder = Builder::new();
        let mut before = builder.policy(Order::FirstSeen);
        for requirement in Picks(seed).requirements() {
            let generation = builder.generation();
            let changed = builder.add(&requirement);
            let after = builder.policy(Order::FirstSeen);
            assert_eq!(changed, before != after, "seed {seed}: {requirement:?}");
            assert_eq!(changed, builder.generation() > generation);
            before = after;
        }
    }
}

#[test]
fn every_policy_is_valid_and_repeats_no_action() {
    for seed in 1..=300 {
        let mut requirements = Picks(seed).requirements();
        for requirement in &mut requirements {
            for resource in &mut requirement.resources {
                *resource = resource.replace(":1:", ":111122223333:").replace(":2:", "::");
            }
        }
        let builder = built(&requirements);
        for order in [Order::FirstSeen, Order::Alphabetical] {
            let policy = builder.policy(order);
            let text = render::json::render(&policy);
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(grammar::violations(&value), [], "{text}");
            for statement in &policy.statements {
                let mut actions = statement.actions.clone();
                actions.iter_mut().for_each(|action| action.make_ascii_lowercase());
                actions.sort();
                actions.dedup();
                assert_eq!(actions.len(), statement.actions.len(), "{statement:?}");
            }
        }
    }
}
