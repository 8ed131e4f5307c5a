//! What is known of the requests of a call: the contexts that policies are asked about them in.

use indexmap::IndexMap;

use crate::authorize::Conditions;
use crate::catalog::Catalog;
use crate::evaluate::known::{Known, says_account};
use crate::evaluate::verdict::Context;
use crate::policy::is_open;

/// Contexts that one need may have; one with more values in its conditions leaves them open.
const MOST_CONTEXTS: usize = 64;

/// What the user says of a condition key of the requests: its name and a value; `None` when they do not have it.
pub type Said = (String, Option<String>);

/// What a call asks for: an action on a resource, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Asks<'a> {
    /// The action (`s3:PutObject`).
    pub action: &'a str,
    /// Its ARN, a pattern, or `*`.
    pub resource: &'a str,
    /// Under which conditions, by operator and key: what the request says.
    pub conditions: &'a Conditions,
    /// The region of the call.
    pub region: Option<&'a str>,
    /// The account of the caller.
    pub account: Option<&'a str>,
    /// What is known of the resource beside.
    pub known: Option<&'a Known>,
}

/// What the user says of all requests.
pub fn given(said: &[Said]) -> Context {
    let mut context = Context::unknown();
    let mut by_key: IndexMap<String, Vec<&str>> = IndexMap::new();
    for (key, value) in said {
        by_key.entry(key.to_ascii_lowercase()).or_default().extend(value.as_deref());
    }
    for (key, values) in by_key {
        context.set(&key, values);
    }
    context
}

impl Asks<'_> {
    /// Whether it is on `*` itself rather than on something that is not known: AWS lets the action be restricted to no resource.
    pub fn is_exact(&self) -> bool {
        self.resource == "*" && takes_no_resource(self.action)
    }

    /// What is known of the requests beside what is `given` of all: one context for each combination of the values that the
    /// conditions leave open.
    pub fn contexts(&self, given: &Context) -> Vec<Context> {
        let mut context = given.clone();
        if let Some(region) = self.region {
            // What SDKs call services without regions; IAM evaluates those in us-east-1.
            let region = if region == "aws-global" { "us-east-1" } else { region };
            context.set("aws:RequestedRegion", [region]);
        }
        if let Some(account) = self.account {
            context.set("aws:PrincipalAccount", [account]);
        }
        if let Some(account) = account_of(self.resource).filter(|_| says_account(self.action)) {
            context.set("aws:ResourceAccount", [account]);
        }
        let mut contexts = vec![context];
        for (operator, keys) in self.conditions {
            for (condition, values) in keys {
                let one_of = match &**operator {
                    "StringEquals" => values.iter().map(std::slice::from_ref).collect(),
                    "ForAllValues:StringEquals" | "ForAnyValue:StringEquals" => vec![&**values],
                    "ArnEquals" | "ArnLike" if values.iter().all(|value| is_plain(value)) => {
                        values.iter().map(std::slice::from_ref).collect()
                    }
                    _ => Vec::new(),
                };
                if one_of.is_empty() || contexts.len() * one_of.len() > MOST_CONTEXTS {
                    contexts.iter_mut().for_each(|context| context.forget(condition));
                    continue;
                }
                let with = |context: &Context| {
                    let set = |values: &&[String]| {
                        let mut context = context.clone();
                        context.set(condition, values.iter().cloned());
                        context
                    };
                    one_of.iter().map(set).collect::<Vec<_>>()
                };
                contexts = contexts.iter().flat_map(with).collect();
            }
        }
        if let Some(known) = self.known {
            contexts.iter_mut().for_each(|context| known.tell(context, is_open));
        }
        contexts
    }
}

/// Whether AWS lets an action be restricted to no resource, so that its requests are on `*` itself.
fn takes_no_resource(action: &str) -> bool {
    let found =
        action.split_once(':').and_then(|(prefix, name)| Catalog::embedded().action(prefix, name));
    found.is_some_and(|action| action.resources().len() == 0)
}

/// Whether the value of a condition is a text, and no pattern.
fn is_plain(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// The account that a resource's ARN says.
fn account_of(resource: &str) -> Option<&str> {
    let account = resource.strip_prefix("arn:")?.split(':').nth(3)?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(account)
}
