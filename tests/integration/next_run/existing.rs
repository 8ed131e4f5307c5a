//! What existed before the run, and was found by Describe, List or Get, keeps its name in the policy.

use std::collections::{BTreeMap, BTreeSet};

use super::support::{Workload, python, statements};

#[test]
fn what_existed_before_stays_exact() {
    let Some((workload, names)) = recorded("what_existed_before_stays_exact", "existing") else {
        return;
    };
    // Nothing was made, so there is nothing to generalise: one policy, byte for byte.
    for how in ["type", "exact"] {
        workload.policy(&["--generated", how], "first.jsonl", "other.json");
        assert_eq!(workload.text("held.json"), workload.text("other.json"), "--generated {how}");
    }
    let granted = granted(&workload, "held.json");
    for (what, name) in names {
        let on = |it: &&(String, String)| it.1.ends_with(&name);
        assert!(granted.iter().any(|it| on(&it)), "{what} {name}: {granted:#?}");
    }
}

#[test]
fn what_is_made_beside_it_is_held_by_its_network() {
    let test = "what_is_made_beside_it_is_held_by_its_network";
    let Some((workload, names)) = recorded(test, "in_existing_vpc") else {
        return;
    };
    let said = workload.run(
        "second",
        &["--check", "held.json", "--enforce", "held.json", "--record", "second.jsonl"],
    );
    assert!(!said.contains("Missing") && !said.contains("Not decided"), "{said}");
    workload.policy(&["--generated", "exact"], "first.jsonl", "exact.json");
    assert!(!workload.lacks("exact.json", "second.jsonl").is_empty());

    // The network is named wherever it was, and nowhere by its type.
    let (held, exact) = (granted(&workload, "held.json"), granted(&workload, "exact.json"));
    for what in ["vpc", "image"] {
        let named = |granted: &BTreeSet<(String, String)>| -> BTreeSet<_> {
            granted.iter().filter(|(_, on)| on.ends_with(&names[what])).cloned().collect()
        };
        assert!(!named(&held).is_empty(), "{what}: {held:#?}");
        assert_eq!(named(&held), named(&exact), "{what}");
        assert!(!held.iter().any(|(_, on)| on.ends_with(&format!("{what}/*"))), "{held:#?}");
    }

    // What has no tag is held by the network that it is in, for each of these has the key `ec2:Vpc`: in another network, the same is refused.
    workload.policy(&["--generated", "type"], "first.jsonl", "type.json");
    workload.record("other", &["-o", "other.json"]);
    let refused = |policy: &str| -> BTreeSet<(String, String)> {
        let kind = |resource: &str| resource.split([':', '/']).nth(5).unwrap_or("").to_owned();
        let lacks = workload.lacks(policy, "other.jsonl").into_iter();
        lacks.map(|need| (need.action, kind(&need.resource))).collect()
    };
    let (held, by_type) = (refused("held.json"), refused("type.json"));
    for (action, kind) in [
        ("ec2:DeleteSubnet", "subnet"),
        ("ec2:ModifySubnetAttribute", "subnet"),
        ("ec2:DeleteRouteTable", "route-table"),
        ("ec2:DeleteSecurityGroup", "security-group"),
        ("ec2:AuthorizeSecurityGroupIngress", "security-group"),
    ] {
        let need = (action.to_owned(), kind.to_owned());
        assert!(held.contains(&need), "{need:?} is allowed: {held:?}");
        assert!(!by_type.contains(&need), "{need:?} is refused: {by_type:?}");
    }
}

/// Another account, another key with this alias: the policy names the alias, and no key.
#[test]
fn a_key_is_known_by_its_alias() {
    let Some((workload, names)) = recorded("a_key_is_known_by_its_alias", "by_alias") else {
        return;
    };
    let said = workload.record("second", &["--check", "held.json", "--enforce", "held.json"]);
    assert!(!said.contains("Missing") && !said.contains("Not decided"), "{said}");
    assert!(!workload.text("held.json").contains(&names["key"]));
    for statement in statements(&workload.file("held.json")) {
        let condition = statement.condition.to_string();
        assert!(condition.contains("\"alias/shop\""), "{:?}: {condition}", statement.actions);
    }
}

/// Records a script in an account that has something, and returns the names of what it has.
fn recorded(test: &str, script: &str) -> Option<(Workload, BTreeMap<String, String>)> {
    let test = format!("next_run::existing::{test}");
    let before = python(&test, "existing_before")?;
    let workload = Workload::script(&test, script)?.after(before);
    workload.empty();
    let names = serde_json::from_str(&workload.prepare()).unwrap();
    workload.run("first", &["--record", "first.jsonl", "-o", "held.json"]);
    Some((workload, names))
}

/// Each action and each resource that it is allowed on.
fn granted(workload: &Workload, policy: &str) -> BTreeSet<(String, String)> {
    let statements = statements(&workload.file(policy));
    let pairs = statements.into_iter().flat_map(|it| {
        let actions = it.actions.into_iter();
        actions.flat_map(move |action| {
            it.resources.clone().into_iter().map(move |resource| (action.clone(), resource))
        })
    });
    pairs.collect()
}
