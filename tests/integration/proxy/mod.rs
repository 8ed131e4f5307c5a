//! The proxy on loopback: a client, the proxy and an upstream, each on a port of its own, byte for
//! byte.

mod admission;
mod admission_http2;
mod connect;
mod http1;
mod http2;
mod load;
mod long_bodies;
mod robust;
mod support;
mod tls;
