//! The catalogue's services by what requests carry: the name they are signed for, the host they are
//! sent to, what their target begins with. Made once, on the first request.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::{Catalog, Service};

pub(super) struct Index {
    signing: HashMap<&'static str, Vec<Service>>,
    hosts: HashMap<&'static str, Vec<Service>>,
    /// Hosts with a part that the request decides, by what follows that part.
    open_hosts: Vec<(&'static str, Service)>,
    targets: HashMap<&'static str, Vec<Service>>,
    /// Services with operations whose heads need no signature: bearer tokens, the signature in the
    /// body (SimpleDB), none at all.
    unsigned: LazyLock<Vec<Service>>,
    /// Domains of the partitions, the longest first.
    domains: Vec<&'static str>,
}

/// Names in credential scopes that no service's model has: their endpoint rules put them there.
const SIGNED_AS: [(&str, &str); 7] = [
    ("s3express", "s3"),
    ("s3express", "s3control"),
    ("s3-object-lambda", "s3"),
    ("s3-outposts", "s3"),
    ("s3-outposts", "s3control"),
    ("IngestionService", "importexport"),
    ("ingestionservice", "importexport"),
];

/// Host names that are older than the endpoint rules: `eu-west-1.queue.amazonaws.com`.
const OLD_HOSTS: [(&str, &str); 1] = [("queue", "sqs")];

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::of(Catalog::embedded()));

/// The index of the embedded catalogue.
pub(super) fn index() -> &'static Index {
    &INDEX
}

fn unsigned() -> Vec<Service> {
    let is_unsigned = |service: &Service| {
        service
            .auth_schemes()
            .any(|scheme| matches!(scheme, "httpBearerAuth" | "bearer" | "noAuth" | "v2"))
            || service.operations().any(|operation| operation.auth() == "none")
    };
    let modelled = Catalog::embedded().services().filter(|it| !it.is_data_plane());
    modelled.filter(is_unsigned).collect()
}

impl Index {
    fn of(catalog: Catalog) -> Index {
        let mut index = Index {
            signing: HashMap::new(),
            hosts: HashMap::new(),
            open_hosts: Vec::new(),
            targets: HashMap::new(),
            unsigned: LazyLock::new(unsigned),
            domains: Vec::new(),
        };
        for service in catalog.services().filter(|it| !it.is_data_plane()) {
            for name in
                std::iter::once(service.signing_name()).chain(service.further_signing_names())
            {
                index.signing.entry(name).or_default().push(service);
            }
            index.hosts.entry(service.endpoint_prefix()).or_default().push(service);
            for host in service.hosts() {
                match host.strip_prefix('*') {
                    Some(end) => index.open_hosts.push((end, service)),
                    None => index.hosts.entry(host).or_default().push(service),
                }
            }
            if !service.target_prefix().is_empty() {
                index.targets.entry(service.target_prefix()).or_default().push(service);
            }
        }
        for (name, service) in SIGNED_AS {
            index.signing.entry(name).or_default().extend(catalog.service(service));
        }
        for (host, service) in OLD_HOSTS {
            index.hosts.entry(host).or_default().extend(catalog.service(service));
        }
        for partition in catalog.partitions() {
            index.domains.extend([partition.dns_suffix(), partition.dual_stack_dns_suffix()]);
        }
        index.domains.sort_unstable_by_key(|domain| (std::cmp::Reverse(domain.len()), *domain));
        index.domains.dedup();
        index
    }

    /// The services that sign as `name`.
    pub(super) fn signed_as(&self, name: &str) -> &[Service] {
        self.signing.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The services whose targets begin with `prefix`.
    pub(super) fn targeted(&self, prefix: &str) -> &[Service] {
        self.targets.get(prefix).map(Vec::as_slice).unwrap_or_default()
    }

    /// The services that have operations that are not signed.
    pub(super) fn unsigned(&self) -> &[Service] {
        &self.unsigned
    }

    /// The services at a host, whose labels may be preceded by others (`b-1a2b.kinesisvideo`).
    pub(super) fn at_host(&self, stem: &str) -> &[Service] {
        let mut rest = stem;
        loop {
            if let Some(found) = self.hosts.get(rest) {
                return found;
            }
            match rest.split_once('.') {
                Some((_, shorter)) => rest = shorter,
                None => break,
            }
        }
        let open =
            self.open_hosts.iter().find(|(end, _)| rest.len() > end.len() && rest.ends_with(end));
        open.map(|(_, service)| std::slice::from_ref(service)).unwrap_or_default()
    }

    /// The part of a host name before the domain of a partition.
    pub(super) fn before_domain<'a>(&self, host: &'a str) -> Option<&'a str> {
        self.domains.iter().find_map(|domain| host.strip_suffix(domain)?.strip_suffix('.'))
    }
}
