//! What kind of a policy a document is read as: which elements its statements have.

/// What a document is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An identity-based policy, a permissions boundary or a session policy: without `Principal`.
    Identity,
    /// A service control policy: without `Principal`
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html>).
    ServiceControl,
    /// A resource control policy, whose `Principal` is `*`
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html>).
    ResourceControl,
    /// The policy of a VPC endpoint, with `Principal`
    /// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>).
    Endpoint,
    /// The policy of a resource, with `Principal` or `NotPrincipal`. A role's trust policy and a repository's policy have no
    /// `Resource`: they are about what they are attached to.
    Resource,
}

impl Shape {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Identity => "identity-based policy",
            Shape::ServiceControl => "service control policy",
            Shape::ResourceControl => "resource control policy",
            Shape::Endpoint => "VPC endpoint policy",
            Shape::Resource => "resource-based policy",
        }
    }

    pub(crate) fn has_principal(self) -> bool {
        matches!(self, Shape::ResourceControl | Shape::Endpoint | Shape::Resource)
    }

    /// The elements of a statement.
    pub(crate) fn elements(self) -> &'static [&'static str] {
        if self.has_principal() { WITH_PRINCIPAL } else { &WITH_PRINCIPAL[..WITHOUT_PRINCIPAL] }
    }
}

const WITH_PRINCIPAL: &[&str] = &[
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "NotPrincipal",
];

/// How many of them a statement has that names no principals.
const WITHOUT_PRINCIPAL: usize = 7;
