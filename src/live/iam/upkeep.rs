//! What is to be read again, and who waits for it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::call::Call;
use crate::enforce::iam::{Changed, Part, SERVICES};

/// Regions of which policies are read; AWS has some forty.
const REGIONS: usize = 64;

/// Keeps it current.
pub struct Upkeep {
    state: Mutex<State>,
    /// Tells the thread that something is to be read.
    wanted: Condvar,
    done: watch::Sender<Done>,
    /// Where calls are that do not say it.
    region: String,
}

#[derive(Default)]
struct State {
    /// What is to be read.
    stale: BTreeSet<Part>,
    /// How often something was to be read.
    number: u64,
    regions: BTreeSet<String>,
}

/// How far reading is.
#[derive(Debug, Clone, Default)]
struct Done {
    /// What was to be read up to this number was read.
    number: u64,
    /// Or could not be, for this reason.
    failed: Option<Arc<str>>,
}

impl Upkeep {
    /// Of IAM that was read whole, with the policies of this region.
    pub fn new(region: &str) -> Upkeep {
        let regions = [region.to_owned()].into();
        Upkeep {
            state: Mutex::new(State { regions, ..State::default() }),
            wanted: Condvar::new(),
            done: watch::Sender::new(Done::default()),
            region: region.to_owned(),
        }
    }

    /// This is to be read again, since a call has changed it, or for its sake. Returns what those wait for who want to know it.
    pub(crate) fn again(&self, changed: Changed, call: &Call) -> u64 {
        let region = call.region.as_deref().unwrap_or(&self.region);
        let mut state = self.state();
        match changed {
            Changed::Of(service) => {
                state.stale.insert(part(service, region));
            }
            Changed::All => state.everything(),
        }
        self.want(&mut state);
        state.number
    }

    /// All is to be read again.
    pub(crate) fn mark_all(&self) {
        let mut state = self.state();
        state.everything();
        self.want(&mut state);
    }

    /// What a call waits for that is judged now. In a region in which no call was before, policies are read first.
    ///
    /// # Errors
    ///
    /// When they are not, since there are too many regions.
    pub(crate) fn awaited(&self, call: &Call) -> Result<u64, Arc<str>> {
        let mut state = self.state();
        if let Some(region) = call.region.as_deref()
            && !state.regions.contains(region)
        {
            if state.regions.len() >= REGIONS {
                return Err(format!("calls are in more than {REGIONS} regions").into());
            }
            state.regions.insert(region.to_owned());
            state.stale.extend(parts_of(region));
            self.want(&mut state);
        }
        // What could not be read is tried again.
        let has_failed = {
            let done = self.done.borrow();
            done.failed.is_some() && done.number == state.number
        };
        if has_failed {
            self.want(&mut state);
        }
        Ok(state.number)
    }

    /// Whether all was read up to this number; an error says why it could not be.
    pub(crate) fn outcome(&self, number: u64) -> Option<Result<(), Arc<str>>> {
        let done = self.done.borrow();
        (done.number >= number).then(|| done.failed.clone().map_or(Ok(()), Err))
    }

    /// Is over when that is known.
    pub(crate) fn until(&self, number: u64) -> impl Future<Output = ()> + Send + use<> {
        let mut done = self.done.subscribe();
        async move {
            // It fails only when there is nobody to read any more, so that it is asked again at once.
            let _ = done.wait_for(|done| done.number >= number).await;
        }
    }

    /// What is to be read next, when something is, with its number.
    pub(crate) fn next(&self) -> (BTreeSet<Part>, u64) {
        let mut state = self.state();
        while state.number == self.done.borrow().number {
            state = self.wanted.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (std::mem::take(&mut state.stale), state.number)
    }

    /// That was read, up to this number, or these parts could not be, for a reason.
    pub(crate) fn done(&self, number: u64, failed: Option<(BTreeSet<Part>, String)>) {
        let failed = failed.map(|(parts, why)| {
            self.state().stale.extend(parts);
            Arc::from(why)
        });
        self.done.send_replace(Done { number, failed });
    }

    fn want(&self, state: &mut State) {
        state.number += 1;
        self.wanted.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn everything(&mut self) {
        for region in &self.regions {
            self.stale.extend(parts_of(region));
        }
    }
}

/// What is read of one region, with what is in none.
pub(super) fn parts_of(region: &str) -> impl Iterator<Item = Part> + '_ {
    SERVICES.iter().map(move |service| part(service, region))
}

fn part(service: &'static str, region: &str) -> Part {
    let has_regions = !["iam", "s3"].contains(&service);
    Part { service, region: has_regions.then(|| region.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Timestamp;
    use crate::catalog::Catalog;
    use crate::recognize::http::{self, RequestHead};

    fn call(host: &str) -> Call {
        let head = RequestHead { method: "GET", secure: true, host, target: "/", headers: &[] };
        let recognizer = http::begin(Catalog::embedded(), &head).unwrap();
        recognizer.finish(Timestamp(0))
    }

    #[test]
    fn calls_wait_for_what_was_changed_before_them_and_no_longer() {
        let upkeep = Upkeep::new("us-east-1");
        let here = call("sqs.us-east-1.amazonaws.com");
        let before = upkeep.awaited(&here).unwrap();
        assert_eq!(upkeep.outcome(before), Some(Ok(())));
        upkeep.again(Changed::Of("iam"), &here);
        let behind = upkeep.awaited(&here).unwrap();
        assert_eq!((upkeep.outcome(before), upkeep.outcome(behind)), (Some(Ok(())), None));
        let (parts, number) = upkeep.next();
        assert_eq!(parts, [part("iam", "us-east-1")].into());
        // What changes while it is read is read once more, and not waited for by those who came before.
        upkeep.again(Changed::Of("sqs"), &here);
        upkeep.done(number, None);
        assert_eq!(upkeep.outcome(behind), Some(Ok(())));
        assert_eq!(upkeep.outcome(upkeep.awaited(&here).unwrap()), None);
        assert_eq!(upkeep.next().0, [part("sqs", "us-east-1")].into());
    }

    #[test]
    fn what_cannot_be_read_is_tried_again_for_the_next_call() {
        let upkeep = Upkeep::new("us-east-1");
        let here = call("sqs.us-east-1.amazonaws.com");
        upkeep.again(Changed::All, &here);
        let (parts, number) = upkeep.next();
        assert_eq!(parts.len(), SERVICES.len());
        upkeep.done(number, Some((parts.clone(), "gone".to_owned())));
        assert!(matches!(upkeep.outcome(number), Some(Err(_))));
        let again = upkeep.awaited(&here).unwrap();
        assert_eq!(upkeep.outcome(again), None);
        assert_eq!(upkeep.next().0, parts);
    }

    #[test]
    fn a_region_is_read_when_the_first_call_is_in_it() {
        let upkeep = Upkeep::new("us-east-1");
        let there = call("sqs.eu-west-1.amazonaws.com");
        let number = upkeep.awaited(&there).unwrap();
        assert_eq!(upkeep.outcome(number), None);
        assert_eq!(upkeep.awaited(&there), Ok(number));
        let (parts, _) = upkeep.next();
        assert!(parts.contains(&part("kms", "eu-west-1")), "{parts:?}");
        let many = (1..=REGIONS).map(|n| {
            let mut there = there.clone();
            there.region = Some(format!("eu-west-{n}").into());
            upkeep.awaited(&there)
        });
        assert!(many.last().unwrap().is_err(), "what is not read is not judged");
    }
}
