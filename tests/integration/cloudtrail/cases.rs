//! Events as AWS's pages have them (`tests/data/cloudtrail/cases`): who called, and what the call needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use leastwise::authorize::Conditions;
use leastwise::catalog::Catalog;
use leastwise::recognize::cloudtrail::{Record, Seen, Sessions, Via};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{authorizer, user};
use crate::authorize::lines;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The page that has such an event; where all of a file have the same, it stands above them.
    #[allow(dead_code)]
    source: Option<String>,
    /// The first word of the source, and the event's name.
    call: String,
    /// JSON; a user of account 123456789012 where it is not said.
    identity: Option<String>,
    /// JSON.
    parameters: Option<String>,
    /// Further members, JSON.
    more: Option<String>,
    /// Other records of the input.
    #[serde(default)]
    others: Vec<String>,
    principal: Option<String>,
    key: Option<String>,
    authorization: Option<String>,
    shared: Option<String>,
    passed_over: Option<String>,
    /// In whose session a service called.
    via: Option<String>,
    /// `ACTION on ARN [ARN …] [if KEY=VALUE …]`
    requires: Option<Vec<String>>,
}

fn event(case: &Case) -> String {
    let json = |text: &Option<String>| -> Value {
        text.as_deref().map_or(Value::Null, |it| serde_json::from_str(it).expect(&case.name))
    };
    let (source, name) = case.call.split_once(' ').expect("SOURCE NAME");
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": if case.identity.is_some() { json(&case.identity) } else { user() },
        "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "eventID": "00000000-0000-4000-8000-000000000000",
        "eventType": "AwsApiCall",
        "recipientAccountId": "123456789012",
    });
    if case.parameters.is_some() {
        event["requestParameters"] = json(&case.parameters);
    }
    if let Value::Object(more) = json(&case.more) {
        event.as_object_mut().unwrap().extend(more);
    }
    event.to_string()
}

/// What is wrong with a case.
fn faults(case: &Case) -> Vec<String> {
    let text = event(case);
    let record = Record::parse(text.as_bytes()).expect(&case.name);
    let mut faults = Vec::new();
    let mut is = |what: &str, found: Option<&str>, wanted: &Option<String>| {
        if let Some(wanted) = wanted
            && found.unwrap_or_default() != wanted
        {
            faults.push(format!("{what}: {found:?}, not {wanted}"));
        }
    };
    is("shared", record.shared_id(), &case.shared);
    let seen = match record.seen(Catalog::embedded()) {
        Seen::PassedOver(why) => {
            let wanted = case.passed_over.as_deref().unwrap_or("a call");
            if format!("{why:?}") != wanted {
                faults.push(format!("passed over: {why:?}, not {wanted}"));
            }
            return faults;
        }
        Seen::Call(seen) => *seen,
    };
    is("passed over", None, &case.passed_over);
    let told = seen.call.evidence.told.first().and_then(|it| it.arn.as_deref());
    is("principal", told, &case.principal);
    is("key", seen.call.principal.as_deref(), &case.key);
    let authorization = seen.call.evidence.authorization.map(|it| it.as_str());
    is("authorization", authorization, &case.authorization);
    let mut sessions = Sessions::default();
    for other in &case.others {
        sessions.learn(&Record::parse(other.as_bytes()).expect(&case.name));
    }
    let via = seen.forwarded.as_ref().map(|it| sessions.via(it));
    let said = via.map(|it| format!("{it:?}"));
    if said != case.via {
        faults.push(format!("via: {said:?}, not {:?}", case.via));
    }
    let decision = authorizer().decide(&seen.call);
    let amended = |action: &str, conditions: &Conditions| {
        let mut conditions = conditions.clone();
        if let (Some(forwarded), Some(Via::Caller)) = (&seen.forwarded, via) {
            forwarded.amend(action, &mut conditions);
        }
        conditions
    };
    let needed = lines(&decision, amended);
    if let Some(requires) = &case.requires {
        let mut wanted = BTreeSet::new();
        for line in requires {
            let (action, rest) = line.split_once(" on ").expect("ACTION on ARN");
            let (arns, conditions) = rest.split_once(" if ").unwrap_or((rest, ""));
            let mut conditions: Vec<&str> = conditions.split_whitespace().collect();
            conditions.sort_unstable();
            let conditions = match conditions.is_empty() {
                true => String::new(),
                false => format!(" if {}", conditions.join(" ")),
            };
            wanted.extend(arns.split(' ').map(|arn| format!("{action} on {arn}{conditions}")));
        }
        faults.extend(wanted.difference(&needed).map(|it| format!("missing   {it}")));
        faults.extend(needed.difference(&wanted).map(|it| format!("in excess {it}")));
    }
    faults
}

#[test]
fn events_are_what_the_documentation_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail/cases");
    let (mut counts, mut problems) = (Map::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let file: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let names: BTreeSet<_> = file.case.iter().map(|it| &it.name).collect();
        assert_eq!(names.len(), file.case.len(), "{name}: a name stands twice");
        for case in &file.case {
            let faults = faults(case);
            if !faults.is_empty() {
                problems.push(format!("{name}: {}\n    {}", case.name, faults.join("\n    ")));
            }
        }
        counts.insert(name, file.case.len().into());
    }
    println!("{}", Value::Object(counts.clone()));
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
    let all: u64 = counts.values().filter_map(Value::as_u64).sum();
    assert!(counts["identities"].as_u64() >= Some(45) && all >= 350, "{counts:?}");
}
