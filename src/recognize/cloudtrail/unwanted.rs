//! Members of requests that decide nothing, by their names in events: worked out once per operation, since each record is asked.

use std::collections::HashSet;
use std::sync::{LazyLock, OnceLock};

use super::members::fields;
use super::spelling::{likeness, renamed};
use crate::catalog::naming::letters;
use crate::catalog::{Catalog, Operation};
use crate::recognize::http::plans;

/// Names in letters alone.
type Names = HashSet<Box<[u8]>>;
/// By service and operation.
static KEPT: LazyLock<Vec<OnceLock<Vec<OnceLock<Names>>>>> =
    LazyLock::new(|| Catalog::embedded().services().map(|_| OnceLock::new()).collect());
/// No member's name is longer.
const LONGEST: usize = 96;

/// Whether a member decides nothing: the operation has it, and no rule and no ARN wants it.
pub(super) fn is_unwanted(operation: Operation, key: &str) -> bool {
    let mut folded = [0; LONGEST];
    let mut length = 0;
    for byte in key.bytes().filter(u8::is_ascii_alphanumeric) {
        let Some(place) = folded.get_mut(length) else { return false };
        *place = byte.to_ascii_lowercase();
        length += 1;
    }
    names(operation).contains(&folded[..length])
}

fn names(operation: Operation) -> &'static Names {
    let service = operation.service();
    let of_service = KEPT[service.index()]
        .get_or_init(|| service.operations().map(|_| OnceLock::new()).collect());
    of_service[operation.index()].get_or_init(|| worked_out(operation))
}

fn worked_out(operation: Operation) -> Names {
    let plan = plans::plan(operation);
    let is_wanted = |name: &str| {
        let is = |names: [&str; 2]| likeness(name, names).is_some();
        renamed(operation.service().name(), operation.name(), name).is_some()
            || plan.outside.iter().any(|it| is([it.name, it.wire]))
            || fields(plan, plan.root).iter().any(|it| is([it.name, it.wire]))
            || plan.payload.is_some_and(|(name, _)| is([name, name]))
    };
    let members = operation.input().into_iter().flat_map(|input| input.members());
    let names = members.flat_map(|it| [it.name, it.wire]).filter(|name| !is_wanted(name));
    names.map(|name| letters(name).into_bytes().into_boxed_slice()).collect()
}
