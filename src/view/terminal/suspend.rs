//! Ctrl-Z and `fg`: the terminal is given back while the process is stopped.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::process::{getppid, getsid};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::screen::{Screen, lock};

/// A thread that waits for the process to be suspended and continued.
pub(super) struct Suspender {
    signals: Handle,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Suspender {
    pub(super) fn start(screen: &Arc<Mutex<Screen>>) -> io::Result<Suspender> {
        let mut signals = Signals::new([SIGTSTP, SIGCONT])?;
        // When the view is gone Ctrl-Z does again what it does without us.
        let ended = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register_conditional_default(SIGTSTP, Arc::clone(&ended))?;
        let handle = signals.handle();
        let screen = Arc::clone(screen);
        let thread = std::thread::Builder::new().name("suspend".to_owned()).spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGTSTP if somebody_can_continue_us() => {
                        let _ = lock(&screen).leave();
                        let _ = emulate_default_handler(SIGTSTP);
                    }
                    // Also after a SIGSTOP, which nobody hears: the shell has used the terminal since.
                    SIGCONT => drop(lock(&screen).resume()),
                    _ => {}
                }
            }
        })?;
        Ok(Suspender { signals: handle, ended, thread: Some(thread) })
    }
}

impl Drop for Suspender {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.signals.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the parent is of our session, as a shell with job control is. A terminal window whose
/// only process were stopped would be dead.
fn somebody_can_continue_us() -> bool {
    getppid().is_some_and(|parent| match (getsid(Some(parent)), getsid(None)) {
        (Ok(parents), Ok(own)) => parents == own,
        _ => false,
    })
}
