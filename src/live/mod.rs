//! Hearing: sockets and a thread of their own for a recording.

pub mod clock;
mod consumers;
pub mod debug;
pub mod display;
mod ended;
pub mod enforcing;
pub mod error;
pub mod following;
pub mod hosts;
pub mod iam;
pub mod judging;
mod listening;
pub mod neighbours;
mod programs;
pub mod proxied;
pub mod recording;
pub mod settings;
mod waiting;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use crate::capture::csm::{Listener, Receiver as Batches};
use crate::capture::neighbours::Guests;
use crate::capture::proxy::{Config, Running};
use crate::output::console::Console;
use crate::output::keeper::Keeper;
use crate::session::Session;
use clock::Clock;
use consumers::Consumers;
use display::{Display, Title};
use ended::Ended;
use error::LiveError;
use following::Following;
use judging::Judging;
use listening::{COUNT_DROPS_EVERY, Listening, Proxying, Request};
use programs::Programs;
use proxied::{Bound, Proxy};
use recording::Recording;
use settings::Settings;

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

/// Something got through that the policies in force do not allow: as when a policy that is checked lacks something.
const GOT_THROUGH: i32 = 3;

/// A recording that goes on in its own thread.
pub struct Hearing {
    requests: Sender<Request>,
    over: Arc<AtomicBool>,
    live: bool,
    console: Console,
    thread: JoinHandle<Ended>,
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
    ) -> Result<Ear, LiveError> {
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
    pub fn start(self, settings: Settings, show: Show) -> Result<Hearing, LiveError> {
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
        let enforcement = settings.judging.as_ref().map(Judging::enforcement);
        if let Some(judging) = &settings.judging {
            judging.begin();
        }
        let proxy = self.proxy.map(|proxy| proxy.start(waker, debug, enforcement)).transpose()?;
        let is_proxied = proxy.is_some();
        let (marks, proxied) = match proxy {
            Some(Proxy { told, marks, running }) => {
                (marks, Some(Proxying { told, running: Some(running) }))
            }
            None => (None, None),
        };
        let clock = Clock::start();
        let now = clock.start;
        let Settings { session, outputs, judging, debug: _, hints, page, console: _ } = settings;
        let following = page.map(|page| Following::begin(page, &session, &console)).transpose()?;
        let display = match show {
            Show::View(mut title) => {
                if let Some(address) = following.as_ref().and_then(Following::address) {
                    title.waiting.extend([String::new(), format!("The page is at {address}")]);
                }
                Display::view(title, &console, now.instant)
            }
            Show::LinesOffTerminal => Display::lines_off_terminal(&console),
        };
        let live = matches!(display, Display::View(_));
        let keeper = Keeper::new(outputs, session.shape, console.clone(), now.instant);
        let mut session = Session::new(session, marks, now);
        let tells_users = batches.as_ref().is_none_or(Batches::tells_users)
            && proxied.as_ref().and_then(|it| it.running.as_ref()).is_none_or(Running::tells_users);
        // Where no system of the kind tells, the documentation says so.
        if cfg!(target_os = "linux") && !tells_users {
            session.users_are_not_told();
        }
        let recording = Recording {
            session,
            consumers: Consumers {
                display,
                keeper,
                following,
                programs: Programs::default(),
                console: console.clone(),
            },
            start: now.instant,
            is_proxied,
            hints,
            judging,
        };
        let (requests, asked) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let listening = Listening {
            clock,
            recording,
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
            .map_err(|error| LiveError::System { what: "a thread", error })?;
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
            Ok(Ended { is_whole: false, .. }) => 1,
            Ok(Ended { got_through: true, .. }) => GOT_THROUGH,
            Ok(_) => 0,
            Err(_) => {
                self.console.release();
                self.console.warn("the recording stopped because of an error in leastwise; the policy may be incomplete");
                1
            }
        }
    }

    fn ask(&self, request: Request) {
        // It fails only when the thread has panicked, which `finish` tells.
        let _ = self.requests.send(request);
    }
}
