//! The thread that hears: it brings datagrams, what the proxy tells, and the time to a [`Session`],
//! and does what others ask of it.

pub mod debug;
pub mod display;
pub mod neighbours;
pub mod proxied;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::call::Timestamp;
use crate::capture::csm::{Listener, Receiver as Batches};
use crate::capture::neighbours::Guests;
use crate::capture::proxy::{Config, Running};
use crate::commands::failure::Failure;
use crate::commands::settings::Settings;
use crate::commands::wall_clock;
use crate::live::display::{Feed, Title};
use crate::live::proxied::{Bound, Proxied, Proxy};
use crate::output::console::Console;
use crate::session::ledger::{Now, Session};

/// How often it is looked for what others ask, and for keys, while nothing is heard.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often the kernel is asked what it dropped.
const COUNT_DROPS_EVERY: Duration = Duration::from_secs(1);

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

/// Bound sockets: what can go wrong with them has not. One of them, or both.
pub struct Ear {
    listener: Option<Listener>,
    proxy: Option<Bound>,
}

/// What is shown meanwhile.
pub enum Show {
    /// The live view on a terminal, else lines.
    View(Title),
    /// Lines, but nothing on a terminal: that is the child's.
    LinesOffTerminal,
}

/// A recording that goes on in its own thread.
pub struct Hearing {
    requests: Sender<Request>,
    over: Arc<AtomicBool>,
    live: bool,
    console: Console,
    thread: JoinHandle<bool>,
}

enum Request {
    WriteNow,
    AtEnd(Box<dyn FnOnce() + Send>),
    Finish { when_quiet: bool },
    Discard,
}

impl Ear {
    /// Binds a UDP socket for client-side monitoring and a TCP socket for the proxy, where an address for it
    /// is given; port 0 takes a free one. Who else than `guests` comes is refused.
    ///
    /// # Errors
    ///
    /// When a port is in use, or an address is not this machine's.
    pub fn bind(
        csm: Option<SocketAddr>,
        proxy: Option<(SocketAddr, Config)>,
        guests: &Guests,
    ) -> Result<Ear, Failure> {
        let bind =
            |(address, config)| Bound::new(address, Config { guests: guests.clone(), ..config });
        let proxy = proxy.map(bind).transpose()?;
        let listener = csm.map(Listener::bind).transpose()?;
        Ok(Ear { listener: listener.map(|it| it.admitting(guests.clone())), proxy })
    }

    /// Where client-side monitoring is heard.
    pub fn csm(&self) -> Option<SocketAddr> {
        self.listener.as_ref().map(Listener::local_addr)
    }

    /// Where the proxy listens.
    pub fn proxy(&self) -> Option<SocketAddr> {
        self.proxy.as_ref().map(Bound::address)
    }

    /// Begins to hear.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn start(self, settings: Settings, show: Show) -> Result<Hearing, Failure> {
        let console = settings.console.clone();
        if let Some(listener) = &self.listener {
            console.detail(format_args!(
                "listening on {}, with a receive buffer of {} KiB",
                listener.local_addr(),
                listener.receive_buffer() / 1024
            ));
        }
        if let Some(proxy) = &self.proxy {
            console.detail(format_args!("the proxy listens on {}", proxy.address()));
        }
        let batches = self.listener.map(Listener::spawn).transpose()?;
        let waker = batches.as_ref().map(Batches::waker);
        let debug = settings.debug.then(|| console.clone());
        let proxy = self.proxy.map(|proxy| proxy.start(waker, debug)).transpose()?;
        let is_proxied = proxy.is_some();
        let (marks, proxied) = match proxy {
            Some(Proxy { told, marks, running }) => {
                (marks, Some(Proxying { told, running: Some(running) }))
            }
            None => (None, None),
        };
        let clock = Clock::start();
        let now = clock.start;
        let feed = match show {
            Show::View(title) => Feed::view(title, &console, now.instant),
            Show::LinesOffTerminal => Feed::lines_off_terminal(&console),
        };
        let live = matches!(feed, Feed::View(_));
        let mut session = Session::new(settings, feed, is_proxied, marks, now);
        let tells_users = batches.as_ref().is_none_or(Batches::tells_users)
            && proxied.as_ref().and_then(|it| it.running.as_ref()).is_none_or(Running::tells_users);
        // Where no system of the kind tells, the documentation says so.
        if cfg!(target_os = "linux") && !tells_users {
            session.users_are_not_told();
        }
        let (requests, asked) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let listening = Listening {
            clock,
            session,
            batches,
            proxied,
            asked,
            over: Arc::clone(&over),
            at_end: None,
            dropped: 0,
            next_drops: now.instant + COUNT_DROPS_EVERY,
            next_look: now.instant,
            console: console.clone(),
        };
        let thread = thread::Builder::new()
            .name("session".to_owned())
            .spawn(move || listening.run())
            .map_err(|error| Failure::System { what: "a thread", error })?;
        Ok(Hearing { requests, over, live, console, thread })
    }
}

impl Hearing {
    /// Whether somebody watches the live view.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether it is over by itself: the view's user wants it, or the socket is gone.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Calls `then` when it is over by itself.
    pub fn at_end(&self, then: impl FnOnce() + Send + 'static) {
        self.ask(Request::AtEnd(Box::new(then)));
    }

    /// Writes the policy now.
    pub fn write_now(&self) {
        self.ask(Request::WriteNow);
    }

    /// Waits for late datagrams (until 200 ms of quiet, but at most 1 s), ends, and returns the
    /// exit code.
    pub fn finish_when_quiet(self) -> i32 {
        self.finish(true)
    }

    /// Takes in what was sent already, ends, and returns the exit code.
    pub fn finish_soon(self) -> i32 {
        self.finish(false)
    }

    /// Ends before anything could be heard, and leaves no trace.
    pub fn discard(self) {
        self.ask(Request::Discard);
        let _ = self.thread.join();
    }

    fn finish(self, when_quiet: bool) -> i32 {
        self.ask(Request::Finish { when_quiet });
        match self.thread.join() {
            Ok(true) => 0,
            Ok(false) => 1,
            Err(_) => {
                self.console.release();
                self.console.warn("the recording broke off because of an error in leastwise; the policy may be incomplete");
                1
            }
        }
    }

    fn ask(&self, request: Request) {
        // It fails only when the thread has panicked, which `finish` tells.
        let _ = self.requests.send(request);
    }
}

/// What the thread has.
struct Listening {
    clock: Clock,
    session: Session,
    batches: Option<Batches>,
    proxied: Option<Proxying>,
    asked: Receiver<Request>,
    over: Arc<AtomicBool>,
    at_end: Option<Box<dyn FnOnce() + Send>>,
    dropped: u64,
    next_drops: Instant,
    next_look: Instant,
    console: Console,
}

/// The proxy that runs, and what it tells.
struct Proxying {
    told: Receiver<Proxied>,
    running: Option<Running>,
}

impl Listening {
    /// Hears until it is told to end. Whether everything could be written.
    fn run(mut self) -> bool {
        loop {
            self.hear(LOOK_EVERY);
            loop {
                match self.asked.try_recv() {
                    Ok(Request::WriteNow) => {
                        self.hear_until_quiet(Duration::ZERO, TAKE_IN);
                        self.session.write_now(self.clock.now());
                    }
                    Ok(Request::AtEnd(then)) if self.over.load(Ordering::Relaxed) => then(),
                    Ok(Request::AtEnd(then)) => self.at_end = Some(then),
                    Ok(Request::Finish { when_quiet }) => return self.finish(when_quiet),
                    Ok(Request::Discard) => {
                        self.session.discard();
                        return true;
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
        let due = self.session.next().saturating_duration_since(Instant::now());
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
            if self.session.wants_to_stop() {
                self.end_by_itself();
            }
        }
        if now.instant >= self.next_drops {
            self.next_drops = now.instant + COUNT_DROPS_EVERY;
            self.dropped = self.drops();
            self.take_refused();
        }
        self.session.tick(self.dropped, now);
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
                    self.session.proxied(told, self.clock.now());
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
                    self.session.datagram(datagram, now);
                    // A batch can be long, and what is due is promised for a moment.
                    if now.instant >= self.session.next() {
                        self.session.tick(self.dropped, now);
                    }
                }
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                if !self.is_over() {
                    self.console
                        .warn("the system has taken the socket away; nothing more can be heard");
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
            self.session.proxied(told, now);
            if now.instant >= self.session.next() {
                self.session.tick(self.dropped, now);
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
            self.session.refused_datagrams(stranger, times);
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn end_by_itself(&mut self) {
        self.session.close_view();
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

    fn finish(mut self, when_quiet: bool) -> bool {
        if when_quiet {
            self.hear_until_quiet(QUIET, LATEST);
        }
        self.stop_proxy();
        if let Some(batches) = &self.batches {
            // What the kernel has by now still comes out, and then nothing more.
            batches.stop();
            while let Ok(batch) = batches.recv_timeout(LATEST) {
                let now = self.clock.now();
                batch.iter().for_each(|datagram| self.session.datagram(datagram, now));
            }
        }
        self.take_refused();
        let dropped = self.drops();
        self.session.finish(dropped, self.clock.now())
    }
}

/// The time of a recording: it does not go back when somebody sets the clock.
#[derive(Debug, Clone, Copy)]
struct Clock {
    start: Now,
}

impl Clock {
    fn start() -> Clock {
        Clock { start: Now { instant: Instant::now(), time: wall_clock() } }
    }

    fn now(&self) -> Now {
        let instant = Instant::now();
        let passed = instant.saturating_duration_since(self.start.instant).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Now { instant, time: Timestamp(self.start.time.0.saturating_add(passed)) }
    }
}
