//! Who never was authenticated needed no permission, nor does who calls without credentials.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::server::{KEY, Server, answer, asked, run, signed};
use crate::common::{Listener, actions, attempt, event, leastwise, stderr, stdout};

/// The form of an error in each protocol: a request, the answer to it, and the action that it would have been.
fn refused() -> Vec<(String, String, &'static str)> {
    let at = |host: &str| format!("Host: {host}.eu-west-1.amazonaws.com");
    let post = |host: &str| format!("POST http://{host}.eu-west-1.amazonaws.com/");
    let query = "Content-Type: application/x-www-form-urlencoded";
    let xml = "Content-Type: text/xml\r\n";
    vec![
        (
            asked(
                &post("dynamodb"),
                &[
                    &at("dynamodb"),
                    &signed("dynamodb"),
                    "X-Amz-Target: DynamoDB_20120810.DeleteTable",
                ],
                r#"{"TableName":"t"}"#,
            ),
            answer(
                "400 Bad Request",
                "",
                r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."}"#,
            ),
            "dynamodb:DeleteTable",
        ),
        (
            asked(
                "DELETE http://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f",
                &[&at("lambda"), &signed("lambda")],
                "",
            ),
            answer(
                "403 Forbidden",
                "x-amzn-ErrorType: ExpiredTokenException:http://internal/\r\n",
                r#"{"message":"The security token included in the request is expired"}"#,
            ),
            "lambda:DeleteFunction",
        ),
        (
            asked("DELETE http://s3.eu-west-1.amazonaws.com/b", &[&at("s3"), &signed("s3")], ""),
            answer(
                "403 Forbidden",
                xml,
                "<Error><Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does not exist in our records.\
                 </Message></Error>",
            ),
            "s3:DeleteBucket",
        ),
        (
            asked(
                &format!(
                    "GET http://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY}%2F\
                     20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0a"
                ),
                &["Host: b.s3.eu-west-1.amazonaws.com"],
                "",
            ),
            answer(
                "403 Forbidden",
                xml,
                "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            ),
            "s3:GetObject",
        ),
        (
            asked(
                &post("sns"),
                &[&at("sns"), &signed("sns"), query],
                "Action=DeleteTopic&Version=2010-03-31&TopicArn=arn:aws:sns:eu-west-1:111122223333:t",
            ),
            answer(
                "403 Forbidden",
                xml,
                "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>\
                 </ErrorResponse>",
            ),
            "sns:DeleteTopic",
        ),
        (
            asked(
                &post("ec2"),
                &[&at("ec2"), &signed("ec2"), query],
                "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-0a",
            ),
            answer(
                "401 Unauthorized",
                xml,
                "<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to validate the provided access \
                 credentials</Message></Error></Errors></Response>",
            ),
            "ec2:DeleteVpc",
        ),
        (
            asked(
                "POST http://monitoring.eu-west-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/DeleteAlarms",
                &[&at("monitoring"), &signed("monitoring"), "smithy-protocol: rpc-v2-cbor"],
                "",
            ),
            answer(
                "403 Forbidden",
                "Content-Type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n",
                // {"__type": "IncompleteSignatureException"}
                "\u{a1}f__typex\u{1c}IncompleteSignatureException",
            ),
            "cloudwatch:DeleteAlarms",
        ),
    ]
}

/// Runs these requests against a stand-in that answers them in this order.
fn heard(options: &[&str], exchanges: &[(String, String)]) -> Output {
    let answers: Vec<_> = exchanges.iter().map(|(_, answer)| answer.clone()).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        answers[next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)].clone()
    });
    let requests: Vec<_> = exchanges.iter().map(|(request, _)| request.clone()).collect();
    let url = server.url();
    run(&[&["--upstream", &url], options].concat(), &requests)
}

#[test]
fn who_was_not_authenticated_needed_no_permission() {
    let refused = refused();
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("calls.jsonl");
    let record_at = record.to_str().unwrap();
    let apart = folder.path().join("apart");
    let options =
        ["--record", record_at, "--per-principal", apart.to_str().unwrap(), "-o", "/dev/stdout"];
    let exchanges: Vec<_> =
        refused.iter().map(|(request, answer, _)| (request.clone(), answer.clone())).collect();
    let run = heard(&options, &exchanges);
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    let said = stderr(&run);
    let line = format!("  {} calls left out: AWS did not accept the credentials", refused.len());
    assert!(said.contains(&line), "{said}");
    assert!(said.contains("ec2.DeleteVpc  AuthFailure\n"), "{said}");
    for (_, _, action) in &refused {
        assert!(!said.contains(action), "{said}");
        for file in std::fs::read_dir(&apart).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains(action), "{text}");
        }
    }
    judged_the_same_when_recorded(&record, &[]);

    // All the same, and then all over again with credentials that are known: each counts.
    let again = exchanges.iter().map(|(request, _)| (request.clone(), answer("200 OK", "", "{}")));
    let both: Vec<_> = exchanges.iter().cloned().chain(again).collect();
    let run = heard(&[], &both);
    let found = actions(stdout(&run));
    for (_, _, action) in &refused {
        assert!(found.iter().any(|it| it == action), "{action}: {found:?}");
    }
}

/// Every command that reads a recording agrees on which actions it asks for.
fn judged_the_same_when_recorded(record: &Path, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let record = record.to_str().unwrap();
    let policy = leastwise(["policy", record]).output().unwrap();
    assert_eq!(actions(stdout(&policy)), expected, "{}", stderr(&policy));
    let explained = leastwise(["explain", "--json", record]).output().unwrap();
    let explained: Value = serde_json::from_str(stdout(&explained)).unwrap();
    assert_eq!(explained["actions"].as_array().unwrap().len(), expected.len(), "{explained}");
    let path = folder.path().join("policy.json");
    let path = path.to_str().unwrap();
    let statement = |action: &str| json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    let broad = json!({"Version": "2012-10-17", "Statement": [statement("*")]});
    let narrow = json!({"Version": "2012-10-17", "Statement": [statement("glacier:ListVaults")]});
    std::fs::write(path, narrow.to_string()).unwrap();
    let check = leastwise(["check", "--policy", path, record]).output().unwrap();
    let code = if expected.is_empty() { 0 } else { 3 };
    assert_eq!(check.status.code(), Some(code), "{}", stdout(&check));
    std::fs::write(path, broad.to_string()).unwrap();
    let prune = leastwise(["prune", "--policy", path, record]).output().unwrap();
    let left: Value = serde_json::from_str(stdout(&prune)).unwrap_or_default();
    let count = left["Statement"].as_array().map_or(0, Vec::len);
    assert_eq!(count == 0, expected.is_empty(), "{left}");
}

#[test]
fn some_codes_say_other_things_as_well() {
    let answers = |code: &str, sentence: &str| {
        answer(
            "403 Forbidden",
            "",
            &format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{sentence}</Message></Error></Errors></Response>"
            ),
        )
    };
    let ec2 = refused().swap_remove(5);
    let not_yours = answers("AuthFailure", "The vpc 'vpc-0a' belongs to somebody else");
    let run = heard(&[], &[(ec2.0, not_yours)]);
    assert_eq!(actions(stdout(&run)), ["ec2:DeleteVpc"], "{}", stderr(&run));
    // A task's token, and not the caller's.
    let states = asked(
        "POST http://states.eu-west-1.amazonaws.com/",
        &[
            "Host: states.eu-west-1.amazonaws.com",
            &signed("states"),
            "X-Amz-Target: AWSStepFunctions.SendTaskSuccess",
        ],
        r#"{"taskToken":"x","output":"{}"}"#,
    );
    let run = heard(
        &[],
        &[(
            states,
            answer(
                "400 Bad Request",
                "",
                r#"{"__type":"InvalidToken","message":"Invalid Token: 'x'"}"#,
            ),
        )],
    );
    assert_eq!(actions(stdout(&run)), ["states:SendTaskSuccess"], "{}", stderr(&run));
}

/// Recordings of before told an error, and what the call would have needed.
#[test]
fn a_recording_of_before_is_judged_by_its_error() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("calls.jsonl");
    let line = |error: Value| {
        json!({
            "v": 1, "time": "2026-01-02T03:04:05.678Z", "source": "proxy", "service": "s3", "operation": "DeleteBucket",
            "region": "eu-west-1", "partition": "aws", "account": null, "principal": KEY, "status": 403, "error": error,
            "request_id": null, "host": "s3.eu-west-1.amazonaws.com", "user_agent": null, "parameters": {"Bucket": "b"},
            "requires": [{"action": "s3:DeleteBucket", "resources": ["arn:aws:s3:::b"], "conditions": {}, "reason": "operation"}],
        })
        .to_string()
    };
    for (error, expected) in [
        (json!("ExpiredToken"), &[][..]),
        (json!("Client.InvalidClientTokenId"), &[]),
        (json!("NoSuchBucket"), &["s3:DeleteBucket"]),
        (json!(null), &["s3:DeleteBucket"]),
    ] {
        std::fs::write(&record, line(error) + "\n").unwrap();
        judged_the_same_when_recorded(&record, expected);
    }
}

#[test]
fn monitoring_tells_who_was_not_authenticated_too() {
    for error in
        ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
    {
        let listener = Listener::start(&[]);
        let mut failed = attempt("SQS", "DeleteQueue");
        failed["AwsException"] = error.into();
        failed["HttpStatusCode"] = 403.into();
        listener.send(&failed);
        let mut over = event("SQS", "DeleteQueue");
        over["FinalAwsException"] = error.into();
        over["FinalHttpStatusCode"] = 403.into();
        listener.send(&over);
        // This one was tried again, and AWS knew who it was.
        let mut failed = attempt("SNS", "DeleteTopic");
        failed["AwsException"] = error.into();
        listener.send(&failed);
        listener.send(&attempt("SNS", "DeleteTopic"));
        listener.send(&event("SNS", "DeleteTopic"));
        // SDKs do not sign this, and leave out the key of what they do sign.
        listener.send(&attempt("STS", "AssumeRoleWithWebIdentity"));
        listener.send(&event("STS", "AssumeRoleWithWebIdentity"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        listener.signal("INT");
        let (_, policy, said) = listener.end();
        assert_eq!(actions(&policy), ["sns:DeleteTopic"], "{said}");
        assert!(said.contains("AWS did not accept the credentials"), "{said}");
        assert!(!said.contains("sts.AssumeRoleWithWebIdentity"), "{said}");
    }
}

/// Requests without credentials of IAM's, and the actions that they would need with them.
fn anonymous() -> Vec<(String, &'static str)> {
    let at = |host: &str| format!("Host: {host}.eu-west-1.amazonaws.com");
    vec![
        (asked("GET http://b.s3.eu-west-1.amazonaws.com/k", &[&at("b.s3")], ""), "s3:GetObject"),
        // Without a signature it is as good as nothing, whatever key it names.
        (
            asked(
                &format!("DELETE http://b.s3.eu-west-1.amazonaws.com/k?AWSAccessKeyId={KEY}"),
                &[&at("b.s3")],
                "",
            ),
            "s3:DeleteObject",
        ),
    ]
}

#[test]
fn who_calls_without_credentials_needs_no_policy() {
    let anonymous = anonymous();
    // AWS asks for no permission for this one, whoever calls; so there is nothing to be said of it.
    let web_identity = asked(
        "POST http://sts.eu-west-1.amazonaws.com/",
        &["Host: sts.eu-west-1.amazonaws.com", "Content-Type: application/x-www-form-urlencoded"],
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=ci&WebIdentityToken=secret\
         &RoleArn=arn:aws:iam::111122223333:role/app",
    );
    let requests = anonymous.iter().map(|(request, _)| request.clone()).chain([web_identity]);
    let exchanges: Vec<_> = requests.map(|request| (request, answer("200 OK", "", ""))).collect();
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("calls.jsonl");
    let run = heard(&["--record", record.to_str().unwrap()], &exchanges);
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    let said = stderr(&run);
    assert!(said.contains("2 calls left out: made without IAM credentials"), "{said}");
    assert!(said.contains("--anonymous include adds them:"), "{said}");
    judged_the_same_when_recorded(&record, &[]);
    let text = std::fs::read_to_string(&record).unwrap();
    assert_eq!(text.matches(r#""authorization":"none""#).count(), 3, "{text}");

    let taken_in = heard(&["--anonymous", "include"], &exchanges);
    let from_recording =
        leastwise(["policy", "--anonymous", "include"]).arg(&record).output().unwrap();
    for output in [taken_in, from_recording] {
        let found = actions(stdout(&output));
        for (_, action) in &anonymous {
            assert!(found.iter().any(|it| it == action), "{action}: {found:?} {}", stderr(&output));
        }
        assert!(!stderr(&output).contains("without credentials"), "{}", stderr(&output));
    }
    // What it needed stays in the recording for whoever wants it.
    let policy = folder.path().join("policy.json");
    std::fs::write(
        &policy,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    )
    .unwrap();
    for (option, code) in [("omit", 0), ("include", 3)] {
        let mut check = leastwise(["check", "--anonymous", option, "--policy"]);
        let check = check.arg(&policy).arg(&record).output().unwrap();
        assert_eq!(check.status.code(), Some(code), "{}", stdout(&check));
    }
}

/// Every way to show credentials that IAM stands behind counts; other tokens do not.
#[test]
fn credentials_of_every_kind_count() {
    let bucket = "b.s3.eu-west-1.amazonaws.com";
    let get = |query: &str, headers: &[&str]| {
        let host = format!("Host: {bucket}");
        let headers = [&[host.as_str()], headers].concat();
        asked(&format!("GET http://{bucket}/k{query}"), &headers, "")
    };
    let scope = format!("{KEY}%2F20260102%2Feu-west-1%2Fs3%2Faws4_request");
    let converse = |header: &str| {
        asked(
            "POST http://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse",
            &[
                "Host: bedrock-runtime.eu-west-1.amazonaws.com",
                "Content-Type: application/json",
                header,
            ],
            "{}",
        )
    };
    let domains = format!(
        "Action=ListDomains&Version=2009-04-15&AWSAccessKeyId={KEY}&SignatureVersion=2&Signature=c2ln"
    );
    for (request, action) in [
        (get("", &[&signed("s3")]), "s3:GetObject"),
        (get("", &[&format!("Authorization: AWS {KEY}:c2ln")]), "s3:GetObject"),
        (
            get(
                "",
                &[&format!(
                    "Authorization: AWS4-ECDSA-P256-SHA256 Credential={KEY}/20260102/s3/aws4_request, Signature=0a"
                )],
            ),
            "s3:GetObject",
        ),
        (get(&format!("?AWSAccessKeyId={KEY}&Expires=1&Signature=c2ln"), &[]), "s3:GetObject"),
        (
            get(
                &format!(
                    "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Signature=0a"
                ),
                &[],
            ),
            "s3:GetObject",
        ),
        (converse("Authorization: Bearer bedrock-api-key-YmVk"), "bedrock:CallWithBearerToken"),
        (
            asked(
                "POST http://sdb.eu-west-1.amazonaws.com/",
                &[
                    "Host: sdb.eu-west-1.amazonaws.com",
                    "Content-Type: application/x-www-form-urlencoded",
                ],
                &domains,
            ),
            "sdb:ListDomains",
        ),
    ] {
        let shown = request.lines().next().unwrap().to_owned();
        let run = heard(&[], &[(request, answer("200 OK", "", ""))]);
        let found = actions(stdout(&run));
        assert!(found.iter().any(|it| it == action), "{shown}: {found:?} {}", stderr(&run));
    }
    for request in [
        get("", &["Authorization: Bearer abc"]),
        get("", &["Authorization: Basic dTpw"]),
        get(&format!("?X-Amz-Credential={scope}"), &[]),
    ] {
        let shown = request.lines().next().unwrap().to_owned();
        let run = heard(&[], &[(request, answer("200 OK", "", ""))]);
        assert_eq!(actions(stdout(&run)), [""; 0], "{shown}: {}", stderr(&run));
        assert!(
            stderr(&run).contains("1 call left out: made without IAM credentials"),
            "{}",
            stderr(&run)
        );
    }
}
