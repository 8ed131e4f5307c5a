//! Looking into batches: records are parsed and told apart by their digests; what a record is, is found out once for each digest.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::atomic::Ordering;

use serde::de::IgnoredAny;

use crate::authorize::{Authorizer, Settings};
use crate::catalog::Catalog;
use crate::recognize::cloudtrail::{
    Digested, Digester, Glance, Glancer, PassedOver, Record, Seen, SeenCall, Seer, Sessions,
};
use crate::recording::entry::{Requires, requires};
use crate::recording::trail::batch::{Batch, unwrapped_to_record};
use crate::recording::trail::distinct::{AsItIs, Slot, Stored};
use crate::recording::trail::ids::Ids;
use crate::recording::trail::lines;
use crate::recording::trail::shared::{Shared, Slots};
use crate::recording::trail::split::Fault;

/// Mixes the number of a recording into what is known of one recording alone.
const MIX: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// Records that a worker remembers by how they look; past that they are forgotten together.
const MOST_FAMILIAR: usize = 1 << 15;

/// What one worker has to look into batches.
pub(super) struct Counting<'a> {
    shared: &'a Shared,
    authorizer: Authorizer,
    seer: Seer,
    sessions: Sessions,
    digester: Digester,
    glancer: Glancer,
    /// What was found out of records, by how they look.
    familiar: HashMap<u128, Familiar, BuildHasherDefault<AsItIs>>,
}

/// What is known of all records that look the same.
#[derive(Clone, Copy)]
struct Familiar {
    slot: Slot,
    /// Whether they are of the accounts and regions that count.
    has_place: bool,
}

/// A record of a batch.
struct Taken<'a> {
    /// By what it is known again, if it is seen at a glance.
    look: Option<u128>,
    known: Known<'a>,
    id: Option<u64>,
    shared: Option<u64>,
    time: Option<u64>,
    position: u64,
}

/// What is known of it.
enum Known<'a> {
    Familiar(Familiar),
    Looked(Box<Looked<'a>>),
}

/// A record that was looked into.
struct Looked<'a> {
    record: Record<'a>,
    digest: u128,
    /// Its text, where nobody has looked yet whether it is JSON.
    unparsed: Option<&'a [u8]>,
}

/// A record of which it is not known yet what it is.
type Unknown<'t, 'r> = (&'t Taken<'r>, &'t Looked<'r>);

/// Which text records are of.
#[derive(Clone, Copy)]
struct Of {
    input: usize,
    /// The recording that they are counted for.
    number: usize,
    /// What makes what is known of them known of this recording alone.
    mix: u128,
}

impl Of {
    fn numbered(self, shared: &Shared, id: &[u8]) -> u64 {
        Ids::number(&shared.ids, id) ^ self.mix as u64
    }
}

/// What a record turned out to be.
enum Learnt {
    Call(Stored),
    PassedOver(PassedOver),
}

impl<'a> Counting<'a> {
    pub(super) fn new(shared: &'a Shared) -> Counting<'a> {
        Counting {
            shared,
            authorizer: Authorizer::new(Settings::default()),
            seer: Seer::new(Catalog::embedded()),
            sessions: Sessions::default(),
            digester: Digester::new(shared.digests.clone()),
            glancer: Glancer::default(),
            familiar: HashMap::default(),
        }
    }

    /// What this worker learnt is everybody's.
    pub(super) fn end(self) {
        self.shared.state().sessions.merge(self.sessions);
    }

    /// Counts the records of a batch.
    pub(super) fn count(&mut self, batch: &Batch) {
        let number = self.shared.names.get(batch.input).map_or(0, |(number, _)| *number);
        let of = Of { input: batch.input, number, mix: MIX.wrapping_mul(number as u128) };
        let mut others = Vec::new();
        let mut taken: Vec<Taken<'_>> = Vec::with_capacity(batch.len());
        for value in batch.values() {
            let glance = self.glancer.glance(value.text, value.members);
            let look = glance.as_ref().map(|it| self.look(it, of));
            if let Some(glance) = &glance
                && let Some(familiar) = look.and_then(|look| self.familiar.get(&look))
            {
                taken.push(self.take_familiar(*familiar, glance, value.position, of));
                continue;
            }
            let glanced = Record::at_a_glance(value.text, value.members);
            let unparsed = glanced.is_some().then_some(value.text);
            match glanced.map_or_else(|| Record::parse(value.text), Ok) {
                Ok(record) => {
                    let record = self.take(record, unparsed, value.position, of);
                    taken.push(Taken { look, ..record });
                }
                Err(_) => others.push((unwrapped_to_record(value.text), value.position)),
            }
        }
        for (text, position) in &others {
            match text.as_deref().map(Record::parse) {
                Some(Ok(record)) => taken.push(self.take(record, None, *position, of)),
                _ => self.shared.fault(batch.input, *position, Fault::NoEvent),
            }
        }
        self.shared.events.fetch_add(taken.len() as u64, Ordering::Relaxed);
        if let Some(only) = &self.shared.only {
            // What they tell of sessions is taken in: who opened one is told before it is used.
            let all = taken.len();
            taken.retain(|it| match &it.known {
                Known::Familiar(familiar) => familiar.has_place && only.has_time(it.time),
                Known::Looked(looked) => only.has(&looked.record),
            });
            self.shared.state().told.left_out += (all - taken.len()) as u64;
        }
        let unknown = self.count_known(&taken);
        if !unknown.is_empty() {
            self.count_unknown(of, &unknown);
        }
    }

    fn look(&mut self, glance: &Glance<'_>, of: Of) -> u128 {
        self.glancer.key(glance) ^ of.mix
    }

    /// A record that looks like one before.
    fn take_familiar<'r>(
        &self,
        familiar: Familiar,
        glance: &Glance<'_>,
        position: u64,
        of: Of,
    ) -> Taken<'r> {
        Taken {
            look: None,
            known: Known::Familiar(familiar),
            id: Some(of.numbered(self.shared, glance.id())),
            shared: None,
            time: Some(glance.time()),
            position,
        }
    }

    fn take<'r>(
        &mut self,
        record: Record<'r>,
        unparsed: Option<&'r [u8]>,
        position: u64,
        of: Of,
    ) -> Taken<'r> {
        let Digested { digest, is_new_caller } = self.digester.digest(&record);
        // What a record tells of sessions beside those that it opens is in who called.
        if is_new_caller || Sessions::may_be_opened_by(&record) {
            self.sessions.learn(&record);
        }
        let time = record.time().map(|time| time.0);
        if time.is_none() {
            self.shared.fault(of.input, position, Fault::NoTime);
        }
        let numbered = |id: &str| of.numbered(self.shared, id.as_bytes());
        Taken {
            look: None,
            id: record.id().map(numbered),
            shared: record.shared_id().map(numbered),
            time,
            position,
            known: Known::Looked(Box::new(Looked { digest: digest ^ of.mix, unparsed, record })),
        }
    }

    /// Counts what is known already, and gives the others.
    fn count_known<'t, 'r>(&mut self, taken: &'t [Taken<'r>]) -> Vec<Unknown<'t, 'r>> {
        let shared = self.shared;
        let mut state = shared.state();
        let state = &mut *state;
        let mut unknown = Vec::new();
        state.told.events += taken.len() as u64;
        for it in taken {
            if it.id.is_some_and(|id| !state.ids.insert(id)) {
                state.told.doubles += 1;
                continue;
            }
            let looked = match &it.known {
                Known::Familiar(familiar) => {
                    state.count(familiar.slot, it.time, it.shared);
                    continue;
                }
                Known::Looked(looked) => looked,
            };
            match state.distinct.of_digest(looked.digest) {
                Some(slot) => {
                    state.count(slot, it.time, it.shared);
                    self.remember(it.look, slot, &looked.record);
                }
                None => unknown.push((it, &**looked)),
            }
        }
        unknown
    }

    /// From now on it is known what all records are that look so.
    fn remember(&mut self, look: Option<u128>, slot: Slot, record: &Record<'_>) {
        let Some(look) = look else { return };
        if self.familiar.len() >= MOST_FAMILIAR {
            self.familiar.clear();
        }
        let has_place = self.shared.only.as_ref().is_none_or(|only| only.has_place(record));
        self.familiar.insert(look, Familiar { slot, has_place });
    }

    fn count_unknown(&mut self, of: Of, unknown: &[Unknown<'_, '_>]) {
        let Of { input, number, .. } = of;
        let mut asked = HashSet::new();
        let mut learnt = Vec::new();
        for (it, looked) in unknown {
            if asked.contains(&looked.digest) {
                continue;
            }
            // What is like one that was JSON, is as good: nothing else of it is looked at.
            let found = if looked.unparsed.is_none_or(is_json) {
                self.learn(&looked.record, number).ok_or(Fault::TooLong)
            } else {
                Err(Fault::NoEvent)
            };
            match found {
                Ok(found) => {
                    asked.insert(looked.digest);
                    learnt.push((looked.digest, found));
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
        let shared = self.shared;
        let mut state = shared.state();
        let mut known = Slots::new();
        for (digest, learnt) in learnt {
            let slot = match learnt {
                Learnt::PassedOver(why) => Slot::PassedOver(why),
                Learnt::Call(stored) => match state.distinct.insert(&stored) {
                    Ok(index) => Slot::Call(index),
                    Err(error) => {
                        drop(state);
                        return shared.unstorable(input, error);
                    }
                },
            };
            state.distinct.know(digest, slot);
            known.insert(digest, slot);
        }
        for (it, looked) in unknown {
            if let Some(slot) = known.get(&looked.digest) {
                state.count(*slot, it.time, it.shared);
                self.remember(it.look, *slot, &looked.record);
            }
        }
    }

    fn learn(&mut self, record: &Record<'_>, number: usize) -> Option<Learnt> {
        let SeenCall { call, forwarded } = match self.seer.see(record) {
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

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}
