//! `--rules`: what calls need, corrected by files of rules; heard, recorded, explained, and refused.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{Listener, actions, event, leastwise, stderr, stdout};
use serde_json::{Value, json};

fn call(service: &str, operation: &str, parameters: Value, requires: Value) -> String {
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": service, "operation": operation,
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": parameters,
        "requires": requires,
    });
    format!("{call}\n")
}

fn needs(action: &str, resource: &str, reason: &str) -> Value {
    json!({"action": action, "resources": [resource], "conditions": {}, "reason": reason})
}

const OBJECT: &str = "arn:aws:s3:::acme/a.txt";
const ACME: &str = "arn:aws:s3:::acme";

/// Two calls of s3 and one of sqs, whose requirements nobody would decide so.
fn recording() -> String {
    let put = [
        needs("s3:PutObject", OBJECT, "operation"),
        needs("s3:PutObjectAcl", OBJECT, "rule"),
        needs("kms:GenerateDataKey", "arn:aws:kms:eu-west-1:111122223333:key/1", "forward-access"),
        needs("s3:BypassGovernanceRetention", OBJECT, "denied"),
    ];
    [
        call(
            "s3",
            "PutObject",
            json!({"Bucket": "acme", "Key": "a.txt", "ACL": "private"}),
            json!(put),
        ),
        call(
            "s3",
            "DeleteBucket",
            json!({"Bucket": "acme"}),
            json!([needs("s3:DeleteBucket", ACME, "operation")]),
        ),
        call(
            "sqs",
            "SendMessage",
            json!({}),
            json!([needs(
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:111122223333:odd",
                "operation"
            )]),
        ),
    ]
    .concat()
}

/// Runs it in a folder in which `calls.jsonl` is the recording and these are files.
fn with(files: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("calls.jsonl"), recording()).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    leastwise(arguments).current_dir(folder.path()).output().unwrap()
}

/// `action on resource`, sorted.
fn grants(policy: &str) -> Vec<String> {
    let policy: Value =
        serde_json::from_str(policy).unwrap_or_else(|error| panic!("{error}: {policy}"));
    let mut grants = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        for action in statement["Action"].as_array().unwrap() {
            for resource in statement["Resource"].as_array().unwrap() {
                grants.push(format!(
                    "{} on {}",
                    action.as_str().unwrap(),
                    resource.as_str().unwrap()
                ));
            }
        }
    }
    grants.sort();
    grants
}

const CORRECTIONS: &str = "\
# What we know better.
[PutObject]
's3:PutObjectAcl' = 'never'
's3:GetObjectTagging' = \"when ACL = 'private' on object\"
's3:GetObjectAcl' = \"when ACL = 'public-read' on object\"
's3:ListBucket' = 'when not Tagging on bucket'

[DeleteBucket]
permission = 'none'
";

#[test]
fn a_policy_from_recordings_is_what_the_rules_say_now() {
    let before = with(&[], &["policy", "-q", "calls.jsonl"]);
    assert_eq!(
        grants(stdout(&before)),
        [
            "kms:GenerateDataKey on arn:aws:kms:eu-west-1:111122223333:key/1".to_owned(),
            format!("s3:BypassGovernanceRetention on {OBJECT}"),
            format!("s3:DeleteBucket on {ACME}"),
            format!("s3:PutObject on {OBJECT}"),
            format!("s3:PutObjectAcl on {OBJECT}"),
            "sqs:SendMessage on arn:aws:sqs:eu-west-1:111122223333:odd".to_owned(),
        ]
    );
    for files in [["s3.toml"], ["ours/s3.toml"]] {
        let rules = Path::new(files[0]).components().next().unwrap().as_os_str().to_str().unwrap();
        let run = with(&[(files[0], CORRECTIONS)], &["policy", "--rules", rules, "calls.jsonl"]);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        assert_eq!(
            grants(stdout(&run)),
            [
                // Not the rules' business: as it was recorded, also what AWS said itself.
                "kms:GenerateDataKey on arn:aws:kms:eu-west-1:111122223333:key/1".to_owned(),
                format!("s3:BypassGovernanceRetention on {OBJECT}"),
                format!("s3:GetObjectTagging on {OBJECT}"),
                format!("s3:ListBucket on {ACME}"),
                format!("s3:PutObject on {OBJECT}"),
                "sqs:SendMessage on arn:aws:sqs:eu-west-1:111122223333:odd".to_owned(),
            ],
            "{files:?}"
        );
        // Everything that they ask for is in every recording.
        assert!(!stderr(&run).contains("rules ask"), "{}", stderr(&run));
    }
}

#[test]
fn what_a_recording_does_not_hold_is_left_as_it_was_recorded() {
    let rules = "[PutObject]\n's3:PutObjectAcl' = \"when header 'x-team' = 'a' or CacheControl\"\n's3:ListBucket' = 'when not CacheControl on bucket'\n";
    let run = with(&[("s3.toml", rules)], &["policy", "--rules", "s3.toml", "calls.jsonl"]);
    let found = grants(stdout(&run));
    assert!(found.contains(&format!("s3:PutObjectAcl on {OBJECT}")), "{found:?}");
    assert!(!found.contains(&format!("s3:ListBucket on {ACME}")), "{found:?}");
    assert!(
        stderr(&run).starts_with(
            "leastwise: rules ask s3.PutObject for header 'x-team', CacheControl: recordings made without --rules do not contain it; where it would decide, what was recorded is kept\n"
        ),
        "{}",
        stderr(&run)
    );
}

#[test]
fn check_and_prune_hold_policies_against_what_the_rules_say() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObjectTagging", "s3:ListBucket", "s3:DeleteBucket", "s3:BypassGovernanceRetention", "kms:GenerateDataKey", "sqs:SendMessage"],
        "Resource": "*",
    }]})
    .to_string();
    let files = [("policy.json", policy.as_str()), ("s3.toml", CORRECTIONS)];
    let check = |more: &[&str]| {
        let arguments = [&["check", "--policy", "policy.json"], more, &["calls.jsonl"]].concat();
        with(&files, &arguments)
    };
    let run = check(&[]);
    assert_eq!(run.status.code(), Some(3), "{}", stdout(&run));
    assert!(stdout(&run).contains("s3:PutObjectAcl"), "{}", stdout(&run));
    let run = check(&["--rules", "s3.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}{}", stdout(&run), stderr(&run));
    let run = check(&["--rules", "s3.toml", "--unused"]);
    assert_eq!(run.status.code(), Some(4), "{}", stdout(&run));
    assert!(stdout(&run).contains("action s3:DeleteBucket of statement 1"), "{}", stdout(&run));
    let arguments = ["prune", "--policy", "policy.json", "--rules", "s3.toml", "calls.jsonl"];
    let run = with(&files, &arguments);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(!stdout(&run).contains("DeleteBucket"), "{}", stdout(&run));
    assert!(stdout(&run).contains("GetObjectTagging"), "{}", stdout(&run));
}

#[test]
fn explain_shows_the_rule_and_where_it_is() {
    let files = [("ours/s3.toml", CORRECTIONS)];
    let run = with(&files, &["explain", "--rules", "ours", "s3.PutObject"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let text = stdout(&run);
    assert!(text.contains("corrected by ours/s3.toml"), "{text}");
    let added = text.split("s3:GetObjectTagging").nth(1).unwrap();
    assert!(added.contains("rule: when ACL = 'private' on object"), "{text}");
    assert!(added.contains("from: ours/s3.toml"), "{text}");
    let retained = text.split("s3:PutObjectRetention").nth(1).unwrap();
    assert!(retained.contains("from: data/rules/s3.toml"), "{text}");
    let run = with(&files, &["explain", "--rules", "ours", "s3.DeleteBucket", "--json"]);
    let known: Value = serde_json::from_str(stdout(&run)).unwrap();
    assert_eq!(known["operations"][0]["permission"], "none");
    assert_eq!(known["operations"][0]["corrected_by"], "ours/s3.toml");
    // Of a recording: the calls are decided anew, and the rule is the file's.
    let run = with(&files, &["explain", "--rules", "ours", "--json", "calls.jsonl"]);
    let explained: Value = serde_json::from_str(stdout(&run)).unwrap();
    let actions = explained["actions"].as_array().unwrap();
    let of = |action: &str| actions.iter().find(|it| it["action"] == action);
    let because = &of("s3:GetObjectTagging").unwrap()["resources"][0]["because"][0];
    assert_eq!(because["rules"], json!(["when ACL = 'private' on object"]));
    assert_eq!(because["file"], "ours/s3.toml");
    assert!(of("s3:PutObjectAcl").is_none() && of("s3:DeleteBucket").is_none());
    let run = with(&[], &["explain", "--json", "s3.PutObject"]);
    assert!(!stdout(&run).contains("corrected_by"), "{}", stdout(&run));
}

/// Answers every request with 200 and nothing, and returns its port.
fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            reader.get_mut().write_all(answer).unwrap();
        }
    });
    port
}

/// A listener, of whose address something else may be said before.
fn listening(home: &Path, arguments: &[&str]) -> Listener {
    let mut command = leastwise(["listen"]);
    command
        .env("XDG_DATA_HOME", home)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let said = stderr.by_ref().lines().map(Result::unwrap);
    let mut addresses = said.filter_map(|line| {
        let rest = line.strip_prefix("leastwise: listening on ")?;
        rest.split(". In").next()?.parse().ok()
    });
    let address = addresses.next();
    Listener { process, address: address.unwrap(), stderr: Some(stderr) }
}

/// A PutItem through the proxy, with these further members and headers.
fn put_item(proxy: SocketAddr, members: &str, headers: &str) {
    let body = format!("{{\"Item\":{{\"id\":{{\"S\":\"1\"}}}},{members}\"TableName\":\"orders\"}}");
    let mut stream = TcpStream::connect(proxy).unwrap();
    write!(
        stream,
        "POST http://dynamodb.eu-west-1.amazonaws.com/ HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\n\
         X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20251122/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00\r\n\
         {headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A member and a header that nothing else asks for are seen in requests as soon as a rule asks for them.
#[test]
fn the_proxy_looks_at_what_the_rules_ask_for() {
    const RULES: &str = "service = 'dynamodb'\n[PutItem]\n\
        'dynamodb:DescribeTable' = \"when ReturnConsumedCapacity = 'TOTAL' on table @ TableName\"\n\
        'dynamodb:Query' = \"when header 'x-team' = 'shop' on table @ TableName\"\n\
        'dynamodb:Scan' = \"when header 'x-team' = 'other' on table @ TableName\"\n";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("anything.toml"), RULES).unwrap();
    let upstream = format!("http://127.0.0.1:{}", upstream());
    let (calls, rules) = (path("calls.jsonl"), path("anything.toml"));
    let proxy = ["--mode", "proxy", "--bind-addr", "127.0.0.1:0", "--upstream", &upstream];
    let heard = |more: &[&str]| {
        let listener = listening(folder.path(), &[&proxy[..], more].concat());
        put_item(listener.address, "", "");
        put_item(listener.address, "\"ReturnConsumedCapacity\":\"TOTAL\",", "X-Team: shop\r\n");
        listener.signal("TERM");
        let (code, policy, said) = listener.end();
        assert_eq!(code, Some(0), "{said}");
        actions(&policy)
    };
    assert_eq!(heard(&[]), ["dynamodb:PutItem"]);
    let found = heard(&["--rules", &rules, "--record", &calls]);
    assert_eq!(found, ["dynamodb:PutItem", "dynamodb:DescribeTable", "dynamodb:Query"]);
    assert_eq!(heard(&["--override-aws-map", &rules]), found);
    // The recording holds the member, and so decides it; the header it does not, and what was recorded stays.
    let recorded = fs::read_to_string(&calls).unwrap();
    assert!(recorded.contains("\"ReturnConsumedCapacity\":\"TOTAL\""), "{recorded}");
    fs::write(&rules, RULES.replace("'TOTAL'", "'INDEXES'")).unwrap();
    let run = leastwise(["policy", "-q", "--rules", &rules, &calls]).output().unwrap();
    assert_eq!(actions(stdout(&run)), ["dynamodb:PutItem", "dynamodb:Query"], "{}", stderr(&run));
}

#[test]
fn client_side_monitoring_is_decided_by_the_rules_too() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("sqs.toml");
    fs::write(
        &rules,
        "[SendMessage]\n'sqs:GetQueueUrl' = 'always'\n'sqs:GetQueueAttributes' = 'when QueueUrl likely'\n'sqs:PurgeQueue' = 'when QueueUrl'\n[DeleteQueue]\npermission = 'none'\n",
    )
    .unwrap();
    let listener = Listener::start(&["--rules", rules.to_str().unwrap()]);
    listener.send(&event("SQS", "SendMessage"));
    listener.send(&event("SQS", "DeleteQueue"));
    listener.signal("TERM");
    let (code, policy, said) = listener.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(actions(&policy), ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]);
}

#[test]
fn what_are_no_rules_is_refused() {
    let files = [
        ("map.json", "{\"sdk_method_iam_mappings\": {}}"),
        ("s3.toml", "[PutObjekt]\nown = []\n"),
        ("more/s3.toml", "[PutObject]\n's3:Get' = 'never'\n's3:GetObject' = 'soon'\n"),
        ("torn/s3.toml", "\n\n[PutObject\n"),
        ("odd/\u{1b}[31m.toml", "\u{1}"),
        ("empty/_service-ids.toml", ""),
        ("binary.toml", "\u{0}\u{7f}"),
    ];
    for (rules, said) in [
        (
            "map.json",
            "leastwise: --rules map.json: this is iamlive's map (JSON), which Leastwise does not read; its own corrections are rules in TOML, described in data/README.md",
        ),
        (
            "s3.toml",
            "leastwise: s3.toml: [PutObjekt]: the service has no such operation; correct it, or leave --rules out; the format is described in data/README.md",
        ),
        (
            "more",
            "leastwise: --rules more: 2 things are wrong; correct them, or leave --rules out; the format is described in data/README.md",
        ),
        ("torn", "leastwise: torn/s3.toml: line 3: "),
        ("odd", "leastwise: odd/\\u{1b}[31m.toml: line 1: "),
        ("binary.toml", "leastwise: binary.toml: line 1: "),
        (
            "empty",
            "leastwise: --rules empty: the folder has no rules files; they are named SERVICE.toml, such as s3.toml\n",
        ),
        ("none.toml", "leastwise: --rules none.toml: it cannot be read: "),
        ("/dev/zero", "leastwise: --rules /dev/zero: it cannot be read: it is a pipe or a device"),
    ] {
        for command in [
            &["policy", "calls.jsonl"][..],
            &["explain", "s3"],
            &["check", "--policy", "p", "calls.jsonl"],
            &["run", "--", "touch", "ran"],
            &["listen"],
            &["demo"],
        ] {
            let run = with(&files, &[&command[..1], &["--rules", rules], &command[1..]].concat());
            assert_eq!(run.status.code(), Some(2), "{rules} {command:?}: {}", stderr(&run));
            assert!(stderr(&run).starts_with(said), "{rules} {command:?}: {}", stderr(&run));
            assert_eq!(stdout(&run), "");
        }
    }
    let run = with(&files, &["policy", "--rules", "more", "calls.jsonl"]);
    assert!(
        stderr(&run).ends_with(":\n  more/s3.toml: [PutObject]: AWS lists no action s3:Get\n  more/s3.toml: [PutObject]: s3:GetObject: \"soon\": soon is not one of always, never, when and possible\n"),
        "{}",
        stderr(&run)
    );
    let run = with(&files, &["listen", "--override-aws-map", "map.json"]);
    assert!(
        stderr(&run).starts_with("leastwise: --override-aws-map map.json: this is iamlive's map"),
        "{}",
        stderr(&run)
    );
    let run = with(&files, &["listen", "--override-aws-map", "s3.toml", "--rules", "s3.toml"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("cannot be used with"), "{}", stderr(&run));
}

#[test]
fn rules_are_a_setting_but_not_a_foreign_directorys() {
    let files = [("ours/s3.toml", CORRECTIONS)];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("calls.jsonl"), recording()).unwrap();
    fs::write(folder.path().join("s3.toml"), files[0].1).unwrap();
    let run = |name: &str, value: &str| {
        let mut command = leastwise(["policy", "-q", "calls.jsonl"]);
        command.env(name, value).stdin(Stdio::null()).current_dir(folder.path()).output().unwrap()
    };
    let policy = run("LEASTWISE_RULES", "s3.toml");
    assert!(grants(stdout(&policy)).contains(&format!("s3:GetObjectTagging on {OBJECT}")));
    fs::write(folder.path().join("leastwise.toml"), "rules = ['s3.toml']\n").unwrap();
    let refused = run("NOTHING", "");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains(
            "`rules` decides what the policy allows, so it is not read from the working directory"
        ),
        "{}",
        stderr(&refused)
    );
}
