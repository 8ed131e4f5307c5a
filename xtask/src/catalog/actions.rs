//! `actions/PREFIX.txt`: the actions and resource types of one IAM prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::format::{CONDITION_KEYS, RESOURCE_KEYS};
use crate::sources::iam_data::Required;
use crate::sources::reference::{Action, Document, Properties, ResourceType};

pub(super) fn text(prefix: &str, document: &Document, required: &Required) -> String {
    let mut text = format!("prefix {prefix}\n\nactions\n");
    let actions: BTreeMap<&str, &Action> =
        document.actions.iter().map(|action| (action.name.as_str(), action)).collect();
    for action in actions.values() {
        let _ = write!(text, "{} {}", action.name, access_level(&action.annotations.properties));
        let of_request = words(&action.action_condition_keys, &CONDITION_KEYS[RESOURCE_KEYS..]);
        if !of_request.is_empty() {
            let _ = write!(text, "{{{}}}", of_request.join(","));
        }
        let types: BTreeMap<&str, Option<&Vec<String>>> = action
            .resources
            .iter()
            .map(|resource| (resource.name.as_str(), resource.condition_keys.as_ref()))
            .collect();
        let required = required.get(&(prefix.to_owned(), action.name.clone()));
        for (index, (name, keys)) in types.iter().enumerate() {
            text.push_str(if index == 0 { " " } else { ";" });
            text.push_str(name);
            let is_required = match required {
                Some(required) => required.contains(&name.to_lowercase()),
                // An action that only the Service Reference knows: it does not tell; one type alone
                // is what the action acts on.
                None => types.len() == 1,
            };
            if is_required {
                text.push('*');
            }
            if let Some(keys) = keys {
                let _ = write!(text, "{{{}}}", words(keys, &CONDITION_KEYS).join(","));
            }
        }
        text.push('\n');
    }

    text.push_str("\nresources\n");
    let resources: BTreeMap<&str, &ResourceType> =
        document.resources.iter().map(|kind| (kind.name.as_str(), kind)).collect();
    for (name, kind) in resources {
        let _ = write!(text, "{name} = {}", kind.arn_formats.join(" "));
        // What a type lists of requests is of some action, which lists it itself.
        let of_resource = words(&kind.condition_keys, &CONDITION_KEYS[..RESOURCE_KEYS]);
        if !of_resource.is_empty() {
            let _ = write!(text, " {{{}}}", of_resource.join(","));
        }
        text.push('\n');
    }
    text
}

/// The words for those keys that are looked at, in the order of `wanted`.
fn words<'a>(keys: &[String], wanted: &[&'a str]) -> Vec<&'a str> {
    let found: BTreeSet<&str> = keys.iter().filter_map(|key| word(key)).collect();
    wanted.iter().copied().filter(|word| found.contains(word)).collect()
}

/// The word for a condition key.
fn word(key: &str) -> Option<&str> {
    match key.split_once(':')? {
        ("aws", key) => {
            let key = key.strip_suffix("/${TagKey}").unwrap_or(key);
            matches!(key, "ResourceTag" | "RequestTag" | "TagKeys").then_some(key)
        }
        ("ec2", "Vpc") => Some("Vpc"),
        ("kms", key @ ("ResourceAliases" | "RequestAlias")) => Some(key),
        ("route53", key @ "ChangeResourceRecordSetsNormalizedRecordNames") => Some(key),
        // Each service that has it has one of its own: `elasticfilesystem:CreateAction`.
        (_, key @ "CreateAction") => Some(key),
        _ => None,
    }
}

fn access_level(properties: &Properties) -> &'static str {
    if properties.is_tagging_only {
        "tagging"
    } else if properties.is_permission_management {
        "permissions"
    } else if properties.is_write {
        "write"
    } else if properties.is_list {
        "list"
    } else {
        "read"
    }
}
