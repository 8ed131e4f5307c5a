//! Invariants of the catalogue against what SDKs really carry. `cargo xtask catalog --check` compares it with its
//! sources byte by byte; this compares it with the SDKs that the client tests install.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leastwise::catalog::{Catalog, Permission};
use serde_json::Value;

use crate::support::left_out;

/// Services of the JavaScript SDK v2 that no release of botocore has that the catalogue is made from.
const RETIRED: &[&str] = &["Mobile Analytics"];

#[test]
fn every_service_id_of_the_javascript_sdk_v2_resolves() {
    let Some(models) = javascript_models() else { return };
    let mut missing = Vec::new();
    for (file, model) in &models {
        let Some(id) = model["metadata"]["serviceId"].as_str() else { continue };
        if Catalog::embedded().service_by_id(id).is_none() && !RETIRED.contains(&id) {
            missing.push(format!("{id} ({file})"));
        }
    }
    assert!(models.len() > 300, "only {} models were found", models.len());
    assert!(missing.is_empty(), "unknown serviceIds: {missing:#?}");
}

#[test]
fn every_exception_still_is_one() {
    for id in RETIRED {
        assert!(Catalog::embedded().service_by_id(id).is_none(), "{id} is in the catalogue again");
    }
}

/// Counts by which an update of the sources is noticed when it loses something.
#[test]
fn the_catalogue_is_not_smaller_than_it_was() {
    let catalog = Catalog::embedded();
    let operations = || catalog.services().flat_map(|service| service.operations());
    let with = |permission| operations().filter(|it| it.permission() == permission).count();
    assert!(catalog.services().len() >= 473);
    assert!(operations().count() >= 20_900);
    assert!(catalog.prefixes().len() >= 458);
    assert!(catalog.prefixes().map(|it| catalog.actions(it).len()).sum::<usize>() >= 22_327);
    assert!(with(Permission::Mapped) >= 18_400, "{}", with(Permission::Mapped));
}

#[test]
fn every_arn_format_parses() {
    let catalog = Catalog::embedded();
    for action in catalog.prefixes().flat_map(|prefix| catalog.actions(prefix)) {
        for resource in action.resources() {
            let name = resource.resource_type.name();
            for format in resource.resource_type.arn_formats() {
                let fields: Vec<&str> = format.splitn(6, ':').collect();
                let well_formed = fields.len() == 6
                    && fields[0] == "arn"
                    && fields[1] == "${Partition}"
                    && !fields[2].is_empty()
                    && !fields[5].is_empty()
                    && format.matches("${").count() == format.matches('}').count();
                assert!(well_formed, "{action} {name}: {format}");
            }
        }
    }
}

/// The newest model of each service in the JavaScript SDK v2, by file name; `None` when the SDK is
/// not installed (scripts/test installs it).
fn javascript_models() -> Option<BTreeMap<String, Value>> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/node_modules/aws-sdk/apis");
    let Ok(entries) = fs::read_dir(&folder) else {
        left_out(
            "serviceIds of the JavaScript SDK v2",
            "tests/clients/node_modules is not installed",
        );
        return None;
    };
    let files = entries.map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        files.filter(|path| path.to_string_lossy().ends_with(".min.json")).collect();
    let mut models = BTreeMap::new();
    for path in files {
        let model: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if model["metadata"]["serviceId"].is_string() {
            models.insert(path.file_name().unwrap().to_string_lossy().into_owned(), model);
        }
    }
    Some(models)
}
