//! Large policies and recordings: twice as much takes about twice as long.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{recorded, write_lines};

/// So much is asked of a debug build; what walks everything for everything takes minutes for it.
const MANY: usize = 1000;

/// The seconds of processor time that the binary takes, however busy the machine is. It must end with one of these codes.
fn seconds(folder: &Path, arguments: &[&str], codes: &[i32]) -> f64 {
    const SCRIPT: &str =
        r#"TIMEFORMAT=%U; time { timeout 300 "$@" >out 2>err; code=$?; }; exit $code"#;
    let mut command = Command::new("bash");
    command.args(["-c", SCRIPT, "bash", env!("CARGO_BIN_EXE_leastwise")]).args(arguments);
    let output = command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    let output = output.current_dir(folder).output().unwrap();
    let said = std::fs::read_to_string(folder.join("err")).unwrap();
    let code = output.status.code().unwrap();
    assert!(codes.contains(&code), "{arguments:?}: {code}: {said}");
    String::from_utf8(output.stderr).unwrap().trim().parse().unwrap()
}

#[track_caller]
fn grows_linearly(
    what: &str,
    policy: impl Fn(usize) -> Vec<Value>,
    needs: impl Fn(usize) -> (String, String),
) {
    let folder = tempfile::tempdir().unwrap();
    let [small, large] = [MANY, 2 * MANY].map(|count| {
        let file = |name: &str| folder.path().join(format!("{name}-{count}"));
        let document = json!({"Version": "2012-10-17", "Statement": policy(count)});
        // In one line and in many: places are found in both.
        std::fs::write(file("policy"), format!("{document:#}")).unwrap();
        std::fs::write(file("line"), document.to_string()).unwrap();
        let calls = (0..count).map(|number| {
            let (action, resource) = needs(number);
            recorded(&action, &[resource])
        });
        write_lines(&file("calls"), calls);
        let name = |name: &str| format!("{name}-{count}");
        let (policy, line, calls) = (name("policy"), name("line"), name("calls"));
        [
            seconds(folder.path(), &["check", "--policy", &policy, "--unused", &calls], &[0, 3, 4]),
            seconds(folder.path(), &["check", "--policy", &line, &calls], &[0, 3]),
            seconds(folder.path(), &["prune", "--policy", &line, &calls], &[0]),
            seconds(folder.path(), &["diff", &policy, &line], &[0]),
        ]
    });
    for (index, command) in ["check", "check of one line", "prune", "diff"].iter().enumerate() {
        let (small, large) = (small[index], large[index]);
        // Four times as long is what a walk of everything for everything takes.
        assert!(large < 3.0 * small + 0.3, "{what}: {command}: {small} s, then {large} s");
        assert!(large < 20.0, "{what}: {command}: {large} s");
    }
}

fn statement(action: &str, resource: &str) -> Value {
    json!({"Sid": "Same", "Effect": "Allow", "Action": [action], "Resource": [resource]})
}

fn of_s3(number: usize) -> (String, String) {
    ("s3:GetObject".to_owned(), format!("arn:aws:s3:::bucket-{number}/key"))
}

#[test]
fn many_statements() {
    grows_linearly(
        "statements",
        |count| {
            let one = |number| statement("s3:Get*", &format!("arn:aws:s3:::bucket-{number}/*"));
            (0..count).map(one).collect()
        },
        of_s3,
    );
}

#[test]
fn many_resources() {
    grows_linearly(
        "resources",
        |count| {
            let resources: Vec<_> =
                (0..count).map(|number| format!("arn:aws:s3:::bucket-{number}/*")).collect();
            vec![json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources})]
        },
        of_s3,
    );
}

#[test]
fn many_resources_of_unknown_accounts() {
    grows_linearly(
        "wildcards in the middle",
        |count| {
            let resources: Vec<_> =
                (0..count).map(|number| format!("arn:aws:sqs:*:*:queue-{number}")).collect();
            vec![json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resources})]
        },
        |number| ("sqs:SendMessage".to_owned(), format!("arn:aws:sqs:eu-west-1:*:queue-{number}")),
    );
}

#[test]
fn many_denials() {
    grows_linearly(
        "denials",
        |count| {
            let resources = |end: &str| -> Vec<_> {
                (0..count).map(|number| format!("arn:aws:s3:::bucket-{number}/{end}")).collect()
            };
            vec![
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources("*")}),
                json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": resources("secret")}),
            ]
        },
        of_s3,
    );
}

#[test]
fn many_actions() {
    grows_linearly(
        "actions",
        |count| {
            let actions: Vec<_> =
                (0..count).map(|number| format!("s3:Invented{number}*")).collect();
            vec![json!({"Effect": "Allow", "Action": actions, "Resource": "*"})]
        },
        |number| (format!("s3:Invented{number}x"), "arn:aws:s3:::bucket".to_owned()),
    );
}

#[test]
fn one_pattern_for_everything() {
    grows_linearly("one pattern", |_| vec![statement("*", "*")], of_s3);
}

#[test]
fn many_exceptions() {
    grows_linearly(
        "a NotResource",
        |count| {
            let resources: Vec<_> =
                (0..count).map(|number| format!("arn:aws:s3:::other-{number}/*")).collect();
            vec![json!({"Effect": "Allow", "NotAction": "iam:*", "NotResource": resources})]
        },
        of_s3,
    );
}

#[test]
fn many_conditions() {
    grows_linearly(
        "conditions",
        |count| {
            let keys: serde_json::Map<_, _> = (0..count)
                .map(|number| (format!("aws:RequestTag/k{number}"), json!("v")))
                .collect();
            let condition = json!({"StringEquals": keys});
            vec![
                json!({"Effect": "Allow", "Action": "s3:Put*", "Resource": "*", "Condition": condition}),
            ]
        },
        of_s3,
    );
}
