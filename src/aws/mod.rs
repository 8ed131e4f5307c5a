//! Asking AWS, or a stand-in for it: signed requests in the few protocols that are needed, and their answers, which are bounded.
//!
//! How the other side is reached is not known here: a [`Reach`] connects.

mod client;
mod credentials;
mod error;
mod xml;

pub(crate) use client::escaped;
pub use client::{Client, Reach, Reached, Stream, Target};
pub use credentials::Credentials;
pub use error::AskError;
pub use xml::{Element, InvalidXml};
