//! File descriptors: each connection through the proxy takes two, and the usual limit of 1,024 is the user's default,
//! not what the system allows.

/// Raises our limit to what the system allows. Programs that are started from now on inherit it, and not all of them
/// can stand it (`select` knows 1,024 only): a command to record is started before.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    /// What macOS takes where the hard limit is none.
    const ALWAYS_TAKEN: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    // Refused, it stays as it is: the proxy says when it runs out.
    for wanted in [limit.maximum, Some(ALWAYS_TAKEN)] {
        let raised = rustix::process::Rlimit { current: wanted, maximum: limit.maximum };
        let is_more = match (wanted, limit.current) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(wanted), Some(current)) => wanted > current,
        };
        if is_more && setrlimit(Resource::Nofile, raised).is_ok() {
            return;
        }
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn raise_limit() {}
