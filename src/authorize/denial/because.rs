//! Why calls are denied.

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
            Because::ExplicitDeny => "a policy denies it (AWS does not say which)",
            Because::TrustPolicy => "the role's trust policy does not allow it",
            Because::AnotherPrincipal => {
                "a role that the call passes on lacks this permission; that role's policy needs it"
            }
            Because::ResourcePolicy => "the resource's policy does not allow it",
            Because::ServiceControlPolicy => "a service control policy does not allow it",
            Because::ResourceControlPolicy => "a resource control policy does not allow it",
            Because::PermissionsBoundary => "the permissions boundary does not allow it",
            Because::SessionPolicy => "the session policy does not allow it",
            Because::VpcEndpointPolicy => "the VPC endpoint's policy does not allow it",
            Because::NotSaid => "AWS does not say why",
        }
    }
}
