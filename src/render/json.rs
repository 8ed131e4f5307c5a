//! A policy as JSON, in the shape that people keep in a repository.
//!
//! - Four spaces, as the AWS console writes it, and a newline at the end.
//! - Keys in the order `Version`, `Statement`; `Sid`, `Effect`, `Action`, `Resource`, `Condition`.
//! - Actions, resources and condition values are arrays even when there is one: when a second one
//!   comes, the diff is that line.
//! - ASCII alone. IAM takes only Latin-1 in a policy's text, while an S3 key may hold any character;
//!   escaped (`\u20ac`), the text is acceptable and the value the same.

use std::fmt::Write as _;

use crate::policy::{Policy, Statement};

/// The version of the policy language that every policy here is written in.
pub const LANGUAGE_VERSION: &str = "2012-10-17";

/// Writes the policy; one without statements has `"Statement": []`.
pub fn render(policy: &Policy) -> String {
    let mut out = Writer::default();
    write_policy(&mut out, policy);
    out.text.push('\n');
    out.text
}

/// Writes the documents of a policy: one as itself, several as a list of them.
pub fn render_documents(documents: &[Policy]) -> String {
    let mut out = Writer::default();
    if let [policy] = documents {
        return render(policy);
    }
    out.open('[');
    for policy in documents {
        out.item();
        write_policy(&mut out, policy);
    }
    out.close(']');
    out.text.push('\n');
    out.text
}

/// A string as it stands in the JSON, with its quotes.
pub(super) fn quoted(value: &str) -> String {
    let mut out = Writer::default();
    out.string(value);
    out.text
}

fn write_policy(out: &mut Writer, policy: &Policy) {
    out.open('{');
    out.key("Version");
    out.string(LANGUAGE_VERSION);
    out.key("Statement");
    if policy.statements.is_empty() {
        out.text.push_str("[]");
    } else {
        out.open('[');
        for statement in &policy.statements {
            out.item();
            write_statement(out, statement);
        }
        out.close(']');
    }
    out.close('}');
}

fn write_statement(out: &mut Writer, statement: &Statement) {
    out.open('{');
    if let Some(sid) = &statement.sid {
        out.key("Sid");
        out.string(sid);
    }
    out.key("Effect");
    out.string(statement.effect.as_str());
    out.key("Action");
    out.strings(&statement.actions);
    out.key("Resource");
    out.strings(&statement.resources);
    if !statement.conditions.is_empty() {
        out.key("Condition");
        out.open('{');
        for (operator, keys) in &statement.conditions {
            out.key(operator);
            out.open('{');
            for (key, values) in keys {
                out.key(key);
                out.strings(values);
            }
            out.close('}');
        }
        out.close('}');
    }
    out.close('}');
}

/// Pretty JSON, written from front to back. A writer of our own because serde's return errors that
/// cannot happen here, and do not escape what IAM does not take.
#[derive(Default)]
struct Writer {
    text: String,
    depth: usize,
    /// Whether something stands before the next item on its level.
    follows: bool,
}

impl Writer {
    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.depth += 1;
        self.follows = false;
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        self.line();
        self.text.push(bracket);
        self.follows = true;
    }

    fn item(&mut self) {
        if self.follows {
            self.text.push(',');
        }
        self.line();
        self.follows = true;
    }

    fn key(&mut self, name: &str) {
        self.item();
        self.string(name);
        self.text.push_str(": ");
    }

    fn strings(&mut self, values: &[String]) {
        self.open('[');
        for value in values {
            self.item();
            self.string(value);
        }
        self.close(']');
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("    ");
        }
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        for character in value.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                ' '..='~' => self.text.push(character),
                other => self.escape(other),
            }
        }
        self.text.push('"');
    }

    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(self.text, "\\u{unit:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::evaluate::grammar;
    use crate::policy::Effect;

    fn statement(actions: &[&str], resources: &[&str]) -> Statement {
        Statement {
            sid: None,
            effect: Effect::Allow,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
            conditions: BTreeMap::new(),
        }
    }

    #[test]
    fn an_empty_policy() {
        let expected = r#"{
    "Version": "2012-10-17",
    "Statement": []
}
"#;
        assert_eq!(render(&Policy::default()), expected);
    }

    #[test]
    fn a_whole_policy() {
        let mut pass_role = statement(&["iam:PassRole"], &["arn:aws:iam::111122223333:role/app"]);
        pass_role.sid = Some("Roles".to_owned());
        pass_role.conditions.insert(
            "StringEquals".into(),
            BTreeMap::from([
                ("aws:ResourceTag/team".into(), vec!["a \"b\"".to_owned()]),
                (
                    "iam:PassedToService".into(),
                    vec!["ecs.amazonaws.com".to_owned(), "lambda.amazonaws.com".to_owned()],
                ),
            ]),
        );
        let policy = Policy {
            statements: vec![
                statement(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::bucket/*"]),
                pass_role,
            ],
        };
        let expected = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:PutObject"
            ],
            "Resource": [
                "arn:aws:s3:::bucket/*"
            ]
        },
        {
            "Sid": "Roles",
            "Effect": "Allow",
            "Action": [
                "iam:PassRole"
            ],
            "Resource": [
                "arn:aws:iam::111122223333:role/app"
            ],
            "Condition": {
                "StringEquals": {
                    "aws:ResourceTag/team": [
                        "a \"b\""
                    ],
                    "iam:PassedToService": [
                        "ecs.amazonaws.com",
                        "lambda.amazonaws.com"
                    ]
                }
            }
        }
    ]
}
"#;
        let rendered = render(&policy);
        assert_eq!(rendered, expected);
        let value: Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(grammar::violations(&value), []);
    }

    #[test]
    fn any_character_survives_as_ascii() {
        let keys: String = (0..=0x2ff)
            .chain(0xfff0..=0x1_0010)
            .chain([0x1f600])
            .filter_map(char::from_u32)
            .collect();
        let resource = format!("arn:aws:s3:::bucket/{keys}");
        let policy = Policy { statements: vec![statement(&["s3:GetObject"], &[&resource])] };
        let rendered = render(&policy);
        assert!(rendered.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
        let value: Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(value["Statement"][0]["Resource"][0], Value::String(resource));
    }
}
