//! A call as it is decided, and the ARNs that it names.

use std::cell::OnceCell;

use serde_json::Value as Json;

use super::arn::{self, Place};
use super::plan::Plan;
use crate::call::Call;
use crate::catalog::Operation;
use crate::catalog::rule::{Condition, Value};

/// A call with what is known of its operation.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    pub(super) operation: Operation,
    pub(super) plan: &'a Plan,
    pub(super) place: Place<'a>,
    /// The ARNs anywhere among the request's members, from [`arns`]: each format looks for its own among them.
    pub(super) arns: &'a [&'a str],
    /// Whether the request names a resource of the action at hand, once it is known: each of its rules may ask.
    pub(super) named: Option<&'a OnceCell<bool>>,
    /// What the source of the call may not hold although the request had it.
    pub(super) unseen: &'a [Value],
    /// The condition of the rule by which an action's resources are looked for: what it asks for and the resource stand in
    /// the same item of a list.
    pub(super) when: Option<&'a Condition>,
}

impl<'a> Asked<'a> {
    /// ARNs of roles anywhere in the request.
    pub(super) fn roles(self) -> impl Iterator<Item = &'a str> {
        self.arns.iter().copied().filter(|text| arn::is_role(text))
    }
}

/// The ARNs anywhere among a request's members.
pub(super) fn arns(call: &Call) -> Vec<&str> {
    fn add<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
        match value {
            Json::String(text) if text.starts_with("arn:") => found.push(text),
            Json::Array(items) => items.iter().for_each(|item| add(item, found)),
            Json::Object(members) => members.values().for_each(|value| add(value, found)),
            Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    call.parameters.values().for_each(|value| add(value, &mut found));
    found
}
