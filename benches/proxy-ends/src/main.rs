//! What a proxy costs: a TLS client and upstream talk directly, then through each proxy, in turns, in one run.
//! `scripts/bench-proxy` starts this twice, and the proxies between:
//!
//! `proxy-ends upstream DIRECTORY` serves until standard input ends, prints its port, and leaves its root in
//! `DIRECTORY/root.pem`, and its certificate and key, for reverse proxies, in `DIRECTORY/upstream.pem`.
//!
//! `proxy-ends client PORT,PID,ROOT SECONDS MEBIBYTES NAME[/WITHOUT]=[@]ADDRESS,CA,PID[,MEBIBYTES]...` talks to that
//! upstream directly, and through the proxies, which send there what goes to AWS. `@`: a reverse proxy, which stands where the upstream
//! would. The last number is a transfer's size for a proxy that would take too long. One that does more than another before it names
//! that, and is compared with it.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod client;
mod table;
mod upstream;

use std::path::Path;
use std::time::Duration;

use client::{Proxy, Way, client_config, new_connections, small_requests, transfer};
use hyper::Method;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const SMALL_HOST: &str = "dynamodb.eu-west-1.amazonaws.com";
const LARGE_HOST: &str = "bench-bucket.s3.eu-west-1.amazonaws.com";
/// How often each way is measured for each row.
const ROUNDS: usize = 5;
/// After this a row is given up.
const PATIENCE: Duration = Duration::from_secs(20);

// What an ordinary program on two cores has.
#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["upstream", directory] => upstream::serve(Path::new(directory)).await,
        ["client", upstream, seconds, mebibytes, ref proxies @ ..] => {
            let ways = ways(upstream, mebibytes.parse()?, proxies)?;
            measure(&ways, seconds.parse()?).await;
            Ok(())
        }
        _ => Err("see the beginning of main.rs".into()),
    }
}

async fn measure(ways: &[Way], seconds: f64) {
    let time = Duration::from_secs_f64(seconds);
    let limit = time * 2 + PATIENCE;
    println!(
        "The ends: hyper (HTTP/1.1) on tokio-rustls, two workers each; requests built and signed each by itself, \
         answers parsed.\nMedians of {ROUNDS} rounds, in each of which every way has its turn; \"direct\" is the \
         part of direct's rate in the same round, and \"without\" of the rate of the proxy that does less, with the CPU \
         that one call more takes.\nCPU is user and system time for each request or transfer; \
         the ends are client and upstream together.\n"
    );
    table::print_head();
    for connections in [1, 16, 128, 1_000] {
        let title = format!("{connections} connection{}", if connections == 1 { "" } else { "s" });
        let measure = |way| small_requests(way, connections, time);
        table::rows(|_| title.clone(), "/s", ways, ROUNDS, limit, measure).await;
    }
    let title = |_: &Way| "new connections".to_owned();
    table::rows(title, "/s", ways, ROUNDS, limit, |way| new_connections(way, time)).await;
    for method in [Method::PUT, Method::GET] {
        let title = |way: &Way| format!("{method} {} MiB", way.mebibytes);
        table::rows(title, " MiB/s", ways, ROUNDS, limit, |way| transfer(way, &method)).await;
    }
}

/// No proxy first, then those of the arguments.
fn ways(upstream: &str, mebibytes: u64, proxies: &[&str]) -> Result<Vec<Way>> {
    let fields: Vec<&str> = upstream.split(',').collect();
    let [port, process, root] = fields[..] else {
        return Err("the upstream is told as PORT,PID,ROOT".into());
    };
    let direct = Way {
        name: "direct".to_owned(),
        without: None,
        proxy: None,
        upstream: (port.parse()?, process.parse()?),
        tls: client_config(&CertificateDer::from_pem_file(root)?)?,
        mebibytes,
    };
    let mut ways = vec![direct.clone()];
    for proxy in proxies {
        let (name, rest) = proxy.split_once('=').ok_or("a proxy has no NAME=")?;
        let fields: Vec<&str> = rest.split(',').collect();
        let [address, ca, process, ref more @ ..] = fields[..] else {
            return Err(format!("{name} is not ADDRESS,CA,PID").into());
        };
        let (name, without) = match name.split_once('/') {
            Some((name, without)) => {
                let before = ways.iter().position(|way| way.name == without);
                (name, Some(before.ok_or_else(|| format!("{without} is not before {name}"))?))
            }
            None => (name, None),
        };
        ways.push(Way {
            name: name.to_owned(),
            without,
            proxy: Some(Proxy {
                address: address.trim_start_matches('@').parse()?,
                process: process.parse()?,
                is_reverse: address.starts_with('@'),
            }),
            tls: client_config(&CertificateDer::from_pem_file(ca)?)?,
            mebibytes: more.first().map_or(Ok(mebibytes), |size| size.parse())?,
            ..direct.clone()
        });
    }
    Ok(ways)
}
