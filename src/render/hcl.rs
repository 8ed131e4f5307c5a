//! A policy in Terraform's language: a data source `aws_iam_policy_document` for each document, laid out
//! as `terraform fmt` does.
//!
//! - `${` and `%{` in a string are Terraform's; a policy's own (`${*}`, `${aws:username}`) are escaped as
//!   `$${*}`.
//! - The data source turns `&{` into `${`, and has no escape for that. A statement that holds an `&{` of
//!   its own (an S3 key may) is handed to it as JSON, which it leaves alone.
//! - The data source writes the JSON: a list of one comes out of it as a single string, which is the same to IAM.

use std::fmt::Write as _;

use super::numbered::numbered;
use crate::policy::{Policy, Statement};

/// The name of the data source; a number follows where there are several.
const NAME: &str = "leastwise";

/// Writes the documents.
pub fn render(documents: &[Policy]) -> String {
    let mut text = String::new();
    for (index, policy) in documents.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let name = numbered(NAME, "_", index, documents);
        let _ = writeln!(text, "data \"aws_iam_policy_document\" \"{name}\" {{");
        let (verbatim, blocks): (Vec<_>, Vec<_>) =
            policy.statements.iter().partition(|statement| has_ampersand_variable(statement));
        if !verbatim.is_empty() {
            write_verbatim(&mut text, &verbatim);
        }
        for (place, statement) in blocks.into_iter().enumerate() {
            if place > 0 || !verbatim.is_empty() {
                text.push('\n');
            }
            write_statement(&mut text, statement);
        }
        text.push_str("}\n");
    }
    text
}

fn write_statement(text: &mut String, statement: &Statement) {
    text.push_str("  statement {\n");
    let effect = statement.effect.as_str();
    match &statement.sid {
        Some(sid) => {
            let _ = writeln!(text, "    sid    = {}\n    effect = \"{effect}\"", quoted(sid));
        }
        None => {
            let _ = writeln!(text, "    effect = \"{effect}\"");
        }
    }
    write_list(text, "    ", "actions", &statement.actions);
    write_list(text, "    ", "resources", &statement.resources);
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            let (operator, key) = (quoted(operator), quoted(key));
            let _ = writeln!(
                text,
                "\n    condition {{\n      test     = {operator}\n      variable = {key}"
            );
            write_list(text, "      ", "values", values);
            text.push_str("    }\n");
        }
    }
    text.push_str("  }\n");
}

/// A list in several lines; `terraform fmt` lines up only what is beside it, so an empty line goes before.
fn write_list(text: &mut String, indent: &str, name: &str, values: &[String]) {
    let _ = writeln!(text, "\n{indent}{name} = [");
    for value in values {
        let _ = writeln!(text, "{indent}  {},", quoted(value));
    }
    let _ = writeln!(text, "{indent}]");
}

/// Statements as JSON, for what the data source would change.
fn write_verbatim(text: &mut String, statements: &[&Statement]) {
    let policy = Policy { statements: statements.iter().map(|it| (*it).clone()).collect() };
    let json = super::json::render(&policy);
    let _ = writeln!(
        text,
        "  # As JSON, because in a statement's block \"&{{\" would become \"${{\".\n  source_policy_documents = [{}]",
        quoted(json.trim_end())
    );
}

fn has_ampersand_variable(statement: &Statement) -> bool {
    let values = statement.conditions.values().flat_map(|keys| keys.values()).flatten();
    let mut texts = statement.actions.iter().chain(&statement.resources).chain(values);
    texts.any(|text| text.contains("&{"))
}

/// A string: ASCII, escaped as Terraform's quoted templates want it.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '$' | '%' => {
                text.push(character);
                if characters.peek() == Some(&'{') {
                    text.push(character);
                }
            }
            ' '..='~' => text.push(character),
            other => {
                let number = u32::from(other);
                // Writing to a String cannot fail.
                let _ = match number {
                    0..=0xffff => write!(text, "\\u{number:04X}"),
                    _ => write!(text, "\\U{number:08X}"),
                };
            }
        }
    }
    text.push('"');
    text
}
