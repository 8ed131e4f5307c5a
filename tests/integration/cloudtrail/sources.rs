//! Every service of the catalogue, by the source of its events; and events' names that are not their operation's.

use std::collections::BTreeSet;

use leastwise::catalog::{Catalog, Service};
use leastwise::recognize::cloudtrail::Seen;
use serde_json::{Value, json};

use super::seen;

/// An event by a user; of a request without members.
fn event(source: &str, name: &str, version: &str, parameters: Value) -> String {
    json!({
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/ann",
            "accountId": "111122223333",
        },
        "eventSource": source,
        "eventName": name,
        "apiVersion": version,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "eventType": "AwsApiCall",
    })
    .to_string()
}

fn called(source: &str, name: &str, version: &str, parameters: Value) -> (String, String) {
    match seen(&event(source, name, version, parameters)) {
        Seen::Call(it) => {
            let operation = it.call.operation.as_deref().unwrap_or_default();
            (
                it.call.service.to_string(),
                format!("{operation}{}", if it.call.recognized { "" } else { "?" }),
            )
        }
        Seen::PassedOver(why) => panic!("{why}"),
    }
}

/// Operations whose events are called as those of newer ones
/// (docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html).
const REPLACED: [(&str, &str); 4] = [
    ("s3", "GetBucketLifecycle"),
    ("s3", "GetBucketNotification"),
    ("s3", "PutBucketLifecycle"),
    ("s3", "PutBucketNotification"),
];

#[test]
fn each_service_is_known_by_its_source() {
    let (mut count, mut operations) = (0, 0);
    let mut unknown = BTreeSet::new();
    for service in Catalog::embedded().services().filter(|it| !it.is_data_plane()) {
        count += 1;
        let names: [fn(Service) -> &'static str; 2] =
            [Service::signing_name, Service::endpoint_prefix];
        for name in names {
            let source = format!("{}.amazonaws.com", name(service));
            for operation in service.operations() {
                operations += 1;
                let (_, found) =
                    called(&source, operation.name(), service.api_version(), Value::Null);
                // Of two operations that are one to events, the newer has it.
                let replaced = REPLACED.contains(&(service.name(), operation.name()));
                // Of several services that share a source, one has it.
                if replaced == (found == operation.name()) || !replaced && found != operation.name()
                {
                    unknown.insert(format!("{source} {}: {found}", operation.name()));
                }
            }
        }
    }
    println!("{count} services, {operations} events");
    assert!(unknown.is_empty(), "{}: {unknown:?}", unknown.len());
    assert!(count >= 470 && operations >= 35_000, "{count} services, {operations} events");
}

#[test]
fn services_of_one_source_are_told_apart() {
    let elb = "elasticloadbalancing.amazonaws.com";
    for (source, name, version, parameters, expected) in [
        (elb, "DescribeLoadBalancers", "2012-06-01", Value::Null, "elb DescribeLoadBalancers"),
        (elb, "DescribeLoadBalancers", "2015-12-01", Value::Null, "elbv2 DescribeLoadBalancers"),
        (elb, "DescribeTags", "", json!({ "loadBalancerNames": ["a"] }), "elb DescribeTags"),
        (elb, "DescribeTags", "", json!({ "resourceArns": ["arn:aws:x"] }), "elbv2 DescribeTags"),
        (elb, "CreateTargetGroup", "", Value::Null, "elbv2 CreateTargetGroup"),
        (
            "monitoring.amazonaws.com",
            "PutMetricAlarm",
            "",
            Value::Null,
            "cloudwatch PutMetricAlarm",
        ),
        ("rds.amazonaws.com", "CreateDBInstance", "", Value::Null, "rds CreateDBInstance"),
        (
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            "",
            Value::Null,
            "lambda CreateFunction",
        ),
        ("lambda.amazonaws.com", "GetFunction20150331v2", "", Value::Null, "lambda GetFunction"),
        ("lambda.amazonaws.com", "TagResource20170331v2", "", Value::Null, "lambda TagResource"),
        ("lambda.amazonaws.com", "Invoke", "", Value::Null, "lambda Invoke"),
        (
            "cloudfront.amazonaws.com",
            "CreateDistribution2020_05_31",
            "",
            Value::Null,
            "cloudfront CreateDistribution",
        ),
        (
            "s3.amazonaws.com",
            "PutBucketLifecycle",
            "",
            Value::Null,
            "s3 PutBucketLifecycleConfiguration",
        ),
        (
            "s3.amazonaws.com",
            "GetBucketPublicAccessBlock",
            "",
            Value::Null,
            "s3 GetPublicAccessBlock",
        ),
        (
            "s3.amazonaws.com",
            "PutAccountPublicAccessBlock",
            "",
            Value::Null,
            "s3control PutPublicAccessBlock",
        ),
        ("s3express.amazonaws.com", "CreateBucket", "", Value::Null, "s3 CreateBucket"),
        ("s3.amazonaws.com.cn", "CreateBucket", "", Value::Null, "s3 CreateBucket"),
        ("ec2.amazonaws.com", "NoSuchThing", "", Value::Null, "ec2 NoSuchThing?"),
        ("nowhere.amazonaws.com", "DoIt", "", Value::Null, "nowhere DoIt?"),
    ] {
        let (service, operation) = called(source, name, version, parameters);
        assert_eq!(format!("{service} {operation}"), expected, "{source} {name}");
    }
}
