//! Those to whom a session tells what it makes of what was heard: they know nothing of each other.

use std::time::Instant;

use crate::call::Call;
use crate::live::display::Display;
use crate::live::following::Following;
use crate::live::programs::Programs;
use crate::output::console::{Console, Verbosity};
use crate::output::keeper::Keeper;
use crate::report::summary::asides;
use crate::session::event::Event;
use crate::text::Foreign;

/// The consumers of a recording.
pub(crate) struct Consumers {
    pub(crate) display: Display,
    pub(crate) keeper: Keeper,
    pub(crate) programs: Programs,
    /// The page's.
    pub(crate) following: Option<Following>,
    pub(crate) console: Console,
}

impl Consumers {
    /// Something has come of what was heard.
    pub(crate) fn hear(&mut self, event: Event<'_>, now: Instant) {
        let Consumers { display, keeper, programs, following, console } = self;
        match event {
            Event::Grew(requirement) => display.requirement(requirement, console),
            Event::Call { call, requirements, known, grew } => {
                // A view shows it by itself.
                if !matches!(display, Display::View(_))
                    && let Some(first) = programs.first(call)
                {
                    console.say(first);
                }
                if console.says(Verbosity::Calls) {
                    console.detail(describe(call));
                }
                display.call(call, requirements, known, grew);
                keeper.record(call, requirements, now);
                if let Some(following) = following {
                    following.call(call, requirements);
                }
            }
            Event::Unreadable(malformed) => {
                if console.says(Verbosity::Calls) {
                    console.detail(format_args!("a datagram could not be read: {malformed}"));
                }
            }
            Event::Unvouched(host) => {
                display.notice(&format!("a call to {host} does not count; the summary says why"));
            }
            Event::Refused(aside, name) => {
                display.notice(&format!("{}: {name}", asides::first(aside)));
            }
            Event::Failure(sentence) => {
                display.notice(sentence);
                console.detail(sentence);
            }
        }
    }
}

/// A call in one line; what the network chose is escaped.
fn describe(call: &Call) -> String {
    let outcome = match (&call.outcome.error, call.outcome.status) {
        (Some(error), _) => Foreign(error).to_string(),
        (None, Some(status)) => status.to_string(),
        (None, None) => "no response known".to_owned(),
    };
    format!(
        "{}.{} in {}: {outcome}",
        Foreign(&call.service),
        Foreign(call.operation.as_deref().unwrap_or("?")),
        Foreign(call.region.as_deref().unwrap_or("no region")),
    )
}
