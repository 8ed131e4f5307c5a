//! Asking AWS, or a stand-in for it: signed requests in the few protocols that are needed, and their answers, which are bounded.
//!
//! How the other side is reached is not known here: a [`Reach`] or [`Connect`] connects.

mod access_analyzer;
mod adapter;
mod chain;
mod client;
mod cloudtrail;
mod credentials;
mod credentials_cache;
mod endpoint;
mod error;
mod iam;
mod listing;
mod managed_policies;
mod retry;
mod s3;
mod service;
mod services;
mod simulator;
mod sts;
mod wire;
mod xml;

pub use access_analyzer::{AccessCheck, AccessReason, AnalyzerFinding};
pub use chain::InvalidConfiguration;
pub(crate) use client::escaped;
pub use client::{Client, Reach, Target};
pub use cloudtrail::Lookup;
pub use credentials::Credentials;
pub use credentials_cache::{CredentialsCache, Provide, Provided};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::AskError;
pub use iam::{Iam, ListedPolicy, NewRole, Role};
pub use listing::{Listing, MOST_LISTED, Page, TOO_MANY};
pub use managed_policies::ManagedPolicy;
pub use s3::{Body, Bucket, Object, is_region};
pub use service::Service;
pub use services::Services;
pub use simulator::{ContextEntry, Decision, MatchedStatement, Simulated, Simulation};
pub use sts::{CallerIdentity, NewSession, Session, Sts};
pub use wire::{Connect, Http, Reached, Stream};
pub use xml::{Element, InvalidXml};
