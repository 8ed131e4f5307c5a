//! The requests of every operation (`tests/recognition/generate.py`), walked once for all the tests that look at them: to read them takes
//! longer than to recognise and to decide them.
//!
//! Read is the small selection in `tests/recognition/fixtures.jsonl.gz`; with `RECOGNITION_CORPUS=FILE` all of a generated file.

use std::sync::LazyLock;

use leastwise::call::{Call, Timestamp};
use leastwise::recognize::http::{Home, Recognizer};
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

/// A request, recognised twice: with its body whole, and byte by byte.
pub(crate) struct Walked {
    /// The call of the one with its body whole, answered with 200 and nothing else.
    pub(crate) call: Call,
    /// What its host is to it.
    pub(crate) home: Option<Home>,
    /// Whether both were the same call before they were answered. The pieces in which a body comes do not matter.
    pub(crate) same: bool,
    /// The other one, which nobody answered yet.
    pub(crate) unanswered: Recognizer,
}

impl Walked {
    fn of(request: &Request) -> Option<Walked> {
        let mut whole = request.sent()?;
        let mut unanswered = request.begin()?;
        // Of long bodies the pieces are long, too.
        let piece = if request.body.len() < 3_072 { 1 } else { 1 << 16 };
        request.body.chunks(piece).for_each(|it| unanswered.body(it));
        unanswered.end_of_body();
        let same = whole.so_far(Timestamp(0)) == unanswered.so_far(Timestamp(0));
        let home = whole.home();
        whole.response(200, &[]);
        Some(Walked { call: whole.finish(Timestamp(0)), home, same, unanswered })
    }
}

/// The walk. A test that asks for it first waits for it, and so do the others.
pub(crate) fn found() -> &'static Found {
    static FOUND: LazyLock<Found> = LazyLock::new(|| {
        let mut found = Found::default();
        for request in requests::corpus() {
            let walked = Walked::of(&request);
            found.recognized.look_at(&request, walked.as_ref());
            found.hosts.look_at(&request, walked.as_ref());
            found.decided.look_at(&request, walked.as_ref());
            found.enforced.look_at(&request, walked.as_ref());
            found.refused.look_at(&request, walked);
        }
        for request in requests::past() {
            let walked = Walked::of(&request);
            found.past.look_at(&request, walked.as_ref());
            found.hosts.look_at(&request, walked.as_ref());
        }
        found
    });
    &FOUND
}
