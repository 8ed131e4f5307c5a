use super::*;
use crate::evaluate::document::Document;
use crate::evaluate::verdict::Context;

fn need(action: &str, resource: &str) -> Need {
    Need {
        action: action.to_owned(),
        resource: resource.to_owned(),
        exact: resource == "*",
        pattern: None,
        contexts: vec![Context::unknown()],
    }
}

fn candidate(name: &str, statements: &str) -> Candidate {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Candidate {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::111122223333:policy/{name}"),
        version: "v1".to_owned(),
        document: Document::parse(text).unwrap(),
    }
}

const OBJECT: &str = "arn:aws:s3:::data/key";

fn names<'c>(found: &Nearest, candidates: &'c [Candidate]) -> Vec<&'c str> {
    found.policies.iter().map(|it| candidates[it.candidate].name.as_str()).collect()
}

#[test]
fn what_denies_or_depends_does_not_allow() {
    let allow = r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}"#;
    let candidates = [
        candidate("allows", allow),
        candidate(
            "denies",
            &format!(
                r#"{allow}, {{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}}"#
            ),
        ),
        candidate(
            "depends",
            r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}}"#,
        ),
        candidate(
            "may-deny",
            &format!(
                r#"{allow}, {{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/team": "x"}}}}}}"#
            ),
        ),
        candidate(
            "narrow",
            r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}"#,
        ),
    ];
    let needs = [need("s3:GetObject", OBJECT)];
    let found = nearest(&candidates, &needs, 5);
    assert_eq!(names(&found, &candidates), ["allows"]);
    assert_eq!((found.allowing, found.actions), (1, 1));
    assert_eq!(found.policies[0].on_everything, 1);
    // A second need that nobody allows: what denies, or may, is not among those that allow most.
    let needs = [
        need("s3:GetObject", OBJECT),
        need("s3:GetObjectTagging", OBJECT),
        need("sqs:ListQueues", "*"),
    ];
    let found = nearest(&candidates, &needs, 5);
    assert_eq!(names(&found, &candidates), ["allows", "denies", "may-deny"]);
    assert_eq!(found.allowing, 0);
    let lacking = |number: usize| {
        let lacking = found.policies[number].lacking.iter();
        lacking.map(|it| (it.need, it.is_denied, !it.depends.is_empty())).collect::<Vec<_>>()
    };
    assert_eq!(lacking(0), [(2, false, false)]);
    assert_eq!(lacking(1), [(0, true, false), (2, false, false)]);
    assert_eq!(lacking(2), [(0, false, true), (2, false, false)]);
    assert!(found.pairs.is_empty());
}

#[test]
fn two_together_are_told_where_they_allow_less_than_one() {
    let s3 = r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}"#;
    let sqs = r#"{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}"#;
    let candidates = [
        candidate("everything", r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#),
        candidate("s3", s3),
        candidate("sqs", sqs),
        candidate(
            "sqs-but-no-s3",
            &format!(r#"{sqs}, {{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#),
        ),
    ];
    let needs = [need("s3:GetObject", OBJECT), need("sqs:ListQueues", "*")];
    let found = nearest(&candidates, &needs, 3);
    assert_eq!(names(&found, &candidates), ["everything"]);
    let pairs: Vec<_> =
        found.pairs.iter().map(|it| (it.candidates, it.excess.actions.clone())).collect();
    assert_eq!(pairs, [([1, 2], vec!["s3:PutObject".to_owned()])]);
    assert_eq!(found.pairs[0].excess.count(crate::catalog::AccessLevel::Write), 1);
    // Where one does it with less, two are of no use.
    let needs = [need("s3:GetObject", OBJECT)];
    assert!(nearest(&candidates, &needs, 3).pairs.is_empty());
}

#[test]
fn nothing_needed_and_nothing_to_choose_from_give_nothing() {
    let found = nearest(&[], &[need("s3:GetObject", OBJECT)], 3);
    assert!(found.policies.is_empty() && found.pairs.is_empty());
    let some = [candidate("some", r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#)];
    let found = nearest(&some, &[], 3);
    assert!(found.policies.is_empty() && found.pairs.is_empty());
}
