//! The corpus in `tests/authorize`: calls as real programs make them, and what AWS's documentation says that they
//! need. Requests are botocore's (`tests/authorize/generate.py`); each is recognised, and decided with its answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::requests::Request;
use leastwise::authorize::{Authorizer, Conditions, Decision, Possible, Settings};
use leastwise::call::{Call, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// `tests/authorize/SERVICE.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The page that says what the call needs.
    source: String,
    operation: String,
    region: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    response: Answer,
    requires: Vec<String>,
    /// What `--possible include` adds; only where it is said here.
    possible: Option<Vec<String>>,
    /// botocore's Config, and further arguments of its client.
    #[allow(dead_code)]
    config: Option<Value>,
    #[allow(dead_code)]
    arguments: Option<Value>,
    #[allow(dead_code)]
    presigned: Option<bool>,
    #[allow(dead_code)]
    authorization: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer { status: 200, headers: BTreeMap::new(), body: String::new() }
    }
}

/// What `requests.jsonl.gz` says of a request.
#[derive(Deserialize)]
struct About {
    service: String,
    name: String,
    operation: String,
    region: String,
    parameters: BTreeMap<String, Value>,
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "authorize"].iter().collect()
}

fn cases() -> BTreeMap<String, Vec<Case>> {
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|it| it == "toml") {
            let text = fs::read_to_string(&path).expect("a text");
            let file: Cases =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let service = path.file_stem().expect("a name").to_string_lossy().into_owned();
            cases.insert(service, file.case);
        }
    }
    cases
}

fn requests() -> BTreeMap<(String, String), Request<About>> {
    let named = |it: Request<About>| ((it.service.clone(), it.name.clone()), it);
    crate::requests::authorized().map(named).collect()
}

fn call(request: &Request<About>, answer: &Answer) -> Option<Call> {
    let mut recognizer = request.sent()?;
    let headers: Vec<(&str, &[u8])> =
        answer.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    recognizer.response(answer.status, &headers);
    recognizer.response_body(answer.body.as_bytes());
    Some(recognizer.finish(Timestamp(0)))
}

/// What is needed, a line for each action and resource: `action on resource [if key=value|value …]`.
fn needed(call: &Call, possible: Possible) -> BTreeSet<String> {
    let decision = Authorizer::new(Settings { possible, account_id: None }).decide(call);
    lines(&decision, |_, conditions| conditions.clone())
}

/// The lines of a decision; `amended` may add conditions to those of an action.
pub(crate) fn lines(
    decision: &Decision,
    amended: impl Fn(&str, &Conditions) -> Conditions,
) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for it in &decision.requirements {
        let conditions = amended(&it.action, &it.conditions);
        let conditions: BTreeMap<_, _> = conditions.values().flatten().collect();
        let conditions: Vec<String> = conditions
            .into_iter()
            .map(|(key, values)| format!(" {key}={}", values.join("|")))
            .collect();
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!(" if{}", conditions.concat())
        };
        for resource in &it.resources {
            lines.insert(format!("{} on {resource}{conditions}", it.action));
        }
    }
    lines
}

/// The lines that a case expects, in the same form.
fn expected<'a>(requires: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for line in requires {
        let (action, rest) = line.split_once(" on ").expect("ACTION on ARN");
        let (arns, conditions) = rest.split_once(" if ").unwrap_or((rest, ""));
        let mut conditions: Vec<&str> = conditions.split_whitespace().collect();
        conditions.sort_unstable();
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!(" if {}", conditions.join(" "))
        };
        for arn in arns.split(' ').filter(|arn| !arn.is_empty()) {
            lines.insert(format!("{action} on {arn}{conditions}"));
        }
    }
    lines
}

#[test]
fn calls_need_what_the_documentation_says() {
    let requests = requests();
    let cases = cases();
    let (mut count, mut problems) = (0, Vec::new());
    for (service, cases) in &cases {
        for case in cases {
            count += 1;
            let located = |problem: &str| format!("{service}: {}: {problem}", case.name);
            if !case.source.starts_with("https://docs.aws.amazon.com/") {
                problems.push(located("its source is no page of AWS's documentation"));
            }
            let Some(request) = requests.get(&(service.clone(), case.name.clone())) else {
                problems
                    .push(located("no request was made for it: run tests/authorize/generate.py"));
                continue;
            };
            let region = case.region.as_deref().unwrap_or("eu-west-1");
            if (&request.operation, &*request.region, &request.parameters)
                != (&case.operation, region, &case.parameters)
            {
                problems
                    .push(located("its request is an older one: run tests/authorize/generate.py"));
                continue;
            }
            let Some(call) = call(request, &case.response) else {
                problems.push(located("not seen as a call"));
                continue;
            };
            let mut compare = |possible, needed: BTreeSet<String>, expected: BTreeSet<String>| {
                if needed != expected {
                    let problem = format!("{} ({}{possible})", call.service, case.operation);
                    let mut lines = vec![located(&problem)];
                    let difference = expected.difference(&needed);
                    lines.extend(difference.map(|it| format!("    missing   {it}")));
                    let difference = needed.difference(&expected);
                    lines.extend(difference.map(|it| format!("    in excess {it}")));
                    problems.push(lines.join("\n"));
                }
            };
            compare("", needed(&call, Possible::Common), expected(&case.requires));
            if let Some(possible) = &case.possible {
                let expected = expected(case.requires.iter().chain(possible));
                compare(", --possible include", needed(&call, Possible::Include), expected);
            }
        }
    }
    println!("{count} calls of {} services, {} not as expected", cases.len(), problems.len());
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
    assert!(count >= 400 && cases.len() >= 60, "{count} cases of {} services", cases.len());
}
