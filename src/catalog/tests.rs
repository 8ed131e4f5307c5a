//! What the embedded catalogue must hold. Counts against the sources are in `tests/integration/catalog.rs`.

use super::*;

fn catalog() -> Catalog {
    Catalog::embedded()
}

#[test]
fn services_are_found_by_name_and_by_service_id() {
    let lambda = catalog().service("lambda").unwrap();
    assert_eq!(lambda.service_id(), "Lambda");
    assert_eq!(lambda.signing_name(), "lambda");
    assert_eq!(lambda.protocols().collect::<Vec<_>>(), [Protocol::RestJson]);
    for id in ["Elastic Load Balancing v2", "elastic-load-balancing-v2", "ElasticLoadBalancingv2"] {
        assert_eq!(catalog().service_by_id(id).unwrap().name(), "elbv2", "{id}");
    }
    assert!(catalog().service("no-such-service").is_none());
    assert!(catalog().service_by_id("").is_none());
}

/// What botocore has dropped since 2019, and how what it still has was called.
#[test]
fn what_was_dropped_stays() {
    for (service, operation) in [
        ("iotevents", "CreateInput"),
        ("qldb", "CreateLedger"),
        ("chime", "CreateChannel"),
        ("network-firewall", "CreateProxy"),
        ("frauddetector", "GetPrediction"),
    ] {
        assert!(catalog().service(service).unwrap().operation(operation).is_some(), "{service}");
    }
    let forms: Vec<_> = catalog()
        .service("quicksight")
        .unwrap()
        .forms()
        .map(|form| (form.operation().name(), form.method(), form.route()))
        .collect();
    let route = "/accounts/{AwsAccountId}/namespaces/{Namespace}/iam-policy-assignments";
    assert_eq!(forms, [("ListIAMPolicyAssignments", "GET", route)]);
    let iot = catalog().service("iot").unwrap();
    assert_eq!(iot.signing_name(), "iot");
    assert_eq!(iot.further_signing_names().collect::<Vec<_>>(), ["execute-api"]);
    let forms = |service: Service| service.forms().count();
    assert!(catalog().services().map(forms).sum::<usize>() > 40);
}

#[test]
fn it_says_of_when_it_is() {
    let releases: Vec<Release> = catalog().releases().collect();
    let newest: Vec<&str> = releases.iter().filter(|it| !it.is_past).map(|it| it.package).collect();
    assert_eq!(newest.len(), 4, "{newest:?}");
    assert!(newest.contains(&"botocore"));
    assert!(releases.iter().filter(|it| it.is_past).count() >= 11);
    for release in releases {
        assert!(release.date.len() == 10 && release.date > "2019-01-01", "{release:?}");
    }
}

#[test]
fn every_service_id_leads_back_to_its_service() {
    // botocore has Pinpoint's SMS service under two names.
    let twice = ["sms-voice"];
    for service in catalog().services().filter(|it| !twice.contains(&it.name())) {
        assert_eq!(catalog().service_by_id(service.service_id()), Some(service));
    }
}

#[test]
fn an_operation_knows_its_wire_form_and_its_actions() {
    let operation = catalog().service("lambda").unwrap().operation("CreateFunction").unwrap();
    assert_eq!((operation.method(), operation.route()), ("POST", "/2015-03-31/functions"));
    assert_eq!(operation.permission(), Permission::Mapped);
    let actions: Vec<_> = operation
        .authorized()
        .map(|it| (it.action().to_string(), it.class(), it.contexts().collect::<Vec<_>>()))
        .collect();
    let passed = ("iam:PassedToService", vec!["lambda.amazonaws.com"]);
    assert_eq!(actions[0], ("lambda:CreateFunction".to_owned(), Class::Own, vec![]));
    assert!(actions.contains(&("iam:PassRole".to_owned(), Class::Role, vec![passed])));
    assert!(actions.contains(&("lambda:TagResource".to_owned(), Class::Tag, vec![])));
    assert!(actions.contains(&("lambda:GetLayerVersion".to_owned(), Class::Listed, vec![])));
}

#[test]
fn an_operation_is_found_as_older_sdks_spell_it() {
    let cloudfront = catalog().service("cloudfront").unwrap();
    let spelt = cloudfront.operation_like("createDistribution2020_05_31").unwrap();
    assert_eq!(spelt.name(), "CreateDistribution");
    assert!(cloudfront.operation_like("").is_none());
    assert!(cloudfront.operation_like("2020_05_31").is_none());
}

#[test]
fn members_say_where_they_sit() {
    let operation = catalog().service("s3").unwrap().operation("PutObject").unwrap();
    let input = operation.input().unwrap();
    let tagging = input.member("Tagging").unwrap();
    assert_eq!((tagging.location(), tagging.wire), (Location::Header, "x-amz-tagging"));
    assert!(input.member("Bucket").unwrap().is_required());
    assert!(input.member("SSECustomerKey").unwrap().sensitive);
    assert!(matches!(input.kind(), Kind::Structure { payload: "Body", .. }));

    let ec2 = catalog().service("ec2").unwrap().operation("RunInstances").unwrap();
    let Type::Shape(list) = ec2.input().unwrap().member("TagSpecifications").unwrap().kind else {
        panic!("TagSpecifications is a list");
    };
    let Kind::List { item: Type::Shape(specification), .. } = list.kind() else {
        panic!("TagSpecifications is a list of structures");
    };
    assert_eq!(specification.member("Tags").unwrap().wire, "Tag");
}

#[test]
fn actions_have_resource_types_with_arn_formats() {
    let action = catalog().action("lambda", "CreateFunction").unwrap();
    assert_eq!(action.access_level(), AccessLevel::Write);
    let resources: Vec<_> = action.resources().collect();
    assert!(resources[0].required);
    assert_eq!(resources[0].resource_type.name(), "function");
    assert_eq!(
        resources[0].resource_type.arn_formats().collect::<Vec<_>>(),
        ["arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"]
    );
    assert_eq!(catalog().action("LAMBDA", "x"), None);
    assert_eq!(catalog().action("lambda", "createfunction"), Some(action));
}

#[test]
fn every_action_is_found_and_knows_its_prefix() {
    for prefix in catalog().prefixes() {
        for action in catalog().actions(prefix) {
            assert_eq!(action.prefix(), prefix, "{action}");
            assert_eq!(catalog().action(prefix, action.name()), Some(action));
        }
    }
}

#[test]
fn regions_have_partitions_even_when_they_are_new() {
    let cases = [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-9", "aws-iso"),
        ("us-isob-east-9", "aws-iso-b"),
        ("eu-central-99", "aws"),
        ("eusc-de-west-7", "aws-eusc"),
        ("nowhere", "aws"),
    ];
    for (region, partition) in cases {
        assert_eq!(catalog().partition_for_region(region).id(), partition, "{region}");
    }
}

#[test]
fn the_packed_catalogue_is_small() {
    assert!(catalog().packed_size() <= 5_000_000, "{} bytes", catalog().packed_size());
}
