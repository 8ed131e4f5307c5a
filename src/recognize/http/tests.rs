//! What botocore does not send: other SDKs, odd orders, huge bodies, hostile input. Requests of botocore's are in
//! `tests/integration/recognition.rs`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::take::ROOM;
use super::*;

const LONG_LIVED: &str = "AKIARTX3GSDSQXXNL3WV";

fn signed(service: &str, region: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={LONG_LIVED}/20260102/{region}/{service}/aws4_request, SignedHeaders=host, Signature=5ec2e7"
    )
}

/// A request, with `headers` as `name: value` lines.
fn begin_with(method: &str, url: &str, headers: &[&str]) -> Option<Recognizer> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(n, v)| (n, v.as_bytes()))
        .collect();
    let head =
        RequestHead { method, secure: scheme == "https", host, target: path, headers: &headers };
    begin(Catalog::embedded(), &head)
}

fn call(method: &str, url: &str, headers: &[&str], body: &[u8]) -> Call {
    let mut recognizer = begin_with(method, url, headers).expect("a call of AWS's");
    recognizer.body(body);
    recognizer.finish(Timestamp(1))
}

fn name(call: &Call) -> String {
    format!("{}:{}", call.service, call.operation.as_deref().unwrap_or("?"))
}

fn authorization(service: &str) -> String {
    format!("authorization: {}", signed(service, "eu-west-1"))
}

#[test]
fn who_and_where() {
    let headers = [
        &*authorization("sts"),
        "user-agent: aws-cli/2",
        "content-type: application/x-www-form-urlencoded",
    ];
    let call = call(
        "POST",
        "https://sts.eu-west-1.amazonaws.com/",
        &headers,
        b"Action=GetCallerIdentity&Version=2011-06-15",
    );
    assert_eq!(name(&call), "sts:GetCallerIdentity");
    assert_eq!(call.region.as_deref(), Some("eu-west-1"));
    assert_eq!(call.partition, "aws");
    assert_eq!(call.account.as_deref(), Some("111122223333"));
    assert_eq!(call.principal.as_deref(), Some(LONG_LIVED));
    assert_eq!(call.user_agent.as_deref(), Some("aws-cli/2"));
    assert_eq!((call.method, call.path), (None, None));
}

#[test]
fn what_is_not_aws_is_left_alone() {
    for url in
        ["https://example.com/", "http://localhost:4566/", "https://registry.terraform.io/v1/x"]
    {
        assert!(begin_with("GET", url, &["authorization: Bearer x"]).is_none(), "{url}");
    }
}

#[test]
fn what_is_not_recognised_says_what_it_was() {
    let call = call(
        "PATCH",
        "https://lambda.eu-west-1.amazonaws.com/2099/new?X-Amz-Signature=5ec2e7",
        &[&authorization("lambda")],
        b"",
    );
    assert!(!call.recognized);
    assert_eq!((&*call.service, call.operation), ("lambda", None));
    assert_eq!((call.method.as_deref(), call.path.as_deref()), (Some("PATCH"), Some("/…/…")));
    let unheard = call_of_unknown_service();
    assert_eq!((&*unheard.service, unheard.recognized), ("brandnew", false));
}

#[test]
fn an_operation_that_the_catalogue_lacks_is_named() {
    let target = |name: &str| format!("x-amz-target: DynamoDB_20120810.{name}");
    let json = "content-type: application/x-amz-json-1.0";
    let form = "content-type: application/x-www-form-urlencoded";
    let rpc = "/service/GraniteServiceVersion20100801/operation/Frobnicate";
    let calls = [
        call(
            "POST",
            "https://dynamodb.eu-west-1.amazonaws.com/",
            &[&authorization("dynamodb"), &target("Frobnicate"), json],
            br#"{"TableName":"films"}"#,
        ),
        // Its prefix is another since.
        call(
            "POST",
            "https://kms.eu-west-1.amazonaws.com/",
            &[&authorization("kms"), "x-amz-target: KeyService2.Frobnicate", json],
            b"{}",
        ),
        call(
            "POST",
            "https://iam.amazonaws.com/",
            &[&authorization("iam"), form],
            b"Version=2010-05-08&RoleName=x&Action=Frobnicate",
        ),
        call(
            "GET",
            "https://ec2.eu-west-1.amazonaws.com/?Action=Frobnicate&Version=2016-11-15",
            &[&authorization("ec2")],
            b"",
        ),
        call(
            "POST",
            &format!("https://monitoring.eu-west-1.amazonaws.com{rpc}"),
            &[&authorization("monitoring"), "smithy-protocol: rpc-v2-cbor"],
            b"",
        ),
    ];
    let names: Vec<String> = calls.iter().map(name).collect();
    let wanted = ["dynamodb", "kms", "iam", "ec2", "cloudwatch"];
    assert_eq!(names, wanted.map(|service| format!("{service}:Frobnicate")));
    for call in calls {
        assert!(!call.recognized && call.parameters.is_empty(), "{call:?}");
    }
}

/// The name of an operation is letters and digits; whatever else stands there may be anything, and is not kept.
#[test]
fn what_cannot_be_the_name_of_an_operation_is_not_kept() {
    let long = "x".repeat(129);
    for text in ["wJalr/XUtn", "two words", "", "Get*", "1st", "a\u{301}", &long] {
        let target = format!("x-amz-target: DynamoDB_20120810.{text}");
        let call = call(
            "POST",
            "https://dynamodb.eu-west-1.amazonaws.com/",
            &[&authorization("dynamodb"), &target],
            b"{}",
        );
        assert_eq!(name(&call), "dynamodb:?", "{text:?}");
    }
}

/// Where it went counts as for an operation that is known.
#[test]
fn an_operation_that_the_catalogue_lacks_has_a_home() {
    let home = |host: &str| {
        let headers = [&*authorization("dynamodb"), "x-amz-target: DynamoDB_20120810.Frobnicate"];
        begin_with("POST", &format!("https://{host}/"), &headers).unwrap().home()
    };
    assert_eq!(home("dynamodb.eu-west-1.amazonaws.com"), Some(Home::Api));
    assert_eq!(home("sqs.eu-west-1.amazonaws.com"), Some(Home::Another));
    assert_eq!(home("example.com"), Some(Home::Elsewhere));
}

/// A service that speaks another protocol than the catalogue knows: its operations are the same.
#[test]
fn a_protocol_that_is_new_to_a_service() {
    let headers = [&*authorization("iam"), "smithy-protocol: rpc-v2-json"];
    let url = "https://iam.amazonaws.com/service/AWSIdentityManagementV20100508/operation/GetRole";
    let call = call("POST", url, &headers, br#"{"RoleName":"deploy"}"#);
    assert_eq!(name(&call), "iam:GetRole");
    assert_eq!(call.parameters["RoleName"], "deploy");
}

/// Paths that were others: with the operation's input as it was then.
#[test]
fn paths_of_the_past() {
    for (service, method, path, operation, parameters) in [
        (
            "managedblockchain",
            "GET",
            "managedblockchain.eu-west-1.amazonaws.com/networks/n-1/members/m-1/nodes/nd-1",
            "managedblockchain:GetNode",
            json!({"NetworkId": "n-1", "MemberId": "m-1", "NodeId": "nd-1"}),
        ),
        (
            "resource-groups",
            "DELETE",
            "resource-groups.eu-west-1.amazonaws.com/groups/films",
            "resource-groups:DeleteGroup",
            json!({"GroupName": "films"}),
        ),
        // Versions of the API in the path, of before the oldest release that is pinned and of some day.
        (
            "cloudfront",
            "GET",
            "cloudfront.amazonaws.com/2016-01-28/distribution/E1",
            "cloudfront:GetDistribution",
            json!({"Id": "E1"}),
        ),
        (
            "cloudfront",
            "GET",
            "cloudfront.amazonaws.com/2029-12-31/distribution/E1",
            "cloudfront:GetDistribution",
            json!({"Id": "E1"}),
        ),
    ] {
        let call = call(method, &format!("https://{path}"), &[&authorization(service)], b"");
        assert_eq!(name(&call), operation, "{path}");
        for (name, value) in parameters.as_object().unwrap() {
            assert_eq!(call.parameters.get(name), Some(value), "{path}");
        }
    }
}

fn call_of_unknown_service() -> Call {
    call("POST", "https://brandnew.eu-west-1.amazonaws.com/", &[&authorization("brandnew")], b"{}")
}

#[test]
fn a_huge_member_before_the_wanted_ones_costs_no_memory() {
    let mut recognizer = begin_with(
        "POST",
        "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions",
        &[&authorization("lambda"), "content-type: application/json"],
    )
    .unwrap();
    recognizer.body(br#"{"Code":{"ZipFile":""#);
    for _ in 0..50 {
        recognizer.body(&vec![b'A'; 1 << 20]);
    }
    recognizer.body(br#"\"","x":[{"FunctionName":"no"}]},"Environment":{"Variables":{"SECRET":"s"}},"FunctionName":"f","Tags":{"team":"secret"},"Role":"arn:aws:iam::111122223333:role/r","Layers":["l1","l2"]}"#);
    let call = recognizer.finish(Timestamp(1));
    assert_eq!(
        Value::Object(call.parameters),
        json!({"FunctionName": "f", "Tags": {"team": true}, "Role": "arn:aws:iam::111122223333:role/r", "Layers": ["l1", "l2"]}),
    );
}

#[test]
fn dynamodb_keeps_tables_and_no_items() {
    let headers = [&*authorization("dynamodb"), "x-amz-target: DynamoDB_20120810.BatchWriteItem"];
    let body =
        br#"{"RequestItems":{"one":[{"PutRequest":{"Item":{"k":{"S":"secret"}}}}],"two":[]}}"#;
    let batch = call("POST", "https://dynamodb.eu-west-1.amazonaws.com/", &headers, body);
    assert_eq!(name(&batch), "dynamodb:BatchWriteItem");
    assert_eq!(
        Value::Object(batch.parameters),
        json!({"RequestItems": {"one": true, "two": true}})
    );

    let headers = [&*authorization("dynamodb"), "x-amz-target: DynamoDB_20120810.ExecuteStatement"];
    let body =
        br#"{"Statement":"DELETE FROM \"t\" WHERE pk='secret'","Parameters":[{"S":"secret"}]}"#;
    let statement = call("POST", "https://dynamodb.eu-west-1.amazonaws.com/", &headers, body);
    assert_eq!(
        Value::Object(statement.parameters),
        json!({"Statement": "DELETE FROM \"t\" WHERE pk='?'"})
    );
}

#[test]
fn query_forms_in_any_order() {
    let headers =
        [&*authorization("ec2"), "content-type: application/x-www-form-urlencoded; charset=utf-8"];
    let body = b"TagSpecification.1.Tag.2.Key=b&ImageId=ami-1&TagSpecification.1.Tag.1.Key=a%20b&TagSpecification.1.Tag.1.Value=secret\
        &TagSpecification.1.ResourceType=instance&UserData=secret&SecurityGroupId.1=sg-1&Version=2016-11-15&Action=RunInstances";
    let run = call("POST", "https://ec2.eu-west-1.amazonaws.com/", &headers, body);
    assert_eq!(name(&run), "ec2:RunInstances");
    assert_eq!(
        Value::Object(run.parameters),
        json!({
            "TagSpecifications": [{"Tags": [{"Key": "a b"}, {"Key": "b"}], "ResourceType": "instance"}],
            "ImageId": "ami-1", "SecurityGroupIds": ["sg-1"],
        }),
    );
    let in_query = call(
        "GET",
        "https://sns.eu-west-1.amazonaws.com/?Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A1%3At&Message=secret",
        &[&authorization("sns")],
        b"",
    );
    assert_eq!(name(&in_query), "sns:Publish");
    assert_eq!(
        Value::Object(in_query.parameters),
        json!({"TopicArn": "arn:aws:sns:eu-west-1:1:t"})
    );
}

#[test]
fn the_version_tells_services_apart_that_share_a_name() {
    for (version, service) in [("2012-06-01", "elb"), ("2015-12-01", "elbv2")] {
        let body = format!("Action=DescribeLoadBalancers&Version={version}");
        let headers = [
            &*authorization("elasticloadbalancing"),
            "content-type: application/x-www-form-urlencoded",
        ];
        let call = call(
            "POST",
            "https://elasticloadbalancing.eu-west-1.amazonaws.com/",
            &headers,
            body.as_bytes(),
        );
        assert_eq!(call.service, service);
    }
}

#[test]
fn user_agents_tell_services_apart_that_are_alike() {
    let body = b"Action=DescribeDBClusters&Version=2014-10-31";
    for (agent, service) in [
        ("aws-sdk-rust/1 api/docdb/1.0", "rds"),
        ("aws-sdk-rust/1 api/docdb#1.0", "docdb"),
        ("Boto3/1", "rds"),
    ] {
        let agent = format!("user-agent: {agent}");
        let headers =
            [&*authorization("rds"), &*agent, "content-type: application/x-www-form-urlencoded"];
        assert_eq!(
            call("POST", "https://rds.eu-west-1.amazonaws.com/", &headers, body).service,
            service,
            "{agent}"
        );
    }
}

#[test]
fn s3_in_its_hosts() {
    for (method, url, operation, parameters) in [
        (
            "GET",
            "https://b.s3.eu-west-1.amazonaws.com/a/b%20c?x-id=GetObject",
            "GetObject",
            json!({"Bucket": "b", "Key": "a/b c"}),
        ),
        (
            "GET",
            "https://s3.eu-west-1.amazonaws.com/b/a/b%20c",
            "GetObject",
            json!({"Bucket": "b", "Key": "a/b c"}),
        ),
        (
            "GET",
            "https://b.s3.eu-west-1.amazonaws.com/k?uploadId=u",
            "ListParts",
            json!({"Bucket": "b", "Key": "k", "UploadId": "u"}),
        ),
        (
            "GET",
            "https://b.s3.eu-west-1.amazonaws.com/?list-type=2&prefix=p%2F",
            "ListObjectsV2",
            json!({"Bucket": "b", "Prefix": "p/"}),
        ),
        ("GET", "https://b.s3.eu-west-1.amazonaws.com/", "ListObjects", json!({"Bucket": "b"})),
        ("GET", "https://s3.eu-west-1.amazonaws.com/b/", "ListObjects", json!({"Bucket": "b"})),
        ("GET", "https://s3.eu-west-1.amazonaws.com/", "ListBuckets", json!({})),
        (
            "GET",
            "https://s3.eu-west-1.amazonaws.com/b//k//",
            "GetObject",
            json!({"Bucket": "b", "Key": "/k//"}),
        ),
        ("DELETE", "http://b.localhost:4566/k", "DeleteObject", json!({"Bucket": "b", "Key": "k"})),
        ("DELETE", "http://localhost:4566/b/k", "DeleteObject", json!({"Bucket": "b", "Key": "k"})),
        (
            "GET",
            "https://ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/k",
            "GetObject",
            json!({"Bucket": "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap", "Key": "k"}),
        ),
    ] {
        let call = call(method, url, &[&authorization("s3")], b"");
        assert_eq!(name(&call), format!("s3:{operation}"), "{url}");
        assert_eq!(Value::Object(call.parameters), parameters, "{url}");
    }
}

#[test]
fn s3_headers_and_bodies() {
    let headers = [
        &*authorization("s3"),
        "x-amz-copy-source: /src/a%20b?versionId=3",
        "x-amz-tagging: a=secret&b=",
        "x-amz-acl: private",
    ];
    let copy = call("PUT", "https://b.s3.eu-west-1.amazonaws.com/k", &headers, b"");
    assert_eq!(name(&copy), "s3:CopyObject");
    assert_eq!(
        Value::Object(copy.parameters),
        json!({"Key": "k", "Bucket": "b", "ACL": "private", "CopySource": "/src/a b?versionId=3", "Tagging": "a&b"}),
    );

    let mut body =
        b"<?xml version='1.0'?><!-- <x> --><Delete xmlns=\"http://x/>\"><Quiet>true</Quiet>"
            .to_vec();
    for number in 0..1_200 {
        body.extend(format!("<Object><Key>a&amp;{number}</Key><VersionId/></Object>").bytes());
    }
    body.extend(b"</Delete>");
    let delete = call(
        "POST",
        "https://b.s3.eu-west-1.amazonaws.com/?delete",
        &[&authorization("s3")],
        &body,
    );
    assert_eq!(name(&delete), "s3:DeleteObjects");
    let objects = delete.parameters["Delete"]["Objects"].as_array().unwrap();
    assert_eq!(objects.len(), 1_000);
    assert_eq!(objects[7]["Key"], "a&7");
}

#[test]
fn cbor_bodies() {
    let headers = [
        &*authorization("monitoring"),
        "smithy-protocol: rpc-v2-cbor",
        "content-type: application/cbor",
    ];
    // {"MetricData": (_ [{"x": 1}]), "AlarmNames": ["a", (_ "b", "c")], "z": null}
    let body = b"\xbf\x6aMetricData\x9f\xa1\x61x\x01\xff\x6aAlarmNames\x82\x61a\x7f\x61b\x61c\xff\x61z\xf6\xff";
    let call = call(
        "POST",
        "https://monitoring.eu-west-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/DeleteAlarms",
        &headers,
        body,
    );
    assert_eq!(name(&call), "cloudwatch:DeleteAlarms");
    assert_eq!(Value::Object(call.parameters), json!({"AlarmNames": ["a", "bc"]}));
}

#[test]
fn a_queue_is_named_by_its_url() {
    let headers = [&*authorization("sqs"), "content-type: application/x-www-form-urlencoded"];
    let body = b"Action=SendMessage&Version=2012-11-05&MessageBody=secret";
    let send = call("POST", "https://sqs.eu-west-1.amazonaws.com/111122223333/q", &headers, body);
    assert_eq!(
        Value::Object(send.parameters),
        json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}),
    );
}

#[test]
fn how_it_ended() {
    let mut recognizer =
        begin_with("GET", "https://b.s3.eu-west-1.amazonaws.com/k", &[&authorization("s3")])
            .unwrap();
    recognizer.response(100, &[]);
    recognizer.response(403, &[("x-amz-request-id", b"R"), ("content-type", b"application/xml")]);
    recognizer.response_body(b"<Error><Code>AccessDenied</Code><Mess");
    recognizer.response_body(b"age>User: x is not authorized</Message></Error>");
    let outcome = recognizer.finish(Timestamp(1)).outcome;
    assert_eq!(
        outcome,
        Outcome {
            status: Some(403),
            error: Some("AccessDenied".into()),
            message: Some("User: x is not authorized".into()),
            request_id: Some("R".into()),
        },
    );
}

#[test]
fn an_object_that_looks_like_an_error_is_none() {
    let url = "https://b.s3.eu-west-1.amazonaws.com/k";
    for (headers, error) in [
        (vec![authorization("s3")], None),
        (vec![authorization("s3"), "x-amz-copy-source: b/k".into()], Some("SlowDown")),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let mut recognizer = begin_with("PUT", url, &headers).unwrap();
        recognizer.response(200, &[]);
        recognizer.response_body(b"<Error><Code>SlowDown</Code></Error>");
        assert_eq!(recognizer.finish(Timestamp(1)).outcome.error.as_deref(), error);
    }
}

/// Requests of every protocol, for bodies that somebody made up.
const HEADS: [(&str, &str, &str, &str); 6] = [
    (
        "POST",
        "https://dynamodb.eu-west-1.amazonaws.com/",
        "x-amz-target: DynamoDB_20120810.TransactWriteItems",
        "dynamodb",
    ),
    (
        "POST",
        "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions",
        "content-type: application/json",
        "lambda",
    ),
    (
        "POST",
        "https://ec2.eu-west-1.amazonaws.com/",
        "content-type: application/x-www-form-urlencoded",
        "ec2",
    ),
    (
        "POST",
        "https://iam.amazonaws.com/",
        "content-type: application/x-www-form-urlencoded",
        "iam",
    ),
    ("POST", "https://b.s3.eu-west-1.amazonaws.com/?delete", "content-type: application/xml", "s3"),
    (
        "POST",
        "https://monitoring.eu-west-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
        "smithy-protocol: rpc-v2-cbor",
        "monitoring",
    ),
];

proptest! {
    #[test]
    fn no_body_does_harm_and_pieces_do_not_matter(
        body in proptest::collection::vec(any::<u8>(), 0..400), which in 0..HEADS.len(), piece in 1..50usize,
    ) {
        let (method, url, header, service) = HEADS[which];
        let headers = [header, &*authorization(service)];
        let whole = call(method, url, &headers, &body);
        let mut recognizer = begin_with(method, url, &headers).unwrap();
        body.chunks(piece).for_each(|chunk| recognizer.body(chunk));
        prop_assert_eq!(whole, recognizer.finish(Timestamp(1)));
    }

    #[test]
    fn pieces_of_well_formed_bodies_do_not_matter(
        body in "(\\{\"TransactItems\":\\[\\{\"(Put|Delete)\":\\{\"TableName\":\"[a\\\\\"u0\u{e9}]{0,9}\"(,\"x\":[\\[\\]{}0-9,\"]{0,9})?\\}\\}(,|\\])){1,3}|(<(Delete|Object|Key|!\\[CDATA\\[|!--)[ />\"]{1,3}[a&;#x0-9\\]-]{0,5}(</Key>|-->|\\]\\]>|</Object>)?){0,9}",
        which in 0..HEADS.len(), piece in 1..9usize,
    ) {
        let (method, url, header, service) = HEADS[which];
        let headers = [header, &*authorization(service)];
        let whole = call(method, url, &headers, body.as_bytes());
        let mut recognizer = begin_with(method, url, &headers).unwrap();
        body.as_bytes().chunks(piece).for_each(|chunk| recognizer.body(chunk));
        prop_assert_eq!(whole, recognizer.finish(Timestamp(1)));
    }

    #[test]
    fn no_head_does_harm(
        method in "[A-Z]{0,6}", host in "\\PC{0,40}", target in "\\PC{0,80}",
        target_header in "\\PC{0,40}", credential in "\\PC{0,60}",
    ) {
        let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}/aws4_request");
        let headers: [(&str, &[u8]); 2] =
            [("x-amz-target", target_header.as_bytes()), ("authorization", authorization.as_bytes())];
        let head = RequestHead { method: &method, secure: true, host: &host, target: &target, headers: &headers };
        if let Some(recognizer) = begin(Catalog::embedded(), &head) {
            recognizer.finish(Timestamp(1));
        }
    }
}

#[test]
fn what_a_call_keeps_is_bounded() {
    let headers = [&*authorization("dynamodb"), "x-amz-target: DynamoDB_20120810.BatchWriteItem"];
    let mut body = br#"{"RequestItems":{"#.to_vec();
    for number in 0..5_000 {
        body.extend(format!("\"{number}{}\":[],", "x".repeat(200)).bytes());
    }
    let call = call("POST", "https://dynamodb.eu-west-1.amazonaws.com/", &headers, &body);
    let kept = serde_json::to_string(&call.parameters).unwrap().len();
    assert!(kept > 30_000 && kept < 2 * ROOM, "{kept}");
    assert_eq!(name(&call), "dynamodb:BatchWriteItem");

    let deep = [b"[".repeat(100_000), b"{\"a\":".repeat(100_000)].concat();
    for (method, url, header, service) in HEADS {
        let headers = [header, &*authorization(service)];
        let mut recognizer = begin_with(method, url, &headers).unwrap();
        recognizer.body(&deep);
        recognizer.body(&b"\x9f".repeat(100_000));
        recognizer.body(&b"<a>".repeat(100_000));
        recognizer.finish(Timestamp(1));
    }
}

/// An answer of EC2's: what was made, its VPC and the tags of the request; a tag's value is in nothing that is recorded of the
/// request itself.
#[test]
fn what_an_answer_tells_that_was_made() {
    let headers = [&*authorization("ec2"), "content-type: application/x-www-form-urlencoded"];
    let url = "https://ec2.eu-west-1.amazonaws.com/";
    let mut recognizer = begin_with("POST", url, &headers).unwrap();
    recognizer.body(
        b"Action=CreateSubnet&Version=2016-11-15&VpcId=vpc-0123456789abcdef0&CidrBlock=10.0.1.0%2F24\
          &TagSpecification.1.ResourceType=subnet&TagSpecification.1.Tag.1.Key=env&TagSpecification.1.Tag.1.Value=ci",
    );
    recognizer.end_of_body();
    recognizer.response(200, &[("content-type", b"text/xml")]);
    recognizer.response_body(
        b"<?xml version=\"1.0\"?><CreateSubnetResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>\
          <subnet><subnetId>subnet-0a1b2c3d4e5f60718</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><dhcpOptionsId>dopt-1</dhcpOptionsId>\
          <tagSet><item><key>env</key><value>ci</value></item></tagSet></subnet></CreateSubnetResponse>",
    );
    let call = recognizer.finish(Timestamp(1));
    let evidence = &call.evidence;
    assert_eq!(evidence.made.len(), 1, "{:?}", evidence.made);
    let made = &evidence.made[0];
    assert_eq!((&*made.resource_type, &*made.id), ("ec2:subnet", "subnet-0a1b2c3d4e5f60718"));
    assert_eq!(made.parent.as_deref(), Some("vpc-0123456789abcdef0"));
    assert!(made.by_this_call);
    let tag = &evidence.request_tags[0];
    assert_eq!((tag.on.as_deref(), &*tag.key, &*tag.value), (Some("subnet"), "env", "ci"));
    let recorded = Value::Object(call.parameters.clone()).to_string();
    assert!(recorded.contains("\"env\"") && !recorded.contains("\"ci\""), "{recorded}");
}

#[test]
fn what_failed_made_nothing() {
    let headers = [&*authorization("ec2"), "content-type: application/x-www-form-urlencoded"];
    let mut recognizer =
        begin_with("POST", "https://ec2.eu-west-1.amazonaws.com/", &headers).unwrap();
    recognizer.body(b"Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16");
    recognizer.end_of_body();
    recognizer.response(400, &[("content-type", b"text/xml")]);
    recognizer
        .response_body(b"<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>");
    assert!(recognizer.finish(Timestamp(1)).evidence.made.is_empty());
}

/// Tags as maps and as lists; of what makes nothing, nothing of a tag but its key is kept anywhere.
#[test]
fn tags_of_every_shape() {
    let json = "content-type: application/x-amz-json-1.1";
    let headers = [&*authorization("kms"), json, "x-amz-target: TrentService.CreateKey"];
    let body = br#"{"Tags":[{"TagKey":"env","TagValue":"ci"},{"TagKey":"team","TagValue":""}]}"#;
    let create = call("POST", "https://kms.eu-west-1.amazonaws.com/", &headers, body);
    let tags: Vec<(&str, &str)> =
        create.evidence.request_tags.iter().map(|it| (&*it.key, &*it.value)).collect();
    assert_eq!(tags, [("env", "ci"), ("team", "")]);
    let headers = [&*authorization("apigateway"), "content-type: application/json"];
    let url = "https://apigateway.eu-west-1.amazonaws.com/restapis";
    let create = call("POST", url, &headers, br#"{"name":"a","tags":{"env":"ci"}}"#);
    let tags: Vec<(&str, &str)> =
        create.evidence.request_tags.iter().map(|it| (&*it.key, &*it.value)).collect();
    assert_eq!(tags, [("env", "ci")]);
    assert_eq!(create.parameters["tags"], json!({ "env": true }));
}

#[test]
fn coded_bodies_are_read_as_all_others() {
    use std::io::Write as _;
    let zipped = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let chunked = |body: &[u8]| {
        let head = format!("{:x};chunk-signature=0a\r\n", body.len());
        let end = b"\r\n0;chunk-signature=0b\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        [head.as_bytes(), body, end].concat()
    };
    let found = |service: &str, headers: &[&str], body: &[u8], member: &str| {
        let signature = authorization(service);
        let headers = [&[&*signature], headers].concat();
        let call =
            call("POST", &format!("https://{service}.eu-west-1.amazonaws.com/"), &headers, body);
        let value = call.parameters.get(member).and_then(Value::as_str).unwrap_or("-").to_owned();
        format!("{} {value}", name(&call))
    };
    let query = "Action=CreateQueue&Version=2012-11-05&QueueName=orders";
    let form = "content-type: application/x-www-form-urlencoded";
    let gzip = "content-encoding: gzip";
    assert_eq!(found("sqs", &[form, gzip], &zipped(query), "QueueName"), "sqs:CreateQueue orders");
    let target = "x-amz-target: DynamoDB_20120810.DescribeTable";
    let table = r#"{"TableName":"orders"}"#;
    let expected = "dynamodb:DescribeTable orders";
    assert_eq!(found("dynamodb", &[target, gzip], &zipped(table), "TableName"), expected);
    let both = "content-encoding: aws-chunked, gzip";
    let body = chunked(&zipped(table));
    assert_eq!(found("dynamodb", &[target, both], &body, "TableName"), expected);
    let streamed = "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let body = chunked(table.as_bytes());
    assert_eq!(found("dynamodb", &[target, streamed], &body, "TableName"), expected);

    // As Java's SDK speaks to Kinesis: a map of a text and of bytes.
    let cbor = b"\xa2\x6aStreamName\x66clicks\x64Data\x43abc";
    let headers =
        ["x-amz-target: Kinesis_20131202.PutRecord", "content-type: application/x-amz-cbor-1.1"];
    assert_eq!(found("kinesis", &headers, cbor, "StreamName"), "kinesis:PutRecord clicks");
    let signature = authorization("kinesis");
    let headers = [&[&*signature], &headers[..]].concat();
    let recognizer = begin_with("POST", "https://kinesis.eu-west-1.amazonaws.com/", &headers);
    assert_eq!(recognizer.unwrap().wire().dialect, Dialect::TargetCbor);
}

#[test]
fn a_password_says_a_user_and_never_itself() {
    let user = |text: &str| {
        use base64::Engine as _;
        let password = base64::engine::general_purpose::STANDARD.encode(text);
        let url = "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/r/git-upload-pack";
        let call = call("POST", url, &[&format!("authorization: Basic {password}")], b"");
        assert!(!format!("{call:?}").contains("secret"), "{call:?}");
        (call.principal, call.account)
    };
    let account = Some("111122223333".to_owned());
    assert_eq!(user("ann-at-111122223333:secret"), (None, account.clone()));
    let key = Some(LONG_LIVED.to_owned());
    assert_eq!(
        user(&format!("{LONG_LIVED}:20260102T000000Zsecret")),
        (key.clone(), account.clone())
    );
    assert_eq!(user(&format!("{LONG_LIVED}%secrettoken:secret")), (key, account));
    for other in ["secret", "secret:secret", "AKIA secret:secret", "x-at-1111:secret", ""] {
        assert_eq!(user(other), (None, None), "{other}");
    }
}
