//! Requests that no SDK's model describes (`data/data-plane`): recognised, decided, and led through the proxy.

mod cases;
#[cfg(unix)]
mod clients;
mod enforced;
