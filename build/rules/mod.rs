//! Reads `data/rules`: what people decided where AWS's map leaves a choice. `data/README.md`
//! describes the format; `src/catalog/rule` reads it.

mod facts;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::format::{LISTED, MAPPED, SAME_NAME, UNKNOWN};
use crate::rule::decide::{self, ActionBefore, Before};
pub(crate) use crate::rule::decided::Decided;
use crate::rule::file::File;
use crate::text::{Authorized, Catalog, Known, Operation, Service};

/// The rules, by service.
pub(crate) struct Rules {
    services: BTreeMap<String, File>,
    pub(crate) pseudo_services: Vec<String>,
    /// serviceIds beside the models' own → botocore's name.
    pub(crate) service_ids: BTreeMap<String, String>,
    /// Patterns of the ARNs of AWS's own resources.
    pub(crate) owned_by_aws: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owned {
    arns: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pseudo {
    services: Vec<String>,
}

impl Rules {
    /// Reads the folder; every problem of every file is reported, a line each.
    pub(crate) fn read(folder: &Path, catalog: &Catalog) -> Result<Rules, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut rules = Rules {
            services: BTreeMap::new(),
            pseudo_services: Vec::new(),
            service_ids: BTreeMap::new(),
            owned_by_aws: Vec::new(),
        };
        let mut problems = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(failed)?;
            let located = |problem: String| format!("data/rules/{stem}.toml: {problem}");
            if stem == "_pseudo-services" {
                let pseudo: Pseudo = toml::from_str(&text).map_err(|it| located(it.to_string()))?;
                rules.pseudo_services = pseudo.services;
                rules.pseudo_services.sort();
            } else if stem == "_service-ids" {
                rules.service_ids = toml::from_str(&text).map_err(|it| located(it.to_string()))?;
            } else if stem == "_owned-by-aws" {
                let owned: Owned = toml::from_str(&text).map_err(|it| located(it.to_string()))?;
                let wrong = owned.arns.iter().filter(|it| !is_of_known_type(it, catalog));
                problems
                    .extend(wrong.map(|it| located(format!("AWS has no such ARN format: {it}"))));
                rules.owned_by_aws = owned.arns;
            } else {
                let read = File::tables(&text).map_err(|problem| vec![problem]);
                let read = read.and_then(|tables| match catalog.services.get(&stem) {
                    Some(service) => File::read(service, &tables, &catalog),
                    None => Err(vec![format!("the catalogue has no service {stem}")]),
                });
                match read {
                    Ok(file) => drop(rules.services.insert(stem, file)),
                    Err(found) => problems.extend(found.into_iter().map(located)),
                }
            }
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems.join("\n")) }
    }

    /// Decides what each action of an operation is to it, or says that a rule is missing.
    pub(crate) fn decide(
        &self,
        catalog: &Catalog,
        service_name: &str,
        service: &Service,
        name: &str,
        operation: &Operation,
    ) -> Result<Decided, String> {
        let none = File::default();
        let file = self.services.get(service_name).unwrap_or(&none);
        let listed: BTreeMap<String, &Authorized> =
            operation.actions.iter().map(|action| (action.id(), action)).collect();
        let own = || {
            own_actions(catalog, service, name, operation).ok_or_else(|| {
                let list: Vec<&str> = listed.keys().map(String::as_str).collect();
                format!(
                    "[{name}] needs `own`: AWS lists {} and none is of its name",
                    list.join(", ")
                )
            })
        };
        let actions = listed.iter().map(|(id, action)| ActionBefore {
            id: id.clone(),
            contexts: action.contexts.clone(),
            ..ActionBefore::default()
        });
        let before = Before {
            permission: match operation.known {
                Known::Mapped => MAPPED,
                Known::SameName => SAME_NAME,
                Known::Unknown => UNKNOWN,
            },
            actions: actions.collect(),
            variables: Vec::new(),
        };
        decide::decide(file, &catalog, (service, operation), name, before, own)
            .map_err(|problem| format!("data/rules/{service_name}.toml: {problem}"))
    }
}

/// Whether a resource type has an ARN format with the account as a variable that a pattern's ARNs can have but for their
/// account.
fn is_of_known_type(pattern: &str, catalog: &Catalog) -> bool {
    let [_, _, service, _, _, resource] = pattern.splitn(6, ':').collect::<Vec<_>>()[..] else {
        return false;
    };
    let kind = |text: &str| text.split(['/', ':', '*', '$']).next().unwrap_or_default().to_owned();
    let types = catalog.prefixes.values().flat_map(|it| it.resources.values());
    types.flat_map(|it| &it.formats).any(|format| {
        match format.splitn(6, ':').collect::<Vec<_>>()[..] {
            [_, _, of, _, "${Account}", it] => of == service && kind(it) == kind(resource),
            _ => false,
        }
    })
}

/// The operation's own action: the one of its name, or the only one, or the only one that is
/// neither for tags nor for a role.
fn own_actions(
    catalog: &Catalog,
    service: &Service,
    name: &str,
    operation: &Operation,
) -> Option<Vec<String>> {
    if operation.actions.is_empty() {
        return Some(Vec::new());
    }
    let same_name: Vec<&Authorized> =
        operation.actions.iter().filter(|action| action.name.eq_ignore_ascii_case(name)).collect();
    if let [action] = same_name[..] {
        return Some(vec![action.id()]);
    }
    // Several prefixes list an action of the name (`s3` and `s3-object-lambda`): the service's.
    let home = home_prefix(service);
    for prefix in [service.get("signing"), service.get("endpoint"), &home] {
        if let Some(action) = same_name.iter().find(|action| action.prefix == prefix) {
            return Some(vec![action.id()]);
        }
    }
    let mut rest = operation
        .actions
        .iter()
        .filter(|action| decide::class(&catalog, &action.prefix, &action.name) == LISTED);
    match (&operation.actions[..], rest.next(), rest.next()) {
        ([only], ..) | (_, Some(only), None) => Some(vec![only.id()]),
        _ => None,
    }
}

/// The prefix under which most operations of a service have an action of their name.
fn home_prefix(service: &Service) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, operation) in &service.operations {
        for action in operation.actions.iter().filter(|action| action.name == *name) {
            *counts.entry(&action.prefix).or_default() += 1;
        }
    }
    let most =
        counts.into_iter().max_by_key(|(prefix, count)| (*count, std::cmp::Reverse(*prefix)));
    most.map(|(prefix, _)| prefix.to_owned()).unwrap_or_default()
}

impl Authorized {
    /// `prefix:Name`
    pub(crate) fn id(&self) -> String {
        format!("{}:{}", self.prefix, self.name)
    }
}
