//! AWS's sentence to a caller that is denied.
//!
//! The forms are those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.

use std::borrow::Cow;

use super::known::{OfService, known};
use crate::catalog::Service;

/// A call that policies deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The principal's ARN, where it is known.
    pub principal: Option<&'a str>,
    /// The action that is denied (`s3:GetObject`).
    pub action: &'a str,
    /// The ARN of what it is denied on, or `*`; none where the action has no resources.
    pub resource: Option<&'a str>,
    /// Why.
    pub because: Because,
}

/// Why policies deny a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// No policy of this kind allows it (implicitly denied).
    NotAllowed(Policy),
    /// A policy of this kind denies it (explicitly denied).
    Denied(Policy),
}

/// A kind of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The principal's own policies.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The trust policy of the role that is to be assumed.
    Trust,
    /// The principal's permissions boundary.
    Boundary,
    /// The session's policies.
    Session,
    /// Service control policies.
    ServiceControl,
    /// Resource control policies.
    ResourceControl,
    /// The policy of the VPC endpoint.
    VpcEndpoint,
}

impl Policy {
    /// What AWS's sentence calls it.
    fn named(self) -> &'static str {
        match self {
            Policy::Identity => "identity-based policy",
            Policy::Resource => "resource-based policy",
            Policy::Trust => "role trust policy",
            Policy::Boundary => "permissions boundary",
            Policy::Session => "session policy",
            Policy::ServiceControl => "service control policy",
            Policy::ResourceControl => "resource control policy",
            Policy::VpcEndpoint => "VPC endpoint policy",
        }
    }

    fn article(self) -> &'static str {
        match self {
            Policy::Identity => "an",
            Policy::Trust => "the",
            _ => "a",
        }
    }
}

/// Stands for a principal that nobody told.
const UNKNOWN: &str = "unknown";

/// The sentence, in the wording of the service that is called.
pub fn sentence(service: Option<Service>, refusal: &Refusal<'_>) -> String {
    let wording = known().service(service);
    let user = refusal.principal.unwrap_or(UNKNOWN);
    let action = action(wording, service, refusal.action);
    let because = because(refusal.because, &action);
    let usual = || {
        let resource = resource(wording, refusal.resource);
        format!("User: {user} is not authorized to perform: {action}{resource}{because}")
    };
    let Some(template) = wording.and_then(|it| it.sentence.as_deref()) else { return usual() };
    filled(template, |name| match name {
        "sentence" => Some(usual().into()),
        "user" => Some(user.into()),
        "action" => Some(Cow::Borrowed(&*action)),
        "resource" => Some(refusal.resource.unwrap_or("*").into()),
        "because" => Some(Cow::Borrowed(&*because)),
        _ => None,
    })
}

/// The sentence about a call of which it is not known what it needs. AWS has none for it; this one is as near as can be.
pub fn sentence_of_unrecognized(principal: Option<&str>) -> String {
    format!("User: {} is not authorized to perform this operation", principal.unwrap_or(UNKNOWN))
}

/// The action, as the service writes it if it is one of its own.
fn action<'a>(
    wording: Option<&OfService>,
    service: Option<Service>,
    action: &'a str,
) -> Cow<'a, str> {
    let (Some(form), Some(service)) = (wording.and_then(|it| it.action.as_deref()), service) else {
        return action.into();
    };
    match action.split_once(':') {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(service.signing_name()) => match form {
            "lowercase" => action.to_ascii_lowercase().into(),
            prefix => format!("{prefix}:{name}").into(),
        },
        _ => action.into(),
    }
}

fn resource(wording: Option<&OfService>, resource: Option<&str>) -> String {
    let Some(resource) = resource else { return String::new() };
    let form = wording.and_then(|it| it.resource.as_deref()).unwrap_or("{resource}");
    let resource = filled(form, |name| (name == "resource").then(|| resource.into()));
    format!(" on resource: {resource}")
}

fn because(because: Because, action: &str) -> String {
    match because {
        Because::NotAllowed(policy) => {
            format!(" because no {} allows the {action} action", policy.named())
        }
        Because::Denied(policy) => {
            format!(" with an explicit deny in {} {}", policy.article(), policy.named())
        }
    }
}

/// The template with what is between braces filled in, once: what is filled in may have braces of its own.
fn filled<'a>(template: &str, value: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let found = behind.split_once('}').and_then(|(name, after)| Some((value(name)?, after)));
        match found {
            Some((text, after)) => {
                out.push_str(&text);
                rest = after;
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}
