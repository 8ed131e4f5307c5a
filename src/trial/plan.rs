//! The calls that an experiment makes, shown without making them.

use std::fmt::Write as _;

use crate::aws::CallerIdentity;
use crate::trial::documents::{self, Named};
use crate::trial::error::TrialError;
use crate::trial::names::PATH;
use crate::trial::policy::Tried;
use crate::trial::session::{Kind, seconds};
use crate::trial::who::Who;

/// The calls, one in a line, for a caller who is not asked for.
///
/// # Errors
///
/// When the policy does not fit.
pub fn plan(
    tried: &Tried,
    kind: &Kind,
    boundary: Option<&str>,
    wanted: u32,
    learns: bool,
) -> Result<String, TrialError> {
    // Nobody is asked who asks.
    let example = CallerIdentity {
        account: "000000000000".to_owned(),
        arn: "arn:aws:iam::000000000000:user/you".to_owned(),
    };
    let who = Who::of(&example)?;
    let seconds = seconds(kind, wanted, who.is_role());
    let name = "leastwise-try-TIME-RANDOM";
    let role = format!("arn:aws:iam::ACCOUNT:role{PATH}{name}");
    let mut plan = String::from("sts:GetCallerIdentity\n");
    let mut line = |text: &str| {
        let _ = writeln!(plan, "{text}");
    };
    match kind {
        Kind::Existing(arn) => {
            let policy = documents::of_session(tried)?;
            line(&format!("sts:AssumeRole {arn}, for {seconds} s, with the policy {policy}"));
            line("(the command runs)");
        }
        Kind::Federated => {
            let policy = documents::of_session(tried)?;
            line(&format!("sts:GetFederationToken for {seconds} s, with the policy {policy}"));
            line("(the command runs)");
        }
        Kind::Role => {
            let named = Named { partition: "aws", account: "ACCOUNT", role_arn: &role };
            let documents = documents::of_role(tried, named, 0, learns)?;
            let with_boundary = match boundary {
                Some(arn) => format!(", with the boundary {arn}"),
                None if learns => {
                    line(&format!(
                        "iam:CreatePolicy {name}-boundary: {}",
                        documents::boundary(named)
                    ));
                    format!(", with the boundary {name}-boundary")
                }
                None => String::new(),
            };
            line("iam:GetRole of the role that asks, if it is a role, for its path");
            line(&format!("iam:CreateRole {role}, which trusts whoever asks{with_boundary}"));
            for (document, number) in documents.managed.iter().zip(1..) {
                line(&format!("iam:CreatePolicy {name}-{number}: {document}"));
                line(&format!("iam:AttachRolePolicy {name}-{number}"));
            }
            line(&format!("iam:PutRolePolicy {}", documents.inline));
            line(&format!("sts:AssumeRole {role}, for {seconds} s, until it can be assumed"));
            line(&format!(
                "iam:{} with the role's credentials, until it succeeds several times in a row",
                documents::probe(0)
            ));
            line("(the command runs)");
            line("iam:GetRole, iam:ListAttachedRolePolicies, iam:DetachRolePolicy");
            line("iam:ListRolePolicies, iam:DeleteRolePolicy");
            line("iam:DeleteRole");
            if !documents.managed.is_empty() || (learns && boundary.is_none()) {
                line("iam:DeletePolicy");
            }
        }
    }
    Ok(plan)
}
