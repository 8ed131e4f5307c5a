//! The loop of `iam_loop`, closed by our own enforcement, with no translation: the workload runs once more with nothing but the policy
//! that was recorded, and before each call the same request is made without each of the actions that the recording says it needs,
//! with each of them on other resources, and under other conditions. Each of these must be refused, and nothing of it may reach moto.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Enforcing, guard};
use crate::iam_loop;
use crate::refusals_clients::{read_body, read_head};
use crate::support::{
    ACCOUNT, StandIn, access_key_id, child_path, installed, repository, run, skipped,
};

/// What only the answer tells, so that the request goes on: the operation, the action, and why. It is said all the same, and of a read
/// the answer is kept back.
const TOLD_BY_ANSWERS: &[(&str, &str, &str)] =
    &[("s3.GetObject", "kms:Decrypt", "S3 names the key that seals the object in its answer")];

#[test]
fn the_recorded_policy_is_enough_and_each_part_of_it_is_needed() {
    let Some(python) = installed("python") else {
        return skipped(
            "enforce::loop_of_iam::the_recorded_policy_is_enough_and_each_part_of_it_is_needed",
            "no .venv (scripts/test makes it)",
        );
    };
    let (policy, recording) = iam_loop::record();
    let calls: Vec<Value> =
        recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    let moto = StandIn::start_with(&[("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")]);
    let counting = Counting::start(&moto.url);
    let proxy = Enforcing::start(None, &["127.0.0.1"], guard(&policy.to_string()));
    let trials = Arc::new(Trials { proxy, counting, policy, calls, found: Mutex::default() });
    let front = front(&trials);
    let folder = tempfile::tempdir().unwrap();
    let mut workload = Command::new(&python);
    workload
        .arg("-B")
        .arg(repository("tests/iam_loop/workload.py"))
        .current_dir(&folder)
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder.path())
        .env("AWS_ENDPOINT_URL", front)
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", "anything");
    run(&mut workload, Duration::from_secs(300));

    let Trials { calls, found, .. } = &*trials;
    let Found { made, refused, on_resources, on_conditions, told, unexpected } =
        &*found.lock().unwrap();
    assert!(unexpected.is_empty(), "{}:\n{}", unexpected.len(), unexpected.join("\n"));
    assert_eq!(*made, calls.len(), "calls with the policy, and calls recorded");
    let actions = trials.actions();
    let tried: BTreeSet<&str> = refused.keys().chain(told.iter()).map(String::as_str).collect();
    let never: Vec<_> = actions.iter().filter(|it| !tried.contains(&***it)).collect();
    eprintln!(
        "{made} calls pass with the recorded policy; each of its {} actions is needed: {} requests without one were refused, \
         {on_resources} with one on other resources, {on_conditions} under other conditions; {told:?} only answers tell",
        actions.len(),
        refused.values().sum::<usize>(),
    );
    assert!(never.is_empty(), "never refused: {never:?}");
    assert_eq!(told.len(), TOLD_BY_ANSWERS.len(), "{told:?}");
    assert!(*on_resources > 100 && *on_conditions > 10, "{on_resources} {on_conditions}");
}

/// The trials of all calls.
struct Trials {
    proxy: Enforcing,
    counting: Counting,
    /// As it was recorded.
    policy: Value,
    /// In the order in which they are made.
    calls: Vec<Value>,
    found: Mutex<Found>,
}

/// What came of them.
#[derive(Default)]
struct Found {
    made: usize,
    /// How often a request was refused without each action.
    refused: BTreeMap<String, usize>,
    on_resources: usize,
    on_conditions: usize,
    /// Actions that only answers tell.
    told: BTreeSet<String>,
    unexpected: Vec<String>,
}

impl Trials {
    /// Makes a request with less than the policy, in all ways, and at last with the policy. `request`: its first line and all the rest.
    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let mut found = self.found.lock().unwrap();
        let Some(call) = self.calls.get(found.made) else {
            found.unexpected.push("a call more than were recorded".to_owned());
            return self.send(&self.policy, request).1;
        };
        found.made += 1;
        let operation = iam_loop::operation(call);
        let mut asked = BTreeSet::new();
        for required in call["requires"].as_array().unwrap() {
            let action = required["action"].as_str().unwrap();
            if !asked.insert(action) {
                continue;
            }
            let without = self.changed(action, |_| None);
            if TOLD_BY_ANSWERS.iter().any(|(of, it, _)| *of == operation && *it == action) {
                let (reached, answer) = self.send(&without, request);
                if reached == 1 && is_refusal(&answer) {
                    found.told.insert(action.to_owned());
                } else {
                    found.unexpected.push(format!("{operation} without {action} is not told"));
                }
                continue;
            }
            let elsewhere = |statement: &mut Value| {
                let resources = statement["Resource"].as_array_mut().unwrap();
                resources.retain(|it| it != "*");
                resources.iter_mut().for_each(others);
                !resources.is_empty()
            };
            let otherwise = |statement: &mut Value| {
                let Some(operators) = statement["Condition"].as_object_mut() else { return false };
                let keys = operators.values_mut().flat_map(|it| it.as_object_mut().unwrap());
                for (_, value) in keys {
                    match value {
                        Value::Array(values) => values.iter_mut().for_each(others),
                        value => others(value),
                    }
                }
                true
            };
            let is_open = required["resources"] == json!(["*"]);
            let is_held = self.statements(action).any(|it| !it["Condition"].is_null());
            let trials = [
                (Some(without), "without it"),
                (
                    (!is_open).then(|| self.changed(action, with(elsewhere))),
                    "with it on other resources",
                ),
                (
                    is_held.then(|| self.changed(action, with(otherwise))),
                    "with it under other conditions",
                ),
            ];
            for (policy, how) in trials {
                let Some(policy) = policy else { continue };
                let (reached, answer) = self.send(&policy, request);
                if reached > 0 || !is_refusal(&answer) {
                    let answer = String::from_utf8_lossy(&answer).into_owned();
                    found
                        .unexpected
                        .push(format!("{operation} {action} {how}: {reached} {answer}"));
                    return answer.into_bytes();
                }
                match how {
                    "without it" => *found.refused.entry(action.to_owned()).or_default() += 1,
                    "with it on other resources" => found.on_resources += 1,
                    _ => found.on_conditions += 1,
                }
            }
        }
        let (reached, answer) = self.send(&self.policy, request);
        if reached != 1 || is_refusal(&answer) {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            found.unexpected.push(format!("{operation} by the recorded policy: {answer}"));
        }
        answer
    }

    /// Sends a request by a policy: how often moto was asked, and the answer.
    fn send(&self, policy: &Value, request: &[u8]) -> (usize, Vec<u8>) {
        self.proxy.replace(&policy.to_string());
        let before = self.counting.count();
        let mut stream = self.proxy.dial();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        (self.counting.count() - before, answer)
    }

    fn statements(&self, action: &str) -> impl Iterator<Item = &Value> {
        let statements = self.policy["Statement"].as_array().unwrap().iter();
        statements.filter(move |it| it["Action"].as_array().unwrap().iter().any(|it| it == action))
    }

    /// The policy with this instead of each statement that allows the action, for that action alone.
    fn changed(&self, action: &str, change: impl Fn(Value) -> Option<Value>) -> Value {
        let mut statements = Vec::new();
        for statement in self.policy["Statement"].as_array().unwrap() {
            let mut rest = statement.clone();
            rest["Action"].as_array_mut().unwrap().retain(|it| it != action);
            let has_it = rest["Action"] != statement["Action"];
            if rest["Action"] != json!([]) {
                statements.push(rest);
            }
            if has_it {
                let mut own = statement.clone();
                own["Action"] = json!([action]);
                statements.extend(change(own));
            }
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn actions(&self) -> BTreeSet<String> {
        let statements = self.policy["Statement"].as_array().unwrap().iter();
        let actions = statements.flat_map(|it| it["Action"].as_array().unwrap());
        actions.map(|it| it.as_str().unwrap().to_owned()).collect()
    }
}

/// A statement, changed; none where there is nothing to change.
fn with(change: impl Fn(&mut Value) -> bool) -> impl Fn(Value) -> Option<Value> {
    move |mut statement| change(&mut statement).then_some(statement)
}

/// Another value than this.
fn others(value: &mut Value) {
    *value = json!(format!("{}-of-others", value.as_str().unwrap()));
}

/// Whether an answer is ours.
fn is_refusal(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let status = text.split(' ').nth(1).unwrap_or_default();
    let is_head = text.ends_with("\r\n\r\n") && status == "403";
    (status == "403" || status == "400") && (is_head || text.contains("not authorized"))
}

/// Takes the requests of the workload, whole, and answers them as [`Trials::answer`] says. Its URL.
fn front(trials: &Arc<Trials>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, trials) = (format!("http://{}", listener.local_addr().unwrap()), Arc::clone(trials));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let trials = Arc::clone(&trials);
            std::thread::spawn(move || {
                let connection = connection.unwrap();
                let mut writer = connection.try_clone().unwrap();
                let mut reader = BufReader::new(connection);
                // One request a connection: the answer is what the proxy sends until it closes.
                let Some(request) = take(&mut reader, &mut writer, &trials.counting.url) else {
                    return;
                };
                let _ = writer.write_all(&trials.answer(&request));
            });
        }
    });
    url
}

/// A request, as it is sent to a proxy for this upstream.
fn take(
    reader: &mut BufReader<TcpStream>,
    writer: &mut TcpStream,
    upstream: &str,
) -> Option<Vec<u8>> {
    let head = String::from_utf8(read_head(reader)?).unwrap();
    let mut lines = head.trim_end().lines();
    let (method, rest) = lines.next()?.split_once(' ')?;
    let (mut length, mut encoding) = (String::new(), String::new());
    let host = upstream.strip_prefix("http://")?;
    let mut request = format!("{method} {upstream}{rest}\r\nHost: {host}\r\nConnection: close\r\n");
    for line in lines {
        let (name, value) = line.split_once(':')?;
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.trim().to_owned(),
            "transfer-encoding" => encoding = value.trim().to_owned(),
            "expect" => writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap(),
            "connection" | "host" => {}
            _ => request.push_str(&format!("{line}\r\n")),
        }
    }
    let body = read_body(reader, &length, &encoding);
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    Some([request.into_bytes(), body].concat())
}

/// What stands before moto and counts the requests that reach it: one a connection.
struct Counting {
    url: String,
    count: Arc<AtomicUsize>,
}

impl Counting {
    fn start(upstream: &str) -> Counting {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
        let count = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (counted, upstream) = (Arc::clone(&counted), upstream.clone());
                std::thread::spawn(move || pass(connection.unwrap(), &upstream, &counted));
            }
        });
        Counting { url, count }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Passes a request on.
fn pass(connection: TcpStream, upstream: &str, counted: &AtomicUsize) {
    let mut writer = connection.try_clone().unwrap();
    let mut reader = BufReader::new(connection);
    let Some(head) = read_head(&mut reader) else { return };
    counted.fetch_add(1, Ordering::SeqCst);
    let text = String::from_utf8_lossy(&head).into_owned();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().to_owned())
    });
    let body = read_body(&mut reader, &length.unwrap_or_default(), "");
    // The front of moto closes behind each answer.
    let mut moto = TcpStream::connect(upstream).unwrap();
    moto.write_all(&[head, body].concat()).unwrap();
    let mut answer = Vec::new();
    let _ = moto.read_to_end(&mut answer);
    let _ = writer.write_all(&answer);
}
