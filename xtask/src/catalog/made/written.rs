//! `data/made.toml`: what was found by hand, because names do not tell it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::Name;
use super::answer::Text;
use crate::error::Error;
use crate::sources::botocore::Service;
use crate::sources::reference::Document;

const FILE: &str = "data/made.toml";

/// What the file says: service → operation → what it makes or tells, in the words of the catalogue's files.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    makes: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    tells: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What was found by hand: service and operation → names.
#[derive(Debug, Default)]
pub(crate) struct Written {
    makes: BTreeMap<(String, String), Vec<Name>>,
    tells: BTreeMap<(String, String), Vec<(Name, Name)>>,
}

impl Written {
    pub(crate) fn read() -> Result<Written, Error> {
        let text = std::fs::read_to_string(Path::new(FILE)).map_err(Error::io("read", FILE))?;
        let tables: Tables = toml::from_str(&text).map_err(|problem| Error::form(FILE, problem))?;
        let mut written = Written::default();
        for (service, operation, texts) in flat(tables.makes) {
            let names: Result<Vec<Name>, Error> = texts.iter().map(|it| name(it)).collect();
            written.makes.insert((service, operation), names?);
        }
        for (service, operation, texts) in flat(tables.tells) {
            let names: Result<Vec<(Name, Name)>, Error> = texts
                .iter()
                .map(|text| {
                    let (child, parent) = text.split_once(" in ").ok_or_else(|| odd(text))?;
                    Ok((name(child)?, name(parent)?))
                })
                .collect();
            written.tells.insert((service, operation), names?);
        }
        Ok(written)
    }

    /// What an operation makes, if the file says it.
    pub(super) fn makes(&self, service: &str, operation: &str) -> Option<&[Name]> {
        let key = (service.to_owned(), operation.to_owned());
        self.makes.get(&key).map(Vec::as_slice)
    }

    /// What its answer tells, if the file says it.
    pub(super) fn tells(&self, service: &str, operation: &str) -> Option<&[(Name, Name)]> {
        let key = (service.to_owned(), operation.to_owned());
        self.tells.get(&key).map(Vec::as_slice)
    }

    /// Fails where the file names an operation that is not there.
    pub(crate) fn check(&self, services: &BTreeMap<String, Service>) -> Result<(), Error> {
        let is_there = |(service, operation): &&(String, String)| {
            services.get(service).is_some_and(|it| it.operations.contains_key(operation))
        };
        match self.makes.keys().chain(self.tells.keys()).find(|it| !is_there(it)) {
            Some((service, name)) => {
                Err(Error::form(FILE, format!("there is no operation {service} {name}")))
            }
            None => Ok(()),
        }
    }
}

fn flat(
    tables: BTreeMap<String, BTreeMap<String, Vec<String>>>,
) -> impl Iterator<Item = (String, String, Vec<String>)> {
    tables.into_iter().flat_map(|(service, operations)| {
        operations.into_iter().map(move |(name, texts)| (service.clone(), name, texts))
    })
}

fn odd(text: &str) -> Error {
    Error::form(FILE, format!("{text:?} names no resource"))
}

/// `path Variable prefix:type`, with `@` before the path where the request has it and `=` behind it for an ARN.
fn name(text: &str) -> Result<Name, Error> {
    let mut words = text.splitn(3, ' ');
    let (Some(path), Some(variable), Some(kind)) = (words.next(), words.next(), words.next())
    else {
        return Err(odd(text));
    };
    let (prefix, kind) = kind.split_once(':').ok_or_else(|| odd(text))?;
    let in_request = path.starts_with('@');
    let is_arn = path.ends_with('=');
    let path = path.strip_prefix('@').unwrap_or(path);
    Ok(Name {
        path: path.strip_suffix('=').unwrap_or(path).to_owned(),
        variable: variable.to_owned(),
        prefix: prefix.to_owned(),
        kind: kind.to_owned(),
        is_arn,
        in_request,
    })
}

/// Whether the answer has what these names say, and AWS the types.
pub(super) fn check<'a>(
    operation: &str,
    names: impl IntoIterator<Item = &'a Name>,
    texts: &[Text],
    reference: &BTreeMap<String, Document>,
) -> Result<(), Error> {
    for name in names {
        let wrong = |what: &str| Err(Error::form(FILE, format!("{operation}: {what}: {name}")));
        if !name.in_request && !texts.iter().any(|text| text.path == name.path) {
            return wrong("its answer has no such text");
        }
        let kinds = reference.get(&name.prefix).into_iter().flat_map(|it| &it.resources);
        let placeholder = format!("${{{}}}", name.variable);
        let mut formats = kinds.filter(|it| it.name == name.kind).flat_map(|it| &it.arn_formats);
        if !formats.any(|format| format.contains(&placeholder)) {
            return wrong("no resource type has that variable");
        }
    }
    Ok(())
}
