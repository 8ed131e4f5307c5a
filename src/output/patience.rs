//! Writing to pipes and terminals, where the other side may not read: what is written waits for it, until a signal says
//! that it need not.
//!
//! While a recording runs, signals have handlers, so that none costs the policy. Without this, a reader that never reads
//! would leave SIGKILL as the only end.

use std::io;

#[cfg(unix)]
pub use unix::{patiently, write_all};

/// From now on signals do not end this process by themselves.
#[cfg(not(unix))]
pub fn patiently() {}

/// Writes all of it.
///
/// # Errors
///
/// When it cannot be written.
#[cfg(not(unix))]
pub fn write_all(mut to: impl io::Write, text: &[u8]) -> io::Result<()> {
    to.write_all(text)?;
    to.flush()
}

#[cfg(unix)]
mod unix {
    use std::os::fd::AsFd;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    use super::io;
    use crate::output::ignored::is_ignored;

    /// What a pipe takes at once when it takes anything (POSIX's least `PIPE_BUF`).
    const AT_ONCE: usize = 512;
    /// How often it is looked whether a signal has come.
    const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

    /// Whether signals have handlers, so that they do not end us by themselves.
    static HANDLED: AtomicBool = AtomicBool::new(false);
    /// A signal came while a reader was waited for: no other is waited for either.
    static GIVEN_UP: AtomicBool = AtomicBool::new(false);
    /// Raised by the next signal.
    static SIGNALLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if !is_ignored(signal) {
                // Refused, the signal does what it did before.
                let _ = signal_hook::flag::register(signal, flag.clone());
            }
        }
        flag
    });

    /// From now on signals do not end this process by themselves.
    pub fn patiently() {
        HANDLED.store(true, Ordering::Relaxed);
    }

    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or a signal came while nobody read.
    pub fn write_all(to: impl AsFd, mut text: &[u8]) -> io::Result<()> {
        let to = to.as_fd();
        let is_file = rustix::fs::fstat(to)
            .is_ok_and(|found| rustix::fs::FileType::from_raw_mode(found.st_mode).is_file());
        while !text.is_empty() {
            // Files are always ready; and where signals still end us, waiting in the system is as good.
            let most = if is_file || !HANDLED.load(Ordering::Relaxed) {
                text.len()
            } else {
                until_ready(to)?;
                AT_ONCE.min(text.len())
            };
            match rustix::io::write(to, &text[..most]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => text = &text[written..],
                Err(rustix::io::Errno::INTR) => {}
                // Somebody else has made it so that writing does not wait.
                Err(rustix::io::Errno::AGAIN) => until_ready(to)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn until_ready(to: impl AsFd) -> io::Result<()> {
        let mut waited = false;
        loop {
            let mut asked = [PollFd::new(&to, PollFlags::OUT)];
            let wait = if waited { LOOK } else { Timespec { tv_sec: 0, tv_nsec: 0 } };
            match poll(&mut asked, Some(&wait)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // Also when the reader has gone, which writing then tells.
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            if GIVEN_UP.load(Ordering::Relaxed) {
                return Err(nobody());
            }
            if !HANDLED.load(Ordering::Relaxed) {
                waited = true;
                continue;
            }
            let flag = &*SIGNALLED;
            if !waited {
                // A signal from before was meant for what was being recorded.
                flag.store(false, Ordering::Relaxed);
                waited = true;
            } else if flag.load(Ordering::Relaxed) {
                GIVEN_UP.store(true, Ordering::Relaxed);
                return Err(nobody());
            }
        }
    }

    fn nobody() -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, "nothing read it, and a signal ended the wait")
    }
}
