//! The kinds of policies, and the levels at which those of an organization are attached.

use std::fmt;

/// A kind of policy, in the order in which IAM asks them
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>); that page
/// leaves out the policy of a VPC endpoint, through which a request passes before it is asked of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Of a VPC endpoint.
    Endpoint,
    /// A resource control policy.
    ResourceControl,
    /// A service control policy.
    ServiceControl,
    /// Of a resource.
    Resource,
    /// Of a role: who may assume it.
    Trust,
    /// Of a user, its groups, or a role.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// Of a session.
    Session,
}

impl Kind {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Endpoint => "endpoint",
            Kind::ResourceControl => "rcp",
            Kind::ServiceControl => "scp",
            Kind::Resource => "resource",
            Kind::Trust => "trust",
            Kind::Identity => "identity",
            Kind::Boundary => "boundary",
            Kind::Session => "session",
        }
    }

    /// IAM's name for one.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Endpoint => "VPC endpoint policy",
            Kind::ResourceControl => "resource control policy",
            Kind::ServiceControl => "service control policy",
            Kind::Resource => "resource-based policy",
            Kind::Trust => "trust policy",
            Kind::Identity => "identity-based policy",
            Kind::Boundary => "permissions boundary",
            Kind::Session => "session policy",
        }
    }
}

/// A kind, and of policies of an organization the level, from 1 (the root, a unit, the account).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level {
    /// The kind.
    pub kind: Kind,
    /// The level, of service and resource control policies.
    pub number: Option<usize>,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.name())?;
        self.number.map_or(Ok(()), |number| write!(out, " of level {number}"))
    }
}
