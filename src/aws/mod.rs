//! Asking AWS, or a stand-in for it: signed requests in the few protocols that are needed, and their answers, which are bounded.
//!
//! How the other side is reached is not known here: a [`Reach`] or [`Connect`] connects.

mod adapter;
mod chain;
mod client;
mod cloudtrail;
mod credentials;
mod endpoint;
mod error;
mod keys;
mod patience;
mod s3;
mod service;
mod services;
mod wire;
mod xml;

pub use chain::InvalidConfiguration;
pub(crate) use client::escaped;
pub use client::{Client, Reach, Reached, Stream, Target};
pub use cloudtrail::Lookup;
pub use credentials::Credentials;
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::AskError;
pub use keys::{Keys, Provide, Provided};
pub use s3::{Body, Bucket, List, Object, Page, is_region};
pub use service::Service;
pub use services::Services;
pub use wire::{Connect, Http};
pub use xml::{Element, InvalidXml};
