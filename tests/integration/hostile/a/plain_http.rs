//! A program can be led anywhere by a redirect: only where somebody vouches for who answers does a call count.

use std::path::Path;

use serde_json::Value;

use super::server::{KEY, Server, answer, asked, command, run, signed};
use crate::common::{actions, stderr, stdout};

/// A request for the worst that IAM has, which needs no header to be taken for one.
fn attach() -> String {
    format!(
        "/?Action=AttachUserPolicy&Version=2010-05-08&UserName=mallory\
         &PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential={KEY}%2F20260102%2Fus-east-1%2Fiam%2Faws4_request&X-Amz-Signature=0a"
    )
}

const FETCH: &str = "import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=60).read()";

const FETCH_ANYHOW: &str = "import sys, urllib.request
try: urllib.request.urlopen(sys.argv[1], timeout=60).read()
except OSError: pass";

/// A server that leads whoever comes to `place`, and there says that all is well.
fn leading_to(place: String) -> Server {
    Server::start(move |head| {
        if head.contains("/start ") {
            answer("302 Found", &format!("Location: {place}\r\n"), "")
        } else {
            answer("200 OK", "Content-Type: text/xml\r\n", "<AttachUserPolicyResponse/>")
        }
    })
}

#[test]
fn a_redirect_to_a_call_adds_nothing() {
    let server = leading_to(format!("http://evil.example{}", attach()));
    let options = ["--upstream-proxy", &server.url()];
    let run = command(&options, &["python3", "-c", FETCH], &["http://evil.example/start".into()])
        .output()
        .unwrap();
    assert_eq!(server.heads.lock().unwrap().len(), 2, "it followed");
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    let said = stderr(&run);
    assert!(
        said.contains(
            "1 call left out: made over plain HTTP to a host that nobody has vouched for"
        ),
        "{said}"
    );
    assert!(said.contains("iam.AttachUserPolicy  --intercept evil.example\n"), "{said}");
}

/// This machine is one that a redirect can lead to as well, whatever listens there; only what a program signed in a header it
/// has made itself.
#[test]
fn a_redirect_to_this_machine_adds_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let there = Server::start(|_| answer("200 OK", "Content-Type: text/xml\r\n", "<x/>"));
    for place in
        [there.url(), format!("http://localhost:{}", there.port), format!("http://{closed}")]
    {
        let server = leading_to(format!("{place}{}", attach()));
        let fetched =
            command(&[], &["python3", "-c", FETCH_ANYHOW], &[format!("{}/start", server.url())])
                .output()
                .unwrap();
        assert_eq!(actions(stdout(&fetched)), [""; 0], "{place}: {}", stderr(&fetched));
        let said = stderr(&fetched);
        assert!(said.contains("iam.AttachUserPolicy  --intercept "), "{place}: {said}");
    }
    assert_eq!(there.heads.lock().unwrap().len(), 2, "it followed");
    // Who means it says so.
    let fetched = command(
        &["--intercept", "127.0.0.1"],
        &["python3", "-c", FETCH_ANYHOW],
        &[format!("{}{}", there.url(), attach())],
    )
    .output()
    .unwrap();
    assert_eq!(actions(stdout(&fetched)), ["iam:AttachUserPolicy"], "{}", stderr(&fetched));
}

/// The same through every way to write a call, none of which a stranger may use.
#[test]
fn no_kind_of_request_counts_at_a_strangers() {
    let server = Server::start(|_| answer("200 OK", "", "{}"));
    let host = "Host: evil.example";
    let requests = [
        asked(&format!("GET http://evil.example{}", attach()), &[host], ""),
        asked(
            "POST http://evil.example/",
            &[host, &signed("dynamodb"), "X-Amz-Target: DynamoDB_20120810.DeleteTable"],
            r#"{"TableName":"t"}"#,
        ),
        asked("DELETE http://evil.example/bucket", &[host, &signed("s3")], ""),
        asked("GET http://evil.example/bucket/key", &[host, "Authorization: AWS AKID:c2ln"], ""),
        asked(
            "POST http://evil.example/",
            &[host, "amz-sdk-request: attempt=1", "X-Amz-Target: AWSCognitoIdentityService.GetId"],
            "{}",
        ),
        // Nor does what AWS's names say: nobody's certificate was seen.
        asked(
            "DELETE http://b.s3.eu-west-1.amazonaws.com/k",
            &["Host: b.s3.eu-west-1.amazonaws.com", &signed("s3")],
            "",
        ),
    ];
    let options = ["--upstream-proxy", &server.url(), "--anonymous", "include"];
    let run = run(&options, &requests);
    assert_eq!(server.heads.lock().unwrap().len(), requests.len());
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    assert!(stderr(&run).contains("6 calls left out: made over plain HTTP"), "{}", stderr(&run));
}

#[test]
fn what_the_user_named_counts() {
    let server = Server::start(|_| answer("200 OK", "", "{}"));
    let to = |host: &str| {
        [asked(&format!("DELETE http://{host}/k"), &[&format!("Host: {host}"), &signed("s3")], "")]
    };
    let through = ["--upstream-proxy", &*server.url()];
    let named = [&through[..], &["--intercept", "localstack"]].concat();
    let run_at = |options: &[&str], host: &str| run(options, &to(host));
    assert_eq!(actions(stdout(&run_at(&named, "localstack:4566"))), ["s3:DeleteBucket"]);
    // A bucket's host is below it.
    assert_eq!(actions(stdout(&run_at(&named, "b.localstack:4566"))).len(), 1);
    assert_eq!(actions(stdout(&run_at(&named, "notlocalstack:4566"))), [""; 0]);
    for (name, url) in [
        ("AWS_ENDPOINT_URL", "http://compose:4566"),
        ("AWS_ENDPOINT_URL_S3", "http://u:p@COMPOSE:9000/x"),
    ] {
        let mut run =
            command(&through, &["python3", "-c", super::server::CLIENT], &to("compose:4566"));
        let run = run.env(name, url).output().unwrap();
        assert_eq!(actions(stdout(&run)), ["s3:DeleteBucket"], "{name}: {}", stderr(&run));
    }
    // This machine's own.
    let local = format!("127.0.0.1:{}", server.port);
    assert_eq!(actions(stdout(&run(&[], &to(&local)))), ["s3:DeleteBucket"]);
}

/// https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
#[test]
fn the_destination_decides_and_not_what_host_says() {
    let server = Server::start(|_| answer("200 OK", "", "{}"));
    let options = ["--upstream-proxy", &*server.url(), "--intercept", "localstack"];
    for host in ["127.0.0.1", "localhost:4566", "localstack", "iam.amazonaws.com", ""] {
        let host = format!("Host: {host}");
        let request = asked(&format!("GET http://evil.example{}", attach()), &[&host], "");
        let run = run(&options, &[request]);
        assert_eq!(actions(stdout(&run)), [""; 0], "{host}: {}", stderr(&run));
    }
    for head in server.heads.lock().unwrap().iter() {
        assert!(head.contains("\r\nHost: evil.example\r\n"), "{head}");
        assert_eq!(head.to_lowercase().matches("host: ").count(), 1, "{head}");
    }
    // And what is told of a call is the destination's.
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("calls.jsonl");
    let request = asked(
        &format!("DELETE http://127.0.0.1:{}/b", server.port),
        &["Host: sqs.eu-west-1.amazonaws.com", &signed("s3")],
        "",
    );
    run(&["--record", record.to_str().unwrap()], &[request]);
    let lines = recorded(&record);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["host"], format!("127.0.0.1:{}", server.port));
}

#[test]
fn a_stranger_does_not_teach_whose_a_key_is() {
    const TOLD: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/admin/x\
        </Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::start(|_| answer("200 OK", "Content-Type: text/xml\r\n", TOLD));
    let folder = tempfile::tempdir().unwrap();
    let ask = |host: &str| {
        asked(
            &format!("GET http://{host}/?Action=GetCallerIdentity&Version=2011-06-15"),
            &[&format!("Host: {host}"), &signed("sts")],
            "",
        )
    };
    let delete = |host: &str| {
        asked(&format!("DELETE http://{host}/b"), &[&format!("Host: {host}"), &signed("s3")], "")
    };
    for (host, principal) in [
        ("evil.example", Value::Null),
        // The session is a person's, perhaps, and left out.
        ("localstack", "arn:aws:sts::111122223333:assumed-role/admin/*".into()),
    ] {
        let record = folder.path().join(host);
        let options = [
            "--upstream-proxy",
            &*server.url(),
            "--intercept",
            "localstack",
            "--record",
            record.to_str().unwrap(),
        ];
        run(&options, &[ask(host), delete("localstack")]);
        let lines = recorded(&record);
        let last = lines.last().unwrap();
        assert_eq!(last["operation"], "DeleteBucket");
        assert_eq!(last["principal_arn"], principal, "{host}");
        let told = lines.iter().filter(|line| line["operation"] == "GetCallerIdentity").count();
        assert_eq!(told, usize::from(host == "localstack"), "a stranger's call is not recorded");
    }
}

/// A file with a policy stays as it is where only strangers were heard.
#[test]
fn strangers_overwrite_nothing() {
    let server = leading_to(format!("http://evil.example{}", attach()));
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    std::fs::write(&policy, "{\"Version\":\"2012-10-17\",\"Statement\":[]}").unwrap();
    let options = ["--upstream-proxy", &*server.url(), "-o", policy.to_str().unwrap()];
    let request =
        asked(&format!("GET http://evil.example{}", attach()), &["Host: evil.example"], "");
    let run = run(&options, &[request]);
    assert!(stderr(&run).contains("was left as it was"), "{}", stderr(&run));
    assert_eq!(
        std::fs::read_to_string(&policy).unwrap(),
        "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    );
}

fn recorded(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
