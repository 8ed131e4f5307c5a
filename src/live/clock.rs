//! The time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::call::Timestamp;
use crate::session::event::Now;

/// The time on the wall; 1970 where that is before it.
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The time of a recording: it does not go back when somebody sets the clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) start: Now,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { start: Now { instant: Instant::now(), time: wall_clock() } }
    }

    pub(crate) fn now(&self) -> Now {
        let instant = Instant::now();
        let passed = instant.saturating_duration_since(self.start.instant).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Now { instant, time: Timestamp(self.start.time.0.saturating_add(passed)) }
    }
}
