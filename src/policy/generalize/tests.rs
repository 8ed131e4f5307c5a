//! What is generalised to what; and on random resources: all are covered, nothing of another place or type is.

use std::num::NonZeroUsize;

use proptest::prelude::*;

use crate::authorize::Conditions;
use crate::policy::generalize::{Generalize, Generalized};
use crate::policy::{Builder, Count, Order, covers};

/// Some of AWS's ARN formats; the real ones are asked in `tests/integration/grouping.rs`.
fn formats(prefix: &str) -> Vec<&'static str> {
    match prefix {
        "s3" => vec![
            "arn:${Partition}:s3:::${BucketName}",
            "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
            "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}",
        ],
        "dynamodb" => vec![
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}",
        ],
        "sqs" => vec!["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"],
        "kms" => vec!["arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"],
        "iam" => vec!["arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"],
        "secretsmanager" => {
            vec!["arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}"]
        }
        _ => Vec::new(),
    }
}

fn over(limit: usize) -> Generalize {
    Generalize::Over(NonZeroUsize::new(limit).unwrap())
}

fn built<S: AsRef<str>>(to: Generalize, action: &str, resources: &[S]) -> Builder {
    let mut builder = Builder::generalizing(to, formats);
    for resource in resources {
        builder.allow(action, &[resource.as_ref().to_owned()], &Conditions::new());
    }
    builder
}

fn allowed(builder: &Builder) -> Vec<String> {
    let policy = builder.policy(Order::Alphabetical);
    policy.statements.into_iter().flat_map(|it| it.resources).collect()
}

fn resources<S: AsRef<str>>(to: Generalize, action: &str, resources: &[S]) -> Vec<String> {
    allowed(&built(to, action, resources))
}

const HERE: &str = "eu-west-1:111122223333";

fn keys(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("arn:aws:s3:::b/{prefix}{number}.json")).collect()
}

#[test]
fn a_list_within_the_limit_stays() {
    let twenty = keys("logs/2026/", 20);
    assert_eq!(resources(over(20), "s3:GetObject", &twenty).len(), 20);
    let again: Vec<_> = twenty.iter().chain(&twenty).collect();
    assert_eq!(resources(over(20), "s3:GetObject", &again).len(), 20);
    let many = keys("logs/2026/", 500);
    assert_eq!(resources(Generalize::Exact, "s3:GetObject", &many).len(), 500);
}

#[test]
fn a_longer_one_is_what_its_resources_have_in_common() {
    let get = |keys: &[String]| resources(over(20), "s3:GetObject", keys);
    assert_eq!(get(&keys("logs/2026/", 21)), ["arn:aws:s3:::b/logs/2026/*"]);
    assert_eq!(get(&keys("logs/2026/day-", 21)), ["arn:aws:s3:::b/logs/2026/day-*"]);
    assert_eq!(get(&keys("", 21)), ["arn:aws:s3:::b/*"]);
    let mut site = keys("assets/", 30);
    site.extend(["index.html", "robots.txt"].map(|key| format!("arn:aws:s3:::b/{key}")));
    site.push("arn:aws:s3:::other/index.html".to_owned());
    assert_eq!(
        get(&site),
        [
            "arn:aws:s3:::b/assets/*",
            "arn:aws:s3:::b/index.html",
            "arn:aws:s3:::b/robots.txt",
            "arn:aws:s3:::other/index.html"
        ]
    );
}

#[test]
fn with_nothing_in_common_it_is_the_type() {
    let queues = |name: &dyn Fn(usize) -> String| -> Vec<String> {
        let names = (0..21).map(name);
        let arns: Vec<_> = names.map(|name| format!("arn:aws:sqs:{HERE}:{name}")).collect();
        resources(over(20), "sqs:SendMessage", &arns)
    };
    assert_eq!(
        queues(&|number| format!("shop-prod-{number}")),
        [format!("arn:aws:sqs:{HERE}:shop-prod-*")]
    );
    // Half a word is no name.
    assert_eq!(queues(&|number| format!("shop{number}")), [format!("arn:aws:sqs:{HERE}:*")]);
    let keys: Vec<_> =
        (0..21).map(|it| format!("arn:aws:kms:{HERE}:key/1234abcd-12ab-{it}")).collect();
    // No part of an id.
    assert_eq!(resources(over(20), "kms:Decrypt", &keys), [format!("arn:aws:kms:{HERE}:key/*")]);
    let secrets: Vec<_> = (0..21)
        .map(|it| format!("arn:aws:secretsmanager:{HERE}:secret:shop/db-{it}-??????"))
        .collect();
    assert_eq!(
        resources(over(20), "secretsmanager:GetSecretValue", &secrets),
        [format!("arn:aws:secretsmanager:{HERE}:secret:shop/db-*")]
    );
}

#[test]
fn words_of_the_type_stay() {
    let index = |table: &dyn Fn(usize) -> String| -> Vec<String> {
        let arns: Vec<_> = (0..21)
            .map(|it| format!("arn:aws:dynamodb:{HERE}:table/{}/index/by-{it}", table(it)))
            .collect();
        resources(over(20), "dynamodb:Query", &arns)
    };
    let table = format!("arn:aws:dynamodb:{HERE}:table");
    assert_eq!(index(&|_| "orders".into()), [format!("{table}/orders/index/by-*")]);
    assert_eq!(index(&|it| format!("shop-{it}")), [format!("{table}/shop-*/index/*")]);
    assert_eq!(index(&|it| format!("{it}")), [format!("{table}/*/index/*")]);
}

#[test]
fn places_and_types_are_apart() {
    let mut arns = Vec::new();
    for place in ["eu-west-1:111122223333", "eu-west-1:444455556666", "us-east-1:111122223333"] {
        arns.extend((0..21).map(|it| format!("arn:aws:dynamodb:{place}:table/{it}")));
    }
    arns.push(format!("arn:aws:dynamodb:{HERE}:table/0/index/i"));
    arns.extend((0..21).map(|it| format!("arn:aws:new-service:{HERE}:thing/{it}")));
    arns.push(format!("arn:aws:new-service:{HERE}:other:1"));
    assert_eq!(
        resources(over(20), "dynamodb:GetItem", &arns),
        [
            "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
            "arn:aws:dynamodb:eu-west-1:444455556666:table/*",
            "arn:aws:dynamodb:us-east-1:111122223333:table/*",
            "arn:aws:new-service:eu-west-1:111122223333:other:1",
            "arn:aws:new-service:eu-west-1:111122223333:thing/*",
        ]
    );
}

#[test]
fn roles_and_buckets_are_grouped_only_when_asked() {
    let roles: Vec<_> =
        (0..50).map(|it| format!("arn:aws:iam::111122223333:role/app-{it}")).collect();
    assert_eq!(resources(over(2), "iam:PassRole", &roles).len(), 50);
    assert_eq!(
        resources(Generalize::Account, "iam:PassRole", &roles),
        ["arn:aws:iam::111122223333:role/*"]
    );
    assert_eq!(resources(Generalize::Wildcard, "iam:PassRole", &roles), ["*"]);
    let buckets: Vec<_> = (0..50).map(|it| format!("arn:aws:s3:::app-{it}")).collect();
    assert_eq!(resources(over(2), "s3:ListBucket", &buckets).len(), 50);
    assert_eq!(resources(Generalize::Account, "s3:ListBucket", &buckets).len(), 50);
}

#[test]
fn the_account_is_every_resource_of_the_type_in_it() {
    assert_eq!(
        resources(
            Generalize::Account,
            "s3:GetObject",
            &["arn:aws:s3:::b/k", "arn:aws:s3:::b/x/y", "arn:aws:s3:::c/k", "*"][..3]
        ),
        ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]
    );
    let table = format!("arn:aws:dynamodb:{HERE}:table");
    let builder = built(
        Generalize::Account,
        "dynamodb:Query",
        &[format!("{table}/t/index/i"), format!("{table}/u/index/*")],
    );
    assert_eq!(allowed(&builder), [format!("{table}/*/index/*")]);
    let all = built(Generalize::Account, "sqs:SendMessage", &[format!("arn:aws:sqs:{HERE}:*")]);
    assert_eq!(all.generalized(), []);
}

#[test]
fn what_stands_behind_a_pattern_is_counted() {
    let mut builder = built(over(20), "s3:GetObject", &keys("logs/", 300));
    for key in keys("logs/", 310) {
        builder.allow("s3:PutObject", &[key], &Conditions::new());
    }
    builder.allow("s3:PutObject", &["arn:aws:s3:::b/config".to_owned()], &Conditions::new());
    assert_eq!(
        builder.generalized(),
        [Generalized {
            pattern: "arn:aws:s3:::b/logs/*".to_owned(),
            actions: vec!["s3:GetObject".to_owned(), "s3:PutObject".to_owned()],
            resources: Count { number: 310, exact: true },
        }]
    );
    let wild = built(Generalize::Wildcard, "s3:GetObject", &["*", "arn:aws:s3:::b/k"]);
    assert_eq!(wild.generalized()[0].resources, Count { number: 1, exact: true });
}

#[test]
fn a_million_keys_take_no_more_room_than_a_few() {
    let mut builder = Builder::generalizing(over(20), formats);
    let mut generation = 0;
    for number in 0..1_000_000_u32 {
        let key = format!("arn:aws:s3:::b/{:02}/{:03}/{number}", number % 40, number % 999);
        builder.allow("s3:GetObject", &[key], &Conditions::new());
        if number == 1_000 {
            generation = builder.generation();
        }
    }
    assert!(builder.stored() < 100, "{} resources are kept", builder.stored());
    assert_eq!(allowed(&builder), ["arn:aws:s3:::b/*"]);
    assert_eq!(builder.generation(), generation, "the policy was whole after the first thousand");
    let Count { number, exact } = builder.generalized()[0].resources;
    assert!(!exact && (850_000..1_150_000).contains(&number), "{number}");
}

fn resource() -> impl Strategy<Value = (&'static str, String)> {
    let name = "(a|b|\\$\\{\\*\\}|-|\\.|/|_|:|é|\\?|\\*){1,6}";
    let place = prop::sample::select(&["r:1", "r:2", "q:1"][..]);
    (0..5_usize, place, name, "[ab-]{1,3}").prop_map(|(kind, place, name, index)| match kind {
        0 => ("s3:Get", format!("arn:aws:s3:::{index}/{name}")),
        1 => ("sqs:Send", format!("arn:aws:sqs:{place}:{name}")),
        2 => ("dynamodb:Query", format!("arn:aws:dynamodb:{place}:table/{name}/index/{index}")),
        3 => ("dynamodb:Query", format!("arn:aws:dynamodb:{place}:table/{name}")),
        _ => ("kms:Decrypt", format!("arn:aws:kms:{place}:key/{name}")),
    })
}

/// The narrowest type of an ARN, everywhere in its place: the widest that it may become.
fn widest(arn: &str) -> String {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let place = parts[..5].join(":");
    let index = format!("{place}:table/*/index/*");
    match parts[2] {
        "s3" => format!("{place}:{}/*", parts[5].split('/').next().unwrap()),
        "dynamodb" if covers(&index, arn) => index,
        "dynamodb" => format!("{place}:table/*"),
        "kms" => format!("{place}:key/*"),
        _ => format!("{place}:*"),
    }
}

proptest! {
    // A failure is shrunk and shown; no file of seeds is kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_is_covered_and_nothing_of_another_type_or_place(
        named in prop::collection::vec(resource(), 0..60),
        limit in 1..8_usize,
        account in prop::bool::weighted(0.2),
    ) {
        let to = if account { Generalize::Account } else { over(limit) };
        let mut builder = Builder::generalizing(to, formats);
        for (action, resource) in &named {
            let before = builder.policy(Order::FirstSeen);
            let changed = builder.allow(action, std::slice::from_ref(resource), &Conditions::new());
            prop_assert_eq!(changed, before != builder.policy(Order::FirstSeen));
        }
        let policy = builder.policy(Order::FirstSeen);
        for (action, resource) in &named {
            let mut statements = policy.statements.iter().filter(|it| it.actions.iter().any(|one| one == action));
            let covered = statements.any(|it| it.resources.iter().any(|one| covers(one, resource)));
            prop_assert!(covered, "{} is not in {:?}", resource, policy);
        }
        for statement in &policy.statements {
            for pattern in &statement.resources {
                let within = named.iter().any(|(action, resource)| {
                    statement.actions.iter().any(|it| it == action) && covers(&widest(resource), pattern)
                });
                prop_assert!(within, "{} is wider than the type of any in {:?}", pattern, named);
            }
        }
    }

    /// Wildcards that calls name apart: what they swallow is not counted.
    #[test]
    fn neither_order_nor_repetition_matters(
        named in prop::collection::vec("[ab](/[ab-]{1,2}){0,3}", 0..40).prop_shuffle(),
        limit in 1..8_usize,
    ) {
        let arns: Vec<_> = named.iter().map(|name| format!("arn:aws:s3:::b/{name}")).collect();
        let mut other = arns.clone();
        other.sort();
        other.extend(arns.iter().cloned());
        let (one, other) = (built(over(limit), "s3:Get", &arns), built(over(limit), "s3:Get", &other));
        prop_assert_eq!(allowed(&one), allowed(&other));
        prop_assert_eq!(one.generalized(), other.generalized());
    }
}
