//! Reads `data/rules`: what people decided where AWS's map leaves a choice. `data/README.md`
//! describes the format.

mod file;
mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::format::{LISTED, MAPPED, NOT_NEEDED, OWN, ROLE, SAME_NAME, TAG, UNKNOWN};
use crate::text::{Authorized, Catalog, Known, Operation, Service};
use file::{File, Table};

const TAGGING: u32 = 4;

/// The rules, by service.
pub(crate) struct Rules {
    services: BTreeMap<String, File>,
    pub(crate) pseudo_services: Vec<String>,
    /// serviceIds beside the models' own → botocore's name.
    pub(crate) service_ids: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pseudo {
    services: Vec<String>,
}

/// How an operation's actions are decided.
pub(crate) struct Decided {
    /// `MAPPED` and so on.
    pub(crate) permission: u32,
    pub(crate) actions: Vec<DecidedAction>,
    /// Which members name what ARN formats have variables for.
    pub(crate) variables: Vec<(String, Vec<String>)>,
}

pub(crate) struct DecidedAction {
    pub(crate) prefix: String,
    pub(crate) name: String,
    /// `OWN` and so on.
    pub(crate) class: u32,
    /// Included by default although the request is not visible.
    pub(crate) common: bool,
    pub(crate) contexts: Vec<(String, Vec<String>)>,
    /// A condition of all its rules; mostly empty.
    pub(crate) guard: String,
    /// When it is needed; empty where its class says so.
    pub(crate) rules: Vec<String>,
}

impl Rules {
    /// Reads the folder; every problem of every file is reported, a line each.
    pub(crate) fn read(folder: &Path, catalog: &Catalog) -> Result<Rules, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut rules = Rules {
            services: BTreeMap::new(),
            pseudo_services: Vec::new(),
            service_ids: BTreeMap::new(),
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
            } else {
                match File::read(&stem, &text, catalog) {
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
        let empty = Table::default();
        let table = file.operations.get(name).unwrap_or(&empty);
        if table.no_permission {
            return Ok(Decided {
                permission: NOT_NEEDED,
                actions: Vec::new(),
                variables: Vec::new(),
            });
        }
        let own = match &table.own {
            Some(own) => own.clone(),
            None => own_actions(catalog, service, name, operation).ok_or_else(|| {
                let list: Vec<String> = operation.actions.iter().map(Authorized::id).collect();
                format!(
                    "data/rules/{service_name}.toml: [{name}] needs `own`: AWS lists {} and none is of its name",
                    list.join(", ")
                )
            })?,
        };
        let listed: BTreeSet<String> = operation.actions.iter().map(Authorized::id).collect();
        let added = table.rules.keys().filter(|id| !listed.contains(*id) && !own.contains(id));
        let ids = own.iter().chain(listed.iter().filter(|id| !own.contains(id))).chain(added);
        let mut actions: Vec<DecidedAction> = Vec::new();
        for id in ids {
            let known = operation.actions.iter().find(|action| action.id() == *id);
            let contexts = known.map(|action| action.contexts.clone()).unwrap_or_default();
            let (prefix, action_name) = id.split_once(':').unwrap_or((id, ""));
            let class = if own.contains(id) { OWN } else { class(catalog, prefix, action_name) };
            let rules = table.rules.get(id).or_else(|| file.everywhere.get(id));
            let rules = rules.cloned().unwrap_or_default();
            if rules.is_empty() && class == LISTED {
                return Err(format!(
                    "data/rules/{service_name}.toml: [{name}] needs a rule for {id}: AWS lists it and nothing says when a call needs it"
                ));
            }
            // Where AWS does not say which service a role is passed to, nothing would narrow the
            // permission: any role to any service is too much to take for granted.
            let narrow_role = class == ROLE && !contexts.is_empty();
            let common = class == OWN || class == TAG || narrow_role;
            actions.push(DecidedAction {
                prefix: prefix.to_owned(),
                name: action_name.to_owned(),
                class,
                common,
                contexts,
                guard: file.prefixes.get(prefix).cloned().unwrap_or_default(),
                rules,
            });
        }
        let permission = match operation.known {
            Known::Mapped => MAPPED,
            Known::SameName => SAME_NAME,
            Known::Unknown if actions.is_empty() => UNKNOWN,
            Known::Unknown => MAPPED,
        };
        let variables = file.variables_of(table, catalog, service, operation, &actions);
        Ok(Decided { permission, actions, variables })
    }
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
        .filter(|action| class(catalog, &action.prefix, &action.name) == LISTED);
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

fn class(catalog: &Catalog, prefix: &str, name: &str) -> u32 {
    let known = catalog.prefixes.get(prefix).and_then(|it| it.actions.get(name));
    match known {
        _ if prefix == "iam" && name == "PassRole" => ROLE,
        Some(known) if known.access_level == TAGGING => TAG,
        _ => LISTED,
    }
}

impl Authorized {
    /// `prefix:Name`
    pub(crate) fn id(&self) -> String {
        format!("{}:{}", self.prefix, self.name)
    }
}
