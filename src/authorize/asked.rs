//! A call as it is decided, and the ARNs that it names.

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
    /// What the source of the call may not hold although the request had it.
    pub(super) unseen: &'a [Value],
    /// The condition of the rule by which an action's resources are looked for: what it asks for and the resource stand in
    /// the same item of a list.
    pub(super) when: Option<&'a Condition>,
}

/// ARNs of roles anywhere in the request.
pub(super) fn roles(call: &Call) -> impl Iterator<Item = &str> {
    arns(call).filter(|text| arn::is_role(text))
}

/// The ARNs anywhere among the request's members.
pub(super) fn arns(call: &Call) -> impl Iterator<Item = &str> {
    fn strings(value: &Json) -> Box<dyn Iterator<Item = &str> + '_> {
        match value {
            Json::String(text) => Box::new(std::iter::once(text.as_str())),
            Json::Array(items) => Box::new(items.iter().flat_map(strings)),
            Json::Object(members) => Box::new(members.values().flat_map(strings)),
            Json::Null | Json::Bool(_) | Json::Number(_) => Box::new(std::iter::empty()),
        }
    }
    call.parameters.values().flat_map(strings).filter(|text| text.starts_with("arn:"))
}
