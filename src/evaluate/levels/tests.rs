//! The logic, by the examples of AWS's pages; each test names its page.

use serde_json::{Value, json};

use super::*;
use crate::evaluate::document::Shape;

const ANN: &str = "arn:aws:iam::111122223333:user/ann";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/one";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/ann";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
const OBJECT: &str = "arn:aws:s3:::b/k";

fn policy(shape: Shape, statements: Value) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements});
    Policy { name: "p.json".into(), document: Document::parse_as(shape, text.to_string()).unwrap() }
}

fn identity(statements: Value) -> Policies {
    Policies { identity: vec![policy(Shape::Identity, statements)], ..Policies::default() }
}

fn attached(to: Option<&str>, statements: Value) -> Attached {
    Attached { policy: policy(Shape::Resource, statements), to: to.map(str::to_owned) }
}

fn allow(action: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*"})
}

fn deny(action: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

fn allow_to(principal: Value, action: &str) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})
}

fn judged(policies: &Policies, principal: &str, action: &str, resource: &str) -> Ruling {
    let context = Context::complete();
    judged_in(policies, principal, action, resource, &context)
}

fn judged_in(
    policies: &Policies,
    principal: &str,
    action: &str,
    resource: &str,
    context: &Context,
) -> Ruling {
    let principal = Principal::parse(principal).unwrap();
    // A complete context leaves nothing to tell.
    let mut context = context.clone();
    let mut told = Context::unknown();
    principal.tell(&mut told);
    if let Known::Values(values) = told.get("aws:PrincipalArn") {
        context.set("aws:PrincipalArn", values);
    }
    let resource = Resource::Exactly(resource);
    Levels::new(policies).judge(&principal, Request { action, resource, context: &context })
}

/// `allowed`, `explicit scp`, `implicit boundary`, `undecided`.
fn short(ruling: &Ruling) -> String {
    match &ruling.outcome {
        Outcome::Allowed => "allowed".to_owned(),
        Outcome::Denied(Denial { explicit: true, by }) => format!("explicit {}", by.word()),
        Outcome::Denied(Denial { explicit: false, by }) => format!("implicit {}", by.word()),
        Outcome::Undecided(_) => "undecided".to_owned(),
    }
}

#[track_caller]
fn is(policies: &Policies, principal: &str, action: &str, resource: &str, expected: &str) {
    let ruling = judged(policies, principal, action, resource);
    assert_eq!(short(&ruling), expected, "{principal} {action} {resource}: {ruling:#?}");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>, the example.
#[test]
fn in_one_account_either_policy_allows_and_a_deny_wins() {
    let carlos = "arn:aws:iam::111122223333:user/carlossalazar";
    let mut policies = identity(json!([
        {"Sid": "AllowS3ListRead", "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "Resource": "arn:aws:s3:::*"},
        {"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]},
        {"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"},
    ]));
    policies.resource.push(attached(
        None,
        json!([{"Effect": "Allow", "Principal": {"AWS": carlos}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::carlossalazar-*/*"}]),
    ));
    is(&policies, carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar/f", "allowed");
    is(&policies, carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar-2/f", "allowed");
    is(&policies, carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar-logs/f", "explicit identity");
    is(&policies, carlos, "s3:PutObject", "arn:aws:s3:::other/f", "implicit identity");
    is(&policies, ANN, "s3:PutObject", "arn:aws:s3:::carlossalazar-2/f", "implicit identity");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>, the example.
#[test]
fn across_accounts_both_sides_must_allow() {
    let carlos = "arn:aws:iam::111111111111:user/carlossalazar";
    let mut policies = identity(json!([
        {"Effect": "Allow", "Action": "s3:*Object*", "Resource": "arn:aws:s3:::Production/*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]},
    ]));
    policies.resource.push(attached(
        None,
        json!([{"Effect": "Allow", "Action": ["s3:GetObject*", "s3:PutObject*"], "Principal": {"AWS": carlos}, "Resource": "arn:aws:s3:::Production/*"}]),
    ));
    policies.complete = true;
    let mut context = Context::complete();
    context.set("aws:ResourceAccount", ["222222222222"]);
    let is = |principal: &str, action: &str, resource: &str, expected: &str| {
        let ruling = judged_in(&policies, principal, action, resource, &context);
        assert_eq!(short(&ruling), expected, "{ruling:#?}");
    };
    is(carlos, "s3:PutObject", "arn:aws:s3:::Production-logs/f", "explicit identity");
    is(carlos, "s3:PutObject", "arn:aws:s3:::Production/f", "allowed");
    is(carlos, "s3:DeleteObject", "arn:aws:s3:::Production/f", "implicit resource");
    is(
        "arn:aws:iam::111111111111:user/x",
        "s3:PutObject",
        "arn:aws:s3:::Production/f",
        "implicit resource",
    );
    // A whole account that is named leaves it to that account's policies.
    let mut delegated = identity(json!([allow("s3:PutObject")]));
    let account = json!({"AWS": "111111111111"});
    delegated.resource.push(attached(Some("arn:aws:s3:::b"), json!([allow_to(account, "s3:*")])));
    let asked = |action| short(&judged_in(&delegated, carlos, action, OBJECT, &context));
    assert_eq!(asked("s3:PutObject"), "allowed");
    assert_eq!(asked("s3:GetObject"), "implicit identity");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>: "all requests are
/// implicitly denied with the exception of the AWS account root user, which has full access". What is given for it holds nonetheless.
#[test]
fn the_root_needs_no_policy_and_is_held_by_one_that_is_given() {
    let root = "arn:aws:iam::111122223333:root";
    let mut policies = Policies::default();
    let ruling = judged(&policies, root, "s3:GetObject", OBJECT);
    assert!(ruling.is_allowed() && ruling.notes == [Note::Root], "{ruling:#?}");
    let denies =
        json!([{"Effect": "Deny", "Principal": {"AWS": root}, "Action": "s3:*", "Resource": "*"}]);
    policies.resource.push(attached(None, denies));
    is(&policies, root, "s3:GetObject", OBJECT, "explicit resource");
    is(&identity(json!([])), root, "s3:GetObject", OBJECT, "implicit identity");
    is(&identity(json!([deny("s3:*")])), root, "s3:GetObject", OBJECT, "explicit identity");
    is(&identity(json!([allow("s3:*")])), root, "s3:GetObject", OBJECT, "allowed");
}

#[test]
fn what_a_resource_of_another_account_says_is_not_known_until_it_is_given() {
    let mut policies = identity(json!([allow("sqs:*")]));
    let queue = "arn:aws:sqs:eu-west-1:444455556666:q";
    let ruling = judged(&policies, ANN, "sqs:SendMessage", queue);
    assert_eq!(ruling.outcome, Outcome::Undecided(vec![Reason::Ungiven(queue.to_owned())]));
    policies.complete = true;
    is(&policies, ANN, "sqs:SendMessage", queue, "implicit resource");
    // What belongs to no account, and to AWS, is nobody else's.
    is(
        &identity(json!([allow("iam:*")])),
        ANN,
        "iam:GetPolicy",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "allowed",
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>, the first example.
#[test]
fn a_boundary_limits_and_grants_nothing() {
    let mut policies = identity(json!([allow("iam:CreateUser"), allow("ec2:RunInstances")]));
    let boundary =
        json!([{"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*"}]);
    policies.boundary = Some(policy(Shape::Identity, boundary));
    let user = "arn:aws:iam::111122223333:user/new";
    is(&policies, ANN, "iam:CreateUser", user, "implicit boundary");
    is(&policies, ANN, "ec2:RunInstances", "*", "allowed");
    is(&policies, ANN, "s3:GetObject", OBJECT, "implicit identity");
}

/// The table of
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>: which implicit
/// denies limit what a resource-based policy grants, by whom it names.
#[test]
fn whom_a_resource_names_decides_what_limits_the_grant() {
    // What is asked, who is named; then without limits, with a boundary that does not allow, and with such a session policy.
    for (principal, named, free, bounded, in_session) in [
        (ANN, ANN, "allowed", "allowed", ""),
        (SESSION, ROLE, "allowed", "implicit identity", "implicit identity"),
        (SESSION, SESSION, "allowed", "allowed", "allowed"),
        (SESSION, "*", "allowed", "allowed", "allowed"),
        (FEDERATED, FEDERATED, "allowed", "allowed", "allowed"),
        (SESSION, "111122223333", "implicit identity", "implicit identity", "implicit identity"),
        (ANN, "arn:aws:iam::111122223333:root", "implicit identity", "implicit identity", ""),
        (ANN, "arn:aws:iam::111122223333:user/bob", "implicit identity", "implicit identity", ""),
    ] {
        let policies = |limit: &str| Policies {
            boundary: (limit == "boundary")
                .then(|| policy(Shape::Identity, json!([allow("ec2:*")]))),
            session: if limit == "session" {
                vec![policy(Shape::Identity, json!([allow("ec2:*")]))]
            } else {
                Vec::new()
            },
            resource: vec![attached(
                None,
                json!([allow_to(json!({"AWS": named}), "s3:GetObject")]),
            )],
            ..Policies::default()
        };
        is(&policies(""), principal, "s3:GetObject", OBJECT, free);
        is(&policies("boundary"), principal, "s3:GetObject", OBJECT, bounded);
        if !in_session.is_empty() {
            is(&policies("session"), principal, "s3:GetObject", OBJECT, in_session);
        }
    }
    // An explicit deny limits all of them.
    let denied = Policies {
        boundary: Some(policy(Shape::Identity, json!([deny("s3:*")]))),
        resource: vec![attached(None, json!([allow_to(json!({"AWS": ANN}), "s3:*")]))],
        ..Policies::default()
    };
    is(&denied, ANN, "s3:GetObject", OBJECT, "explicit boundary");
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>: "if you do not pass a policy, the resulting
/// federated user session has no permissions", but for those of resource-based policies that name it.
#[test]
fn a_federated_user_needs_a_session_policy() {
    let mut policies = identity(json!([allow("s3:*")]));
    is(&policies, FEDERATED, "s3:GetObject", OBJECT, "implicit session");
    policies.session = vec![policy(Shape::Identity, json!([allow("s3:Get*")]))];
    is(&policies, FEDERATED, "s3:GetObject", OBJECT, "allowed");
    is(&policies, FEDERATED, "s3:PutObject", OBJECT, "implicit session");
}

/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>
#[test]
fn files_of_a_level_unite_and_levels_intersect() {
    let level = |actions: &[&str]| -> Vec<Policy> {
        actions.iter().map(|it| policy(Shape::ServiceControl, json!([allow(it)]))).collect()
    };
    let mut policies = identity(json!([allow("*")]));
    policies.service_control = vec![level(&["*"]), level(&["s3:*", "sqs:*"]), level(&["s3:*"])];
    policies.management_account = Some("999999999999".to_owned());
    is(&policies, ANN, "s3:GetObject", OBJECT, "allowed");
    is(&policies, ANN, "sqs:ListQueues", "*", "implicit scp");
    let missing = judged(&policies, ANN, "ec2:RunInstances", "*").missing;
    let numbers: Vec<_> = missing.iter().map(|level| level.number).collect();
    assert_eq!(numbers, [Some(2), Some(3)]);
    // They hold for an account's root, and not for service-linked roles, the management account and services.
    is(&policies, "arn:aws:iam::111122223333:root", "ec2:RunInstances", "*", "implicit scp");
    is(&policies, "arn:aws:iam::999999999999:user/ann", "ec2:RunInstances", "*", "allowed");
    let linked =
        "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    is(&policies, linked, "ec2:RunInstances", "*", "allowed");
    // Where the path of the role is not known, it depends.
    let session = Principal::parse("arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s");
    let context = Context::unknown();
    let request =
        Request { action: "ec2:RunInstances", resource: Resource::Exactly("*"), context: &context };
    let ruling = Levels::new(&policies).judge(&session.unwrap(), request);
    assert_eq!(
        ruling.outcome,
        Outcome::Undecided(vec![Reason::Key("aws:PrincipalArn".to_owned())])
    );
}

/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
#[test]
fn resource_control_policies_deny_on_services_that_support_them() {
    let mut policies = identity(json!([allow("*")]));
    policies.management_account = Some("999999999999".to_owned());
    let insecure = json!([{
        "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
    }]);
    policies.resource_control = vec![vec![policy(Shape::ResourceControl, insecure)]];
    let mut context = Context::complete();
    context.set("aws:SecureTransport", ["false"]);
    let of = |principal: &str, action: &str, resource: &str| {
        short(&judged_in(&policies, principal, action, resource, &context))
    };
    assert_eq!(of(ANN, "s3:GetObject", OBJECT), "explicit rcp");
    assert_eq!(of("arn:aws:iam::111122223333:root", "s3:GetObject", OBJECT), "explicit rcp");
    assert_eq!(of(ANN, "kms:RetireGrant", KEY), "allowed");
    assert_eq!(
        of(ANN, "lambda:InvokeFunction", "arn:aws:lambda:r:111122223333:function:f"),
        "allowed"
    );
    assert_eq!(
        of("arn:aws:iam::999999999999:user/x", "sqs:SendMessage", "arn:aws:sqs:r:999999999999:q"),
        "allowed"
    );
    context.set("aws:SecureTransport", ["true"]);
    let ruling = judged_in(&policies, ANN, "s3:GetObject", OBJECT, &context);
    // That nothing but a deny is written allows everything: RCPFullAWSAccess is attached everywhere.
    assert!(ruling.is_allowed(), "{ruling:#?}");
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>: "Unless the key policy explicitly allows it, you cannot
/// use IAM policies to allow access to a KMS key."
#[test]
fn a_key_policy_must_allow_or_leave_it_to_the_account() {
    let with = |statements: Value, complete: bool| {
        let mut policies = identity(json!([allow("kms:*")]));
        if !statements.is_null() {
            policies.resource.push(attached(Some(KEY), statements));
        }
        policies.complete = complete;
        policies
    };
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let default = with(json!([allow_to(root, "kms:*")]), true);
    is(&default, ANN, "kms:Decrypt", KEY, "allowed");
    let named = with(json!([allow_to(json!({"AWS": ANN}), "kms:Decrypt")]), true);
    is(&named, ANN, "kms:Decrypt", KEY, "allowed");
    is(&named, ANN, "kms:Encrypt", KEY, "implicit resource");
    is(&named, SESSION, "kms:Decrypt", KEY, "implicit resource");
    // Not even the account's root may do more than the key's policy says.
    is(&named, "arn:aws:iam::111122223333:root", "kms:Decrypt", KEY, "implicit resource");
    is(&with(Value::Null, true), ANN, "kms:Decrypt", KEY, "implicit resource");
    is(&with(json!([]), false), ANN, "kms:Decrypt", KEY, "implicit resource");
    let assumed = judged(&with(Value::Null, false), ANN, "kms:Decrypt", KEY);
    assert!(assumed.is_allowed());
    assert_eq!(assumed.notes, [Note::LeftToAccount(Kind::Resource)]);
    // Another key's policy is not this one's, and what is no key needs none.
    let other = "arn:aws:kms:eu-west-1:111122223333:key/other";
    is(&named, ANN, "kms:Decrypt", other, "implicit resource");
    is(&named, ANN, "kms:CreateAlias", "arn:aws:kms:eu-west-1:111122223333:alias/a", "allowed");
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html>
#[test]
fn a_trust_policy_says_who_may_assume_the_role() {
    let role = "arn:aws:iam::111122223333:role/target";
    let trust = |principal: Value| {
        let statement =
            json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]);
        Policies { resource: vec![attached(Some(role), statement)], ..Policies::default() }
    };
    let service = trust(json!({"Service": "lambda.amazonaws.com"}));
    is(&service, "lambda.amazonaws.com", "sts:AssumeRole", role, "allowed");
    is(&service, "ec2.amazonaws.com", "sts:AssumeRole", role, "implicit trust");
    is(&service, ANN, "sts:AssumeRole", role, "implicit trust");
    is(&trust(json!({"AWS": ANN})), ANN, "sts:AssumeRole", role, "allowed");
    let mut left = trust(json!({"AWS": "111122223333"}));
    is(&left, ANN, "sts:AssumeRole", role, "implicit identity");
    left.identity = vec![policy(Shape::Identity, json!([allow("sts:AssumeRole")]))];
    is(&left, ANN, "sts:AssumeRole", role, "allowed");
    is(&left, "arn:aws:iam::444455556666:user/bob", "sts:AssumeRole", role, "implicit trust");
    // It is about its role alone.
    let ruling = judged(&left, ANN, "sts:AssumeRole", "arn:aws:iam::111122223333:role/other");
    assert_eq!(ruling.notes, [Note::LeftToAccount(Kind::Trust)]);
}

/// The examples of <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>, and what it says
/// about boundaries.
#[test]
fn not_principal_excepts_whom_it_names_with_account_and_role() {
    let except = |names: &[&str]| Policies {
        identity: vec![policy(Shape::Identity, json!([allow("s3:*")]))],
        resource: vec![attached(
            Some("arn:aws:s3:::b"),
            json!([{"Effect": "Deny", "NotPrincipal": {"AWS": names}, "Action": "s3:*", "Resource": "*"}]),
        )],
        ..Policies::default()
    };
    let account = "arn:aws:iam::111122223333:root";
    let get = |policies: &Policies, principal: &str, expected: &str| {
        is(policies, principal, "s3:GetObject", OBJECT, expected);
    };
    get(&except(&[ANN, account]), ANN, "allowed");
    get(&except(&[ANN, account]), "arn:aws:iam::111122223333:user/bob", "explicit resource");
    get(&except(&[ANN, account]), account, "allowed");
    get(&except(&[ANN]), ANN, "undecided");
    get(&except(&[SESSION, ROLE, account]), SESSION, "allowed");
    get(&except(&[SESSION, account]), SESSION, "undecided");
    get(&except(&[ROLE, account]), SESSION, "undecided");
    get(&except(&[account]), SESSION, "explicit resource");
    let mut bounded = except(&[ANN, account]);
    bounded.boundary = Some(policy(Shape::Identity, json!([allow("*")])));
    get(&bounded, ANN, "explicit resource");
    // "NotPrincipal must be used with "Effect":"Deny"": with Allow, nobody is taken for let in.
    let but = |named: &str| Policies {
        resource: vec![attached(
            Some("arn:aws:s3:::b"),
            json!([{"Effect": "Allow", "NotPrincipal": {"AWS": named}, "Action": "s3:*", "Resource": "*"}]),
        )],
        ..Policies::default()
    };
    get(&but(ANN), ANN, "implicit identity");
    get(&but(ANN), SESSION, "undecided");
    get(&but(account), ANN, "undecided");
}

/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
#[test]
fn the_policy_of_an_endpoint_must_allow() {
    let through = |principal: Value| Policies {
        identity: vec![policy(Shape::Identity, json!([allow("*")]))],
        endpoint: Some(policy(Shape::Endpoint, json!([allow_to(principal, "*")]))),
        ..Policies::default()
    };
    is(&through(json!("*")), ANN, "s3:GetObject", OBJECT, "allowed");
    is(&through(json!({"AWS": "444455556666"})), ANN, "s3:GetObject", OBJECT, "implicit endpoint");
    // By the account, the policy of a gateway means its root user.
    let account = through(json!({"AWS": "111122223333"}));
    is(&account, ANN, "s3:GetObject", OBJECT, "undecided");
    is(&account, ANN, "sqs:ListQueues", "*", "allowed");
    is(&account, "arn:aws:iam::111122223333:root", "s3:GetObject", OBJECT, "allowed");
}

#[test]
fn who_is_not_signed_or_not_known_is_never_taken_for_somebody() {
    let bucket = |principal: Value| Policies {
        identity: vec![policy(Shape::Identity, json!([allow("s3:PutObject")]))],
        resource: vec![attached(None, json!([allow_to(principal, "s3:GetObject")]))],
        ..Policies::default()
    };
    is(&bucket(json!("*")), "anonymous", "s3:GetObject", OBJECT, "allowed");
    is(&bucket(json!({"AWS": ANN})), "anonymous", "s3:GetObject", OBJECT, "implicit resource");
    is(&bucket(json!("*")), "anonymous", "s3:PutObject", OBJECT, "implicit resource");
    let unknown = |policies: &Policies, action: &str| {
        let context = Context::unknown();
        let request = Request { action, resource: Resource::Exactly(OBJECT), context: &context };
        let account = Some("111122223333".to_owned());
        Levels::new(policies).judge(&Principal::Unknown { account }, request).outcome
    };
    let depends = |name: &str| Outcome::Undecided(vec![Reason::Principal(name.to_owned())]);
    assert_eq!(unknown(&bucket(json!({"AWS": ANN})), "s3:GetObject"), depends(ANN));
    assert_eq!(
        unknown(&bucket(json!({"CanonicalUser": "79a5"})), "s3:PutObject"),
        Outcome::Allowed
    );
    let other =
        unknown(&bucket(json!({"AWS": "arn:aws:iam::444455556666:user/x"})), "s3:GetObject");
    assert_eq!(other, Outcome::Denied(Denial { explicit: false, by: Kind::Identity }));
}

#[test]
fn a_ruling_says_where_statements_stand_and_what_failed_with_which_value() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Ci", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*",
   "Condition": {"StringEquals": {"aws:RequestTag/env": ["ci", "test"]}, "Null": {"aws:TagKeys": "false"}}},
  {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::c/*"},
  {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
]}"#;
    let document = Document::parse(text).unwrap();
    let policies = Policies {
        identity: vec![Policy { name: "p.json".into(), document }],
        ..Policies::default()
    };
    let mut context = Context::unknown();
    context.set("aws:RequestTag/env", ["prod"]);
    context.set("aws:TagKeys", ["env"]);
    let ruling = judged_in(&policies, ANN, "s3:PutObject", OBJECT, &context);
    assert_eq!(short(&ruling), "implicit identity");
    let [ci, deny] = ruling.statements.as_slice() else { panic!("{ruling:#?}") };
    assert_eq!((ci.at.statement, ci.at.sid.as_deref(), ci.at.place.line), (1, Some("Ci"), 2));
    assert_eq!(ci.applies, Applies::No);
    let [unmet] = ci.conditions.as_slice() else { panic!("{ci:#?}") };
    assert_eq!((&*unmet.operator, &*unmet.key), ("StringEquals", "aws:RequestTag/env"));
    assert_eq!(unmet.values, ["ci", "test"]);
    assert_eq!(unmet.has, Has::Values(vec!["prod".to_owned()]));
    assert_eq!(deny.at.statement, 3);
    assert_eq!(deny.conditions[0].has, Has::NotKnown);
    assert!(matches!(&deny.applies, Applies::Depends(reasons) if reasons.len() == 1));
    // With the right tag, all that is open is the deny.
    context.set("aws:RequestTag/env", ["ci"]);
    let ruling = judged_in(&policies, ANN, "s3:PutObject", OBJECT, &context);
    assert_eq!(
        ruling.outcome,
        Outcome::Undecided(vec![Reason::Key("aws:SecureTransport".to_owned())])
    );
    context.set("aws:SecureTransport", ["true"]);
    assert!(judged_in(&policies, ANN, "s3:PutObject", OBJECT, &context).is_allowed());
    context.set("aws:SecureTransport", ["false"]);
    let ruling = judged_in(&policies, ANN, "s3:PutObject", OBJECT, &context);
    assert_eq!(short(&ruling), "explicit identity");
    assert_eq!(ruling.denying().count(), 1);
    assert_eq!(ruling.allowing().count(), 1);
}

#[test]
fn a_pattern_must_be_allowed_whatever_it_stands_for() {
    let policies = identity(json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/public/*"},
    ]));
    let judged = |pattern: &str| {
        let context = Context::unknown();
        let resource = Resource::Within(pattern);
        let principal = Principal::parse(ANN).unwrap();
        let request = Request { action: "s3:GetObject", resource, context: &context };
        short(&Levels::new(&policies).judge(&principal, request))
    };
    assert_eq!(judged("arn:aws:s3:::b/public/a*"), "allowed");
    assert_eq!(judged("arn:aws:s3:::b/*"), "undecided");
    assert_eq!(judged("arn:aws:s3:::c/*"), "implicit identity");
}
