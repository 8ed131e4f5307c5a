//! Policies with the conditions that hold what a run made (tags, what a resource lies in, aliases, names of records, the
//! account): in every format, joined, split, held against what is needed, and compared.

use std::fs;
use std::path::Path;
use std::process::Output;

use leastwise::authorize::Conditions;
use leastwise::call::{Call, Evidence, Source, Timestamp};
use leastwise::evaluate::document::Document;
use leastwise::evaluate::known::Known;
use leastwise::report::check::outcome::{Options, Outcome};
use leastwise::report::check::{json, markdown, plain, sarif};
use leastwise::session::needs::Collected;
use serde_json::{Map, Value, json};

use crate::common::{leastwise, stderr, stdout};

const EC2: &str = "arn:aws:ec2:eu-west-1:111122223333:";

/// Actions with what holds them, as a policy has it.
pub(crate) fn held() -> Vec<(&'static str, String, Value)> {
    let ec2 = |of: &str| format!("{EC2}{of}");
    let names = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
    vec![
        ("ec2:DeleteVpc", ec2("vpc/*"), json!({"StringEquals": {"aws:ResourceTag/env": ["ci"]}})),
        (
            "ec2:DeleteSubnet",
            ec2("subnet/*"),
            json!({"StringEquals": {"aws:ResourceTag/env": ["ci"]}}),
        ),
        (
            "ec2:CreateSubnet",
            ec2("subnet/*"),
            json!({"StringEquals": {"aws:RequestTag/env": ["ci"]}}),
        ),
        (
            "ec2:CreateTags",
            ec2("vpc/*"),
            json!({"StringEquals": {"aws:RequestTag/env": ["ci"], "ec2:CreateAction": ["CreateVpc"]}}),
        ),
        (
            "ec2:DeleteSecurityGroup",
            ec2("security-group/*"),
            json!({"ArnEquals": {"ec2:Vpc": [ec2("vpc/vpc-1")]}}),
        ),
        (
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:111122223333:key/????????-????-????-????-????????????"
                .to_owned(),
            json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/app"]}}),
        ),
        (
            "kms:Encrypt",
            "arn:aws:kms:eu-west-1:111122223333:key/*".to_owned(),
            json!({"StringEquals": {"kms:RequestAlias": ["alias/app"]}}),
        ),
        (
            "route53:ChangeResourceRecordSets",
            "arn:aws:route53:::hostedzone/*".to_owned(),
            json!({"ForAllValues:StringEquals": {names: ["\\052.example.com", "www.example.com"]}}),
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::assets-????????/*".to_owned(),
            json!({"StringEquals": {"aws:ResourceAccount": ["111122223333"]}}),
        ),
    ]
}

/// A line of a recording.
pub(crate) fn line(requires: &[(&str, String, Value)]) -> String {
    let requires: Vec<Value> = requires
        .iter()
        .map(|(action, resource, conditions)| {
            json!({"action": action, "resources": [resource], "conditions": conditions, "reason": "operation"})
        })
        .collect();
    let call = json!({
        "v": 1, "time": "2026-11-22T08:15:30.045Z", "source": "proxy", "service": "ec2", "operation": "DeleteVpc",
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {}, "requires": requires,
    });
    format!("{call}\n")
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    leastwise(arguments).current_dir(folder).output().unwrap()
}

/// What the policy of a recording is, by the options.
fn policy(folder: &Path, options: &[&str]) -> String {
    let run = run(folder, &[&["policy", "-q"][..], options, &["calls.jsonl"]].concat());
    assert!(run.status.success(), "{}", stderr(&run));
    stdout(&run).to_owned()
}

/// `action on resource if condition`, sorted.
fn grants(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap();
    let documents = match document {
        Value::Array(documents) => documents,
        one => vec![one],
    };
    let mut all = Vec::new();
    for statement in documents.iter().flat_map(|it| it["Statement"].as_array().unwrap()) {
        let texts = |element: &str| -> Vec<String> {
            serde_json::from_value(statement[element].clone()).unwrap()
        };
        for action in texts("Action") {
            let on =
                |resource: &String| format!("{action} on {resource} if {}", statement["Condition"]);
            all.extend(texts("Resource").iter().map(on));
        }
    }
    all.sort();
    all
}

fn expected(all: &[(&str, String, Value)]) -> Vec<String> {
    let mut all: Vec<_> = all
        .iter()
        .map(|(action, resource, conditions)| format!("{action} on {resource} if {conditions}"))
        .collect();
    all.sort();
    all
}

/// Recordings of versions that did not tell what was made.
#[test]
fn what_a_recording_does_not_tell_stands_as_recorded_and_the_summary_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let place = "arn:aws:ec2:eu-west-1:111122223333:vpc/";
    let id = "vpc-0c79ac9ce9a503a97";
    let call = |operation: &str, resource: &str| {
        let action = format!("ec2:{operation}");
        let requires = [(&*action, format!("{place}{resource}"), json!({}))];
        line(&requires).replace("\"DeleteVpc\"", &format!("\"{operation}\""))
    };
    let (create, delete) = (call("CreateVpc", "*"), call("DeleteVpc", id));
    let mut told: Value = serde_json::from_str(&create).unwrap();
    told["made"] = json!([{"type": "ec2:vpc", "id": id}]);
    let with = format!("{told}\n");
    for (create, options, resource, is_said) in [
        (&create, &["--generated", "hold"], id, true),
        (&create, &["--generated", "exact"], id, false),
        (&with, &["--generated", "hold"], "*", false),
    ] {
        std::fs::write(folder.join("calls.jsonl"), format!("{create}{delete}")).unwrap();
        let run = run(folder, &[&["policy"][..], options, &["calls.jsonl"]].concat());
        assert!(run.status.success(), "{}", stderr(&run));
        let granted = grants(stdout(&run));
        let expected = format!("ec2:DeleteVpc on {place}{resource} if null");
        assert!(granted.contains(&expected), "{granted:?}");
        assert_eq!(
            stderr(&run).contains("1 call made resources whose ids"),
            is_said,
            "{}",
            stderr(&run)
        );
    }
}

#[test]
fn every_format_has_the_conditions() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("calls.jsonl"), line(&held())).unwrap();
    assert_eq!(grants(&policy(folder, &[])), expected(&held()));
    let texts: Vec<String> = ["hcl", "cloudformation", "cdk", "markdown"]
        .map(|format| policy(folder, &["--format", format]))
        .into();
    for (_, resource, conditions) in held() {
        for (operator, keys) in conditions.as_object().unwrap() {
            for (key, values) in keys.as_object().unwrap() {
                let values: Vec<String> = serde_json::from_value(values.clone()).unwrap();
                let quoted = |text: &str| Value::String(text.to_owned()).to_string();
                let one = quoted(&values[0]);
                let (hcl_key, json_key) = (quoted(key), quoted(key));
                assert!(
                    texts[0].contains(&format!(
                        "variable = {hcl_key}\n\n      values = [\n        {one},"
                    )),
                    "{key}: {}",
                    texts[0]
                );
                assert!(texts[0].contains(&format!("test     = \"{operator}\"")), "{operator}");
                assert!(
                    texts[1].contains(&format!("{json_key}:\n                  - {one}\n")),
                    "{key}: {}",
                    texts[1]
                );
                assert!(
                    texts[2].contains(&format!("{json_key}: [\n          {one},\n")),
                    "{key}: {}",
                    texts[2]
                );
                assert!(
                    texts[3].contains(&format!("`{operator}` `{key}`: `{}`", values[0])),
                    "{key}: {}",
                    texts[3]
                );
            }
        }
        assert!(texts.iter().all(|text| text.contains(&resource)), "{resource}");
    }
}

#[test]
fn joining_and_splitting_keep_each_condition_with_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut all = held();
    // The same action on the same resources under another key, by another operator and without any.
    let vpcs = format!("{EC2}vpc/*");
    let alike = |conditions: Value| ("ec2:DeleteVpc", vpcs.clone(), conditions);
    all.push(alike(json!({"StringEquals": {"aws:ResourceTag/team": ["blue"]}})));
    all.push(alike(json!({"StringLike": {"aws:ResourceTag/env": ["ci"]}})));
    all.push(alike(
        json!({"StringEquals": {"aws:ResourceTag/env": ["ci"], "aws:ResourceTag/team": ["red"]}}),
    ));
    all.push(alike(json!({"ForAnyValue:StringEquals": {"aws:ResourceTag/env": ["ci"]}})));
    let names = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
    let zones = "arn:aws:route53:::hostedzone/*".to_owned();
    all.push((
        "route53:ChangeResourceRecordSets",
        zones,
        json!({"ForAllValues:StringEquals": {names: ["mail.example.com"]}}),
    ));
    fs::write(folder.join("calls.jsonl"), line(&all)).unwrap();
    for options in [
        &["--minimize"][..],
        &["--minimize", "--sid"],
        &["--fit", "inline-role"],
        &["--fit", "managed"],
    ] {
        assert_eq!(grants(&policy(folder, options)), expected(&all), "{options:?}");
    }
    // What differs in the values of one key alone is one statement with both.
    let prod = alike(json!({"StringEquals": {"aws:ResourceTag/env": ["prod"]}}));
    fs::write(folder.join("calls.jsonl"), line(&[held().remove(0), prod])).unwrap();
    let both = alike(json!({"StringEquals": {"aws:ResourceTag/env": ["ci", "prod"]}}));
    assert_eq!(grants(&policy(folder, &["--minimize"])), expected(&[both]));
}

#[test]
fn a_policy_too_large_for_one_document_keeps_its_conditions_in_several() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all: Vec<_> = (0..120)
        .map(|number| {
            let tag = format!("run-{number}");
            let conditions = json!({"StringEquals": {format!("aws:ResourceTag/{tag}"): [tag]}});
            ("ec2:DeleteVpc", format!("{EC2}vpc/*"), conditions)
        })
        .collect();
    fs::write(folder.join("calls.jsonl"), line(&all)).unwrap();
    let text = policy(folder, &["--fit", "managed"]);
    let documents: Value = serde_json::from_str(&text).unwrap();
    assert!(documents.as_array().is_some_and(|it| it.len() > 1));
    assert_eq!(grants(&text), expected(&all));
}

fn call(operation: &'static str) -> Call {
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: "ec2".into(),
        operation: Some(operation.into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: Some("111122223333".to_owned()),
        principal: None,
        outcome: Default::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: Map::new(),
        evidence: Evidence::default(),
    }
}

/// What is needed: actions of EC2, on what, of which this is known.
fn collected(needs: &[(&'static str, &str, Known)]) -> Collected {
    let mut collected = Collected::default();
    for (operation, resource, known) in needs {
        let action = format!("ec2:{operation}");
        let resources = [format!("{EC2}{resource}")];
        collected.calls += 1;
        collected.add(&call(operation), 1, &action, &resources, &Conditions::new(), &mut |_| {
            known.clone()
        });
    }
    collected
}

fn tagged(tags: &[(&str, &str)]) -> Known {
    Known::default().with_tags(tags.iter().copied())
}

fn document(all: &[(&str, String, Value)]) -> Document {
    let statements: Vec<Value> = all
        .iter()
        .map(|(action, resource, conditions)| {
            json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": conditions})
        })
        .collect();
    Document::parse(json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap()
}

#[test]
fn a_check_says_which_tag_a_resource_has_and_which_the_policy_asks_for() {
    let documents = [document(&held()[..3])];
    let collected = collected(&[
        ("DeleteVpc", "vpc/vpc-1", tagged(&[("Env", "ci"), ("x", "y")])),
        ("DeleteVpc", "vpc/vpc-2", tagged(&[("x", "y")])),
        ("DeleteVpc", "vpc/vpc-3", tagged(&[("env", "prod|`\u{1b}")])),
        ("DeleteVpc", "vpc/vpc-4", Known::default()),
        ("DeleteSubnet", "vpc/vpc-5", tagged(&[])),
        ("CreateSubnet", "subnet/*", Known::default().with_request_tags([])),
    ]);
    let options = Options::default();
    let outcome = Outcome::of(vec!["policy.json".to_owned()], &documents, &options, &collected);
    assert_eq!(outcome.exit_code(), 3);
    let text = plain::render(&outcome);
    let expected = format!(
        "leastwise: policy.json allows 1 of 6 needs that 6 calls had.
  Missing:
  + ec2:DeleteVpc on {EC2}vpc/vpc-2
      no statement allows it; asked by ec2.DeleteVpc (1 call)
      The resource has no tag `env`; the policy asks for `env=ci`
  + ec2:DeleteVpc on {EC2}vpc/vpc-3
      no statement allows it; asked by ec2.DeleteVpc (1 call)
      The resource's tag `env` is `prod|`\\u{{1b}}`; the policy asks for `env=ci`
  + ec2:DeleteSubnet on {EC2}vpc/vpc-5
      no statement allows it; asked by ec2.DeleteSubnet (1 call)
  + ec2:CreateSubnet on {EC2}subnet/*
      no statement allows it; asked by ec2.CreateSubnet (1 call)
      The request sets no tag `env`; the policy asks for `env=ci`
  Not decided:
  ? ec2:DeleteVpc on {EC2}vpc/vpc-4
      depends on condition key aws:ResourceTag/env; asked by ec2.DeleteVpc (1 call)
      --context aws:ResourceTag/env=VALUE says it
"
    );
    let (shown, _) = text.split_once("  Not used:").unwrap();
    assert_eq!(shown, expected);

    let value: Value = serde_json::from_str(&json::render(&outcome)).unwrap();
    let sentence = "The resource has no tag `env`; the policy asks for `env=ci`";
    assert_eq!(value["missing"][0]["unmet"], json!([sentence]));
    assert_eq!(value["missing"][2]["unmet"], json!([]));
    assert_eq!(value["undecided"][0]["unmet"], json!([]));
    let rows = markdown::render(&outcome);
    assert!(
        rows.contains("no statement allows it. The resource has no tag \\`env\\`; the policy"),
        "{rows}"
    );
    assert!(!rows.contains('\u{1b}'), "{rows}");
    let value: Value = serde_json::from_str(&sarif::render(&outcome)).unwrap();
    let message = value["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(
        message.ends_with(&format!("asked by ec2.DeleteVpc (1 call). {sentence}.")),
        "{message}"
    );
}

#[test]
fn a_check_decides_by_what_a_resource_lies_in_and_by_aliases() {
    let documents = [document(&held()[4..6])];
    let vpc = |id: &str| Known::default().with_key("ec2:Vpc", [format!("{EC2}vpc/{id}").as_str()]);
    let mut collected = collected(&[
        ("DeleteSecurityGroup", "security-group/sg-1", vpc("vpc-1")),
        ("DeleteSecurityGroup", "security-group/sg-2", vpc("vpc-2")),
        ("DeleteSecurityGroup", "security-group/sg-3", Known::default()),
    ]);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890a";
    for (number, aliases) in [&["alias/x", "alias/app"][..], &["alias/x"], &[]].iter().enumerate() {
        let known = Known::default().with_key("kms:ResourceAliases", aliases.iter().copied());
        let resources = [format!("{key}{number}")];
        collected.add(
            &call("Decrypt"),
            1,
            "kms:Decrypt",
            &resources,
            &Conditions::new(),
            &mut |_| known.clone(),
        );
    }
    let options = Options::default();
    let outcome = Outcome::of(vec!["policy.json".to_owned()], &documents, &options, &collected);
    let value: Value = serde_json::from_str(&json::render(&outcome)).unwrap();
    let found = |list: &str| -> Vec<String> {
        let found = value[list].as_array().unwrap().iter();
        found.map(|it| format!("{} {}", it["resource"].as_str().unwrap(), it["unmet"])).collect()
    };
    assert_eq!(value["allowed"], 2);
    assert_eq!(
        found("missing"),
        [
            format!(
                "{EC2}security-group/sg-2 [\"The request's `ec2:Vpc` is `{EC2}vpc/vpc-2`; the policy asks for `{EC2}vpc/vpc-1`\"]"
            ),
            format!(
                "{key}1 [\"The request's `kms:ResourceAliases` is `alias/x`; the policy asks for `alias/app`\"]"
            ),
            format!(
                "{key}2 [\"The request has no `kms:ResourceAliases`; the policy asks for `alias/app`\"]"
            ),
        ]
    );
    assert_eq!(found("undecided"), [format!("{EC2}security-group/sg-3 []")]);
}

#[test]
fn a_difference_tells_which_condition_was_added_or_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let vpcs = format!("{EC2}vpc/*");
    let write = |name: &str, conditions: Value| {
        let statement = json!({"Effect": "Allow", "Action": "ec2:DeleteVpc", "Resource": vpcs, "Condition": conditions});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        fs::write(folder.join(name), policy.to_string()).unwrap();
    };
    write("free.json", json!({}));
    write("ci.json", json!({"StringEquals": {"aws:ResourceTag/env": "ci"}}));
    write("prod.json", json!({"StringEquals": {"aws:ResourceTag/env": "prod"}}));
    write("both.json", json!({"StringEquals": {"aws:ResourceTag/env": ["prod", "ci"]}}));
    let diff = |first: &str, second: &str| {
        let run = run(folder, &["diff", first, second]);
        assert_eq!(run.status.code(), Some(3), "{}", stderr(&run));
        let lines = stdout(&run).lines().skip(2).map(str::to_owned);
        lines.filter(|line| !line.contains(" allows it ")).collect::<Vec<_>>()
    };
    let ci = "if StringEquals aws:resourcetag/env ci";
    assert_eq!(
        diff("free.json", "ci.json"),
        [
            format!("- ec2:DeleteVpc on {vpcs}"),
            "    ci.json adds the condition that the resource has the tag env=ci".to_owned(),
        ]
    );
    assert_eq!(
        diff("ci.json", "free.json"),
        [
            format!("+ ec2:DeleteVpc on {vpcs}"),
            "    free.json drops the condition that the resource has the tag env=ci".to_owned(),
        ]
    );
    assert_eq!(
        diff("ci.json", "prod.json"),
        [
            format!("- ec2:DeleteVpc on {vpcs}, {ci}"),
            "    prod.json drops the condition that the resource has the tag env=ci".to_owned(),
            "    prod.json adds the condition that the resource has the tag env=prod".to_owned(),
            format!("+ ec2:DeleteVpc on {vpcs}, if StringEquals aws:resourcetag/env prod"),
        ]
    );
    assert_eq!(
        diff("both.json", "ci.json")[1..],
        [
            "    ci.json drops the condition that the resource has the tag env=ci or env=prod",
            "    ci.json adds the condition that the resource has the tag env=ci",
        ]
    );
    let output = run(folder, &["diff", "--json", "free.json", "ci.json"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        value["differences"][0]["condition_changes"],
        json!(["ci.json adds the condition that the resource has the tag env=ci"])
    );
}
