//! What an answer says when a call is denied: which action on which resource, and why
//! (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). Anybody can say such a sentence; what it may add to
//! a policy is judged here.

mod fitting;
mod judge;
mod sentence;
#[cfg(test)]
mod tests;

pub(super) use judge::{Kept, add, narrow_linked_role};

use crate::call::{self, Call};

/// A denied call, or a denied entry of one, in the words of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The principal that was denied (its ARN), as far as the answer says.
    pub principal: Option<String>,
    /// The action, as far as the answer says: any text with a colon.
    pub action: Option<String>,
    /// The resource, as far as the answer says: any text.
    pub resource: Option<String>,
    /// Why.
    pub because: Because,
    /// The sentence, without any encoded message.
    pub sentence: String,
    /// Whether the answer has an encoded message, for `sts:DecodeAuthorizationMessage`.
    pub encoded: bool,
    /// How often the answer says it.
    pub times: u32,
    /// What became of what it asks for.
    pub upshot: Upshot,
}

/// What became of what a denial asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upshot {
    /// The call's requirements have it by AWS's map and the rules, or it names nothing beside them.
    Known,
    /// It was added to the call's requirements.
    Added,
    /// No policy of the caller can cure it.
    Elsewhere,
    /// It was not added.
    NotAdded(NotAdded),
}

/// Why what a denial asks for was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotAdded {
    /// The call was not recognised.
    Unrecognized,
    /// The call bore no credentials that IAM stands behind.
    Unsigned,
    /// AWS itself did not say it, and neither its map nor a rule says that the call needs this.
    NotFromAws,
    /// The action is none of AWS's, or not spelt out.
    NoSuchAction,
    /// The resource is of no type that the action has.
    OtherResource,
    /// Denials ask for more already than is kept.
    TooMany,
    /// It is the report of something that happened, to whom is not said.
    Reported,
    /// A service-linked role is to be made, for a service that is not said.
    NoSuchRole,
}

/// Why a call was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// No policy of the principal allows it: the one cause that this policy can cure.
    NoIdentityPolicy,
    /// A policy of the principal denies it.
    ExplicitIdentityDeny,
    /// A policy denies it; which is not said.
    ExplicitDeny,
    /// The trust policy of the role does not let it be assumed.
    TrustPolicy,
    /// Somebody else was denied it: a role that the call passed on.
    AnotherPrincipal,
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
            Because::ExplicitDeny => "a policy denies it, which one AWS does not say",
            Because::TrustPolicy => "the trust policy of the role does not allow it",
            Because::AnotherPrincipal => {
                "a role that the call passes on is not allowed it; that role's policy needs it"
            }
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
    /// The denial that the call's answer says, if it does, before it is judged.
    pub fn of(call: &Call) -> Option<Denial> {
        let message = call.outcome.message.as_deref().unwrap_or_default();
        Denial::read(call.outcome.error.as_deref(), message)
    }

    /// The denial in a code and a sentence, before it is judged.
    fn read(code: Option<&str>, message: &str) -> Option<Denial> {
        if code.is_none() && message.is_empty() {
            return None;
        }
        let (text, encoded) = without_encoded(message);
        if !call::is_denial(code.unwrap_or_default()) && !sentence::is_denial(text) {
            return None;
        }
        let said = sentence::read(text);
        Some(Denial {
            principal: said.principal.map(str::to_owned),
            action: said.action.map(bounded),
            resource: said.resource.map(|it| bounded(&it.text())),
            because: said.because,
            sentence: bounded(text),
            encoded,
            times: 1,
            upshot: Upshot::Known,
        })
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
