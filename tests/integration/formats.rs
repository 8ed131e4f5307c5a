//! The formats, checked by their own tools, on a recording of real clients (`tests/fixtures/formats`) and on strings
//! that mean something in some format: what a tool reads must be what the JSON says. `scripts/test`
//! installs the tools; Terraform is used where it is there.
//! `UPDATE_SNAPSHOTS=1 cargo test --test integration formats::` writes the Markdown anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{output, stderr, stdout};
use crate::support::{on_path, repository, skipped};
use serde_json::{Value, json};

/// Strings that an S3 key, a tag or a name may hold.
const HOSTILE: &[&str] = &[
    "${*}",
    "$${?}",
    "$$${$}",
    "${aws:username}",
    "${aws:PrincipalTag/team, 'none'}",
    "${AWS::Region}",
    "&{aws:username}",
    "%{if true}",
    "%%{x}",
    "$",
    "%",
    "{{x}}",
    "quote\" apostrophe' backslash\\ back`tick \\n \\u0041",
    "tab\t newline\n return\r null\u{0} bell\u{7} delete\u{7f}",
    "é € \u{85} \u{2028} \u{feff} \u{fffe} 😀",
    "# no comment: no key, - no list",
    " space at both ends ",
    "yes",
    "1e3",
    "~",
    "*/",
    "<b>|</b>",
    "\u{202e}",
];

fn fixture() -> PathBuf {
    repository("tests/fixtures/formats/calls.jsonl")
}

/// A recording of one call with hostile resources and conditions.
fn hostile(folder: &Path) -> PathBuf {
    // What holds `&{` is written in a way of its own for Terraform.
    let (ampersands, others): (Vec<&str>, Vec<&str>) =
        HOSTILE.iter().partition(|it| it.contains("&{"));
    let resources = |texts: &[&str]| -> Vec<String> {
        texts.iter().map(|it| format!("arn:aws:s3:::b/{it}")).collect()
    };
    let one = |action: &str, texts: &[&str], conditions: Value| json!({"action": action, "resources": resources(texts), "conditions": conditions, "reason": "operation"});
    let conditions = |texts: &[&str]| {
        json!({
            "StringEquals": {"aws:RequestTag/a\"b\"\\c": texts, "aws:RequestTag/${x}": ["1"]},
            "ForAnyValue:StringLike": {"aws:TagKeys": texts},
        })
    };
    let call = json!({
        "v": 1, "time": "2025-11-22T08:15:30.045Z", "source": "proxy", "service": "s3", "operation": "PutObject",
        "region": "eu-west-1", "partition": "aws", "account": "111122223333", "principal": null, "status": 200,
        "error": null, "request_id": null, "host": null, "user_agent": null, "parameters": {},
        "requires": [
            one("s3:PutObject", &others, json!({})),
            one("s3:GetObject", &others[..3], conditions(&others)),
            one("s3:DeleteObject", &ampersands, json!({})),
            one("s3:GetObjectAcl", &others[..3], conditions(HOSTILE)),
        ],
    });
    let path = folder.join("hostile.jsonl");
    std::fs::write(&path, format!("{call}\n")).unwrap();
    path
}

/// A recording of one call with the conditions that hold what a run made.
fn held(folder: &Path) -> PathBuf {
    let path = folder.join("held.jsonl");
    std::fs::write(&path, crate::held::line(&crate::held::held())).unwrap();
    path
}

/// Each recording, with options that alter the policy's form, and the policy as statements of documents.
fn policies(folder: &Path) -> Vec<(Vec<String>, Vec<Value>)> {
    let mut policies = Vec::new();
    for recording in [fixture(), hostile(folder), held(folder)] {
        for options in [&[][..], &["--sid"], &["--sid", "--fit", "managed"]] {
            let mut arguments: Vec<String> =
                options.iter().map(|option| (*option).to_owned()).collect();
            arguments.push(recording.display().to_string());
            let json: Value = serde_json::from_str(&policy(&arguments, "json")).unwrap();
            let documents = match json {
                Value::Array(documents) => documents,
                document => vec![document],
            };
            for document in &documents {
                let violations = leastwise::evaluate::grammar::violations(document);
                assert_eq!(violations, [], "{document}");
            }
            policies.push((
                arguments,
                documents.into_iter().map(|mut it| it["Statement"].take()).collect(),
            ));
        }
    }
    policies
}

/// The policy as text.
fn policy(arguments: &[String], format: &str) -> String {
    let all = ["policy", "-q", "--format", format].into_iter();
    let run = output(all.chain(arguments.iter().map(String::as_str)));
    assert!(run.status.success(), "{}", stderr(&run));
    stdout(&run).to_owned()
}

/// Runs a tool on a text in a file, and returns what it printed.
fn tool(command: &mut Command, file: &Path, text: &str) -> String {
    std::fs::write(file, text).unwrap();
    let run = command.arg(file).stdin(std::process::Stdio::null()).output().unwrap();
    let said = format!("{}{}", stdout(&run), stderr(&run));
    assert!(run.status.success(), "{command:?} said:\n{said}\nof:\n{text}");
    stdout(&run).to_owned()
}

/// Python with the tools, if `scripts/test` has made it.
fn python(test: &str) -> Option<PathBuf> {
    let python = repository("target/formats-venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    skipped(test, "no target/formats-venv (scripts/test makes it)");
    None
}

fn read(python: &Path, reader: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(repository("tests/formats/read.py")).arg(reader);
    command
}

/// What a tool read is what the JSON says. The order of statements counts nowhere in IAM, and Terraform's
/// data source has its own.
#[track_caller]
fn same(read: &str, documents: &[Value]) {
    let sorted = |documents: &[Value]| -> Vec<BTreeSet<String>> {
        let ordered = |value: &Value| canonical(value).to_string();
        let statements = |document: &Value| {
            document.as_array().unwrap().iter().map(ordered).collect::<BTreeSet<_>>()
        };
        documents.iter().map(statements).collect()
    };
    let read: Vec<Value> = serde_json::from_str(read).unwrap();
    assert_eq!(sorted(&read), sorted(documents));
}

/// The same value with sorted keys.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_str());
            keys.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_recording_is_broad() {
    let text = std::fs::read_to_string(fixture()).unwrap();
    let calls = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let operations: BTreeSet<String> =
        calls.map(|call| format!("{}.{}", call["service"], call["operation"])).collect();
    assert!(operations.len() >= 60, "{} operations", operations.len());
}

#[test]
fn json_is_what_parliament_takes() {
    let Some(python) = python("formats::json_is_what_parliament_takes") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    for options in [&[][..], &["--sid"], &["--sid", "--minimize"]] {
        let mut arguments: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
        arguments.push(fixture().display().to_string());
        let found = tool(&mut read(&python, "parliament"), &file, &policy(&arguments, "json"));
        // That an action could be restricted, where the recording does not tell to what, is the one thing it
        // may say.
        let other: Vec<_> =
            found.lines().filter(|line| !line.starts_with("RESOURCE_STAR ")).collect();
        assert!(other.is_empty(), "{other:#?}");
    }
}

#[test]
fn cloudformation_is_what_cfn_lint_takes_and_says_the_same() {
    let Some(python) = python("formats::cloudformation") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (arguments, documents) in policies(folder.path()) {
        let (text, file) =
            (policy(&arguments, "cloudformation"), folder.path().join("policy.yaml"));
        same(&tool(&mut read(&python, "cloudformation"), &file, &text), &documents);
        if !arguments.iter().any(|it| it.contains("hostile")) {
            let mut lint = Command::new(python.with_file_name("cfn-lint"));
            tool(lint.arg("--template"), &file, &text);
        }
    }
}

#[test]
fn hcl_parses_and_says_the_same() {
    let Some(python) = python("formats::hcl_parses_and_says_the_same") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (arguments, documents) in policies(folder.path()) {
        // python-hcl2 stumbles over some strings that Terraform reads.
        if !arguments.iter().any(|it| it.contains("hostile")) {
            let (text, file) = (policy(&arguments, "hcl"), folder.path().join("policy.tf"));
            same(&tool(&mut read(&python, "hcl"), &file, &text), &documents);
        }
    }
}

#[test]
fn hcl_is_formatted_and_evaluated_by_terraform_to_the_same() {
    let test = "formats::hcl_is_formatted_and_evaluated_by_terraform_to_the_same";
    let Some(python) = python(test) else { return };
    let Some(terraform) = on_path("terraform") else { return skipped(test, "no terraform") };
    let folder = tempfile::tempdir().unwrap();
    for (arguments, documents) in policies(folder.path()) {
        let (text, file) = (policy(&arguments, "hcl"), folder.path().join("policy.tf"));
        let mut format = Command::new(&terraform);
        format.args(["fmt", "-check", "-diff"]).env("TF_CLI_CONFIG_FILE", "/dev/null");
        tool(&mut format, &file, &text);
        same(&tool(&mut read(&python, "terraform"), &file, &text), &documents);
    }
}

#[test]
fn cdk_compiles_and_says_the_same() {
    let test = "formats::cdk_compiles_and_says_the_same";
    let Some(node) = on_path("node") else { return skipped(test, "no node") };
    if !repository("tests/formats/node_modules/typescript").exists() {
        return skipped(test, "no tests/formats/node_modules (scripts/test makes it, with npm)");
    }
    let folder = tempfile::tempdir().unwrap();
    for (arguments, documents) in policies(folder.path()) {
        let (text, file) = (policy(&arguments, "cdk"), folder.path().join("policy.ts"));
        let mut evaluate = Command::new(&node);
        let script = repository("tests/formats/evaluate.js");
        same(&tool(evaluate.arg(script), &file, &text), &documents);
    }
}

#[test]
fn markdown_is_as_it_was_reviewed() {
    let arguments = ["--sid", "--sort-alphabetical"].map(str::to_owned).into_iter();
    let arguments: Vec<_> = arguments.chain([fixture().display().to_string()]).collect();
    let text = policy(&arguments, "markdown");
    let expected = repository("tests/formats/expected.md");
    if crate::support::updating() {
        std::fs::write(&expected, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(expected).unwrap_or_default());
}

#[test]
fn markdown_has_one_row_for_each_statement_whatever_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let recording = hostile(folder.path()).display().to_string();
    let text = policy(&[recording], "markdown");
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 4, "{text}");
    for row in rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
        assert!(!row.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{row}");
    }
}

/// The JSON schema of SARIF 2.1.0, which Cargo fetches (`tests/formats/sarif`).
fn sarif_schema() -> Option<PathBuf> {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args([
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--manifest-path",
    ]);
    let found = metadata.arg(repository("tests/formats/sarif/Cargo.toml")).output().ok()?;
    let found: Value = serde_json::from_slice(&found.stdout).ok()?;
    let mut packages = found["packages"].as_array()?.iter();
    let package = packages.find(|package| package["name"] == "serde-sarif")?;
    Some(Path::new(package["manifest_path"].as_str()?).with_file_name("src").join("schema.json"))
}

#[test]
fn the_result_of_a_check_as_sarif_fits_its_schema() {
    let test = "formats::the_result_of_a_check_as_sarif_fits_its_schema";
    let Some(python) = python(test) else { return };
    let Some(schema) = sarif_schema() else {
        return skipped(test, "the schema was not fetched (scripts/test does)");
    };
    let folder = tempfile::tempdir().unwrap();
    let violations = |sarif: &Value| {
        let mut validate = Command::new(&python);
        validate.arg(repository("tests/formats/schema.py")).arg(&schema);
        tool(&mut validate, &folder.path().join("validated.sarif"), &sarif.to_string())
    };
    // Something of every kind of result, in a file whose name is to be encoded.
    let hostile = hostile(folder.path()).display().to_string();
    let fixture = fixture().display().to_string();
    let everything = folder.path().join("é policy%.json");
    let text = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Most", "Effect": "Allow", "Action": ["s3:*", "a4b:*"], "Resource": "*",
   "Condition": {"StringEquals": {"aws:username": "ann"}}},
  {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}"#;
    std::fs::write(&everything, text).unwrap();
    let fitting = folder.path().join("fitting.json");
    std::fs::write(&fitting, policy(std::slice::from_ref(&fixture), "json")).unwrap();
    let mut rules = BTreeSet::new();
    for (policy, recording, unused) in
        [(&everything, &hostile, false), (&everything, &fixture, true), (&fitting, &fixture, true)]
    {
        let (policy, file) = (policy.display().to_string(), folder.path().join("out.sarif"));
        let written = file.display().to_string();
        let mut check = vec!["check", "--policy", &policy, "--sarif", &written, recording];
        check.extend(unused.then_some("--unused"));
        let run = output(check);
        assert!(matches!(run.status.code(), Some(0 | 3 | 4)), "{}", stderr(&run));
        let mut sarif: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(violations(&sarif), "", "{sarif:#}");
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        rules.extend(results.iter().map(|it| it["ruleId"].to_string()));
        // What is none is seen as none.
        sarif["runs"][0]["columnKind"] = json!("bytes");
        assert!(violations(&sarif).starts_with("$.runs[0].columnKind: "), "{}", violations(&sarif));
    }
    assert_eq!(rules.len(), 3, "{rules:?}");
}
