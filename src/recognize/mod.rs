//! What was heard or seen on the wire → [`Call`](crate::call::Call). Pure: bytes and values in,
//! values out; the moment comes in as an argument.

pub mod account;
pub mod cloudtrail;
pub mod csm;
pub mod http;
mod message;
pub mod s3_host;
