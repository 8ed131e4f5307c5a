//! What one call costs the policy, after 10, 10^4 and 10^6 calls: `cargo bench --bench policy`.
//!
//! Divan, because it is light: what it needs is mostly in the tree already, and its own profiler
//! counts allocations without unsafe code of ours.

use std::cell::Cell;
use std::collections::BTreeMap;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use leastwise::authorize::{Certainty, Conditions, Reason, Requirement};
use leastwise::made::form;
use leastwise::policy::{Builder, Order};
use leastwise::render;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const CALLS: [usize; 3] = [10, 10_000, 1_000_000];

fn main() {
    divan::main();
}

/// One call that the program made before: a retry, a poll, the next of a thousand PutItems.
#[divan::bench(args = CALLS, sample_count = 100, sample_size = 1_000)]
fn repeated_call_after(bencher: Bencher<'_, '_>, calls: usize) {
    let mut builder = after(calls, call);
    let again: Vec<Requirement> = (0..calls.min(1_000)).map(call).collect();
    let place = Cell::new(0);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        place.set((place.get() + 1) % again.len());
        builder.add(black_box(&again[place.get()]))
    });
}

/// Twenty calls as they come, of which one needs something new.
#[divan::bench(args = CALLS, sample_count = 20, sample_size = 1)]
fn twenty_calls_after(bencher: Bencher<'_, '_>, calls: usize) {
    twenty_after(bencher, calls, call);
}

/// The worst program: every call names an object that no call named before.
#[divan::bench(args = CALLS, sample_count = 10, sample_size = 1)]
fn twenty_new_objects_after(bencher: Bencher<'_, '_>, calls: usize) {
    twenty_after(bencher, calls, new_object);
}

/// The worst for subsumption: every call names a secret by a pattern of its own (`name-??????`).
#[divan::bench(args = [10, 10_000], sample_count = 10, sample_size = 1)]
fn twenty_new_patterns_after(bencher: Bencher<'_, '_>, calls: usize) {
    twenty_after(bencher, calls, new_pattern);
}

/// Whether a program made a name: most have no form.
#[divan::bench(args = ["acme-prod-orders-eu-west-1-logs", "job-20261125-093000.json"])]
fn form_of_a_name(name: &str) -> Option<form::Formed> {
    form::pattern(black_box(name))
}

/// What happens at most once a second: the policy, and its text.
#[divan::bench(args = CALLS, sample_count = 10, sample_size = 1)]
fn policy_and_json_after(bencher: Bencher<'_, '_>, calls: usize) {
    let builder = after(calls, call);
    bencher.bench_local(|| render::json::render(&builder.policy(Order::FirstSeen)));
}

fn twenty_after(bencher: Bencher<'_, '_>, calls: usize, call: fn(usize) -> Requirement) {
    let next: Vec<Requirement> = (calls..calls + 20).map(call).collect();
    bencher
        .counter(ItemsCount::new(next.len()))
        .with_inputs(|| after(calls, call))
        .bench_local_refs(|builder| next.iter().filter(|call| builder.add(call)).count());
}

fn after(calls: usize, call: fn(usize) -> Requirement) -> Builder {
    let mut builder = Builder::new();
    for number in 0..calls {
        builder.add(&call(number));
    }
    builder
}

/// The calls of a long program: it polls, invokes, passes a role, and names a new object in every
/// twentieth call.
fn call(number: usize) -> Requirement {
    const HERE: &str = "eu-west-1:111122223333";
    match number % 20 {
        0 => object("s3:PutObject", number / 20),
        1 => requirement(
            "iam:PassRole",
            format!("arn:aws:iam::111122223333:role/app-{}", number % 7),
            passed_to("lambda.amazonaws.com"),
        ),
        kind @ 2..8 => {
            let action = ["CreateFunction", "GetFunction", "InvokeFunction"][kind % 3];
            plain(&format!("lambda:{action}"), format!("arn:aws:lambda:{HERE}:function:*"))
        }
        kind @ 8..14 => {
            let action = ["PutItem", "GetItem", "Query", "UpdateItem"][kind % 4];
            let table = number % 31;
            plain(&format!("dynamodb:{action}"), format!("arn:aws:dynamodb:{HERE}:table/t{table}"))
        }
        // An object that was named before: the latest, or one from long ago.
        kind @ 14..17 => object("s3:PutObject", number / 20 / [1, 2, 3][kind - 14]),
        kind => {
            let action = ["Instances", "Vpcs", "Subnets"][kind % 3];
            plain(&format!("ec2:Describe{action}"), "*".to_owned())
        }
    }
}

fn new_object(number: usize) -> Requirement {
    object("s3:GetObject", number)
}

fn new_pattern(number: usize) -> Requirement {
    plain(
        "secretsmanager:GetSecretValue",
        format!(
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/{number}/password-??????"
        ),
    )
}

fn object(action: &str, number: usize) -> Requirement {
    plain(action, format!("arn:aws:s3:::uploads-of-the-app/2024/07/{number:08}/report.json"))
}

fn plain(action: &str, resource: String) -> Requirement {
    requirement(action, resource, Conditions::new())
}

fn requirement(action: &str, resource: String, conditions: Conditions) -> Requirement {
    Requirement {
        action: action.to_owned().into(),
        resources: vec![resource],
        conditions,
        reason: Reason::Operation,
        certainty: Certainty::Certain,
    }
}

fn passed_to(service: &str) -> Conditions {
    let values = vec![service.to_owned()];
    BTreeMap::from([(
        "StringEquals".into(),
        BTreeMap::from([("iam:PassedToService".into(), values)]),
    )])
}
