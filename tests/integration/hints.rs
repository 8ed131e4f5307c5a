//! What the summary says the policy cannot do yet: of recordings, and of a run.

use std::path::Path;
use std::process::Output;

use crate::common::{leastwise, stderr, stdout};
use serde_json::{Value, json};

const HEADER: &str = "  What this policy cannot do yet (--hints off leaves this out; see ";

/// A line of a recording; `more` is put over its members.
fn line(name: &str, more: &Value) -> String {
    let (service, operation) = name.split_once('.').unwrap();
    let mut call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [{"action": format!("{service}:{operation}"), "resources": ["*"], "conditions": {}, "reason": "operation"}],
    });
    for (name, value) in more.as_object().unwrap() {
        call[name] = value.clone();
    }
    format!("{call}\n")
}

fn policy(folder: &Path, lines: &[String], arguments: &[&str]) -> Output {
    std::fs::write(folder.join("calls.jsonl"), lines.concat()).unwrap();
    let arguments = [arguments, &["calls.jsonl"]].concat();
    leastwise(["policy"]).args(arguments).current_dir(folder).output().unwrap()
}

/// The lines below the header, without their indent.
fn hints(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let said = stderr(output).lines().skip_while(|line| !line.starts_with(HEADER)).skip(1);
    said.take_while(|line| line.starts_with("    ")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_run_that_created_updated_and_deleted_has_no_hint() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "ec2.CreateVpc",
        "ec2.CreateSubnet",
        "ec2.RunInstances",
        "ec2.DescribeInstances",
        "ec2.TerminateInstances",
        "ec2.DeleteSubnet",
        "ec2.DeleteVpc",
        "cloudformation.CreateStack",
        "cloudformation.DescribeStacks",
        "cloudformation.UpdateStack",
        "cloudformation.DeleteStack",
        "s3.CreateBucket",
        "s3.PutObject",
        "s3.ListObjectsV2",
        "s3.DeleteObject",
        "s3.DeleteBucket",
        "kms.CreateKey",
        "kms.CreateAlias",
        "kms.DeleteAlias",
        "kms.ScheduleKeyDeletion",
    ];
    let mut lines: Vec<String> = names.iter().map(|name| line(name, &json!({}))).collect();
    // Questions, and their answers.
    let no_stack = json!({"status": 400, "error": "ValidationError"});
    lines.insert(7, line("cloudformation.DescribeStacks", &no_stack));
    lines.push(line("s3.HeadObject", &json!({"status": 404})));
    lines.push(line("dynamodb.PutItem", &json!({"status": 400, "error": "ThrottlingException"})));
    let output = policy(folder.path(), &lines, &[]);
    assert_eq!(hints(&output), [""; 0]);
    assert!(!stderr(&output).contains("cannot do yet"), "{}", stderr(&output));
}

#[test]
fn what_is_missing_is_said_in_the_order_of_its_use_and_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        line(
            "lambda.CreateFunction",
            &json!({"status": 400, "error": "InvalidParameterValueException"}),
        ),
        line(
            "cloudformation.CreateChangeSet",
            &json!({"parameters": {"ChangeSetName": "cdk-deploy-change-set", "StackName": "s"}}),
        ),
        line("cloudformation.ExecuteChangeSet", &json!({})),
        line("sqs.CreateQueue", &json!({})),
        line("s3.ListObjectsV2", &json!({"more_pages": true})),
    ];
    let output = policy(folder.path(), &lines, &[]);
    assert_eq!(
        hints(&output),
        [
            "lambda.CreateFunction (InvalidParameterValueException) only failed, so what follows when it succeeds was not seen: remove the cause and record again.",
            "cloudformation.CreateChangeSet of `cdk deploy` created what the next run changes: record that run, too, with something changed; it also needs cloudformation:DeleteChangeSet and cloudformation:GetTemplate.",
            "sqs.CreateQueue and cloudformation.CreateChangeSet created something and nothing of it was deleted: if the policy is to destroy it, record that, too; it needs sqs:DeleteQueue and cloudformation:DeleteStack.",
            "The answers of s3.ListObjectsV2 had more pages, which were not asked for, so what is done with the rest was not seen: record a run that reads them.",
        ]
    );
    for quiet in [&["--hints", "off"][..], &["-q"], &["--hints=on", "-q"]] {
        let without = policy(folder.path(), &lines, quiet);
        assert_eq!(hints(&without), [""; 0], "{quiet:?}");
        assert_eq!(stdout(&without), stdout(&output), "{quiet:?}");
    }
}

/// What names and errors of a stranger's recording hold is no command for a terminal, and is not long.
#[test]
fn foreign_text_is_shown_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let error = format!("\u{1b}[2JOops\n{}", "x".repeat(10_000));
    let lines = [
        line("sqs.SendMessage", &json!({"status": 400, "error": error})),
        line("sqs.Nonsense\u{1b}", &json!({"status": 400, "error": "Bad"})),
    ];
    let output = policy(folder.path(), &lines, &[]);
    let said = hints(&output);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("sqs.SendMessage (") && said[0].len() < 400, "{said:?}");
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
}

#[test]
#[cfg(unix)]
fn a_run_says_it_at_its_end_and_a_check_does_not() {
    use crate::common::send;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], script: &str| {
        let mut command = leastwise(["run"]);
        command.args(arguments).args(["--", "bash", "-c", script]).current_dir(folder.path());
        command.output().unwrap()
    };
    let create = send("SQS", "CreateQueue");
    let output = run(&["-o", "policy.json"], &create);
    let expected = "sqs.CreateQueue created something and nothing of it was deleted: if the policy is to destroy it, record that, too; it needs sqs:DeleteQueue.";
    assert_eq!(hints(&output), [expected]);
    let both = format!("{create}{}", send("SQS", "DeleteQueue"));
    assert_eq!(hints(&run(&["-o", "policy.json"], &both)), [""; 0]);
    assert_eq!(hints(&run(&["--hints", "off", "-o", "policy.json"], &create)), [""; 0]);
    // What is wanted of it is the verdict.
    assert_eq!(hints(&run(&["--check", "policy.json", "--allow-undecided"], &create)), [""; 0]);
}
