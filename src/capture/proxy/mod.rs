//! The TLS-intercepting proxy: shows every AWS request that passes to an [`Observer`], with
//! nothing in its way.

pub mod authority;
mod hosts;
mod observe;

pub use hosts::{Hosts, InvalidHost};
pub use observe::{
    End, Exchange, Failure, FailureKind, Fields, Observer, RequestHead, ResponseHead, Scheme,
};
