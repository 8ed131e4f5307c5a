//! What the events cannot have shown is neither cut away nor called unused.

use std::fs;

use serde_json::{Value, json};

use super::formats::run;
use crate::common::{stderr, stdout};

/// An event of the role `web`.
fn event(id: &str, source: &str, name: &str, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.08", "eventID": id, "eventTime": "2026-01-01T00:00:01Z", "eventType": "AwsApiCall",
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAWEB:i-0a1b", "accountId": "111122223333", "accessKeyId": "ASIAWEB",
            "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0a1b",
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROAWEB", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:role/web", "userName": "web",
            }},
        },
        "requestParameters": parameters, "responseElements": null,
    })
}

/// The policy of a role that reads objects and items, and sends messages once in a while.
fn policy() -> String {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetBucketPolicy", "s3:PutBucketPolicy"], "Resource": ["arn:aws:s3:::web", "arn:aws:s3:::web/*"]},
        {"Effect": "Allow", "Action": "dynamodb:*Item", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/web"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:web"},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "ec2:RunInstances", "ec2:DescribeInstances"], "Resource": "*"},
    ]});
    serde_json::to_string_pretty(&policy).unwrap()
}

#[test]
fn a_trail_of_management_events_alone_keeps_what_is_done_with_data() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("role.json"), policy()).unwrap();
    let events = [event("1", "s3", "GetBucketPolicy", json!({"bucketName": "web", "policy": ""}))];
    fs::write(folder.join("events.json"), json!({ "Records": events }).to_string()).unwrap();
    let arguments = ["prune", "--policy", "role.json", "events.json"];
    let pruned = run(folder, &arguments);
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    for kept in [
        "s3:GetObject",
        "s3:GetBucketPolicy",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "table/web",
        "sqs:SendMessage",
        "kms:Decrypt",
        "arn:aws:s3:::web/*",
    ] {
        assert!(stdout(&pruned).contains(kept), "{kept}: {}\n{}", stdout(&pruned), stderr(&pruned));
    }
    // It reads, and it is logged: whoever looks at instances would have been seen.
    for gone in ["s3:PutBucketPolicy", "ec2:RunInstances", "ec2:DescribeInstances"] {
        assert!(!stdout(&pruned).contains(gone), "{gone}: {}", stdout(&pruned));
    }
    let said = stderr(&pruned);
    assert!(said.contains("= s3:GetObject: no data event of s3 is in the input"), "{said}");
    assert!(
        said.contains("no data event of dynamodb") && said.contains("no event of kms"),
        "{said}"
    );
    let unused = run(folder, &["check", "--unused", "--policy", "role.json", "events.json"]);
    assert_eq!(unused.status.code(), Some(4), "{}", stderr(&unused));
    assert!(stdout(&unused).contains("action s3:PutBucketPolicy"), "{}", stdout(&unused));
    assert!(!stdout(&unused).contains("action s3:GetObject"), "{}", stdout(&unused));
    assert!(stdout(&unused).contains("Not called unused"), "{}", stdout(&unused));
    // Whoever wants it gone says so.
    let dropped = run(folder, &[&arguments[..], &["--drop-unseen"]].concat());
    assert!(
        !stdout(&dropped).contains("s3:GetObject") && !stdout(&dropped).contains("dynamodb"),
        "{}",
        stdout(&dropped)
    );
    let all = run(
        folder,
        &["check", "--unused", "--drop-unseen", "--policy", "role.json", "events.json"],
    );
    assert!(stdout(&all).contains("action s3:GetObject"), "{}", stdout(&all));
}

#[test]
fn where_data_events_are_there_what_they_do_not_show_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("role.json"), policy()).unwrap();
    let events = [
        event("1", "s3", "GetObject", json!({"bucketName": "web", "key": "index.html"})),
        event("2", "dynamodb", "GetItem", json!({"tableName": "web", "key": {"id": "1"}})),
        event("3", "ec2", "RunInstances", json!({})),
        event("4", "kms", "ListKeys", json!({})),
    ];
    fs::write(folder.join("events.json"), json!({ "Records": events }).to_string()).unwrap();
    let pruned = run(folder, &["prune", "--policy", "role.json", "events.json"]);
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    assert!(stdout(&pruned).contains("dynamodb:GetItem"), "{}", stdout(&pruned));
    for gone in ["dynamodb:PutItem", "kms:Decrypt", "s3:PutBucketPolicy", "ec2:DescribeInstances"] {
        assert!(
            !stdout(&pruned).contains(gone),
            "{gone}: {}\n{}",
            stdout(&pruned),
            stderr(&pruned)
        );
    }
    // Of messages no event is there.
    assert!(stdout(&pruned).contains("sqs:SendMessage"), "{}", stdout(&pruned));
    // Where writing alone is logged, what reads is kept.
    let writes =
        [event("5", "s3", "PutBucketPolicy", json!({"bucketName": "web", "bucketPolicy": {}}))];
    fs::write(folder.join("writes.json"), json!({ "Records": writes }).to_string()).unwrap();
    let pruned = run(folder, &["prune", "--policy", "role.json", "writes.json"]);
    for kept in ["s3:GetBucketPolicy", "ec2:DescribeInstances"] {
        assert!(stdout(&pruned).contains(kept), "{kept}: {}", stdout(&pruned));
    }
    assert!(!stdout(&pruned).contains("ec2:RunInstances"), "{}", stdout(&pruned));
    assert!(stderr(&pruned).contains("no event that only reads"), "{}", stderr(&pruned));
}

/// An event of one type of resources says nothing of another, one that writes nothing of what only reads, and what CloudTrail never logs
/// is kept whatever is there.
#[test]
fn a_type_of_resources_says_nothing_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": [
            "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:GetRecords", "dynamodb:DescribeStream",
            "sqs:SendMessage", "sqs:GetQueueUrl", "sqs:CreateQueue", "sqs:DeleteMessage",
            "logs:PutLogEvents", "logs:CreateLogStream", "ses:SendRawEmail", "ses:SendEmail",
        ], "Resource": "*"},
    ]});
    fs::write(folder.join("role.json"), serde_json::to_string_pretty(&policy).unwrap()).unwrap();
    let events = [
        event("1", "dynamodb", "PutItem", json!({"tableName": "web", "key": {"id": "1"}})),
        event(
            "2",
            "sqs",
            "SendMessage",
            json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/web"}),
        ),
        event("3", "ec2", "DescribeInstances", json!({})),
    ];
    fs::write(folder.join("events.json"), json!({ "Records": events }).to_string()).unwrap();
    let pruned = run(folder, &["prune", "--policy", "role.json", "events.json"]);
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    let (policy, said) = (stdout(&pruned), stderr(&pruned));
    for (kept, why) in [
        ("dynamodb:GetItem", "= dynamodb:GetItem"),
        ("dynamodb:GetRecords", "dynamodb:GetRecords"),
        (
            "sqs:GetQueueUrl",
            "= sqs:GetQueueUrl: the data events of sqs in the input are of another kind",
        ),
        ("ses:SendEmail", "= ses:SendEmail: no data event of ses"),
        ("logs:PutLogEvents", "= logs:PutLogEvents: CloudTrail does not log it"),
        ("ses:SendRawEmail", "= ses:SendRawEmail: CloudTrail does not log it"),
    ] {
        assert!(policy.contains(kept), "{kept}: {policy}\n{said}");
        assert!(said.contains(why), "{why}: {said}");
    }
    // Items were written, and messages sent: who deletes either would have been seen.
    for gone in [
        "dynamodb:DeleteItem",
        "dynamodb:DescribeStream",
        "sqs:DeleteMessage",
        "sqs:CreateQueue",
        "logs:CreateLogStream",
    ] {
        assert!(!policy.contains(gone), "{gone}: {policy}\n{said}");
    }
}
