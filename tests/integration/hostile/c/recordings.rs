//! A recording that is cut off, named twice, or tells late whose a key is.

use std::fs;

use serde_json::{Value, json};

use super::{bash, get, line, policy, put, run};
use crate::common::{stderr, stdout};

const TORN: &str = "the last line of torn.jsonl is cut off, as after a kill";

#[test]
fn a_recording_that_a_kill_cut_off_passes_no_check_and_cuts_no_policy_down() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("torn.jsonl"), format!("{}{}", get(), &put()[..150])).unwrap();
    let both = policy(&["s3:GetObject", "s3:PutObject"]);
    fs::write(folder.join("policy.json"), &both).unwrap();

    let check = run(folder, &["check", "--policy", "policy.json", "torn.jsonl"]);
    assert_eq!(check.status.code(), Some(3), "{}", stdout(&check));
    assert!(
        stdout(&check).contains("Not decided:\n  ? what a call of torn.jsonl needs"),
        "{}",
        stdout(&check)
    );
    let json = run(
        folder,
        &[
            "check",
            "--json",
            "--sarif",
            "r.sarif",
            "--allow-undecided",
            "--policy",
            "policy.json",
            "torn.jsonl",
        ],
    );
    assert_eq!(json.status.code(), Some(3), "what depends on keys is something else");
    let value: Value = serde_json::from_str(stdout(&json)).unwrap();
    assert_eq!((&value["exit_code"], &value["cut_off"]), (&json!(3), &json!(["torn.jsonl"])));
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("r.sarif")).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let lost = results.iter().find(|it| it["ruleId"] == "undecided-permission").unwrap();
    assert_eq!(lost["level"], "error");

    let prune = ["prune", "--policy", "policy.json", "-o", "policy.json", "torn.jsonl"];
    let pruned = run(folder, &prune);
    assert_eq!(pruned.status.code(), Some(2), "{}", stderr(&pruned));
    assert!(stderr(&pruned).contains(TORN), "{}", stderr(&pruned));
    assert_eq!(fs::read_to_string(folder.join("policy.json")).unwrap(), both);

    let check =
        run(folder, &["check", "--allow-incomplete", "--policy", "policy.json", "torn.jsonl"]);
    assert_eq!(check.status.code(), Some(0));
    assert!(stderr(&check).contains(TORN), "{}", stderr(&check));
    let pruned = run(folder, &[&prune[..], &["--allow-incomplete"]].concat());
    assert_eq!(pruned.status.code(), Some(0), "{}", stderr(&pruned));
    assert!(stderr(&pruned).contains(TORN), "{}", stderr(&pruned));
    assert!(!fs::read_to_string(folder.join("policy.json")).unwrap().contains("PutObject"));
}

#[test]
fn every_command_that_reads_recordings_says_that_one_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("torn.jsonl"), format!("{}{}", get(), &put()[..150])).unwrap();
    fs::write(folder.join("policy.json"), policy(&["s3:GetObject"])).unwrap();
    let mut checked = 0;
    for command in leastwise::command().get_subcommands() {
        let takes = command
            .get_positionals()
            .any(|it| it.get_value_names().is_some_and(|names| names[0].contains("RECORDING")));
        if !takes {
            continue;
        }
        let needs_policy = command.get_arguments().any(|it| it.get_long() == Some("policy"));
        let options: &[&str] = if needs_policy { &["--policy", "policy.json"] } else { &[] };
        let done = run(folder, &[&[command.get_name()], options, &["torn.jsonl"]].concat());
        let said = format!("{}{}", stdout(&done), stderr(&done));
        assert!(
            said.contains("torn.jsonl") && said.contains("cut off"),
            "{}: {said}",
            command.get_name()
        );
        checked += 1;
    }
    assert_eq!(checked, 6);
}

#[test]
fn a_file_that_is_named_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("calls.jsonl"), get()).unwrap();
    fs::write(folder.join("policy.json"), policy(&["s3:GetObject"])).unwrap();
    fs::hard_link(folder.join("calls.jsonl"), folder.join("hard.jsonl")).unwrap();
    std::os::unix::fs::symlink("calls.jsonl", folder.join("soft.jsonl")).unwrap();
    let names = "calls.jsonl ./calls.jsonl hard.jsonl soft.jsonl calls.jsonl - <calls.jsonl";
    for (command, said) in [
        ("check --policy policy.json", "1 need that 1 call had"),
        ("policy", "read 1 call of 1 operation from 1 recording"),
        ("explain", "\n1 call."),
    ] {
        let done = bash(folder, &format!("$leastwise {command} {names}"));
        let text = format!("{}{}", stdout(&done), stderr(&done));
        assert!(text.contains(said), "{command}: {text}");
    }
}

/// The account of a key is told by a later call, in another file, or through a pipe; and its earlier calls have it.
#[test]
fn whose_a_key_is_counts_from_its_first_call() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = json!({"account": null, "principal": "AKIAZZZZZZZZZZZZZZZZ"});
    let mut told = key.clone();
    told["principal_arn"] = json!("arn:aws:iam::444455556666:user/ann");
    let early = line("s3:GetObject", "arn:aws:s3:::bucket/key", key);
    let late = line("sts:GetCallerIdentity", "*", told);
    fs::write(folder.join("early.jsonl"), &early).unwrap();
    fs::write(folder.join("late.jsonl"), &late).unwrap();
    fs::write(folder.join("one.jsonl"), format!("{early}{late}")).unwrap();
    let mut only_there: Value = serde_json::from_str(&policy(&["s3:*", "sts:*"])).unwrap();
    only_there["Statement"][0]["Condition"] =
        json!({"StringEquals": {"aws:PrincipalAccount": "444455556666"}});
    fs::write(folder.join("policy.json"), only_there.to_string()).unwrap();
    for recordings in [
        "one.jsonl",
        "early.jsonl late.jsonl",
        "- <one.jsonl",
        "<(cat one.jsonl)",
        "<(cat early.jsonl) <(cat late.jsonl)",
    ] {
        let check = bash(folder, &format!("$leastwise check --policy policy.json {recordings}"));
        assert_eq!(check.status.code(), Some(0), "{recordings}: {}", stdout(&check));
        let prune = bash(folder, &format!("$leastwise prune -q --policy policy.json {recordings}"));
        assert!(stdout(&prune).contains("s3:GetObject"), "{recordings}: {}", stdout(&prune));
    }
    // Without the one that tells it is not known.
    let check = bash(folder, "$leastwise check --policy policy.json early.jsonl");
    assert_eq!(check.status.code(), Some(3), "{}", stdout(&check));
}

#[test]
fn standard_input_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("policy.json"), policy(&["s3:GetObject"])).unwrap();
    for arguments in
        ["check --policy - -", "prune --policy - -", "diff - -", "check --policy - --policy - x"]
    {
        let done = bash(folder, &format!("$leastwise {arguments} <policy.json"));
        assert_eq!(done.status.code(), Some(2), "{arguments}: {}", stdout(&done));
        assert!(stderr(&done).contains("standard input is named twice"), "{}", stderr(&done));
    }
}
