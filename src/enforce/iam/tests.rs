use super::*;
use crate::call::{Answerer, Authorization, Call, Timestamp};
use crate::catalog::Catalog;
use crate::enforce::{Given, Guard, Judged, Settings, Settled, Stage, Verdict};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::{Outcome, Policy};
use crate::recognize::http::{self, RequestHead};

const ACCOUNT: &str = "111122223333";

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{name}")
}

fn named(text: &str, shape: Shape) -> Policy {
    policy("p", text, shape).0
}

fn allow(action: &str) -> Policy {
    named(
        &format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#),
        Shape::Identity,
    )
}

fn trust(arn: &str) -> Policy {
    named(
        &format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{arn}"}}}}}}"#
        ),
        Shape::Resource,
    )
}

fn identity(arn: &str, policies: Vec<Policy>) -> Identity {
    Identity {
        arn: arn.to_owned(),
        id: "ID".to_owned(),
        policies,
        boundary: None,
        tags: vec![("team".to_owned(), "blue".to_owned())],
        trust: None,
    }
}

fn key(id: &str, user: &str) -> Key {
    Key { id: id.to_owned(), user: arn(user), is_active: true }
}

fn identities(ann: Vec<Policy>) -> Identities {
    let mut role = identity(&arn("role/a/deploy"), vec![allow("s3:*")]);
    role.trust = Some(trust(&arn("user/ann")));
    Identities {
        users: vec![identity(&arn("user/ann"), ann)],
        roles: vec![role],
        keys: vec![key("AKIAANN", "user/ann")],
        managed: [("arn:aws:iam::aws:policy/L".to_owned(), allow("s3:List*"))].into(),
    }
}

fn guard(ann: Vec<Policy>, unknown_keys: UnknownKeys) -> Guard {
    let read = vec![Read::Identities(identities(ann))];
    Guard::by_iam(
        Iam::new(ACCOUNT.to_owned(), "test", unknown_keys, read),
        Given::default(),
        Settings::default(),
    )
}

/// A call of this key to this host, with this form as its body.
fn call(key: &str, host: &str, service: &str, form: Option<&str>) -> Call {
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let mut headers: Vec<(&str, &[u8])> = vec![("authorization", signed.as_bytes())];
    if form.is_some() {
        headers.push(("content-type", b"application/x-www-form-urlencoded"));
    }
    let method = if form.is_some() { "POST" } else { "GET" };
    let head = RequestHead { method, secure: true, host, target: "/", headers: &headers };
    let mut recognizer = http::begin(Catalog::embedded(), &head).unwrap();
    recognizer.body(form.unwrap_or_default().as_bytes());
    let call = recognizer.finish(Timestamp(0));
    assert_eq!(call.evidence.authorization, Some(Authorization::SigV4));
    call
}

fn lists(guard: &mut Guard, key: &str) -> Judged {
    let mut call = call(key, "s3.us-east-1.amazonaws.com", "s3", None);
    assert_eq!(call.operation.as_deref(), Some("ListBuckets"));
    guard.judge(&mut call, Stage::Request, &mut Settled::new()).unwrap()
}

/// A session that was made by such a request.
fn makes(guard: &mut Guard, caller: &str, request: &str, key: &str, arn: &str) {
    let mut call = call(caller, "sts.us-east-1.amazonaws.com", "sts", Some(request));
    call.evidence.answerer = Answerer::Named;
    call.evidence.told =
        vec![crate::call::Identity { access_key: Some(key.to_owned()), arn: Some(arn.to_owned()) }];
    let mut form = Form::default();
    form.add(request.as_bytes());
    guard.learn_sessions(&call, &form);
    guard.learn(&mut call, Settled::new());
}

const ROLE: &str = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa%2Fdeploy";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/s";

#[test]
fn a_users_key_has_the_users_policies() {
    let mut guard = guard(vec![allow("s3:ListAllMyBuckets")], UnknownKeys::Root);
    let judged = lists(&mut guard, "AKIAANN");
    assert_eq!(judged.verdict, Verdict::Allowed);
    assert_eq!(judged.principal, Some(arn("user/ann")));
    // LocalStack shows the same key so.
    assert_eq!(lists(&mut guard, "LKIAANN").verdict, Verdict::Allowed);
    guard.replace_iam(vec![Read::Identities(identities(vec![allow("ec2:*")]))]);
    let judged = lists(&mut guard, "AKIAANN");
    assert_eq!(judged.verdict, Verdict::Denied);
    assert!(matches!(judged.reason().unwrap().ruling.outcome, Outcome::Denied(_)));
}

#[test]
fn keys_of_nobody_are_the_roots_or_refused() {
    let mut root = guard(Vec::new(), UnknownKeys::Root);
    assert_eq!(lists(&mut root, "test").verdict, Verdict::Allowed);
    // A session belongs to somebody, and nobody knows to whom.
    let session = lists(&mut root, "ASIAQQQQQQQQQQQQQQQQ");
    assert_eq!(session.verdict, Verdict::Unread);
    // The user of another account, which LocalStack has, too: what is in this key is 609629065308.
    let other = lists(&mut root, "LKIAY34FZKBOKMUTVV7A");
    assert!(other.unread.unwrap().contains("609629065308"));
    let mut refused = guard(Vec::new(), UnknownKeys::Refuse);
    let judged = lists(&mut refused, "test");
    assert_eq!(judged.verdict, Verdict::Unread);
    assert!(refused.is_refused(judged.verdict));
    assert!(judged.unread.unwrap().contains("belongs to nobody"));
}

#[test]
fn keys_that_are_gone_are_not_the_roots() {
    let mut guard = guard(vec![allow("s3:*")], UnknownKeys::Root);
    let mut later = identities(vec![allow("s3:*")]);
    later.keys[0].is_active = false;
    guard.replace_iam(vec![Read::Identities(later.clone())]);
    assert!(lists(&mut guard, "AKIAANN").unread.unwrap().contains("inactive"));
    later.keys.clear();
    guard.replace_iam(vec![Read::Identities(later)]);
    assert!(lists(&mut guard, "AKIAANN").unread.unwrap().contains("deleted"));
    guard.replace_iam(vec![Read::Identities(identities(vec![allow("s3:*")]))]);
    assert_eq!(lists(&mut guard, "AKIAANN").verdict, Verdict::Allowed);
}

#[test]
fn a_key_is_looked_up_once() {
    let mut guard = guard(Vec::new(), UnknownKeys::Root);
    let mut new = |key| guard.is_new_key(&call(key, "s3.us-east-1.amazonaws.com", "s3", None));
    assert!(!new("AKIAANN"));
    assert!(new("test"));
    assert!(!new("test"));
}

#[test]
fn a_session_has_its_roles_policies_within_its_own() {
    let mut guard = guard(Vec::new(), UnknownKeys::Root);
    makes(&mut guard, "AKIAANN", ROLE, "ASIAPLAINPLAINPLAIN1", SESSION);
    let judged = lists(&mut guard, "ASIAPLAINPLAINPLAIN1");
    assert_eq!((judged.verdict, judged.principal.as_deref()), (Verdict::Allowed, Some(SESSION)));
    let limited = |policy: &str| format!("{ROLE}&{policy}");
    let ec2 = "Policy=%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22ec2%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
    makes(&mut guard, "AKIAANN", &limited(ec2), "ASIAEC2EC2EC2EC2EC21", SESSION);
    assert_eq!(lists(&mut guard, "ASIAEC2EC2EC2EC2EC21").verdict, Verdict::Denied);
    let by_arn = |arn: &str| limited(&format!("PolicyArns.member.1.arn={arn}"));
    let known = by_arn("arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FL");
    makes(&mut guard, "AKIAANN", &known, "ASIALISTLISTLISTLIST", SESSION);
    assert_eq!(lists(&mut guard, "ASIALISTLISTLISTLIST").verdict, Verdict::Allowed);
    let unknown = by_arn("arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FX");
    makes(&mut guard, "AKIAANN", &unknown, "ASIAGONEGONEGONEGONE", SESSION);
    assert_eq!(lists(&mut guard, "ASIAGONEGONEGONEGONE").verdict, Verdict::Denied);
    assert!(guard.wanted_policies().contains("arn:aws:iam::aws:policy/X"));
}

#[test]
fn who_may_assume_a_role_is_up_to_its_trust_policy() {
    let mut guard = guard(Vec::new(), UnknownKeys::Root);
    let mut assumes = |key: &str| {
        let mut call = call(key, "sts.us-east-1.amazonaws.com", "sts", Some(ROLE));
        guard.judge(&mut call, Stage::Request, &mut Settled::new()).unwrap().verdict
    };
    assert_eq!(assumes("AKIAANN"), Verdict::Allowed);
    assert_eq!(assumes("test"), Verdict::Allowed);
    let mut later = identities(vec![allow("sts:*")]);
    later.roles[0].trust = Some(trust(&arn("user/bob")));
    guard.replace_iam(vec![Read::Identities(later)]);
    let mut call = call("AKIAANN", "sts.us-east-1.amazonaws.com", "sts", Some(ROLE));
    let judged = guard.judge(&mut call, Stage::Request, &mut Settled::new()).unwrap();
    assert_eq!(judged.verdict, Verdict::Denied);
}

#[test]
fn a_federated_user_may_do_what_its_user_and_its_policy_allow() {
    const FEDERATE: &str = "Action=GetFederationToken&Version=2011-06-15&Name=fed";
    const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/fed";
    let mut guard = guard(vec![allow("s3:*")], UnknownKeys::Root);
    let of = |policy: &str| format!("{FEDERATE}&PolicyArns.member.1.arn={policy}");
    let list = of("arn:aws:iam::aws:policy/L");
    makes(&mut guard, "AKIAANN", &list, "ASIAFEDFEDFEDFEDFED1", FEDERATED);
    assert_eq!(lists(&mut guard, "ASIAFEDFEDFEDFEDFED1").verdict, Verdict::Allowed);
    makes(&mut guard, "AKIAANN", FEDERATE, "ASIAFEDFEDFEDFEDFED2", FEDERATED);
    assert_eq!(lists(&mut guard, "ASIAFEDFEDFEDFEDFED2").verdict, Verdict::Denied);
    makes(&mut guard, "test", &list, "ASIAFEDFEDFEDFEDFED3", FEDERATED);
    assert_eq!(lists(&mut guard, "ASIAFEDFEDFEDFEDFED3").verdict, Verdict::Allowed);
}

#[test]
fn a_policy_that_cannot_be_read_denies() {
    let broken = |shape| policy("broken", "{", shape);
    let (identity, why) = broken(Shape::Identity);
    assert!(why.unwrap().starts_with("broken: "));
    let mut guard = guard(vec![allow("*"), identity], UnknownKeys::Root);
    assert_eq!(lists(&mut guard, "AKIAANN").verdict, Verdict::Denied);
    assert!(broken(Shape::Resource).0.document.statements[0].principals.is_some());
}

#[test]
fn a_key_that_is_named_by_its_alias_is_found() {
    let part = Part { service: "kms", region: Some("eu-west-1".to_owned()) };
    let before = "arn:aws:kms:eu-west-1:111122223333:";
    let aliases = vec![(format!("{before}alias/a"), format!("{before}key/1"))];
    let resources = Resources { aliases, is_whole: true, ..Resources::default() };
    let read = vec![Read::Resources(part, resources)];
    let iam = Iam::new(ACCOUNT.to_owned(), "test", UnknownKeys::Root, read);
    let named = |member: &str, value: &str| {
        let mut call = call("test", "kms.eu-west-1.amazonaws.com", "kms", None);
        call.parameters.insert(member.to_owned(), value.into());
        iam.key_of_alias(&call, &format!("{before}key/*")).map(str::to_owned)
    };
    assert_eq!(named("KeyId", "alias/a"), Some(format!("{before}key/1")));
    assert_eq!(named("KeyId", &format!("{before}alias/a")), Some(format!("{before}key/1")));
    assert_eq!(named("KeyId", "alias/b"), None);
    assert_eq!(named("KeyId", "1"), None);
}

#[test]
fn tags_of_users_are_in_the_context() {
    let by_tag = named(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}}"#,
        Shape::Identity,
    );
    let mut guard = guard(vec![by_tag], UnknownKeys::Root);
    assert_eq!(lists(&mut guard, "AKIAANN").verdict, Verdict::Allowed);
}
