//! Recognises the requests that botocore builds and signs for every operation and prints how many came out right, wrong and
//! unseen. Each must come out right: service, operation, region, account, and every kept parameter.

use std::collections::{BTreeMap, HashMap};

use leastwise::call::Call;
use leastwise::catalog::{Catalog, Operation};
use leastwise::recognize::http;
use serde_json::Value;

use crate::corpus::{self, About, Request, Walked};
use crate::requests;

type Names = &'static [&'static str];
/// Since botocore split Chime up, what it had is that of its parts.
const SPLIT: &str = "Chime's API of before is also that of the SDKs for parts of it: the same hosts, signing name and paths";

type Twins = (&'static str, Names, &'static str, Names, &'static str);

/// Operations that are on the wire what another one is: service, operations, what they are recognised as,
/// and why nothing in the request can tell. No names: all of the service's, as those of the same name.
const TWINS: [Twins; 14] = [
    ("chime", &[], "chime-sdk-identity", &[], SPLIT),
    ("chime", &[], "chime-sdk-messaging", &[], SPLIT),
    ("chime", &[], "chime-sdk-meetings", &[], SPLIT),
    (
        "neptune",
        &[],
        "rds",
        &[],
        "Neptune's API is RDS's: the same host, signing name, version and names",
    ),
    (
        "docdb",
        &[],
        "rds",
        &[],
        "DocumentDB's API is RDS's: the same host, signing name, version and names",
    ),
    (
        "wisdom",
        &[],
        "qconnect",
        &[],
        "Q in Connect is Wisdom under a new name: the same host, signing name and paths",
    ),
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
    ("bedrock-data-automation", TAGGING, "bedrock", &[], STAND_IN),
    ("chime-sdk-meetings", TAGGING, "chime-sdk-identity", &[], STAND_IN),
    ("lexv2-models", TAGGING, "lex-models", &[], STAND_IN),
    (
        "signer-data",
        &["GetRevocationStatus"],
        "signer",
        &[],
        "both have this operation at the same host and path",
    ),
    (
        "s3",
        &[
            "GetBucketLifecycle",
            "GetBucketNotification",
            "PutBucketLifecycle",
            "PutBucketNotification",
        ],
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

const TAGGING: &[&str] = &["ListTagsForResource", "TagResource", "UntagResource"];
const STAND_IN: &str = "both share signing name and path; at a stand-in's host, which is neither's, nothing else tells";

/// What is not as expected; `None` when all is.
fn complaint(
    request: &Request,
    call: &Call,
    kept: &mut HashMap<Operation, Vec<Vec<String>>>,
    compared: &mut usize,
) -> Option<String> {
    let (mut service, mut operations) = (&*request.service, vec![&*request.operation]);
    for (twin, names, of, as_names, reason) in TWINS {
        let applies = *reason != *STAND_IN || request.variant == "local";
        if applies
            && *twin == *service
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
    if call.service != service
        || !operations.iter().any(|it| Some(*it) == call.operation.as_deref())
    {
        return Some(format!("recognised as {found}"));
    }
    // A set of regions is none; the host may still have one.
    let region = request.region.as_deref();
    let in_host = call.region.as_deref().is_some_and(|region| request.url.contains(region));
    let may_be_of_host = region.is_none_or(|region| region == "*") && in_host;
    if call.region.as_deref() != region && !may_be_of_host && region != Some("*") {
        return Some(format!("region {:?}, not {region:?}", call.region));
    }
    // A session's key in the body (SimpleDB's signature) is not looked for by the generator.
    let is_in_body =
        request.account.is_none() && request.variant == "token" && request.service == "sdb";
    if call.account != request.account && !is_in_body {
        return Some(format!("account {:?}, not {:?}", call.account, request.account));
    }
    let operation =
        Catalog::embedded().service(&call.service)?.operation(call.operation.as_deref()?)?;
    let is_twin = call.service != request.service || operation.name() != request.operation;
    for (path, value) in leaves(&Value::Object(call.parameters.clone())) {
        // Twins have the same members, but for lists that an older model did not have.
        if is_twin && at(&request.expected, &path).is_none() {
            continue;
        }
        let is_of_another_type = request.release.is_some()
            && OF_ANOTHER_TYPE
                .iter()
                .any(|(of, member, _)| *of == request.service && *member == shown(&path));
        if is_of_another_type {
            assert!(value.is_null(), "{}: it is read after all", shown(&path));
            continue;
        }
        if let Some(problem) = differs(&path, &value, &request.expected) {
            return Some(problem);
        }
    }
    if operation.name() != request.operation {
        return None;
    }
    let kept = kept
        .entry(operation)
        .or_insert_with(|| http::kept_members(operation).iter().map(|path| steps(path)).collect());
    let parameters = Value::Object(call.parameters.clone());
    for (path, value) in leaves(&request.expected) {
        let is_value = !value.is_null()
            && value.as_str().is_none_or(|text| text.len() <= 2_048 && !text.is_empty());
        let Some(kept) = kept.iter().find(|kept| begins(&path, kept)) else { continue };
        // botocore writes the map as Python does; no service reads that.
        let is_python =
            (&*request.service, &*request.variant, &*path[0]) == ("polly", "presigned", "Tags");
        if is_value && !is_python && at(&parameters, &path[..kept.len()]).is_none() {
            return Some(format!("{} is missing in {parameters}", shown(&path)));
        }
        *compared += 1;
    }
    None
}

/// Where requests to AWS go.
#[derive(Default)]
pub(crate) struct Hosts {
    looked_at: usize,
    strays: BTreeMap<String, usize>,
}

impl Hosts {
    pub(crate) fn look_at(&mut self, request: &Request, walked: Option<&Walked>) {
        // Made to see them recognised: stand-ins, and hosts of web sites, where no API is.
        const ELSEWHERE: [&str; 5] =
            ["local", "s3-custom-host", "s3-custom-host-path", "s3-website", "s3-website-dot"];
        let Some(home) = walked.and_then(|it| it.home) else { return };
        let mut stray = None;
        if ELSEWHERE.contains(&&*request.variant) {
            // Some services have no local variant and go to AWS all the same.
            if request.variant != "local" && matches!(home, http::Home::Api) {
                stray = Some("a web site");
            }
        } else {
            self.looked_at += 1;
            if !matches!(home, http::Home::Api | http::Home::Shared) {
                stray = Some("a call");
            }
        }
        if let Some(what) = stray {
            let host = request.url.split('/').nth(2).unwrap_or_default();
            let About { variant, service, .. } = &**request;
            let stray = format!("{what} of {variant}: {home:?} {service} {host}");
            *self.strays.entry(stray).or_default() += 1;
        }
    }
}

/// What botocore sends to AWS goes to hosts that serve the operation: what the proxy lets into a policy.
#[test]
fn every_host_of_the_corpus_serves_its_operations() {
    let Hosts { looked_at, strays } = &corpus::found().hosts;
    assert!(*looked_at > 400, "{looked_at}");
    assert!(strays.is_empty(), "{strays:#?}");
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
                    path.push(format!("{ITEM}{index}"));
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

/// What the step of an item begins with; no member's name does.
const ITEM: char = '\0';

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step.strip_prefix(ITEM) {
        Some(index) => value.get(index.parse::<usize>().ok()?),
        None => value.get(step).or_else(|| {
            // Twins may differ in upper and lower case (`roleArn`).
            value
                .as_object()?
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(step))
                .map(|it| it.1)
        }),
    })
}

fn shown(path: &[String]) -> String {
    let steps = path.iter().map(|step| step.replace(ITEM, "#"));
    steps.collect::<Vec<_>>().join(".")
}

/// The steps of a path such as `Delete.Objects[].Key`: `Delete`, `Objects`, `[]`, `Key`.
fn steps(path: &str) -> Vec<String> {
    let spaced = path.replace("[]", ".[]").replace("{}", ".{}");
    spaced.split('.').map(str::to_owned).collect()
}

/// Whether a path of a value leads through these steps.
fn begins(path: &[String], steps: &[String]) -> bool {
    path.len() >= steps.len()
        && path.iter().zip(steps).all(|(found, step)| match &**step {
            "[]" => found.starts_with(ITEM),
            "{}" => !found.starts_with(ITEM),
            _ => found == step,
        })
}

/// Members whose type is another than it was, so that what an older release sends there is not read: service, member, and why
/// nothing is lost.
const OF_ANOTHER_TYPE: [(&str, &str, &str); 1] = [(
    "health",
    "filter.tags",
    "a list of maps is a structure since 1.44: a filter, which no action depends on",
)];

/// Whether a kept value is not what was given.
fn differs(path: &[String], kept: &Value, expected: &Value) -> Option<String> {
    let name = shown(path);
    let Some(given) = at(expected, path) else {
        // Ids that the SDK makes up, and what it takes out of an ARN.
        let is_uuid =
            kept.as_str().is_some_and(|it| it.len() == 36 && it.matches('-').count() == 4);
        let is_taken = matches!(&*name, "OutpostId" | "AccountId");
        return (!is_uuid && !is_taken).then(|| format!("{name} = {kept} was not given"));
    };
    let same = match (kept, given) {
        (Value::Bool(true), _) => true,
        (Value::String(kept), Value::String(given)) if path[0] == "Tagging" => {
            let names: Vec<&str> =
                given.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
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

/// How many requests came out as what they are.
#[derive(Default)]
struct Row {
    right: usize,
    wrong: usize,
    unseen: usize,
}

/// How the requests came out.
#[derive(Default)]
pub(crate) struct Recognized {
    /// By protocol and variant.
    rows: BTreeMap<(String, String), Row>,
    problems: Vec<String>,
    /// How many parameters were compared.
    compared: usize,
    /// The steps of the members that are kept of an operation's requests.
    kept: HashMap<Operation, Vec<Vec<String>>>,
}

impl Recognized {
    pub(crate) fn look_at(&mut self, request: &Request, walked: Option<&Walked>) {
        let row = self.rows.entry((request.protocol.clone(), request.variant.clone())).or_default();
        let mut problem = match walked {
            Some(Walked { call, .. }) if call.recognized => {
                let complaint = complaint(request, call, &mut self.kept, &mut self.compared);
                *(if complaint.is_some() { &mut row.wrong } else { &mut row.right }) += 1;
                complaint
            }
            _ => {
                row.unseen += 1;
                Some("not recognised".to_owned())
            }
        };
        if problem.is_none() && walked.is_some_and(|it| !it.same) {
            problem = Some("another call when the body comes byte by byte".to_owned());
        }
        self.problems.extend(problem.map(|problem| {
            let About { service, operation, protocol, variant, release, .. } = &**request;
            let requests::Request { method, url, .. } = request;
            let release = release.as_deref().unwrap_or("newest");
            format!("{service}\t{operation}\t{protocol}\t{variant}\t{release}\t{problem}\t{method} {url}")
        }));
    }
}

#[test]
fn what_botocore_sends_is_recognised() {
    all_are_right(&corpus::found().recognized);
}

/// What releases of the past send and the newest does not, back to 2019: `tests/recognition/past.py` has had each release
/// that `data/sources.toml` pins make it.
#[test]
fn what_botocore_sent_in_the_past_is_recognised() {
    all_are_right(&corpus::found().past);
}

fn all_are_right(found: &Recognized) {
    let Recognized { rows, problems, compared, .. } = found;
    println!("{:20} {:28} {:>7} {:>7} {:>7}", "protocol", "variant", "right", "wrong", "unseen");
    let mut sum = Row::default();
    for ((protocol, variant), row) in rows {
        println!("{protocol:20} {variant:28} {:7} {:7} {:7}", row.right, row.wrong, row.unseen);
        sum.right += row.right;
        sum.wrong += row.wrong;
        sum.unseen += row.unseen;
    }
    println!("{:49} {:7} {:7} {:7}", "all", sum.right, sum.wrong, sum.unseen);
    println!("{compared} parameters compared");
    let all = std::env::var_os("RECOGNITION_PROBLEMS").is_some();
    for problem in problems.iter().take(if all { usize::MAX } else { 50 }) {
        println!("{problem}");
    }
    assert!(sum.right > 0 && *compared > sum.right / 2, "there are requests with parameters");
    assert!(problems.is_empty(), "{} requests are not recognised as what they are", problems.len());
}
