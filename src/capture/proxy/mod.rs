//! The TLS-intercepting proxy: shows every request to AWS that passes to an [`Observer`], with
//! nothing in its way.
//!
//! A connection walks through these files: `server` accepts it, `http1` reads its first request;
//! `connect` looks into a tunnel and opens it (`http1`, `http2`) or passes it on (`tunnel`);
//! `upstream` leads to the server. What is not decided yet is `held`. HTTP/1.1 is relayed as the bytes that were sent, which no HTTP
//! library does (they normalise what they parse): what a client signed is what the server gets.
//!
//! A client is answered in the protocol that its upstream chose, so nothing is translated between
//! HTTP/1.1 and HTTP/2.

mod answer;
pub mod authority;
mod buffer;
mod client_hello;
mod connect;
mod crypto;
#[doc(hidden)]
pub mod fuzzing;
mod held;
mod hosts;
mod http1;
mod http2;
mod observe;
mod pieces;
mod seats;
mod server;
mod shared;
mod silent;
mod tunnel;
mod upstream;
mod users;

pub use answer::Answer;
pub use hosts::{Hosts, InvalidHost};
pub use observe::{
    Admission, End, Exchange, Failure, FailureKind, Fields, GivenUp, Observer, Ready, RequestHead,
    ResponseHead, Scheme,
};
pub use server::{Config, Running, start};
pub use shared::Limits;
pub use silent::silent_stand_in;
pub use upstream::{
    InvalidProxyUrl, InvalidUpstream, Line, ReadCertificatesError, Roots, StandIn, UpstreamProxy,
    read_certificates,
};
pub use users::{InvalidUsersProxy, users_proxy};
