//! botocore's service models and partitions, from its wheel.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

/// One service model (`service-2.json`), without its prose.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
    /// The URLs that its endpoint rules can give, with templates
    /// (`https://{AccountId}.ddb.{Region}.{PartitionResult#dnsSuffix}`).
    #[serde(skip)]
    pub(crate) urls: BTreeSet<String>,
    /// What releases of the past say that the newest does not.
    #[serde(skip)]
    pub(crate) past: Past,
}

/// What releases of the past say of a service that the newest does not.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// The last release that has the service, when the newest has not.
    pub(crate) last: Option<String>,
    /// Names in credential scopes.
    pub(crate) signing_names: BTreeSet<String>,
    /// Hosts without region and domain (`data.iot`).
    pub(crate) hosts: BTreeSet<String>,
    /// Whole hosts, of the time before endpoint rules (`service.chime.aws.amazon.com`).
    pub(crate) whole_hosts: BTreeSet<String>,
    /// Protocols in which the service was spoken to.
    pub(crate) protocols: BTreeSet<String>,
    /// Other methods and paths of its operations: the operation's name, and its last model with the form.
    pub(crate) forms: Vec<(String, Operation)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) api_version: String,
    pub(crate) endpoint_prefix: String,
    pub(crate) service_id: String,
    pub(crate) signing_name: Option<String>,
    pub(crate) protocol: String,
    pub(crate) protocols: Option<Vec<String>>,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    pub(crate) global_endpoint: Option<String>,
    pub(crate) signature_version: String,
    pub(crate) auth: Option<Vec<String>>,
    pub(crate) aws_query_compatible: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) http: Http,
    pub(crate) input: Option<ShapeRef>,
    pub(crate) output: Option<ShapeRef>,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) authtype: Option<String>,
    /// The last release that has it so, when the newest has not.
    #[serde(skip)]
    pub(crate) last: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoint {
    pub(crate) host_prefix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShapeRef {
    pub(crate) shape: String,
    pub(crate) location: Option<String>,
    pub(crate) location_name: Option<String>,
    pub(crate) query_name: Option<String>,
    #[serde(default)]
    pub(crate) streaming: bool,
    #[serde(default)]
    pub(crate) flattened: bool,
    #[serde(default)]
    pub(crate) xml_attribute: bool,
    #[serde(default)]
    pub(crate) host_label: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, ShapeRef>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) payload: Option<String>,
    pub(crate) member: Option<ShapeRef>,
    pub(crate) key: Option<ShapeRef>,
    pub(crate) value: Option<ShapeRef>,
    #[serde(default)]
    pub(crate) flattened: bool,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) streaming: bool,
    #[serde(default)]
    pub(crate) document: bool,
    #[serde(default)]
    pub(crate) eventstream: bool,
}

/// One AWS partition, from `partitions.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Partition {
    pub(crate) id: String,
    pub(crate) outputs: Outputs,
    pub(crate) region_regex: String,
    pub(crate) regions: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outputs {
    pub(crate) dns_suffix: String,
    pub(crate) dual_stack_dns_suffix: String,
}

#[derive(Deserialize)]
struct Partitions {
    partitions: Vec<Partition>,
}

/// Reads the newest API version of each service in the wheel.
pub(crate) fn services(wheel: &Path) -> Result<BTreeMap<String, Service>, Error> {
    let mut archive = open(wheel)?;

    // Paths read botocore/data/SERVICE/VERSION/service-2.json.gz, in older releases without `.gz`; versions are
    // ISO dates, so the greatest in text order is the newest.
    let mut newest: BTreeMap<String, (String, String)> = BTreeMap::new();
    for path in archive.file_names() {
        let path = path.map_err(|problem| Error::form(wheel.to_string_lossy(), problem))?;
        let parts: Vec<&str> = path.split('/').collect();
        if let ["botocore", "data", service, version, "service-2.json.gz" | "service-2.json"] =
            parts[..]
        {
            let candidate = (version.to_owned(), path.clone().into_owned());
            let slot = newest.entry(service.to_owned()).or_insert_with(|| candidate.clone());
            if *slot < candidate {
                *slot = candidate;
            }
        }
    }

    let mut services = BTreeMap::new();
    for (name, (_, path)) in newest {
        let mut service: Service = unpacked(&mut archive, wheel, &path)?;
        let rules = path.replace("service-2.json", "endpoint-rule-set-1.json");
        if archive.index_for_name(&rules).is_some() {
            urls(&unpacked(&mut archive, wheel, &rules)?, &mut service.urls);
        }
        services.insert(name, service);
    }
    whole_hosts(&unpacked(&mut archive, wheel, "botocore/data/endpoints.json")?, &mut services);
    Ok(services)
}

/// Reads the partitions in the wheel.
pub(crate) fn partitions(wheel: &Path) -> Result<Vec<Partition>, Error> {
    let path = "botocore/data/partitions.json";
    let Partitions { partitions } = unpacked(&mut open(wheel)?, wheel, path)?;
    Ok(partitions)
}

fn open(wheel: &Path) -> Result<zip::ZipArchive<File>, Error> {
    let file = File::open(wheel).map_err(Error::io("read", wheel))?;
    zip::ZipArchive::new(file).map_err(|problem| Error::form(wheel.to_string_lossy(), problem))
}

/// A JSON file of the wheel, compressed or not.
fn unpacked<T: for<'de> Deserialize<'de>>(
    archive: &mut zip::ZipArchive<File>,
    wheel: &Path,
    path: &str,
) -> Result<T, Error> {
    let mut text = entry(archive, wheel, path)?;
    if path.ends_with(".gz") {
        let packed = std::mem::take(&mut text);
        GzDecoder::new(packed.as_slice())
            .read_to_end(&mut text)
            .map_err(Error::io("unpacked", wheel.join(path)))?;
    }
    serde_json::from_slice(&text).map_err(|problem| Error::form(path, problem))
}

/// The host names without templates in `endpoints.json`, which has them by endpoint prefix.
fn whole_hosts(endpoints: &Value, services: &mut BTreeMap<String, Service>) {
    let partitions = endpoints["partitions"].as_array().into_iter().flatten();
    for (prefix, entry) in partitions.filter_map(|it| it["services"].as_object()).flatten() {
        let regions = entry["endpoints"].as_object().into_iter().flat_map(|it| it.values());
        let names = regions.chain(entry.get("defaults")).filter_map(|it| it["hostname"].as_str());
        let names: Vec<&str> = names.filter(|name| !name.contains('{')).collect();
        for service in services.values_mut().filter(|it| it.metadata.endpoint_prefix == *prefix) {
            service.past.whole_hosts.extend(names.iter().map(|name| (*name).to_owned()));
        }
    }
}

/// Every `url` of an endpoint rule set, at any depth.
fn urls(rules: &Value, found: &mut BTreeSet<String>) {
    match rules {
        Value::Object(members) => {
            found.extend(members.get("url").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| urls(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| urls(item, found)),
        _ => {}
    }
}

fn entry(archive: &mut zip::ZipArchive<File>, wheel: &Path, path: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    archive
        .by_name(path)
        .map_err(|problem| Error::form(wheel.join(path).to_string_lossy(), problem))?
        .read_to_end(&mut bytes)
        .map_err(Error::io("unpacked", wheel.join(path)))?;
    Ok(bytes)
}
