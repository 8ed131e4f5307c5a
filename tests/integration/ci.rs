//! The story in `docs/ci.md`, its commands run as they stand there, with a real SDK and a stand-in for
//! AWS; and what the gate writes for machines.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{
    ACCOUNT, StandIn, access_key_id, child_path, installed, on_path, repository, skipped,
};
use serde_json::Value;

#[test]
fn the_story_of_a_pull_request() {
    const TEST: &str = "ci::the_story_of_a_pull_request";
    if installed("python").is_none() {
        return skipped(TEST, "no .venv (scripts/test makes it)");
    }
    let (Some(bash), Some(_)) = (on_path("bash"), on_path("git")) else {
        return skipped(TEST, "no bash or no git");
    };
    let stand_in = StandIn::start();
    let story = fs::read_to_string(repository("docs/ci.md")).unwrap();
    let story = story.replace("http://127.0.0.1:5000", &stand_in.url);
    let steps = Step::all(&story);
    assert_eq!(steps.iter().map(|step| step.code).collect::<Vec<_>>(), [0, 3, 4, 0]);

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("deploy.py"), block(&story, "python").unwrap().0).unwrap();
    let shell = |script: &str| run(&bash, script, folder);
    let begun = shell("git init --quiet && git add deploy.py && git commit --quiet -m begin");
    assert!(begun.status.success(), "{begun:?}");
    let summary = folder.join("summary.md");
    for step in steps {
        let _ = fs::remove_file(&summary);
        step.verify(&shell(step.script));
        let summary = fs::read_to_string(&summary).unwrap();
        if step.code == 3 {
            assert!(
                summary.starts_with("### IAM policy `policy.json`: lacks something"),
                "{summary}"
            );
            assert!(summary.contains("| `ssm:PutParameter on arn:aws:ssm:eu-west-1:"), "{summary}");
        }
        if step.code == 4 {
            assert!(summary.contains("has something that nothing used"), "{summary}");
            assert!(summary.contains("| `statement 2` | policy.json, line"), "{summary}");
        }
    }
}

/// A block of commands, what it ends with, and lines that it says.
pub(crate) struct Step<'a> {
    pub(crate) script: &'a str,
    pub(crate) code: i32,
    pub(crate) said: &'a str,
}

impl<'a> Step<'a> {
    pub(crate) fn all(mut text: &'a str) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        while let Some((script, rest)) = block(text, "sh") {
            let (code, rest) = rest.split_once("Exit code: ").unwrap().1.split_once('\n').unwrap();
            let (said, rest) = block(rest, "text").unwrap();
            steps.push(Step { script, code: code.parse().unwrap(), said });
            text = rest;
        }
        steps
    }
}

impl Step<'_> {
    /// It ended so, and said this.
    pub(crate) fn verify(&self, done: &Output) {
        let said = [&*done.stdout, &*done.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(done.status.code(), Some(self.code), "{}\nsaid:\n{said}", self.script);
        for line in self.said.lines() {
            let is_said = said.lines().any(|it| it == line || without_duration(it) == line);
            assert!(is_said, "{line:?} is not in\n{said}");
        }
    }
}

/// The summary's line without how long the run took, which it tells of a slow one.
fn without_duration(line: &str) -> String {
    let told = line.split_once(" operations in ");
    let told = told.and_then(|(before, rest)| Some((before, rest.split_once(';')?.1)));
    told.map_or_else(|| line.to_owned(), |(before, rest)| format!("{before} operations;{rest}"))
}

/// The first fenced block of a language, and what follows it.
fn block<'a>(text: &'a str, language: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(&format!("```{language}\n"))?.1.split_once("```\n")
}

pub(crate) fn run(bash: &Path, script: &str, folder: &Path) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_leastwise")).parent().unwrap().to_owned();
    let path = child_path();
    let folders = [binary].into_iter().chain(std::env::split_paths(&path));
    Command::new(bash)
        .args(["-e", "-c", script])
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("GIT_AUTHOR_NAME", "Ann")
        .env("GIT_AUTHOR_EMAIL", "ann@example.com")
        .env("GIT_COMMITTER_NAME", "Ann")
        .env("GIT_COMMITTER_EMAIL", "ann@example.com")
        .output()
        .unwrap()
}

/// A recording of one call, and a policy that lacks it, may deny it, and has something unused.
fn example(folder: &Path) {
    let call = r#"{"v":1,"time":"2026-11-22T08:15:30.123Z","source":"proxy","service":"s3","operation":"PutObject","region":"eu-west-1","partition":"aws","account":"123456789012","principal":null,"status":200,"error":null,"request_id":null,"host":null,"user_agent":null,"parameters":{},"requires":[{"action":"s3:PutObject","resources":["arn:aws:s3:::b/a|b"],"conditions":{},"reason":"operation"},{"action":"kms:Decrypt","resources":["arn:aws:kms:eu-west-1:123456789012:key/k"],"conditions":{"StringEquals":{"kms:ViaService":["s3.eu-west-1.amazonaws.com"]}},"reason":"operation"},{"action":"iam:PassRole","resources":["arn:aws:iam::123456789012:role/app"],"conditions":{"StringEquals":{"iam:PassedToService":["ecs.amazonaws.com","lambda.amazonaws.com"]}},"reason":"role"}]}"#;
    fs::write(folder.join("calls.jsonl"), format!("{call}\n")).unwrap();
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "Keys", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "ann"}}},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        {"Sid": "Guard", "Effect": "Deny", "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"}
    ]}"#;
    fs::write(folder.join("po licy.json"), policy).unwrap();
}

fn leastwise(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null()).output().unwrap()
}

#[test]
fn the_result_as_json_names_everything() {
    let folder = tempfile::tempdir().unwrap();
    example(folder.path());
    let check = ["check", "--json", "--policy", "po licy.json"];
    let output = leastwise(folder.path(), &[&check[..], &["calls.jsonl"]].concat());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts = |list: &str| -> Vec<String> {
        let found = result[list].as_array().unwrap().iter();
        found.map(|it| format!("{} {}", it["action"], it["verdict"]).replace('"', "")).collect()
    };
    assert_eq!(verdicts("missing"), ["s3:PutObject denied", "iam:PassRole not-allowed"]);
    assert_eq!(verdicts("undecided"), ["kms:Decrypt may-be-allowed"]);
    assert_eq!(result["missing"][0]["denied_by"][0]["sid"], "Guard");
    assert_eq!(result["missing"][0]["denied_by"][0]["line"], 5);
    assert_eq!(result["undecided"][0]["depends_on"][0], "condition key aws:username");
    assert_eq!(result["unused"][0]["element"], "Statement");
    assert_eq!(result["unused"][0]["line"], 4);

    let settled = ["--context", "aws:username=ann", "calls.jsonl"];
    let output = leastwise(folder.path(), &[&check[..], &settled].concat());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["undecided"], Value::Array(Vec::new()));
}

#[test]
fn the_result_as_sarif_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    example(folder.path());
    let check = ["check", "--policy", "po licy.json", "--sarif", "out.sarif", "calls.jsonl"];
    assert_eq!(leastwise(folder.path(), &check).status.code(), Some(3));
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("out.sarif")).unwrap())
            .unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    let location = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "po%20licy.json");
    assert_eq!(location["region"]["startLine"], 5);
}

#[test]
fn options_of_a_check_need_a_check() {
    let folder = tempfile::tempdir().unwrap();
    let output = leastwise(folder.path(), &["run", "--unused", "--", "true"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "leastwise: --unused affects only how a policy is checked; name the policy with --check\n"
    );
}

#[cfg(unix)]
#[test]
fn the_failure_of_the_command_wins() {
    let folder = tempfile::tempdir().unwrap();
    example(folder.path());
    for (script, code) in [("exit 7", 7), ("exit 0", 4)] {
        let run = ["run", "--check", "po licy.json", "--unused", "--", "sh", "-c", script];
        let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        command.args(run).current_dir(folder.path()).stdin(Stdio::null());
        assert_eq!(command.output().unwrap().status.code(), Some(code), "{script}");
    }
}

#[test]
fn a_policy_that_is_none_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), "{\n  \"Statement\": [{\"Principal\": \"*\"}]\n}")
        .unwrap();
    let output = leastwise(folder.path(), &["diff", "policy.json", "policy.json"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("leastwise: policy.json, line 2, column 18: Principal belongs in"),
        "{said}"
    );
}
