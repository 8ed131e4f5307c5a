//! `actions/PREFIX.txt`: the actions and resource types of one IAM prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::sources::iam_data::Required;
use crate::sources::reference::{Action, Document, Properties};

pub(super) fn text(prefix: &str, document: &Document, required: &Required) -> String {
    let mut text = format!("prefix {prefix}\n\nactions\n");
    let actions: BTreeMap<&str, &Action> =
        document.actions.iter().map(|action| (action.name.as_str(), action)).collect();
    for action in actions.values() {
        let _ = write!(text, "{} {}", action.name, access_level(&action.annotations.properties));
        let names: BTreeSet<&str> =
            action.resources.iter().map(|resource| resource.name.as_str()).collect();
        let required = required.get(&(prefix.to_owned(), action.name.clone()));
        for (index, name) in names.iter().enumerate() {
            text.push_str(if index == 0 { " " } else { ";" });
            text.push_str(name);
            let is_required = match required {
                Some(required) => required.contains(&name.to_lowercase()),
                // An action that only the Service Reference knows: it does not tell; one type alone
                // is what the action acts on.
                None => names.len() == 1,
            };
            if is_required {
                text.push('*');
            }
        }
        text.push('\n');
    }

    text.push_str("\nresources\n");
    let resources: BTreeMap<&str, &Vec<String>> =
        document.resources.iter().map(|kind| (kind.name.as_str(), &kind.arn_formats)).collect();
    for (name, formats) in resources {
        let _ = writeln!(text, "{name} = {}", formats.join(" "));
    }
    text
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
