//! The requests of every operation (`tests/recognition/generate.py`), walked once for all the tests that look at them: to read them takes
//! longer than to recognise and to decide them.
//!
//! Read is the small selection in `tests/recognition/fixtures.jsonl.gz`; with `RECOGNITION_CORPUS=FILE` all of a generated file.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::authorize_all::Decided;
use crate::enforce::every_operation::Enforced;
use crate::recognition::{Hosts, Recognized};
use crate::refusals::Refused;
use crate::requests;

/// What the generator says of a request.
#[derive(Deserialize)]
pub(crate) struct About {
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) protocol: String,
    pub(crate) variant: String,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) expected: Value,
    /// The release of botocore that made it, when not the newest.
    pub(crate) release: Option<String>,
}

pub(crate) type Request = requests::Request<About>;

/// What the tests found out about the requests.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) recognized: Recognized,
    /// Those of releases of the past alone.
    pub(crate) past: Recognized,
    pub(crate) hosts: Hosts,
    pub(crate) decided: Decided,
    pub(crate) refused: Refused,
    pub(crate) enforced: Enforced,
}

/// The walk. A test that asks for it first waits for it, and so do the others.
pub(crate) fn found() -> &'static Found {
    static FOUND: LazyLock<Found> = LazyLock::new(|| {
        let mut found = Found::default();
        for request in requests::corpus() {
            found.recognized.look_at(&request);
            found.hosts.look_at(&request);
            found.decided.look_at(&request);
            found.refused.look_at(&request);
            found.enforced.look_at(&request);
        }
        for request in requests::past() {
            found.past.look_at(&request);
            found.hosts.look_at(&request);
        }
        found
    });
    &FOUND
}
