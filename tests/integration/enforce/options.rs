//! What `run` and `listen` do with calls that policies do not allow, by their options, and what they leave alone.

use serde_json::{Value, json};

use super::support::{Answer, Listening, Stub, allow, plain, policy, signed};
use crate::common::{leastwise, send, stderr};
use crate::support::{ACCOUNT, access_key_id, on_path, skipped};

const KEY: &str = "x-amz-server-side-encryption: aws:kms\r\nx-amz-server-side-encryption-aws-kms-key-id: \
    arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\r\n";

fn all() -> String {
    policy(&json!([allow(&["*"], "*")]))
}

fn reads() -> String {
    policy(&json!([allow(&["s3:GetObject"], "*")]))
}

#[test]
fn what_softly_lacks_is_a_policy_that_allows_the_rest() {
    let Some(bash) = on_path("bash") else {
        return skipped(
            "enforce::options::what_softly_lacks_is_a_policy_that_allows_the_rest",
            "no bash",
        );
    };
    let stub = Stub::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("reads.json"), reads()).unwrap();
    let key = access_key_id(ACCOUNT);
    // Through the proxy that the environment names: a line of bash for each request.
    let ask = |method: &str, path: &str| {
        let host = "notes.s3.eu-west-1.amazonaws.com";
        let request = signed("s3", method, host, path, "", "").replace("\r\n", "\\r\\n");
        format!(
            "p=${{HTTP_PROXY#http://}}; p=${{p%/}}; p=${{p##*@}}; exec 3<>/dev/tcp/${{p%:*}}/${{p##*:}}; \
             printf '{request}' >&3; read -r _ status _ <&3; echo $status >>statuses; exec 3>&-; "
        )
    };
    let script = ask("GET", "/a") + &ask("PUT", "/b") + &ask("DELETE", "/c");
    assert!(script.contains(&key));
    let run = |arguments: &[&str]| {
        let _ = std::fs::remove_file(file("statuses"));
        let mut command = leastwise(["run", "--mode", "proxy", "--upstream", &stub.url]);
        command.args(["-o", "recorded"]).args(arguments);
        command.arg("--").arg(&bash).args(["-c", &script]).current_dir(folder.path());
        let output = command.output().unwrap();
        let statuses = std::fs::read_to_string(file("statuses")).unwrap_or_default();
        let statuses = statuses.split_whitespace().collect::<Vec<_>>().join(" ");
        (output.status.code(), statuses, stderr(&output).to_owned())
    };
    let (code, statuses, said) = run(&["--enforce", "reads.json"]);
    assert_eq!((code, &*statuses), (Some(0), "200 403 403"), "{said}");
    assert_eq!(stub.count(), 1);
    assert!(
        said.starts_with(
            "leastwise: enforcing reads.json: calls that the policies do not allow are refused\n"
        ),
        "{said}"
    );
    assert!(said.contains("leastwise: refused s3.PutObject by "), "{said}");
    assert!(said.contains("2 calls refused; nothing of them was sent on"), "{said}");

    let (code, statuses, said) = run(&["--enforce", "reads.json", "--soft"]);
    assert_eq!((code, &*statuses), (Some(3), "200 200 200"), "{said}");
    assert_eq!(stub.count(), 4);
    let (_, lacking) = said.split_once("leastwise: the policies lack this:\n").unwrap();
    let mut values = serde_json::Deserializer::from_str(lacking).into_iter::<Value>();
    let lacking = values.next().unwrap().unwrap();
    let statement = lacking["Statement"].as_array().unwrap();
    assert!(statement.iter().all(|it| it["Effect"] == "Allow"), "{lacking}");
    assert!(!lacking.to_string().contains("s3:GetObject\""), "{lacking}");

    // In another format, it is the same.
    let (code, _, said) = run(&["--enforce", "reads.json", "--soft", "--format", "hcl"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("data \"aws_iam_policy_document\""), "{said}");

    std::fs::write(file("lacking.json"), lacking.to_string()).unwrap();
    let both = ["--enforce", "reads.json", "--enforce", "lacking.json"];
    let (code, statuses, said) = run(&both);
    assert_eq!((code, &*statuses), (Some(0), "200 200 200"), "{said}");
    let (code, _, said) = run(&[&both[..], &["--soft"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("the policies lack"), "{said}");
}

#[test]
fn what_is_not_decided_or_not_known_passes_where_the_user_says_so() {
    let stub = Stub::start();
    let conditional = policy(&json!([{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": { "StringEquals": { "aws:SourceVpce": "vpce-1" } },
    }]));
    let files = [("policy.json", &*conditional)];
    let unknown = || {
        let head = "X-Amz-Target: DynamoDB_20120810.BrandNewThing\r\nContent-Type: application/x-amz-json-1.0\r\n";
        signed("dynamodb", "POST", "dynamodb.eu-west-1.amazonaws.com", "/", head, "{}")
    };
    for (arguments, undecided, unrecognized) in [
        (&[][..], 403, 400),
        (&["--undecided", "allow"], 200, 400),
        (&["--unrecognized", "allow"], 403, 200),
        (&["--context", "aws:SourceVpce=vpce-1"], 200, 400),
        (&["--context", "aws:SourceVpce=vpce-2"], 403, 400),
        (&["--context", "aws:SourceVpce=vpce-2", "--undecided", "allow"], 403, 400),
    ] {
        let arguments = [&["--enforce", "policy.json"], arguments].concat();
        let proxy = Listening::start(&stub.url, &files, &arguments);
        let before = stub.count();
        let get = proxy.s3("GET", "notes/a");
        let other = proxy.ask(&unknown());
        assert_eq!(
            (get.status, other.status),
            (undecided, unrecognized),
            "{arguments:?} {get:?} {other:?}"
        );
        // What is denied is neither.
        assert_eq!(proxy.s3("DELETE", "notes/a").status, 403, "{arguments:?}");
        let passed = usize::from(undecided == 200) + usize::from(unrecognized == 200);
        assert_eq!(stub.count() - before, passed, "{arguments:?}");
        let (code, said) = proxy.end();
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        let why = "not decided; --undecided allow lets such calls pass";
        let is_told = undecided == 403 && !arguments.contains(&"aws:SourceVpce=vpce-2");
        assert_eq!(said.contains(why), is_told, "{arguments:?}: {said}");
        let why = "it is not known what permission it needs; --unrecognized allow";
        assert_eq!(said.contains(why), unrecognized == 400, "{arguments:?}: {said}");
    }
}

#[test]
fn what_is_not_awss_and_what_nobody_signed_passes() {
    let stub = Stub::answering(|_| (200, "X-Said: as it is\r\n", "as it is"));
    let other = Stub::answering(|_| (200, "", "another's"));
    let nothing = policy(&json!([]));
    let proxy =
        Listening::start(&stub.url, &[("policy.json", &nothing)], &["--enforce", "policy.json"]);
    let host = other.url.strip_prefix("http://").unwrap();
    let answer = proxy.ask(&plain("DELETE", host, "/all", "Authorization: Basic eDp5\r\n", "x"));
    assert_eq!((answer.status, &*answer.text()), (200, "another's"));
    assert_eq!(other.seen(), ["DELETE /all HTTP/1.1"]);

    // A bucket's web site, a public object, and a call for which STS wants no signature.
    let public = plain("GET", "notes.s3.eu-west-1.amazonaws.com", "/a", "", "");
    let answer = proxy.ask(&public);
    assert_eq!((answer.status, &*answer.text()), (200, "as it is"));
    assert!(answer.head.contains("X-Said: as it is\r\n"), "{}", answer.head);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/ci&RoleSessionName=a&WebIdentityToken=t";
    let answer = proxy.ask(&plain("POST", "sts.eu-west-1.amazonaws.com", "/", form, body));
    assert_eq!(answer.status, 200);
    // Signed, and AWS documents that it needs no permission.
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let answer = proxy.ask(&signed("sts", "POST", "sts.eu-west-1.amazonaws.com", "/", form, body));
    assert_eq!(answer.status, 200);
    // Signed in its address, it is somebody's.
    let key = access_key_id(ACCOUNT);
    let path = format!(
        "/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20260102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    );
    let answer = proxy.ask(&plain("GET", "notes.s3.eu-west-1.amazonaws.com", &path, "", ""));
    assert_eq!(answer.status, 403);
    assert_eq!(stub.count(), 3);
    let (code, said) = proxy.end();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_only_client_side_monitoring_heard_has_passed_unseen() {
    let Some(bash) = on_path("bash") else {
        return skipped(
            "enforce::options::what_only_client_side_monitoring_heard_has_passed_unseen",
            "no bash",
        );
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.json"), all()).unwrap();
    let mut command =
        leastwise(["run", "--mode", "both", "--enforce", "policy.json", "-o", "p.json"]);
    let script = send("s3", "PutObject");
    command.arg("--").arg(bash).args(["-c", &script]).current_dir(folder.path());
    let output = command.output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("1 call heard over client-side monitoring alone: they went round the proxy, so no policy was asked"),
        "{said}"
    );
    assert!(said.contains("the policies allowed 0 calls"), "{said}");
}

/// What S3 answers: an object that a key seals, and one that is not there.
fn sealed(asked: &str) -> Answer {
    match asked.split(' ').nth(1).unwrap() {
        path if path.ends_with("/sealed") => (200, KEY, "the secret"),
        path if path.ends_with("/missing") => (404, "", "<Error><Code>NoSuchKey</Code></Error>"),
        _ => (200, "", "open"),
    }
}

#[test]
fn what_the_answer_tells_is_judged_before_the_client_sees_it() {
    let stub = Stub::answering(sealed);
    let gets = policy(&json!([allow(&["s3:GetObject"], "*")]));
    let files = [("policy.json", &*gets)];
    let proxy = Listening::start(&stub.url, &files, &["--enforce", "policy.json"]);
    assert_eq!(proxy.s3("GET", "notes/open").text(), "open");
    let answer = proxy.s3("GET", "notes/sealed");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("<Code>AccessDenied</Code>"), "{answer:?}");
    assert!(answer.text().contains("is not authorized to perform: kms:Decrypt"), "{answer:?}");
    assert!(
        !answer.text().contains("the secret") && !answer.head.contains("1234abcd"),
        "{answer:?}"
    );
    for method in ["GET", "HEAD"] {
        let answer = proxy.s3(method, "notes/missing");
        assert_eq!(answer.status, 403, "{method}: {answer:?}");
        assert_eq!(answer.body.is_empty(), method == "HEAD", "{answer:?}");
        assert!(!answer.text().contains("NoSuchKey"), "{answer:?}");
    }
    // All were asked for, and only then it was known.
    assert_eq!(stub.count(), 4);
    let (code, said) = proxy.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("leastwise: kept back the answer to s3.GetObject by "), "{said}");
    assert!(
        said.contains(
            "3 calls answered with a refusal, since their answers said that they needed more"
        ),
        "{said}"
    );
    assert!(said.contains("the policies allowed 1 call"), "{said}");

    // Who may do that, too, sees what S3 says.
    let more = policy(&json!([allow(&["s3:GetObject", "s3:ListBucket", "kms:Decrypt"], "*")]));
    let proxy =
        Listening::start(&stub.url, &[("policy.json", &more)], &["--enforce", "policy.json"]);
    assert_eq!(proxy.s3("GET", "notes/sealed").text(), "the secret");
    assert_eq!(proxy.s3("HEAD", "notes/missing").status, 404);
    proxy.end();
}

#[test]
fn a_write_that_only_the_answer_condemns_has_passed_and_is_told() {
    let stub = Stub::answering(sealed);
    let puts = policy(&json!([allow(&["s3:PutObject"], "*")]));
    let files = [("policy.json", &*puts)];
    let arguments = ["--enforce", "policy.json", "--decisions", "decisions.jsonl"];
    let proxy = Listening::start(&stub.url, &files, &arguments);
    assert_eq!(proxy.s3("PUT", "notes/sealed").status, 200);
    assert_eq!(proxy.s3("DELETE", "notes/sealed").status, 403);
    assert_eq!(proxy.s3("PUT", "notes/open").status, 200);
    let path = proxy.folder.path().join("decisions.jsonl");
    let decisions = || std::fs::read_to_string(&path).unwrap();
    // Within a second, without waiting for the end.
    crate::common::until("decisions are written", || decisions().lines().count() >= 4);
    let decisions = decisions();
    let lines: Vec<Value> =
        decisions.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = |line: &Value| {
        let text = |member: &str| line[member].as_str().unwrap_or("-").to_owned();
        let permissions = line["permissions"].as_array().unwrap().iter();
        let actions: Vec<_> = permissions.map(|it| it["action"].as_str().unwrap()).collect();
        let (operation, stage) = (text("operation"), text("stage"));
        format!("{operation} {stage} {} {} {}", text("verdict"), text("outcome"), actions.join(" "))
    };
    assert_eq!(
        lines.iter().map(shown).collect::<Vec<_>>(),
        [
            "PutObject request allowed passed s3:PutObject",
            "PutObject answer denied passed-would-be-refused kms:GenerateDataKey",
            "DeleteObject request denied refused s3:DeleteObject",
            "PutObject request allowed passed s3:PutObject",
        ]
    );
    for line in &lines {
        assert_eq!((&line["v"], &line["service"]), (&json!(1), &json!("s3")), "{line}");
        assert_eq!(line["principal"], json!(access_key_id(ACCOUNT)), "{line}");
        assert_eq!(line["host"], json!("notes.s3.eu-west-1.amazonaws.com"), "{line}");
    }
    let (code, said) = proxy.end();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("leastwise: passed, but would be refused: s3.PutObject by "), "{said}");
    assert!(
        said.contains(
            "1 call passed, and would be refused: only the answers said that they needed more"
        ),
        "{said}"
    );
}

#[test]
fn each_level_must_allow() {
    let stub = Stub::start();
    let deny = |action: &str, sid: &str| json!({ "Sid": sid, "Effect": "Deny", "Action": action, "Resource": "*" });
    let no_delete = policy(&json!([allow(&["*"], "*"), deny("s3:DeleteObject", "NoDelete")]));
    let no_tags =
        policy(&json!([allow(&["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "*")]));
    let (all, reads) = (all(), reads());
    let files = [
        ("policy.json", &*all),
        ("root.json", &*no_delete),
        ("unit.json", &*no_tags),
        ("reads.json", &*reads),
    ];
    let answer = |arguments: &[&str], method: &str, path: &str| {
        let proxy = Listening::start(&stub.url, &files, arguments);
        let answer = proxy.s3(method, path);
        (answer.status, answer.text(), proxy.end().1)
    };
    let enforce = ["--enforce", "policy.json", "--scp", "root.json", "--scp", "unit.json"];
    let (status, _, _) = answer(&enforce, "PUT", "notes/a");
    assert_eq!(status, 200);
    let (status, body, said) = answer(&enforce, "DELETE", "notes/a");
    assert_eq!(status, 403);
    assert!(body.contains("with an explicit deny in a service control policy"), "{body}");
    assert!(said.contains("root.json") && said.contains("NoDelete"), "{said}");
    let (status, body, _) = answer(&enforce, "GET", "notes/a?tagging");
    assert_eq!(status, 403);
    assert!(
        body.contains("because no service control policy allows the s3:GetObjectTagging action"),
        "{body}"
    );

    for (option, sentence) in [
        ("--boundary", "because no permissions boundary allows the s3:PutObject action"),
        ("--session-policy", "because no session policy allows the s3:PutObject action"),
    ] {
        let (status, body, _) =
            answer(&["--enforce", "policy.json", option, "reads.json"], "PUT", "notes/a");
        assert_eq!(status, 403, "{option}");
        assert!(body.contains(sentence), "{option}: {body}");
    }
    let (status, _, _) =
        answer(&["--enforce", "policy.json", "--boundary", "reads.json"], "GET", "notes/a");
    assert_eq!(status, 200);
    assert_eq!(stub.count(), 2);
}
