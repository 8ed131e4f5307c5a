//! Windows: the console sends Ctrl-C to every process that shares it, the child among them. So
//! nothing is passed on; we only stay alive until the child has ended.

use std::io;
use std::process;

/// The handler is in place.
#[derive(Debug)]
pub(crate) struct Prepared(());

/// Ctrl-C is left to the child.
#[derive(Debug)]
pub(crate) struct Forwarding(());

/// Puts the handler in place.
///
/// # Errors
///
/// When the system refuses it.
pub(crate) fn prepare() -> io::Result<Prepared> {
    match ctrlc::set_handler(|| {}) {
        // Whoever has one in place stays alive by it.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(Prepared(())),
        Err(error) => Err(io::Error::other(error)),
    }
}

impl Prepared {
    /// Begins; there is nothing to do here.
    ///
    /// # Errors
    ///
    /// Never.
    pub(crate) fn start(self, _child: &process::Child, _is_apart: bool) -> io::Result<Forwarding> {
        Ok(Forwarding(()))
    }
}

impl Forwarding {
    /// Reaping waits by itself.
    ///
    /// # Errors
    ///
    /// Never.
    pub(crate) fn until_exit(&self, _child: &process::Child) -> io::Result<()> {
        Ok(())
    }

    /// Runs `reap`.
    pub(crate) fn stop<T>(&self, reap: impl FnOnce() -> T) -> T {
        reap()
    }
}
