//! What a datagram costs, from its bytes to a call: promised are 200,000 datagrams a second on one core.

use divan::counter::ItemsCount;
use leastwise::call::Timestamp;
use leastwise::catalog::Catalog;
use leastwise::recognize::csm::{Tracker, events};

/// The moment that the datagrams tell.
const START: u64 = 1_760_000_000_000;

fn main() {
    divan::main();
}

/// Calls that run eight at a time: their attempts, then they.
fn datagrams(number: u64) -> Vec<Vec<u8>> {
    const OPERATIONS: [(&str, &str); 4] = [
        ("S3", "PutObject"),
        ("DynamoDB", "PutItem"),
        ("Lambda", "Invoke"),
        ("SQS", "SendMessage"),
    ];
    let agent = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.8.0 md/arch#x86_64 \
        lang/python#3.11.7 md/pyimpl#CPython m/b,N,E,Z,U,e cfg/retry-mode#standard Botocore/1.44.5";
    let mut sent = Vec::new();
    for round in 0..number / 16 {
        let begun = START + round * 10;
        for of_round in 0..8 {
            let (service, api) = OPERATIONS[of_round % 4];
            sent.push(
                format!(
                    r#"{{"Version":1,"ClientId":"my-app","Type":"ApiCallAttempt","Service":"{service}","Api":"{api}","Timestamp":{begun},"AttemptLatency":7,"Fqdn":"my-bucket.s3.eu-west-1.amazonaws.com","UserAgent":"{agent}","AccessKey":"ASIAY34FZKBOKMUTVV7A","Region":"eu-west-1","SessionToken":"{}","HttpStatusCode":200,"XAmznRequestId":"nhf2cU6aauh1FVMfabPQBelx6zb6lCZ19locB8Cs6HJxofTDweZO"}}"#,
                    "FwoGZXIvYXdz".repeat(40),
                )
                .into_bytes(),
            );
        }
        for of_round in 0..8 {
            let (service, api) = OPERATIONS[of_round % 4];
            sent.push(
                format!(
                    r#"{{"Version":1,"ClientId":"my-app","Type":"ApiCall","Service":"{service}","Api":"{api}","Timestamp":{begun},"AttemptCount":1,"Region":"eu-west-1","UserAgent":"{agent}","FinalHttpStatusCode":200,"Latency":8,"MaxRetriesExceeded":0}}"#,
                )
                .into_bytes(),
            );
        }
    }
    sent
}

fn hear(datagrams: &[Vec<u8>]) {
    let mut tracker = Tracker::new(Catalog::embedded());
    let mut sink = |observation| {
        divan::black_box(observation);
    };
    for datagram in datagrams {
        for event in events(datagram).flatten() {
            let now = Timestamp(event.timestamp.unwrap_or(START) + 10);
            tracker.event(event, now, &mut sink);
        }
    }
    tracker.finish(&mut sink);
}

/// Reading and tracking.
#[divan::bench(args = [1_600, 160_000])]
fn datagrams_to_calls(bencher: divan::Bencher<'_, '_>, number: u64) {
    let datagrams = datagrams(number);
    bencher.counter(ItemsCount::new(datagrams.len())).bench(|| hear(&datagrams));
}

/// Reading alone.
#[divan::bench]
fn datagrams_to_events(bencher: divan::Bencher<'_, '_>) {
    let datagrams = datagrams(1_600);
    bencher
        .counter(ItemsCount::new(datagrams.len()))
        .bench(|| datagrams.iter().flat_map(|datagram| events(datagram)).flatten().count());
}

/// The worst that somebody can send: attempts of ever new clients, whose calls never come.
#[divan::bench]
fn attempts_of_new_clients(bencher: divan::Bencher<'_, '_>) {
    let datagrams: Vec<Vec<u8>> = (0..32_000)
        .map(|number| {
            format!(
                r#"{{"Version":1,"ClientId":"{number}","Type":"ApiCallAttempt","Service":"S3","Api":"PutObject","Timestamp":{},"AttemptLatency":7,"HttpStatusCode":503}}"#,
                START + number,
            )
            .into_bytes()
        })
        .collect();
    bencher.counter(ItemsCount::new(datagrams.len())).bench(|| hear(&datagrams));
}

/// The same of one client: all of them fit the same calls.
#[divan::bench]
fn attempts_of_one_client(bencher: divan::Bencher<'_, '_>) {
    let datagrams: Vec<Vec<u8>> = (0..32_000)
        .map(|number| {
            format!(
                r#"{{"Version":1,"ClientId":"","Type":"{}","Service":"S3","Api":"PutObject","Timestamp":{START},"AttemptLatency":{number},"HttpStatusCode":503,"AttemptCount":3}}"#,
                if number % 8 == 7 { "ApiCall" } else { "ApiCallAttempt" },
            )
            .into_bytes()
        })
        .collect();
    bencher.counter(ItemsCount::new(datagrams.len())).bench(|| hear(&datagrams));
}
