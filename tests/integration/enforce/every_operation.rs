//! Every operation of the catalogue that needs a permission: its signed request is refused by an empty policy, and goes on by the
//! policy that a recording of it gives.

use std::collections::BTreeMap;
use std::io::Write;

use leastwise::call::Call;
use leastwise::enforce::{Fate, Guard, Judged, Permission, Settled, Stage, Verdict};
use leastwise::evaluate::levels::Outcome;
use leastwise::evaluate::verdict::Reason;
use serde_json::json;

use super::support::{
    Answered, Enforcing, SUFFIXES, Stub, TIME, guard, levels, levels_with_resources, policy,
    recorded,
};
use crate::corpus::{self, About, Request, Walked};
use crate::requests;
use crate::support::repository;

/// What was judged of the requests.
pub(crate) struct Enforced {
    nothing: Guard,
    recorded: Guard,
    /// What came of the signed requests of each operation.
    operations: BTreeMap<String, Seen>,
    problems: Vec<String>,
}

/// How often the requests of an operation met what.
#[derive(Default)]
struct Seen {
    /// AWS documents that it needs no permission.
    free: usize,
    /// It is not known what it needs, or not for what it names: refused, whatever policies say.
    unknown: usize,
    /// What it names has a line break, or is otherwise none of the names that AWS allows: refused, whatever policies say.
    misnamed: usize,
    /// It is for a resource of another account, so that the policy of that decides as well: without it refused, with it allowed.
    abroad: usize,
    /// Refused by an empty policy, and allowed by the one recorded from it.
    proven: usize,
}

impl Seen {
    /// Whether it is known what the operation needs, and policies decided on it.
    fn is_settled(&self) -> bool {
        self.proven + self.abroad + self.free > 0
    }
}

impl Default for Enforced {
    fn default() -> Self {
        let empty = policy(&json!([]));
        Enforced {
            nothing: guard(&empty),
            recorded: guard(&empty),
            operations: BTreeMap::new(),
            problems: Vec::new(),
        }
    }
}

impl Enforced {
    pub(crate) fn look_at(&mut self, request: &Request, walked: Option<&Walked>) {
        let About { service, operation, variant, .. } = &**request;
        let name = format!("{service}.{operation}");
        // One request is enough: hosts and signatures are not what policies ask about, and of all of them it would take minutes.
        if self.operations.get(&name).is_some_and(Seen::is_settled) {
            return;
        }
        let Some(Walked { call: over, unanswered: sent, .. }) = walked else { return };
        let mut problem = |what: String| self.problems.push(format!("{name} ({variant}): {what}"));
        if !sent.is_read() {
            problem("it is never read to its end".to_owned());
        }
        let mut call = sent.so_far(TIME);
        let refused = self.nothing.judge(&mut call, Stage::Request, &mut Settled::new());
        let refused = refused.expect("nothing was judged before");
        if refused.verdict == Verdict::NotAsked {
            return;
        }
        let seen = self.operations.entry(name.clone()).or_default();
        match refused.verdict {
            Verdict::NotNeeded => seen.free += 1,
            Verdict::Unrecognized => seen.unknown += 1,
            Verdict::Denied | Verdict::Misnamed => {
                match by_its_own(&mut self.recorded, &call, over) {
                    Ok(Verdict::Misnamed) => seen.misnamed += 1,
                    Ok(Verdict::Undecided) => seen.abroad += 1,
                    Ok(_) => seen.proven += 1,
                    Err(what) => problem(what),
                }
            }
            verdict => problem(format!("{verdict:?} by an empty policy")),
        }
    }
}

/// The verdict on a call by the policy that was recorded from it when it was `over`. Undecided: it is allowed where the resource's policy,
/// which is another account's, allows it, too.
fn by_its_own(guard: &mut Guard, call: &Call, over: &Call) -> Result<Verdict, String> {
    let policy = recorded(over.clone());
    guard.replace(levels(&policy));
    let judged = judged(guard, call, over);
    let Some(judged) = judged else { return Ok(Verdict::Allowed) };
    if judged.verdict == Verdict::Misnamed {
        return Ok(judged.verdict);
    }
    let is_ungiven = |it: &Reason| matches!(it, Reason::Ungiven(_));
    let is_abroad = |it: &Permission| match &it.ruling.outcome {
        Outcome::Allowed => true,
        Outcome::Undecided(reasons) => reasons.iter().all(is_ungiven),
        Outcome::Denied(_) => false,
    };
    let what = format!("{:?} by its own policy: {:?} {policy}", judged.verdict, judged.reason());
    if !judged.permissions.iter().all(is_abroad) {
        return Err(what);
    }
    guard.replace(levels_with_resources(&policy));
    match self::judged(guard, call, over) {
        None => Ok(Verdict::Undecided),
        Some(judged) if judged.verdict == Verdict::Misnamed => Ok(judged.verdict),
        Some(judged) => {
            Err(format!("with the resource's policy, too: {:?}; {what}", judged.reason()))
        }
    }
}

/// What keeps a call from going on, when its request is judged, or when its answer is.
fn judged(guard: &mut Guard, call: &Call, over: &Call) -> Option<Judged> {
    let mut settled = Settled::new();
    for (mut call, stage) in [(call.clone(), Stage::Request), (over.clone(), Stage::End)] {
        let Some(judged) = guard.judge(&mut call, stage, &mut settled) else { continue };
        if guard.is_refused(judged.verdict) {
            return Some(judged);
        }
    }
    None
}

#[test]
fn each_is_refused_by_an_empty_policy_and_allowed_by_its_own() {
    let Enforced { operations, problems, .. } = &corpus::found().enforced;
    let of = |which: fn(&Seen) -> bool| -> Vec<&str> {
        operations.iter().filter(|(_, seen)| which(seen)).map(|(name, _)| &**name).collect()
    };
    let unknown = of(|it| !it.is_settled() && it.misnamed == 0);
    let misnamed = of(|it| !it.is_settled() && it.misnamed > 0);
    let sum = |which: fn(&Seen) -> usize| operations.values().map(which).sum::<usize>();
    println!(
        "{} operations are refused by an empty policy and allowed by their own ({} requests, and {} whose resource is another \
         account's); {} need no permission; of {} it is not known what they need: {unknown:?}; {} were only seen with names that \
         cannot be: {misnamed:?}",
        of(|it| it.proven + it.abroad > 0).len(),
        sum(|it| it.proven),
        sum(|it| it.abroad),
        of(|it| it.free > 0).len(),
        unknown.len(),
        misnamed.len(),
    );
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
    let settled = operations.values().filter(|it| it.is_settled()).count();
    assert_eq!(settled + unknown.len() + misnamed.len(), operations.len());
    assert!(settled * 100 >= operations.len() * 90, "{settled} of {}", operations.len());
}

/// A few hundred of all protocols go through the proxy: nothing of what is refused reaches the upstream.
#[test]
fn nothing_that_is_refused_reaches_the_upstream() {
    let empty = policy(&json!([]));
    let stub = Stub::start();
    let proxy = Enforcing::start(Some(&stub.url), &[], guard(&empty));
    let mut asked: Vec<Request> = Vec::new();
    for request in requests::read::<About>(&repository("tests/recognition/fixtures.jsonl.gz")) {
        let host = request.host();
        let is_of_aws = SUFFIXES.iter().any(|it| host.ends_with(&format!(".{it}")));
        let Some(sent) = request.sent().filter(|_| is_of_aws) else { continue };
        let verdict =
            guard(&empty).judge(&mut sent.so_far(TIME), Stage::Request, &mut Settled::new());
        if verdict.is_some_and(|it| matches!(it.verdict, Verdict::Denied | Verdict::Misnamed)) {
            asked.push(request);
        }
    }
    assert!(asked.len() > 300, "{}", asked.len());
    for request in &asked {
        let answer = send(&proxy, request);
        let name = format!("{} {} {}", request.service, request.operation, request.variant);
        assert!((400..404).contains(&answer.status), "{name}: {answer:?}");
        assert_eq!(stub.seen(), Vec::<String>::new(), "{name}");
        if request.method == "HEAD" {
            assert!(answer.body.is_empty(), "{name}");
        }
    }
    let refused = asked.len();
    let mut own = guard(&empty);
    asked.retain(|request| {
        let call = request.sent().expect("it was recognised").so_far(TIME);
        let over = request.call().expect("it was recognised");
        by_its_own(&mut own, &call, &over) == Ok(Verdict::Allowed)
    });
    for (request, before) in asked.iter().zip(0..) {
        proxy.replace(&recorded(request.call().unwrap()));
        let answer = send(&proxy, request);
        let name = format!("{} {} {}", request.service, request.operation, request.variant);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(stub.count(), before + 1, "{name}");
        assert!(stub.seen()[before].starts_with(&request.method), "{name}");
    }
    let judged = proxy.end();
    assert_eq!(judged.iter().filter(|it| it.fate == Fate::Refused).count(), refused);
    assert!(judged.iter().all(|it| matches!(it.fate, Fate::Refused | Fate::Passed)));
    let allowed = asked.len();
    assert!(allowed * 4 >= refused * 3, "{allowed} of {refused}");
    println!(
        "{refused} requests were refused and reached nobody; by their own policies {allowed} of them reached the upstream"
    );
}

/// Sends a request of the corpus through the proxy.
fn send(proxy: &Enforcing, request: &Request) -> Answered {
    let (host, target) = (request.host(), request.target());
    let is_secure = request.url.starts_with("https:");
    let target = if is_secure { target.to_owned() } else { format!("http://{host}{target}") };
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method).into_bytes();
    for (name, value) in request.headers() {
        let framing = ["connection", "content-length", "expect", "transfer-encoding"];
        if !framing.iter().any(|it| name.eq_ignore_ascii_case(it)) {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
    }
    let length = request.body.len();
    bytes.extend(format!("Content-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes());
    bytes.extend(&request.body);
    if is_secure {
        let mut stream = proxy.tls(host);
        stream.write_all(&bytes).unwrap();
        stream.flush().unwrap();
        return Answered::read(&mut stream);
    }
    let mut stream = proxy.dial();
    stream.write_all(&bytes).unwrap();
    Answered::read(&mut stream)
}
