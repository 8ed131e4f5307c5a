//! Names that cannot be: an ARN of another kind, one of any region or account, what is too long to be a name. What a
//! request says wrongly opens nothing, and the summary says that it did not.

use serde_json::json;

use crate::hostile::proxied::{Proxy, nothing, stand_in};

/// What is granted by these requests, and what is said at the end.
fn granted(send: impl FnOnce(&Proxy)) -> (Vec<String>, String) {
    let proxy = Proxy::start(&stand_in(nothing), &[]);
    send(&proxy);
    proxy.end()
}

#[test]
fn a_name_that_cannot_be_one_opens_nothing() {
    let long = "x".repeat(5_000);
    let ids = [
        json!("arn:aws:s3:::b"),
        json!("arn:aws:secretsmanager:*:111122223333:secret:db-a1b2c3"),
        json!("arn:aws:secretsmanager:eu-west-1:*:secret:db-a1b2c3"),
        json!("arn:*:secretsmanager:eu-west-1:111122223333:secret:db-a1b2c3"),
        json!("arn:aws:secretsmanager:eu-west-1:111122223333:cluster:db"),
        json!(format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:{long}")),
        json!(long),
        json!("db\u{7}"),
        json!(""),
        json!({"a": 1}),
        json!(["db"]),
    ];
    for id in ids {
        let (grants, said) = granted(|proxy| {
            let body = json!({"SecretId": id}).to_string();
            proxy.json("secretsmanager", "secretsmanager.GetSecretValue", &body);
        });
        assert!(grants.is_empty(), "{id}: {grants:?}");
        assert!(said.contains("secretsmanager.GetSecretValue  SecretId"), "{id}: {said}");
    }
}

#[test]
fn names_that_can_be_are_taken_as_they_are() {
    let (grants, said) = granted(|proxy| {
        for id in [
            "db",
            "arn:aws:secretsmanager:eu-west-1:444455556666:secret:other-a1b2c3",
            "a/../*",
            "${aws:username}",
            "?",
        ] {
            let body = json!({"SecretId": id}).to_string();
            proxy.json("secretsmanager", "secretsmanager.GetSecretValue", &body);
        }
    });
    let secret = |account: &str, name: &str| {
        format!(
            "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:{account}:secret:{name}"
        )
    };
    assert_eq!(
        grants,
        [
            secret("*", "db-??????"),
            secret("444455556666", "other-a1b2c3"),
            secret("*", "a/../${*}-??????"),
            secret("*", "${$}{aws:username}-??????"),
            secret("*", "${?}-??????"),
        ],
        "{said}"
    );
    assert!(!said.contains("SecretId"), "{said}");
}

/// Each protocol has its own way to take names, and each its own ways to hide one.
#[test]
fn no_protocol_takes_what_is_too_long_for_what_was_not_said() {
    let long = "x".repeat(5_000);
    let (grants, said) = granted(|proxy| {
        // A key of a map; a list; a form; a path; a header.
        let items = json!({"RequestItems": {&long: {"Keys": [{"id": {"S": "1"}}]}}}).to_string();
        proxy.json("dynamodb", "DynamoDB_20120810.BatchGetItem", &items);
        proxy.form("iam", &format!("Action=GetRole&Version=2010-05-08&RoleName={long}"));
        proxy.form("ec2", &format!("Action=StopInstances&Version=2016-11-15&InstanceId.1={long}"));
        proxy.send(&format!("DELETE /2015-03-31/functions/{long}"), "lambda", "", "");
        let source = format!("x-amz-copy-source: b/{long}\r\n");
        proxy.send("PUT /bucket/key", "s3", &source, "");
        proxy.send("PUT /bucket/key", "s3", "x-amz-copy-source: nothing\r\n", "");
        proxy.send(
            "PUT /bucket/key",
            "s3",
            "x-amz-copy-source: arn:aws:sqs:*:*:*/object/k\r\n",
            "",
        );
    });
    let wide: Vec<_> = grants.iter().filter(|it| !it.contains("s3:::bucket/key")).collect();
    assert!(wide.is_empty(), "{wide:?}");
    for call in
        ["dynamodb.BatchGetItem", "iam.GetRole", "ec2.StopInstances", "lambda.DeleteFunction"]
    {
        assert!(said.contains(call), "{call}: {said}");
    }
    assert!(said.contains("s3.CopyObject  CopySource (s3:GetObject)"), "{said}");
}

/// Where the room for a request's names is taken by others, the one that matters is not taken for absent.
#[test]
fn what_there_was_no_room_for_is_not_taken_for_what_was_not_said() {
    let stuffing: Vec<String> =
        (0..100).map(|number| format!("{number}{}", "s".repeat(1_000))).collect();
    let (grants, said) = granted(|proxy| {
        let body = json!({"VersionStagesToAdd": stuffing, "Tags": [], "AddReplicaRegions": [],
            "KmsKeyId": "x".repeat(2_000), "SecretId": "arn:aws:s3:::b"});
        proxy.json("secretsmanager", "secretsmanager.DeleteSecret", &body.to_string());
        // A form whose action comes last.
        let mut form: String =
            (1..100).map(|number| format!("A.{number}={}&", "s".repeat(1_000))).collect();
        form.push_str("RoleName=admin&Action=GetRole&Version=2010-05-08");
        proxy.form("iam", &form);
    });
    assert!(grants.is_empty(), "{grants:?}\n{said}");
    assert!(said.contains("1 call not recognised"), "{said}");
}

#[test]
fn a_bucket_is_no_pattern() {
    let (grants, said) = granted(|proxy| {
        proxy.send("POST /*?delete", "s3", "", "<Delete><Object><Key>k</Key></Object></Delete>");
        proxy.send("PUT /to/key", "s3", "x-amz-copy-source: */*\r\n", "");
    });
    let buckets: Vec<_> = grants.iter().filter(|it| it.contains(":::*")).collect();
    assert!(buckets.is_empty(), "{buckets:?}\n{said}");
}

/// What looks like an ARN, and a statement of which no table can be read.
#[test]
fn a_key_is_a_key_whatever_it_looks_like() {
    let (grants, said) = granted(|proxy| {
        proxy.send("GET /bucket/arn:aws:s3:::other", "s3", "", "");
        let body = json!({"Statement": "nothing of the kind"}).to_string();
        proxy.json("dynamodb", "DynamoDB_20120810.ExecuteStatement", &body);
    });
    let key = "s3:GetObject on arn:aws:s3:::bucket/arn:aws:s3:::other";
    assert!(grants.contains(&key.to_owned()), "{grants:?}\n{said}");
    assert!(!grants.iter().any(|it| it.contains("/*") || it.contains(":*:table")), "{grants:?}");
}

#[test]
fn a_role_is_not_any_role() {
    let (grants, said) = granted(|proxy| {
        let body = json!({"FunctionName": "f", "Role": "arn:aws:s3:::b", "Code": {}}).to_string();
        proxy.send(
            "POST /2015-03-31/functions",
            "lambda",
            "Content-Type: application/json\r\n",
            &body,
        );
    });
    assert!(!grants.iter().any(|it| it.starts_with("iam:PassRole")), "{grants:?}");
    assert!(said.contains("Role (iam:PassRole)"), "{said}");
}
