//! `--aws`: an IAM that answers in the shapes of
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html> and
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>; moto's; and one that means harm.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::{nearest, recording};
use crate::common::{stderr, stdout};
use crate::support::StandIn;

type Form = BTreeMap<String, String>;

/// An IAM on a port of its own. It ends with the test's process.
struct Iam {
    url: String,
    asked: Arc<Mutex<Vec<Form>>>,
}

impl Iam {
    fn start(answer: impl Fn(&Form) -> (u16, String) + Send + Sync + 'static) -> Iam {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (all, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &all, &*answer));
            }
        });
        Iam { url, asked }
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        asking(&self.url, arguments)
    }
}

fn asking(url: &str, arguments: &[&str]) -> std::process::Output {
    asking_for(&[("s3:GetObject", "arn:aws:s3:::data/key")], url, arguments)
}

fn asking_for(needs: &[(&str, &str)], url: &str, arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path(), needs);
    let variables = [
        ("AWS_ENDPOINT_URL_IAM", url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hidden-key"),
    ];
    let mut all = vec!["--aws"];
    all.extend(arguments);
    all.push("calls.jsonl");
    let done = nearest(folder.path(), &all, &variables);
    assert!(!format!("{}{}", stdout(&done), stderr(&done)).contains("hidden-key"));
    done
}

fn serve(stream: TcpStream, all: &Mutex<Vec<Form>>, answer: &dyn Fn(&Form) -> (u16, String)) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let pairs = body.split('&').filter_map(|it| it.split_once('='));
        let plain = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned()
        };
        let form: Form = pairs.map(|(name, value)| (plain(name), plain(value))).collect();
        all.lock().unwrap().push(form.clone());
        let (status, body) = answer(&form);
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let stream = reader.get_mut();
        if stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

fn policy(name: &str, arn: &str, version: &str, is_attachable: bool) -> String {
    format!(
        "<member><PolicyName>{name}</PolicyName><DefaultVersionId>{version}</DefaultVersionId><PolicyId>ANPAEXAMPLE</PolicyId>\
         <Path>/</Path><Arn>{arn}</Arn><IsAttachable>{is_attachable}</IsAttachable><AttachmentCount>0</AttachmentCount>\
         <CreateDate>2026-01-02T03:04:05Z</CreateDate><UpdateDate>2026-01-02T03:04:05Z</UpdateDate></member>"
    )
}

fn list(policies: &str, marker: Option<&str>) -> (u16, String) {
    let more = match marker {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    (
        200,
        format!(
            "<ListPoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListPoliciesResult>{more}\
         <Policies>{policies}</Policies></ListPoliciesResult><ResponseMetadata><RequestId>x</RequestId></ResponseMetadata>\
         </ListPoliciesResponse>"
        ),
    )
}

fn version(document: &str) -> (u16, String) {
    let document = utf8_percent_encode(document, NON_ALPHANUMERIC);
    (
        200,
        format!(
            "<GetPolicyVersionResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetPolicyVersionResult><PolicyVersion>\
         <Document>{document}</Document><IsDefaultVersion>true</IsDefaultVersion><VersionId>v7</VersionId></PolicyVersion>\
         </GetPolicyVersionResult></GetPolicyVersionResponse>"
        ),
    )
}

const OWN: &str = "arn:aws:iam::111122223333:policy/read-data";
const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectTagging"], "Resource": "arn:aws:s3:::data/*"}}"#;

#[test]
fn the_accounts_own_policies_are_compared_with_awss_as_they_are_now() {
    let iam = Iam::start(|form| {
        match (form["Action"].as_str(), form.get("Marker").map(String::as_str)) {
            ("ListPolicies", None) => {
                let first = policy("read-data", OWN, "v7", true)
                    + &policy("old", "arn:aws:iam::111122223333:policy/old", "v1", false);
                list(&first, Some("second page"))
            }
            ("ListPolicies", Some("second page")) => {
                // One version that the program has, and one that it cannot have.
                let admin = policy(
                    "AdministratorAccess",
                    "arn:aws:iam::aws:policy/AdministratorAccess",
                    "v1",
                    true,
                );
                list(
                    &(admin
                        + &policy(
                            "AmazonS3ReadOnlyAccess",
                            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                            "v99",
                            true,
                        )
                        + &policy("broken", "arn:aws:iam::111122223333:policy/broken", "v1", true)),
                    None,
                )
            }
            ("GetPolicyVersion", _) if form["PolicyArn"] == OWN => version(DOCUMENT),
            ("GetPolicyVersion", _) if form["PolicyArn"].ends_with("/broken") => {
                version("\u{1b}[2J{")
            }
            ("GetPolicyVersion", _) => version(r#"{"Version": "2012-10-17", "Statement": []}"#),
            _ => (400, String::new()),
        }
    });
    let done = iam.run(&["--json"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let found: Value = serde_json::from_str(stdout(&done)).unwrap();
    let policies = found["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 2, "{found}");
    assert_eq!(policies[0]["arn"], OWN);
    assert_eq!(policies[0]["excess"]["actions"], serde_json::json!(["s3:GetObjectTagging"]));
    assert_eq!(policies[0]["actions_on_everything"], 0);
    assert_eq!(policies[1]["name"], "AdministratorAccess");
    assert_eq!((&found["compared"], &found["not_attachable"]), (&3.into(), &1.into()));
    assert_eq!(found["unread"][0]["name"], "broken");
    let said = stderr(&done);
    assert!(said.contains("the policy broken cannot be read and is not compared"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    let asked = iam.asked.lock().unwrap();
    let gets: Vec<_> = asked.iter().filter(|it| it["Action"] == "GetPolicyVersion").collect();
    let versions: Vec<_> = gets.iter().map(|it| it["VersionId"].as_str()).collect();
    assert_eq!(versions, ["v7", "v99", "v1"]);
    assert_eq!(asked[0]["MaxItems"], "1000");
    assert_eq!(asked[0]["Version"], "2010-05-08");
}

#[test]
fn an_own_policy_is_cut_down_as_its_author_wrote_it() {
    let iam = Iam::start(|form| match form["Action"].as_str() {
        "ListPolicies" => list(&policy("read-data", OWN, "v7", true), None),
        _ => version(DOCUMENT),
    });
    let done = iam.run(&["--tailor"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let policy: Value = serde_json::from_str(stdout(&done)).unwrap();
    let statement = policy["Statement"].as_array().map_or(&policy["Statement"], |all| &all[0]);
    assert_eq!(
        statement["Action"].as_array().map_or(&statement["Action"], |it| &it[0]),
        "s3:GetObject"
    );
}

#[test]
fn where_nothing_allows_all_those_that_allow_most_are_told_with_what_they_lack() {
    let iam = Iam::start(|form| match form["Action"].as_str() {
        "ListPolicies" => list(&policy("read-data", OWN, "v7", true), None),
        _ => version(DOCUMENT),
    });
    let needs =
        [("s3:GetObject", "arn:aws:s3:::data/key"), ("s3:PutObject", "arn:aws:s3:::data/key")];
    let done = asking_for(&needs, &iam.url, &[]);
    assert_eq!(done.status.code(), Some(3), "{}", stderr(&done));
    let said = stdout(&done);
    for sentence in [
        "compared with 1 managed policy (as IAM has them now)",
        "No managed policy allows all of it.",
        "The nearest, which allow most:\n  1. read-data  arn:aws:iam::111122223333:policy/read-data (v7)",
        "allows 1 of 2 needs",
        "lacks s3:PutObject on arn:aws:s3:::data/key",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
}

#[test]
fn whoever_answers_is_bounded_and_what_is_wrong_is_said() {
    let over_and_over = || Iam::start(|_| list("", Some("again")));
    let endless = Iam::start(|form| {
        let number: u64 = form.get("Marker").map_or(0, |it| it.parse().unwrap());
        list("", Some(&(number + 1).to_string()))
    });
    let many = Iam::start(|form| {
        let page = form.get("Marker").map_or("0", String::as_str).to_owned();
        let one = |it: usize| {
            policy("p", &format!("arn:aws:iam::111122223333:policy/{page}-{it}"), "v1", true)
        };
        list(&(0..1000).map(one).collect::<String>(), Some(&format!("{page}0")))
    });
    let denied = Iam::start(|_| {
        (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not \u{202e}authorized</Message></Error></ErrorResponse>".to_owned())
    });
    let deep = Iam::start(|_| (200, "<a>".repeat(100_000)));
    let other = Iam::start(|_| (200, "<html/>".to_owned()));
    for (iam, sentence) in [
        (over_and_over(), "says again where it goes on"),
        (endless, "more than 1000 pages"),
        (many, "more than 10000 policies"),
        (denied, "needs iam:ListPolicies and iam:GetPolicyVersion"),
        (deep, "cannot be read"),
        (other, "it is no list of policies, but html"),
    ] {
        let done = iam.run(&[]);
        let said = stderr(&done);
        assert_eq!(done.status.code(), Some(2), "{sentence}: {said}");
        assert!(said.contains(sentence) && !said.contains('\u{202e}'), "{sentence}\n{said}");
        assert!(stdout(&done).is_empty());
    }
}

#[test]
fn motos_policies_are_read() {
    let stand_in = StandIn::start_with(&[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")]);
    let done = asking(&stand_in.url, &["--json", "--top", "2000"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let found: Value = serde_json::from_str(stdout(&done)).unwrap();
    let own = super::found(&[("s3:GetObject", "arn:aws:s3:::data/key")]);
    assert!(found["compared"].as_u64().unwrap() > 1000, "{}", found["compared"]);
    assert_eq!(super::names(&found).len(), super::names(&own).len());
}
