use std::collections::BTreeMap;

use super::known::{changes_something, file, operation};
use super::*;
use crate::authorize::Conditions;
use crate::call::{Outcome, Source, Timestamp};
use crate::policy::{Account, Builder, Generalize};

fn call(name: &str) -> Call {
    let (service, operation) = name.split_once('.').unwrap();
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: service.to_owned().into(),
        operation: Some(operation.to_owned().into()),
        recognized: true,
        region: None,
        partition: "aws".into(),
        account: None,
        principal: None,
        outcome: Outcome { status: Some(200), ..Outcome::default() },
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: serde_json::Map::new(),
        evidence: Default::default(),
    }
}

fn failed(name: &str, status: u16, error: &str) -> Call {
    let error = (!error.is_empty()).then(|| error.to_owned());
    Call { outcome: Outcome { status: Some(status), error, ..Outcome::default() }, ..call(name) }
}

fn change_set(name: &str) -> Call {
    let mut call = call("cloudformation.CreateChangeSet");
    call.parameters.insert("ChangeSetName".to_owned(), name.into());
    call
}

/// What is said of calls, and of a policy that has the own actions of all of them.
fn told(calls: &[Call]) -> Vec<Hint> {
    let mut policy = Growing::new(Builder::generalizing(Generalize::Exact, |_| Vec::new()));
    let mut hints = Hints::default();
    for call in calls {
        hints.add(call);
        for action in operation_of(call).into_iter().flat_map(own_actions) {
            policy.allow(&action, &["*".to_owned()], &Conditions::new(), Account::Known);
        }
    }
    hints.told(&policy)
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn what_was_created_and_not_deleted_is_told_with_what_would_delete_it() {
    let made = [
        "ec2.CreateVpc",
        "ec2.RunInstances",
        "ec2.AllocateAddress",
        "ec2.CreateTags",
        "kms.CreateKey",
        "ecs.RegisterTaskDefinition",
        "rds.RestoreDBClusterFromSnapshot",
        "s3.PutObject",
        "s3.CopyObject",
        "sqs.SendMessage",
        "secretsmanager.RestoreSecret",
    ];
    let [Hint::NoneDeleted { made, actions }] = &told(&made.map(call))[..] else { panic!() };
    assert_eq!(
        made,
        &[
            "ec2.CreateVpc",
            "ec2.RunInstances",
            "ec2.AllocateAddress",
            "kms.CreateKey",
            "ecs.RegisterTaskDefinition",
            "rds.RestoreDBClusterFromSnapshot",
        ]
    );
    assert_eq!(
        actions,
        &[
            "ec2:DeleteVpc",
            "ec2:TerminateInstances",
            "ec2:ReleaseAddress",
            "kms:ScheduleKeyDeletion",
            "ecs:DeregisterTaskDefinition",
            "rds:DeleteDBCluster",
        ]
    );
}

#[test]
fn a_run_that_deletes_needs_no_hint_and_one_of_two_services_does() {
    let names = ["ec2.CreateVpc", "ec2.CreateSubnet", "ec2.DeleteSubnet", "ec2.DeleteVpc"];
    assert_eq!(told(&names.map(call)), []);
    let names = ["ec2.CreateVpc", "ec2.DeleteVpc", "sqs.CreateQueue", "sqs.DeleteMessage"];
    assert_eq!(
        told(&names.map(call)),
        [Hint::NoneDeleted {
            made: texts(&["sqs.CreateQueue"]),
            actions: texts(&["sqs:DeleteQueue"])
        }]
    );
    // One that was tried is enough: the policy has what it needs.
    assert_eq!(
        told(&[call("sqs.CreateQueue"), failed("sqs.DeleteQueue", 403, "AccessDenied")]),
        []
    );
    // What was not created need not be deleted.
    assert_eq!(told(&[failed("sqs.CreateQueue", 403, "AccessDenied")]), []);
    assert_eq!(told(&["sqs.ListQueues", "s3.PutObject", "logs.PutLogEvents"].map(call)), []);
}

#[test]
fn what_the_policy_has_already_is_not_missing() {
    // The action of all deletions of API Gateway is one.
    let names = ["apigateway.CreateRestApi", "apigateway.DeleteStage"];
    assert_eq!(told(&names.map(call)), []);
}

#[test]
fn tools_that_created_a_stack_call_more_when_they_change_it() {
    let update = |by: &str, operation: &str, actions: &[&str]| Hint::Update {
        by: by.to_owned(),
        operation: format!("cloudformation.{operation}"),
        actions: actions.iter().map(|it| format!("cloudformation:{it}")).collect(),
    };
    let destroy = |operation: &str| Hint::NoneDeleted {
        made: vec![format!("cloudformation.{operation}")],
        actions: texts(&["cloudformation:DeleteStack"]),
    };
    for (name, by, then) in [
        (
            "awscli-cloudformation-package-deploy-1764142200",
            "`aws cloudformation deploy`",
            &["GetTemplateSummary"][..],
        ),
        ("samcli-deploy1764142200", "`sam deploy`", &["GetTemplateSummary"]),
        ("cdk-deploy-change-set", "`cdk deploy`", &["DeleteChangeSet", "GetTemplate"]),
    ] {
        let created = [change_set(name), call("cloudformation.ExecuteChangeSet")];
        assert_eq!(
            told(&created),
            [update(by, "CreateChangeSet", then), destroy("CreateChangeSet")],
            "{name}"
        );
        let [set, execute] = created;
        let then = format!("cloudformation.{}", then[0]);
        assert_eq!(told(&[call(&then), set, execute]), [], "{name}: an update");
    }
    assert_eq!(
        told(&[call("cloudformation.CreateStack")]),
        [update("", "CreateStack", &["UpdateStack"]), destroy("CreateStack")]
    );
    assert_eq!(
        told(
            &["CreateStack", "UpdateStack", "DeleteStack"]
                .map(|it| call(&format!("cloudformation.{it}")))
        ),
        []
    );
    // Whose it is nobody knows, or the request is not visible.
    assert_eq!(told(&[change_set("mine"), call("cloudformation.CreateChangeSet")]), []);
    // It failed, and nothing was created.
    let failure = Outcome {
        status: Some(400),
        error: Some("LimitExceededException".into()),
        ..Outcome::default()
    };
    let refused = Call { outcome: failure, ..change_set("samcli-deploy1") };
    assert!(matches!(&told(&[refused])[..], [Hint::OnlyFailed(_)]));
}

#[test]
fn an_operation_that_only_failed_is_told_with_its_first_error() {
    let calls = [
        failed("lambda.CreateFunction", 400, "InvalidParameterValueException"),
        failed("lambda.CreateFunction", 429, "TooManyRequestsException"),
        failed("sqs.SendMessage", 500, ""),
        call("s3.GetObject"),
        failed("s3.GetObject", 400, "InvalidRequest"),
    ];
    assert_eq!(
        told(&calls),
        [Hint::OnlyFailed(vec![
            ("lambda.CreateFunction".to_owned(), "InvalidParameterValueException".to_owned()),
            ("sqs.SendMessage".to_owned(), "HTTP 500".to_owned()),
        ])]
    );
}

#[test]
fn an_error_that_answers_a_question_is_worth_no_word() {
    for (name, status, error) in [
        ("s3.HeadObject", 404, ""),
        ("s3.GetBucketPolicy", 404, "NoSuchBucketPolicy"),
        ("ec2.DescribeVpcs", 400, "InvalidVpcID.NotFound"),
        ("dynamodb.DescribeTable", 400, "ResourceNotFoundException"),
        ("sqs.GetQueueUrl", 400, "AWS.SimpleQueueService.NonExistentQueue"),
        ("sqs.GetQueueUrl", 400, "QueueDoesNotExist"),
        ("iam.CreateRole", 409, "EntityAlreadyExists"),
        ("s3.CreateBucket", 409, "BucketAlreadyOwnedByYou"),
        ("dynamodb.CreateTable", 400, "ResourceInUseException"),
        ("lambda.CreateFunction", 409, "ResourceConflictException"),
        ("ec2.AuthorizeSecurityGroupIngress", 400, "InvalidPermission.Duplicate"),
        ("ec2.RunInstances", 412, "DryRunOperation"),
        ("dynamodb.PutItem", 400, "ConditionalCheckFailedException"),
        ("dynamodb.PutItem", 400, "ThrottlingException"),
        ("s3.PutObject", 503, "SlowDown"),
        ("cloudformation.DescribeStacks", 400, "ValidationError"),
        // Denials are told elsewhere.
        ("sqs.SendMessage", 403, "AccessDenied"),
        ("s3.HeadObject", 403, ""),
        // Nobody decided on a permission.
        ("sqs.SendMessage", 403, "InvalidClientTokenId"),
    ] {
        assert_eq!(told(&[failed(name, status, error)]), [], "{name} {error}");
    }
    for (name, status, error) in [
        ("dynamodb.DeleteTable", 400, "ResourceInUseException"),
        ("cloudformation.CreateStack", 400, "ValidationError"),
        ("ec2.RunInstances", 400, "InsufficientInstanceCapacity"),
        ("sqs.SendMessage", 400, "InvalidParameterValue"),
    ] {
        assert!(!told(&[failed(name, status, error)]).is_empty(), "{name} {error}");
    }
}

#[test]
fn a_list_of_which_the_last_page_was_never_asked_for_is_told() {
    let page = || {
        let mut call = call("s3.ListObjectsV2");
        call.evidence.more_pages = true;
        call
    };
    let expected = [Hint::FirstPages(texts(&["s3.ListObjectsV2"]))];
    assert_eq!(told(&[page()]), expected);
    assert_eq!(told(&[page(), page(), failed("s3.ListObjectsV2", 503, "SlowDown")]), expected);
    assert_eq!(told(&[page(), page(), call("s3.ListObjectsV2")]), []);
}

#[test]
fn what_nobody_knows_is_not_kept() {
    let mut hints = Hints::default();
    for number in 0..1_000 {
        hints.add(&call(&format!("sqs.Operation{number}")));
        hints.add(&call(&format!("service-{number}.CreateQueue")));
        hints.add(&Call { recognized: false, ..call("sqs.CreateQueue") });
        hints.add(&Call { operation: None, ..call("sqs.CreateQueue") });
    }
    assert!(hints.operations.is_empty());
    let long = "x".repeat(100_000);
    hints.add(&failed("sqs.SendMessage", 400, &long));
    let kept = hints.operations.values().next().and_then(|it| it.error.as_deref());
    assert!(kept.is_some_and(|it| it.len() <= LONGEST_NAME + 3), "{kept:?}");
}

#[test]
fn what_the_file_names_is_in_the_catalogue() {
    let file = file();
    assert!(file.update.len() >= 4);
    let has = |of: &str, name: &str| {
        let of = operation(of).unwrap_or_else(|| panic!("{of}"));
        assert!(of.service().operation(name).is_some(), "{of:?}: {name}");
    };
    for it in &file.update {
        it.then.iter().chain(&it.destroy).for_each(|name| has(&it.of, name));
    }
    for (makes, takes) in &file.destroy.pairs {
        has(makes, takes);
        // What its name tells needs no line.
        let verb = file
            .destroy
            .verbs
            .keys()
            .find_map(|verb| makes.split_once('.')?.1.strip_prefix(&**verb));
        let same = verb.is_some_and(|noun| takes.ends_with(noun) && takes.starts_with("Delete"));
        assert!(!same, "{makes}");
    }
    for name in file.destroy.nothing.keys() {
        assert!(operation(name).is_some(), "{name}");
    }
    for (service, it) in &file.questions.of {
        it.operations.iter().for_each(|name| has(&format!("{service}.{}", it.operations[0]), name));
    }
}

/// Of all operations that create something by their name: those that have a counterpart, and why the others have none.
#[test]
fn creating_operations_have_their_counterparts() {
    const REASONS: &[(&str, &[&str])] = &[
        (
            "it runs to its end, or reports once",
            &[
                "Job",
                "JobV2",
                "Task",
                "Report",
                "Scan",
                "Ingestion",
                "Review",
                "Estimate",
                "Preview",
                "Quote",
                "Query",
                "Findings",
                "Investigation",
                "Invalidation",
                "Deployment",
                "Commit",
                "Order",
                "Request",
                "Invocation",
                "Export",
            ],
        ),
        (
            "it is given out and ends by itself",
            &[
                "Token",
                "Url",
                "URL",
                "Session",
                "Sessions",
                "Connection",
                "Code",
                "IAM",
                "Credentials",
                "Login",
                "Shell",
                "Details",
            ],
        ),
        (
            "it goes with what it is of",
            &["Version", "Revision", "Milestone", "Snapshot", "Comment", "Upload"],
        ),
        (
            "what it makes stays for good",
            &[
                "Account",
                "Case",
                "Purchase",
                "SavingsPlan",
                "Reservation",
                "Subscription",
                "Membership",
            ],
        ),
    ];
    let (mut all, mut paired) = (0, 0);
    let mut by_reason: BTreeMap<&str, u32> = BTreeMap::new();
    let mut others = Vec::new();
    for service in Catalog::embedded().services() {
        for operation in service.operations() {
            if !operation.name().starts_with("Create") || !changes_something(operation) {
                continue;
            }
            all += 1;
            if Known::get().counterpart(operation).is_some() {
                paired += 1;
                continue;
            }
            let ends = |ends: &&[&str]| ends.iter().any(|end| operation.name().ends_with(end));
            match REASONS.iter().find(|(_, it)| ends(it)) {
                Some((reason, _)) => *by_reason.entry(reason).or_default() += 1,
                None => others.push(name(operation)),
            }
        }
    }
    println!("{paired} of {all} have a counterpart; {by_reason:?}; {} others", others.len());
    assert!(all >= 2_200 && paired * 100 >= all * 85, "{paired} of {all}");
    // Of these, the service has nothing that deletes by such a name; a new one is looked at.
    assert!(others.len() <= 120, "{}: {others:?}", others.len());
}

/// What deletes is an operation of the same service that itself makes nothing.
#[test]
fn counterparts_take_away() {
    let mut pairs = 0;
    for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
        let Some(takes) = Known::get().counterpart(operation) else { continue };
        pairs += 1;
        assert_eq!(takes.service(), operation.service());
        assert!(Known::get().making_verb(takes).is_none(), "{operation:?}: {takes:?}");
    }
    assert!(pairs >= 2_100, "{pairs}");
}
