//! The way to the upstream: which address, through which proxy, under which certificate, and the
//! connections that are kept for the next request.

mod connection;
mod destination;
mod dial;
mod io;
mod lent;
mod named;
mod pool;
mod roots;
mod stand_in;
mod via;

pub(crate) use connection::{Connection, ConnectionIo};
pub(crate) use destination::{Destination, authority, split_authority};
pub(crate) use dial::{DialError, Dialer, tunnel_answer};
pub(crate) use io::{Transport, UpstreamIo};
pub(crate) use lent::OtherThread;
pub(crate) use pool::Pool;
pub use roots::{ReadCertificatesError, Roots, read_certificates};
pub use stand_in::{InvalidUpstream, Line, StandIn};
pub use via::{InvalidProxyUrl, UpstreamProxy};
