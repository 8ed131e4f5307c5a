//! What runs have in common; and on random runs: nothing is lost, nothing is wider than its type, no order matters.

use std::num::NonZeroUsize;

use proptest::prelude::*;

use crate::authorize::Conditions;
use crate::policy::{Builder, Generalize, InCommon, Order, Stable, covers};

/// Some of AWS's ARN formats; the real ones are asked in `tests/integration/stable.rs`.
fn formats(prefix: &str) -> Vec<&'static str> {
    match prefix {
        "s3" => vec![
            "arn:${Partition}:s3:::${BucketName}",
            "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        ],
        "dynamodb" => vec![
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}",
        ],
        "sqs" => vec!["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"],
        "ec2" => vec![
            "arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}",
            "arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}",
        ],
        "kms" => vec!["arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"],
        "iam" => vec!["arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"],
        _ => Vec::new(),
    }
}

const ACCOUNT: &str = "111122223333";

type Needs<'a> = &'a [(&'a str, &'a str)];

/// `queue` → `arn:aws:sqs:eu-west-1:111122223333:queue`, and so on; what is an ARN stays.
fn arn(action: &str, name: &str) -> String {
    let service = action.split(':').next().unwrap_or_default();
    match service {
        _ if name.starts_with("arn:") => name.to_owned(),
        "s3" => format!("arn:aws:s3:::{name}"),
        "iam" => format!("arn:aws:iam::{ACCOUNT}:{name}"),
        _ => format!("arn:aws:{service}:eu-west-1:{ACCOUNT}:{name}"),
    }
}

fn builder(needs: Needs<'_>) -> Builder {
    let mut builder = Builder::new();
    for (action, name) in needs {
        builder.allow(action, &[arn(action, name)], &Conditions::new());
    }
    builder
}

/// The names that the policy of these runs has for its one action, without what all ARNs of the service begin with; sorted.
fn names(runs: &[Needs<'_>]) -> Vec<String> {
    let (policy, _) = stable(&runs.iter().map(|it| builder(it)).collect::<Vec<_>>(), Some(ACCOUNT));
    let resources = policy.policy(Order::Alphabetical).statements.into_iter();
    let resources = resources.flat_map(|it| it.resources);
    let mut names: Vec<_> =
        resources.map(|it| it.splitn(6, ':').last().unwrap_or_default().to_owned()).collect();
    names.sort();
    names
}

fn stable(runs: &[Builder], account: Option<&str>) -> (Builder, Vec<InCommon>) {
    let stable = Stable::of(&runs.iter().collect::<Vec<_>>(), formats, account);
    let mut whole = Builder::new();
    runs.iter().for_each(|run| whole.absorb(run));
    (stable.applied(&whole, Builder::new()), stable.patterns().collect())
}

/// The names of one action, each run's apart from the others'.
#[track_caller]
fn check(action: &str, runs: &[&[&str]], expected: &[&str]) {
    let needs: Vec<Vec<(&str, &str)>> =
        runs.iter().map(|names| names.iter().map(|name| (action, *name)).collect()).collect();
    let mut needs: Vec<Needs<'_>> = needs.iter().map(Vec::as_slice).collect();
    assert_eq!(names(&needs), expected, "{action} {runs:?}");
    needs.reverse();
    assert_eq!(names(&needs), expected, "{action} {runs:?}, the other way round");
}

#[test]
fn what_every_run_had_stays_and_what_differs_is_paired() {
    check("sqs:Send", &[&["orders"], &["orders"]], &["orders"]);
    check("sqs:Send", &[&["orders", "job-1"], &["orders", "job-2"]], &["job-*", "orders"]);
    check("sqs:Send", &[&["job-1", "out-1"], &["job-2", "out-2"]], &["job-*", "out-*"]);
    check("sqs:Send", &[&["job-1-in"], &["job-2-in"]], &["job-*-in"]);
    check("sqs:Send", &[&["job1"], &["job12"]], &["job*"]);
    check("sqs:Send", &[&["job-1", "out-1"], &["job-1", "out-2"]], &["job-1", "out-*"]);
    // Of words that differ side by side there is one wildcard.
    check(
        "sqs:Send",
        &[&["job-20261125-093000.fifo"], &["job-20261126-101500.fifo"]],
        &["job-*.fifo"],
    );
}

#[test]
fn three_runs_share_a_pattern() {
    check("sqs:Send", &[&["job-1"], &["job-2"], &["job-3"]], &["job-*"]);
    check("sqs:Send", &[&["job-1"], &["job-1"], &["job-3"]], &["job-*"]);
    // A run without such a call says nothing of it.
    check("sqs:Send", &[&["job-1", "q"], &[], &["job-3", "q"]], &["job-*", "q"]);
    check("sqs:Send", &[&["job-1"], &["job-1"], &[]], &["job-1"]);
}

#[test]
fn what_one_run_alone_had_stays() {
    check("sqs:Send", &[&["orders", "audit"], &["orders"]], &["audit", "orders"]);
    check("sqs:Send", &[&["job-1", "audit"], &["job-2"]], &["audit", "job-*"]);
    check("sqs:Send", &[&["a-1", "a-2"], &[]], &["a-1", "a-2"]);
    // One name against two: whose place is it?
    check("sqs:Send", &[&["alpha"], &["beta", "gamma"]], &["alpha", "beta", "gamma"]);
}

#[test]
fn names_with_nothing_in_common_are_their_type_one_for_one() {
    check("sqs:Send", &[&["alpha"], &["beta"]], &["*"]);
    check("dynamodb:Query", &[&["table/alpha"], &["table/beta"]], &["table/*"]);
    check("dynamodb:Query", &[&["table/a/index/i"], &["table/b/index/i"]], &["table/*/index/i"]);
    // Ids are of one kind, however many there are.
    check("ec2:DeleteVpc", &[&["vpc/vpc-0a"], &["vpc/vpc-0b", "vpc/vpc-0c"]], &["vpc/vpc-*"]);
    check("kms:Decrypt", &[&["key/1a-2b"], &["key/3c-4d", "key/5e-6f"]], &["key/*"]);
}

#[test]
fn keys_differ_in_their_bucket_and_buckets_that_every_run_had_stay() {
    check(
        "s3:PutObject",
        &[&["b/builds/1/app.zip"], &["b/builds/2/app.zip"]],
        &["b/builds/*/app.zip"],
    );
    check("s3:PutObject", &[&["b/asset.a1.zip"], &["b/asset.b2.zip"]], &["b/asset.*.zip"]);
    check("s3:PutObject", &[&["a/1", "b/1"], &["a/2", "b/2"]], &["a/*", "b/*"]);
    check("s3:PutObject", &[&["a/1", "b/2"], &["a/2", "b/1"]], &["a/*", "b/*"]);
    check("s3:PutObject", &[&["a/k", "b/k"], &["a/k", "b/k"]], &["a/k", "b/k"]);
    check("s3:ListBucket", &[&["one", "two"], &["two", "one"]], &["one", "two"]);
    // Levels that are cut differently are still levels.
    check("s3:PutObject", &[&["b/x/a-b/k"], &["b/x/c/k"]], &["b/x/*/k"]);
}

#[test]
fn a_pattern_of_buckets_has_a_word_and_an_account() {
    check("s3:ListBucket", &[&["site-1a"], &["site-2b"]], &["site-*"]);
    check("s3:PutObject", &[&["site-1a/k"], &["site-2b/k"]], &["site-*/k"]);
    check("s3:ListBucket", &[&["alpha"], &["beta"]], &["alpha", "beta"]);
    check("s3:PutObject", &[&["alpha/k"], &["beta/k"]], &["alpha/k", "beta/k"]);
    let runs = [&[("s3:ListBucket", "site-1a")], &[("s3:ListBucket", "site-2b")]];
    let runs = runs.map(|run| builder(run));
    let (held, _) = stable(&runs, Some(ACCOUNT));
    let [statement] = &held.policy(Order::FirstSeen).statements[..] else {
        panic!("one statement")
    };
    assert_eq!(statement.conditions["StringEquals"]["aws:ResourceAccount"], [ACCOUNT]);
    let (unknown, patterns) = stable(&runs, None);
    assert_eq!(unknown.policy(Order::FirstSeen).statements[0].resources.len(), 2);
    assert!(patterns.is_empty(), "{patterns:?}");
}

#[test]
fn a_role_never_gets_a_longer_name() {
    check("iam:PassRole", &[&["role/app-1a"], &["role/app-2b"]], &["role/app-??"]);
    check("iam:PassRole", &[&["role/app-1"], &["role/app-22"]], &["role/app-1", "role/app-22"]);
    check("iam:PassRole", &[&["role/alpha"], &["role/gamma"]], &["role/alpha", "role/gamma"]);
    check(
        "sts:AssumeRole",
        &[&["arn:aws:iam::1:role/a-1"], &["arn:aws:iam::1:role/a-2"]],
        &["role/a-?"],
    );
    // Where the path is not known, both patterns that are one role.
    check(
        "iam:PassRole",
        &[&["role/app-1", "role/*/app-1"], &["role/app-2", "role/*/app-2"]],
        &["role/*/app-?", "role/app-?"],
    );
}

#[test]
fn other_types_places_and_conditions_are_no_pair() {
    check("ec2:CreateTags", &[&["vpc/a"], &["subnet/b"]], &["subnet/b", "vpc/a"]);
    check("dynamodb:Query", &[&["table/a"], &["table/a/index/i"]], &["table/a", "table/a/index/i"]);
    let [here, there] =
        ["eu-west-1", "us-east-1"].map(|region| format!("arn:aws:sqs:{region}:{ACCOUNT}:job-1"));
    let kept = names(&[&[("sqs:Send", &here)], &[("sqs:Send", &there)]]);
    assert_eq!(kept, ["job-1", "job-1"]);
    assert_eq!(names(&[&[("sqs:Send", "job-1")], &[("sqs:Receive", "job-2")]]), ["job-1", "job-2"]);
    let conditions = |value: &str| -> Conditions {
        [("StringEquals".into(), [("k".into(), vec![value.to_owned()])].into())].into()
    };
    let mut runs = [Builder::new(), Builder::new()];
    runs[0].allow("sqs:Send", &[arn("sqs:Send", "job-1")], &conditions("a"));
    runs[1].allow("sqs:Send", &[arn("sqs:Send", "job-2")], &conditions("b"));
    assert!(stable(&runs, None).1.is_empty());
    runs[1] = Builder::new();
    runs[1].allow("SQS:send", &[arn("sqs:Send", "job-2")], &conditions("a"));
    assert_eq!(stable(&runs, None).1.len(), 1, "an action in another spelling is the same");
}

#[test]
fn what_is_no_arn_stays() {
    for odd in ["*", "arn:aws:sqs:*", "arn:aws:s3:::${aws:username}/*", "x"] {
        let runs = [[("s3:GetObject", odd)], [("s3:GetObject", "arn:aws:s3:::b/k")]];
        let runs = runs.map(|needs| {
            let mut builder = Builder::new();
            needs.iter().for_each(|(action, it)| {
                builder.allow(action, &[(*it).to_owned()], &Conditions::new());
            });
            builder
        });
        assert!(stable(&runs, Some(ACCOUNT)).1.is_empty(), "{odd}");
    }
    // A service without formats: the type is the first word.
    check("new:Act", &[&["thing/a-1"], &["thing/a-2"]], &["thing/a-*"]);
    check("new:Act", &[&["thing/a-1"], &["other/a-2"]], &["other/a-2", "thing/a-1"]);
}

#[test]
fn patterns_come_with_their_examples() {
    let runs = [
        builder(&[("sqs:Send", "job-1"), ("sqs:Receive", "job-1")]),
        builder(&[("sqs:Send", "job-2"), ("sqs:Receive", "job-2")]),
    ];
    let (_, patterns) = stable(&runs, None);
    let arn = |name| arn("sqs:Send", name);
    assert_eq!(
        patterns,
        [InCommon {
            pattern: arn("job-*"),
            actions: vec!["sqs:Receive".to_owned(), "sqs:Send".to_owned()],
            examples: vec![arn("job-1"), arn("job-2")],
        }]
    );
}

#[test]
fn many_names_and_long_ones_take_no_exponential_time() {
    let many = |run: usize| {
        let mut builder = Builder::new();
        for number in 0..5_000 {
            let key =
                arn("s3:PutObject", &format!("b/run-{run}/{}/part-{number}.json", number % 7));
            builder.allow("s3:PutObject", &[key], &Conditions::new());
        }
        let long = format!("b/{}", format!("{run}-").repeat(1_000));
        builder.allow("s3:PutObject", &[arn("s3:PutObject", &long)], &Conditions::new());
        builder.allow(
            "s3:PutObject",
            &[arn("s3:PutObject", &long.repeat(100))],
            &Conditions::new(),
        );
        builder
    };
    let runs = [many(1), many(2), many(3)];
    let begin = std::time::Instant::now();
    let stable = Stable::of(&runs.iter().collect::<Vec<_>>(), formats, None);
    // As it is by default: more than a few are grouped.
    let to = Builder::generalizing(Generalize::Over(NonZeroUsize::new(20).unwrap()), formats);
    let policy = stable.applied(&runs[0], to).policy(Order::Alphabetical);
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    assert_eq!(stable.patterns().len(), 5_001);
    let resources = &policy.statements[0].resources;
    assert!(resources.contains(&arn("s3:PutObject", "b/run-*/*")), "{resources:?}");
}

/// Names as programs make them, of few words, so that runs meet.
fn name() -> impl Strategy<Value = String> {
    let word = "[ab]|job|[0-9]{1,2}|[a-c][0-9]|x\\*|é";
    prop::collection::vec((word, "[-/.]"), 1..5).prop_map(|words| {
        let mut name: String = words.iter().map(|(word, end)| format!("{word}{end}")).collect();
        name.pop();
        name
    })
}

fn need() -> impl Strategy<Value = (String, String)> {
    let of = prop::sample::select(vec![
        ("s3:PutObject", ""),
        ("s3:PutObject", "b/"),
        ("dynamodb:Query", "table/"),
        ("sqs:Send", ""),
        ("ec2:CreateTags", "vpc/"),
        ("ec2:CreateTags", "subnet/"),
        ("iam:PassRole", "role/"),
        ("new:Act", "thing/"),
    ]);
    (of, name()).prop_map(|((action, head), name)| {
        (action.to_owned(), arn(action, &format!("{head}{name}")))
    })
}

proptest! {
    #[test]
    fn every_resource_is_covered_and_no_pattern_is_wider_than_its_type(
        runs in prop::collection::vec(prop::collection::vec(need(), 0..12), 2..5)
    ) {
        let builders: Vec<Builder> = runs.iter().map(|needs| {
            let mut builder = Builder::new();
            for (action, resource) in needs {
                builder.allow(action, std::slice::from_ref(resource), &Conditions::new());
            }
            builder
        }).collect();
        let (policy, patterns) = stable(&builders, Some(ACCOUNT));
        let allowed = policy.policy(Order::Alphabetical).statements;
        for (action, resource) in runs.iter().flatten() {
            let mut of_action = allowed.iter().filter(|it| it.actions.contains(action));
            let is_covered = of_action.any(|it| it.resources.iter().any(|it| covers(it, resource)));
            prop_assert!(is_covered, "{action} {resource}");
        }
        for InCommon { pattern, actions, examples } in &patterns {
            prop_assert!(examples.len() >= 2);
            for example in examples {
                prop_assert!(covers(pattern, example), "{pattern} {example}");
            }
            let parts: Vec<&str> = pattern.splitn(6, ':').collect();
            let (place, resource) = (parts[..5].join(":"), parts[5]);
            // The place is that of all examples, and so is the type.
            let beginning = format!("{place}:");
            prop_assert!(examples.iter().all(|it| it.starts_with(&beginning)), "{pattern}");
            let head = resource.split_once('/').map_or("", |(head, _)| head);
            match &*actions[0] {
                "s3:PutObject" => {
                    let bucket = resource.split('/').next().unwrap_or_default();
                    prop_assert!(bucket.chars().any(char::is_alphanumeric), "{pattern}");
                }
                "iam:PassRole" => {
                    let length = pattern.chars().count();
                    prop_assert!(head == "role");
                    for example in examples {
                        prop_assert_eq!(example.chars().count(), length);
                    }
                }
                "sqs:Send" => {}
                action => {
                    prop_assert!(matches!(head, "table" | "vpc" | "subnet" | "thing"), "{action} {pattern}");
                    let same = format!("{place}:{head}/");
                    prop_assert!(examples.iter().all(|it| it.starts_with(&same)), "{pattern}");
                }
            }
        }
        // Whatever the order of the runs.
        let turned: Vec<Builder> = builders.into_iter().rev().collect();
        let (again, patterns_again) = stable(&turned, Some(ACCOUNT));
        prop_assert_eq!(patterns, patterns_again);
        prop_assert_eq!(allowed, again.policy(Order::Alphabetical).statements);
    }
}
