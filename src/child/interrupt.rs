//! What somebody asks of a listener from outside, by a signal: to write now, or to end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::child::error::Refused;
#[cfg(unix)]
use crate::output::ignored::is_ignored;

#[cfg(not(unix))]
pub(crate) use elsewhere::prepare;
#[cfg(unix)]
pub(crate) use unix::prepare;

/// What is called when it is over by itself.
pub(crate) type AtEnd = Box<dyn FnOnce() + Send>;

fn refused(error: io::Error) -> Refused {
    Refused { what: "a signal handler", error }
}

/// Whether somebody wanted the end since this was called: that alone does not end us any more.
#[cfg(unix)]
pub(crate) fn noted() -> Result<Arc<AtomicBool>, Refused> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    let wanted = Arc::new(AtomicBool::new(false));
    // What was ignored when we were started stays so, for us and for the command.
    let signals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|it| !is_ignored(*it));
    for signal in signals {
        signal_hook::flag::register(signal, Arc::clone(&wanted)).map_err(refused)?;
    }
    Ok(wanted)
}

/// Whether somebody wanted the end since this was called: that alone does not end us any more.
#[cfg(not(unix))]
pub(crate) fn noted() -> Result<Arc<AtomicBool>, Refused> {
    let wanted = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&wanted);
    ctrlc::set_handler(move || noted.store(true, std::sync::atomic::Ordering::Relaxed))
        .map_err(|error| refused(io::Error::other(error)))?;
    Ok(wanted)
}

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::{AtEnd, Refused, refused};

    /// Handlers that are in place.
    pub(crate) struct Requests {
        signals: Signals,
    }

    /// Puts the handlers in place, before there is anything to lose.
    pub(crate) fn prepare() -> Result<Requests, Refused> {
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).map_err(refused)?;
        Ok(Requests { signals })
    }

    impl Requests {
        /// Does what is asked, until somebody asks for the end, or what was handed to `at_end` is called (a view's user ends it
        /// by a key).
        pub(crate) fn serve(mut self, at_end: impl FnOnce(AtEnd), mut write_now: impl FnMut()) {
            let handle = self.signals.handle();
            at_end(Box::new(move || handle.close()));
            for signal in self.signals.forever() {
                if signal != SIGHUP {
                    break;
                }
                write_now();
            }
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::{AtEnd, Refused, refused};

    /// The handler is in place.
    pub(crate) struct Requests {
        end: Receiver<()>,
        ended: Sender<()>,
    }

    /// Puts the handler in place, before there is anything to lose.
    pub(crate) fn prepare() -> Result<Requests, Refused> {
        let (ended, end) = mpsc::channel();
        let interrupted = ended.clone();
        // Nobody waits for it any more when the end has begun.
        ctrlc::set_handler(move || {
            let _ = interrupted.send(());
        })
        .map_err(|error| refused(io::Error::other(error)))?;
        Ok(Requests { end, ended })
    }

    impl Requests {
        /// Waits until somebody asks for the end. No signal asks for the policy here.
        pub(crate) fn serve(self, at_end: impl FnOnce(AtEnd), _write_now: impl FnMut()) {
            let ended = self.ended;
            at_end(Box::new(move || {
                let _ = ended.send(());
            }));
            let _ = self.end.recv();
        }
    }
}
