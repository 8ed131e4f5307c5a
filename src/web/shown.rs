//! What the page shows at a moment.

use bytes::Bytes;

use crate::report::page::Model;

/// What the page shows at a moment.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// The model, as JSON.
    pub(super) json: String,
    /// The policy, as it is read where no script runs.
    pub(super) plain: String,
    /// The same as an event of the stream.
    pub(super) event: Bytes,
    /// Whether nothing comes any more.
    pub(super) is_over: bool,
}

impl Shown {
    pub(super) fn of(model: &Model, is_over: bool) -> Shown {
        let json = model.json();
        // https://html.spec.whatwg.org/multipage/server-sent-events.html: JSON has no line break outside of strings, and none inside.
        let kind = if is_over { "over" } else { "message" };
        let event = Bytes::from(format!("event: {kind}\ndata: {json}\n\n"));
        Shown { json, plain: model.plain(), event, is_over }
    }
}
