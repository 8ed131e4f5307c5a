//! The proxy on loopback: a client, the proxy and an upstream, each on a port of its own, byte for
//! byte.

// Only functions that carry `#[test]` may unwrap by default; here every helper is part of a test.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod connect;
mod http1;
mod http2;
mod load;
mod robust;
mod support;
mod tls;
