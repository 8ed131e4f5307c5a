//! The policy that trying itself needs: enough, and no more.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{Account, FOREIGN, SHELVES};
use crate::common::{leastwise, output, stderr, stdout};

/// What another machine's crash left, long ago.
const OVER: &str = "leastwise-try-20200101T000000Z-00000000";

#[test]
fn its_own_policy_is_enough_and_all_of_it_is_used() {
    let own = output(["try", "--own-policy", "--account-id", "123456789012"]);
    let own = stdout(&own).to_owned();
    let account = Account::with(&[], Some(&own));
    let small = account.policy(SHELVES).display().to_string();
    let large = account.path().join("large.json");
    let resources: Vec<_> = (0..500).map(|it| format!("arn:aws:s3:::shelf-{it:04}/*")).collect();
    let text = serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": resources } ] });
    std::fs::write(&large, text.to_string()).unwrap();
    let program = env!("CARGO_BIN_EXE_leastwise");
    // One that is killed leaves what cleaning up finds; the last one hands credentials out.
    let script = format!(
        "export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}\n\
         {program} try --mode proxy --policy {small} -- true || exit 10\n\
         {program} try --mode proxy --policy {large} -- true || exit 11\n\
         {program} try --mode proxy --keep --policy {large} -- true || exit 12\n\
         aws iam create-policy --path /leastwise/ --policy-name {OVER}-1 --policy-document file://{small} \
             --tags Key=leastwise:made-by,Value='leastwise try' Key=leastwise:expires,Value=2020-01-01T00:00:00Z || exit 15\n\
         aws iam create-policy --path /leastwise/ --policy-name {OVER}-2 --policy-document file://{small} || exit 16\n\
         {program} try --clean-up || exit 13\n\
         {program} try --mode proxy --policy {small} --duration 90000 -- aws s3 ls || exit 14\n",
        account.key,
        account.secret,
        large = large.display(),
    );
    let mut outer: Command =
        leastwise(["run", "--mode", "proxy", "--upstream", &account.stand_in.url]);
    outer.args(["--iam", "upstream", "--decisions", "decisions.jsonl", "-o", "all.json", "--"]);
    outer.args(["sh", "-c", &script]);
    account.prepare(&mut outer);
    outer.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let output = outer.output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");

    let decisions = std::fs::read_to_string(account.path().join("decisions.jsonl")).unwrap();
    let mut used = BTreeSet::new();
    for line in decisions.lines() {
        let decision: Value = serde_json::from_str(line).unwrap();
        let principal = decision["principal"].to_string();
        if !principal.contains("user/trier") {
            continue;
        }
        if decision["verdict"] == "needs-no-permission" {
            continue;
        }
        assert_eq!(decision["verdict"], "allowed", "{line}");
        for permission in decision["permissions"].as_array().unwrap() {
            used.insert(permission["action"].as_str().unwrap().to_owned());
        }
    }
    let own: Value = serde_json::from_str(&own).unwrap();
    let statements = own["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|it| it["Action"].as_array().unwrap().clone());
    let actions: BTreeSet<_> = actions.map(|it| it.as_str().unwrap().to_owned()).collect();
    used.remove("sts:GetCallerIdentity");
    assert_eq!(used, actions);
    // What is left are the role that is kept, with its policies, and the foreign one.
    let mut names = account.names();
    let untagged = names.iter().position(|name| *name == format!("{OVER}-2"));
    names.remove(untagged.expect("a policy without our tags is nobody's to remove"));
    let kept = names.iter().filter(|name| *name != FOREIGN).min().unwrap();
    assert!(names.len() > 3, "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with(kept.as_str()) || name == FOREIGN),
        "{names:?}"
    );
    assert!(said.contains(&format!("leastwise: {OVER} is removed\n")), "{said}");
}
