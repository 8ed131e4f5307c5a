//! Names that the call gives and that cannot be what an action is on: an ARN of another kind, what is too long to be a
//! name. What a call does not say leaves its type open; what it says wrongly opens nothing.

use serde_json::Value as Json;

use super::arn::{self, has_place};
use super::asked::Asked;
use super::look::{self, Seen};
use super::names;
use super::plan::{ActionPlan, FormatPlan, Variable};
use crate::call::Name;
use crate::catalog::Class;
use crate::catalog::rule::{Function, Step, Value};

/// An action that a call gets nothing of, since what it names cannot be a resource of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The action (`secretsmanager:GetSecretValue`).
    pub action: Name,
    /// The member that names it (`SecretId`).
    pub member: String,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is an ARN of another kind, or of no partition, region or account, or is no name at all.
    OtherKind,
    /// It is longer than what is kept of a name, or is of another type than the member.
    Unreadable,
}

/// What is wrong, with the member that it is in.
pub(super) type Wrong = (String, Refusal);

impl Asked<'_> {
    /// What is wrong with the values of a variable, of which none is of use.
    pub(super) fn wrong(self, action: &ActionPlan, variable: &Variable) -> Option<Wrong> {
        let values = variable.named.values();
        let mut each = values.iter();
        each.find_map(|value| self.wrong_value(action, variable.name, value))
            .or_else(|| self.unknown_word(values))
    }

    /// What the call says where rules know a few words, and is none of them.
    fn unknown_word(self, values: &[Value]) -> Option<Wrong> {
        let mut said = None;
        for value in values {
            for seen in look::unmade(value, self.call) {
                if !look::is_passed_over(&seen, value) {
                    return None;
                }
                said = said.or(Some(value));
            }
        }
        said.map(|value| (member(value), Refusal::OtherKind))
    }

    /// What is wrong with a value that is to be of use for the variable of this name.
    pub(super) fn wrong_value(
        self,
        action: &ActionPlan,
        variable: &str,
        value: &Value,
    ) -> Option<Wrong> {
        if self.call.parameters.is_empty() {
            return None;
        }
        let refusal = self.refusal(action, variable, value)?;
        Some((member(value), refusal))
    }

    /// What is wrong with anything that the request says of an action's resources.
    pub(super) fn wrong_anywhere(self, action: &ActionPlan) -> Option<Wrong> {
        if self.call.parameters.is_empty() {
            return None;
        }
        let formats = action.types.iter().flat_map(|kind| &kind.formats);
        formats.flat_map(|plan| &plan.variables).find_map(|it| self.wrong(action, it))
    }

    fn refusal(self, action: &ActionPlan, variable: &str, value: &Value) -> Option<Refusal> {
        let said = look::said(value, self.call);
        if said.unreadable || said.blank && self.must_say(value) {
            return Some(Refusal::Unreadable);
        }
        let mut seen = look::unmade(value, self.call).into_iter();
        let is_wrong = |seen| self.is_other_kind(action, variable, seen, value);
        seen.any(is_wrong).then_some(Refusal::OtherKind)
    }

    /// Whether a value names nothing that the action can be on.
    fn is_other_kind(
        self,
        action: &ActionPlan,
        variable: &str,
        seen: Seen<'_>,
        value: &Value,
    ) -> bool {
        let prefix = action.action.prefix();
        if seen.any {
            return false;
        }
        if prefix == "kms" && variable == "KeyId" && names::is_alias(&seen.text) {
            return !names::is_whole_alias(&seen.text);
        }
        if !names::is_name(prefix, &seen.text) {
            return true;
        }
        if prefix.starts_with("s3") && arn::is_access_point(&seen.text) {
            return false;
        }
        if look::is_passed_over(&seen, value) {
            return false;
        }
        let raw = seen.text.clone();
        let Some(seen) = look::made(seen, value, self.call) else {
            // A URL that leads to nothing, a statement on no table; words that rules pass over are neither.
            return raw.contains("://") || value.functions.contains(&Function::PartiQl);
        };
        if names::is_key(self.call, variable) || !raw.starts_with("arn:") {
            return false;
        }
        if !seen.text.starts_with("arn:") {
            // A part of it, by a rule.
            return !has_place(&raw);
        }
        let mut formats = action.types.iter().flat_map(|kind| &kind.formats);
        let says = |plan: &FormatPlan| {
            plan.format.matches(&seen.text) || plan.format.within(&seen.text, variable).is_some()
        };
        !formats.any(says)
    }

    /// Whether what is blank there cannot be as good as what was not said: every request has it, or it is in what was
    /// said.
    fn must_say(self, value: &Value) -> bool {
        let Some([Step::Member(name)]) = value.path() else { return true };
        let members = self.operation.input().into_iter().flat_map(|input| input.members());
        members.into_iter().any(|member| member.name == name && member.is_required())
    }

    /// What is wrong with the bucket, where S3 is asked by an ARN: it is no access point's.
    pub(super) fn wrong_bucket(self, action: &ActionPlan) -> Option<Wrong> {
        let bucket = self.call.parameters.get("Bucket")?;
        let is_s3 = action.action.prefix().starts_with("s3");
        let wrong = match bucket {
            Json::Null => Refusal::Unreadable,
            Json::String(arn) if arn.starts_with("arn:") && !arn::is_access_point(arn) => {
                Refusal::OtherKind
            }
            _ => return None,
        };
        is_s3.then(|| ("Bucket".to_owned(), wrong))
    }

    /// What is wrong with the roles that the request gives, of which none is one: a policy that passes any role is not
    /// made of an ARN of something else.
    pub(super) fn wrong_role(self, action: &ActionPlan) -> Option<Wrong> {
        if action.class != Class::Role {
            return None;
        }
        self.call.parameters.iter().find_map(|(name, value)| wrong_role(name, value, 0))
    }
}

/// The member that a value is in.
pub(super) fn member(value: &Value) -> String {
    match value.path().and_then(<[Step]>::first) {
        Some(Step::Member(name)) => name.clone(),
        _ => String::new(),
    }
}

/// How deep roles are looked for.
const DEEPEST: usize = 64;

fn wrong_role(name: &str, value: &Json, depth: usize) -> Option<Wrong> {
    let is_role = || {
        let name = name.to_ascii_lowercase();
        name.ends_with("role") || name.ends_with("rolearn") || name.ends_with("rolearns")
    };
    match value {
        Json::Null if is_role() => Some((name.to_owned(), Refusal::Unreadable)),
        Json::String(text) if text.starts_with("arn:") && is_role() && !arn::is_role(text) => {
            Some((name.to_owned(), Refusal::OtherKind))
        }
        Json::Array(items) if depth < DEEPEST => {
            items.iter().find_map(|item| wrong_role(name, item, depth + 1))
        }
        Json::Object(members) if depth < DEEPEST => {
            members.iter().find_map(|(name, value)| wrong_role(name, value, depth + 1))
        }
        _ => None,
    }
}
