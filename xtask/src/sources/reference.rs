//! AWS's Service Reference: actions, resource types, and AWS's map from operations to actions.
//!
//! The same documents come from the pinned crate, from a folder, or from AWS's published index: a list
//! of `{"service": …, "url": …}`, each URL giving one service's document
//! (docs.aws.amazon.com/service-authorization/latest/reference/service-reference.html).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::tar_gz;
use crate::error::Error;

/// One service's document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
    #[serde(default)]
    pub(crate) resources: Vec<ResourceType>,
    #[serde(default)]
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Action {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) resources: Vec<ActionResource>,
    #[serde(default)]
    pub(crate) annotations: Annotations,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Annotations {
    #[serde(default)]
    pub(crate) properties: Properties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Properties {
    pub(crate) is_list: bool,
    pub(crate) is_permission_management: bool,
    pub(crate) is_tagging_only: bool,
    pub(crate) is_write: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ActionResource {
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ResourceType {
    #[serde(rename = "Name")]
    pub(crate) name: String,
    #[serde(rename = "ARNFormats", default)]
    pub(crate) arn_formats: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    #[serde(rename = "Name")]
    pub(crate) name: String,
    #[serde(rename = "AuthorizedActions", default)]
    pub(crate) authorized_actions: Vec<AuthorizedAction>,
    /// The SDK methods that call it; `Name` is botocore's service name where the package is Boto3.
    #[serde(rename = "SDK", default)]
    pub(crate) sdk: Vec<Sdk>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthorizedAction {
    pub(crate) service: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Sdk {
    pub(crate) name: String,
    pub(crate) package: String,
}

#[derive(Deserialize)]
struct Pinned {
    services: Vec<PinnedService>,
}

#[derive(Deserialize)]
struct PinnedService {
    service: String,
    document: Document,
}

#[derive(Deserialize)]
struct IndexEntry {
    service: String,
    url: String,
}

/// Reads `data/sar/catalog.json` out of the crate's archive.
pub(crate) fn read_crate(archive: &Path) -> Result<BTreeMap<String, Document>, Error> {
    let mut documents = BTreeMap::new();
    tar_gz(
        archive,
        |name| name.ends_with("/data/sar/catalog.json"),
        |name, bytes| {
            let pinned: Pinned =
                serde_json::from_slice(bytes).map_err(|problem| Error::form(name, problem))?;
            documents
                .extend(pinned.services.into_iter().map(|entry| (entry.service, entry.document)));
            Ok(())
        },
    )?;
    not_empty(documents, &archive.to_string_lossy())
}

/// Reads AWS's published index at a URL, or a folder with a copy of it: `index.json` beside
/// `SERVICE.json` files (the last part of each URL in the index).
pub(crate) fn read_index(place: &str) -> Result<BTreeMap<String, Document>, Error> {
    let remote = place.starts_with("http://") || place.starts_with("https://");
    let fetch = |url: &str| if remote { get(url) } else { copy(place, url) };

    let index = fetch(place)?;
    let entries: Vec<IndexEntry> =
        serde_json::from_slice(&index).map_err(|problem| Error::form(place, problem))?;
    let mut documents = BTreeMap::new();
    for entry in entries {
        let bytes = fetch(&entry.url)?;
        let document =
            serde_json::from_slice(&bytes).map_err(|problem| Error::form(&*entry.url, problem))?;
        documents.insert(entry.service, document);
    }
    not_empty(documents, place)
}

fn get(url: &str) -> Result<Vec<u8>, Error> {
    // The largest document (EC2's) is about 3 MB.
    const LIMIT: u64 = 64 << 20;
    let failed = |source| Error::Fetch { url: url.to_owned(), source: Box::new(source) };
    let mut response = ureq::get(url).call().map_err(failed)?;
    response.body_mut().with_config().limit(LIMIT).read_to_vec().map_err(failed)
}

fn copy(folder: &str, url: &str) -> Result<Vec<u8>, Error> {
    let file = if url == folder { "index.json" } else { url.rsplit('/').next().unwrap_or(url) };
    let path = Path::new(folder).join(file);
    std::fs::read(&path).map_err(Error::io("read", path))
}

fn not_empty(
    documents: BTreeMap<String, Document>,
    place: &str,
) -> Result<BTreeMap<String, Document>, Error> {
    if documents.is_empty() {
        return Err(Error::form(place, "it names no service"));
    }
    Ok(documents)
}
