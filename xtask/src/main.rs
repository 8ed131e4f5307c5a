//! `cargo xtask`: chores of this repository that are programs.

#[path = "../../src/catalog/answer.rs"]
#[allow(dead_code, unreachable_pub)]
mod answer;
mod catalog;
mod error;
#[path = "../../src/catalog/format.rs"]
#[allow(dead_code, unreachable_pub)]
mod format;
mod managed;
mod report;
#[path = "../../src/catalog/rule/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod rule;
// How the build reads data/: the report counts what the build decides.
#[path = "../../build/rules/mod.rs"]
#[allow(dead_code)]
mod rules;
mod sources;
#[path = "../../build/text.rs"]
#[allow(dead_code)]
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::error::Error;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the Leastwise repository")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write data/catalog from the pinned sources (fill the cache with scripts/fetch-sources first)
    Catalog(CatalogArgs),
    /// Write data/managed, the documents of AWS's managed policies, from their pinned source
    Managed(ManagedArgs),
}

#[derive(Args)]
struct ManagedArgs {
    /// Write nothing; fail when data/managed is not what the source gives
    #[arg(long)]
    check: bool,
    /// The cache folder with the files that data/sources.toml names
    #[arg(long, value_name = "DIR", default_value = ".cache/sources")]
    sources: PathBuf,
    /// The folder that is written
    #[arg(long, value_name = "DIR", default_value = "data/managed")]
    output: PathBuf,
}

#[derive(Args)]
struct CatalogArgs {
    /// Write nothing; fail when data/catalog is not what the sources give
    #[arg(long, conflicts_with = "report")]
    check: bool,
    /// Write nothing, read no sources; print what data/ holds and how actions are decided, in all or of one service
    #[arg(long, value_name = "SERVICE", num_args = 0..=1)]
    report: Option<Option<String>>,
    /// The cache folder with the files that data/sources.toml names
    #[arg(long, value_name = "DIR", default_value = ".cache/sources")]
    sources: PathBuf,
    /// Read the Service Reference from AWS's published index (a URL) or a folder with a copy of it,
    /// instead of the pinned crate
    #[arg(long, value_name = "URL-or-DIR")]
    service_reference: Option<String>,
    /// The folder that is written
    #[arg(long, value_name = "DIR", default_value = "data/catalog")]
    output: PathBuf,
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Catalog(args) => catalog(&args),
        Chore::Managed(args) => managed(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn catalog(args: &CatalogArgs) -> Result<(), Error> {
    if let Some(service) = &args.report {
        return report::print(std::path::Path::new("data"), service.as_deref());
    }
    let sources = sources::Sources::read(&args.sources, args.service_reference.as_deref())?;
    let catalog = catalog::generate(&sources)?;
    if args.check { catalog.check(&args.output) } else { catalog.write(&args.output) }
}

fn managed(args: &ManagedArgs) -> Result<(), Error> {
    let text = managed::generate(&sources::managed(&args.sources)?)?;
    if args.check {
        managed::check(&text, &args.output)
    } else {
        managed::write(&text, &args.output)
    }
}
