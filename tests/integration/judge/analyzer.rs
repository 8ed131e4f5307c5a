//! `validate`, `policy --validate` and `check --no-new-access`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{POLICY, asking, ends, example};
use crate::cloudtrail::remote::front::{Answer, Front, Seen};
use crate::common::{stderr, stdout};

const BAD: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": [\"s3:GetObjct\"], \"Resource\": \"*\"}\n  ]\n}\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    example(folder.path());
    fs::write(folder.path().join("bad.json"), BAD).unwrap();
    folder
}

fn body(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

/// A finding, as Access Analyzer has it.
fn finding(kind: &str, code: &str, line: u32, column: u32) -> Value {
    let position = |column| json!({"line": line, "column": column, "offset": 70});
    json!({
        "findingType": kind, "issueCode": code, "findingDetails": format!("Details of {code}."),
        "learnMoreLink": format!("https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#{code}\u{1b}[2J"),
        "locations": [{
            "path": [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 0}],
            "span": {"start": position(column), "end": position(column + 13)},
        }],
    })
}

/// Access Analyzer, which has two pages of findings.
fn analyzer() -> Front {
    Front::start(None, |seen, _| {
        assert!(seen.path.starts_with("/policy/validation?maxResults="), "{}", seen.path);
        let page = if seen.path.contains("nextToken=a%2Fb%3D") {
            json!({"findings": [finding("SUGGESTION", "EMPTY_ARRAY_ACTION", 2, 2)]})
        } else {
            json!({"findings": [finding("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE", 4, 35)], "nextToken": "a/b="})
        };
        Some(Answer::of(200, page.to_string()))
    })
}

#[test]
fn findings_are_told_in_all_formats_with_their_places() {
    let (folder, analyzer) = (folder(), analyzer());
    let run = |more: &[&str]| {
        asking(
            folder.path(),
            &analyzer.url,
            &[&["validate", "--aws"], more, &["bad.json"]].concat(),
        )
    };
    let done = run(&[]);
    ends(&done, 3);
    let text = stdout(&done);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "bad.json:4:36: ERROR unknown-action: AWS has no action s3:GetObjct; did you mean s3:GetObject?"
    );
    assert_eq!(
        lines[1],
        "bad.json:4:36: SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE: Details of PASS_ROLE_WITH_STAR_IN_RESOURCE."
    );
    assert!(
        lines[2].starts_with("    https://docs.aws.amazon.com/") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert_eq!(
        lines[3],
        "bad.json:2:3: SUGGESTION EMPTY_ARRAY_ACTION: Details of EMPTY_ARRAY_ACTION."
    );
    assert_eq!(lines[5], "leastwise: 3 findings in 1 policy; 1 failed.");
    let value: Value = serde_json::from_str(stdout(&run(&["--format", "json"]))).unwrap();
    let findings = value["findings"].as_array().unwrap();
    let places: Vec<_> =
        findings.iter().map(|it| (&it["line"], &it["column"], &it["source"])).collect();
    assert_eq!(
        places,
        [
            (&json!(4), &json!(36), &json!("leastwise")),
            (&json!(4), &json!(36), &json!("access-analyzer")),
            (&json!(2), &json!(3), &json!("access-analyzer")),
        ]
    );
    let value: Value = serde_json::from_str(stdout(&run(&["--format", "sarif"]))).unwrap();
    let results = value["runs"][0]["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|it| {
            let region = &it["locations"][0]["physicalLocation"]["region"];
            (
                it["level"].as_str().unwrap(),
                region["startLine"].as_u64().unwrap(),
                region["startColumn"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("error", 4, 36), ("error", 4, 36), ("note", 2, 3)]);
    let seen = analyzer.seen();
    assert_eq!(seen.len(), 6);
    assert_eq!(body(&seen[0])["policyType"], "IDENTITY_POLICY");
    assert_eq!(body(&seen[0])["policyDocument"], BAD);
    assert!(seen[0].scope().contains("/eu-west-1/access-analyzer/"));
}

#[test]
fn the_example_of_the_documentation_is_what_happens() {
    let page = fs::read_to_string("docs/aws-judge.md").unwrap();
    let block = |kind: &str| {
        let (_, rest) = page.split_once(&format!("```{kind}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let folder = folder();
    fs::write(folder.path().join("policy.json"), block("json")).unwrap();
    let nobody = Front::start(None, |_, _| None);
    let done = asking(folder.path(), &nobody.url, &["validate", "policy.json"]);
    ends(&done, 3);
    assert_eq!(stdout(&done), block("text"));
}

#[test]
fn without_aws_nobody_is_asked() {
    let folder = folder();
    let nobody = Front::start(None, |_, _| None);
    let run = |words: &[&str]| asking(folder.path(), &nobody.url, &[&["validate"], words].concat());
    ends(&run(&["policy.json"]), 0);
    ends(&run(&["policy.json", "bad.json"]), 3);
    fs::write(folder.path().join("broken.json"), "{\n  \"Statement\": [}").unwrap();
    let done = run(&["broken.json"]);
    ends(&done, 3);
    assert!(stdout(&done).starts_with("broken.json:2:17: ERROR grammar: "), "{}", stdout(&done));
    // The format of policies is not that of findings.
    fs::write(folder.path().join("settings.toml"), "format = \"hcl\"\n").unwrap();
    ends(&run(&["--config", "settings.toml", "policy.json"]), 0);
    ends(&run(&["--type", "scp", "policy.json"]), 0);
    ends(&run(&["--type", "resource", "policy.json"]), 3);
    ends(&run(&["none.json"]), 2);
    assert!(nobody.seen().is_empty());
}

#[test]
fn a_policy_that_is_written_can_be_looked_at() {
    let folder = folder();
    let nobody = Front::start(None, |_, _| None);
    let done = asking(
        folder.path(),
        &nobody.url,
        &["policy", "--validate", "-o", "new.json", "calls.jsonl"],
    );
    ends(&done, 0);
    assert!(stderr(&done).contains("0 findings in 1 policy; 0 failed."), "{}", stderr(&done));
    assert!(nobody.seen().is_empty());
    let analyzer = analyzer();
    let words = ["policy", "--validate", "--aws", "--format", "hcl", "calls.jsonl"];
    let done = asking(folder.path(), &analyzer.url, &words);
    ends(&done, 1);
    assert!(stderr(&done).contains("policy 1:4:36: SECURITY_WARNING"), "{}", stderr(&done));
    assert!(stdout(&done).contains("aws_iam_policy_document"));
    ends(&asking(folder.path(), &nobody.url, &["policy", "--aws", "calls.jsonl"]), 2);
}

#[test]
fn whoever_may_not_ask_access_analyzer_is_told_what_it_takes() {
    let folder = folder();
    let refusing = Front::start(None, |_, _| {
        let headers = vec![("x-amzn-errortype", "AccessDeniedException".to_owned())];
        Some(Answer { headers, ..Answer::of(403, "{\"message\": \"no\"}") })
    });
    let done = asking(folder.path(), &refusing.url, &["validate", "--aws", "policy.json"]);
    ends(&done, 2);
    assert!(
        stderr(&done).contains("whoever asks it needs access-analyzer:ValidatePolicy on *"),
        "{}",
        stderr(&done)
    );
}

#[test]
fn an_analyzer_that_never_ends_or_answers_nonsense_is_refused() {
    let folder = folder();
    let endless = Front::start(None, |seen, _| {
        let last = seen.path.split("nextToken=").nth(1).unwrap_or_default();
        let token = format!("{last}x");
        Some(Answer::of(200, json!({"findings": [], "nextToken": token}).to_string()))
    });
    for (front, sentence) in [
        (endless, "more than 20 pages"),
        (
            Front::start(None, |_, _| {
                Some(Answer::of(200, "{\"findings\": [], \"nextToken\": \"a\"}"))
            }),
            "asks for itself",
        ),
        (Front::start(None, |_, _| Some(Answer::of(200, "[1, 2]"))), "cannot be read"),
        (
            Front::start(None, |_, _| {
                let many = vec![finding("ERROR", "X", 1, 1); 3_000];
                Some(Answer::of(200, json!({ "findings": many }).to_string()))
            }),
            "more than 2000 findings",
        ),
    ] {
        let done = asking(folder.path(), &front.url, &["validate", "--aws", "policy.json"]);
        ends(&done, 2);
        assert!(stderr(&done).contains(sentence), "{sentence}: {}", stderr(&done));
    }
}

#[test]
fn new_access_is_found_by_access_analyzer_which_costs() {
    let folder = folder();
    fs::write(folder.path().join("old.json"), POLICY).unwrap();
    let answering = |answer: Value| {
        Front::start(None, move |seen, _| {
            assert_eq!((&*seen.method, &*seen.path), ("POST", "/policy/check-no-new-access"));
            Some(Answer::of(200, answer.to_string()))
        })
    };
    let check = ["check", "--no-new-access", "old.json", "--policy", "bad.json"];
    let pass = answering(
        json!({"result": "PASS", "message": "The policy document does not have new access.", "reasons": []}),
    );
    let done = asking(folder.path(), &pass.url, &check);
    ends(&done, 0);
    assert!(stderr(&done).contains("AWS charges for each of these checks"), "{}", stderr(&done));
    assert!(
        stdout(&done)
            .starts_with("leastwise: PASS: bad.json grants no new access beside old.json."),
        "{}",
        stdout(&done)
    );
    let sent = body(&pass.seen()[0]);
    assert_eq!(
        (&sent["existingPolicyDocument"], &sent["newPolicyDocument"]),
        (&json!(POLICY), &json!(BAD))
    );
    assert_eq!(sent["policyType"], "IDENTITY_POLICY");
    let fail = answering(json!({
        "result": "FAIL", "message": "The modified permissions grant new access.",
        "reasons": [{"description": "New access in the statement with index: 0.", "statementIndex": 0, "statementId": "a\u{202e}"}],
    }));
    let done = asking(folder.path(), &fail.url, &check);
    ends(&done, 3);
    assert!(
        stdout(&done).contains("+ statement 1 \"a\\u{202e}\": New access in the statement"),
        "{}",
        stdout(&done)
    );
    let done = asking(folder.path(), &fail.url, &[&check[..], &["--json"]].concat());
    let value: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_eq!((&value["result"], &value["reasons"][0]["statement"]), (&json!("FAIL"), &json!(1)));
    let nonsense = answering(json!({"result": "PERHAPS"}));
    ends(&asking(folder.path(), &nonsense.url, &check), 2);
    assert_eq!(nonsense.seen().len(), 1);
}
