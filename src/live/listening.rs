//! The thread that hears: it brings datagrams, what the proxy tells, and the time to a recording, and does what others ask
//! of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::csm::Receiver as Batches;
use crate::capture::proxy::Running;
use crate::live::clock::Clock;
use crate::live::ended::Ended;
use crate::live::proxied::Told;
use crate::live::recording::Recording;
use crate::output::console::Console;
use crate::session::event::Heard;

/// How often it is looked for what others ask, and for keys, while nothing is heard.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often the kernel is asked what it dropped.
pub(crate) const COUNT_DROPS_EVERY: Duration = Duration::from_secs(1);

/// After a command has ended, datagrams are waited for until so long none came: on loopback sending
/// is receiving, so its own are in our socket already, but what it left running may send some more.
const QUIET: Duration = Duration::from_millis(200);
/// But no longer than this.
const LATEST: Duration = Duration::from_secs(1);
/// Before the policy is written on demand, what came already is taken in; for so long at most.
const TAKE_IN: Duration = Duration::from_millis(50);
/// At the end, exchanges that go on in the proxy may go on for so long.
const PATIENCE: Duration = Duration::from_millis(500);
/// How many of the proxy's calls are taken in before datagrams are looked at again.
const AT_ONCE: usize = 256;
/// How long the proxy's calls are left to gather.
const GATHER: Duration = Duration::from_millis(5);

/// What others ask of the thread.
pub(crate) enum Request {
    WriteNow,
    AtEnd(Box<dyn FnOnce() + Send>),
    Finish { when_quiet: bool },
    Discard,
}

/// What the thread has.
pub(crate) struct Listening {
    pub(crate) clock: Clock,
    pub(crate) recording: Recording,
    pub(crate) batches: Option<Batches>,
    pub(crate) proxied: Option<Proxying>,
    pub(crate) asked: Receiver<Request>,
    pub(crate) over: Arc<AtomicBool>,
    pub(crate) at_end: Option<Box<dyn FnOnce() + Send>>,
    pub(crate) dropped: u64,
    pub(crate) next_drops: Instant,
    pub(crate) next_look: Instant,
    pub(crate) console: Console,
}

/// The proxy that runs, and what it tells.
pub(crate) struct Proxying {
    pub(crate) told: Receiver<Told>,
    pub(crate) running: Option<Running>,
}

impl Listening {
    /// Hears until it is told to end, and says how it ended.
    pub(crate) fn run(mut self) -> Ended {
        loop {
            self.hear(LOOK_EVERY);
            loop {
                match self.asked.try_recv() {
                    Ok(Request::WriteNow) => {
                        self.hear_until_quiet(Duration::ZERO, TAKE_IN);
                        self.recording.write_now(self.clock.now());
                    }
                    Ok(Request::AtEnd(then)) if self.over.load(Ordering::Relaxed) => then(),
                    Ok(Request::AtEnd(then)) => self.at_end = Some(then),
                    Ok(Request::Finish { when_quiet }) => return self.finish(when_quiet),
                    Ok(Request::Discard) => {
                        self.recording.discard();
                        return Ended { is_whole: true, got_through: false };
                    }
                    Err(mpsc::TryRecvError::Empty) => break,
                    // Whoever started us has panicked; what was heard is worth keeping.
                    Err(mpsc::TryRecvError::Disconnected) => return self.finish(false),
                }
            }
        }
    }

    /// Waits for datagrams and what the proxy tells, but at most so long; whether something came.
    fn hear(&mut self, at_most: Duration) -> bool {
        let due = self.recording.next().saturating_duration_since(Instant::now());
        let proxied = self.take_proxied();
        let mut heard = self.wait(if proxied > 0 { Duration::ZERO } else { due.min(at_most) });
        // Where there is one call there are more: they are left to gather, since waking us for each
        // costs the proxy more than all else that it does for a call.
        if (1..AT_ONCE).contains(&proxied) && !heard {
            thread::sleep(GATHER);
        }
        heard |= proxied > 0;
        let now = self.clock.now();
        if now.instant >= self.next_look {
            self.next_look = now.instant + LOOK_EVERY;
            if self.recording.heed_keys(now) {
                self.end_by_itself();
            }
        }
        if now.instant >= self.next_drops {
            self.next_drops = now.instant + COUNT_DROPS_EVERY;
            self.dropped = self.drops();
            self.take_refused();
        }
        self.recording.tick(self.dropped, now);
        heard
    }

    /// Waits on the socket for datagrams, from which the proxy wakes; without it on the proxy.
    fn wait(&mut self, at_most: Duration) -> bool {
        let Some(batches) = &self.batches else {
            let Some(proxied) = self.proxied.as_ref().filter(|_| !at_most.is_zero()) else {
                thread::sleep(at_most);
                return false;
            };
            return match proxied.told.recv_timeout(at_most) {
                Ok(told) => {
                    self.recording.told(told, self.clock.now());
                    thread::sleep(GATHER);
                    true
                }
                Err(RecvTimeoutError::Timeout) => false,
                // It is stopped, by ourselves.
                Err(RecvTimeoutError::Disconnected) => {
                    thread::sleep(at_most);
                    false
                }
            };
        };
        match batches.recv_timeout(at_most) {
            Ok(batch) => {
                for datagram in batch.iter() {
                    let now = self.clock.now();
                    self.recording.take(Heard::Datagram(datagram), now);
                    // A batch can be long, and what is due is promised for a moment.
                    if now.instant >= self.recording.next() {
                        self.recording.tick(self.dropped, now);
                    }
                }
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                if !self.is_over() {
                    self.console
                        .warn("the system took the socket away; no more calls can be heard");
                    self.end_by_itself();
                }
                thread::sleep(at_most);
                false
            }
        }
    }

    /// Takes in what the proxy has told; how much it was.
    fn take_proxied(&mut self) -> usize {
        let Some(proxied) = &self.proxied else { return 0 };
        let mut heard = 0;
        for told in proxied.told.try_iter().take(AT_ONCE) {
            heard += 1;
            let now = self.clock.now();
            self.recording.told(told, now);
            if now.instant >= self.recording.next() {
                self.recording.tick(self.dropped, now);
            }
        }
        heard
    }

    /// Stops the proxy, and takes in all that it still tells: it waits for us where that is much.
    fn stop_proxy(&mut self) {
        let running = self.proxied.as_mut().and_then(|proxied| proxied.running.take());
        let Some(running) = running else { return };
        let stopping = thread::Builder::new()
            .name("stopping".to_owned())
            .spawn(move || running.stop(PATIENCE));
        let end = Instant::now() + LATEST;
        while stopping.as_ref().is_ok_and(|it| !it.is_finished()) && Instant::now() < end {
            if self.take_proxied() == 0 {
                thread::sleep(Duration::from_millis(2));
            }
        }
        while self.take_proxied() > 0 {}
    }

    fn drops(&self) -> u64 {
        self.batches.as_ref().and_then(Batches::kernel_drops).unwrap_or_default()
    }

    /// Takes in whose datagrams were refused.
    fn take_refused(&mut self) {
        for (stranger, times) in self.batches.iter().flat_map(Batches::take_refused) {
            self.recording.refused_datagrams(stranger, times, self.clock.now());
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn end_by_itself(&mut self) {
        self.recording.close_view();
        self.over.store(true, Ordering::Relaxed);
        if let Some(then) = self.at_end.take() {
            then();
        }
    }

    /// Hears until nothing came for so long, but no longer than `latest`.
    fn hear_until_quiet(&mut self, quiet: Duration, latest: Duration) {
        let end = Instant::now() + latest;
        let mut quiet_at = Instant::now() + quiet;
        loop {
            let until = quiet_at.min(end);
            if self.hear(until.saturating_duration_since(Instant::now())) {
                quiet_at = Instant::now() + quiet;
            } else if Instant::now() >= quiet_at {
                break;
            }
            if Instant::now() >= end {
                break;
            }
        }
    }

    fn finish(mut self, when_quiet: bool) -> Ended {
        if when_quiet {
            self.hear_until_quiet(QUIET, LATEST);
        }
        self.stop_proxy();
        if let Some(batches) = &self.batches {
            // What the kernel has by now still comes out, and then nothing more.
            batches.stop();
            while let Ok(batch) = batches.recv_timeout(LATEST) {
                let now = self.clock.now();
                batch
                    .iter()
                    .for_each(|datagram| self.recording.take(Heard::Datagram(datagram), now));
            }
        }
        self.take_refused();
        let dropped = self.drops();
        self.recording.finish(dropped, self.clock.now())
    }
}
