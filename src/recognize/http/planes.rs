//! Services of the data plane that no SDK has a model of (`data/data-plane`): which of them a request is for, by its host, or
//! elsewhere by the name that it is signed for.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::{Catalog, Service};

/// Where services of the data plane are.
struct Places {
    /// By a host without region, domain and options.
    hosts: HashMap<&'static str, Vec<Place>>,
    /// Those that are also at hosts that are not AWS's, such as domains of customers.
    elsewhere: Vec<Service>,
}

/// What stands at a host.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) service: Service,
    /// At the hosts below it (`*.execute-api`), each of which is a resource's; at it alone otherwise.
    pub(super) below: bool,
    /// Whether what answers there is a customer's.
    pub(super) shared: bool,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let mut places = Places { hosts: HashMap::new(), elsewhere: Vec::new() };
    for service in Catalog::embedded().services() {
        for place in service.places() {
            let Some((kind, host)) = place.split_once(' ') else { continue };
            match kind {
                "api" | "shared" => {}
                "elsewhere" => {
                    places.elsewhere.push(service);
                    continue;
                }
                _ => continue,
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
pub(super) fn at(stem: &str) -> impl Iterator<Item = Place> {
    let here = PLACES.hosts.get(stem).into_iter().flatten().filter(|it| !it.below);
    let ends = stem.match_indices('.').filter(|(at, _)| *at > 0).map(|(at, _)| &stem[at + 1..]);
    let above = ends.filter_map(|end| PLACES.hosts.get(end)).flatten().filter(|it| it.below);
    here.chain(above).copied()
}

/// Whether a host outside the partitions' domains is one of theirs.
pub(super) fn are_at(stem: &str) -> bool {
    at(stem).next().is_some()
}

/// Those that are at hosts of customers, too.
pub(super) fn elsewhere() -> impl Iterator<Item = Service> {
    PLACES.elsewhere.iter().copied()
}
