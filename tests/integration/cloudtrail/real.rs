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

#[test]
fn every_event_is_a_call_or_passed_over_for_a_reason() {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (_, event) in events() {
        let line = match seen(&event.to_string()) {
            Seen::PassedOver(why) => format!("{} passed over: {why}", event["eventName"]),
            Seen::Call(it) => format!(
                "{} {} {} {:?} {:?}\n      {}",
                it.call.service,
                it.call.operation.as_deref().unwrap_or_default(),
                it.call.recognized,
                it.call.outcome.error,
                it.call.evidence.told,
                needed(&it.call).into_iter().collect::<Vec<_>>().join("\n      ")
            ),
        };
        *lines.entry(line).or_default() += 1;
    }
    for (line, count) in lines {
        println!("{count} {line}");
    }
}
