//! Decisions on calls heard over client-side monitoring, and rules 1 to 3 on visible requests.

use serde_json::{Map, Value, json};

use super::*;
use crate::call::{Name, Outcome, Timestamp};

pub(super) fn heard(service: &'static str, operation: &'static str) -> Call {
    Call {
        source: Source::Csm,
        time: Timestamp(0),
        service: Name::Borrowed(service),
        operation: Some(Name::Borrowed(operation)),
        recognized: true,
        region: Some(Name::Borrowed("eu-west-1")),
        partition: Name::Borrowed("aws"),
        account: Some("111122223333".to_owned()),
        principal: None,
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: Map::new(),
        evidence: Default::default(),
    }
}

pub(super) fn with(mut call: Call, parameters: Value) -> Call {
    if let Value::Object(parameters) = parameters {
        call.parameters = parameters;
    }
    call
}

fn decide(call: &Call) -> Arc<Decision> {
    Authorizer::new(Settings::default()).decide(call)
}

/// `action on resource, resource [if condition] (certainty reason)`, a line each.
fn words(decision: &Decision) -> Vec<String> {
    let lines = decision.requirements.iter().map(|it| {
        let conditions: Vec<String> = it
            .conditions
            .values()
            .flatten()
            .map(|(key, values)| format!(" if {key}={}", values.join("|")))
            .collect();
        let certainty = match it.certainty {
            Certainty::Certain => "",
            Certainty::Possible => "possible ",
        };
        let (resources, conditions) = (it.resources.join(", "), conditions.concat());
        format!("{} on {resources}{conditions} ({certainty}{})", it.action, it.reason.as_str())
    });
    lines.collect()
}

#[test]
fn an_operation_needs_its_action_in_its_region_and_account() {
    assert_eq!(
        words(&decide(&heard("dynamodb", "PutItem"))),
        ["dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/* (operation)"]
    );
}

#[test]
fn a_required_role_is_certain_and_tags_are_possible() {
    assert_eq!(
        words(&decide(&heard("lambda", "CreateFunction"))),
        [
            "lambda:CreateFunction on arn:aws:lambda:eu-west-1:111122223333:function:* (operation)",
            "iam:PassRole on arn:aws:iam::111122223333:role/* if iam:PassedToService=lambda.amazonaws.com (role)",
            "lambda:TagResource on arn:aws:lambda:eu-west-1:111122223333:function:* (possible tag)",
        ]
    );
    assert!(
        decide(&heard("lambda", "CreateFunction"))
            .left_out
            .contains(&"lambda:GetLayerVersion".into())
    );
}

#[test]
fn tags_are_put_on_what_the_operation_makes() {
    let words = words(&decide(&heard("lambda", "CreateEventSourceMapping")));
    let mapping = "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:*";
    assert_eq!(words[1], format!("lambda:TagResource on {mapping} (possible tag)"));
}

#[test]
fn possible_actions_are_included_or_omitted_as_asked() {
    let call = heard("lambda", "CreateFunction");
    let actions = |possible| {
        let mut authorizer = Authorizer::new(Settings { possible, account_id: None });
        let decision = authorizer.decide(&call);
        decision.requirements.iter().map(|it| it.action.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(actions(Possible::Omit), ["lambda:CreateFunction", "iam:PassRole"]);
    assert!(actions(Possible::Include).contains(&"lambda:PassCapacityProvider".to_owned()));
}

#[test]
fn the_bucket_of_the_host_is_in_the_arn() {
    let call = with(heard("s3", "PutObject"), json!({"Bucket": "b"}));
    assert_eq!(words(&decide(&call))[0], "s3:PutObject on arn:aws:s3:::b/* (operation)");
    let call = with(heard("s3", "ListObjectsV2"), json!({"Bucket": "b"}));
    assert_eq!(words(&decide(&call))[0], "s3:ListBucket on arn:aws:s3:::b (operation)");
    assert_eq!(
        words(&decide(&heard("s3", "PutObject")))[0],
        "s3:PutObject on arn:aws:s3:::*/* (operation)"
    );
}

#[test]
fn an_access_point_is_named_by_its_arn() {
    let arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap";
    let call = with(heard("s3", "GetObject"), json!({"Bucket": arn}));
    assert_eq!(words(&decide(&call))[0], format!("s3:GetObject on {arn}/object/* (operation)"));
}

#[test]
fn an_unknown_account_or_region_is_a_wildcard_in_its_segment() {
    let call = Call { account: None, region: None, ..heard("sqs", "SendMessage") };
    assert_eq!(words(&decide(&call)), ["sqs:SendMessage on arn:aws:sqs:*:*:* (operation)"]);
    // What the user says goes before what the call tells.
    let call = Call { account: Some("111122223333".into()), ..call };
    let settings = Settings { account_id: Some("444455556666".into()), ..Settings::default() };
    assert_eq!(
        words(&Authorizer::new(settings).decide(&call)),
        ["sqs:SendMessage on arn:aws:sqs:*:444455556666:* (operation)"]
    );
}

#[test]
fn partitions_are_kept() {
    let mut call = heard("dynamodb", "GetItem");
    call.partition = Name::Borrowed("aws-cn");
    call.region = Some(Name::Borrowed("cn-north-1"));
    assert_eq!(
        words(&decide(&call)),
        ["dynamodb:GetItem on arn:aws-cn:dynamodb:cn-north-1:111122223333:table/* (operation)"]
    );
}

#[test]
fn what_an_action_may_act_on_is_there_when_the_request_is_not_visible() {
    let decision = decide(&heard("ec2", "RunInstances"));
    let run = &decision.requirements[0];
    assert_eq!(run.action, "ec2:RunInstances");
    assert!(run.resources.contains(&"arn:aws:ec2:eu-west-1:111122223333:*".to_owned()), "{run:?}");
    assert!(run.resources.contains(&"arn:aws:ec2:eu-west-1::*".to_owned()), "{run:?}");
    assert!(run.resources.len() < 9, "{run:?}");
    let tags = decision.requirements.iter().find(|it| it.action == "ec2:CreateTags").unwrap();
    assert_eq!(tags.conditions["StringEquals"]["ec2:CreateAction"], ["RunInstances"]);
}

#[test]
fn a_call_that_need_not_name_a_resource_is_for_everything() {
    for (service, operation, expected) in [
        ("cloudwatch", "ListMetrics", "cloudwatch:ListMetrics on * (operation)"),
        ("efs", "DescribeFileSystems", "elasticfilesystem:DescribeFileSystems on * (operation)"),
        ("s3", "GetObjectAcl", "s3:GetObjectAcl on arn:aws:s3:::*/* (operation)"),
        (
            "sns",
            "ListTagsForResource",
            "sns:ListTagsForResource on arn:aws:sns:eu-west-1:111122223333:* (operation)",
        ),
        (
            "apigateway",
            "GetRestApis",
            "apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis (operation)",
        ),
    ] {
        let decision = decide(&heard(service, operation));
        let requirement = words(&decision)[0].clone();
        assert_eq!(requirement, expected);
    }
}

#[test]
fn a_visible_request_that_names_no_resource_is_for_everything() {
    let mut call = heard("cloudwatch", "ListMetrics");
    call.source = Source::Proxy;
    assert_eq!(words(&decide(&call)), ["cloudwatch:ListMetrics on * (operation)"]);
}

#[test]
fn passing_any_role_to_any_service_is_not_taken_for_granted() {
    let decision = decide(&heard("cognito-idp", "CreateUserPool"));
    assert!(!words(&decision).iter().any(|it| it.starts_with("iam:PassRole")), "{decision:?}");
    assert!(decision.left_out.contains(&"iam:PassRole".into()));
}

#[test]
fn an_action_without_resource_types_is_for_everything() {
    assert_eq!(
        words(&decide(&heard("ec2", "DescribeInstances"))),
        ["ec2:DescribeInstances on * (operation)"]
    );
}

#[test]
fn calls_that_need_no_permission_add_nothing() {
    for (service, operation) in [
        ("sts", "GetCallerIdentity"),
        ("sts", "GetSessionToken"),
        ("dynamodb", "DescribeEndpoints"),
    ] {
        let decision = decide(&heard(service, operation));
        assert_eq!(decision.permission, Permission::NotNeeded, "{service} {operation}");
        assert!(decision.requirements.is_empty());
    }
    let call = Call { recognized: false, ..heard("ec2metadata", "GetToken") };
    assert_eq!(decide(&call).permission, Permission::NotNeeded);
}

#[test]
fn an_unknown_call_has_no_known_permission() {
    let call = Call { recognized: false, ..heard("nosuchservice", "Frobnicate") };
    assert_eq!(decide(&call).permission, Permission::Unknown);
}

#[test]
fn a_visible_request_decides_tags_and_roles() {
    let mut call = heard("lambda", "CreateFunction");
    call.source = Source::Proxy;
    let role = "arn:aws:iam::111122223333:role/service/r";
    let bare = with(call.clone(), json!({"FunctionName": "f", "Role": role}));
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let expected = [
        format!("lambda:CreateFunction on {function} (operation)"),
        format!("iam:PassRole on {role} if iam:PassedToService=lambda.amazonaws.com (role)"),
    ];
    assert_eq!(words(&decide(&bare))[..2], expected);
    assert!(!words(&decide(&bare)).iter().any(|it| it.starts_with("lambda:TagResource")));
    let tagged = with(call, json!({"FunctionName": "f", "Role": role, "Tags": {"a": "b"}}));
    let tag = format!("lambda:TagResource on {function} (tag)");
    assert!(words(&decide(&tagged)).contains(&tag), "{:?}", words(&decide(&tagged)));
}

#[test]
fn a_visible_request_names_its_resources() {
    let seen = |service, operation, parameters| {
        let mut call = with(heard(service, operation), parameters);
        call.source = Source::Proxy;
        let decision = decide(&call);
        let lines = decision.requirements.iter();
        lines.map(|it| format!("{} on {}", it.action, it.resources.join(", "))).collect::<Vec<_>>()
    };
    assert_eq!(
        seen("s3", "PutObject", json!({"Bucket": "b", "Key": "a/b*.txt"})),
        ["s3:PutObject on arn:aws:s3:::b/a/b${*}.txt"]
    );
    assert_eq!(
        seen(
            "s3",
            "CopyObject",
            json!({"Bucket": "to", "Key": "k", "CopySource": "/from/a b?versionId=1"})
        ),
        ["s3:PutObject on arn:aws:s3:::to/k", "s3:GetObjectVersion on arn:aws:s3:::from/a b"]
    );
    assert_eq!(
        seen(
            "s3",
            "DeleteObjects",
            json!({"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2"}]}})
        )[0],
        "s3:DeleteObject on arn:aws:s3:::b/1, arn:aws:s3:::b/2"
    );
    assert_eq!(
        seen("secretsmanager", "GetSecretValue", json!({"SecretId": "key"})),
        [
            "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-??????"
        ]
    );
    assert_eq!(
        seen(
            "sqs",
            "SendMessage",
            json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"})
        ),
        ["sqs:SendMessage on arn:aws:sqs:eu-west-1:111122223333:q"]
    );
    assert_eq!(
        seen("ssm", "PutParameter", json!({"Name": "/db/password"}))[0],
        "ssm:PutParameter on arn:aws:ssm:eu-west-1:111122223333:parameter/db/password"
    );
    let tags = json!({
        "ImageId": "ami-12345678",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a"}]}]
    });
    assert!(
        seen("ec2", "RunInstances", tags).contains(
            &"ec2:CreateTags on arn:aws:ec2:eu-west-1:111122223333:instance/*".to_owned()
        )
    );
    assert_eq!(
        seen("sns", "Publish", json!({"TopicArn": "arn:aws:sns:us-east-1:444455556666:t"}))[0],
        "sns:Publish on arn:aws:sns:us-east-1:444455556666:t"
    );
    assert_eq!(
        seen("logs", "CreateLogGroup", json!({"logGroupName": "g"}))[0],
        "logs:CreateLogGroup on arn:aws:logs:eu-west-1:111122223333:log-group:g:*, arn:aws:logs:eu-west-1:111122223333:log-group:g"
    );
}

/// For every operation of the catalogue, heard over CSM: no action that AWS does not list, no
/// resource that is not a whole ARN pattern, no empty segment where the format has a variable.
#[test]
fn every_decision_is_well_formed() {
    let mut authorizer =
        Authorizer::new(Settings { possible: Possible::Include, account_id: None });
    let catalog = Catalog::embedded();
    for operation in catalog.services().flat_map(|service| service.operations()) {
        let call = heard(operation.service().name(), operation.name());
        for requirement in &authorizer.decide(&call).requirements {
            let (prefix, name) = requirement.action.split_once(':').unwrap();
            // Two have an asterisk in policies (`lambda:EnableReplication*`).
            let listed = catalog.action(prefix, name.trim_end_matches('*'));
            assert!(listed.is_some(), "{operation:?}: {requirement:?}");
            assert!(!requirement.resources.is_empty(), "{operation:?}: {requirement:?}");
            for resource in &requirement.resources {
                let whole = resource == "*"
                    || (resource.starts_with("arn:aws:") && resource.splitn(6, ':').count() == 6);
                let unfilled = resource.replace("${$}", "").contains("${");
                assert!(whole && !unfilled, "{operation:?}: {requirement:?}");
            }
        }
    }
}

#[test]
fn credentials_decide_whether_a_policy_is_asked() {
    use crate::call::Authorization as By;
    let by = |authorization| {
        let mut call = heard("s3", "GetObject");
        call.source = Source::Proxy;
        call.evidence.authorization = authorization;
        Standing::of(&call)
    };
    for credential in
        [By::SigV4, By::SigV4a, By::SigV2, By::Presigned, By::Form, By::Basic, By::Bearer]
    {
        assert_eq!(by(Some(credential)), Standing::Judged, "{credential:?}");
    }
    for other in [By::Token, By::None] {
        assert_eq!(by(Some(other)), Standing::Anonymous, "{other:?}");
    }
    assert_eq!(by(None), Standing::Judged, "a recording of before does not tell");
}

#[test]
fn over_monitoring_only_what_is_never_signed_is_anonymous() {
    assert_eq!(Standing::of(&heard("sts", "AssumeRoleWithWebIdentity")), Standing::Anonymous);
    assert_eq!(Standing::of(&heard("cognito-identity", "GetId")), Standing::Anonymous);
    // SDKs leave the key out of some events.
    assert_eq!(Standing::of(&heard("s3", "GetObject")), Standing::Judged);
    let mut signed = heard("sts", "AssumeRoleWithWebIdentity");
    signed.principal = Some("AKIAIOSFODNN7EXAMPLE".to_owned());
    assert_eq!(Standing::of(&signed), Standing::Judged);
}

#[test]
fn who_was_not_known_needed_nothing() {
    let mut call = heard("sqs", "SendMessage");
    call.outcome.error = Some("com.amazon.coral.service#ExpiredTokenException".to_owned());
    assert_eq!(Standing::of(&call), Standing::Unauthenticated);
    call.outcome.error = Some("AccessDenied".to_owned());
    assert_eq!(Standing::of(&call), Standing::Judged);
}
