//! Services of the data plane that no SDK has a model of (`data/data-plane`): which of them a request is for, by its host, or
//! elsewhere by the name that it is signed for; and which of their operations, by method and path.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::choose::{Asked, Chosen};
use super::endpoint::{Endpoint, Home};
use super::plans;
use super::routes::Routed;
use crate::catalog::{Catalog, Protocol, Service};

/// Where services of the data plane are.
struct Places {
    /// By a host without region, domain and options.
    hosts: HashMap<&'static str, Vec<Place>>,
    /// Those that are also at hosts that are not AWS's, such as domains of customers.
    elsewhere: Vec<Service>,
}

/// What stands at a host.
#[derive(Clone, Copy)]
struct Place {
    service: Service,
    /// At the hosts below it (`*.execute-api`), each of which is a resource's; at it alone otherwise.
    below: bool,
    /// Whether what answers there is a customer's.
    shared: bool,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let mut places = Places { hosts: HashMap::new(), elsewhere: Vec::new() };
    for service in Catalog::embedded().services() {
        for place in service.places() {
            let Some((kind, host)) = place.split_once(' ') else { continue };
            if kind == "elsewhere" {
                places.elsewhere.push(service);
                continue;
            }
            let (below, host) = match host.strip_prefix("*.") {
                Some(host) => (true, host),
                None => (false, host),
            };
            let place = Place { service, below, shared: kind == "shared" };
            places.hosts.entry(host).or_default().push(place);
        }
    }
    places
});

/// What is at a host without region, domain and options: `a1b2c3.execute-api`, `lambda-url.on.aws`.
fn at(stem: &str) -> impl Iterator<Item = Place> {
    let here = PLACES.hosts.get(stem).into_iter().flatten().filter(|it| !it.below);
    let ends = stem.match_indices('.').filter(|(at, _)| *at > 0).map(|(at, _)| &stem[at + 1..]);
    let above = ends.filter_map(|end| PLACES.hosts.get(end)).flatten().filter(|it| it.below);
    here.chain(above).copied()
}

/// Whether a host outside the partitions' domains is one of theirs.
pub(super) fn are_at(stem: &str) -> bool {
    at(stem).next().is_some()
}

/// What a host of AWS's is to a service of the data plane.
pub(super) fn home(endpoint: &Endpoint, service: Service) -> Home {
    match at(&endpoint.stem).find(|it| it.service == service) {
        Some(place) if place.shared => Home::Shared,
        Some(_) => Home::Api,
        None if are_at(&endpoint.stem) || !endpoint.services().is_empty() => Home::Another,
        None => Home::Elsewhere,
    }
}

/// What a request to a host of a resource's own is: no other service is there.
pub(super) fn at_own_host<'a>(asked: Asked<'a>) -> Option<Chosen<'a>> {
    if !asked.endpoint.is_aws || asked.endpoint.s3.is_some() {
        return None;
    }
    let mut those = at(&asked.endpoint.stem).filter(|it| it.below).map(|it| it.service);
    those.find_map(|service| route(asked, service))
}

/// What a request is that nothing else was found for.
pub(super) fn anywhere<'a>(asked: Asked<'a>) -> Option<Chosen<'a>> {
    if asked.endpoint.is_aws {
        return at(&asked.endpoint.stem).find_map(|it| route(asked, it.service));
    }
    // Unsigned, it says nothing of AWS there. What looks like a newer call of the service's own API is none of these.
    let is_version = |segment: &str| {
        segment.len() == 10 && segment.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    let first = asked.path.split('/').nth(1).unwrap_or_default();
    if asked.signer.is_none() || is_version(first) {
        return None;
    }
    PLACES.elsewhere.iter().find_map(|service| route(asked, *service))
}

/// The operation of a service that a request is, if it may be for it: unsigned, or signed for it.
fn route<'a>(asked: Asked<'a>, service: Service) -> Option<Chosen<'a>> {
    if let Some(signer) = asked.signer {
        let name = signer.service.as_deref()?;
        let mut names = std::iter::once(service.signing_name()).chain(service.further_signing_names());
        names.find(|it| it.eq_ignore_ascii_case(name))?;
    }
    let head = asked.head;
    let request = Routed::new(head.method, asked.path, asked.query, head.headers);
    let (_, found) = plans::routes(service).find(&request)?;
    Some(Chosen::Route(found, Protocol::RestJson, request))
}
