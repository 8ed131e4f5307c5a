//! What the workers have in common: the inputs, and what was counted so far.

use std::collections::HashMap;
use std::hash::RandomState;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::recognize::cloudtrail::{Digests, Sessions};
use crate::recording::error::RecordingError;
use crate::recording::trail::distinct::{Counted, Distinct, Slot};
use crate::recording::trail::ids::Ids;
use crate::recording::trail::input::Options;
use crate::recording::trail::only::Only;
use crate::recording::trail::split::Fault;
use crate::recording::trail::told::Told;

/// What workers share.
pub(super) struct Shared {
    /// Of each input: the recording that its calls are counted for, and its name.
    pub(super) names: Vec<(usize, String)>,
    is_strict: bool,
    /// Which events count; `None`: all.
    pub(super) only: Option<Only>,
    stopped: AtomicBool,
    counted: Mutex<State>,
    /// Bytes that were read, as they lie in the files.
    pub(super) bytes: AtomicU64,
    pub(super) events: AtomicU64,
    /// What makes digests, and numbers of ids.
    pub(super) digests: Digests,
    pub(super) ids: RandomState,
}

/// What was counted so far.
#[derive(Default)]
pub(super) struct State {
    pub(super) distinct: Distinct,
    pub(super) ids: Ids,
    pub(super) sessions: Sessions,
    pub(super) told: Told,
    /// Recordings whose last line is cut off, with the numbers of their inputs.
    pub(super) cut_off: Vec<(usize, String)>,
    /// Why it was stopped: which input, at which place.
    failure: Option<((usize, u64), RecordingError)>,
}

/// What is known of records by their digests, of one batch.
pub(super) type Slots = HashMap<u128, Slot>;

impl Shared {
    pub(super) fn new(
        names: Vec<(usize, String)>,
        told: Told,
        Options { strict, only, memory, .. }: Options<'_>,
    ) -> Shared {
        let distinct = memory.map(Distinct::within).unwrap_or_default();
        let state = State { distinct, told, ..State::default() };
        Shared {
            names,
            is_strict: strict,
            only: only.filter(|only| !only.is_all()).cloned(),
            stopped: AtomicBool::new(false),
            bytes: AtomicU64::new(0),
            events: AtomicU64::new(0),
            digests: Digests::default(),
            ids: state.ids.hasher(),
            counted: Mutex::new(state),
        }
    }

    /// What was counted.
    ///
    /// # Errors
    ///
    /// Why it was stopped.
    pub(super) fn end(self) -> Result<State, RecordingError> {
        let mut state = self.counted.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.failure.take() {
            Some((_, error)) => Err(error),
            None => Ok(state),
        }
    }

    /// What was counted so far, for one worker at a time.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing more is to be read.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Something is wrong with an input at a place of its text.
    pub(super) fn fault(&self, input: usize, position: u64, fault: Fault) {
        let name = self.name(input);
        self.state().told.fault(input, name, position, fault);
        if self.is_strict {
            let what = fault.words();
            let error = RecordingError::Event { path: name.to_owned(), position, what };
            self.stop((input, position), error);
        }
    }

    /// An input cannot be read on.
    pub(super) fn unreadable(&self, input: usize, error: io::Error) {
        if self.is_strict {
            let path = self.name(input).to_owned();
            self.stop((input, u64::MAX), RecordingError::File { path, done: "read", error });
        } else {
            let name = self.name(input).to_owned();
            self.state().told.unreadable.insert(name, error.to_string());
        }
    }

    /// Nothing more is read; of several reasons the first in the order of the inputs is told.
    pub(super) fn stop(&self, at: (usize, u64), error: RecordingError) {
        let mut state = self.state();
        if state.failure.as_ref().is_none_or(|(known, _)| at < *known) {
            state.failure = Some((at, error));
        }
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// What was counted cannot be put on disk.
    pub(super) fn unstorable(&self, input: usize, error: io::Error) {
        let path = "a temporary file".to_owned();
        self.stop((input, 0), RecordingError::File { path, done: "written", error });
    }

    pub(super) fn name(&self, input: usize) -> &str {
        self.names.get(input).map_or("", |(_, name)| name)
    }
}

impl State {
    /// Counts a record, of which it is known what it is; `shared` is the number of the id that its twins have, too.
    pub(super) fn count(&mut self, slot: Slot, time: Option<u64>, shared: Option<u64>) {
        let index = match slot {
            Slot::PassedOver(why) => return *self.told.passed_over.entry(why).or_default() += 1,
            Slot::Call(index) => index,
        };
        if shared.is_some_and(|shared| !self.distinct.counts_of_twins(shared, index)) {
            self.told.twins += 1;
            return;
        }
        self.distinct.count(index, Counted::once(time));
    }
}
