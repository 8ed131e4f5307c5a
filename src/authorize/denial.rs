//! What AWS says when it denies a call: which action on which resource, and why
//! (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).

use super::{Certainty, Conditions, Decision, Reason, Requirement};
use crate::call::{Call, Name};

/// A denied call, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The principal that was denied (its ARN), as far as AWS says.
    pub principal: Option<String>,
    /// The action, as far as AWS says.
    pub action: Option<String>,
    /// The resource, as far as AWS says.
    pub resource: Option<String>,
    /// Why.
    pub because: Because,
    /// AWS's sentence, without any encoded message.
    pub sentence: String,
    /// Whether the answer has an encoded message, for `sts:DecodeAuthorizationMessage`.
    pub encoded: bool,
}

/// Why a call was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// No policy of the principal allows it: the one cause that this policy can cure.
    NoIdentityPolicy,
    /// A policy of the principal denies it.
    ExplicitIdentityDeny,
    /// The policy of the resource (a bucket, a key) does not allow it or denies it.
    ResourcePolicy,
    /// A service control policy does not allow it or denies it.
    ServiceControlPolicy,
    /// A resource control policy does not allow it or denies it.
    ResourceControlPolicy,
    /// The permissions boundary does not allow it or denies it.
    PermissionsBoundary,
    /// The session policy does not allow it or denies it.
    SessionPolicy,
    /// The policy of a VPC endpoint does not allow it or denies it.
    VpcEndpointPolicy,
    /// AWS does not say.
    NotSaid,
}

impl Because {
    /// Whether a policy for the principal can cure it.
    pub fn can_be_cured(self) -> bool {
        matches!(self, Because::NoIdentityPolicy | Because::NotSaid)
    }

    /// The cause, as the end of a sentence that begins with `because`.
    pub fn as_str(self) -> &'static str {
        match self {
            Because::NoIdentityPolicy => "no identity-based policy allows it",
            Because::ExplicitIdentityDeny => "an identity-based policy denies it",
            Because::ResourcePolicy => "the policy of the resource does not allow it",
            Because::ServiceControlPolicy => "a service control policy does not allow it",
            Because::ResourceControlPolicy => "a resource control policy does not allow it",
            Because::PermissionsBoundary => "the permissions boundary does not allow it",
            Because::SessionPolicy => "the session policy does not allow it",
            Because::VpcEndpointPolicy => "the policy of the VPC endpoint does not allow it",
            Because::NotSaid => "AWS does not say why",
        }
    }
}

/// The longest sentence that is kept.
const LONGEST: usize = 1_024;

impl Denial {
    /// The denial that the call's answer says, if it does.
    pub fn of(call: &Call) -> Option<Denial> {
        let code = call.outcome.error.as_deref().unwrap_or_default();
        let message = call.outcome.message.as_deref().unwrap_or_default();
        let (sentence, encoded) = without_encoded(message);
        let is_denied = is_denial(code) || sentence.contains("is not authorized to perform");
        if !is_denied {
            return None;
        }
        let after = |words: &str| {
            let (_, rest) = sentence.split_once(words)?;
            let word = rest.trim_start().split([' ', ',', '\n']).next()?;
            let word = word.trim_end_matches(['.', ';', '"']).trim_matches('"');
            (!word.is_empty()).then(|| word.to_owned())
        };
        let because = match () {
            () if !sentence.contains("because") => Because::NotSaid,
            // Also "with an explicit deny in a …".
            () => cause(sentence),
        };
        let because = if sentence.contains("explicit deny in") { cause(sentence) } else { because };
        Some(Denial {
            principal: after("User: "),
            action: after("not authorized to perform: ").filter(|it| it.contains(':')),
            resource: after("on resource: ").filter(|it| it.starts_with("arn:") || it == "*"),
            because,
            sentence: bounded(sentence),
            encoded,
        })
    }
}

/// Adds what AWS said it wanted.
pub(super) fn add(call: &Call, decision: &mut Decision) {
    let Some(denial) = Denial::of(call) else { return };
    if let Some(action) = denial.action.clone()
        && denial.because.can_be_cured()
    {
        let resource = denial.resource.clone().unwrap_or_else(|| "*".to_owned());
        let known = decision
            .requirements
            .iter()
            .any(|it| it.action.eq_ignore_ascii_case(&action) && it.resources.contains(&resource));
        if !known {
            decision.requirements.push(Requirement {
                action: Name::Owned(action),
                resources: vec![resource],
                conditions: Conditions::new(),
                reason: Reason::Denied,
                certainty: Certainty::Certain,
            });
        }
    }
    decision.denial = Some(denial);
}

/// The codes by which services say it.
fn is_denial(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "UnauthorizedAccess"
            | "UnauthorizedException"
            | "NotAuthorized"
            | "NotAuthorizedException"
            | "AuthorizationError"
            | "AuthorizationErrorException"
            | "Client.UnauthorizedOperation"
            | "ForbiddenException"
    )
}

fn cause(sentence: &str) -> Because {
    let explicit = sentence.contains("explicit deny");
    for (words, because) in [
        ("service control policy", Because::ServiceControlPolicy),
        ("resource control policy", Because::ResourceControlPolicy),
        ("permissions boundary", Because::PermissionsBoundary),
        ("session policy", Because::SessionPolicy),
        ("VPC endpoint policy", Because::VpcEndpointPolicy),
        ("resource-based policy", Because::ResourcePolicy),
    ] {
        if sentence.contains(words) {
            return because;
        }
    }
    match (explicit, sentence.contains("identity-based policy")) {
        (true, _) => Because::ExplicitIdentityDeny,
        (false, true) => Because::NoIdentityPolicy,
        (false, false) => Because::NotSaid,
    }
}

/// The sentence before an encoded message, and whether there is one. The encoded message says what only the account's
/// administrators may read.
fn without_encoded(message: &str) -> (&str, bool) {
    match message.split_once("Encoded authorization failure message:") {
        Some((sentence, _)) => (sentence.trim_end(), true),
        None => (message, false),
    }
}

fn bounded(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
