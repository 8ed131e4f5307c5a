//! Signals on their way to the child.
//!
//! The child is in our process group, so what the terminal sends (Ctrl-C, Ctrl-\, a hang-up)
//! reaches it by itself; passing that on as well would make two of one, and two Ctrl-C mean "stop
//! at once" to many programs (terraform). What a process sends with kill(2) reaches us alone and is
//! passed on. Who sent a signal is read from its `siginfo`, so the two are told apart exactly.
//! One case cannot be: a process that signals the whole group (`kill -TERM -- -PGID`, GNU
//! `timeout` without `--foreground`); the child gets those twice, as behind any other wrapper.
//!
//! SIGTSTP and SIGCONT keep their default: Ctrl-Z stops both, `fg` continues both. A signal that
//! was ignored when we were started (`nohup`, a script's `&`) stays ignored, for us and the child.

use std::io;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

use crate::output::ignored::is_ignored;

/// The signals that are passed on.
const FORWARDED: [(i32, Signal); 4] = [
    (SIGHUP, Signal::HUP),
    (SIGINT, Signal::INT),
    (SIGQUIT, Signal::QUIT),
    (SIGTERM, Signal::TERM),
];

/// Handlers that are in place; signals are kept until [`start`](Prepared::start).
#[derive(Debug)]
pub(crate) struct Prepared {
    signals: SignalsInfo<WithOrigin>,
}

/// Signals are being passed on.
#[derive(Debug)]
pub(crate) struct Forwarding {
    /// `None` once the child is reaped: its id may be another process's by then.
    target: Arc<Mutex<Option<Pid>>>,
    handle: Handle,
}

/// Puts the handlers in place.
///
/// # Errors
///
/// When the system refuses a handler.
pub(crate) fn prepare() -> io::Result<Prepared> {
    let wanted = FORWARDED.iter().map(|(number, _)| *number);
    let signals = SignalsInfo::new(wanted.filter(|number| !is_ignored(*number)))?;
    Ok(Prepared { signals })
}

impl Prepared {
    /// Begins to pass signals on to `child`; all of them, where it `is_apart` on a terminal of its own, since what ours sends
    /// does not reach it there.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub(crate) fn start(self, child: &process::Child, is_apart: bool) -> io::Result<Forwarding> {
        let target = Arc::new(Mutex::new(Some(pid_of(child))));
        let mut signals = self.signals;
        let handle = signals.handle();
        let shared = Arc::clone(&target);
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for origin in &mut signals {
                if is_apart || is_for_us_alone(&origin) {
                    send(&shared, origin.signal);
                }
            }
        })?;
        Ok(Forwarding { target, handle })
    }
}

impl Forwarding {
    /// Waits until `child` has exited, and leaves it to be reaped.
    ///
    /// # Errors
    ///
    /// When the system knows of no such child.
    pub(crate) fn until_exit(&self, child: &process::Child) -> io::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid_of(child)), options))?;
        Ok(())
    }

    /// Runs `reap` with nothing being passed on, now or later. The handlers stay: until we end,
    /// a second Ctrl-C must not cost the policy.
    pub(crate) fn stop<T>(&self, reap: impl FnOnce() -> T) -> T {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        *target = None;
        self.handle.close();
        reap()
    }
}

/// Whether a process sent the signal (to us), rather than the terminal (to us and the child).
fn is_for_us_alone(origin: &Origin) -> bool {
    match origin.cause {
        Cause::Kernel => false,
        Cause::Sent(_) => true,
        // Systems that tell no cause tell the sender, if there is one.
        _ => origin.process.is_some(),
    }
}

fn send(target: &Mutex<Option<Pid>>, number: i32) {
    let target = target.lock().unwrap_or_else(PoisonError::into_inner);
    let signal = FORWARDED.iter().find(|(known, _)| *known == number);
    if let (Some(pid), Some((_, signal))) = (*target, signal) {
        // It fails only when the child changed its user (sudo); there is nothing to be done then.
        let _ = kill_process(pid, *signal);
    }
}

fn pid_of(child: &process::Child) -> Pid {
    Pid::from_child(child)
}
