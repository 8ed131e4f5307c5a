//! What is worked out once per service or operation and kept: its routes, and what is wanted of its
//! requests. Bounded by the catalogue.

use std::sync::{LazyLock, OnceLock};

use super::pages;
use super::routes::{Found, Routes};
use super::telling::Telling;
use super::wanted::Plan;
use crate::catalog::{Catalog, Form, Operation, Service};

struct OfService {
    routes: OnceLock<Routes>,
    plans: OnceLock<Vec<OnceLock<Plan>>>,
    forms: OnceLock<Vec<OnceLock<Plan>>>,
    /// Whether operations are read page by page.
    pages: OnceLock<Vec<bool>>,
    answers: OnceLock<Vec<OnceLock<Telling>>>,
}

static KEPT: LazyLock<Vec<OfService>> = LazyLock::new(|| {
    let services = Catalog::embedded().services();
    let none = |_| OfService {
        routes: OnceLock::new(),
        plans: OnceLock::new(),
        forms: OnceLock::new(),
        pages: OnceLock::new(),
        answers: OnceLock::new(),
    };
    services.map(none).collect()
});

/// The routes of a service.
pub(super) fn routes(service: Service) -> &'static Routes {
    KEPT[service.index()].routes.get_or_init(|| Routes::of(service))
}

/// What is wanted of an operation's requests.
pub(in crate::recognize) fn plan(operation: Operation) -> &'static Plan {
    let service = operation.service();
    let plans = KEPT[service.index()]
        .plans
        .get_or_init(|| service.operations().map(|_| OnceLock::new()).collect());
    plans[operation.index()].get_or_init(|| Plan::of(operation, operation.input()))
}

/// What is wanted of an operation's answers.
pub(super) fn telling(operation: Operation) -> &'static Telling {
    let service = operation.service();
    let answers = KEPT[service.index()]
        .answers
        .get_or_init(|| service.operations().map(|_| OnceLock::new()).collect());
    answers[operation.index()].get_or_init(|| Telling::of(operation))
}

/// Whether an operation reads something page by page.
pub(super) fn has_pages(operation: Operation) -> bool {
    let service = operation.service();
    let pages = KEPT[service.index()]
        .pages
        .get_or_init(|| service.operations().map(pages::has_pages).collect());
    pages[operation.index()]
}

/// What is wanted of requests as they were found.
pub(super) fn plan_of(found: Found) -> &'static Plan {
    found.form.map_or_else(|| plan(found.operation), plan_of_form)
}

/// What is wanted of requests of an operation in a form of the past.
fn plan_of_form(form: Form) -> &'static Plan {
    let operation = form.operation();
    let service = operation.service();
    let plans = KEPT[service.index()]
        .forms
        .get_or_init(|| service.forms().map(|_| OnceLock::new()).collect());
    plans[form.number()].get_or_init(|| Plan::of(operation, form.input()))
}
