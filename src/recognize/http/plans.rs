//! What is worked out once per service or operation and kept: its routes, and what is wanted of its
//! requests. Bounded by the catalogue.

use std::sync::{LazyLock, OnceLock};

use super::routes::Routes;
use super::wanted::Plan;
use crate::catalog::{Catalog, Operation, Service};

struct OfService {
    routes: OnceLock<Routes>,
    plans: OnceLock<Vec<OnceLock<Plan>>>,
}

static KEPT: LazyLock<Vec<OfService>> = LazyLock::new(|| {
    let services = Catalog::embedded().services();
    services.map(|_| OfService { routes: OnceLock::new(), plans: OnceLock::new() }).collect()
});

/// The routes of a service.
pub(super) fn routes(service: Service) -> &'static Routes {
    KEPT[service.index()].routes.get_or_init(|| Routes::of(service))
}

/// What is wanted of an operation's requests.
pub(super) fn plan(operation: Operation) -> &'static Plan {
    let service = operation.service();
    let plans = KEPT[service.index()]
        .plans
        .get_or_init(|| service.operations().map(|_| OnceLock::new()).collect());
    plans[operation.index()].get_or_init(|| Plan::of(operation))
}
