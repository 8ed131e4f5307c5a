//! How many clients there is room for, and who has to make room: whoever has been silent the longest.
//!
//! A connection takes a descriptor, and the system gives only so many. Without this, clients that connect and say nothing
//! could take all of them, and nobody else would be served.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// Descriptors that are not for connections.
const OTHERS: usize = 32;
/// There is room for so many whatever the system says.
const LEAST: usize = 8;
/// And for no more where it says nothing.
const MOST: usize = 32_768;
/// How long those that have to make room may take before the next is let in all the same.
const LEAVING: Duration = Duration::from_secs(1);

tokio::task_local! {
    static OURS: Arc<Seat>;
}

/// All connections of clients.
#[derive(Debug)]
pub(super) struct Seats {
    began: Instant,
    next: AtomicU64,
    taken: Mutex<HashMap<u64, Arc<Seat>>>,
    left: Notify,
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
    /// It has been told to close and is still here: nobody else makes room by telling it again.
    is_leaving: AtomicBool,
    seats: Weak<Seats>,
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
        Arc::new(Seats {
            began: Instant::now(),
            next: AtomicU64::new(0),
            taken: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// Takes a place; where there is none, whoever has been silent the longest loses theirs.
    pub(super) fn take(self: &Arc<Seats>) -> Taken {
        let seat = Arc::new(Seat {
            began: self.began,
            exchanges: AtomicUsize::new(0),
            silent_since: AtomicU64::new(0),
            closing: Notify::new(),
            is_leaving: AtomicBool::new(false),
            seats: Arc::downgrade(self),
        });
        seat.touch();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let room = room();
        let is_full = {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.insert(number, seat.clone());
            taken.len() > room && taken.values().filter(|seat| !seat.is_leaving()).count() > room
        };
        if is_full {
            self.make_room();
        }
        Taken { seats: self.clone(), number, seat }
    }

    /// Closes the connection that has been silent the longest, of those that have not been told to close.
    pub(super) fn make_room(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = taken.iter().filter(|(_, seat)| seat.is_idle() && !seat.is_leaving());
        let longest = silent
            .min_by_key(|(number, seat)| (seat.silent_since.load(Ordering::Relaxed), **number));
        if let Some((_, seat)) = longest {
            seat.is_leaving.store(true, Ordering::Release);
            seat.closing.notify_one();
        }
    }

    /// Waits until those that were told to close have done so: a connection that is about to be closed
    /// still has its descriptor.
    pub(super) async fn settle(&self) {
        let _ = timeout(LEAVING, async {
            loop {
                let left = self.left.notified();
                {
                    let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                    if taken.len() <= room() || !taken.values().any(|seat| seat.is_leaving()) {
                        return;
                    }
                }
                left.await;
            }
        })
        .await;
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

    /// Makes room for a descriptor that the connection served by this task needs.
    pub(super) async fn make_room() {
        if let Some(seats) = Seat::ours().and_then(|seat| seat.seats.upgrade()) {
            seats.make_room();
            seats.settle().await;
        }
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

    fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Acquire)
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
                () = self.seat.closing.notified() => {
                    if self.seat.is_idle() {
                        return;
                    }
                    self.seat.is_leaving.store(false, Ordering::Release);
                    self.seats.left.notify_waiters();
                }
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
        self.seats.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_that_makes_room_is_another_and_leaves_before_the_next_is_let_in() {
        let seats = Seats::new();
        let all: Vec<Taken> = (0..4).map(|_| seats.take()).collect();
        all[0].seat.begin();
        (0..2).for_each(|_| seats.make_room());
        let leaving: Vec<bool> = all.iter().map(|taken| taken.seat.is_leaving()).collect();
        assert_eq!(leaving, [false, true, true, false], "the busy one stays");

        let served: Vec<_> = all
            .into_iter()
            .map(|taken| tokio::spawn(taken.serve(std::future::pending())))
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let ended: Vec<bool> = served.iter().map(|task| task.is_finished()).collect();
        assert_eq!(ended, [false, true, true, false]);
        assert_eq!(seats.taken.lock().unwrap().len(), 2);
        seats.settle().await;
    }
}
