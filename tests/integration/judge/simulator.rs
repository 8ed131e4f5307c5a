//! `check --aws` and `check --principal-arn`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ACCOUNT, POLICY, asking, call, ends, example};
use crate::cloudtrail::remote::front::{Answer, Front, Seen};
use crate::common::{stderr, stdout};

type Form = BTreeMap<String, String>;

/// What a form says.
fn form(seen: &Seen) -> Form {
    let body = String::from_utf8(seen.body.clone()).unwrap();
    let text =
        |it: &str| percent_decode_str(&it.replace('+', " ")).decode_utf8().unwrap().into_owned();
    let pair = |it: &str| it.split_once('=').map(|(name, value)| (text(name), text(value)));
    body.split('&').filter_map(pair).collect()
}

fn list(form: &Form, name: &str) -> Vec<String> {
    let member = |number: usize| form.get(&format!("{name}.member.{number}")).cloned();
    (1..).map_while(member).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A statement that matched, as IAM has it.
const STATEMENT: &str = "<MatchedStatements><member><SourcePolicyId>PolicyInputList.1</SourcePolicyId>\
    <SourcePolicyType>IAM Policy</SourcePolicyType><StartPosition><Line>4</Line><Column>4</Column></StartPosition>\
    <EndPosition><Line>4</Line><Column>96</Column></EndPosition></member></MatchedStatements>";

/// The answer to a form: each action on each resource as `decide` says it, with what is to be said beside.
fn simulated(form: &Form, decide: &dyn Fn(&str, &str) -> (&'static str, &'static str)) -> String {
    let mut results = String::new();
    for action in list(form, "ActionNames") {
        let resources = list(form, "ResourceArns");
        let is_star = resources == ["*"];
        let (whole, beside) = decide(&action, resources.first().map_or("*", |it| it));
        write!(
            results,
            "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{}</EvalResourceName>\
             <EvalDecision>{whole}</EvalDecision>{}",
            if is_star { "*" } else { "arn:${Partition}:s3:::${BucketName}/${KeyName}" },
            if is_star { beside } else { "<MatchedStatements/><MissingContextValues/>" },
        )
        .unwrap();
        if !is_star {
            results += "<ResourceSpecificResults>";
            for resource in &resources {
                let (decision, beside) = decide(&action, resource);
                write!(
                    results,
                    "<member><EvalResourceName>{}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision>{beside}</member>",
                    escaped(resource)
                )
                .unwrap();
            }
            results += "</ResourceSpecificResults>";
        }
        results += "</member>";
    }
    results
}

/// A page of results, as IAM answers.
fn page(form: &Form, results: &str, marker: Option<&str>) -> Answer {
    let operation = &form["Action"];
    let more = marker.map(|it| format!("<Marker>{it}</Marker>")).unwrap_or_default();
    Answer::of(
        200,
        format!(
            "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>\
             <IsTruncated>{}</IsTruncated>{more}<EvaluationResults>{results}</EvaluationResults></{operation}Result>\
             <ResponseMetadata><RequestId>1cdb5b0a-4c15-11e5-b121-bd8c7EXAMPLE</RequestId></ResponseMetadata></{operation}Response>",
            marker.is_some()
        ),
    )
}

/// An error, as IAM answers.
fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::of(
        status,
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>1cdb5b0a</RequestId></ErrorResponse>"
        ),
    )
}

/// What IAM says of the example.
fn right(action: &str, _: &str) -> (&'static str, &'static str) {
    match action {
        "s3:GetObject" | "s3:ListAllMyBuckets" => ("allowed", STATEMENT),
        "s3:DeleteObject" => ("explicitDeny", STATEMENT),
        _ => ("implicitDeny", "<MatchedStatements/>"),
    }
}

fn iam(decide: fn(&str, &str) -> (&'static str, &'static str)) -> Front {
    Front::start(None, move |seen, _| {
        let form = form(seen);
        Some(page(&form, &simulated(&form, &decide), None))
    })
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    example(folder.path());
    folder
}

const CHECK: [&str; 5] = ["check", "--aws", "--policy", "policy.json", "calls.jsonl"];

fn as_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn where_aws_agrees_each_question_is_asked_once_and_few_requests_are_made() {
    let (folder, iam) = (folder(), iam(right));
    let done = asking(folder.path(), &iam.url, &CHECK);
    ends(&done, 3);
    let text = stdout(&done);
    assert!(text.contains("AWS agrees on 6 of 8 needs (6 questions asked)."), "{text}");
    assert!(!text.contains("AWS disagrees"), "{text}");
    // What is not asked, and why.
    assert!(text.contains("s3:GetObject on arn:aws:s3:::b/*: its resource is a pattern"), "{text}");
    assert!(
        text.contains("s3:GetObjectTagging on arn:aws:s3:::b/1: it depends on what is not known"),
        "{text}"
    );
    let forms: Vec<Form> = iam.seen().iter().map(form).collect();
    let mut asked = Vec::new();
    for form in &forms {
        assert_eq!(form["Action"], "SimulateCustomPolicy");
        assert_eq!(list(form, "PolicyInputList"), [POLICY]);
        for action in list(form, "ActionNames") {
            asked.extend(list(form, "ResourceArns").iter().map(|it| format!("{action} {it}")));
        }
    }
    asked.sort();
    let resource = |action: &str, key: u32| format!("s3:{action} arn:aws:s3:::b/{key}");
    assert_eq!(
        asked,
        [
            resource("DeleteObject", 1),
            resource("GetObject", 1),
            resource("GetObject", 2),
            resource("GetObject", 3),
            "s3:ListAllMyBuckets *".to_owned(),
            resource("PutObject", 1),
        ]
    );
    assert!(forms.len() <= 3, "{forms:#?}");
    let keys = list(&forms[0], "ContextEntries");
    assert!(keys.is_empty());
    assert_eq!(forms[0]["ContextEntries.member.1.ContextKeyType"], "string");
    assert!(iam.seen_of("iam").iter().all(|it| it.scope().contains("/us-east-1/iam/")));
}

#[test]
fn what_aws_decides_otherwise_comes_first() {
    let iam = iam(|action, resource| match (action, resource) {
        ("s3:GetObject", "arn:aws:s3:::b/2") => (
            "implicitDeny",
            "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>",
        ),
        ("s3:DeleteObject", _) => ("allowed", STATEMENT),
        _ => right(action, resource),
    });
    let folder = folder();
    let done = asking(folder.path(), &iam.url, &CHECK);
    ends(&done, 3);
    let text = stdout(&done);
    let aws =
        &text[text.find("leastwise: AWS agrees on 4 of 8").unwrap_or_else(|| panic!("{text}"))..];
    let lines: Vec<&str> = aws.lines().collect();
    assert_eq!(lines[1], "  AWS disagrees:");
    assert!(aws.contains("! s3:GetObject on arn:aws:s3:::b/2: AWS says implicitDeny, Leastwise allowed; not known: aws:SourceIp"), "{aws}");
    assert!(aws.contains("! s3:DeleteObject on arn:aws:s3:::b/1: AWS says allowed, Leastwise explicitDeny; by policy.json, line 4"), "{aws}");
    assert!(aws.find("AWS disagrees").unwrap() < aws.find("AWS was not asked").unwrap());
    let done = asking(
        folder.path(),
        &iam.url,
        &[&CHECK[..], &["--json", "--sarif", "out.sarif"]].concat(),
    );
    let value = as_json(stdout(&done));
    assert_eq!(value["aws"]["questions"], 6);
    let first = &value["aws"]["needs"][0];
    assert_eq!(
        (&first["standing"], &first["aws"], &first["leastwise"]),
        (&json!("disagrees"), &json!("implicitDeny"), &json!("allowed"))
    );
    assert_eq!(first["missing_context_values"], json!(["aws:SourceIp"]));
    let not_asked: Vec<_> = value["aws"]["needs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["not_asked"].as_str())
        .collect();
    assert_eq!(not_asked, ["pattern", "undecided"]);
    let sarif = fs::read_to_string(folder.path().join("out.sarif")).unwrap();
    assert!(sarif.contains("aws-disagrees"));
}

#[test]
fn a_policy_that_fits_passes_only_where_aws_says_so() {
    let folder = folder();
    fs::write(
        folder.path().join("calls.jsonl"),
        call("GetObject", &[("s3:GetObject", &["arn:aws:s3:::b/1"], json!({}))]),
    )
    .unwrap();
    let agrees = iam(right);
    ends(&asking(folder.path(), &agrees.url, &CHECK), 0);
    let disagrees = iam(|_, _| ("explicitDeny", ""));
    ends(&asking(folder.path(), &disagrees.url, &CHECK), 3);
}

#[test]
fn what_the_simulator_does_not_know_keeps_it_from_nothing_else() {
    let iam = Front::start(None, |seen, _| {
        let form = form(seen);
        if list(&form, "ActionNames").iter().any(|it| it == "s3:PutObject") {
            return Some(error(400, "InvalidInput", "Invalid Action: s3:PutObject"));
        }
        Some(page(&form, &simulated(&form, &right), None))
    });
    let folder = folder();
    let done = asking(folder.path(), &iam.url, &CHECK);
    ends(&done, 3);
    let text = stdout(&done);
    assert!(text.contains("AWS agrees on 5 of 8"), "{text}");
    assert!(text.contains("- s3:PutObject on arn:aws:s3:::b/1: the simulator does not take it: Invalid Action: s3:PutObject"), "{text}");
    assert!(!text.contains("AWS disagrees"), "{text}");
}

#[test]
fn results_come_in_pages() {
    let iam = Front::start(None, |seen, _| {
        let form = form(seen);
        let all = simulated(&form, &right);
        let results: Vec<&str> =
            all.split_inclusive("</ResourceSpecificResults></member>").collect();
        let at: usize = form.get("Marker").map_or(0, |it| it.parse().unwrap());
        let next = (at + 1 < results.len()).then(|| (at + 1).to_string());
        Some(page(&form, results[at], next.as_deref()))
    });
    let folder = folder();
    let done = asking(folder.path(), &iam.url, &CHECK);
    assert!(stdout(&done).contains("AWS agrees on 6 of 8"), "{}{}", stdout(&done), stderr(&done));
    assert!(iam.seen().iter().any(|it| form(it).contains_key("Marker")));
}

#[test]
fn throttling_is_waited_out() {
    let iam = Front::start(None, |seen, before| {
        let form = form(seen);
        Some(match before {
            0 => error(400, "Throttling", "Rate exceeded"),
            _ => page(&form, &simulated(&form, &right), None),
        })
    });
    let folder = folder();
    let done = asking(folder.path(), &iam.url, &CHECK);
    assert!(stdout(&done).contains("AWS agrees on 6 of 8"), "{}{}", stdout(&done), stderr(&done));
}

#[test]
fn whoever_may_not_ask_is_told_what_it_takes() {
    let iam =
        Front::start(None, |_, _| Some(error(403, "AccessDenied", "User: x is not authorized")));
    let folder = folder();
    let done = asking(folder.path(), &iam.url, &CHECK);
    ends(&done, 2);
    assert!(
        stderr(&done).contains("whoever asks it needs iam:SimulateCustomPolicy on *"),
        "{}",
        stderr(&done)
    );
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/web");
    let done = asking(folder.path(), &iam.url, &["check", "--principal-arn", &arn, "calls.jsonl"]);
    ends(&done, 2);
    assert!(
        stderr(&done).contains("needs iam:SimulatePrincipalPolicy on that user"),
        "{}",
        stderr(&done)
    );
}

#[test]
fn nonsense_and_pages_without_end_are_refused() {
    let folder = folder();
    type Case = (&'static str, fn(&Form) -> Answer);
    let cases: [Case; 6] = [
        ("cannot be read", |_| Answer::of(200, "<html/>")),
        ("cannot be read", |_| Answer::of(200, "\u{1b}[2J not xml")),
        ("cannot be read", |form| {
            page(
                form,
                "<member><EvalActionName>a</EvalActionName><EvalDecision>maybe\u{202e}</EvalDecision></member>",
                None,
            )
        }),
        ("does not say where", |form| page(form, "", Some("same"))),
        ("more than 64 pages", |form| {
            let next = form.get("Marker").map_or(0, |it| it.parse::<u32>().unwrap()) + 1;
            page(form, "", Some(&next.to_string()))
        }),
        ("more results than were asked", |form| {
            page(form, &"<member><EvalActionName>a</EvalActionName><EvalDecision>allowed</EvalDecision></member>".repeat(999), None)
        }),
    ];
    for (sentence, answer) in cases {
        let iam = Front::start(None, move |seen, _| Some(answer(&form(seen))));
        let done = asking(folder.path(), &iam.url, &CHECK);
        ends(&done, 2);
        assert!(stderr(&done).contains(sentence), "{sentence}: {}", stderr(&done));
        assert!(!stderr(&done).contains('\u{202e}') && !stderr(&done).contains('\u{1b}'));
    }
    // One that says nothing of what was asked is no judge.
    let iam = Front::start(None, |seen, _| Some(page(&form(seen), "", None)));
    let done = asking(folder.path(), &iam.url, &CHECK);
    assert!(
        stdout(&done).contains("the simulator's answer says nothing of it"),
        "{}",
        stdout(&done)
    );
    // One that takes nothing is not asked for ever.
    let many: String = (0..300)
        .map(|it| {
            call("GetObject", &[("s3:GetObject", &[&*format!("arn:aws:s3:::b/{it}")], json!({}))])
        })
        .collect();
    fs::write(folder.path().join("calls.jsonl"), many).unwrap();
    let iam = Front::start(None, |_, _| Some(error(400, "InvalidInput", "no")));
    let done = asking(folder.path(), &iam.url, &CHECK);
    assert!(stdout(&done).contains("AWS agrees on 0 of 300"), "{}", stdout(&done));
    assert!(iam.seen().len() < 60, "{}", iam.seen().len());
}

#[test]
fn a_role_is_asked_about_as_it_is() {
    let iam = iam(|action, _| match action {
        "s3:GetObject" => ("allowed", ""),
        "s3:PutObject" => (
            "implicitDeny",
            "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>",
        ),
        "s3:DeleteObject" => (
            "explicitDeny",
            "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>",
        ),
        _ => (
            "implicitDeny",
            "<MissingContextValues><member>aws:username</member></MissingContextValues>",
        ),
    });
    let folder = folder();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/web");
    let check = ["check", "--principal-arn", &arn, "calls.jsonl"];
    let done = asking(folder.path(), &iam.url, &check);
    ends(&done, 3);
    let text = stdout(&done);
    assert!(
        text.starts_with(&format!("leastwise: AWS says that {arn} is allowed 3 of 8 needs")),
        "{text}"
    );
    assert!(text.contains("+ s3:PutObject on arn:aws:s3:::b/1: AWS says implicitDeny; the permissions boundary does not allow it"), "{text}");
    assert!(
        text.contains(
            "AWS says explicitDeny; the organization's service control policies do not allow it"
        ),
        "{text}"
    );
    assert!(
        text.contains("? s3:ListAllMyBuckets on *: AWS says implicitDeny; not known: aws:username"),
        "{text}"
    );
    let first = form(&iam.seen()[0]);
    assert_eq!((&*first["Action"], &*first["PolicySourceArn"]), ("SimulatePrincipalPolicy", &*arn));
    let done = asking(folder.path(), &iam.url, &[&check[..], &["--json"]].concat());
    let value = as_json(stdout(&done));
    assert_eq!((&value["exit_code"], &value["principal"]), (&json!(3), &json!(arn)));
    assert_eq!(value["needs"][0]["allowed_by_permissions_boundary"], false);
    // What is allowed passes; what it depends on may be accepted.
    fs::write(
        folder.path().join("calls.jsonl"),
        call("GetObject", &[("s3:GetObject", &["arn:aws:s3:::b/1"], json!({}))])
            + &call("ListBuckets", &[("s3:ListAllMyBuckets", &["*"], json!({}))]),
    )
    .unwrap();
    ends(&asking(folder.path(), &iam.url, &check), 3);
    ends(&asking(folder.path(), &iam.url, &[&check[..], &["--allow-undecided"]].concat()), 0);
}

#[test]
fn the_policy_of_a_resource_goes_to_users_and_not_to_roles() {
    let iam = iam(|_, _| ("allowed", ""));
    let folder = folder();
    let bucket = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/1"}]}"#;
    fs::write(folder.path().join("bucket.json"), bucket).unwrap();
    let check = |name: &str| {
        let arn = format!("arn:aws:iam::{ACCOUNT}:{name}");
        let words = [
            "check",
            "--principal-arn",
            &arn,
            "--resource-policy",
            "bucket.json",
            "--account-id",
            ACCOUNT,
            "calls.jsonl",
        ];
        asking(folder.path(), &iam.url, &words)
    };
    let done = check("role/web");
    assert!(stdout(&done).contains("s3:GetObject on arn:aws:s3:::b/1: the simulator evaluates no resource's policy for a role"), "{}", stdout(&done));
    assert!(iam.seen().iter().all(|it| !form(it).contains_key("ResourcePolicy")));
    assert!(iam.seen().iter().all(|it| list(&form(it), "ResourceArns") != ["arn:aws:s3:::b/1"]));
    check("user/ann");
    let last = form(iam.seen().last().unwrap());
    assert_eq!(last["ResourcePolicy"], bucket);
    assert_eq!(last["CallerArn"], format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    assert_eq!(last["ResourceOwner"], format!("arn:aws:iam::{ACCOUNT}:root"));
    let done = asking(folder.path(), &iam.url, &["check", "--principal-arn", "web", "calls.jsonl"]);
    ends(&done, 2);
    assert!(stderr(&done).contains("is not the ARN of a user, group or role"), "{}", stderr(&done));
}
