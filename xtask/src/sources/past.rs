//! What releases of the past have and the newest has not: programs with an older SDK still send it.
//!
//! The newest definition wins. An operation or a service that the newest lacks is added as its last release has it; a method
//! or a path that changed is kept as a further form of the operation.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Pin;
use super::botocore::{Operation, Service, Shape, ShapeRef};
use crate::error::Error;

/// The sections of data/sources.toml that pin releases of the past, the newest first.
pub(crate) fn releases(pins: &BTreeMap<String, Pin>) -> Vec<(&str, &Pin)> {
    let past = pins.iter().filter(|(section, _)| section.starts_with("botocore-"));
    let mut past: Vec<(&str, &Pin)> = past.map(|(section, pin)| (section.as_str(), pin)).collect();
    past.sort_by_key(|(_, pin)| Reverse(numbers(&pin.version)));
    past
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

/// Adds what a release has and the later ones have not.
pub(crate) fn add(
    services: &mut BTreeMap<String, Service>,
    release: BTreeMap<String, Service>,
    version: &str,
) -> Result<(), Error> {
    for (name, mut older) in release {
        match services.get_mut(&name) {
            Some(service) => merge(service, older, version)?,
            None => {
                older.past.last = Some(version.to_owned());
                services.insert(name, older);
            }
        }
    }
    Ok(())
}

fn merge(service: &mut Service, older: Service, version: &str) -> Result<(), Error> {
    head(service, &older);
    // Of other protocols the path says nothing.
    let has_paths = older.metadata.protocol.starts_with("rest-");
    for (name, operation) in &older.operations {
        let known = service.operations.get(name);
        let is_known = known.is_some_and(|known| {
            let mut forms = service.past.forms.iter().filter(|(of, _)| of == name);
            let wanted = form(operation, &older.metadata.api_version);
            form(known, &service.metadata.api_version) == wanted
                || forms.any(|(_, it)| form(it, "") == wanted)
        });
        let is_new = known.is_none();
        if is_known || !(is_new || has_paths) {
            continue;
        }
        let kept = Operation {
            http: operation.http.clone(),
            input: match &operation.input {
                Some(input) => Some(shapes(service, &older, input, version)?),
                None => None,
            },
            // What it answers is not in the newest shapes, and what it made is not looked for.
            output: None,
            endpoint: operation.endpoint.clone(),
            authtype: operation.authtype.clone(),
            last: Some(version.to_owned()),
        };
        if is_new {
            service.operations.insert(name.clone(), kept);
        } else {
            service.past.forms.push((name.clone(), kept));
        }
    }
    Ok(())
}

/// Names for signing, hosts and protocols.
fn head(service: &mut Service, older: &Service) {
    let signed_as = |service: &Service| {
        let metadata = &service.metadata;
        metadata.signing_name.clone().unwrap_or_else(|| metadata.endpoint_prefix.clone())
    };
    let signing = signed_as(older);
    if signing != signed_as(service) {
        service.past.signing_names.insert(signing);
    }
    let prefix = &older.metadata.endpoint_prefix;
    if *prefix != service.metadata.endpoint_prefix {
        service.past.hosts.insert(prefix.clone());
    }
    for (name, operation) in &older.operations {
        let host_prefix =
            |of: &Operation| of.endpoint.as_ref().and_then(|it| it.host_prefix.clone());
        let now = service.operations.get(name).and_then(host_prefix);
        // What the request decides in it is not known here.
        let before = host_prefix(operation).filter(|it| Some(it) != now.as_ref());
        if let Some(before) = before.filter(|it| !it.contains('{')) {
            service.past.hosts.insert(format!("{before}{prefix}"));
        }
    }
    service.urls.extend(older.urls.iter().cloned());
    service.past.whole_hosts.extend(older.past.whole_hosts.iter().cloned());
    let protocols = older.metadata.protocols.iter().flatten();
    let protocols = protocols.chain([&older.metadata.protocol]).cloned();
    service.past.protocols.extend(protocols);
    if service.metadata.target_prefix.is_none() {
        service.metadata.target_prefix.clone_from(&older.metadata.target_prefix);
    }
    if service.metadata.json_version.is_none() && service.metadata.target_prefix.is_some() {
        service.metadata.json_version.clone_from(&older.metadata.json_version);
    }
}

/// Method and path of an operation, as far as requests show them: a label's name is not on the wire, a slash at the end says
/// nothing, and a version of the API in front is the service's, whichever it is.
fn form(operation: &Operation, version: &str) -> (String, Vec<String>, String) {
    let uri = &operation.http.request_uri;
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut segments: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(label) if label.ends_with("+}") => "{+}".to_owned(),
            Some(_) => "{}".to_owned(),
            None => segment.to_owned(),
        })
        .collect();
    if segments[0] == version && !version.is_empty() {
        segments[0].clear();
    }
    (operation.http.method.clone(), segments, query.to_owned())
}

/// Brings the shapes that an input reaches into a service: under their names, or, where those mean something else there, with
/// the version behind it.
fn shapes(
    service: &mut Service,
    older: &Service,
    input: &ShapeRef,
    version: &str,
) -> Result<ShapeRef, Error> {
    let names = reached(older, &input.shape)?;
    let differs =
        |name: &&str| service.shapes.get(*name).is_some_and(|known| *known != older.shapes[*name]);
    let mut renamed: BTreeSet<&str> = names.iter().copied().filter(differs).collect();
    loop {
        let leads = |name: &&str| {
            let mut parts = parts(&older.shapes[*name]);
            service.shapes.contains_key(*name)
                && parts.any(|part| renamed.contains(part.shape.as_str()))
        };
        let more: Vec<&str> =
            names.iter().copied().filter(|it| !renamed.contains(it)).filter(leads).collect();
        if more.is_empty() {
            break;
        }
        renamed.extend(more);
    }
    let name_of = |name: &str| match renamed.contains(name) {
        true => format!("{name}.{version}"),
        false => name.to_owned(),
    };
    let renaming = |part: &ShapeRef| ShapeRef { shape: name_of(&part.shape), ..part.clone() };
    for name in &names {
        let mut shape = older.shapes[*name].clone();
        shape.members.values_mut().for_each(|part| *part = renaming(part));
        for part in [&mut shape.member, &mut shape.key, &mut shape.value].into_iter().flatten() {
            *part = renaming(part);
        }
        service.shapes.entry(name_of(name)).or_insert(shape);
    }
    Ok(renaming(input))
}

/// The names of the shapes that a shape reaches, itself among them.
fn reached<'a>(service: &'a Service, from: &'a str) -> Result<BTreeSet<&'a str>, Error> {
    let mut found = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(name) = queue.pop() {
        let missing = || Error::form(&*service.metadata.service_id, format!("no shape {name}"));
        let shape = service.shapes.get(name).ok_or_else(missing)?;
        if found.insert(name) {
            queue.extend(parts(shape).map(|part| part.shape.as_str()));
        }
    }
    Ok(found)
}

/// What a shape is made of.
pub(crate) fn parts(shape: &Shape) -> impl Iterator<Item = &ShapeRef> {
    shape.members.values().chain(&shape.member).chain(&shape.key).chain(&shape.value)
}
