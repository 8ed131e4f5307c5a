//! What a refused call gets instead of its answer: AWS's status, error code, sentence and error form, so that each SDK
//! raises its own access-denied error and does not try again.
//!
//! Values in, bytes out. What codes, statuses and wordings there are is in `data/denials.toml`.

mod body;
mod ids;
mod known;
mod sentence;

use crate::catalog::Service;
use crate::recognize::http::{Dialect, Wire};
use ids::Ids;
use known::known;
pub use sentence::{Because, Policy, Refusal, sentence, sentence_of_unrecognized};

/// The answer to a refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status (`403`).
    pub status: u16,
    /// The headers, names in lower case; what frames the body (`content-length`), and the date, are whoever sends it to add.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty where the request was a `HEAD`.
    pub body: Vec<u8>,
    /// The error code that the caller reads (`AccessDeniedException`); to a `HEAD` nothing says it.
    pub code: &'static str,
    /// The request id that it bears.
    pub request_id: String,
}

/// What AWS would answer if it denied the call: of the `service`, as far as it is known, to a request on this `wire`, with
/// this sentence. `id` is any number that no other answer has; the request id is made of it, in the service's form.
pub fn answer(service: Option<Service>, wire: Wire, sentence: &str, id: u128) -> Answer {
    let denial = known().denial(service, wire.dialect);
    let ids = Ids::of(id, denial.host_id);
    let body = if wire.only_head { Vec::new() } else { body::body(&denial, sentence, &ids) };
    let mut headers = vec![("content-type", content_type(wire.dialect).to_owned())];
    if let Some(host_id) = &ids.host {
        headers.push(("x-amz-request-id", ids.request.clone()));
        headers.push(("x-amz-id-2", host_id.clone()));
    } else {
        headers.push(("x-amzn-requestid", ids.request.clone()));
    }
    match wire.dialect {
        Dialect::RestJson => headers.push(("x-amzn-errortype", denial.code.to_owned())),
        Dialect::RpcCbor => headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned())),
        Dialect::RpcJson => headers.push(("smithy-protocol", "rpc-v2-json".to_owned())),
        Dialect::Json10 | Dialect::Json11 | Dialect::TargetCbor => {}
        Dialect::RestXml | Dialect::Query | Dialect::Ec2 => {}
        Dialect::Registry | Dialect::Git => {}
    }
    // Of a service that spoke the query protocol before, callers know the codes of that time.
    if wire.query_mode && known::is_rpc(wire.dialect) {
        let code = known().denial(service, Dialect::Query).code;
        headers.push(("x-amzn-query-error", format!("{code};Sender")));
    }
    Answer { status: denial.status, headers, body, code: denial.code, request_id: ids.request }
}

fn content_type(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Json10 => "application/x-amz-json-1.0",
        Dialect::Json11 => "application/x-amz-json-1.1",
        Dialect::TargetCbor => "application/x-amz-cbor-1.1",
        Dialect::RpcCbor => "application/cbor",
        Dialect::RpcJson | Dialect::RestJson => "application/json",
        Dialect::Registry => "application/json; charset=utf-8",
        Dialect::Git => "text/plain; charset=utf-8",
        Dialect::RestXml => "application/xml",
        Dialect::Query => "text/xml",
        Dialect::Ec2 => "text/xml;charset=UTF-8",
    }
}
