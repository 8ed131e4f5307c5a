//! What a call needs: from a [`Call`] to its [`Requirement`]s.
//!
//! AWS lists, for every operation, the actions that it *may* need. An operation's own action is always
//! needed; the others depend on the request. Where the request is visible it decides; where it is not
//! (client-side monitoring), they are possible, and [`Possible`] says which of those are included.

mod requirement;
mod resources;
mod s3_objects;
#[cfg(test)]
mod tests;
mod values;

pub use requirement::{Certainty, Conditions, Reason, Requirement};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::call::{Call, Name, Source};
use crate::catalog::{self, Authorized, Catalog, Class, Operation};
use resources::Place;

/// Which actions that a call may need, but need not, are included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Possible {
    /// Those that calls need often: passing a role, tagging, and where a rule says so.
    #[default]
    Common,
    /// Every action that AWS lists for the operation.
    Include,
    /// None.
    Omit,
}

/// How calls are decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What to do with actions that are only possible.
    pub possible: Possible,
    /// The account of every call, whatever it tells (12 digits).
    pub account_id: Option<String>,
}

/// Whether the call needs a permission, and whether it is known which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// The requirements are known.
    Known,
    /// The call needs none.
    NotNeeded,
    /// Neither AWS's map nor a rule has the operation, or the call was not recognised.
    Unknown,
}

/// What a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The actions with their resources; empty unless the permission is known.
    pub requirements: Vec<Requirement>,
    /// Actions that AWS lists for the operation and that were left out as merely possible.
    pub left_out: Vec<Name>,
    /// Whether it is known what the call needs.
    pub permission: Permission,
}

/// Decides calls; remembers what it decided, so that a call like one before costs a lookup.
pub struct Authorizer {
    catalog: Catalog,
    settings: Settings,
    decided: HashMap<Key, Arc<Decision>>,
}

/// All that a decision depends on while the request is not visible.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    operation: Operation,
    region: Option<Name>,
    account: Option<String>,
    bucket: Option<String>,
}

/// Decisions that are remembered; past that they are forgotten together, so that memory is bounded.
const REMEMBERED: usize = 16_384;

impl Authorizer {
    /// An authorizer on the embedded catalogue.
    pub fn new(settings: Settings) -> Authorizer {
        Authorizer { catalog: Catalog::embedded(), settings, decided: HashMap::new() }
    }

    /// What this call needs.
    pub fn decide(&mut self, call: &Call) -> Arc<Decision> {
        let Some(operation) = self.operation(call) else {
            let pseudo = self.catalog.is_pseudo_service(&call.service);
            return Arc::new(Decision {
                requirements: Vec::new(),
                left_out: Vec::new(),
                permission: if pseudo { Permission::NotNeeded } else { Permission::Unknown },
            });
        };
        if call.source != Source::Csm {
            return Arc::new(self.decide_afresh(call, operation));
        }
        let key = Key {
            operation,
            region: call.region.clone(),
            account: call.account.clone(),
            bucket: call.parameters.get("Bucket").and_then(Value::as_str).map(str::to_owned),
        };
        if let Some(decision) = self.decided.get(&key) {
            return Arc::clone(decision);
        }
        let decision = Arc::new(self.decide_afresh(call, operation));
        if self.decided.len() >= REMEMBERED {
            self.decided.clear();
        }
        self.decided.insert(key, Arc::clone(&decision));
        decision
    }

    fn operation(&self, call: &Call) -> Option<Operation> {
        if !call.recognized {
            return None;
        }
        self.catalog.service(&call.service)?.operation(call.operation.as_deref()?)
    }

    fn decide_afresh(&self, call: &Call, operation: Operation) -> Decision {
        let mut decision = Decision {
            requirements: Vec::new(),
            left_out: Vec::new(),
            permission: match operation.permission() {
                catalog::Permission::NotNeeded => Permission::NotNeeded,
                catalog::Permission::Unknown => Permission::Unknown,
                catalog::Permission::Mapped | catalog::Permission::SameName => Permission::Known,
            },
        };
        let place = Place {
            partition: &call.partition,
            region: call.region.as_deref(),
            account: self.settings.account_id.as_deref().or(call.account.as_deref()),
        };
        for authorized in operation.authorized() {
            let action = Name::Owned(authorized.action().to_string());
            match self.verdict(call, operation, authorized) {
                Verdict::Needed(certainty, reason) => decision.requirements.push(Requirement {
                    resources: resources::of(authorized, operation, place, call),
                    conditions: conditions(operation, authorized),
                    action,
                    reason,
                    certainty,
                }),
                Verdict::LeftOut => decision.left_out.push(action),
                Verdict::NotNeeded => {}
            }
        }
        decision
    }

    fn verdict(&self, call: &Call, operation: Operation, authorized: Authorized) -> Verdict {
        let visible = call.source != Source::Csm;
        let reason = match authorized.class() {
            Class::Own if operation.permission() == catalog::Permission::SameName => {
                Reason::SameName
            }
            Class::Own => Reason::Operation,
            Class::Tag => Reason::Tag,
            Class::Role => Reason::Role,
            Class::Listed => Reason::Listed,
        };
        let certain = match authorized.class() {
            Class::Own => Some(true),
            Class::Tag if visible => Some(carries_tags(call)),
            Class::Role if visible => Some(resources::roles(call).next().is_some()),
            Class::Role if requires_role(operation) => Some(true),
            Class::Tag | Class::Role | Class::Listed => None,
        };
        let included = match self.settings.possible {
            Possible::Common => authorized.is_common(),
            Possible::Include => true,
            Possible::Omit => false,
        };
        match certain {
            Some(true) => Verdict::Needed(Certainty::Certain, reason),
            Some(false) => Verdict::NotNeeded,
            None if included => Verdict::Needed(Certainty::Possible, reason),
            None => Verdict::LeftOut,
        }
    }
}

enum Verdict {
    Needed(Certainty, Reason),
    NotNeeded,
    LeftOut,
}

/// Whether every request of the operation names a role: then passing it is certain even when the
/// request is not visible (`CreateFunction`).
fn requires_role(operation: Operation) -> bool {
    let is_role = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("role") || name.ends_with("rolearn")
    };
    let members = operation.input().into_iter().flat_map(|input| input.members());
    members.into_iter().any(|member| member.is_required() && is_role(member.name))
}

/// Whether the request carries tags: a member such as `Tags`, `TagSpecifications` or `Tagging` that
/// is not empty.
fn carries_tags(call: &Call) -> bool {
    call.parameters.iter().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let tags = name.ends_with("tags") || name.starts_with("tagspec");
        let tags = tags || name == "tagging" || name == "taglist";
        tags && match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        }
    })
}

/// Conditions that AWS's map gives, and the one by which EC2 ties tags to what is being made
/// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html).
fn conditions(operation: Operation, authorized: Authorized) -> Conditions {
    let mut keys: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    for (key, values) in authorized.contexts() {
        keys.insert(Name::Borrowed(key), values.into_iter().map(str::to_owned).collect());
    }
    let action = authorized.action();
    if authorized.class() == Class::Tag && (action.prefix(), action.name()) == ("ec2", "CreateTags")
    {
        keys.insert(Name::Borrowed("ec2:CreateAction"), vec![operation.name().to_owned()]);
    }
    if keys.is_empty() {
        return Conditions::new();
    }
    Conditions::from([(Name::Borrowed("StringEquals"), keys)])
}
