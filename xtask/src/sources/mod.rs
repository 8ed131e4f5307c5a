//! The published sources, read from a cache folder and verified.

pub(crate) mod botocore;
pub(crate) mod iam_data;
pub(crate) mod managed;
pub(crate) mod past;
pub(crate) mod reference;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::Error;

const PINS: &str = "data/sources.toml";

/// One entry of data/sources.toml.
#[derive(Debug, Deserialize)]
pub(crate) struct Pin {
    pub(crate) registry: String,
    pub(crate) package: String,
    pub(crate) version: String,
    file: String,
    sha256: String,
}

/// Everything that the catalogue is made from.
pub(crate) struct Sources {
    pub(crate) pins: BTreeMap<String, Pin>,
    pub(crate) services: BTreeMap<String, botocore::Service>,
    pub(crate) partitions: Vec<botocore::Partition>,
    pub(crate) reference: BTreeMap<String, reference::Document>,
    pub(crate) required: iam_data::Required,
    /// Where the Service Reference came from, when not from the pinned crate.
    pub(crate) reference_from: Option<String>,
}

impl Sources {
    pub(crate) fn read(cache: &Path, reference: Option<&str>) -> Result<Sources, Error> {
        let pins = pins()?;
        let open = |section: &str| opened(&pins, cache, section);
        let newest = open("botocore")?;
        let mut services = botocore::services(&newest)?;
        let partitions = botocore::partitions(&newest)?;
        for (section, pin) in past::releases(&pins) {
            past::add(&mut services, botocore::services(&open(section)?)?, &pin.version)?;
        }
        let required = iam_data::read(&open("iam-data")?)?;
        let documents = match reference {
            None => reference::read_crate(&open("service-reference")?)?,
            Some(place) => reference::read_index(place)?,
        };
        let reference_from = reference.map(str::to_owned);
        Ok(Sources { pins, services, partitions, reference: documents, required, reference_from })
    }
}

/// The managed policies, which are made apart from the catalogue.
pub(crate) fn managed(cache: &Path) -> Result<BTreeMap<String, managed::Policy>, Error> {
    managed::read(&opened(&pins()?, cache, "managed-policies")?)
}

fn pins() -> Result<BTreeMap<String, Pin>, Error> {
    let text = std::fs::read_to_string(PINS).map_err(Error::io("read", PINS))?;
    toml::from_str(&text).map_err(|problem| Error::form(PINS, problem))
}

fn opened(pins: &BTreeMap<String, Pin>, cache: &Path, section: &str) -> Result<PathBuf, Error> {
    let missing = || Error::form(PINS, format!("it has no section [{section}]"));
    verified(cache, pins.get(section).ok_or_else(missing)?)
}

fn verified(cache: &Path, pin: &Pin) -> Result<PathBuf, Error> {
    let path = cache.join(&pin.file);
    let bytes = std::fs::read(&path)
        .map_err(|error| Error::Source { path: path.clone(), problem: error.to_string() })?;
    let sum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if sum == pin.sha256 {
        Ok(path)
    } else {
        let problem = format!("has the SHA-256 {sum}, not the pinned {}", pin.sha256);
        Err(Error::Source { path, problem })
    }
}

/// Calls `visit` with the path and the bytes of each file of a `.tar.gz` that `wanted` picks.
fn tar_gz(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut visit: impl FnMut(&str, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    for entry in archive.entries().map_err(Error::io("read", path))? {
        let mut entry = entry.map_err(Error::io("read", path))?;
        let name = entry.path().map_err(Error::io("read", path))?.to_string_lossy().into_owned();
        if wanted(&name) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(Error::io("read", path))?;
            visit(&name, &bytes)?;
        }
    }
    Ok(())
}
