//! How a request speaks, as far as the form of its answer depends on it.

use super::head::RequestHead;
use super::uri;
use crate::call::Authorization;
use crate::catalog::{Protocol, Service};

/// What a caller understands as the answer to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// The form of the body and of the headers around it.
    pub dialect: Dialect,
    /// Whether the answer has no body, whatever it is: it is one to `HEAD`.
    pub only_head: bool,
    /// Whether the caller asks for the error code that the service had when it spoke the query protocol
    /// (`x-amzn-query-mode`, <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).
    pub query_mode: bool,
}

/// A protocol, in the version and encoding that one request has it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// awsJson 1.0.
    Json10,
    /// awsJson 1.1.
    Json11,
    /// `X-Amz-Target` with CBOR instead of JSON, as some SDKs speak to Kinesis (`application/x-amz-cbor-1.1`).
    TargetCbor,
    /// `/service/…/operation/…` with JSON (`smithy-protocol: rpc-v2-json`).
    RpcJson,
    /// The same with CBOR (`smithy-protocol: rpc-v2-cbor`).
    RpcCbor,
    /// Method, path and a JSON body.
    RestJson,
    /// Method, path and an XML body.
    RestXml,
    /// A form, with XML as the answer.
    Query,
    /// The same as EC2 has it.
    Ec2,
    /// A registry of container images, which ECR is to `docker`.
    Registry,
    /// Git over HTTP, which CodeCommit speaks: what is refused is plain text.
    Git,
}

/// What the head says of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    only_head: bool,
    query_mode: bool,
    target: bool,
    rpc_json: bool,
    rpc_cbor: bool,
    form: bool,
    json: Option<Dialect>,
    /// That of a program with a user name and a password, which is no SDK.
    passwords: Option<Dialect>,
}

impl Said {
    pub(super) fn of(head: &RequestHead<'_>, authorization: Authorization) -> Said {
        let content_type = head.text("content-type");
        let (path, query) = uri::split_target(head.target);
        let has_password = authorization == Authorization::Basic;
        let protocol = head.text("smithy-protocol");
        Said {
            only_head: head.method == "HEAD",
            query_mode: head.text("x-amzn-query-mode").eq_ignore_ascii_case("true"),
            target: head.header("x-amz-target").is_some(),
            rpc_json: protocol == "rpc-v2-json",
            rpc_cbor: protocol == "rpc-v2-cbor",
            form: begins(content_type, "application/x-www-form-urlencoded")
                || uri::pairs(query).any(|(name, _)| name == "Action"),
            json: [
                ("application/x-amz-json-1.0", Dialect::Json10),
                ("application/x-amz-json-1.1", Dialect::Json11),
                ("application/x-amz-cbor-1.1", Dialect::TargetCbor),
            ]
            .into_iter()
            .find_map(|(kind, dialect)| begins(content_type, kind).then_some(dialect)),
            passwords: match path.split('/').nth(1) {
                Some("v2") if has_password => Some(Dialect::Registry),
                Some("v1") if has_password => Some(Dialect::Git),
                _ => None,
            },
        }
    }

    /// The whole, with the protocol by which the operation was found. Where it was not, what is on the wire decides: a
    /// target or Smithy's header, then a form to a service that takes some, then the service's own protocol.
    pub(super) fn wire(self, service: Option<Service>, protocol: Option<Protocol>) -> Wire {
        let dialect = match (protocol, self.passwords) {
            (_, Some(dialect)) => dialect,
            _ => {
                let protocol = protocol.or_else(|| self.likely(service));
                self.dialect(service, protocol.unwrap_or(Protocol::RestJson))
            }
        };
        Wire { dialect, only_head: self.only_head, query_mode: self.query_mode }
    }

    fn dialect(self, service: Option<Service>, protocol: Protocol) -> Dialect {
        match protocol {
            Protocol::Json if self.rpc_json => Dialect::RpcJson,
            Protocol::Json => self.json.unwrap_or_else(|| json_of(service)),
            Protocol::RpcV2Cbor if self.target => self.json.unwrap_or(Dialect::TargetCbor),
            Protocol::RpcV2Cbor => Dialect::RpcCbor,
            Protocol::RestJson => Dialect::RestJson,
            Protocol::RestXml => Dialect::RestXml,
            Protocol::Query => Dialect::Query,
            Protocol::Ec2 => Dialect::Ec2,
        }
    }

    fn likely(self, service: Option<Service>) -> Option<Protocol> {
        let form_of =
            || service.and_then(of_form).or_else(|| service.is_none().then_some(Protocol::Query));
        match self {
            Said { rpc_cbor: true, .. } => Some(Protocol::RpcV2Cbor),
            Said { target: true, .. } | Said { rpc_json: true, .. } => Some(Protocol::Json),
            Said { form: true, .. } => form_of().or_else(|| own(service)),
            _ => own(service),
        }
    }
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with))
}

/// What forms are to the service: EC2 has a protocol of its own.
pub(super) fn of_form(service: Service) -> Option<Protocol> {
    service.protocols().find(|it| matches!(it, Protocol::Query | Protocol::Ec2))
}

/// What the service speaks; what needs neither a target nor a form first, since the request has none.
fn own(service: Option<Service>) -> Option<Protocol> {
    let service = service?;
    let is_rest = |it: &Protocol| matches!(it, Protocol::RestJson | Protocol::RestXml);
    service.protocols().find(is_rest).or_else(|| service.protocols().next())
}

fn json_of(service: Option<Service>) -> Dialect {
    match service.map(Service::json_version) {
        Some("1.0") => Dialect::Json10,
        _ => Dialect::Json11,
    }
}
