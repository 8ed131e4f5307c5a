//! `cargo xtask`: chores of this repository that are programs.

mod catalog;
mod error;
mod report;
mod sources;

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
}

#[derive(Args)]
struct CatalogArgs {
    /// Write nothing; fail when data/catalog is not what the sources give
    #[arg(long, conflicts_with = "report")]
    check: bool,
    /// Write nothing; print what the catalogue holds and how its actions are decided
    #[arg(long)]
    report: bool,
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
    let Cli { chore: Chore::Catalog(args) } = Cli::parse();
    match catalog(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn catalog(args: &CatalogArgs) -> Result<(), Error> {
    let sources = sources::Sources::read(&args.sources, args.service_reference.as_deref())?;
    let catalog = catalog::generate(&sources)?;
    if args.report {
        report::print(&sources, &catalog);
        Ok(())
    } else if args.check {
        catalog.check(&args.output)
    } else {
        catalog.write(&args.output)
    }
}
