//! Looking into batches: records are parsed and told apart by their digests; what a record is, is found out once for each digest.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use crate::authorize::{Authorizer, Settings};
use crate::catalog::Catalog;
use crate::recognize::cloudtrail::{
    Digested, Digester, PassedOver, Record, Seen, SeenCall, Sessions,
};
use crate::recording::entry::{Requires, requires};
use crate::recording::trail::batch::{Batch, Value, unwrapped_to_record};
use crate::recording::trail::distinct::{Slot, Stored};
use crate::recording::trail::ids::Ids;
use crate::recording::trail::lines;
use crate::recording::trail::shared::{Known, Shared};
use crate::recording::trail::split::Fault;

/// Mixes the number of a recording into what is known of one recording alone.
const MIX: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// What one worker has to look into batches.
pub(super) struct Counting<'a> {
    shared: &'a Shared,
    authorizer: Authorizer,
    sessions: Sessions,
    digester: Digester,
}

/// A record of a batch.
struct Taken<'a> {
    record: Record<'a>,
    digest: u128,
    id: Option<u64>,
    shared: Option<u64>,
    time: Option<u64>,
    position: u64,
    /// Its text, where nobody has looked yet whether it is JSON.
    unparsed: Option<&'a [u8]>,
}

/// What a record turned out to be.
enum Learnt {
    Call(Stored),
    PassedOver(PassedOver),
}

impl<'a> Counting<'a> {
    pub(super) fn new(shared: &'a Shared) -> Counting<'a> {
        let authorizer = Authorizer::new(Settings::default());
        let digester = Digester::new(shared.digests.clone());
        Counting { shared, authorizer, sessions: Sessions::default(), digester }
    }

    /// What this worker learnt is everybody's.
    pub(super) fn end(self) {
        self.shared.state().sessions.merge(self.sessions);
    }

    /// Counts the records of a batch.
    pub(super) fn count(&mut self, batch: &Batch) {
        let number = self.shared.names.get(batch.input).map_or(0, |(number, _)| *number);
        let mut others = Vec::new();
        let mut taken: Vec<Taken<'_>> = Vec::with_capacity(batch.len());
        for Value { text, position, members } in batch.values() {
            let glanced = Record::at_a_glance(text, members);
            let unparsed = glanced.is_some().then_some(text);
            match glanced.map_or_else(|| Record::parse(text), Ok) {
                Ok(record) => {
                    let taken_in = self.take(record, batch.input, position, number);
                    taken.push(Taken { unparsed, ..taken_in });
                }
                Err(_) => others.push((unwrapped_to_record(text), position)),
            }
        }
        for (text, position) in &others {
            match text.as_deref().map(Record::parse) {
                Some(Ok(record)) => taken.push(self.take(record, batch.input, *position, number)),
                _ => self.shared.fault(batch.input, *position, Fault::NoEvent),
            }
        }
        self.shared.events.fetch_add(taken.len() as u64, Ordering::Relaxed);
        if let Some(only) = &self.shared.only {
            // What they tell of sessions is taken in: who opened one is told before it is used.
            let all = taken.len();
            taken.retain(|it| only.has(&it.record));
            self.shared.state().told.left_out += (all - taken.len()) as u64;
        }
        let unknown = self.count_known(&taken);
        if !unknown.is_empty() {
            self.count_unknown(batch.input, number, &unknown);
        }
    }

    fn take<'r>(
        &mut self,
        record: Record<'r>,
        input: usize,
        position: u64,
        number: usize,
    ) -> Taken<'r> {
        let Digested { digest, is_new_caller } = self.digester.digest(&record);
        // What a record tells of sessions beside those that it opens is in who called.
        if is_new_caller || Sessions::may_be_opened_by(&record) {
            self.sessions.learn(&record);
        }
        let mix = MIX.wrapping_mul(number as u128);
        let numbered = |id: &str| Ids::number(&self.shared.ids, id) ^ mix as u64;
        let time = record.time().map(|time| time.0);
        if time.is_none() {
            self.shared.fault(input, position, Fault::NoTime);
        }
        Taken {
            digest: digest ^ mix,
            id: record.id().map(numbered),
            shared: record.shared_id().map(numbered),
            time,
            position,
            unparsed: None,
            record,
        }
    }

    /// Counts what is known already, and gives the others.
    fn count_known<'t, 'r>(&self, taken: &'t [Taken<'r>]) -> Vec<&'t Taken<'r>> {
        let mut state = self.shared.state();
        let state = &mut *state;
        let mut unknown = Vec::new();
        state.told.events += taken.len() as u64;
        for it in taken {
            if it.id.is_some_and(|id| !state.ids.insert(id)) {
                state.told.doubles += 1;
                continue;
            }
            match state.distinct.of_digest(it.digest) {
                Some(slot) => state.count(slot, it.time, it.shared),
                None => unknown.push(it),
            }
        }
        unknown
    }

    fn count_unknown(&mut self, input: usize, number: usize, unknown: &[&Taken<'_>]) {
        let mut asked = HashSet::new();
        let mut learnt = Vec::new();
        for it in unknown {
            if asked.contains(&it.digest) {
                continue;
            }
            // What is like one that was JSON, is as good: nothing else of it is looked at.
            let found = match it.unparsed.map(Record::parse) {
                Some(Err(_)) => Err(Fault::NoEvent),
                Some(Ok(record)) => self.learn(&record, number).ok_or(Fault::TooLong),
                None => self.learn(&it.record, number).ok_or(Fault::TooLong),
            };
            match found {
                Ok(found) => {
                    asked.insert(it.digest);
                    learnt.push((it.digest, found));
                }
                Err(fault) => {
                    // A copy of it may be whole.
                    if let Some(id) = it.id {
                        self.shared.state().ids.forget(id);
                    }
                    self.shared.fault(input, it.position, fault);
                }
            }
        }
        let mut state = self.shared.state();
        let mut known = Known::new();
        for (digest, learnt) in learnt {
            let slot = match learnt {
                Learnt::PassedOver(why) => Slot::PassedOver(why),
                Learnt::Call(stored) => match state.distinct.insert(&stored) {
                    Ok(index) => Slot::Call(index),
                    Err(error) => {
                        drop(state);
                        return self.shared.unstorable(input, error);
                    }
                },
            };
            state.distinct.know(digest, slot);
            known.insert(digest, slot);
        }
        for it in unknown {
            if let Some(slot) = known.get(&it.digest) {
                state.count(*slot, it.time, it.shared);
            }
        }
    }

    fn learn(&mut self, record: &Record<'_>, number: usize) -> Option<Learnt> {
        let SeenCall { call, forwarded } = match record.seen(Catalog::embedded()) {
            Seen::Call(seen) => *seen,
            Seen::PassedOver(why) => return Some(Learnt::PassedOver(why)),
        };
        // Each is decided once; and what answers and denials tell of one is for that one, lest the order of the files decide.
        let decision = self.authorizer.decide_alone(&call);
        let required: Vec<Requires<'_>> = decision.requirements.iter().map(requires).collect();
        let account = call.evidence.told.iter().find_map(|it| it.arn.as_deref()?.split(':').nth(4));
        let is_own = account.is_some() && account == record.account();
        let stored = lines::stored(number, call, &required, forwarded.as_ref(), is_own)?;
        Some(Learnt::Call(stored))
    }
}
