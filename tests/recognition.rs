//! Recognises the requests that botocore builds and signs for every operation (`tests/recognition/generate.py`
//! writes them) and prints how many came out right, wrong and unseen.
//!
//! Reads the small selection in `tests/recognition/corpus.jsonl.gz`; with `RECOGNITION_CORPUS=FILE` all of a
//! generated file. Each must come out right: service, operation, region, account, and every kept parameter.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, RequestHead};
use serde::Deserialize;
use serde_json::Value;

/// A request as the generator writes it.
#[derive(Deserialize)]
struct Request {
    service: String,
    operation: String,
    protocol: String,
    variant: String,
    region: Option<String>,
    account: Option<String>,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_b64: String,
    expected: Value,
}

/// Operations that are on the wire what another one is: service, operations, what they are recognised as,
/// and why nothing in the request can tell.
const TWINS: [(&str, &[&str], &str, &[&str], &str); 8] = [
    ("neptune", &[], "rds", &[], "Neptune's API is RDS's: the same host, signing name, version and names"),
    ("docdb", &[], "rds", &[], "DocumentDB's API is RDS's: the same host, signing name, version and names"),
    ("wisdom", &[], "qconnect", &[], "Q in Connect is Wisdom under a new name: the same host, signing name and paths"),
    ("sms-voice", &[], "pinpoint-sms-voice", &[], "botocore has this service under two names"),
    (
        "greengrassv2",
        &[
            "AssociateServiceRoleToAccount",
            "DisassociateServiceRoleFromAccount",
            "GetConnectivityInfo",
            "GetServiceRoleForAccount",
            "ListTagsForResource",
            "TagResource",
            "UntagResource",
            "UpdateConnectivityInfo",
        ],
        "greengrass",
        &[],
        "both versions share host, signing name and these paths",
    ),
    (
        "lambda-microvms",
        &["ListTags", "TagResource", "UntagResource"],
        "lambda",
        &[],
        "both share host, signing name and these paths",
    ),
    ("signer-data", &["GetRevocationStatus"], "signer", &[], "both have this operation at the same host and path"),
    (
        "s3",
        &["GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification"],
        "s3",
        &[
            "GetBucketLifecycleConfiguration",
            "GetBucketNotificationConfiguration",
            "PutBucketLifecycleConfiguration",
            "PutBucketNotificationConfiguration",
        ],
        "the operation of the longer name took its place: the same method, path and query",
    ),
];

fn requests() -> impl Iterator<Item = Request> {
    let path = std::env::var_os("RECOGNITION_CORPUS").map(PathBuf::from);
    let path = path.unwrap_or_else(|| {
        [env!("CARGO_MANIFEST_DIR"), "tests", "recognition", "corpus.jsonl.gz"].iter().collect()
    });
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a request"))
}

fn recognize(request: &Request, piece: usize) -> Option<Call> {
    let (scheme, rest) = request.url.split_once("://").expect("a URL");
    let target = rest.find(['/', '?']).map_or("/", |start| &rest[start..]);
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let host = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let head = RequestHead {
        method: &request.method,
        secure: scheme == "https",
        host: host.map_or("", |(_, host)| host),
        target,
        headers: &headers,
    };
    let mut recognizer = http::begin(Catalog::embedded(), &head)?;
    let body = STANDARD.decode(&request.body_b64).expect("a body");
    for chunk in body.chunks(piece) {
        recognizer.body(chunk);
    }
    recognizer.end_of_body();
    Some(recognizer.finish(Timestamp(0)))
}

/// What is not as expected; `None` when all is.
fn complaint(request: &Request, call: &Call) -> Option<String> {
    let (mut service, mut operations) = (&*request.service, vec![&*request.operation]);
    for (twin, names, of, as_names, _) in TWINS {
        if *twin == *service
            && (names.is_empty() || names.contains(&&*request.operation))
            && call.service == *of
        {
            service = of;
            if !as_names.is_empty() {
                operations = as_names.to_vec();
            }
        }
    }
    let found = format!("{} {}", call.service, call.operation.as_deref().unwrap_or("?"));
    if call.service != service || !operations.iter().any(|it| Some(*it) == call.operation.as_deref()) {
        return Some(format!("recognised as {found}"));
    }
    // A set of regions is none; the host may still have one.
    let region = request.region.as_deref();
    if call.region.as_deref() != region && region != Some("*") {
        return Some(format!("region {:?}, not {region:?}", call.region));
    }
    if call.account != request.account {
        return Some(format!("account {:?}, not {:?}", call.account, request.account));
    }
    let operation = Catalog::embedded().service(&call.service)?.operation(call.operation.as_deref()?)?;
    for (path, value) in leaves(&Value::Object(call.parameters.clone())) {
        if let Some(problem) = differs(&path, &value, &request.expected) {
            return Some(problem);
        }
    }
    let kept = http::kept_members(operation);
    for (path, value) in leaves(&request.expected) {
        let general = general(&path);
        let is_kept = kept.iter().any(|it| *it == general);
        let is_value = value.as_str().is_none_or(|text| text.len() <= 2_048 && !text.is_empty());
        if is_kept && is_value && at(&Value::Object(call.parameters.clone()), &path).is_none() {
            return Some(format!("{} is missing in {}", path.join("."), Value::Object(call.parameters.clone())));
        }
    }
    None
}

/// The scalars in a value, with their paths; an item's step is its index.
fn leaves(value: &Value) -> Vec<(Vec<String>, Value)> {
    fn walk(value: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Value)>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    path.push(name.clone());
                    walk(value, path, found);
                    path.pop();
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    path.push(format!("[{index}]"));
                    walk(value, path, found);
                    path.pop();
                }
            }
            value => found.push((path.clone(), value.clone())),
        }
    }
    let mut found = Vec::new();
    walk(value, &mut Vec::new(), &mut found);
    found
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step.strip_prefix('[') {
        Some(index) => value.get(index.strip_suffix(']')?.parse::<usize>().ok()?),
        None => value.get(step),
    })
}

/// `Tags[].Key` of `Tags.[0].Key`.
fn general(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        match step.starts_with('[') {
            true => text.push_str("[]"),
            false if text.is_empty() => text.push_str(step),
            false => {
                text.push('.');
                text.push_str(step);
            }
        }
    }
    text
}

/// Whether a kept value is not what was given.
fn differs(path: &[String], kept: &Value, expected: &Value) -> Option<String> {
    let name = path.join(".");
    let Some(given) = at(expected, path) else {
        // Ids that the SDK makes up, and what it takes out of an ARN.
        let is_uuid = kept.as_str().is_some_and(|it| it.len() == 36 && it.matches('-').count() == 4);
        let is_taken = matches!(&*name, "OutpostId" | "AccountId");
        return (!is_uuid && !is_taken).then(|| format!("{name} = {kept} was not given"));
    };
    let same = match (kept, given) {
        (Value::Bool(true), _) => true,
        (Value::String(kept), Value::String(given)) if path[0] == "Tagging" => {
            let names: Vec<&str> = given.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
            *kept == names.join("&")
        }
        (Value::String(_), Value::String(_)) if name.ends_with("Statement") => true,
        // The host of a multi-region access point does not name its account.
        (Value::String(kept), Value::String(given)) if kept.contains("::*:") => {
            kept.split_once("::*:").map(|(_, rest)| rest) == given.splitn(6, ':').last()
        }
        (Value::String(kept), Value::Number(given)) => *kept == given.to_string(),
        (Value::String(kept), Value::Bool(given)) => *kept == given.to_string(),
        (kept, given) => kept == given,
    };
    (!same).then(|| format!("{name} = {kept}, not {given}"))
}

#[test]
fn what_botocore_sends_is_recognised() {
    #[derive(Default)]
    struct Row {
        right: usize,
        wrong: usize,
        unseen: usize,
    }
    let mut rows: BTreeMap<(String, String), Row> = BTreeMap::new();
    let mut problems: Vec<String> = Vec::new();
    for request in requests() {
        let row = rows.entry((request.protocol.clone(), request.variant.clone())).or_default();
        let call = recognize(&request, 1 << 16);
        let problem = match &call {
            Some(call) if call.recognized => {
                let complaint = complaint(&request, call);
                if complaint.is_some() { row.wrong += 1 } else { row.right += 1 }
                complaint
            }
            _ => {
                row.unseen += 1;
                Some("not recognised".to_owned())
            }
        };
        // The pieces in which a body comes do not matter.
        if problem.is_none() && request.body_b64.len() < 4_096 {
            assert_eq!(call, recognize(&request, 1), "{} {}", request.service, request.operation);
        }
        problems.extend(problem.map(|problem| {
            let Request { service, operation, protocol, variant, method, url, .. } = &request;
            format!("{service}\t{operation}\t{protocol}\t{variant}\t{problem}\t{method} {url}")
        }));
    }
    println!("{:20} {:28} {:>7} {:>7} {:>7}", "protocol", "variant", "right", "wrong", "unseen");
    let mut sum = Row::default();
    for ((protocol, variant), row) in &rows {
        println!("{protocol:20} {variant:28} {:7} {:7} {:7}", row.right, row.wrong, row.unseen);
        sum.right += row.right;
        sum.wrong += row.wrong;
        sum.unseen += row.unseen;
    }
    println!("{:49} {:7} {:7} {:7}", "all", sum.right, sum.wrong, sum.unseen);
    let all = std::env::var_os("RECOGNITION_PROBLEMS").is_some();
    for problem in problems.iter().take(if all { usize::MAX } else { 50 }) {
        println!("{problem}");
    }
    assert!(sum.right > 0, "there are requests");
    assert!(problems.is_empty(), "{} requests are not recognised as what they are", problems.len());
}
