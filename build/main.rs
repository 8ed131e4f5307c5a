//! Validates `data/` and packs it into files that the binary embeds. No network, no clock: the
//! same data gives the same bytes.
#![allow(clippy::print_stdout)] // A build script speaks to cargo on standard output.

#[path = "../src/catalog/format.rs"]
#[allow(dead_code, unreachable_pub)]
mod format;
mod managed;
mod pack;
mod page;
#[path = "../src/catalog/rule/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod rule;
mod rules;
mod sources;
mod text;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/catalog/format.rs");
    page::FILES.iter().for_each(|it| println!("cargo::rerun-if-changed={}/{it}", page::FOLDER));
    println!("cargo::rerun-if-changed=src/catalog/rule");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems.lines() {
                println!("cargo::error={problem}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let data = Path::new("data");
    let catalog = text::Catalog::read(&data.join("catalog"), &data.join("data-plane"))?;
    let rules = rules::Rules::read(&data.join("rules"), &catalog)?;
    let packed = pack::pack(&catalog, &rules)?;
    let out = env::var("OUT_DIR").map_err(|error| format!("OUT_DIR: {error}"))?;
    let files = [
        ("catalog.bin", packed.tables),
        ("strings.z", page::deflated(packed.strings.as_bytes())?),
        ("managed.bin", managed::pack(&data.join("managed/policies.txt"))?),
        ("page.bin", page::pack(Path::new(page::FOLDER))?),
        ("rule-pages.bin", page::pack_rule_pages(&data.join("rules"))?),
        ("sources.txt", sources::text(&data.join("sources.toml"))?.into_bytes()),
    ];
    for (name, bytes) in files {
        let path = PathBuf::from(&out).join(name);
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
