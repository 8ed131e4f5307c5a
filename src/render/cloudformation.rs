//! A policy as a CloudFormation template in YAML: one resource `AWS::IAM::ManagedPolicy` for each document.
//!
//! Strings that could be anything are in double quotes and ASCII: YAML's escapes there are nearly those of JSON.
//! `${...}` means something to CloudFormation in `Fn::Sub` alone, which is not used, so a policy's own stays
//! as it is. What CloudFormation resolves in any string (`{{resolve:...}}`) cannot be escaped; no name that AWS
//! gives holds it, but an S3 key may: then a comment says so.

use std::fmt::Write as _;

use super::numbered::numbered;
use crate::policy::{Policy, Statement};

/// The logical name of the resource; a number follows where there are several.
const NAME: &str = "LeastwisePolicy";

/// Writes the documents.
pub fn render(documents: &[Policy]) -> String {
    let mut text = String::from("AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n");
    if text_of(documents).any(|text| text.contains("{{resolve:")) {
        text.insert_str(
            0,
            "# CloudFormation replaces {{resolve:...}} in strings, and has no escape for it: a statement here that holds one will\n# not mean what it says.\n",
        );
    }
    for (index, policy) in documents.iter().enumerate() {
        let name = numbered(NAME, "", index, documents);
        let version = super::json::LANGUAGE_VERSION;
        let _ = write!(
            text,
            "  {name}:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: \"{version}\"\n        Statement:"
        );
        text.push_str(if policy.statements.is_empty() { " []\n" } else { "\n" });
        for statement in &policy.statements {
            write_statement(&mut text, statement);
        }
    }
    text
}

/// Every string in which anything could be.
fn text_of(documents: &[Policy]) -> impl Iterator<Item = &String> {
    let statements = documents.iter().flat_map(|policy| &policy.statements);
    statements.flat_map(|statement| {
        let values = statement.conditions.values().flat_map(|keys| keys.values()).flatten();
        statement.resources.iter().chain(values)
    })
}

fn write_statement(text: &mut String, statement: &Statement) {
    let effect = statement.effect.as_str();
    let _ = match &statement.sid {
        Some(sid) => {
            writeln!(text, "          - Sid: {}\n            Effect: {effect}", quoted(sid))
        }
        None => writeln!(text, "          - Effect: {effect}"),
    };
    write_list(text, 12, "Action", &statement.actions);
    write_list(text, 12, "Resource", &statement.resources);
    if !statement.conditions.is_empty() {
        text.push_str("            Condition:\n");
    }
    for (operator, keys) in &statement.conditions {
        let _ = writeln!(text, "              {}:", quoted(operator));
        for (key, values) in keys {
            write_list(text, 16, &quoted(key), values);
        }
    }
}

fn write_list(text: &mut String, indent: usize, name: &str, values: &[String]) {
    let _ = writeln!(text, "{:indent$}{name}:", "");
    for value in values {
        let _ = writeln!(text, "{:indent$}  - {}", "", quoted(value));
    }
}

/// A string in YAML's double quotes, in ASCII.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            ' '..='~' => text.push(character),
            other => {
                let number = u32::from(other);
                // Not JSON's pairs of surrogates: to YAML those are two characters. Writing to a String cannot fail.
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
