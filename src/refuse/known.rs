//! What `data/denials.toml` says.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::catalog::Service;
use crate::recognize::http::Dialect;

const TEXT: &str = include_str!("../../data/denials.toml");

/// The file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    protocols: BTreeMap<String, OfProtocol>,
    services: BTreeMap<String, OfService>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfProtocol {
    code: String,
    status: u16,
    #[allow(dead_code, reason = "it is there for whoever reads the file")]
    source: String,
}

/// What is particular to a service.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfService {
    code: Option<String>,
    status: Option<u16>,
    /// The whole sentence, with `{user}`, `{action}`, `{resource}` and `{because}`, or with `{sentence}`.
    pub(super) sentence: Option<String>,
    /// How the usual sentence has the resource, with `{resource}`.
    pub(super) resource: Option<String>,
    /// How it writes its own actions.
    pub(super) action: Option<String>,
    namespace: Option<String>,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    host_id: bool,
    #[allow(dead_code, reason = "it is there for whoever reads the file")]
    source: Option<String>,
}

/// The denial of one service in one protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Denial {
    pub(super) dialect: Dialect,
    pub(super) code: &'static str,
    pub(super) status: u16,
    /// What its XML is in.
    pub(super) namespace: Option<&'static str>,
    /// Whether its XML has nothing around the error.
    pub(super) bare: bool,
    /// Whether it gives two ids, as S3 does.
    pub(super) host_id: bool,
}

/// What the file says; that it can be read is what its test is for, and without it AWS's usual code is known.
pub(super) fn known() -> &'static File {
    static KNOWN: OnceLock<File> = OnceLock::new();
    KNOWN.get_or_init(|| toml::from_str(TEXT).unwrap_or_default())
}

impl File {
    pub(super) fn service(&self, service: Option<Service>) -> Option<&OfService> {
        self.services.get(service?.name())
    }

    pub(super) fn denial(&'static self, service: Option<Service>, dialect: Dialect) -> Denial {
        let of_protocol = self.protocols.get(protocol(dialect));
        let of_service = self.service(service);
        let code = of_service.and_then(|it| it.code.as_deref());
        let status = of_service.and_then(|it| it.status);
        Denial {
            dialect,
            code: code.or(of_protocol.map(|it| &*it.code)).unwrap_or("AccessDenied"),
            status: status.or(of_protocol.map(|it| it.status)).unwrap_or(403),
            namespace: of_service.and_then(|it| it.namespace.as_deref()),
            bare: of_service.is_some_and(|it| it.bare),
            host_id: of_service.is_some_and(|it| it.host_id),
        }
    }
}

/// What the file calls the protocol.
fn protocol(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Json10 | Dialect::Json11 | Dialect::TargetCbor | Dialect::RpcJson => "json",
        Dialect::RpcCbor => "rpc-v2-cbor",
        Dialect::RestJson => "rest-json",
        Dialect::RestXml => "rest-xml",
        Dialect::Query => "query",
        Dialect::Ec2 => "ec2",
        Dialect::Registry => "registry",
        Dialect::Git => "git",
    }
}

/// Whether it names its operation beside the body, as what followed the query protocol does.
pub(super) fn is_rpc(dialect: Dialect) -> bool {
    matches!(protocol(dialect), "json" | "rpc-v2-cbor")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::is_denial;
    use crate::catalog::{Catalog, Protocol};

    #[test]
    fn the_file_is_of_the_catalogue() {
        let file: File = toml::from_str(TEXT).unwrap();
        let protocols: Vec<&str> = file.protocols.keys().map(|it| &**it).collect();
        let all = "ec2 git json query registry rest-json rest-xml rpc-v2-cbor";
        assert_eq!(protocols.join(" "), all);
        // A registry's codes are not AWS's.
        let of_aws = file.protocols.iter().filter(|(name, _)| *name != "registry");
        let codes = of_aws.map(|(_, protocol)| &protocol.code);
        let codes = codes.chain(file.services.values().filter_map(|it| it.code.as_ref()));
        assert_eq!(codes.filter(|code| !is_denial(code)).collect::<Vec<_>>(), [""; 0]);
        for (name, service) in &file.services {
            assert!(Catalog::embedded().service(name).is_some(), "{name}");
            let particular = service.code.is_some()
                || service.status.is_some()
                || service.sentence.is_some()
                || service.action.is_some()
                || service.bare
                || service.host_id;
            assert_eq!(particular, service.source.is_some(), "{name}");
        }
    }

    #[test]
    fn every_service_with_forms_has_its_namespace() {
        let file: File = toml::from_str(TEXT).unwrap();
        let forms = Catalog::embedded()
            .services()
            .filter(|service| service.protocols().any(|it| it == Protocol::Query));
        let without: Vec<&str> = forms
            .map(Service::name)
            .filter(|name| file.services.get(*name).is_none_or(|it| it.namespace.is_none()))
            .collect();
        assert_eq!(without, [""; 0]);
    }
}
