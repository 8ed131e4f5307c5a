//! The work, on all cores: each worker takes a file, decompresses and cuts it; what it cuts it looks into itself, unless
//! another worker has nothing to do. Who has looked into a batch counts what is in it, one at a time.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::recording::error::RecordingError;
use crate::recording::trail::batch::Batch;
use crate::recording::trail::counting::Counting;
use crate::recording::trail::cutting;
use crate::recording::trail::input::{Input, Options};
use crate::recording::trail::kind::Kind;
use crate::recording::trail::shared::{Shared, State};
use crate::recording::trail::told::{Progress, Told};

/// Batches that wait for a worker at most.
const MOST_WAITING: usize = 4;
/// How often it is said how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// The workers, and what is left to do.
struct Workers {
    shared: Shared,
    inputs: Vec<Mutex<Input>>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Batch>,
    /// The input that is taken next.
    next: usize,
    /// Workers that still cut a file.
    cutting: usize,
    idle: usize,
    ended: usize,
}

/// Reads inputs to the end.
///
/// # Errors
///
/// When a recording among them cannot be read or is none; and when something is wrong with events, where that is to stop it.
pub(super) fn work(
    inputs: Vec<Input>,
    mut told: Told,
    options: Options<'_>,
) -> Result<State, RecordingError> {
    let is_of_events = |it: &&Input| matches!(it.kind, Kind::Events | Kind::Table);
    told.files = inputs.iter().filter(is_of_events).count() as u64;
    let all = Progress {
        of_files: inputs.len() as u64,
        of_bytes: inputs.iter().map(|it| it.content.size()).sum(),
        ..Progress::default()
    };
    let number = |it: &Input| if options.apart { it.number } else { 0 };
    let names = inputs.iter().map(|it| (number(it), it.name.clone())).collect();
    let workers = Workers {
        shared: Shared::new(names, told, options),
        inputs: inputs.into_iter().map(Mutex::new).collect(),
        waiting: Mutex::default(),
        changed: Condvar::new(),
    };
    let count = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..count {
            let worker = thread::Builder::new().spawn_scoped(scope, || workers.run());
            if worker.is_err() {
                // A system that gives no other thread has this one.
                workers.run();
            }
        }
        workers.wait(count, all, options.progress);
    });
    workers.shared.end()
}

/// What a worker does next.
enum Next {
    Count(Batch),
    Cut(usize),
    End,
}

impl Workers {
    /// Works until nothing is left to do.
    fn run(&self) {
        let mut counting = Counting::new(&self.shared);
        loop {
            match self.next() {
                Next::Count(batch) => counting.count(&batch),
                Next::Cut(index) => {
                    if let Some(input) = self.inputs.get(index) {
                        cutting::cut(&self.shared, index, &mut lock(input), &mut |batch| {
                            let Some(batch) = self.give(batch) else { return Batch::of(index) };
                            counting.count(&batch);
                            batch.emptied()
                        });
                    }
                    lock(&self.waiting).cutting -= 1;
                    self.changed.notify_all();
                }
                Next::End => break,
            }
        }
        counting.end();
        lock(&self.waiting).ended += 1;
        self.changed.notify_all();
    }

    fn next(&self) -> Next {
        let mut waiting = lock(&self.waiting);
        loop {
            if let Some(batch) = waiting.batches.pop_front() {
                return Next::Count(batch);
            }
            if waiting.next < self.inputs.len() && !self.shared.is_stopped() {
                waiting.next += 1;
                waiting.cutting += 1;
                return Next::Cut(waiting.next - 1);
            }
            if waiting.cutting == 0 {
                return Next::End;
            }
            waiting.idle += 1;
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }

    /// Gives a batch to another worker, if one has nothing to do.
    fn give(&self, batch: Batch) -> Option<Batch> {
        let mut waiting = lock(&self.waiting);
        if waiting.idle <= waiting.batches.len() || waiting.batches.len() >= MOST_WAITING {
            return Some(batch);
        }
        waiting.batches.push_back(batch);
        self.changed.notify_all();
        None
    }

    /// Waits for the workers, and tells how far they are.
    fn wait(&self, count: usize, all: Progress, progress: Option<&dyn Fn(Progress)>) {
        let mut waiting = lock(&self.waiting);
        while waiting.ended < count {
            let woken = self.changed.wait_timeout(waiting, TOLD_EVERY);
            let (held, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
            waiting = held;
            if let (true, Some(tell)) = (timeout.timed_out(), progress) {
                let files = waiting.next.saturating_sub(waiting.cutting) as u64;
                drop(waiting);
                tell(Progress {
                    files,
                    bytes: self.shared.bytes.load(Ordering::Relaxed),
                    events: self.shared.events.load(Ordering::Relaxed),
                    ..all
                });
                waiting = lock(&self.waiting);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
