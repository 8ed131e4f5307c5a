//! A policy as TypeScript for the AWS CDK (version 2): an exported list of `iam.PolicyStatement` for each
//! document.
//!
//! Strings are JSON's in ASCII, which TypeScript reads alike; in double quotes `${...}` means nothing to it.

use std::fmt::Write as _;

use super::json;
use super::numbered::numbered;
use crate::policy::{Effect, Policy, Statement};

/// The name of the list; a number follows where there are several.
const NAME: &str = "statements";

/// Writes the documents.
pub fn render(documents: &[Policy]) -> String {
    let mut text = String::from("import * as iam from \"aws-cdk-lib/aws-iam\";\n");
    for (index, policy) in documents.iter().enumerate() {
        let name = numbered(NAME, "", index, documents);
        let _ = write!(text, "\nexport const {name}: iam.PolicyStatement[] = [");
        if !policy.statements.is_empty() {
            text.push('\n');
        }
        for statement in &policy.statements {
            write_statement(&mut text, statement);
        }
        text.push_str("];\n");
    }
    text
}

fn write_statement(text: &mut String, statement: &Statement) {
    text.push_str("  new iam.PolicyStatement({\n");
    if let Some(sid) = &statement.sid {
        let _ = writeln!(text, "    sid: {},", json::quoted(sid));
    }
    let effect = match statement.effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    };
    let _ = writeln!(text, "    effect: iam.Effect.{effect},");
    write_list(text, 4, "actions", &statement.actions);
    write_list(text, 4, "resources", &statement.resources);
    if !statement.conditions.is_empty() {
        text.push_str("    conditions: {\n");
        for (operator, keys) in &statement.conditions {
            let _ = writeln!(text, "      {}: {{", json::quoted(operator));
            for (key, values) in keys {
                write_list(text, 8, &json::quoted(key), values);
            }
            text.push_str("      },\n");
        }
        text.push_str("    },\n");
    }
    text.push_str("  }),\n");
}

fn write_list(text: &mut String, indent: usize, name: &str, values: &[String]) {
    let _ = writeln!(text, "{:indent$}{name}: [", "");
    for value in values {
        let _ = writeln!(text, "{:indent$}  {},", "", json::quoted(value));
    }
    let _ = writeln!(text, "{:indent$}],", "");
}
