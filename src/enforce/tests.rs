use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::call::{Outcome, Source, Timestamp};
use crate::evaluate::document::Document;
use crate::evaluate::levels::{Policies, Policy};

const ACCOUNT: &str = "111122223333";

fn guard(statements: serde_json::Value, settings: Settings) -> Guard {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let document = Document::parse(text).unwrap();
    let policy = Policy { name: Arc::from("policy.json"), document };
    let policies = Policies { identity: vec![policy], ..Policies::default() };
    Guard::new(Levels::new(&policies), settings)
}

fn allow(action: &str, resource: &str) -> serde_json::Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn call(service: &'static str, operation: &'static str, parameters: serde_json::Value) -> Call {
    let mut evidence = crate::call::Evidence {
        authorization: Some(Authorization::SigV4),
        secure: Some(true),
        ..Default::default()
    };
    evidence.answerer = crate::call::Answerer::Named;
    Call {
        source: Source::Proxy,
        time: Timestamp(1_795_687_800_000),
        service: service.into(),
        operation: Some(operation.into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: Some(ACCOUNT.to_owned()),
        principal: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: Some("aws-cli/2".to_owned()),
        parameters: parameters.as_object().cloned().unwrap_or_default(),
        evidence,
    }
}

fn judge(guard: &mut Guard, call: &mut Call) -> Judged {
    guard.judge(call, Stage::Request, &mut Settled::new()).unwrap()
}

#[test]
fn a_call_is_allowed_when_each_of_its_permissions_is() {
    let create = || {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/lambda-role");
        call("lambda", "CreateFunction", json!({ "FunctionName": "f", "Role": role }))
    };
    let mut one = guard(json!([allow("lambda:CreateFunction", "*")]), Settings::default());
    let judged = judge(&mut one, &mut create());
    assert_eq!(judged.verdict, Verdict::Denied);
    let outcomes: Vec<(&str, bool)> =
        judged.permissions.iter().map(|it| (&*it.action, it.ruling.is_allowed())).collect();
    assert_eq!(outcomes, [("lambda:CreateFunction", true), ("iam:PassRole", false)]);
    let reason = judged.reason().unwrap();
    assert_eq!(&*reason.action, "iam:PassRole");
    assert_eq!(reason.resource, format!("arn:aws:iam::{ACCOUNT}:role/lambda-role"));
    let both = json!([allow("lambda:CreateFunction", "*"), allow("iam:PassRole", "*")]);
    let mut both = guard(both, Settings::default());
    assert_eq!(judge(&mut both, &mut create()).verdict, Verdict::Allowed);
}

#[test]
fn what_is_not_clear_is_refused_unless_the_user_says_otherwise() {
    let conditional = |value: &str| {
        json!([{
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceVpce": value } },
        }])
    };
    let get = || call("s3", "GetObject", json!({ "Bucket": "notes", "Key": "a" }));
    let mut undecided = guard(conditional("vpce-1"), Settings::default());
    let judged = judge(&mut undecided, &mut get());
    assert_eq!(judged.verdict, Verdict::Undecided);
    assert!(undecided.is_refused(judged.verdict));
    let allowing = Settings { undecided: Unclear::Allow, ..Settings::default() };
    assert!(!guard(conditional("vpce-1"), allowing).is_refused(Verdict::Undecided));
    let told = |value: &str| Settings {
        context: vec![("aws:SourceVpce".to_owned(), Some(value.to_owned()))],
        ..Settings::default()
    };
    let mut known = guard(conditional("vpce-1"), told("vpce-1"));
    assert_eq!(judge(&mut known, &mut get()).verdict, Verdict::Allowed);
    let mut other = guard(conditional("vpce-1"), told("vpce-2"));
    assert_eq!(judge(&mut other, &mut get()).verdict, Verdict::Denied);

    let mut unknown = call("newservice", "DoThing", json!({}));
    unknown.recognized = false;
    let mut all = guard(json!([allow("*", "*")]), Settings::default());
    let judged = judge(&mut all, &mut unknown);
    assert_eq!(judged.verdict, Verdict::Unrecognized);
    assert!(all.is_refused(judged.verdict));
    assert!(
        !guard(json!([]), Settings { unrecognized: Unclear::Allow, ..Settings::default() })
            .is_refused(Verdict::Unrecognized)
    );
}

#[test]
fn what_no_identity_of_iam_stands_behind_is_not_asked_about() {
    let mut none = guard(json!([]), Settings::default());
    for authorization in [Authorization::None, Authorization::Token] {
        let mut unsigned = call("s3", "GetObject", json!({ "Bucket": "b", "Key": "k" }));
        unsigned.evidence.authorization = Some(authorization);
        let judged = judge(&mut none, &mut unsigned);
        assert_eq!(judged.verdict, Verdict::NotAsked, "{authorization:?}");
        assert!(!none.is_refused(judged.verdict));
    }
    for authorization in [Authorization::Presigned, Authorization::Bearer, Authorization::Basic] {
        let mut signed = call("s3", "GetObject", json!({ "Bucket": "b", "Key": "k" }));
        signed.evidence.authorization = Some(authorization);
        assert_eq!(judge(&mut none, &mut signed).verdict, Verdict::Denied, "{authorization:?}");
    }
    let mut nothing = call("sts", "GetCallerIdentity", json!({}));
    assert_eq!(judge(&mut none, &mut nothing).verdict, Verdict::NotNeeded);
}

#[test]
fn what_only_the_answer_tells_is_judged_then_and_nothing_twice() {
    let mut reads = guard(json!([allow("s3:GetObject", "*")]), Settings::default());
    let mut head = call("s3", "HeadObject", json!({ "Bucket": "notes", "Key": "a" }));
    let mut settled = Settled::new();
    assert_eq!(
        reads.judge(&mut head, Stage::Request, &mut settled).unwrap().verdict,
        Verdict::Allowed
    );
    head.outcome.status = Some(404);
    let judged = reads.judge(&mut head, Stage::Answer, &mut settled).unwrap();
    assert_eq!(judged.verdict, Verdict::Denied);
    let asked: Vec<&str> = judged.permissions.iter().map(|it| &*it.action).collect();
    assert_eq!(asked, ["s3:ListBucket"]);
    let again = reads.judge(&mut head, Stage::End, &mut settled).unwrap();
    assert_eq!((again.verdict, again.permissions.len()), (Verdict::Allowed, 0));
}

#[test]
fn an_answer_that_tells_nothing_is_not_judged() {
    let mut reads = guard(json!([allow("dynamodb:GetItem", "*")]), Settings::default());
    let mut get = call("dynamodb", "GetItem", json!({ "TableName": "notes" }));
    let mut settled = Settled::new();
    assert_eq!(
        reads.judge(&mut get, Stage::Request, &mut settled).unwrap().verdict,
        Verdict::Allowed
    );
    get.outcome.status = Some(200);
    assert!(reads.judge(&mut get, Stage::End, &mut settled).is_none());
}

#[test]
fn what_was_judged_of_a_call_holds_for_one_like_it_until_something_changes() {
    let get = |bucket: &str, agent: &str, milliseconds: u64| {
        let mut get = call("s3", "GetObject", json!({ "Bucket": bucket, "Key": "a" }));
        get.user_agent = Some(agent.to_owned());
        get.time = Timestamp(get.time.0 + milliseconds);
        get
    };
    let condition = |operator: &str, key: &str, value: &str| {
        json!([{
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::notes/*",
            "Condition": { operator: { key: value } },
        }])
    };
    let by_agent = condition("StringLike", "aws:UserAgent", "aws-cli/*");
    let mut reads = guard(by_agent, Settings::default());
    for _ in 0..2 {
        assert_eq!(judge(&mut reads, &mut get("notes", "aws-cli/2", 0)).verdict, Verdict::Allowed);
        assert_eq!(judge(&mut reads, &mut get("notes", "curl/8", 0)).verdict, Verdict::Denied);
        assert_eq!(judge(&mut reads, &mut get("other", "aws-cli/2", 0)).verdict, Verdict::Denied);
    }
    // Other policies.
    let other = guard(json!([allow("s3:GetObject", "*")]), Settings::default()).levels.unwrap();
    reads.replace(other);
    assert_eq!(judge(&mut reads, &mut get("notes", "curl/8", 0)).verdict, Verdict::Allowed);
    // Another second.
    let until = condition("DateLessThan", "aws:CurrentTime", "2026-11-26T10:10:01Z");
    let mut until = guard(until, Settings::default());
    let mut verdict = |milliseconds| judge(&mut until, &mut get("notes", "curl/8", milliseconds));
    assert_eq!(verdict(0).verdict, Verdict::Allowed);
    assert_eq!(verdict(999).verdict, Verdict::Allowed);
    assert_eq!(verdict(1_000).verdict, Verdict::Denied);
}

#[test]
fn a_call_passes_in_silence_only_as_one_like_it_did() {
    let get = |bucket: &str, milliseconds: u64| {
        let mut get = call("s3", "GetObject", json!({ "Bucket": bucket, "Key": "a" }));
        get.time = Timestamp(get.time.0 + milliseconds);
        get
    };
    let notes = || json!([allow("s3:GetObject", "arn:aws:s3:::notes/*")]);
    let passes = |guard: &mut Guard, call: &mut Call| {
        let mut settled = Settled::new();
        let passes = guard.passes_as_before(call, &mut settled);
        assert_eq!(passes, settled.decision.is_some());
        // Nothing of it is judged again when it is over.
        let judged = guard.judge(call, Stage::End, &mut settled);
        assert!(!passes || judged.is_none_or(|it| it.permissions.is_empty()));
        passes
    };
    let mut told = guard(notes(), Settings::default());
    judge(&mut told, &mut get("notes", 0));
    assert!(!passes(&mut told, &mut get("notes", 0)), "somebody reads of it");

    let settings = || Settings { passes_silently: true, ..Settings::default() };
    let mut silent = guard(notes(), settings());
    assert!(!passes(&mut silent, &mut get("notes", 0)), "none like it was judged");
    for bucket in ["notes", "other"] {
        judge(&mut silent, &mut get(bucket, 0));
    }
    assert!(passes(&mut silent, &mut get("notes", 999)));
    assert!(!passes(&mut silent, &mut get("other", 0)), "it is denied");
    let mut anonymous = get("notes", 0);
    anonymous.evidence.authorization = None;
    assert!(!passes(&mut silent, &mut anonymous));
    assert!(!passes(&mut silent, &mut get("notes", 1_000)), "it is another second");
    judge(&mut silent, &mut get("notes", 1_000));
    let other = guard(json!([allow("s3:GetObject", "arn:aws:s3:::other/*")]), settings());
    silent.replace(other.levels.unwrap());
    assert!(!passes(&mut silent, &mut get("notes", 1_000)), "these are other policies");
}

#[test]
fn a_role_whose_path_is_not_told_is_not_decided_where_policies_tell_them_apart() {
    let role = |path: &str| format!("arn:aws:iam::{ACCOUNT}:role/{path}app");
    let get = || call("iam", "GetRole", json!({ "RoleName": "app" }));
    let verdict = |resource: &str| {
        let mut guard = guard(json!([allow("iam:GetRole", resource)]), Settings::default());
        judge(&mut guard, &mut get()).verdict
    };
    assert_eq!(verdict(&role("")), Verdict::Undecided);
    assert_eq!(verdict(&role("*")), Verdict::Allowed);
    assert_eq!(verdict(&role("other-")), Verdict::Denied);
}

#[test]
fn what_is_lacking_is_a_policy_that_allows_it() {
    let settings = Settings {
        soft: true,
        builder: Some(crate::policy::Builder::default()),
        ..Settings::default()
    };
    let mut soft = guard(json!([allow("s3:GetObject", "*")]), settings);
    for operation in ["GetObject", "DeleteObject"] {
        judge(&mut soft, &mut call("s3", operation, json!({ "Bucket": "notes", "Key": "a" })));
    }
    let lacking: Vec<String> = soft.lacking().actions().map(str::to_owned).collect();
    assert_eq!(lacking, ["s3:DeleteObject"]);
}

#[test]
fn the_session_of_a_role_is_who_was_told() {
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci");
    let statements = json!([{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalType": "AssumedRole" } },
    }]);
    let mut guard = guard(statements, Settings::default());
    let mut who = call("sts", "GetCallerIdentity", json!({}));
    who.evidence.told = vec![crate::call::Identity { access_key: None, arn: Some(arn.clone()) }];
    guard.learn(&mut who, Settled::new());
    let mut get = call("s3", "GetObject", json!({ "Bucket": "notes", "Key": "a" }));
    let judged = judge(&mut guard, &mut get);
    assert_eq!(judged.verdict, Verdict::Allowed);
    assert_eq!(judged.principal, Some(arn));
}

#[test]
fn each_principal_is_judged_by_its_own_policy_and_by_nobody_elses() {
    let levels = |statements: serde_json::Value| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let document = Document::parse(text).unwrap();
        let policy = Policy { name: Arc::from("policy.json"), document };
        Levels::new(&Policies { identity: vec![policy], ..Policies::default() })
    };
    let by_name = HashMap::from([
        ("role-deploy".to_owned(), levels(json!([allow("s3:GetObject", "*")]))),
        ("role-deploy-444455556666".to_owned(), levels(json!([allow("s3:PutObject", "*")]))),
    ]);
    let each = Each::new(by_name, levels(json!([])), Some(ACCOUNT.to_owned()));
    let given = Given { levels: None, each: Some(each) };
    let mut guard = Guard::new(given, Settings::default());
    let mut verdict = |arn: Option<&str>, key: &str, operation: &'static str| {
        if let Some(arn) = arn {
            let mut who = call("sts", "GetCallerIdentity", json!({}));
            who.principal = Some(key.to_owned());
            who.evidence.told =
                vec![crate::call::Identity { access_key: None, arn: Some(arn.to_owned()) }];
            guard.learn(&mut who, Settled::new());
        }
        let mut asks = call("s3", operation, json!({ "Bucket": "notes", "Key": "a" }));
        asks.principal = Some(key.to_owned());
        judge(&mut guard, &mut asks).verdict
    };
    assert_eq!(verdict(None, "AKIAUNKNOWN000000001", "GetObject"), Verdict::Undecided);
    let ours = Some("arn:aws:sts::111122223333:assumed-role/deploy/ci");
    assert_eq!(verdict(ours, "ASIAOURS000000000001", "GetObject"), Verdict::Allowed);
    assert_eq!(verdict(ours, "ASIAOURS000000000001", "PutObject"), Verdict::Denied);
    let theirs = Some("arn:aws:sts::444455556666:assumed-role/deploy/ci");
    assert_eq!(verdict(theirs, "ASIATHEIRS0000000001", "GetObject"), Verdict::Denied);
    assert_eq!(verdict(theirs, "ASIATHEIRS0000000001", "PutObject"), Verdict::Allowed);
    // The short name is that of the role in our account.
    let third = Some("arn:aws:sts::777788889999:assumed-role/deploy/ci");
    assert_eq!(verdict(third, "ASIATHIRD00000000001", "GetObject"), Verdict::Denied);
}

#[test]
fn what_nothing_says_a_need_of_is_refused() {
    let mut all = guard(json!([allow("*", "*")]), Settings::default());
    // AWS lists what its statements may need, and there are none.
    let judged = judge(&mut all, &mut call("dynamodb", "ExecuteTransaction", json!({})));
    assert_eq!(judged.verdict, Verdict::Unrecognized);
    assert!(all.is_refused(judged.verdict));
}

#[test]
fn a_call_counts_once() {
    let mut guard = guard(json!([allow("s3:GetObject", "*")]), Settings::default());
    let mut get = call("s3", "GetObject", json!({ "Bucket": "notes", "Key": "a" }));
    let passed = judge(&mut guard, &mut get);
    let withheld = Judged { fate: Fate::Withheld, ..passed.clone() };
    let mut counts = Counts::default();
    counts.call(&[]);
    counts.call(std::slice::from_ref(&passed));
    counts.call(&[passed.clone(), withheld.clone(), withheld]);
    let although = Judged { fate: Fate::PassedAlthough, ..passed.clone() };
    counts.call(&[passed, although.clone(), although]);
    let counted = [counts.allowed, counts.withheld.total(), counts.passed_although.total()];
    assert_eq!(counted, [1, 1, 1]);
}

#[test]
fn what_is_refused_without_end_is_not_kept() {
    let mut none = guard(json!([]), Settings::default());
    let mut get = call("s3", "GetObject", json!({ "Bucket": "notes", "Key": "a" }));
    assert_eq!(judge(&mut none, &mut get).verdict, Verdict::Denied);
    assert!(none.lacking().is_empty());
}

#[test]
fn who_is_not_known_gets_nobodys_policy_and_what_is_denied_to_all_stays_denied() {
    let levels = |statements: serde_json::Value| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let policy =
            Policy { name: Arc::from("policy.json"), document: Document::parse(text).unwrap() };
        Levels::new(&Policies { identity: vec![policy], ..Policies::default() })
    };
    let each = Each::new(HashMap::new(), levels(json!([])), None);
    let all = levels(json!([allow("s3:GetObject", "*")]));
    let given = Given { levels: Some(all), each: Some(each) };
    let settings = Settings { undecided: Unclear::Allow, ..Settings::default() };
    let mut guard = Guard::new(given, settings);
    let mut verdict = |service, operation| {
        judge(&mut guard, &mut call(service, operation, json!({ "Bucket": "b", "Key": "k" })))
            .verdict
    };
    assert_eq!(verdict("s3", "GetObject"), Verdict::Undecided);
    assert_eq!(verdict("s3", "DeleteObject"), Verdict::Denied);
    // By this call it becomes known who that is.
    assert_eq!(verdict("sts", "GetCallerIdentity"), Verdict::NotNeeded);
}

#[test]
fn of_a_recorded_call_without_needs_the_catalogue_says_whether_it_has_any() {
    let mut none = guard(json!([]), Settings::default());
    let mut recorded = |service, operation| {
        let call = call(service, operation, json!({}));
        none.judge_recorded(&mut Entry { call, requires: Vec::new(), times: 1, last: Timestamp(0) })
            .verdict
    };
    assert_eq!(recorded("sts", "GetCallerIdentity"), Verdict::NotNeeded);
    assert_eq!(recorded("dynamodb", "ExecuteTransaction"), Verdict::Unrecognized);
}
