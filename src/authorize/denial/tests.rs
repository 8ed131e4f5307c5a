//! What denials may add, by who says them.

use serde_json::json;

use super::*;
use crate::authorize::tests::{heard, with};
use crate::authorize::{Authorizer, Decision, Possible, Settings};
use crate::call::{Answerer, Authorization, Call, Refusal, Source};

const USER: &str = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: ";

/// A visible, signed call that this answerer denied with this sentence.
fn denied(call: Call, answerer: Answerer, sentence: &str) -> Call {
    let mut call = Call { source: Source::Proxy, ..call };
    call.evidence.answerer = answerer;
    call.evidence.authorization = Some(Authorization::SigV4);
    call.outcome.status = Some(403);
    call.outcome.error = Some("AccessDenied".to_owned());
    call.outcome.message = Some(sentence.to_owned());
    call
}

fn decide(call: &Call) -> Decision {
    (*Authorizer::new(Settings::default()).decide(call)).clone()
}

/// What a denial adds to what the same call needs: `action on resource, …`; and what became of it.
fn adds(call: &Call) -> (Vec<String>, Upshot) {
    let mut silent = call.clone();
    silent.outcome.message = None;
    silent.evidence.refusals.clear();
    let (silent, decision) = (decide(&silent), decide(call));
    let new = decision.requirements.iter().filter(|it| !silent.requirements.contains(it));
    let new = new.map(|it| {
        let conditions: Vec<String> = it
            .conditions
            .values()
            .flatten()
            .map(|(key, values)| format!(" if {key}={}", values.join("|")))
            .collect();
        format!("{} on {}{}", it.action, it.resources.join(", "), conditions.concat())
    });
    let denial = decision.denial.iter().chain(&decision.denied_entries).next();
    (new.collect(), denial.map_or(Upshot::Known, |it| it.upshot))
}

fn get_object() -> Call {
    with(heard("s3", "GetObject"), json!({"Bucket": "b", "Key": "k"}))
}

#[track_caller]
fn added(call: &Call, wanted: &[&str]) {
    let (new, upshot) = adds(call);
    assert_eq!(
        (new.iter().map(String::as_str).collect::<Vec<_>>(), upshot),
        (wanted.to_vec(), Upshot::Added)
    );
}

#[track_caller]
fn not_added(call: &Call, why: NotAdded) {
    assert_eq!(adds(call), (vec![], Upshot::NotAdded(why)));
}

#[test]
fn aws_is_believed_an_action_of_its_own_on_a_resource_of_a_type_of_it() {
    let aws = |rest: &str| denied(get_object(), Answerer::Aws, &format!("{USER}{rest}"));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    added(
        &aws("sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:111122223333:q"),
        &["sqs:SendMessage on arn:aws:sqs:eu-west-1:111122223333:q"],
    );
    added(
        &aws("iam:getrole on resource: role app"),
        &["iam:GetRole on arn:aws:iam::111122223333:role/app"],
    );
    // It has no resource types.
    added(
        &aws("iam:ListRoles on resource: arn:aws:iam::111122223333:role/*"),
        &["iam:ListRoles on *"],
    );
    let (new, upshot) = adds(&aws(&format!("kms:Decrypt on resource: {key}")));
    assert!(matches!(upshot, Upshot::Added | Upshot::Known) && new.len() <= 1, "{new:?}");

    for (action, resource, why) in [
        ("*:*", "*", NotAdded::NoSuchAction),
        ("iam:*", "*", NotAdded::NoSuchAction),
        ("s3:Get?bject", "*", NotAdded::NoSuchAction),
        ("iam:Invented", "*", NotAdded::NoSuchAction),
        ("iam:AttachUserPolicy", "*", NotAdded::OtherResource),
        ("iam:AttachUserPolicy", "arn:aws:iam::111122223333:role/app", NotAdded::OtherResource),
        ("iam:AttachUserPolicy", "arn:aws:iam::*:user/ann", NotAdded::OtherResource),
        ("iam:AttachUserPolicy", "anything at all", NotAdded::OtherResource),
    ] {
        not_added(&aws(&format!("{action} on resource: {resource}")), why);
    }
    not_added(&aws("iam:AttachUserPolicy"), NotAdded::OtherResource);
}

#[test]
fn what_aws_passes_on_in_the_words_of_others_is_not_its_verdict() {
    let sentence = format!("{USER}iam:AttachUserPolicy on resource: user ann");
    for (code, wanted) in [
        ("AccessDeniedException", Upshot::Added),
        ("KMS.AccessDeniedException", Upshot::Added),
        // A model's container, and a function of a user pool, say what they like.
        ("ModelError", Upshot::NotAdded(NotAdded::NotFromAws)),
        ("UserLambdaValidationException", Upshot::NotAdded(NotAdded::NotFromAws)),
    ] {
        let mut call = denied(get_object(), Answerer::Aws, &sentence);
        call.outcome.error = Some(code.to_owned());
        assert_eq!(adds(&call).1, wanted, "{code}");
    }
}

#[test]
fn others_add_nothing_that_the_map_does_not_have() {
    for answerer in [Answerer::Named, Answerer::Anybody] {
        for action in ["iam:AttachUserPolicy", "sqs:SendMessage", "iam:ListRoles"] {
            let call = denied(get_object(), answerer, &format!("{USER}{action} on resource: *"));
            not_added(&call, NotAdded::NotFromAws);
        }
        // Nor do they widen what the call needs.
        for resource in ["*", "arn:aws:s3:::*", "arn:aws:s3:::other/k"] {
            let call = denied(
                get_object(),
                answerer,
                &format!("{USER}s3:GetObject on resource: {resource}"),
            );
            assert_eq!(adds(&call), (vec![], Upshot::Known), "{resource}");
        }
    }
}

/// AWS's map has the action for the operation, and the call does not show whether it is needed: then somebody's word confirms it, on what
/// the request itself decides.
#[test]
fn others_confirm_what_is_open() {
    let mut confirmed = 0;
    for (service, operation) in [
        ("cloudformation", "ActivateOrganizationsAccess"),
        ("dynamodb", "EnableKinesisStreamingDestination"),
    ] {
        let open = decide(&Call { source: Source::Proxy, ..heard(service, operation) }).left_out;
        for action in open {
            let sentence = format!("{USER}{action} on resource: *");
            let call = denied(heard(service, operation), Answerer::Named, &sentence);
            let (new, upshot) = adds(&call);
            assert_eq!(upshot, Upshot::Added, "{action}");
            assert!(new.iter().all(|it| it.starts_with(&format!("{action} on "))), "{new:?}");
            assert!(!decide(&call).left_out.contains(&action));
            confirmed += 1;
        }
    }
    assert!(confirmed > 0, "nothing is open");
}

#[test]
fn a_call_that_nobody_signed_or_knows_adds_nothing() {
    let sentence =
        format!("{USER}sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:111122223333:q");
    let mut call = denied(get_object(), Answerer::Aws, &sentence);
    call.evidence.authorization = Some(Authorization::None);
    not_added(&call, NotAdded::Unsigned);
    call.evidence.authorization = None;
    not_added(&call, NotAdded::Unsigned);
    let mut call = denied(get_object(), Answerer::Aws, &sentence);
    call.recognized = false;
    not_added(&call, NotAdded::Unrecognized);
}

#[test]
fn what_no_policy_of_the_caller_cures_adds_nothing() {
    let assume = || {
        with(heard("sts", "AssumeRole"), json!({"RoleArn": "arn:aws:iam::444455556666:role/app"}))
    };
    for tail in [
        "with an explicit deny",
        "with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/x",
        "because no role trust policy allows the sts:AssumeRole action",
        "with an explicit deny in the role trust policy",
        "because no service control policy allows the sts:AssumeRole action",
    ] {
        let sentence = format!(
            "{USER}sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:111122223333:q {tail}"
        );
        assert_eq!(
            adds(&denied(assume(), Answerer::Aws, &sentence)),
            (vec![], Upshot::Elsewhere),
            "{tail}"
        );
    }
    // The function's own role was denied, which the call passes on.
    let create = with(
        heard("lambda", "CreateFunction"),
        json!({"FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/service-role/app"}),
    );
    let sentence = "User: arn:aws:sts::111122223333:assumed-role/app/x is not authorized to perform: sqs:ReceiveMessage on \
        resource: arn:aws:sqs:eu-west-1:111122223333:q because no identity-based policy allows it";
    let call = denied(create, Answerer::Aws, sentence);
    assert_eq!(adds(&call), (vec![], Upshot::Elsewhere));
    assert_eq!(decide(&call).denial.unwrap().because, Because::AnotherPrincipal);
}

#[test]
fn a_service_linked_role_is_for_the_service_of_the_rule() {
    let words = "Caller does not have permissions to create a Service Linked Role";
    let multi = with(heard("kms", "CreateKey"), json!({"MultiRegion": "true"}));
    let own = decide(&Call { source: Source::Proxy, ..multi.clone() });
    assert!(own.requirements.iter().any(|it| it.action == "iam:CreateServiceLinkedRole"));
    assert_eq!(adds(&denied(multi, Answerer::Aws, words)), (vec![], Upshot::Known));
    // It does not say for whom.
    let call = denied(get_object(), Answerer::Aws, words);
    not_added(&call, NotAdded::NoSuchRole);
    assert!(decide(&call).left_out.contains(&"iam:CreateServiceLinkedRole".into()));
    let include = Settings { possible: Possible::Include, ..Settings::default() };
    let decision = Authorizer::new(include).decide(&call);
    let role = decision.requirements.iter().find(|it| it.action == "iam:CreateServiceLinkedRole");
    assert_eq!(role.unwrap().resources, ["arn:aws:iam::111122223333:role/aws-service-role/*"]);
    not_added(&denied(get_object(), Answerer::Named, words), NotAdded::NotFromAws);
    // Where AWS names it, its ARN says the service.
    let arn = "arn:aws:iam::111122223333:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents";
    let sentence = format!(
        "{USER}iam:CreateServiceLinkedRole on resource: {arn} because no identity-based policy allows it"
    );
    added(
        &denied(get_object(), Answerer::Aws, &sentence),
        &[&format!(
            "iam:CreateServiceLinkedRole on {arn} if iam:AWSServiceName=events.amazonaws.com"
        )],
    );
}

#[test]
fn a_name_of_the_request_is_no_wildcard() {
    let call = with(heard("s3", "GetObject"), json!({"Bucket": "b", "Key": "uploads/*"}));
    let sentence = format!(
        "{USER}s3:GetObjectVersion on resource: \"arn:aws:s3:::b/uploads/*\" because no identity-based policy allows it"
    );
    let (new, _) = adds(&denied(call, Answerer::Aws, &sentence));
    assert!(
        new.iter().all(|it| it == "s3:GetObjectVersion on arn:aws:s3:::b/uploads/${*}"),
        "{new:?}"
    );
    assert_eq!(new.len(), 1);
}

#[test]
fn invented_ones_are_bounded() {
    let mut authorizer = Authorizer::new(Settings::default());
    let (mut kept, mut refused) = (0, 0);
    let operations = [
        "GetObject",
        "PutObject",
        "HeadObject",
        "GetObjectAcl",
        "ListObjectsV2",
        "GetBucketAcl",
        "GetBucketTagging",
        "ListBuckets",
        "DeleteObject",
        "CopyObject",
    ];
    for n in 0..3_000 {
        let call =
            with(heard("s3", operations[n % operations.len()]), json!({"Bucket": "b", "Key": "k"}));
        let sentence =
            format!("{USER}iam:GetRole on resource: arn:aws:iam::111122223333:role/r{n}");
        let decision = authorizer.decide(&denied(call, Answerer::Aws, &sentence));
        match decision.denial.as_ref().unwrap().upshot {
            Upshot::Added => kept += 1,
            Upshot::NotAdded(NotAdded::TooMany) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((kept, refused), (256, 3_000 - 256));
}

#[test]
fn denials_inside_answers_follow_the_same_rules_and_reports_add_nothing() {
    let inside = |answerer, reported| {
        let mut call = denied(get_object(), answerer, "");
        call.outcome = Default::default();
        call.evidence.refusals = vec![Refusal {
            code: Some("UnauthorizedOperation".to_owned()),
            message: format!(
                "{USER}ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/*"
            ),
            reported,
            times: 3,
        }];
        call
    };
    added(
        &inside(Answerer::Aws, false),
        &["ec2:RunInstances on arn:aws:ec2:eu-west-1:111122223333:instance/*"],
    );
    not_added(&inside(Answerer::Named, false), NotAdded::NotFromAws);
    not_added(&inside(Answerer::Aws, true), NotAdded::Reported);
    assert_eq!(decide(&inside(Answerer::Aws, true)).denied_entries[0].times, 3);
}
