//! Reads `data/rules`: what people decided where AWS's map leaves a choice. `data/README.md`
//! describes the format.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::format::{LISTED, MAPPED, NOT_NEEDED, OWN, ROLE, SAME_NAME, TAG, UNKNOWN};
use crate::text::{Authorized, Catalog, Known, Operation, Service};

const TAGGING: u32 = 4;

/// The rules, by service and operation.
pub(crate) struct Rules {
    services: BTreeMap<String, BTreeMap<String, Rule>>,
    pub(crate) pseudo_services: Vec<String>,
    /// serviceIds beside the models' own → botocore's name.
    pub(crate) service_ids: BTreeMap<String, String>,
}

/// What a rule says of one operation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// The actions that every call of the operation needs.
    own: Option<Vec<String>>,
    /// `none`: no permission is needed.
    permission: Option<String>,
    /// `include`: what the map lists is included when the request is not visible.
    possible: Option<String>,
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
    /// (prefix, name), `OWN` and so on, contexts.
    pub(crate) actions: Vec<DecidedAction>,
}

pub(crate) struct DecidedAction {
    pub(crate) prefix: String,
    pub(crate) name: String,
    pub(crate) class: u32,
    /// Included by default although the request is not visible.
    pub(crate) common: bool,
    pub(crate) contexts: Vec<(String, Vec<String>)>,
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
                let file = toml::from_str(&text).map_err(|it| located(it.to_string()))?;
                problems.extend(validate(&stem, &file, catalog).into_iter().map(located));
                rules.services.insert(stem, file);
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
        let rule = self.services.get(service_name).and_then(|rules| rules.get(name));
        if rule.is_some_and(|rule| rule.permission.is_some()) {
            return Ok(Decided { permission: NOT_NEEDED, actions: Vec::new() });
        }
        let own = match rule.and_then(|rule| rule.own.as_ref()) {
            Some(own) => own.clone(),
            None => own_actions(catalog, service, name, operation).ok_or_else(|| {
                let list: Vec<String> = operation.actions.iter().map(Authorized::id).collect();
                format!(
                    "data/rules/{service_name}.toml: [{name}] needs `own`: AWS lists {} and none is of its name",
                    list.join(", ")
                )
            })?,
        };
        let common = rule.is_some_and(|rule| rule.possible.is_some());
        let mut actions: Vec<DecidedAction> = Vec::new();
        for id in &own {
            let listed = operation.actions.iter().find(|action| action.id() == *id);
            let contexts = listed.map(|action| action.contexts.clone()).unwrap_or_default();
            actions.push(DecidedAction::new(id, OWN, true, contexts));
        }
        for action in operation.actions.iter().filter(|action| !own.contains(&action.id())) {
            let class = class(catalog, action);
            // Where AWS does not say which service a role is passed to, nothing would narrow the
            // permission: any role to any service is too much to take for granted.
            let narrow_role = class == ROLE && !action.contexts.is_empty();
            let common = common || class == TAG || narrow_role;
            actions.push(DecidedAction::new(&action.id(), class, common, action.contexts.clone()));
        }
        let permission = match operation.known {
            Known::Mapped => MAPPED,
            Known::SameName => SAME_NAME,
            Known::Unknown if actions.is_empty() => UNKNOWN,
            Known::Unknown => MAPPED,
        };
        Ok(Decided { permission, actions })
    }
}

impl DecidedAction {
    fn new(id: &str, class: u32, common: bool, contexts: Vec<(String, Vec<String>)>) -> Self {
        let (prefix, name) = id.split_once(':').unwrap_or((id, ""));
        DecidedAction { prefix: prefix.to_owned(), name: name.to_owned(), class, common, contexts }
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
    let mut rest = operation.actions.iter().filter(|action| class(catalog, action) == LISTED);
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

fn class(catalog: &Catalog, action: &Authorized) -> u32 {
    let known = catalog.prefixes.get(&action.prefix).and_then(|it| it.actions.get(&action.name));
    match known {
        _ if action.prefix == "iam" && action.name == "PassRole" => ROLE,
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

fn validate(service: &str, rules: &BTreeMap<String, Rule>, catalog: &Catalog) -> Vec<String> {
    let Some(known) = catalog.services.get(service) else {
        return vec![format!("the catalogue has no service {service}")];
    };
    let mut problems = Vec::new();
    for (name, rule) in rules {
        if !known.operations.contains_key(name) {
            problems.push(format!("[{name}]: {service} has no such operation"));
        }
        for id in rule.own.iter().flatten() {
            let (prefix, action) = id.split_once(':').unwrap_or((id, ""));
            let listed = catalog.prefixes.get(prefix).and_then(|it| it.actions.get(action));
            if listed.is_none() {
                problems.push(format!("[{name}]: AWS lists no action {id}"));
            }
        }
        for (key, value, only) in
            [("permission", &rule.permission, "none"), ("possible", &rule.possible, "include")]
        {
            if value.as_ref().is_some_and(|value| value != only) {
                problems.push(format!("[{name}]: {key} can only be {only:?}"));
            }
        }
        if rule.own.is_none() && rule.permission.is_none() && rule.possible.is_none() {
            problems.push(format!("[{name}] decides nothing"));
        }
    }
    problems
}
