//! The proxy at work for a recording: its requests are recognised as they pass, and become calls for
//! the session.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};

use socket2::SockRef;

use crate::call::{Answerer, Authorization, Call, Timestamp};
use crate::capture::csm::Waker;
use crate::capture::neighbours::Stranger;
use crate::capture::proxy::{
    self, Admission, Answer, Config, End, Exchange, GivenUp, Observer, Ready, RequestHead,
    ResponseHead, Running, Scheme,
};
use crate::catalog::Catalog;
use crate::live::debug;
use crate::live::enforcing::{Enforcement, Gate, Settlement};
use crate::live::error::LiveError;
use crate::output::console::Console;
use crate::recognize::http::{self, Home, Recognizer};
use crate::session::event::Unvouched;
use crate::session::twins::Marks;

/// Calls that wait for the session. When there are more, the proxy waits, and with it the program: nothing is lost.
const WAITING: usize = 1_024;
/// How many connections may wait to be accepted.
const BACKLOG: i32 = 4_096;
/// Headers of a request that are looked at; more than any SDK sends.
const HEADERS: usize = 128;

/// What the proxy tells the session.
#[derive(Debug)]
pub enum Told {
    /// A call is over, and this came of it where policies are enforced.
    Call(Box<Call>, Settlement),
    /// One that does not count is over, since nobody knows who was asked; likewise.
    Unvouched(Box<Call>, Unvouched, Settlement),
    /// Something failed in the proxy.
    Failure(proxy::Failure),
    /// Somebody was refused.
    Refused(Stranger),
}

/// A port that is bound, for a proxy that does not run yet: the system queues who connects.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    config: Config,
}

/// A proxy that runs.
pub struct Proxy {
    /// What it tells.
    pub told: Receiver<Told>,
    /// The ids of the requests that it has seen, where they may be reported, too.
    pub marks: Option<Marks>,
    /// The proxy itself.
    pub running: Running,
}

impl Bound {
    /// Binds the port; 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the port is in use, or the address is not this machine's.
    pub fn new(address: SocketAddr, config: Config) -> Result<Bound, LiveError> {
        let bind = || {
            let listener = TcpListener::bind(address)?;
            // The standard library's 128 are fewer than terraform's modules may connect at once; whoever
            // comes when they are full waits a second. Where a second call is refused, it stays so.
            let _ = SockRef::from(&listener).listen(BACKLOG);
            let address = listener.local_addr()?;
            Ok(Bound { listener, address, config })
        };
        bind().map_err(|error| LiveError::ProxyPort { address, error })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the proxy. `waker` wakes who reads what it tells, where that is not all that is heard; its requests are
    /// printed on `debug`, and go on if policies allow them where there is an `enforcement`.
    ///
    /// # Errors
    ///
    /// When its threads cannot be started.
    pub fn start(
        self,
        waker: Option<Waker>,
        debug: Option<Console>,
        enforcement: Option<Arc<Enforcement>>,
    ) -> Result<Proxy, LiveError> {
        let (tell, told) = mpsc::sync_channel(WAITING);
        // Who is woken for client-side monitoring hears calls twice.
        let marks = waker.as_ref().map(|_| Marks::default());
        let way = Arc::new(Way { tell, waker, marks: marks.clone(), debug, enforcement });
        let running = proxy::start(self.listener, self.config, Arc::new(Watcher(way)))
            .map_err(|error| LiveError::System { what: "the proxy's threads", error })?;
        Ok(Proxy { told, marks, running })
    }
}

/// The way to the session.
struct Way {
    tell: SyncSender<Told>,
    waker: Option<Waker>,
    marks: Option<Marks>,
    debug: Option<Console>,
    enforcement: Option<Arc<Enforcement>>,
}

impl Way {
    fn tell(&self, what: Told) {
        // It fails only when the session is over.
        if self.tell.send(what).is_ok()
            && let Some(waker) = &self.waker
        {
            waker.wake();
        }
    }
}

/// Looks at every request that passes.
struct Watcher(Arc<Way>);

impl Observer for Watcher {
    fn request(&self, head: &RequestHead<'_>) -> Option<Box<dyn Exchange>> {
        let authority;
        let is_default = head.port == head.scheme.default_port();
        // The port is part of a queue's URL.
        let host = if is_default {
            head.host
        } else {
            authority = format!("{}:{}", head.host, head.port);
            &authority
        };
        let headers = head.headers.first(HEADERS);
        let recognizer = http::begin(
            Catalog::embedded(),
            &http::RequestHead {
                method: head.method,
                secure: head.scheme == Scheme::Https,
                host,
                // What is not ASCII in a target was not made by an SDK.
                target: std::str::from_utf8(head.target).unwrap_or("/"),
                headers: &headers,
            },
        )?;
        if let Some(console) = &self.0.debug {
            console.print(&format!("{}\n", debug::request(head)));
        }
        Some(Box::new(Watch {
            time: head.time,
            reached: Reached::of(head),
            gate: self.0.enforcement.clone().map(|it| Gate::new(it, &recognizer, head.target)),
            recognizer: Some(recognizer),
            way: self.0.clone(),
        }))
    }

    fn decides(&self) -> bool {
        self.0.enforcement.is_some()
    }

    fn failure(&self, failure: proxy::Failure) {
        self.0.tell(Told::Failure(failure));
    }

    fn refused(&self, stranger: Stranger) {
        self.0.tell(Told::Refused(stranger));
    }
}

/// What a request has reached, as far as its head tells.
#[derive(Debug, Clone, Copy)]
enum Reached {
    /// A stand-in, or a host that the user named.
    Named,
    /// A host that the user named, with a certificate of its name.
    NamedAndVerified,
    /// Whoever has a certificate of the host's name: without a stand-in, every upstream's is verified.
    Verified,
    /// This machine, over plain HTTP.
    ThisMachine,
    /// Whoever has taken the host's place.
    Anybody,
}

impl Reached {
    fn of(head: &RequestHead<'_>) -> Reached {
        match head.scheme {
            _ if head.to_stand_in => Reached::Named,
            Scheme::Https if head.is_named => Reached::NamedAndVerified,
            Scheme::Https => Reached::Verified,
            Scheme::Http if head.is_named => Reached::Named,
            Scheme::Http if head.is_this_machine => Reached::ThisMachine,
            Scheme::Http => Reached::Anybody,
        }
    }

    /// Who has answered the call, or why it does not count. `home`: what the host is to its operation.
    fn answerer(self, home: Option<Home>, call: &Call) -> Result<Answerer, Unvouched> {
        // All of it is in the address, and a stranger's redirect can lead a program to any address of this machine, with a
        // signature that nobody verifies. What has a header of authorization, a program has made itself.
        let is_all_address = call.evidence.authorization == Some(Authorization::Presigned);
        match (self, home) {
            (Reached::ThisMachine, _) if is_all_address => Err(Unvouched::PlainHttp),
            (Reached::ThisMachine, _) => Ok(Answerer::Named),
            // Nor does a customer's host verify it, or say that it is the caller's own.
            (Reached::Verified, Some(Home::Shared)) if is_all_address => {
                Err(Unvouched::UnknownHost)
            }
            (Reached::Verified | Reached::NamedAndVerified, Some(Home::Api)) => Ok(Answerer::Aws),
            (Reached::Verified | Reached::NamedAndVerified, Some(Home::Another)) => {
                Err(Unvouched::OtherService)
            }
            (Reached::Named | Reached::NamedAndVerified, _) => Ok(Answerer::Named),
            (Reached::Verified, Some(Home::Shared) | None) => Ok(Answerer::Anybody),
            (Reached::Verified, Some(Home::Elsewhere)) => Err(Unvouched::UnknownHost),
            (Reached::Anybody, _) => Err(Unvouched::PlainHttp),
        }
    }
}

/// Looks at one request and its response.
struct Watch {
    /// `None` when it is over.
    recognizer: Option<Recognizer>,
    time: Timestamp,
    reached: Reached,
    /// Where policies are enforced.
    gate: Option<Gate>,
    way: Arc<Way>,
}

impl Exchange for Watch {
    fn admission(&mut self) -> Admission {
        match (&mut self.gate, &self.recognizer) {
            (Some(gate), Some(recognizer)) => gate.admission(recognizer, self.time),
            _ => Admission::Granted,
        }
    }

    fn ready(&mut self) -> Option<Ready> {
        self.gate.as_ref()?.ready()
    }

    fn given_up(&mut self, why: &GivenUp) -> Answer {
        match (&mut self.gate, &self.recognizer) {
            (Some(gate), Some(recognizer)) => gate.given_up(recognizer, self.time, why),
            _ => why.answer(),
        }
    }

    fn replacement(&mut self) -> Option<Answer> {
        self.gate.as_mut()?.replacement(self.recognizer.as_ref()?, self.time)
    }

    fn request_body(&mut self, chunk: &[u8]) {
        if let Some(gate) = &mut self.gate {
            gate.body(chunk);
        }
        if let Some(recognizer) = &mut self.recognizer {
            recognizer.body(chunk);
        }
    }

    fn request_end(&mut self) {
        if let Some(recognizer) = &mut self.recognizer {
            recognizer.end_of_body();
        }
    }

    fn response_begins(&mut self, head: &ResponseHead<'_>) {
        // Before the client has it, who reports the call over client-side monitoring next.
        if let Some(marks) = &self.way.marks {
            for name in ["x-amzn-requestid", "x-amz-request-id"] {
                if let Some(id) = head.headers.get(name)
                    && let Ok(id) = std::str::from_utf8(id)
                {
                    marks.put(id.trim());
                }
            }
        }
    }

    fn response_head(&mut self, head: &ResponseHead<'_>) {
        let headers = head.headers.first(HEADERS);
        if let Some(recognizer) = &mut self.recognizer {
            recognizer.response(head.status, &headers);
        }
    }

    fn response_body(&mut self, chunk: &[u8]) {
        if let Some(recognizer) = &mut self.recognizer {
            recognizer.response_body(chunk);
        }
    }

    fn end(&mut self, end: End) {
        let Some(mut recognizer) = self.recognizer.take() else { return };
        recognizer.end_of_body();
        let home = recognizer.home();
        let mut call = Box::new(recognizer.finish(self.time));
        let answerer = self.reached.answerer(home, &call);
        call.evidence.answerer = answerer.unwrap_or_default();
        if call.evidence.answerer == Answerer::Anybody {
            // Whose a key is, is learned from those who know.
            call.evidence.told.clear();
        }
        if call.outcome.status.is_none() && end == End::UpstreamFailed {
            call.outcome.error.get_or_insert_with(|| "UpstreamFailed".to_owned());
        }
        let settled = self.gate.take().map(|gate| gate.over(&mut call, end, answerer.is_ok()));
        let settled = settled.unwrap_or_default();
        self.way.tell(match answerer {
            Ok(_) => Told::Call(call, settled),
            Err(unvouched) => Told::Unvouched(call, unvouched, settled),
        });
    }
}
