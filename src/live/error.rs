//! Why nothing can be heard.

use std::io;
use std::net::SocketAddr;

use crate::capture::csm::ListenError;

/// Why nothing can be heard; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No datagrams can be received.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The proxy's port cannot be had.
    #[error("cannot listen on {address}: {}", why_not(error))]
    ProxyPort {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The page's port cannot be had.
    #[error(
        "the page cannot be shown at {address}: {error}; choose another port with --web=ADDRESS:PORT"
    )]
    WebPort {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// A user who is to be let in is not there.
    #[error(
        "--allow-user {}: /etc/passwd has no such user; if another directory has it, give the number, which `id -u` prints", .0.escape_debug()
    )]
    NoUser(String),
    /// The system refused something that it always grants.
    #[error("the system refused {what}: {error}; try again when it is less busy")]
    System {
        /// What: `a thread`.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

fn why_not(error: &io::Error) -> String {
    use std::io::ErrorKind;
    let reason = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program uses this port; stop it, or choose another with --bind-addr"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose another with --bind-addr"
        }
        ErrorKind::PermissionDenied => {
            "the system does not permit it; choose a port above 1023 with --bind-addr"
        }
        _ => return error.to_string(),
    };
    reason.to_owned()
}
