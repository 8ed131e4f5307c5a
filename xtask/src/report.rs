//! What `--report` prints.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A chore's output is its purpose.

use crate::catalog::{Catalog, Permission};
use crate::error::Error;
use crate::sources::Sources;

/// Says what went wrong.
pub(crate) fn complain(error: &Error) {
    eprintln!("xtask: {error}.");
}

/// Prints what the sources hold and what the catalogue has of it.
pub(crate) fn print(sources: &Sources, catalog: &Catalog) {
    let operations: usize = sources.services.values().map(|it| it.operations.len()).sum();
    let counts = &catalog.counts;
    let of = |permission| counts.operations.get(&permission).copied().unwrap_or_default();
    let share = |count: usize| 100.0 * count as f64 / operations.max(1) as f64;
    println!("services                          {:>7}", sources.services.len());
    println!("operations                        {operations:>7}");
    for (words, permission) in [
        ("  actions from AWS's map          ", Permission::Mapped),
        ("  action of the same name         ", Permission::SameName),
        ("  no known permission             ", Permission::Unknown),
    ] {
        println!("{words}{:>7}  {:5.1} %", of(permission), share(of(permission)));
    }
    println!("input shapes                      {:>7}", counts.shapes);
    println!("input members                     {:>7}", counts.input_members);
    println!("prefixes                          {:>7}", sources.reference.len());
    let actions: usize = sources.reference.values().map(|it| it.actions.len()).sum();
    println!("actions                           {actions:>7}");
    let types: usize = sources.reference.values().map(|it| it.resources.len()).sum();
    println!("resource types                    {types:>7}");
}
