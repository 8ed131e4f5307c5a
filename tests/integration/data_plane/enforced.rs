//! Policies decide on requests of the data plane as on all others: an empty one refuses each, its own lets it on.

use std::io::Write;

use leastwise::enforce::{Settled, Stage, Verdict};
use serde_json::{Value, json};

use super::cases::{Case, cases};
use crate::enforce::support::{
    Answered, Enforcing, Stub, guard, levels, levels_with_resources, policy, recorded,
};

#[test]
fn each_is_refused_by_an_empty_policy_and_allowed_by_its_own() {
    let empty = policy(&json!([]));
    let (mut nothing, mut own) = (guard(&empty), guard(&empty));
    let mut problems = Vec::new();
    for case in cases() {
        let call = || case.call().expect("it is recognised");
        let verdict = |guard: &mut leastwise::enforce::Guard| {
            let judged = guard.judge(&mut call(), Stage::Request, &mut Settled::new());
            judged.map(|it| it.verdict)
        };
        let free = case.needs_nothing();
        let refused = verdict(&mut nothing);
        let is_right = match refused {
            Some(Verdict::Denied) => !free,
            Some(Verdict::NotNeeded | Verdict::Allowed) => free,
            _ => false,
        };
        if !is_right {
            problems.push(format!("{}: {refused:?} by an empty policy", case.name));
        }
        if free {
            continue;
        }
        let text = recorded(call());
        own.replace(levels(&text));
        let mut allowed = verdict(&mut own);
        // What is another account's, its own policy must allow, too.
        if allowed == Some(Verdict::Undecided) {
            own.replace(levels_with_resources(&text));
            allowed = verdict(&mut own);
        }
        if allowed != Some(Verdict::Allowed) {
            problems.push(format!("{}: {allowed:?} by its own policy: {text}", case.name));
        }
    }
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}

/// What is refused has the form of its service, and reaches nobody.
#[test]
fn what_is_refused_is_answered_as_the_service_would() {
    let stub = Stub::start();
    let proxy = Enforcing::start(Some(&stub.url), &[], guard(&policy(&json!([]))));
    let cases = cases();
    let refused = |name: &str| {
        let case = cases.iter().find(|it| it.name == name).expect("a case");
        send(&proxy, case)
    };
    for name in ["a stage of a REST API", "a search", "a collection", "Iceberg at Glue: LoadTable"]
    {
        let answer = refused(name);
        assert_eq!(answer.status, 403, "{name}: {}", answer.text());
        let body: Value = serde_json::from_str(&answer.text()).unwrap();
        let said = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
        assert!(said.contains("is not authorized to perform"), "{name}: {body}");
    }
    let answer = refused("a layer of another account's");
    assert_eq!(answer.status, 403);
    let body: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(body["errors"][0]["code"], "DENIED", "{body}");
    let answer = refused("git clone");
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("codecommit:GitPull"), "{}", answer.text());
    let answer = refused("an upload by a web page");
    assert!(answer.status == 403 && answer.text().contains("<Code>AccessDenied</Code>"));
    assert_eq!(stub.seen(), Vec::<String>::new());
    proxy.end();
}

fn send(proxy: &Enforcing, case: &Case) -> Answered {
    let (host, bytes) = case.written();
    let mut stream = proxy.tls(&host);
    stream.write_all(&bytes).unwrap();
    stream.flush().unwrap();
    Answered::read(&mut stream)
}
