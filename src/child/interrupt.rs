//! What somebody asks of a listener from outside, by a signal: to write now, or to end.

use std::io;

use crate::commands::failure::Failure;
use crate::live::Hearing;

#[cfg(not(unix))]
pub(crate) use elsewhere::prepare;
#[cfg(unix)]
pub(crate) use unix::prepare;

fn refused(error: io::Error) -> Failure {
    Failure::System { what: "a signal handler", error }
}

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::{Failure, Hearing, refused};

    /// Handlers that are in place.
    pub(crate) struct Requests {
        signals: Signals,
    }

    /// Puts the handlers in place, before there is anything to lose.
    pub(crate) fn prepare() -> Result<Requests, Failure> {
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).map_err(refused)?;
        Ok(Requests { signals })
    }

    impl Requests {
        /// Does what is asked, until somebody asks for the end (a view's user by a key).
        pub(crate) fn serve(mut self, hearing: &Hearing) -> Result<(), Failure> {
            let handle = self.signals.handle();
            hearing.at_end(move || handle.close());
            for signal in self.signals.forever() {
                if signal != SIGHUP {
                    break;
                }
                hearing.write_now();
            }
            Ok(())
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::{Failure, Hearing, refused};

    /// The handler is in place.
    pub(crate) struct Requests {
        end: Receiver<()>,
        ended: Sender<()>,
    }

    /// Puts the handler in place, before there is anything to lose.
    pub(crate) fn prepare() -> Result<Requests, Failure> {
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
        /// Waits until somebody asks for the end.
        pub(crate) fn serve(self, hearing: &Hearing) -> Result<(), Failure> {
            let ended = self.ended.clone();
            hearing.at_end(move || {
                let _ = ended.send(());
            });
            let _ = self.end.recv();
            Ok(())
        }
    }
}
