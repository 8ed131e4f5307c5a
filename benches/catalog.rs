//! What a lookup in the catalogue costs: the first of each service in this process, and later ones.
//! Fails when a promise is broken (1 ms, 1 µs). A plain program: first lookups cannot be repeated,
//! which is what a benchmark harness would do.
#![allow(clippy::print_stdout)] // A benchmark's output is its purpose.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use leastwise::catalog::{Catalog, Class};

const FIRST: Duration = Duration::from_millis(1);
const LATER: Duration = Duration::from_micros(1);

fn main() -> ExitCode {
    let catalog = Catalog::embedded();
    // Only names are read before the clock runs: no service's block has been touched.
    let names: Vec<String> = catalog.services().map(|service| service.name().to_owned()).collect();

    let mut first = Vec::new();
    for name in &names {
        let begun = Instant::now();
        let service = catalog.service(black_box(name));
        let operation = service.and_then(|service| service.operations().last());
        let own = operation.and_then(|it| it.authorized().find(|it| it.class() == Class::Own));
        black_box(own);
        first.push((begun.elapsed(), name));
    }
    first.sort();
    let Some(&(slowest, service)) = first.last() else { return ExitCode::FAILURE };
    let median = first[first.len() / 2].0;

    let operations: Vec<(String, String)> = catalog
        .services()
        .flat_map(|it| it.operations())
        .map(|it| (it.service().name().to_owned(), it.name().to_owned()))
        .collect();
    let rounds = 10;
    let begun = Instant::now();
    for _ in 0..rounds {
        for (service, operation) in &operations {
            let found = catalog.service(black_box(service));
            black_box(found.and_then(|it| it.operation(black_box(operation))));
        }
    }
    let count = operations.len() * rounds;
    let later = begun.elapsed() / u32::try_from(count).unwrap_or(u32::MAX);

    println!("packed catalogue        {:>10} bytes", catalog.packed_size());
    println!("first lookup, median    {median:>10.1?} of {} services", names.len());
    println!("first lookup, slowest   {slowest:>10.1?} ({service})  promised: under {FIRST:?}");
    println!("later lookups, mean     {later:>10.1?} of {count}  promised: under {LATER:?}");
    if slowest < FIRST && later < LATER { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
