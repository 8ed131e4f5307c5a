//! The services that a request can be for, from what was signed, then from the host's name; and which of their operations it
//! is, by each of the ways in which protocols say it.

use super::endpoint::Endpoint;
use super::index::index;
use super::plans;
use super::routes::{Fit, Found, Routed, Routes};
use super::signature::Signer;
use crate::catalog::{Catalog, Operation, Protocol, Service};

/// The services that a request can be for, in four circles: those that sign so and are at the host, those that
/// sign so, those at the host, those at a host that its name ends in. An operation is looked for in each before the next.
pub(super) struct Candidates {
    circles: [Vec<Service>; 4],
    /// The service that the caller's user agent names (`api/docdb#1.2.3`), for what is alike on the wire.
    hint: Option<Service>,
}

/// What a request names.
pub(super) enum Named {
    /// An operation of the catalogue.
    Operation(Operation),
    /// One that the catalogue's service lacks, by the name that the request has for it.
    Unlisted(Service, String),
    /// None.
    Nothing,
}

/// Bytes of the longest name of an operation that is believed to be one; the catalogue's have half of it.
const LONGEST_OPERATION: usize = 128;

/// Services that are on the wire what another one is, in the order in which they come last: RDS's API is
/// also Neptune's and DocumentDB's, Q in Connect was Wisdom, and botocore has one service under two names.
const LAST: [&str; 4] = ["neptune", "docdb", "wisdom", "sms-voice"];

impl Candidates {
    pub(super) fn of(
        catalog: Catalog,
        signer: Option<&Signer>,
        endpoint: &Endpoint,
        user_agent: &str,
    ) -> Candidates {
        let name = signer.and_then(|signer| signer.service.as_deref());
        let signing = name.map(|name| index().signed_as(name)).unwrap_or_default();
        let at_host = endpoint.services();
        let both: Vec<Service> =
            signing.iter().copied().filter(|it| at_host.contains(it)).collect();
        let hint = hint(catalog, user_agent);
        let mut circles = [both, signing.to_vec(), at_host.to_vec(), endpoint.services_behind()];
        // A signature for another service is no call of the host's: a bucket's name may look like a host.
        if !circles[1].is_empty()
            && circles[0].is_empty()
            && !endpoint.stem.is_empty()
            && !circles[2].is_empty()
        {
            circles[2].clear();
            circles[3].clear();
        }
        for circle in &mut circles {
            circle.sort_by_key(|service| {
                let last = LAST.iter().position(|name| *name == service.name());
                (Some(*service) != hint, last.map_or(0, |at| at + 1), service.index())
            });
            circle.dedup();
        }
        Candidates { circles, hint }
    }

    /// For a request of an SDK's that is not signed and not sent to AWS: the one that its user agent
    /// names, or those that have such operations.
    pub(super) fn unsigned(catalog: Catalog, user_agent: &str) -> Candidates {
        let hint = hint(catalog, user_agent);
        let services = match hint {
            Some(service) => vec![service],
            None => index().unsigned().to_vec(),
        };
        Candidates { circles: [Vec::new(), Vec::new(), services, Vec::new()], hint }
    }

    /// Whether the service of this name is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all().any(|service| service.name() == name)
    }

    /// The service that it most likely is.
    pub(super) fn likeliest(&self) -> Option<Service> {
        let unsigned_elsewhere = self.circles[2].len() > 5;
        if unsigned_elsewhere { self.hint } else { self.all().next() }
    }

    fn all(&self) -> impl Iterator<Item = Service> {
        self.circles.iter().flatten().copied()
    }

    /// The first that fits, circle by circle.
    fn find(&self, fits: impl Fn(Service) -> Option<Operation>) -> Option<Operation> {
        self.all().find_map(fits)
    }

    /// By `X-Amz-Target: Prefix.Operation`.
    pub(super) fn by_target(&self, target: &str) -> Named {
        let (prefix, name) = target.rsplit_once('.').unwrap_or(("", target));
        let in_service = |service: Service| {
            let fits = service.target_prefix() == prefix;
            if fits { service.operation(name) } else { None }
        };
        let targeted = index().targeted(prefix);
        self.find(in_service)
            .or_else(|| targeted.iter().copied().find_map(in_service))
            // A service that has, or had, more than one prefix.
            .or_else(|| {
                self.find(|service| {
                    if speaks(service, &[Protocol::Json]) { service.operation(name) } else { None }
                })
            })
            // One that speaks this protocol since the catalogue was made.
            .or_else(|| self.signed(|service| service.operation(name)))
            .map_or_else(
                || self.unlisted(name, targeted, |it| it.target_prefix() == prefix),
                Named::Operation,
            )
    }

    /// By the path of the CBOR protocol, `/service/Name/operation/Operation`.
    pub(super) fn by_rpc_path(&self, path: &str) -> Named {
        let segments: Vec<&str> = path.rsplitn(5, '/').collect();
        let [name, "operation", of, "service", ..] = segments[..] else { return Named::Nothing };
        let speaks_cbor =
            |service: Service| speaks(service, &[Protocol::RpcV2Cbor, Protocol::Json]);
        let in_service = |service: Service| {
            let fits = speaks_cbor(service) && service.target_prefix() == of;
            if fits { service.operation(name) } else { None }
        };
        let targeted = index().targeted(of);
        self.find(in_service)
            .or_else(|| targeted.iter().copied().find_map(in_service))
            .or_else(|| {
                self.find(
                    |service| if speaks_cbor(service) { service.operation(name) } else { None },
                )
            })
            .or_else(|| self.signed(|service| service.operation(name)))
            .map_or_else(
                || self.unlisted(name, targeted, |it| it.target_prefix() == of),
                Named::Operation,
            )
    }

    /// The first that fits, of the services for which the request is signed.
    fn signed<T>(&self, fits: impl Fn(Service) -> Option<T>) -> Option<T> {
        self.circles[..2].iter().flatten().copied().find_map(fits)
    }

    /// A name that no operation of the catalogue has, and the service that it is most likely of: one that `is_its`, among
    /// the candidates or else among `others`, or the one that the request is signed for.
    fn unlisted(&self, name: &str, others: &[Service], is_its: impl Fn(Service) -> bool) -> Named {
        if !is_operation(name) {
            return Named::Nothing;
        }
        let mut its = self.all().chain(others.iter().copied());
        let service = its.find(|it| is_its(*it)).or_else(|| self.signed(Some));
        service.map_or(Named::Nothing, |service| Named::Unlisted(service, name.to_owned()))
    }

    /// Whether a service among them speaks the query protocol or EC2's.
    pub(super) fn speak_query(&self) -> bool {
        self.all().any(|service| speaks(service, &[Protocol::Query, Protocol::Ec2]))
    }

    /// By `Action` and `Version`.
    pub(super) fn by_action(&self, action: &str, version: Option<&str>) -> Named {
        let speaks_query = |service: Service| speaks(service, &[Protocol::Query, Protocol::Ec2]);
        let in_version = |service: Service| {
            let fits = speaks_query(service) && Some(service.api_version()) == version;
            if fits { service.operation(action) } else { None }
        };
        self.find(in_version)
            .or_else(|| {
                self.find(
                    |service| if speaks_query(service) { service.operation(action) } else { None },
                )
            })
            .map_or_else(
                || {
                    self.unlisted(action, &[], |it| {
                        speaks_query(it) && Some(it.api_version()) == version
                    })
                },
                Named::Operation,
            )
    }

    /// By method, path, query and headers.
    pub(super) fn by_route(&self, request: &Routed<'_>) -> Option<Found> {
        // What another service has as it stands is that service's (OpenSearch's versions of Elasticsearch's paths).
        self.by_route_with(request, Routes::find)
            .or_else(|| self.by_route_with(request, Routes::find_in_other_version))
    }

    fn by_route_with(
        &self,
        request: &Routed<'_>,
        find: impl Fn(&Routes, &Routed<'_>) -> Option<(Fit, Found)>,
    ) -> Option<Found> {
        for circle in &self.circles {
            let mut best: Option<(Fit, Found)> = None;
            for service in circle {
                if !speaks(*service, &[Protocol::RestJson, Protocol::RestXml]) {
                    continue;
                }
                // The bucket is in the path for S3 alone.
                let without: Option<Routed<'_>> =
                    (request.has_bucket && service.name() != "s3").then(|| request.without_first());
                let found = find(plans::routes(*service), without.as_ref().unwrap_or(request));
                if let Some((fit, found)) = found {
                    let is_hinted = Some(*service) == self.hint;
                    let better =
                        best.is_none_or(|(best, _)| fit > best || (fit == best && is_hinted));
                    if better {
                        best = Some((fit, found));
                    }
                }
            }
            if let Some((_, found)) = best {
                return Some(found);
            }
        }
        None
    }
}

/// Whether a name can be an operation's: letters and digits, as AWS's all are.
pub(super) fn is_operation(name: &str) -> bool {
    name.len() <= LONGEST_OPERATION
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The service that a user agent names, as newer SDKs' do.
fn hint(catalog: Catalog, user_agent: &str) -> Option<Service> {
    let word = user_agent.split(' ').find_map(|word| word.strip_prefix("api/"))?;
    catalog.service_by_id(word.split('#').next()?)
}

pub(super) fn speaks(service: Service, protocols: &[Protocol]) -> bool {
    service.protocols().any(|protocol| protocols.contains(&protocol))
}
