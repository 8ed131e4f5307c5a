//! Events and calls, from datagrams that SDKs sent (`tests/fixtures/csm`) and from made-up ones.

use serde_json::json;

use super::*;
use crate::call::{Call, Timestamp};
use crate::catalog::Catalog;

const BOTO3: &str = include_str!("../../../tests/fixtures/csm/boto3.jsonl");
const AWS_CLI: &str = include_str!("../../../tests/fixtures/csm/aws-cli.jsonl");
const JAVASCRIPT: &str = include_str!("../../../tests/fixtures/csm/javascript-v2.jsonl");

/// The moment in which the made-up calls begin.
const START: u64 = 1_760_000_000_000;

/// A tracker, and what it told.
struct Heard {
    tracker: Tracker,
    attempts: Vec<Call>,
    calls: Vec<Call>,
}

impl Heard {
    fn new() -> Self {
        let tracker = Tracker::new(Catalog::embedded());
        Heard { tracker, attempts: Vec::new(), calls: Vec::new() }
    }

    fn hear(&mut self, datagram: impl AsRef<[u8]>, now: u64) {
        let Heard { tracker, attempts, calls } = self;
        let mut sink = |observation| match observation {
            Observation::Attempt(call) => attempts.push(call),
            Observation::Call(call) => calls.push(call),
        };
        for event in events(datagram.as_ref()) {
            tracker.event(event.unwrap(), Timestamp(now), &mut sink);
        }
    }

    fn idle(&mut self, now: u64) {
        let calls = &mut self.calls;
        self.tracker.idle(Timestamp(now), &mut |observation| match observation {
            Observation::Call(call) => calls.push(call),
            Observation::Attempt(_) => panic!("an attempt without an event"),
        });
    }

    fn finish(&mut self) {
        let calls = &mut self.calls;
        self.tracker.finish(&mut |observation| match observation {
            Observation::Call(call) => calls.push(call),
            Observation::Attempt(_) => panic!("an attempt without an event"),
        });
    }

    fn all(lines: &str) -> Self {
        let mut heard = Heard::new();
        for line in lines.lines() {
            heard.hear(line, START);
        }
        heard.finish();
        heard
    }

    /// How many calls were told by now, and then at the end.
    fn counts(mut self) -> (usize, usize) {
        let before = self.calls.len();
        self.finish();
        (before, self.calls.len())
    }
}

/// An attempt, in milliseconds from the start.
fn attempt(from: u64, to: u64, status: u16) -> String {
    attempt_by("c", from, to, status)
}

fn attempt_by(client: &str, from: u64, to: u64, status: u16) -> String {
    json!({
        "Version": 1, "ClientId": client, "Type": "ApiCallAttempt", "Service": "S3",
        "Api": "PutObject", "Timestamp": START + from, "AttemptLatency": to - from,
        "Fqdn": format!("b{from}.s3.eu-west-1.amazonaws.com"), "Region": "eu-west-1",
        "AccessKey": "ASIAY34FZKBOKMUTVV7A", "HttpStatusCode": status,
    })
    .to_string()
}

fn call(from: u64, to: u64, status: u16, attempts: u64) -> String {
    call_by("c", from, to, status, attempts)
}

fn call_by(client: &str, from: u64, to: u64, status: u16, attempts: u64) -> String {
    json!({
        "Version": 1, "ClientId": client, "Type": "ApiCall", "Service": "S3", "Api": "PutObject",
        "Timestamp": START + from, "Latency": to - from, "AttemptCount": attempts,
        "Region": "eu-west-1", "FinalHttpStatusCode": status,
    })
    .to_string()
}

fn summary(call: &Call) -> String {
    let operation = call.operation.as_deref().unwrap_or("-");
    let status = call.outcome.status.map_or("-".to_owned(), |status| status.to_string());
    let error = call.outcome.error.as_deref().unwrap_or("-");
    let bucket = call.parameters.get("Bucket").and_then(|bucket| bucket.as_str()).unwrap_or("-");
    let region = call.region.as_deref().unwrap_or("-");
    format!("{}:{operation} {region} {status} {error} x{} {bucket}", call.service, call.attempts)
}

#[test]
fn boto3_is_heard() {
    let heard = Heard::all(BOTO3);
    let calls: Vec<_> = heard.calls.iter().map(summary).collect();
    assert_eq!(
        calls,
        [
            "s3:CreateBucket eu-west-1 200 - x1 -",
            "s3:PutObject eu-west-1 200 - x1 -",
            "s3:GetObject eu-west-1 404 NoSuchKey x1 -",
            "dynamodb:ListTables eu-west-1 200 - x1 -",
            "elbv2:DescribeLoadBalancers eu-west-1 200 - x1 -",
            "s3:PutObject eu-west-1 - ProxyConnectionError x3 -",
            "s3:PutObject eu-west-1 - ProxyConnectionError x3 my-bucket",
            "lambda:ListFunctions eu-west-1 - ProxyConnectionError x3 -",
            // Without credentials nothing was sent.
            "sts:GetCallerIdentity - - - x0 -",
        ],
    );
    assert_eq!(heard.attempts.len(), 14);
    assert!(heard.calls.iter().all(|call| call.recognized));
    let [first, ..] = &heard.calls[..] else { panic!("no call") };
    assert_eq!(first.principal.as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(first.host.as_deref(), Some("127.0.0.1:5123"));
    assert_eq!(first.time, Timestamp(1_795_308_776_974));
    assert!(first.outcome.request_id.as_deref().is_some_and(|id| id.starts_with("kkP0M0zU")));
    assert!(first.user_agent.as_deref().is_some_and(|agent| agent.starts_with("Boto3/")));
    let told = format!("{:?}{:?}", heard.calls, heard.attempts);
    assert!(!told.contains("FwoGZXIvYXdzEXAMPLETOKEN"), "a session token was kept");
}

#[test]
fn aws_cli_and_javascript_are_heard() {
    let calls: Vec<_> = Heard::all(AWS_CLI).calls.iter().map(summary).collect();
    assert_eq!(calls, ["sqs:ListQueues us-east-1 200 - x1 -"]);
    let calls: Vec<_> = Heard::all(JAVASCRIPT).calls.iter().map(summary).collect();
    assert_eq!(
        calls,
        [
            "s3:GetObject eu-west-1 404 NoSuchBucket x1 -",
            "dynamodb:ListTables eu-west-1 200 - x1 -",
            "ec2:DescribeRegions eu-west-1 200 - x1 -",
            "lambda:ListFunctions eu-west-1 - UnknownEndpoint x2 -",
        ],
    );
}

#[test]
fn an_attempt_gives_account_bucket_and_partition() {
    let mut heard = Heard::new();
    heard.hear(attempt(0, 9, 200), START);
    assert_eq!(heard.attempts.len(), 1);
    assert_eq!(heard.calls.len(), 0);
    heard.hear(call(0, 9, 200, 1), START);
    let [call] = &heard.calls[..] else { panic!("one call") };
    assert_eq!(call.account.as_deref(), Some("609629065308"));
    assert_eq!(call.parameters["Bucket"], "b0");
    assert_eq!(call.partition, "aws");
    assert!(matches!(&call.service, std::borrow::Cow::Borrowed("s3")));
}

#[test]
fn an_access_point_is_put_as_its_arn() {
    let mut heard = Heard::new();
    let sent = attempt(0, 9, 200)
        .replace(
            "b0.s3.eu-west-1.amazonaws.com",
            "ap-111122223333.s3-accesspoint.cn-north-1.amazonaws.com.cn",
        )
        .replace("\"eu-west-1\"", "\"cn-north-1\"");
    heard.hear(sent, START);
    assert_eq!(
        heard.attempts[0].parameters["Bucket"],
        "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/ap",
    );
    assert_eq!(heard.attempts[0].partition, "aws-cn");
}

#[test]
fn several_events_in_a_datagram() {
    let (first, second) = (attempt(0, 9, 200), call(0, 9, 200, 1));
    for datagram in [
        format!("{first}\n{second}"),
        format!("{first}{second}\n"),
        format!("{first} \r\n\r\n{second}\0\0\n "),
        format!("\u{feff}\n{first}\0{second}"),
    ] {
        assert_eq!(events(datagram.as_bytes()).flatten().count(), 2, "{datagram}");
        assert_eq!(events(datagram.as_bytes()).count(), 2, "{datagram}");
    }
}

#[test]
fn what_is_malformed_is_told_and_the_rest_is_read() {
    let good = call(0, 9, 200, 1);
    let read = |datagram: &str| -> Vec<_> {
        events(datagram.as_bytes()).map(|event| event.map(|event| event.kind)).collect()
    };
    assert_eq!(read(""), [Err(Malformed::Empty)]);
    assert_eq!(read("\n\0 "), [Err(Malformed::Empty)]);
    assert_eq!(read("{\"Type\":\"Api"), [Err(Malformed::Truncated { after: 12 })]);
    assert_eq!(read("hello"), [Err(Malformed::NotJson { line: 1, column: 1 })]);
    assert_eq!(read("[1,2]"), [Err(Malformed::NotAnObject)]);
    assert_eq!(
        read("{\"Type\":\"ApiCall\",\"Api\":\"X\"}"),
        [Err(Malformed::Missing { field: "Service" })]
    );
    assert_eq!(
        read("{\"Type\":\"ApiCall\",\"Service\":\"S3\",\"Api\":null}"),
        [Err(Malformed::Missing { field: "Api" })],
    );
    assert_eq!(
        read(&format!("{good}{{\"Type\":")),
        [Ok(Kind::Call), Err(Malformed::Truncated { after: 8 })],
    );
    assert_eq!(
        read(&format!("{good}\nnonsense\n{good}")),
        [Ok(Kind::Call), Err(Malformed::NotJson { line: 1, column: 2 }), Ok(Kind::Call)],
    );
    // A reason never quotes what was sent.
    let secret = "\"FwoGZXIvYXdzEXAMPLETOKEN\"";
    for event in events(secret.as_bytes()) {
        assert!(!event.unwrap_err().to_string().contains("FwoG"));
    }
}

#[test]
fn odd_types_unknown_fields_and_repeated_ones_are_tolerated() {
    let datagram = r#"{"Version":"2","ClientId":null,"Type":"ApiCall","Type":"ApiCall","Service":"S3",
        "Api":"PutObject","Timestamp":"1760000000000","Latency":12.7,"AttemptCount":"1",
        "Region":{"a":[1]},"FinalHttpStatusCode":"403","FinalAWSException":403,
        "FinalAWSExceptionMessage":["x"],"UserAgent":true,"New":{"deep":[[[{}]]]},"Latency":7}"#;
    let [Ok(event)] = &events(datagram.as_bytes()).collect::<Vec<_>>()[..] else {
        panic!("one event")
    };
    assert_eq!((event.timestamp, event.latency), (Some(1_760_000_000_000), Some(7)));
    assert_eq!((event.attempt_count, event.status), (Some(1), Some(403)));
    assert_eq!(event.aws_error.as_deref(), Some("403"));
    assert_eq!((&event.region, &event.user_agent), (&None, &None));
    let negative = r#"{"Type":"ApiCall","Service":"S3","Api":"A","Timestamp":-5,"Latency":1e300}"#;
    let [Ok(event)] = &events(negative.as_bytes()).collect::<Vec<_>>()[..] else {
        panic!("one event")
    };
    assert_eq!((event.timestamp, event.latency), (None, None));
}

#[test]
fn a_text_that_was_cut_in_the_middle_of_a_character_costs_only_the_text() {
    let whole = call(0, 9, 500, 1);
    let lone_surrogate = whole.replacen('{', r#"{"FinalAwsExceptionMessage":"cut \ud83d","#, 1);
    let mut not_utf8 = whole.replacen('{', r#"{"UserAgent":"cut @","#, 1).into_bytes();
    let at = not_utf8.iter().position(|byte| *byte == b'@').unwrap();
    not_utf8[at] = 0xC3;
    for datagram in [lone_surrogate.as_bytes(), &not_utf8] {
        let [Ok(event)] = &events(datagram).collect::<Vec<_>>()[..] else { panic!("one event") };
        assert_eq!((&*event.api, event.status), ("PutObject", Some(500)));
    }
}

#[test]
fn unknown_types_services_and_operations() {
    let mut heard = Heard::new();
    heard.hear(r#"{"Version":1,"Type":"ApiCallProgress","Anything":1}"#, START);
    assert_eq!((heard.attempts.len(), heard.calls.len()), (0, 0));
    // Without a type, what only an ApiCall has tells.
    for (service, api) in
        [("ec2metadata", "GetToken"), ("S3", "Frobnicate\n"), ("dynamo-db", "PutItem")]
    {
        heard.hear(json!({"Service": service, "Api": api, "AttemptCount": 0}).to_string(), START);
    }
    let [metadata, operation, dynamodb] = &heard.calls[..] else { panic!("three calls") };
    assert_eq!((&*metadata.service, metadata.recognized), ("ec2metadata", false));
    assert_eq!(operation.operation.as_deref(), Some("Frobnicate\\n"));
    assert_eq!((&*operation.service, operation.recognized), ("s3", false));
    assert_eq!((&*dynamodb.service, dynamodb.recognized), ("dynamodb", true));
    assert_eq!(metadata.time, Timestamp(START));
}

#[test]
fn names_are_bounded() {
    let long = "x".repeat(60_000);
    let mut heard = Heard::new();
    let sent = json!({
        "Type": "ApiCallAttempt", "Service": long, "Api": long, "Fqdn": long, "UserAgent": long,
        "AccessKey": long, "Region": long, "AwsException": long, "AwsExceptionMessage": long,
        "XAmzRequestId": long, "ClientId": long,
    });
    heard.hear(sent.to_string(), START);
    let kept = format!("{:?}", heard.attempts[0]);
    assert!(kept.len() < 2_000, "{}", kept.len());
}

#[test]
fn retries_are_one_call() {
    let mut heard = Heard::new();
    heard.hear(attempt(0, 10, 503), START + 10);
    heard.hear(attempt(110, 120, 503), START + 120);
    heard.hear(attempt(10_120, 10_130, 200), START + 10_130);
    heard.hear(call(0, 10_131, 200, 3), START + 10_131);
    assert_eq!(heard.attempts.len(), 3);
    assert_eq!(
        heard.calls.iter().map(summary).collect::<Vec<_>>(),
        ["s3:PutObject eu-west-1 200 - x3 b10120"]
    );
    assert_eq!(heard.counts(), (1, 1));
}

#[test]
fn a_redirect_to_another_region_is_one_call() {
    let mut heard = Heard::new();
    heard.hear(attempt(0, 10, 301).replace("\"eu-west-1\"", "\"us-east-1\""), START);
    heard.hear(attempt(10, 20, 200), START);
    heard.hear(call(0, 21, 200, 2), START);
    assert_eq!(summary(&heard.calls[0]), "s3:PutObject eu-west-1 200 - x2 b10");
    assert_eq!(heard.counts(), (1, 1));
}

#[test]
fn a_call_without_its_attempt_waits_a_moment_and_counts() {
    let mut heard = Heard::new();
    heard.hear(call(0, 9, 200, 1), START + 9);
    assert_eq!(heard.calls.len(), 0);
    heard.idle(START + 400);
    assert_eq!(heard.calls.len(), 0);
    heard.idle(START + 600);
    assert_eq!(heard.calls.len(), 1);
    // The attempt comes very late: still the same call.
    heard.hear(attempt(1, 8, 200), START + 5_000);
    assert_eq!((heard.attempts.len(), heard.calls.len()), (1, 1));
    heard.idle(START + 90_000);
    assert_eq!(heard.counts(), (1, 1));
}

#[test]
fn an_attempt_that_was_overtaken_by_its_call_completes_it() {
    let mut heard = Heard::new();
    heard.hear(call(0, 9, 200, 1), START + 9);
    heard.hear(attempt(1, 8, 200), START + 10);
    assert_eq!(summary(&heard.calls[0]), "s3:PutObject eu-west-1 200 - x1 b1");
    assert_eq!(heard.calls[0].account.as_deref(), Some("609629065308"));
    assert_eq!(heard.counts(), (1, 1));
}

#[test]
fn attempts_without_a_call_count_after_a_quiet_time() {
    let mut heard = Heard::new();
    heard.hear(attempt(0, 10, 503), START + 10);
    heard.hear(attempt(20_000, 20_010, 200), START + 20_010);
    heard.idle(START + 40_000);
    assert_eq!(heard.calls.len(), 0, "the second attempt keeps the first waiting");
    heard.idle(START + 51_000);
    assert_eq!(
        heard.calls.iter().map(summary).collect::<Vec<_>>(),
        ["s3:PutObject eu-west-1 200 - x2 b20000"]
    );
    assert_eq!(heard.calls[0].time, Timestamp(START));
    // The ApiCall comes after all.
    heard.hear(call(0, 55_000, 200, 2), START + 55_000);
    assert_eq!(heard.counts(), (1, 1));
}

#[test]
fn attempts_that_did_not_repeat_each_other_are_calls_of_their_own() {
    let mut heard = Heard::new();
    heard.hear(attempt(0, 10, 200), START);
    heard.hear(attempt(20, 30, 404), START);
    heard.hear(attempt(40, 50, 200), START);
    assert_eq!(heard.counts(), (0, 3));
}

#[test]
fn other_clients_are_other_calls() {
    let mut heard = Heard::new();
    heard.hear(attempt_by("a", 0, 10, 200), START);
    heard.hear(call_by("b", 0, 10, 200, 1), START);
    assert_eq!(heard.counts(), (0, 2));
}

#[test]
fn calls_that_run_at_the_same_time_get_their_own_attempts() {
    let mut heard = Heard::new();
    // The second begins after the first and ends before it; the first fails.
    heard.hear(attempt(10, 20, 200), START);
    heard.hear(attempt(5, 21, 403), START);
    heard.hear(call(4, 22, 403, 1), START);
    heard.hear(call(9, 21, 200, 1), START);
    let calls: Vec<_> = heard.calls.iter().map(summary).collect();
    assert_eq!(
        calls,
        ["s3:PutObject eu-west-1 403 - x1 b5", "s3:PutObject eu-west-1 200 - x1 b10"],
    );
    assert_eq!(heard.counts(), (2, 2));
}

/// A small generator of numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn a_call_whose_attempt_another_took_gets_the_one_that_is_left() {
    // Sixteen threads of boto3 do this: a call ends when another's attempt does, takes it, and
    // leaves its own, which began before the other call. That one takes a third's.
    let mut heard = Heard::new();
    heard.hear(attempt(5, 90, 200), START + 90);
    heard.hear(attempt(25, 100, 200), START + 100);
    heard.hear(call(0, 100, 200, 1), START + 100);
    heard.hear(call(20, 110, 200, 1), START + 110);
    heard.hear(attempt(105, 120, 200), START + 120);
    heard.hear(call(103, 121, 200, 1), START + 121);
    heard.idle(START + 2_000);
    heard.finish();
    assert_eq!(heard.calls.len(), 3);
    for call in &heard.calls {
        assert!(call.account.is_some() && call.parameters.contains_key("Bucket"), "{call:?}");
    }
}

#[test]
fn interleaved_calls_count_exactly() {
    for seed in 1..=60 {
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed));
        // Eight threads, all calling the same operation under one client id, one call after another
        // with up to three retries; each datagram is sent when what it tells is over.
        let mut sent = Vec::new();
        let mut expected = 0;
        for _thread in 0..8 {
            let mut now = numbers.below(50);
            for _call in 0..40 {
                let from = now;
                now += numbers.below(3);
                let attempts = 1 + numbers.below(4).saturating_sub(numbers.below(4));
                for number in 1..=attempts {
                    let begun = now;
                    now += numbers.below(30);
                    let status = if number < attempts { 503 } else { 200 };
                    sent.push((now, attempt(begun, now, status)));
                    if number < attempts {
                        now += numbers.below(100);
                    }
                }
                now += numbers.below(2);
                sent.push((now, call(from, now, 200, attempts)));
                expected += 1;
                now += numbers.below(2);
            }
        }
        sent.sort_by_key(|(time, _)| *time);
        // Threads do not send in the order in which the clock says they ended.
        for at in 1..sent.len() {
            if sent[at].0 == sent[at - 1].0 && numbers.below(4) == 0 {
                sent.swap(at, at - 1);
            }
        }
        let mut heard = Heard::new();
        for (time, datagram) in &sent {
            heard.hear(datagram, START + time);
        }
        let (_, counted) = heard.counts();
        assert_eq!(counted, expected, "seed {seed}");
    }
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut heard = Heard::new();
    for number in 0..40_000 {
        let client = format!("client-{number}");
        heard.hear(attempt_by(&client, number, number + 1, 200), START);
        heard.hear(call_by("other", number * 10, number * 10, 200, 1_000_000), START);
        heard.attempts.clear();
        let waiting = heard.tracker.waiting();
        assert!(waiting <= 8_192 + 1_024 + 2 * 4_096, "{waiting}");
    }
    assert_eq!(heard.counts().1, 80_000);
}
