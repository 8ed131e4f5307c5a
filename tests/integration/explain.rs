//! `leastwise explain`: recordings and names, as text and as JSON, and what is neither.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::common::{leastwise, stderr, stdout};
use serde_json::{Value, json};

fn call(second: u8, operation: &str, status: u16, error: Option<&str>, requires: Value) -> String {
    let (service, operation) = operation.split_once('.').unwrap();
    let call = json!({
        "v": 1, "time": format!("2025-11-22T08:15:{second:02}.045Z"), "source": "proxy", "service": service,
        "operation": operation, "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null,
        "status": status, "error": error, "request_id": null, "host": null,
        "user_agent": format!("Boto3/1.44.5 md/Botocore#1.44.5 os/linux m/{second}"), "parameters": {}, "requires": requires,
    });
    format!("{call}\n")
}

fn needs(action: &str, resource: &str, reason: &str) -> Value {
    json!({"action": action, "resources": [resource], "conditions": {}, "reason": reason})
}

fn recording() -> String {
    let object = "arn:aws:s3:::acme/a.txt";
    let mut pass = needs("iam:PassRole", "arn:aws:iam::111122223333:role/shop", "role");
    pass["conditions"] = json!({"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}});
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:shop";
    [
        call(3, "s3.PutObject", 200, None, json!([needs("s3:PutObject", object, "operation")])),
        call(
            1,
            "s3.PutObject",
            403,
            Some("AccessDenied"),
            json!([needs("s3:PutObject", object, "operation")]),
        ),
        call(
            4,
            "s3.PutObject",
            200,
            None,
            json!([needs("s3:PutObject", "arn:aws:s3:::acme/*", "operation"),]),
        ),
        call(
            5,
            "lambda.CreateFunction",
            201,
            None,
            json!([
                needs("lambda:CreateFunction", function, "operation"),
                pass,
                needs(
                    "lambda:GetLayerVersion",
                    "arn:aws:lambda:eu-west-1:111122223333:layer:deps:3",
                    "rule"
                ),
            ]),
        ),
        call(6, "sts.GetCallerIdentity", 200, None, json!([])),
    ]
    .concat()
}

fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = leastwise(["explain"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who is given a name does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

const EXPLAINED: &str = "\
lambda:CreateFunction
  arn:aws:lambda:eu-west-1:111122223333:function:shop
    operation: the operation's own action
      lambda.CreateFunction  1 call  2025-11-22T08:15:05Z  201  Boto3/1.44.5

lambda:GetLayerVersion
  arn:aws:lambda:eu-west-1:111122223333:layer:deps:3
    rule: a rule says that the call needs it, or can
      when Layers on layerVersion @ Layers[]  (data/rules/lambda.toml)
      lambda.CreateFunction  1 call  2025-11-22T08:15:05Z  201  Boto3/1.44.5

5 calls; 1 without a permission (sts.GetCallerIdentity).
";

#[test]
fn each_resource_has_its_calls_and_reasons() {
    let run = explain(&["-", "--action", "lambda:*"], &recording());
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stdout(&run), EXPLAINED);

    let run = explain(&["--action", "s3:put*", "-"], &recording());
    let text = stdout(&run);
    assert!(
        text.starts_with(
            "s3:PutObject\n  arn:aws:s3:::acme/*\n    operation: the operation's own action\n"
        ),
        "{text}"
    );
    // Two calls, the first of which is not the first line, and the last of which went well.
    assert!(text.contains("    which covers arn:aws:s3:::acme/a.txt\n"), "{text}");
    assert!(text.contains("2 calls  2025-11-22T08:15:01Z  200"), "{text}");
    let run = explain(&["--action", "iam:*", "-"], &recording());
    let condition = "  if StringEquals iam:PassedToService = lambda.amazonaws.com\n";
    assert!(stdout(&run).contains(condition), "{}", stdout(&run));
}

#[test]
fn json_has_all_of_it() {
    let run = explain(&["--json", "-"], &recording());
    let all: Value = serde_json::from_str(stdout(&run)).unwrap();
    assert_eq!(all["calls"], 5);
    let actions: Vec<&str> = all["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    let mut sorted = actions.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        ["iam:PassRole", "lambda:CreateFunction", "lambda:GetLayerVersion", "s3:PutObject"]
    );
    let of_layer = all["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["action"] == "lambda:GetLayerVersion");
    let because = &of_layer.unwrap()["resources"][0]["because"][0];
    assert_eq!(because["file"], "data/rules/lambda.toml");
    assert_eq!(because["user_agent"], "Boto3/1.44.5 md/Botocore#1.44.5 os/linux m/5");
}

#[test]
fn names_are_looked_up() {
    let run = explain(&["sts.get_caller_identity"], "");
    assert_eq!(stdout(&run), "sts.GetCallerIdentity\n  POST /  (query)\n  needs no permission\n");
    let run = explain(&["S3:putobject", "lambda.CreateFunction"], "");
    let text = stdout(&run);
    for part in [
        "s3:PutObject  (write)\n",
        "    s3.CopyObject ",
        "lambda.CreateFunction\n  POST /2015-03-31/functions  (rest-json)\n",
        "    condition iam:PassedToService = lambda.amazonaws.com\n",
        "    rule: when Layers on layerVersion @ Layers[]\n",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    let run = explain(&["--json", "s3"], "");
    let all: Value = serde_json::from_str(stdout(&run)).unwrap();
    assert_eq!(all["services"][0]["service"], "s3");
    assert_eq!(all["prefixes"][0]["prefix"], "s3");
}

#[test]
fn what_is_neither_is_told_in_a_sentence() {
    let recording = recording();
    for (arguments, sentence) in [
        (&["s3.CopyObjct"][..], "there is no operation s3.CopyObjct; did you mean s3.CopyObject?"),
        (&["s3:CopyObject"], "there is no action s3:CopyObject; did you mean s3.CopyObject"),
        (&["calls-of-nobody.jsonl"], "there is no file calls-of-nobody.jsonl; give a recording"),
        (&["-", "s3"], "- is a recording and s3 is a name; explain them one after the other"),
        (&["s3", "--action", "s3:*"], "--action selects actions from recordings, but s3 is a name"),
        (&["-", "--action", "sqs:*"], "no action in the policy matches sqs:*; it has s3:PutObject"),
        (&["Cargo.toml"], "line 1 of Cargo.toml is not a recorded call"),
    ] {
        let run = explain(arguments, &recording);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&run).starts_with(&format!("leastwise: {sentence}")), "{}", stderr(&run));
        assert_eq!(stdout(&run), "");
    }
}
