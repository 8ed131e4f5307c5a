//! The way to the upstream: which address, through which proxy, under which certificate, and the
//! connections that are kept for the next request.

mod connection;
mod destination;
mod dial;
mod named;
mod pool;
mod stand_in;
mod via;

pub(crate) use connection::{Connection, Transport, UpstreamIo};
pub(crate) use destination::{Destination, authority, split_authority};
pub(crate) use dial::{DialError, Dialer, tunnel_answer};
pub use dial::{ReadCertificatesError, Roots, read_certificates};
pub(crate) use pool::Pool;
pub use stand_in::{InvalidUpstream, StandIn};
pub use via::{InvalidProxyUrl, UpstreamProxy};
