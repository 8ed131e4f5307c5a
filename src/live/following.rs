//! The page of a recording: calls are taken up for it by a thread of its own, so that hearing is not kept waiting. It is written at
//! the end, and shown meanwhile. As long as nobody looks at it, calls wait, and alike ones are counted as one, so that a page costs
//! a run next to nothing.

use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::authorize::Requirement;
use crate::call::Call;
use crate::live::clock::wall_clock;
use crate::live::error::LiveError;
use crate::live::waiting::Waiting;
use crate::output::console::Console;
use crate::output::held::Held;
use crate::output::target::Target;
use crate::report::page::{Gathering, Made, Note, missing, render};
use crate::session::merged;
use crate::session::{self, Session};
use crate::web::Web;

/// How often calls are taken up for those who look, and the page is told what is new, at most; and not more often than this part of the
/// time that telling takes.
const TELL_EVERY: Duration = Duration::from_millis(250);
const REST: u32 = 4;

/// What page is wanted.
#[derive(Debug)]
pub struct Page {
    /// Where it is written at the end.
    pub report: Option<(Target, Held)>,
    /// Where it is shown meanwhile.
    pub web: Option<SocketAddr>,
    /// What the calls are of.
    pub of: String,
}

/// The thread that takes calls up for the page.
pub(crate) struct Following {
    giving: Giving,
    thread: JoinHandle<bool>,
    /// Where the page is shown.
    address: Option<String>,
}

/// What the thread has.
struct Taking {
    gathering: Gathering,
    made: Made,
    report: Option<(Target, Held)>,
    web: Option<Web>,
    console: Console,
}

impl Following {
    /// Begins to take up calls, and to show the page where that is wanted.
    ///
    /// # Errors
    ///
    /// When its port cannot be had, or no thread be started.
    pub(crate) fn begin(
        page: Page,
        session: &session::Settings,
        console: &Console,
    ) -> Result<Following, LiveError> {
        let settings = merged::Settings {
            shape: session.shape,
            generated: session.generated,
            calls: session.calls,
            selection: session.selection.clone(),
            apart: false,
            stable: false,
        };
        let principals = session.selection.patterns();
        let gathering = Gathering::new(&settings, session.authorizer.account_id.clone());
        let made = Made::of(wall_clock(), iter::once(page.of), principals);
        let web = page.web.map(|address| {
            let first = gathering.meanwhile(made.clone().live());
            let web = Web::open(address, &first);
            web.map_err(|error| LiveError::WebPort { address, error })
        });
        let web = web.transpose()?;
        let address = web.as_ref().map(|it| it.address().to_owned());
        if let Some(address) = &address {
            console.print(&format!("leastwise: the page is at {address}\n"));
        }
        let taking = Taking { gathering, made, report: page.report, web, console: console.clone() };
        let waiting = Arc::new(Waiting::new());
        let (giving, heard) = (Giving(Arc::clone(&waiting)), Heard(waiting));
        let thread = thread::Builder::new()
            .name("page".to_owned())
            .spawn(move || taking.run(&heard))
            .map_err(|error| LiveError::System { what: "a thread", error })?;
        Ok(Following { giving, thread, address })
    }

    /// Where the page is shown, if it is.
    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// A call has ended.
    pub(crate) fn call(&self, call: &Call, requirements: &[Requirement]) {
        self.giving.0.put(call, requirements);
    }

    /// No call comes any more: the page is written, and those who look at it are told. Whether it could be written.
    pub(crate) fn end(self, session: &Session, console: &Console) -> bool {
        self.giving.0.end(Some(missing(&session.counts().asides, None, &[])));
        self.thread.join().unwrap_or_else(|_| {
            console.warn("the page could not be made because of an error in leastwise");
            false
        })
    }
}

/// What waits to be taken up; with the last thing, what else is missing on the page. `None`: nothing could begin, and nothing is written.
type Calls = Arc<Waiting<Option<Vec<Note>>>>;

/// The end of it where calls come from.
struct Giving(Calls);

impl Drop for Giving {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

/// The end of it where they are taken up.
struct Heard(Calls);

impl Drop for Heard {
    /// Nobody waits for a thread that has panicked; the end of the run tells.
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Taking {
    fn run(mut self, heard: &Heard) -> bool {
        let (mut is_behind, mut next) = (false, Instant::now());
        loop {
            let taken = heard.0.take(TELL_EVERY, || self.is_watched());
            if taken.end.is_some() && self.report.is_none() && !self.is_watched() {
                return true;
            }
            is_behind |= !taken.alike.is_empty();
            for alike in taken.alike {
                let moments = iter::once(alike.first).chain(alike.later);
                self.gathering.add_at(0, alike.entry, moments);
            }
            if let Some(end) = taken.end {
                return end.is_none_or(|missing| self.end(missing));
            }
            let begun = Instant::now();
            if let Some(web) = self.web.as_ref().filter(|it| it.is_watched())
                && is_behind
                && begun >= next
            {
                web.tell(&self.gathering.meanwhile(self.made.clone().live()));
                is_behind = false;
                let took = begun.elapsed();
                next = begun + took + TELL_EVERY.max(took * REST);
            }
        }
    }

    /// Whether somebody looks at the page.
    fn is_watched(&self) -> bool {
        self.web.as_ref().is_some_and(Web::is_watched)
    }

    fn end(self, missing: Vec<Note>) -> bool {
        let Taking { gathering, made, report, web, console } = self;
        let made = made.at(wall_clock());
        let model = gathering.end(made, None, missing);
        let mut is_whole = true;
        if let Some((target, held)) = report {
            match target.write_end(&render(&model)) {
                Ok(()) => {
                    if let Some(file) = target.file() {
                        console
                            .say(format_args!("leastwise: the report is in {}.", file.display()));
                    }
                }
                Err(error) => {
                    console.warn(error);
                    is_whole = false;
                }
            }
            drop(held);
        }
        if let Some(web) = web {
            web.end(&model);
        }
        is_whole
    }
}
