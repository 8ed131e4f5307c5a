//! What tells records apart, what is none, and what a hostile one may do.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalog;

fn event(change: impl Fn(&mut Value)) -> String {
    let mut event = json!({
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "eventType": "AwsApiCall",
        "eventTime": "2026-01-02T03:04:05Z",
        "eventID": "1",
        "requestID": "1",
        "userAgent": "a",
        "sourceIPAddress": "192.0.2.1",
        "awsRegion": "eu-west-1",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAIDPPEZS35WEXAMPLE:s1",
            "arn": "arn:aws:sts::123456789012:assumed-role/web/s1",
            "accountId": "123456789012",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {"sessionIssuer": {
                "principalId": "AROAIDPPEZS35WEXAMPLE",
                "arn": "arn:aws:iam::123456789012:role/web",
            }},
        },
        "requestParameters": {"imageId": "ami-1", "userData": "x", "clientToken": "1"},
        "responseElements": {"requestId": "1"},
    });
    change(&mut event);
    event.to_string()
}

fn digest(hasher: &Digests, text: &str) -> u128 {
    Record::parse(text.as_bytes()).unwrap().digest(hasher)
}

#[test]
fn records_of_one_call_have_one_digest() {
    let hasher = Digests::default();
    let first = digest(&hasher, &event(|_| ()));
    let same: [fn(&mut Value); 6] = [
        |it| it["eventTime"] = "2026-02-02T03:04:05Z".into(),
        |it| it["eventID"] = "2".into(),
        |it| it["requestID"] = "2".into(),
        |it| it["userAgent"] = "b".into(),
        |it| it["responseElements"]["requestId"] = "2".into(),
        |it| {
            it["userIdentity"]["principalId"] = "AROAIDPPEZS35WEXAMPLE:s2".into();
            it["userIdentity"]["arn"] = "arn:aws:sts::123456789012:assumed-role/web/s2".into();
            it["userIdentity"]["accessKeyId"] = "ASIAIOSFODNN8EXAMPLE".into();
        },
    ];
    for change in same {
        assert_eq!(digest(&hasher, &event(change)), first, "{}", event(change));
    }
    let other: [fn(&mut Value); 8] = [
        |it| it["eventName"] = "StartInstances".into(),
        |it| it["eventSource"] = "rds.amazonaws.com".into(),
        |it| it["awsRegion"] = "eu-west-2".into(),
        |it| it["errorCode"] = "Client.UnauthorizedOperation".into(),
        |it| it["requestParameters"]["imageId"] = "ami-2".into(),
        |it| it["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com".into(),
        |it| it["resources"] = json!([{"ARN": "arn:aws:iam::123456789012:role/x"}]),
        |it| {
            let issuer = &mut it["userIdentity"]["sessionContext"]["sessionIssuer"];
            issuer["arn"] = "arn:aws:iam::123456789012:role/db".into();
        },
    ];
    for change in other {
        assert_ne!(digest(&hasher, &event(change)), first, "{}", event(change));
    }
}

/// Equal digests are equal calls, but for what is not of the call.
#[test]
fn a_digest_has_all_that_a_call_depends_on() {
    let hasher = Digests::default();
    let mut seen: HashMap<u128, Seen> = HashMap::new();
    let values =
        [json!("a"), json!("b"), json!(1), json!(null), json!({"items": []}), json!(["a"])];
    let names =
        ["imageId", "subnetId", "userData", "maxCount", "instancesSet", "tagSpecificationSet"];
    let mut tried = 0;
    for name in names {
        for value in &values {
            for key in ["ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN8EXAMPLE"] {
                let text = event(|it| {
                    it["requestParameters"][name] = value.clone();
                    it["userIdentity"]["accessKeyId"] = key.into();
                });
                tried += 1;
                let record = Record::parse(text.as_bytes()).unwrap();
                let now = record.seen(Catalog::embedded());
                let known = seen.entry(record.digest(&hasher)).or_insert_with(|| now.clone());
                assert_eq!(*known, now, "{text}");
            }
        }
    }
    assert!(seen.len() < tried / 2, "{} of {tried}", seen.len());
}

/// What is remembered of records before changes nothing.
#[test]
fn records_after_others_are_what_they_are_alone() {
    let mut seer = Seer::new(Catalog::embedded());
    let sentences = ["You are not authorized to do this.", "Access denied: 1", "no such thing"];
    for round in 0..2 {
        for number in 0..700 {
            let text = event(|it| {
                let role = format!("arn:aws:sts::111122223333:assumed-role/r{}/s", number % 600);
                it["userIdentity"] = json!({"type": "AssumedRole", "arn": role});
                if number % 3 == 0 {
                    it["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com".into();
                }
                if number % 4 == 0 {
                    it["userIdentity"]["type"] = "AWSService".into();
                }
                if number % 5 > 0 {
                    let code = ["AccessDenied", "Throttling"][number % 2];
                    it["errorCode"] = code.into();
                    it["errorMessage"] = sentences[number % 3].into();
                }
                it["awsRegion"] = ["eu-west-1", "cn-north-1", ""][number % 7 % 3].into();
            });
            let record = Record::parse(text.as_bytes()).unwrap();
            let alone = record.seen(Catalog::embedded());
            assert_eq!(seer.see(&record), alone, "round {round}: {text}");
        }
    }
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"a":1}"#,
        r#"{"eventName":"x"}"#,
        r#"{"eventType":"AwsApiCall"}"#,
        r#"{"eventSource":1,"eventName":2}"#,
        r#"{"eventName":"a","eventName":"b","eventSource":"c"}"#,
    ] {
        assert!(Record::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Record::parse(b"{\"eventName\":\"\xff\"}").is_err());
    let long = format!("{{\"eventName\":\"{}\"}}", "x".repeat(5 << 20));
    assert!(matches!(Record::parse(long.as_bytes()), Err(NoRecord::TooLong)));
}

#[test]
fn names_and_texts_may_be_escaped() {
    let text = event(|_| ()).replace("RunInstances", "Run\\u0049nstances");
    let text = text.replace("\"imageId\"", "\"image\\u0049d\"").replace("ami-1", "ami\\u002d1");
    let record = Record::parse(text.as_bytes()).unwrap();
    assert_eq!(record.name(), "RunInstances");
    let Seen::Call(seen) = record.seen(Catalog::embedded()) else { panic!("a call") };
    assert_eq!(seen.call.parameters.get("ImageId"), Some(&json!("ami-1")));
}

/// What is nested may be of any type, and stand in a text.
#[test]
fn members_of_another_type_are_as_if_they_were_not_there() {
    for value in
        [json!(null), json!(1), json!("x"), json!([]), json!([{"a": 1}]), json!(true), json!({})]
    {
        for name in [
            "requestParameters",
            "responseElements",
            "resources",
            "additionalEventData",
            "tlsDetails",
            "errorMessage",
            "eventTime",
            "awsRegion",
        ] {
            let text = event(|it| it[name] = value.clone());
            let record = Record::parse(text.as_bytes()).unwrap();
            record.digest(&Digests::default());
            assert!(matches!(record.seen(Catalog::embedded()), Seen::Call(_)), "{text}");
        }
    }
    let text = event(|it| it["requestParameters"] = json!("{\"imageId\":\"ami-1\"}"));
    let seen = Record::parse(text.as_bytes()).unwrap().seen(Catalog::embedded());
    let Seen::Call(seen) = seen else { panic!("a call") };
    assert_eq!(seen.call.parameters.get("ImageId"), Some(&json!("ami-1")));
}

#[test]
fn a_name_in_a_record_is_never_a_pattern_and_never_too_long() {
    let long = "x".repeat(100_000);
    let many: Vec<Value> = (0..5_000).map(|it| json!({"groupId": format!("sg-{it}")})).collect();
    let text = event(|it| {
        it["requestParameters"] = json!({
            "imageId": long,
            "keyName": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "groupSet": {"items": many},
        });
    });
    let seen = Record::parse(text.as_bytes()).unwrap().seen(Catalog::embedded());
    let Seen::Call(seen) = seen else { panic!("a call") };
    let parameters = &seen.call.parameters;
    assert_eq!(parameters.get("ImageId"), Some(&Value::Null));
    assert_eq!(parameters.get("KeyName"), None);
    assert!(parameters["SecurityGroupIds"].as_array().unwrap().len() <= 1_000);
    let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let text = event(|_| ()).replace("\"ami-1\"", &deep);
    // It is deeper than what is read.
    let record = Record::parse(text.as_bytes()).unwrap();
    record.digest(&Digests::default());
    let Seen::Call(seen) = record.seen(Catalog::embedded()) else { panic!("a call") };
    assert!(seen.call.parameters.is_empty());
}

#[test]
fn what_parts_of_the_records_tell_of_sessions_is_put_together() {
    let mut sessions = Sessions::default();
    for number in 0..10 {
        let text = event(|it| {
            it["userIdentity"]["arn"] =
                format!("arn:aws:sts::123456789012:assumed-role/web/{number}").into();
        });
        sessions.learn(&Record::parse(text.as_bytes()).unwrap());
    }
    let mut merged = Sessions::default();
    merged.merge(sessions);
    let text = event(|it| {
        it["userIdentity"]["invokedBy"] = "athena.amazonaws.com".into();
        it["userIdentity"]["arn"] = "arn:aws:sts::123456789012:assumed-role/web/7".into();
    });
    let seen = Record::parse(text.as_bytes()).unwrap().seen(Catalog::embedded());
    let Seen::Call(seen) = seen else { panic!("a call") };
    assert_eq!(merged.via(&seen.forwarded.unwrap()), Via::Caller);
}

#[test]
fn every_reason_has_words_of_its_own() {
    let mut words: Vec<&str> = PassedOver::ALL.iter().map(|it| it.words()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), PassedOver::ALL.len());
}
