//! Requests of the query protocols, whose operation stands in the form.

use std::sync::Arc;

use serde_json::Value;

use super::candidates::{Candidates, Named};
use super::scan::form::Pairs;
use super::take::{ROOM, bounded, take_room};
use super::template::Types;
use super::{form, plans};
use crate::catalog::{Operation, Service};

/// A form of the query protocol. Which operation it is stands in it; what comes before is held, within
/// the same limits as everything else.
pub(super) struct Form {
    pub(super) candidates: Arc<Candidates>,
    action: Option<String>,
    version: Option<String>,
    pub(super) access_key: Option<String>,
    /// Whether it carries a signature, which is not kept.
    pub(super) signed: bool,
    held: Vec<(String, String, bool)>,
    /// Few forms have one.
    template: Option<Box<Template>>,
    room: usize,
    pub(super) decided: Option<(Operation, form::Taker)>,
    /// An operation that the catalogue's service lacks.
    pub(super) unlisted: Option<(Service, String)>,
    /// Whether the operation was looked for.
    over: bool,
}

/// A template that passes by.
#[derive(Default)]
struct Template {
    types: Types,
    /// What was found, until it is known which operation wants it.
    held: Option<(String, Value)>,
}

impl Form {
    pub(super) fn new(candidates: Arc<Candidates>) -> Form {
        Form {
            candidates,
            action: None,
            version: None,
            access_key: None,
            signed: false,
            held: Vec::new(),
            template: None,
            room: ROOM,
            decided: None,
            unlisted: None,
            over: false,
        }
    }

    /// Looks for the operation with what is known; hands over what was held.
    pub(super) fn decide(&mut self) {
        if self.over {
            return;
        }
        self.over = true;
        let Some(action) = &self.action else { return };
        let operation = match self.candidates.by_action(action, self.version.as_deref()) {
            Named::Operation(operation) => operation,
            Named::Unlisted(service, name) => {
                self.unlisted = Some((service, name));
                return;
            }
            Named::Nothing => return,
        };
        let mut taker = form::Taker::new(plans::plan(operation), ROOM);
        for (name, value, cut) in std::mem::take(&mut self.held) {
            taker.pair(&name, &value, cut);
        }
        if let Some((name, types)) = self.template.take().and_then(|it| it.held) {
            taker.types(&name, types);
        }
        self.decided = Some((operation, taker));
    }
}

impl Pairs for Form {
    fn wants(&mut self, name: &str) -> bool {
        self.signed |= name == "Signature";
        match &self.decided {
            Some((_, taker)) => name == "AWSAccessKeyId" || taker.wants(name),
            // What is held is forgotten when the operation does not want it; a signature is not even held.
            None => !self.over && !matches!(name, "Signature" | "SecurityToken"),
        }
    }

    fn streams(&mut self, name: &str) -> bool {
        match &self.decided {
            Some((_, taker)) => taker.wants_types(name),
            // The name is CloudFormation's; whoever else has it does not want what is found.
            None => !self.over && name == "TemplateBody",
        }
    }

    fn piece(&mut self, bytes: &[u8]) {
        self.template.get_or_insert_default().types.form(bytes);
    }

    fn piece_end(&mut self, name: &str) {
        let template = self.template.get_or_insert_default();
        let types = std::mem::take(&mut template.types).finish();
        match &mut self.decided {
            Some((_, taker)) => taker.types(name, types),
            None => template.held = Some((name.to_owned(), types)),
        }
    }

    fn pair(&mut self, name: &str, value: &str, cut: bool) {
        match (name, &mut self.decided) {
            ("AWSAccessKeyId", _) => self.access_key = Some(bounded(value)),
            (_, Some((_, taker))) => return taker.pair(name, value, cut),
            _ => {}
        }
        match name {
            "Action" => self.action = Some(bounded(value)),
            "Version" => self.version = Some(bounded(value)),
            _ if name == "AWSAccessKeyId" || name.starts_with("X-Amz-") => {}
            _ if take_room(&mut self.room, name.len() + value.len()) => {
                self.held.push((name.to_owned(), value.to_owned(), cut));
            }
            // What the operation is on may be among what cannot be held: better not recognised than half.
            _ => self.over = true,
        }
        if self.action.is_some() && self.version.is_some() {
            self.decide();
        }
    }
}
