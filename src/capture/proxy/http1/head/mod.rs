//! Heads of HTTP/1.1 messages: parsed strictly, kept as the bytes that were sent.

mod end;
mod fields;
mod refusal;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub(crate) use end::find_end;
pub(crate) use refusal::{Refusal, TOO_LARGE};
pub(crate) use request::Request;
pub(crate) use response::Response;

/// The most bytes that a head may have.
pub(crate) const MAX_HEAD: usize = 64 * 1024;
