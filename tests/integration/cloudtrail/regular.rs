//! The requests of `tests/authorize`, each as the event that a service writes of it by rule: what is needed by the event is
//! what is needed by the request, but for what events do not tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use leastwise::call::Call;
use leastwise::catalog::Catalog;
use leastwise::recognize::cloudtrail::{Record, Seen};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{authorizer, needed_by, spelled};
use crate::requests::{self, Request};

#[derive(Deserialize)]
struct About {
    service: String,
    name: String,
    operation: String,
    parameters: Map<String, Value>,
}

/// The event that a service writes of a request.
fn event(of: &Request<About>, call: &Call) -> String {
    let service = Catalog::embedded().service(&of.service).expect("a service");
    let operation = service.operation(&of.operation).expect("an operation");
    let word = match service.name() {
        "s3control" => "s3",
        _ => service.signing_name(),
    };
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": format!("arn:{}:iam::111122223333:user/ann", call.partition),
            "accountId": "111122223333",
            "accessKeyId": "AKIARTX3GSDSQXXNL3WV",
            "userName": "ann",
        },
        "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": format!("{word}.amazonaws.com"),
        "eventName": operation.name(),
        "apiVersion": service.api_version(),
        "awsRegion": call.region.as_deref().unwrap_or("us-east-1"),
        "requestParameters": spelled::parameters(operation, &of.parameters),
        "responseElements": answer(of),
        "eventID": "00000000-0000-4000-8000-000000000000",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        "tlsDetails": { "tlsVersion": "TLSv1.3" },
    })
    .to_string()
}

/// What S3's events of writes have of the answer.
fn answer(of: &Request<About>) -> Value {
    let writes = ["PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart"];
    if of.service != "s3" || !writes.contains(&&*of.operation) {
        return Value::Null;
    }
    let encryption = of.parameters.get("ServerSideEncryption").and_then(Value::as_str);
    json!({ "x-amz-server-side-encryption": encryption.unwrap_or("AES256") })
}

/// `service operation (case): why`, of those whose events tell less than their requests.
fn excused() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail/less-told.txt");
    let text = fs::read_to_string(path).expect("the list");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (of, why) = line.split_once("): ").expect("SERVICE OPERATION (CASE): WHY");
            let of = format!("{of})");
            (of, why.to_owned())
        })
        .collect()
}

#[test]
fn an_event_needs_what_its_request_needs() {
    let excused = excused();
    let mut authorizer = authorizer();
    let (mut count, mut services) = (0, BTreeSet::new());
    let (mut problems, mut less) = (Vec::new(), BTreeSet::new());
    for request in requests::authorized::<About>() {
        let Some(call) = request.call() else { continue };
        let service = Catalog::embedded().service(&request.service).expect("a service");
        if !call.recognized || service.operation(&request.operation).is_none() {
            continue;
        }
        count += 1;
        services.insert(request.service.clone());
        let text = event(&request, &call);
        let located = format!("{} {} ({})", request.service, request.operation, request.name);
        let (by_request, by_event) =
            match Record::parse(text.as_bytes()).map(|it| it.seen(Catalog::embedded())) {
                Ok(Seen::Call(seen)) => {
                    (needed_by(&mut authorizer, &call), needed_by(&mut authorizer, &seen.call))
                }
                other => {
                    problems.push(format!("{located}: {other:?}"));
                    continue;
                }
            };
        if by_request == by_event {
            continue;
        }
        if excused.contains_key(&located) {
            less.insert(located);
            continue;
        }
        let mut lines = vec![located];
        lines.extend(by_request.difference(&by_event).map(|it| format!("    missing   {it}")));
        lines.extend(by_event.difference(&by_request).map(|it| format!("    in excess {it}")));
        lines.push(format!("    {text}"));
        problems.push(lines.join("\n"));
    }
    let unneeded: Vec<_> = excused.keys().filter(|it| !less.contains(*it)).collect();
    println!("{count} requests of {} services, {} excused", services.len(), less.len());
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert!(unneeded.is_empty(), "no longer so: {unneeded:?}");
    assert!(count >= 1_500 && services.len() >= 200, "{count} of {}", services.len());
}
