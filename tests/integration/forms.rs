//! Which names of the corpus have a form, so that a policy would generalise them: those that are listed, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use leastwise::catalog::Catalog;
use leastwise::made::form;
use leastwise::policy::covers;
use toml::{Table, Value};

use crate::grouping::{everywhere, formats};

/// What has a form, and why it may.
const EXPECTED: &[(&str, &str)] = &[];

/// Every ARN that a case needs, with its action.
fn needed() -> BTreeSet<(String, String)> {
    let mut needed = BTreeSet::new();
    for case in cases() {
        for list in ["requires", "possible"] {
            for line in case.get(list).and_then(Value::as_array).into_iter().flatten() {
                let (action, rest) = line.as_str().unwrap().split_once(" on ").unwrap();
                let arns = rest.split(" if ").next().unwrap_or_default();
                for arn in arns.split(' ').filter(|arn| arn.starts_with("arn:")) {
                    needed.insert((action.to_owned(), arn.to_owned()));
                }
            }
        }
    }
    needed
}

fn cases() -> Vec<Table> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "authorize"].iter().collect();
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "toml") {
            let file: Table = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let of_file = file.get("case").and_then(Value::as_array).into_iter().flatten();
            cases.extend(of_file.filter_map(Value::as_table).cloned());
        }
    }
    cases
}

/// The formats of a prefix of actions, narrow ones first.
fn types(prefix: &str) -> Vec<&'static str> {
    let mut types = formats(prefix);
    types.sort_by_key(|format| std::cmp::Reverse(everywhere(format).replace('*', "").len()));
    types
}

/// An ARN format that has every partition, region and account.
fn anywhere(format: &str) -> String {
    let mut text = format.to_owned();
    while let Some(start) = text.find("${") {
        let end = text[start..].find('}').unwrap();
        text.replace_range(start..=start + end, "*");
    }
    text
}

#[test]
fn only_the_forms_generalise_a_name_of_the_corpus() {
    let mut by_prefix: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let (mut found, mut count) = (BTreeMap::new(), 0);
    for (action, arn) in needed() {
        let prefix = action.split(':').next().unwrap();
        let types = by_prefix.entry(prefix.to_owned()).or_insert_with(|| types(prefix));
        let Some(format) = types.iter().find(|format| covers(&anywhere(format), &arn)) else {
            continue;
        };
        count += 1;
        if let Some(formed) = form::resource(&arn, format) {
            assert!(covers(&formed.pattern, &arn), "{arn} {formed:?}");
            found.insert(arn, formed.pattern);
        }
    }
    let expected: BTreeSet<&str> = EXPECTED.iter().map(|(arn, _)| *arn).collect();
    let found_arns: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(found_arns, expected, "{found:#?}");
    assert!(count >= 1_000, "only {count} resources were looked at");
}

/// The names that requests of the corpus choose, whatever becomes of them.
#[test]
fn only_the_forms_generalise_what_requests_name() {
    const NAMES: [&str; 4] = ["Name", "Bucket", "Key", "Prefix"];
    fn collect(key: &str, value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if NAMES.iter().any(|end| key.ends_with(end) || *end == text) => {
                names.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| collect(key, item, names)),
            Value::Table(members) => {
                members.iter().for_each(|(key, value)| collect(key, value, names));
            }
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    for case in cases() {
        if let Some(parameters) = case.get("parameters") {
            collect("", parameters, &mut names);
        }
    }
    assert!(names.len() >= 300, "only {} names", names.len());
    let found: Vec<_> = names
        .iter()
        .filter(|name| !name.starts_with("arn:"))
        .filter_map(|name| form::pattern(name))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// No word of an ARN format has a form itself.
#[test]
fn no_format_has_a_form() {
    let all: BTreeSet<&str> = Catalog::embedded().prefixes().flat_map(formats).collect();
    assert!(all.len() > 1_500, "{}", all.len());
    for format in all {
        assert_eq!(form::pattern(format.splitn(6, ':').last().unwrap()), None, "{format}");
    }
}
