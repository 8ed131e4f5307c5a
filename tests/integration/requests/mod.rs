//! What reads the requests that botocore built and signed, one JSON line each (`tests/recognition/generate.py`,
//! `tests/authorize/generate.py`), and has them recognised. Tests and benchmarks share it.
#![allow(dead_code, reason = "each of them uses a part of it")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::Catalog;
use leastwise::recognize::http::{self, Recognizer, RequestHead};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

/// A request as a generator writes it, with what the line says about it.
#[derive(Deserialize)]
#[serde(bound = "A: DeserializeOwned")]
pub(crate) struct Request<A> {
    #[serde(flatten)]
    about: A,
    pub(crate) method: String,
    pub(crate) url: String,
    headers: Vec<(String, String)>,
    #[serde(rename = "body_b64", deserialize_with = "decoded")]
    pub(crate) body: Vec<u8>,
}

impl<A> Deref for Request<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.about
    }
}

fn decoded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The requests of a packed file.
pub(crate) fn read<A: DeserializeOwned>(path: &Path) -> impl Iterator<Item = Request<A>> + use<A> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a request"))
}

/// Those of `tests/recognition`: the file that `RECOGNITION_CORPUS` names, else the committed selection.
pub(crate) fn corpus<A: DeserializeOwned>() -> impl Iterator<Item = Request<A>> {
    let path = std::env::var_os("RECOGNITION_CORPUS").map(PathBuf::from);
    read(&path.unwrap_or_else(|| repository("tests/recognition/fixtures.jsonl.gz")))
}

/// Those that releases of the past make otherwise than the newest (`tests/recognition/past.py`).
pub(crate) fn past<A: DeserializeOwned>() -> impl Iterator<Item = Request<A>> {
    read(&repository("tests/recognition/past.jsonl.gz"))
}

/// Those of `tests/authorize`.
pub(crate) fn authorized<A: DeserializeOwned>() -> impl Iterator<Item = Request<A>> {
    read(&repository("tests/authorize/requests.jsonl.gz"))
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl<A> Request<A> {
    /// Its headers, in their order.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The host that it is for, as its header says it.
    pub(crate) fn host(&self) -> &str {
        let host = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        host.map_or("", |(_, host)| host)
    }

    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        let (_, rest) = self.url.split_once("://").expect("a URL");
        rest.find(['/', '?']).map_or("/", |start| &rest[start..])
    }

    /// What recognises it, after its head; none when it is no call of AWS's.
    pub(crate) fn begin(&self) -> Option<Recognizer> {
        let (scheme, _) = self.url.split_once("://").expect("a URL");
        let headers = self.headers.iter().map(|(name, value)| (&**name, value.as_bytes()));
        let headers: Vec<(&str, &[u8])> = headers.collect();
        let head = RequestHead {
            method: &self.method,
            secure: scheme == "https",
            host: self.host(),
            target: self.target(),
            headers: &headers,
        };
        http::begin(Catalog::embedded(), &head)
    }

    /// As [`begin`](Request::begin), with its body.
    pub(crate) fn sent(&self) -> Option<Recognizer> {
        let mut recognizer = self.begin()?;
        recognizer.body(&self.body);
        recognizer.end_of_body();
        Some(recognizer)
    }

    /// The call, answered with 200 and nothing else.
    pub(crate) fn call(&self) -> Option<Call> {
        let mut recognizer = self.sent()?;
        recognizer.response(200, &[]);
        Some(recognizer.finish(Timestamp(0)))
    }
}
