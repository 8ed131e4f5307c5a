//! 310 events of real calls (`tests/data/cloudtrail/NOTICE`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use leastwise::recognize::cloudtrail::Seen;
use serde_json::Value;

use super::{needed, seen};

/// The events of all files, each with its file's name.
pub(crate) fn events() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let mut events = Vec::new();
    for path in files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "json")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let list: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        events.extend(list.into_iter().map(|event| (name.clone(), event)));
    }
    events
}

/// What each event is, and what it needs; as it was reviewed, event by event.
#[test]
fn every_event_is_a_call_or_passed_over_for_a_reason() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let (mut calls, mut passed_over) = (0, 0);
    for (file, event) in events() {
        let line = match seen(&event.to_string()) {
            Seen::PassedOver(why) => {
                passed_over += 1;
                format!("{file}: {} is passed over: {why}\n", event["eventName"])
            }
            Seen::Call(it) => {
                calls += 1;
                let operation = it.call.operation.as_deref().unwrap_or_default();
                let told = it.call.evidence.told.first().and_then(|it| it.arn.as_deref());
                let error = it.call.outcome.error.as_deref().unwrap_or("success");
                let needed: Vec<_> = needed(&it.call).into_iter().collect();
                let newer =
                    if it.call.recognized { "" } else { ", which is newer than the catalogue" };
                format!(
                    "{file}: {} {operation}{newer} by {}: {error}\n    {}\n",
                    it.call.service,
                    told.unwrap_or("nobody"),
                    needed.join("\n    ")
                )
            }
        };
        *lines.entry(line).or_default() += 1;
    }
    assert_eq!((calls, passed_over), (309, 1));
    let found: String = lines.iter().map(|(line, count)| format!("{count} {line}")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail/reviewed.txt");
    let reviewed = fs::read_to_string(&path).unwrap();
    let reviewed: Vec<_> = reviewed.lines().filter(|line| !line.starts_with('#')).collect();
    if found.lines().ne(reviewed.iter().copied()) {
        let other = found.lines().zip(&reviewed).find(|(found, wanted)| found != *wanted);
        panic!("first difference: {other:?}\n{found}");
    }
}
