//! Whether a statement's `Principal` or `NotPrincipal` is about who asks.

use crate::evaluate::document::{Named, Principals};
use crate::evaluate::levels::principal::{
    PRINCIPAL_ARN, Principal, account_of, role_name_of_session,
};
use crate::evaluate::verdict::{Context, Known, Reason, Truth};
use crate::policy::Effect;

/// By what of the principal a statement is about it; it counts differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meeting {
    /// It names itself (a user, a session), or everybody.
    pub(super) direct: Truth,
    /// It names whose session it is: the role, or the user of a federated user.
    pub(super) underlying: Truth,
    /// It names the account.
    pub(super) account: Truth,
}

impl Meeting {
    /// A statement that names no principals is about whom its policy is attached to.
    pub(super) fn attached() -> Meeting {
        Meeting::directly(Truth::True)
    }

    fn directly(direct: Truth) -> Meeting {
        Meeting { direct, underlying: Truth::False, account: Truth::False }
    }

    /// Whether the statement is about it at all.
    pub(super) fn any(&self) -> Truth {
        Truth::any([self.direct.clone(), self.underlying.clone(), self.account.clone()])
    }
}

/// By what a statement is about a principal. `bounded`: whether the principal has a permissions boundary; `context`: what is known
/// of the request, the principal's keys among it.
pub(super) fn meeting(
    principals: &Principals,
    effect: Effect,
    principal: &Principal,
    bounded: bool,
    context: &Context,
) -> Meeting {
    if !principals.negated {
        return named(principals, principal, context);
    }
    // "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary policy attached"
    // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
    if bounded && effect == Effect::Deny {
        return Meeting::directly(Truth::True);
    }
    Meeting::directly(is_other(principals, effect, principal, context))
}

/// By what the principal is named.
fn named(principals: &Principals, principal: &Principal, context: &Context) -> Meeting {
    let mut meeting = Meeting::directly(Truth::False);
    for name in &principals.named {
        let (by, truth) = meets(name, principal, context);
        let part = match by {
            By::Itself => &mut meeting.direct,
            By::Underlying => &mut meeting.underlying,
            By::Account => &mut meeting.account,
        };
        *part = Truth::any([part.clone(), truth]);
    }
    meeting
}

/// Whether a `NotPrincipal` is about the principal.
///
/// AWS says that one who is excepted should be named with the account, and a session with its role, too, since else "the policy might
/// deny access" (reference_policies_elements_notprincipal): whether it does is up to the service, so it depends. Who is in an account
/// that is named, but not named, is not excepted: else AWS's example, which names a user and its account, would except all of the account.
fn is_other(
    principals: &Principals,
    effect: Effect,
    principal: &Principal,
    context: &Context,
) -> Truth {
    let Meeting { direct: itself, underlying, account } = named(principals, principal, context);
    let unsure = || {
        let names: Vec<_> = principals.named.iter().map(Named::text).collect();
        Truth::depends(Reason::Principal(names.join(", ")))
    };
    if principals.named.contains(&Named::Everybody) {
        return Truth::False;
    }
    // "Using it with Allow is not supported": whom it would let in is not said, so nobody is taken for let in.
    if effect == Effect::Allow {
        return if itself == Truth::True { Truth::False } else { unsure() };
    }
    let whole = match principal {
        Principal::Root { .. } => return account.not(),
        Principal::User { .. } => account,
        Principal::Role { .. } => Truth::all([underlying.clone(), account]),
        Principal::FederatedUser { .. } => account,
        Principal::Service { .. } | Principal::Anonymous | Principal::Unknown { .. } => Truth::True,
    };
    match (itself, whole) {
        (Truth::True, Truth::True) => Truth::False,
        (Truth::True, _) => unsure(),
        // "Include both the ARN for a role and the ARN for the account": whether a session is then excepted is up to the service.
        (Truth::False, Truth::True) if underlying == Truth::True => unsure(),
        (itself, _) => itself.not(),
    }
}

/// By what a principal is named.
enum By {
    Itself,
    Underlying,
    Account,
}

/// Whether a name is the principal's, and of what of it.
fn meets(named: &Named, principal: &Principal, context: &Context) -> (By, Truth) {
    let unknown = || Truth::depends(Reason::Principal(named.text().to_owned()));
    let is_unknown = matches!(principal, Principal::Unknown { .. });
    match named {
        Named::Everybody => (By::Itself, Truth::True),
        Named::Account(account) => {
            let truth = match principal.account() {
                Some(own) => (own == account).into(),
                None if is_unknown => unknown(),
                None => Truth::False,
            };
            (By::Account, truth)
        }
        Named::Arn(arn) => by_arn(arn, principal, context),
        Named::Id(id) => by_id(id, principal, context),
        Named::Service(service) => {
            let truth = match principal {
                Principal::Service { name } => name.eq_ignore_ascii_case(service).into(),
                Principal::Unknown { account: None } => unknown(),
                _ => Truth::False,
            };
            (By::Itself, truth)
        }
        Named::Federated(provider) => {
            let truth = match (principal, context.get("aws:FederatedProvider")) {
                (Principal::Role { .. } | Principal::Unknown { .. }, known) => match known {
                    Known::Values(values) => values.contains(provider).into(),
                    Known::Absent => Truth::False,
                    Known::Nothing => unknown(),
                },
                _ => Truth::False,
            };
            (By::Itself, truth)
        }
        Named::CanonicalUser(_) => {
            (By::Account, if principal.has_account() { unknown() } else { Truth::False })
        }
    }
}

fn by_arn(arn: &str, principal: &Principal, context: &Context) -> (By, Truth) {
    let depends = || Truth::depends(Reason::Principal(arn.to_owned()));
    let is_session = arn.contains(":assumed-role/");
    match principal {
        Principal::User { arn: own } => (By::Itself, (own == arn).into()),
        Principal::Role { session, .. } if is_session => {
            let truth = match session {
                Some(own) => (own == arn).into(),
                None if is_of_role(arn, context) => depends(),
                None => Truth::False,
            };
            (By::Itself, truth)
        }
        Principal::Role { session, .. } => {
            let truth = match (context.get(PRINCIPAL_ARN), session) {
                (Known::Values([role]), _) => role == arn,
                // The name of a role is unique in its account, whatever its path
                // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names).
                (_, Some(session)) => {
                    arn.contains(":role/")
                        && account_of(arn) == account_of(session)
                        && arn.rsplit('/').next() == role_name_of_session(session)
                }
                (_, None) => false,
            };
            (By::Underlying, truth.into())
        }
        Principal::FederatedUser { arn: own, user } => {
            if own == arn {
                return (By::Itself, Truth::True);
            }
            let truth = match user {
                Some(user) => (user == arn).into(),
                None if arn.contains(":user/") && account_of(own) == account_of(arn) => depends(),
                None => Truth::False,
            };
            (By::Underlying, truth)
        }
        Principal::Unknown { account } => {
            let may = account.as_deref().is_none_or(|own| account_of(arn) == Some(own));
            (By::Itself, if may { depends() } else { Truth::False })
        }
        Principal::Root { .. } | Principal::Service { .. } | Principal::Anonymous => {
            (By::Itself, Truth::False)
        }
    }
}

/// Whether a session's ARN is of the role that asks.
fn is_of_role(session: &str, context: &Context) -> bool {
    let Known::Values([role]) = context.get(PRINCIPAL_ARN) else { return true };
    account_of(session) == account_of(role)
        && role_name_of_session(session) == role.rsplit('/').next()
}

/// `aws:userid` is the id of a user, or of a role and the name of a session.
fn by_id(id: &str, principal: &Principal, context: &Context) -> (By, Truth) {
    let is_role = matches!(principal, Principal::Role { .. });
    let by = if is_role { By::Underlying } else { By::Itself };
    let truth = match principal {
        Principal::Root { .. } | Principal::Service { .. } | Principal::Anonymous => Truth::False,
        _ => match context.get("aws:userid") {
            Known::Values([own]) => own.split(':').next().is_some_and(|own| own == id).into(),
            Known::Absent => Truth::False,
            Known::Values(_) | Known::Nothing => Truth::depends(Reason::Principal(id.to_owned())),
        },
    };
    (by, truth)
}
