//! Records that are no calls of a principal that a policy can be written for.

use std::fmt;

/// Why a record is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PassedOver {
    /// Somebody signed in, out or over to another role (`AwsConsoleSignIn`).
    SignIn,
    /// Something that was done in the console and is no call of the API (`AwsConsoleAction`).
    ConsoleAction,
    /// Something that a service did of itself (`AwsServiceEvent`).
    ServiceEvent,
    /// What CloudTrail found unusual (`AwsCloudTrailInsight`).
    Insight,
    /// The list of files that CloudTrail delivered.
    Digest,
    /// What applications outside of AWS tell CloudTrail Lake (`eventCategory`: `ActivityAuditLog`).
    OutsideAws,
    /// A copy for the owner of a VPC endpoint that does not say what was asked for; the call's own record does.
    VpcEndpoint,
    /// A kind of record that is not known.
    OtherKind,
    /// A service called in its own name (`AWSService`).
    AwsService,
    /// A service called in its service-linked role, whose policy is AWS's.
    ServiceLinkedRole,
    /// Another account called, and only its own trail says who that was.
    OtherAccount,
    /// Nobody in particular called: what was asked for is open to all.
    Anonymous,
    /// A user of IAM Identity Center called with a token, which says nothing of an IAM identity.
    IdentityCenterUser,
    /// The record does not say who called.
    Nobody,
    /// AWS did not know, or did not believe, who called: no policy was looked at.
    NotAuthenticated,
}

impl PassedOver {
    /// Every reason.
    pub const ALL: [PassedOver; 15] = [
        PassedOver::SignIn,
        PassedOver::ConsoleAction,
        PassedOver::ServiceEvent,
        PassedOver::Insight,
        PassedOver::Digest,
        PassedOver::OutsideAws,
        PassedOver::VpcEndpoint,
        PassedOver::OtherKind,
        PassedOver::AwsService,
        PassedOver::ServiceLinkedRole,
        PassedOver::OtherAccount,
        PassedOver::Anonymous,
        PassedOver::IdentityCenterUser,
        PassedOver::Nobody,
        PassedOver::NotAuthenticated,
    ];

    /// What such records are, in words that follow a number: `3 sign-ins`.
    pub fn words(self) -> &'static str {
        match self {
            PassedOver::SignIn => "sign-ins",
            PassedOver::ConsoleAction => "actions in the console that are no API calls",
            PassedOver::ServiceEvent => "events that services report of themselves",
            PassedOver::Insight => "Insights events",
            PassedOver::Digest => "digests of delivered files",
            PassedOver::OutsideAws => "events of applications outside of AWS",
            PassedOver::VpcEndpoint => "copies of calls for owners of VPC endpoints",
            PassedOver::OtherKind => "records of a kind that is not known",
            PassedOver::AwsService => "calls by AWS services in their own name",
            PassedOver::ServiceLinkedRole => "calls by AWS services in their service-linked roles",
            PassedOver::OtherAccount => "calls by principals of other accounts that are not named",
            PassedOver::Anonymous => "calls by nobody in particular",
            PassedOver::IdentityCenterUser => {
                "calls with a token of IAM Identity Center, which no IAM policy decides on"
            }
            PassedOver::Nobody => "calls that do not say who made them",
            PassedOver::NotAuthenticated => "calls by callers whom AWS did not recognise",
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
