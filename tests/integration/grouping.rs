//! Generalised resources: of every resource type that AWS has, and as `leastwise policy` tells them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Output;

use crate::common::{leastwise, stderr, stdout};
use leastwise::authorize::Conditions;
use leastwise::catalog::Catalog;
use leastwise::policy::{Builder, Generalize, Order, covers};
use serde_json::{Value, json};

pub(crate) fn formats(prefix: &str) -> Vec<&'static str> {
    let actions = Catalog::embedded().actions(prefix);
    let types = actions.flat_map(|action| action.resources().map(|it| it.resource_type));
    let formats: BTreeSet<_> = types.flat_map(|it| it.arn_formats()).collect();
    formats.into_iter().collect()
}

/// A format with its variables filled in: the place's, and others by `name`.
pub(crate) fn filled(format: &str, name: &dyn Fn(usize) -> String) -> String {
    let (mut text, mut rest, mut variables) = (String::new(), format, 0);
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}').unwrap();
        text.push_str(before);
        match variable {
            "Partition" => text.push_str("aws"),
            "Region" => text.push_str("eu-west-1"),
            "Account" => text.push_str("111122223333"),
            _ => {
                text.push_str(&name(variables));
                variables += 1;
            }
        }
        rest = after;
    }
    text + rest
}

/// `arn:…:table/${TableName}` in the account: `arn:…:table/*`.
pub(crate) fn everywhere(format: &str) -> String {
    filled(format, &|_| "*".to_owned())
}

#[test]
fn every_type_of_aws_is_grouped_within_itself() {
    let (mut types, mut as_type, mut by_prefix) = (0, 0, 0);
    for prefix in Catalog::embedded().prefixes() {
        let all = formats(prefix);
        for format in &all {
            // Of buckets and IAM's own no pattern is made; and what is the same whatever is named is one.
            let arn = |number: usize, shape: &str| {
                filled(format, &|variable| match shape {
                    "apart" => format!("{}x{variable}", char::from(b'a' + number as u8)),
                    _ => format!("shop-prod-{number}x{variable}"),
                })
            };
            let service = format.split(':').nth(2).unwrap();
            let bucket = everywhere(format) == "arn:aws:s3:::*";
            // Some formats have the account under another name; in two accounts there are two families.
            let place = |arn: String| arn.splitn(6, ':').take(5).collect::<Vec<_>>().join(":");
            let elsewhere = place(arn(1, "apart")) != place(arn(2, "apart"));
            if service == "iam" || bucket || elsewhere || arn(1, "apart") == arn(2, "apart") {
                continue;
            }
            types += 1;
            for shape in ["apart", "alike"] {
                let to = Generalize::Over(NonZeroUsize::new(20).unwrap());
                let mut builder = Builder::generalizing(to, formats);
                let arns: Vec<_> = (0..25).map(|number| arn(number, shape)).collect();
                builder.allow(&format!("{prefix}:Act"), &arns, &Conditions::new());
                let policy = builder.policy(Order::FirstSeen);
                let patterns = &policy.statements[0].resources;
                for arn in &arns {
                    let covered = patterns.iter().any(|it| covers(it, arn));
                    assert!(covered, "{prefix}: {format}: {arn} is not in {patterns:?}");
                }
                // Buckets are families of their own.
                if format.contains(":s3:::") {
                    assert_eq!(patterns, &arns);
                    continue;
                }
                assert_eq!(patterns.len(), 1, "{prefix}: {format}: {patterns:?}");
                // Two formats may be one text (`${Id}`, `${Name}`), so any of them will do.
                let pattern = &patterns[0];
                let of = |it: &&&'static str| arns.iter().all(|arn| covers(&everywhere(it), arn));
                assert!(
                    all.iter().filter(of).any(|it| covers(&everywhere(it), pattern)),
                    "{prefix}: {format}: {pattern} is wider than the type"
                );
                as_type += usize::from(*pattern == everywhere(format));
                by_prefix += usize::from(pattern.contains("shop-prod-"));
            }
        }
    }
    assert!(types > 1500, "{types} types");
    assert!(as_type > 1500 && by_prefix > 700, "{as_type} as types, {by_prefix} by prefix");
}

fn call(action: &str, resource: &str) -> String {
    let (service, operation) = action.split_once(':').unwrap();
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": action, "resources": [resource], "conditions": {}, "reason": "operation"}],
    });
    format!("{call}\n")
}

/// 4,213 objects, three queues, two roles.
fn recording(folder: &Path) {
    let mut text = String::new();
    for number in 0..4_213 {
        text += &call("s3:GetObject", &format!("arn:aws:s3:::b/logs/2026/{number}.json"));
    }
    for name in ["shop-orders", "shop-mails", "shop-bills"] {
        text += &call("sqs:SendMessage", &format!("arn:aws:sqs:eu-west-1:111122223333:{name}"));
    }
    for name in ["app", "job"] {
        text += &call("iam:PassRole", &format!("arn:aws:iam::111122223333:role/{name}"));
    }
    std::fs::write(folder.join("calls.jsonl"), text).unwrap();
}

fn policy(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(["policy", "calls.jsonl"]).args(arguments).current_dir(folder).output().unwrap()
}

/// The resources of each statement, in one line.
fn resources(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let policy: Value = serde_json::from_str(stdout(output)).unwrap();
    let mut text = String::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let _ = writeln!(text, "{}", statement["Resource"]);
    }
    text.replace('"', "").replace("eu-west-1:111122223333", "HERE")
}

#[test]
fn a_long_list_is_grouped_and_the_summary_says_so() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path());
    let run = policy(folder.path(), &[]);
    assert_eq!(
        resources(&run),
        "[arn:aws:s3:::b/logs/2026/*]\n\
         [arn:aws:sqs:HERE:shop-orders,arn:aws:sqs:HERE:shop-mails,arn:aws:sqs:HERE:shop-bills]\n\
         [arn:aws:iam::111122223333:role/app,arn:aws:iam::111122223333:role/job]\n"
    );
    let said = stderr(&run);
    assert!(
        said.contains("  1 pattern stands for the resources of calls; --resources exact lists each:\n    s3:GetObject: about 4"),
        "{said}"
    );
    assert!(said.contains(" resources as arn:aws:s3:::b/logs/2026/*\n"), "{said}");
    let run = policy(folder.path(), &["-q", "--group-over", "5000"]);
    assert_eq!(resources(&run).matches("b/logs/").count(), 4_213);
}

#[test]
fn resources_are_as_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path());
    let run = policy(folder.path(), &["--resources", "exact"]);
    assert_eq!(resources(&run).matches("b/logs/").count(), 4_213);
    assert!(!stderr(&run).contains("pattern"), "{}", stderr(&run));
    let grouped = policy(folder.path(), &["--resources", "grouped"]);
    assert_eq!(
        resources(&grouped),
        "[arn:aws:s3:::b/logs/2026/*]\n[arn:aws:sqs:HERE:shop-*]\n\
         [arn:aws:iam::111122223333:role/app,arn:aws:iam::111122223333:role/job]\n"
    );
    assert!(
        stderr(&grouped).contains(
            "\n    sqs:SendMessage: 3 resources as arn:aws:sqs:eu-west-1:111122223333:shop-*\n"
        ),
        "{}",
        stderr(&grouped)
    );
    assert_eq!(
        resources(&policy(folder.path(), &["--resources", "account"])),
        "[arn:aws:s3:::b/*]\n[arn:aws:sqs:HERE:*]\n[arn:aws:iam::111122223333:role/*]\n"
    );
    let wild = policy(folder.path(), &["--resources", "wildcard"]);
    assert_eq!(resources(&wild), "[*]\n");
    assert!(
        stderr(&wild).contains("\n    s3:GetObject, sqs:SendMessage, iam:PassRole: about 4"),
        "{}",
        stderr(&wild)
    );
    let both = policy(folder.path(), &["--resources", "exact", "--group-over", "3"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_recording_gives_the_policy_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    for (number, how) in
        [&["--group-over", "1"][..], &["--resources", "account"]].iter().enumerate()
    {
        let file = folder.path().join(format!("{number}.jsonl"));
        let run = leastwise(["demo", "--record"]).arg(&file).args(*how).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        let again = leastwise(["policy"]).arg(&file).args(*how).output().unwrap();
        assert_eq!(stdout(&run), stdout(&again));
    }
}
