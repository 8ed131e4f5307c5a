//! The policy that is tried: of one file or several, which unite.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::evaluate::document::{Document, DocumentError};

/// Statements that are tried together.
#[derive(Debug, Clone, Default)]
pub struct Tried {
    /// Each version, with its statements: only 2012-10-17 has policy variables.
    parts: Vec<(Option<String>, Vec<Value>)>,
}

impl Tried {
    /// Adds a document.
    pub fn add(&mut self, document: &Document) {
        let value: Value = serde_json::from_str(document.text()).unwrap_or_default();
        let version = value.get("Version").and_then(Value::as_str).map(str::to_owned);
        let mut statements = match value.get("Statement") {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let sid = |it: &Value| it.get("Sid").and_then(Value::as_str).map(str::to_owned);
        let mut known: HashSet<_> =
            self.parts.iter().flat_map(|it| &it.1).filter_map(sid).collect();
        for statement in &mut statements {
            // What unites is one policy, in which each id is there once.
            if let Some(sid) = sid(statement)
                && !known.insert(sid)
                && let Some(object) = statement.as_object_mut()
            {
                object.remove("Sid");
            }
        }
        match self.parts.iter_mut().find(|(it, _)| *it == version) {
            Some((_, known)) => known.extend(statements),
            None => self.parts.push((version, statements)),
        }
    }

    /// Adds a statement that was learned.
    pub(super) fn add_statement(&mut self, statement: Value) {
        let version = Some("2012-10-17".to_owned());
        match self.parts.iter_mut().find(|(it, _)| *it == version) {
            Some((_, statements)) => statements.push(statement),
            None => self.parts.push((version, vec![statement])),
        }
    }

    /// An action that is allowed by its own name, and that a federated session can never call
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>).
    pub(super) fn action_beyond_federation(&self) -> Option<String> {
        let statements = self.parts().flat_map(|(_, statements)| statements);
        let allowed = statements.filter(|it| it.get("Effect").is_some_and(|it| it == "Allow"));
        let mut actions = allowed.filter_map(|it| it.get("Action")).flat_map(|it| match it {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        });
        let beyond = actions.find(|it| {
            let action = it.as_str().unwrap_or_default().to_ascii_lowercase();
            let is_of = |prefix| action.starts_with(prefix);
            is_of("iam:") || (is_of("sts:") && action != "sts:getcalleridentity")
        });
        beyond.and_then(Value::as_str).map(str::to_owned)
    }

    /// Documents of one version each, of statements of which none is empty.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Option<&str>, &[Value])> {
        let parts = self.parts.iter().filter(|(_, statements)| !statements.is_empty());
        parts.map(|(version, statements)| (version.as_deref(), statements.as_slice()))
    }

    /// The documents, as our own evaluation reads them.
    ///
    /// # Errors
    ///
    /// When one of them is not a policy.
    pub fn documents(&self) -> Result<Vec<Document>, DocumentError> {
        let texts = self.parts().map(|(version, statements)| {
            let mut document = json!({ "Statement": statements });
            if let Some(version) = version {
                document["Version"] = json!(version);
            }
            Document::parse(document.to_string())
        });
        texts.collect()
    }
}
