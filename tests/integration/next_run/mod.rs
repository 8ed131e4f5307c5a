//! A policy that holds the next time: each workload runs twice against moto from an empty state, where everything that AWS or the program
//! names anew has another name in the second run. The policy of the first run must allow all of the second, which runs under it (`--enforce`),
//! with nothing undecided, when it is `held` or of the `type`; the one of `--generated exact` must fail, which shows that the workload has names that change.

mod existing;
mod held;
mod support;
mod tools;

use self::support::{Workload, statements};

#[test]
fn a_network() {
    let Some(workload) = Workload::script("next_run::a_network", "vpc") else { return };
    holds(&workload);
    // A tag whose value is another each time, or which changes while the program runs, holds nothing.
    let policy = workload.text("held.json");
    for tag in ["ResourceTag/build", "RequestTag/build", "ResourceTag/stage"] {
        assert!(!policy.contains(tag), "{tag}: {policy}");
    }
    assert!(policy.contains("ResourceTag/app"), "{policy}");
}

#[test]
fn keys() {
    twice("keys", "keys");
}

#[test]
fn a_function() {
    twice("a_function", "function");
}

#[test]
fn a_rest_api() {
    twice("a_rest_api", "rest_api");
}

/// An id without a digit could be any name, and counts where it is known to be an id.
#[test]
fn ids_of_letters() {
    let test = "next_run::ids_of_letters";
    for script in ["rest_api", "http_api"] {
        if let Some(workload) = Workload::script_with_ids_of_letters(test, script) {
            holds(&workload);
        }
    }
}

#[test]
fn an_http_api() {
    twice("an_http_api", "http_api");
}

#[test]
fn a_state_machine() {
    twice("a_state_machine", "state_machine");
}

#[test]
fn containers() {
    twice("containers", "containers");
}

#[test]
fn a_file_system() {
    twice("a_file_system", "file_system");
}

#[test]
fn a_user_pool() {
    twice("a_user_pool", "user_pool");
}

#[test]
fn a_zone() {
    twice("a_zone", "zone");
}

#[test]
fn a_distribution() {
    twice("a_distribution", "distribution");
}

#[test]
fn a_command() {
    twice("a_command", "command");
}

#[test]
fn uploads() {
    twice("uploads", "uploads");
}

#[test]
fn jobs() {
    twice("jobs", "jobs");
}

fn twice(test: &str, script: &str) {
    let test = format!("next_run::{test}");
    if let Some(workload) = Workload::script(&test, script) {
        holds(&workload);
    }
}

/// The policy of the first run holds in the second; the exact one does not.
fn holds(workload: &Workload) {
    let said = workload.record("first", &["-o", "held.json"]);
    for incomplete in ["not recognised", "failed in the proxy"] {
        assert!(!said.contains(incomplete), "{said}");
    }
    // The second run has nothing but that policy: whatever it does not allow is refused.
    let said = workload.record("second", &["--check", "held.json", "--enforce", "held.json"]);
    assert!(!said.contains("Missing") && !said.contains("Not decided"), "{said}");
    assert!(
        !said.contains("leastwise: refused") && !said.contains("kept back the answer"),
        "{said}"
    );

    // The recording of the first run gives the policy of the run, and the other two.
    workload.policy(&[], "first.jsonl", "again.json");
    assert_eq!(workload.text("held.json"), workload.text("again.json"));
    for how in ["type", "exact"] {
        workload.policy(&["--generated", how], "first.jsonl", &format!("{how}.json"));
    }
    for policy in ["held.json", "type.json"] {
        for recording in ["first.jsonl", "second.jsonl"] {
            let lacks = workload.lacks(policy, recording);
            assert!(lacks.is_empty(), "{policy} lacks for {recording}: {lacks:#?}");
        }
    }
    // The exact one has all that its own run needed. What it lacks for the next is what it allows for today's names.
    assert!(workload.lacks("exact.json", "first.jsonl").is_empty());
    let lacks = workload.lacks("exact.json", "second.jsonl");
    let missing = lacks.iter().filter(|need| !need.undecided).count();
    assert!(missing > 0, "nothing has another name in the second run");
    let allowed = statements(&workload.file("exact.json"));
    for need in &lacks {
        assert!(allowed.iter().any(|it| it.actions.contains(&need.action)), "{need:?}");
    }
    eprintln!("{missing} needs have another name in the second run");
}
