//! What is kept of a request's head, and the call that comes of it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::signature::Signer;
use super::uri::path_shape;
use crate::call::{Call, Evidence, Name, Outcome, Source, Timestamp};
use crate::catalog::Service;
use crate::recognize::account;

/// What is kept of the head.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) secure: bool,
    pub(super) host: String,
    pub(super) endpoint: Arc<Endpoint>,
    /// Without the query, which may hold a signature.
    pub(super) path: String,
    pub(super) user_agent: Option<String>,
    pub(super) signer: Signer,
    pub(super) region: Option<String>,
    pub(super) partition: &'static str,
    /// What the service is called where the catalogue does not know it.
    pub(super) service_name: String,
    /// The account that a user's name says.
    pub(super) account: Option<String>,
}

impl Request {
    /// The call that the request is.
    pub(super) fn call(
        self,
        service: Option<Service>,
        (operation, recognized): (Option<Name>, bool),
        time: Timestamp,
        outcome: Outcome,
        parameters: Map<String, Value>,
        evidence: Evidence,
    ) -> Call {
        let unknown = || match self.service_name.is_empty() {
            true => Name::Borrowed("unknown"),
            false => Name::Owned(self.service_name),
        };
        let access_key = self.signer.access_key;
        let of_key = access_key.as_deref().and_then(account::from_access_key);
        Call {
            source: Source::Proxy,
            time,
            service: service.map_or_else(unknown, |service| service.name().into()),
            operation,
            recognized,
            region: self.region.map(Name::Owned),
            partition: self.partition.into(),
            account: of_key.or(self.account),
            principal: access_key,
            outcome,
            attempts: 1,
            host: Some(self.host),
            method: (!recognized).then_some(self.method),
            path: (!recognized).then(|| path_shape(&self.path)),
            user_agent: self.user_agent,
            parameters,
            evidence,
        }
    }
}
