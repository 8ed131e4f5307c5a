//! The plans of operations: each is worked out once, when it is first asked for, and kept for all that decide. Bounded by the
//! catalogue.

use std::sync::{LazyLock, OnceLock};

use super::plan::Plan;
use crate::catalog::{Catalog, Operation};

/// By the places of service and operation.
static KEPT: LazyLock<Vec<OnceLock<Vec<OnceLock<Plan>>>>> =
    LazyLock::new(|| Catalog::embedded().services().map(|_| OnceLock::new()).collect());

/// The plan of an operation.
pub(super) fn plan(operation: Operation) -> &'static Plan {
    let service = operation.service();
    let plans = KEPT[service.index()]
        .get_or_init(|| service.operations().map(|_| OnceLock::new()).collect());
    plans[operation.index()].get_or_init(|| Plan::of(operation))
}
