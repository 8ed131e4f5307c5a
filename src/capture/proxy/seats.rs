//! How many clients there is room for, and who has to make room: whoever has been silent the longest.
//!
//! A connection takes a descriptor, and the system gives only so many. Without this, clients that connect and say nothing
//! could take all of them, and nobody else would be served.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// Descriptors that are not for connections.
const OTHERS: usize = 32;
/// There is room for so many whatever the system says.
const LEAST: usize = 8;
/// And for no more where it says nothing.
const MOST: usize = 32_768;

tokio::task_local! {
    static OURS: Arc<Seat>;
}

/// All connections of clients.
#[derive(Debug)]
pub(super) struct Seats {
    began: Instant,
    next: AtomicU64,
    taken: Mutex<HashMap<u64, Arc<Seat>>>,
}

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Seat {
    began: Instant,
    /// Exchanges that are at hand; while there are some it is not closed.
    exchanges: AtomicUsize,
    /// Since when nothing has come, in milliseconds after the beginning.
    silent_since: AtomicU64,
    closing: Notify,
}

/// A place for a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    seats: Arc<Seats>,
    number: u64,
    seat: Arc<Seat>,
}

impl Seats {
    pub(super) fn new() -> Arc<Seats> {
        Arc::new(Seats { began: Instant::now(), next: AtomicU64::new(0), taken: Mutex::default() })
    }

    /// Takes a place; where there is none, whoever has been silent the longest loses theirs.
    pub(super) fn take(self: &Arc<Seats>) -> Taken {
        let seat = Arc::new(Seat {
            began: self.began,
            exchanges: AtomicUsize::new(0),
            silent_since: AtomicU64::new(0),
            closing: Notify::new(),
        });
        seat.touch();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let taken = {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.insert(number, seat.clone());
            taken.len()
        };
        if taken > room() {
            self.make_room();
        }
        Taken { seats: self.clone(), number, seat }
    }

    /// Closes the connection that has been silent the longest.
    pub(super) fn make_room(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = taken.iter().filter(|(_, seat)| seat.is_idle());
        let longest = silent
            .min_by_key(|(number, seat)| (seat.silent_since.load(Ordering::Relaxed), **number));
        if let Some((_, seat)) = longest {
            seat.closing.notify_one();
        }
    }
}

/// How many clients there is room for: each may need a connection to an upstream, too.
fn room() -> usize {
    (descriptors().saturating_sub(OTHERS) / 2).clamp(LEAST, MOST)
}

#[cfg(unix)]
fn descriptors() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn descriptors() -> usize {
    usize::MAX
}

impl Seat {
    /// The seat of the connection that this task serves.
    pub(super) fn ours() -> Option<Arc<Seat>> {
        OURS.try_with(Arc::clone).ok()
    }

    /// Something has come.
    pub(super) fn touch(&self) {
        let since = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.silent_since.store(since, Ordering::Relaxed);
    }

    pub(super) fn begin(&self) {
        self.exchanges.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn end(&self) {
        self.touch();
        self.exchanges.fetch_sub(1, Ordering::AcqRel);
    }

    fn is_idle(&self) -> bool {
        self.exchanges.load(Ordering::Acquire) == 0
    }
}

impl Taken {
    /// Serves the connection, until it has ended or has to make room.
    pub(super) async fn serve(self, work: impl Future<Output = ()>) {
        let mut work = Box::pin(OURS.scope(self.seat.clone(), work));
        loop {
            tokio::select! {
                () = &mut work => return,
                // What has begun in the meantime is not broken off.
                () = self.seat.closing.notified() => if self.seat.is_idle() { return },
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
