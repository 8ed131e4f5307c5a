//! What was judged so far, counted.

use crate::call::Call;
use crate::enforce::judged::{Fate, Judged};
use crate::session::tally::{LONGEST_SENTENCE, Tally};

/// What was judged so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls that went on as they may.
    pub allowed: u64,
    /// Calls of which nothing was sent on, with the permission that they lack.
    pub refused: Tally,
    /// Calls whose answers were kept back.
    pub withheld: Tally,
    /// Calls that have happened and should not have.
    pub passed_although: Tally,
    /// Calls that would be refused, were it not that it is only said.
    pub reported: Tally,
    /// Calls that only client-side monitoring heard.
    pub unseen: Tally,
}

impl Counts {
    /// A call is over, of which this was judged, in this order. It counts once, by the first that was not allowed.
    pub fn call(&mut self, judged: &[Judged]) {
        let lacking = judged.iter().find(|it| it.fate != Fate::Passed);
        let Some(judged) = lacking.or(judged.first()) else { return };
        let tally = match judged.fate {
            Fate::Passed => {
                self.allowed += 1;
                return;
            }
            Fate::Refused => &mut self.refused,
            Fate::Withheld => &mut self.withheld,
            Fate::PassedAlthough => &mut self.passed_although,
            Fate::Reported => &mut self.reported,
        };
        let detail = match judged.reason() {
            Some(reason) => format!("{} on {}", reason.action, reason.resource),
            None => judged.verdict.word().to_owned(),
        };
        let operation = judged.operation.as_deref().unwrap_or_default();
        tally.add_cut([&judged.service, operation, &detail], LONGEST_SENTENCE);
    }

    /// A call was heard that the proxy has not seen.
    pub fn unseen(&mut self, call: &Call) {
        let operation = call.operation.as_deref().unwrap_or_default();
        self.unseen.add([&call.service, operation, ""]);
    }

    /// How many calls the policies do not allow, whatever became of them.
    pub fn not_allowed(&self) -> u64 {
        let tallies = [&self.refused, &self.withheld, &self.passed_although, &self.reported];
        tallies.into_iter().map(Tally::total).sum()
    }

    /// Whether something went on that policies do not allow, or was only said to be refused.
    pub fn got_through(&self) -> bool {
        self.passed_although.total() + self.reported.total() > 0
    }
}
