//! A role is made, used and removed.

use std::process::Command;

use serde_json::json;

use super::{Account, FOREIGN, LISTS, SHELVES};
use crate::common::{leastwise, stderr, stdout};

#[test]
fn on_the_stand_ins_own_enforcement_the_denied_bucket_is_refused() {
    let account = Account::refusing();
    let policy = account.policy(SHELVES);
    let output = account.tries(&["--policy", policy.to_str().unwrap()], &["sh", "-c", LISTS]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(stdout(&output).contains("book"), "{said}");
    assert!(said.contains("AWS refused 1 call:\n  s3.ListObjectsV2: "), "{said}");
    assert!(said.contains("    the policy denies it\n"), "{said}");
    assert!(said.contains("the session's credentials live until 20"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");
    assert_eq!(std::fs::read_dir(account.path().join("data/leastwise/try")).unwrap().count(), 0);
}

/// `leastwise run --iam upstream -- leastwise try …`: the role's calls are judged by ours, and so are those that make it.
fn behind_ours(account: &Account, options: &[&str], script: &str) -> std::process::Output {
    let policy = account.policy(SHELVES);
    let mut inner = vec![env!("CARGO_BIN_EXE_leastwise"), "try", "--mode", "proxy", "--policy"];
    inner.push(policy.to_str().unwrap());
    inner.extend(options);
    inner.extend(["--", "sh", "-c", script]);
    // The outer one reads the stand-in's IAM as its root; the inner one is the user.
    let keys = format!(
        "export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}; exec \"$@\"",
        account.key, account.secret
    );
    let url = &account.stand_in.url;
    let mut outer: Command = leastwise(["run", "--mode", "proxy", "--upstream", url]);
    outer.args(["--iam", "upstream", "--decisions", "decisions.jsonl", "-o", "all.json", "--"]);
    outer.args(["sh", "-c", &keys, "sh"]).args(inner);
    account.prepare(&mut outer);
    outer.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    outer.output().unwrap()
}

#[test]
fn behind_our_enforcement_the_denied_bucket_is_refused() {
    let account = Account::open();
    let output = behind_ours(&account, &[], LISTS);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("    the policy denies it\n"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");
}

#[test]
fn a_session_of_an_existing_role_is_cut_down_to_the_policy() {
    let account = Account::open();
    let role = format!("arn:aws:iam::123456789012:role/leastwise/{FOREIGN}");
    let output = behind_ours(&account, &["--session", &role], LISTS);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("s3.ListObjectsV2: "), "{said}");
    assert!(said.contains("AWS cannot withdraw them"), "{said}");
    assert!(said.contains("% of what AWS packs into a session"), "{said}");
    assert!(!said.contains("making the role"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");
}

#[test]
fn what_the_policy_lacks_is_told_and_ends_with_3() {
    let account = Account::refusing();
    let policy = account.policy(SHELVES);
    let script = "aws s3api get-object --bucket open-shelf --key book book.txt || true";
    let output = account.tries(&["--policy", policy.to_str().unwrap()], &["sh", "-c", script]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let lacks = "    the policy does not allow s3:GetObject on arn:aws:s3:::open-shelf/book\n";
    assert!(said.contains(lacks), "{said}");
    assert!(said.contains("Nothing used"), "{said}");
    let output = account.tries(&["--policy", policy.to_str().unwrap()], &["sh", "-c", "exit 7"]);
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert_eq!(account.names(), [FOREIGN]);
}

#[test]
fn a_policy_that_is_too_large_for_a_role_is_divided_and_removed() {
    let account = Account::refusing();
    let resources: Vec<_> = (0..500).map(|it| format!("arn:aws:s3:::shelf-{it:04}/*")).collect();
    let text = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": resources },
        { "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" },
    ] });
    let policy = account.policy(&text.to_string());
    let script = "aws s3 ls && aws iam list-roles || true";
    let output = account.tries(&["--policy", policy.to_str().unwrap()], &["sh", "-c", script]);
    let said = stderr(&output);
    assert!(stdout(&output).contains("open-shelf"), "{said}");
    assert!(said.contains("the policy does not allow iam:ListRoles"), "{said}");
    assert_eq!(account.names(), [FOREIGN], "{said}");
}

#[test]
fn beyond_a_session_credentials_are_handed_out() {
    let account = Account::refusing();
    let policy = account.policy(SHELVES);
    let script = "env | grep '^AWS_.*KEY' ; aws sts get-caller-identity && aws s3 ls";
    let options = ["--policy", policy.to_str().unwrap(), "--duration", "90000"];
    let output = account.tries(&options, &["sh", "-c", script]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let printed = stdout(&output);
    assert!(!printed.contains("KEY"), "{printed}");
    assert!(printed.contains("assumed-role/leastwise-try-2"), "{printed}");
    assert!(printed.contains("closed-shelf"), "{printed}");
}

#[test]
fn a_role_that_is_kept_is_removed_when_that_is_confirmed() {
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let output = account.tries(&["--policy", policy.to_str().unwrap(), "--keep"], &["true"]);
    let said = stderr(&output);
    assert!(said.contains("is kept; `leastwise try --clean-up --all` removes it"), "{said}");
    assert_eq!(account.names().len(), 2);
    // Nobody is there who could confirm it, and it is not over.
    for options in [&["--clean-up", "--all"][..], &["--clean-up"]] {
        let output = account.tries(options, &[]);
        assert!(stderr(&output).contains("is left, since it may be in use"), "{}", stderr(&output));
        assert_eq!(account.names().len(), 2);
    }
}

#[test]
fn who_cannot_assume_a_role_is_told_before_anything_is_made() {
    let account = Account::open();
    let policy = account.policy(SHELVES);
    let plan = account.tries(&["--policy", policy.to_str().unwrap(), "--print-plan"], &["true"]);
    let printed = stdout(&plan);
    for call in ["sts:GetCallerIdentity", "iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRole"] {
        assert!(printed.contains(call), "{printed}");
    }
    let none = account.tries(&[], &["true"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("--policy FILE"), "{}", stderr(&none));
    assert_eq!(account.names(), [FOREIGN]);
}
