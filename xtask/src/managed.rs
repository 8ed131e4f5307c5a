//! `data/managed/policies.txt`: the documents of AWS's managed policies, sorted, in lines that read well as a diff.
//!
//! The grammar of the file is described in `data/README.md`; `build/managed.rs` reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::sources::managed::{Policy, Statement, Statements, Strings};

const FILE: &str = "policies.txt";

/// The text. The same source gives the same bytes.
pub(crate) fn generate(policies: &BTreeMap<String, Policy>) -> Result<String, Error> {
    let mut text =
        String::from("# name path version language, and the statements of the document\n");
    for (name, policy) in policies {
        let Policy { path, default_version_id: version, document } = policy;
        let form = |problem: &str| Error::form(name, problem);
        let header = [name, path, version, &document.version];
        if header.iter().any(|word| word.is_empty() || word.contains(char::is_whitespace)) {
            return Err(form("a name, a path or a version has a blank in it"));
        }
        let _ = writeln!(text, "{}", header.map(String::as_str).join(" "));
        let statements = match &document.statement {
            Statements::Several(statements) => statements.as_slice(),
            Statements::One(statement) => std::slice::from_ref(&**statement),
        };
        for it in statements {
            statement(&mut text, it).map_err(|problem| form(&problem))?;
        }
    }
    Ok(text)
}

fn statement(text: &mut String, statement: &Statement) -> Result<(), String> {
    let sid = statement.sid.as_deref().unwrap_or_default();
    if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("the Sid {sid:?} is not of letters and digits"));
    }
    let _ = writeln!(text, " {} {sid}", statement.effect);
    // Writing to a String cannot fail.
    let elements = [
        ("Action", &statement.action),
        ("NotAction", &statement.not_action),
        ("Resource", &statement.resource),
        ("NotResource", &statement.not_resource),
    ];
    for (name, strings) in elements {
        let Some(strings) = strings else { continue };
        let strings: Vec<&str> = distinct(strings);
        if strings
            .iter()
            .any(|it| it.is_empty() || it.contains(|c: char| c.is_whitespace() || c == '"'))
        {
            return Err(format!("a string of {name} has a blank or a quote in it"));
        }
        let _ = writeln!(text, "  {name} {}", strings.join(" "));
    }
    if let Some(condition) = &statement.condition {
        text.push_str("  Condition ");
        sorted(text, condition);
        text.push('\n');
    }
    Ok(())
}

/// Each string once, in their order.
fn distinct(strings: &Strings) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    strings.all().iter().map(String::as_str).filter(|it| seen.insert(*it)).collect()
}

/// JSON whose objects are sorted, however serde_json keeps them.
fn sorted(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            text.push('{');
            for (number, (name, value)) in members.into_iter().enumerate() {
                let _ = write!(
                    text,
                    "{}{}:",
                    if number > 0 { "," } else { "" },
                    Value::from(name.as_str())
                );
                sorted(text, value);
            }
            text.push('}');
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// Fails unless `folder` holds exactly this text.
pub(crate) fn check(text: &str, folder: &Path) -> Result<(), Error> {
    let path = folder.join(FILE);
    let found = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    if found == text {
        return Ok(());
    }
    Err(Error::Stale(format!("{} differs", path.display()), "managed"))
}

/// Writes it to `folder`.
pub(crate) fn write(text: &str, folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(Error::io("made", folder))?;
    let path = folder.join(FILE);
    std::fs::write(&path, text).map_err(Error::io("written", &path))
}
