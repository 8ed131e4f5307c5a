//! Federated sessions, which need a user's own keys.

use super::{Account, SHELVES};
use crate::common::stderr;

#[test]
fn a_federated_session_is_cut_down_to_the_policy() {
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let options = ["--policy", policy.to_str().unwrap(), "--federate"];
    let output = account.tries(&options, &["sh", "-c", "aws s3 ls"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("can call neither IAM nor STS"), "{said}");
    assert!(said.contains("AWS cannot withdraw them"), "{said}");
}

#[test]
fn what_a_federated_session_can_never_call_is_refused_before() {
    let account = Account::open();
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:ListRoles"],"Resource":"*"}]}"#;
    let policy = account.policy(text);
    let options = ["--policy", policy.to_str().unwrap(), "--federate"];
    let output = account.tries(&options, &["true"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the policy allows iam:ListRoles"), "{said}");
}

#[test]
fn keys_of_a_session_give_no_federated_session() {
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let mut command = account.leastwise(&["try", "--federate", "--policy"]);
    command.arg(&policy).args(["--upstream", &account.stand_in.url, "--", "true"]);
    let output = command.env("AWS_SESSION_TOKEN", "token").output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("needs the long-term keys of an IAM user"), "{said}");
}
