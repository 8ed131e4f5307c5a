//! An account that becomes known mends what was written with `*` before; while it is not, the summary says how to name it.

use std::fs;

use crate::common::{output, stderr, stdout};
use crate::hostile::proxied::{Proxy, grants, nothing, stand_in};

const TABLE: &str = "dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

fn identity(asked: &str) -> (&'static str, &'static str) {
    if !asked.contains("Action=GetCallerIdentity") {
        return nothing(asked);
    }
    let answer = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
        <Arn>arn:aws:sts::111122223333:assumed-role/deploy/ci</Arn><UserId>A:ci</UserId><Account>111122223333</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    ("text/xml", answer)
}

fn get_item(proxy: &Proxy) {
    let body = "{\"TableName\":\"orders\",\"Key\":{\"id\":{\"S\":\"1\"}}}";
    proxy.json("dynamodb", "DynamoDB_20120810.GetItem", body);
}

#[test]
fn an_account_that_an_answer_tells_mends_what_came_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls.jsonl");
    let calls = calls.to_str().unwrap();
    let proxy = Proxy::start(&stand_in(identity), &["--record", calls]);
    get_item(&proxy);
    proxy.form("sts", "Action=GetCallerIdentity&Version=2011-06-15");
    let (found, said) = proxy.end();
    assert!(found.contains(&TABLE.to_owned()), "{found:?}\n{said}");
    assert!(!found.iter().any(|it| it.contains(":*:")) && !said.contains("--account-id"), "{said}");

    // The first line was written before it was known; who reads it knows it, too.
    let recorded = fs::read_to_string(calls).unwrap();
    assert!(recorded.lines().next().unwrap().contains("\"account\":null"), "{recorded}");
    let policy = output(["policy", calls]);
    assert!(grants(stdout(&policy)).contains(&TABLE.to_owned()), "{}", stdout(&policy));
    let file = folder.path().join("policy.json");
    fs::write(&file, stdout(&policy)).unwrap();
    let check = output(["check", "--policy", file.to_str().unwrap(), calls]);
    assert_eq!(check.status.code(), Some(0), "{}{}", stdout(&check), stderr(&check));
    let pruned = output(["prune", "--policy", file.to_str().unwrap(), calls]);
    assert!(grants(stdout(&pruned)).contains(&TABLE.to_owned()), "{}", stdout(&pruned));
}

#[test]
fn an_account_that_nobody_tells_is_named_by_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls.jsonl");
    let calls = calls.to_str().unwrap();
    let proxy = Proxy::start(&stand_in(nothing), &["--record", calls]);
    get_item(&proxy);
    let (found, said) = proxy.end();
    assert_eq!(found, [TABLE.replace("111122223333", "*")]);
    assert!(said.contains("--account-id"), "{said}");
    let policy = output(["policy", calls]);
    assert!(stderr(&policy).contains("--account-id"), "{}", stderr(&policy));
    let policy = output(["policy", "--account-id", "111122223333", calls]);
    assert_eq!(grants(stdout(&policy)), [TABLE]);
    assert!(!stderr(&policy).contains("--account-id"), "{}", stderr(&policy));
    let file = folder.path().join("policy.json");
    fs::write(&file, stdout(&policy)).unwrap();
    let check = |more: &[&str]| {
        let arguments = [&["check", "--policy", file.to_str().unwrap()], more, &[calls]].concat();
        output(arguments).status.code()
    };
    assert_eq!(check(&["--account-id", "111122223333"]), Some(0));
    assert_eq!(check(&["--account-id", "444455556666"]), Some(3));
}
