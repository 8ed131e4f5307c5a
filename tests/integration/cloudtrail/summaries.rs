//! Summaries: each distinct call once, and from any parts of the events, in any order, the policy of the whole.

use std::fs;

use serde_json::{Value, json};

use super::formats::{all, compressed, policy, run};
use crate::chance::Chance;
use crate::common::{stderr, stdout};

#[test]
fn a_summary_has_each_call_once_with_its_count_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("events.json"), json!(all()).to_string()).unwrap();
    let made = run(folder, &["summarize", "events.json", "-o", "summary.jsonl"]);
    assert_eq!((made.status.code(), stdout(&made)), (Some(0), ""), "{}", stderr(&made));
    let text = fs::read_to_string(folder.join("summary.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<&Value> = lines.iter().filter(|line| line["count"] != 0).collect();
    assert_eq!(calls.len(), 142);
    assert_eq!(calls.iter().map(|it| it["count"].as_u64().unwrap()).sum::<u64>(), 309);
    let mut seen = std::collections::BTreeSet::new();
    for call in &calls {
        assert!(call["first"].as_str() <= call["last"].as_str(), "{call}");
        assert_eq!(call["time"], call["first"]);
        let mut what = (*call).clone();
        for own in ["time", "count", "first", "last"] {
            what.as_object_mut().unwrap().remove(own);
        }
        assert!(seen.insert(what.to_string()), "twice: {call}");
    }
    assert_eq!(policy(folder, &["summary.jsonl"]), policy(folder, &["events.json"]));
    // A summary of summaries is the same, and so is one of a recording in it.
    let again = run(folder, &["summarize", "summary.jsonl"]);
    assert_eq!(stdout(&again), text);
    let twice = run(folder, &["summarize", "events.json", "-o", "events.json"]);
    assert_eq!(twice.status.code(), Some(2));
    fs::write(folder.join("mine.txt"), "mine").unwrap();
    let kept = run(folder, &["summarize", "events.json", "-o", "mine.txt"]);
    assert!(stderr(&kept).contains("is not a recording"), "{}", stderr(&kept));
    assert_eq!(fs::read_to_string(folder.join("mine.txt")).unwrap(), "mine");
}

#[test]
fn the_policy_of_merged_summaries_is_that_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut events = all();
    events.extend(forwarded());
    let mut chance = Chance::seeded(15);
    fs::write(folder.join("all.json"), json!(events).to_string()).unwrap();
    let expected = policy(folder, &["all.json"]);
    assert!(expected.contains("aws:CalledVia"), "{expected}");
    for round in 0..4 {
        let count = 2 + round;
        let mut parts = vec![Vec::new(); count];
        for event in &events {
            parts[chance.below(count as u64) as usize].push(event.clone());
        }
        let mut names = Vec::new();
        for (number, part) in parts.iter_mut().enumerate() {
            let mut shuffled = Vec::new();
            while !part.is_empty() {
                shuffled.push(part.swap_remove(chance.below(part.len() as u64) as usize));
            }
            let (file, name) = (format!("part{number}.json.gz"), format!("part{number}.jsonl"));
            fs::write(
                folder.join(&file),
                compressed(json!({ "Records": shuffled }).to_string().as_bytes()),
            )
            .unwrap();
            let made = run(folder, &["summarize", &file, "-o", &name]);
            assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
            names.push(if chance.below(2) == 0 { file } else { name });
        }
        if chance.below(2) == 0 {
            names.reverse();
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(policy(folder, &names), expected, "{names:?}");
        // Two of them merged into one, which others are merged with.
        let made = run(folder, &["summarize", names[0], names[1], "-o", "two.jsonl"]);
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
        let merged: Vec<&str> = names[2..].iter().copied().chain(["two.jsonl"]).collect();
        assert_eq!(policy(folder, &merged), expected, "{merged:?}");
    }
}

/// Calls that CloudFormation made: in a session of the caller's, and in one of a service role that it opened itself, which only
/// another event tells.
fn forwarded() -> Vec<Value> {
    let session = |role: &str, key: &str| {
        json!({
            "type": "AssumedRole", "principalId": format!("AROA{role}:ci"), "accountId": "111122223333", "accessKeyId": key,
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/ci"), "invokedBy": "cloudformation.amazonaws.com",
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": format!("AROA{role}"), "accountId": "111122223333",
                "arn": format!("arn:aws:iam::111122223333:role/{role}"), "userName": role,
            }},
        })
    };
    let call = |id: &str, role: &str, key: &str, queue: &str| {
        json!({
            "eventVersion": "1.08", "eventID": id, "eventTime": "2026-01-01T00:00:01Z", "eventType": "AwsApiCall",
            "eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "userIdentity": session(role, key),
            "requestParameters": {"queueName": queue}, "responseElements": null,
        })
    };
    let mut own = session("deploy", "ASIADEPLOY");
    own.as_object_mut().unwrap().remove("invokedBy");
    vec![
        call("f1", "deploy", "ASIADEPLOY", "of-the-caller"),
        call("f2", "stacks", "ASIASTACKS", "of-the-role"),
        json!({
            "eventVersion": "1.08", "eventID": "f3", "eventTime": "2026-01-01T00:00:00Z", "eventType": "AwsApiCall",
            "eventSource": "cloudformation.amazonaws.com", "eventName": "CreateStack", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "userIdentity": own,
            "requestParameters": {"stackName": "one"}, "responseElements": null,
        }),
        json!({
            "eventVersion": "1.08", "eventID": "f4", "eventTime": "2026-01-01T00:00:00Z", "eventType": "AwsApiCall",
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
            "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/stacks", "roleSessionName": "ci"},
            "responseElements": {
                "credentials": {"accessKeyId": "ASIASTACKS", "sessionToken": "x"},
                "assumedRoleUser": {"arn": "arn:aws:sts::111122223333:assumed-role/stacks/ci"},
            },
        }),
    ]
}
