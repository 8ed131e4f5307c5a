//! Who asks, and what IAM puts into the context of a request for it.

use crate::evaluate::document::is_account;
use crate::evaluate::verdict::{Context, Known, Reason, Truth};

/// The key that names the principal.
pub(super) const PRINCIPAL_ARN: &str = "aws:PrincipalArn";

/// Who asks, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// The account's id.
        account: String,
    },
    /// An IAM user.
    User {
        /// Its ARN.
        arn: String,
    },
    /// A session of a role; at least one of the two is known.
    Role {
        /// The ARN of the role, with its path.
        role: Option<String>,
        /// The ARN of the session (`arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`).
        session: Option<String>,
    },
    /// A session that `GetFederationToken` made.
    FederatedUser {
        /// Its ARN (`arn:aws:sts::111122223333:federated-user/NAME`).
        arn: String,
        /// The ARN of the user that made it.
        user: Option<String>,
    },
    /// A service of AWS.
    Service {
        /// Its name (`lambda.amazonaws.com`).
        name: String,
    },
    /// Nobody: the request is not signed.
    Anonymous,
    /// Somebody who is not known.
    Unknown {
        /// The id of the account.
        account: Option<String>,
    },
}

impl Principal {
    /// The principal that a text names: an ARN, the name of a service, or `anonymous`. `None` for any other text.
    pub fn parse(text: &str) -> Option<Principal> {
        if text == "anonymous" {
            return Some(Principal::Anonymous);
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts.as_slice() else {
            let is_service = text.len() < 256
                && text.contains(".amazonaws.")
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
            return is_service.then(|| Principal::Service { name: text.to_owned() });
        };
        if *arn != "arn" || partition.is_empty() || !region.is_empty() || !is_account(account) {
            return None;
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '*' | '?')) {
            return None;
        }
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        let owned = text.to_owned();
        match (*service, kind) {
            ("iam", "root") if name.is_empty() => {
                Some(Principal::Root { account: (*account).to_owned() })
            }
            _ if name.is_empty() => None,
            ("iam", "user") => Some(Principal::User { arn: owned }),
            ("iam", "role") => Some(Principal::Role { role: Some(owned), session: None }),
            ("sts", "assumed-role") if name.split('/').filter(|it| !it.is_empty()).count() == 2 => {
                Some(Principal::Role { role: None, session: Some(owned) })
            }
            ("sts", "federated-user") => Some(Principal::FederatedUser { arn: owned, user: None }),
            _ => None,
        }
    }

    /// The id of its account; `None` where that is not known, or there is none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Principal::Root { account } => Some(account),
            Principal::User { arn } | Principal::FederatedUser { arn, .. } => account_of(arn),
            Principal::Role { role, session } => account_of(role.as_ref().or(session.as_ref())?),
            Principal::Unknown { account } => account.as_deref(),
            Principal::Service { .. } | Principal::Anonymous => None,
        }
    }

    /// Whether it is a user, a role, the root, or somebody of whom it is not known that it is none of them.
    pub(super) fn has_account(&self) -> bool {
        !matches!(self, Principal::Service { .. } | Principal::Anonymous)
    }

    /// Whether it is a service-linked role, which only a role of the path `/aws-service-role/` is
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names>). `context`: what
    /// [`tell`](Principal::tell) was told.
    pub(super) fn is_service_linked(&self, context: &Context) -> Truth {
        let Principal::Role { session, .. } = self else { return Truth::False };
        if let Known::Values([arn]) = context.get(PRINCIPAL_ARN) {
            return arn.contains(":role/aws-service-role/").into();
        }
        let name = session.as_deref().and_then(role_name_of_session).unwrap_or_default();
        if name.starts_with("AWSServiceRoleFor") {
            Truth::depends(Reason::Key(PRINCIPAL_ARN.to_owned()))
        } else {
            Truth::False
        }
    }

    /// Puts into the context what IAM says of such a principal, where the context does not say it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties>,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>).
    pub fn tell(&self, context: &mut Context) {
        const NOTHING: [&str; 0] = [];
        if let Some(account) = self.account() {
            context.set_unknown("aws:PrincipalAccount", [account]);
        }
        let kind = match self {
            Principal::Root { account } => {
                context.set_unknown("aws:userid", [account]);
                Some("Account")
            }
            Principal::User { arn } => {
                context.set_unknown(PRINCIPAL_ARN, [arn]);
                if let Some(name) = arn.rsplit('/').next() {
                    context.set_unknown("aws:username", [name]);
                }
                Some("User")
            }
            Principal::Role { role, .. } => {
                if let Some(role) = role {
                    context.set_unknown(PRINCIPAL_ARN, [role]);
                }
                Some("AssumedRole")
            }
            Principal::FederatedUser { arn, .. } => {
                context.set_unknown(PRINCIPAL_ARN, [arn]);
                Some("FederatedUser")
            }
            Principal::Service { name } => {
                context.set_unknown("aws:PrincipalServiceName", [name]);
                context.set_unknown("aws:PrincipalIsAWSService", ["true"]);
                None
            }
            Principal::Anonymous => {
                context.set_unknown("aws:PrincipalAccount", ["anonymous"]);
                for key in [PRINCIPAL_ARN, "aws:PrincipalIsAWSService"] {
                    context.set_unknown(key, NOTHING);
                }
                Some("Anonymous")
            }
            Principal::Unknown { .. } => None,
        };
        if let Some(kind) = kind {
            context.set_unknown("aws:PrincipalType", [kind]);
            context.set_unknown("aws:PrincipalServiceName", NOTHING);
            context.set_unknown("aws:PrincipalIsAWSService", ["false"]);
            // A user's is set already.
            context.set_unknown("aws:username", NOTHING);
        }
        if let Principal::Root { account } = self
            && context.get(PRINCIPAL_ARN) == Known::Nothing
        {
            context.set(PRINCIPAL_ARN, [format!("arn:aws:iam::{account}:root")]);
        }
    }
}

/// The account of an ARN, where that is one.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| is_account(account))
}

/// The name of a role, by the ARN of its session.
pub(super) fn role_name_of_session(session: &str) -> Option<&str> {
    session.splitn(6, ':').nth(5)?.strip_prefix("assumed-role/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_and_others_are_not() {
        for text in [
            "anonymous",
            "lambda.amazonaws.com",
            "arn:aws:iam::111122223333:root",
            "arn:aws-cn:iam::111122223333:user/a/ann",
            "arn:aws:iam::111122223333:role/r",
            "arn:aws:sts::111122223333:assumed-role/r/s",
            "arn:aws:sts::111122223333:federated-user/ann",
        ] {
            let principal = Principal::parse(text);
            let account = principal.as_ref().and_then(Principal::account);
            assert!(principal.is_some(), "{text}");
            assert_eq!(account, text.contains("::").then_some("111122223333"), "{text}");
        }
        for text in [
            "",
            "ann",
            "a b.amazonaws.com",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::111122223333:root/x",
            "arn:aws:iam::1:root",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:sts::111122223333:assumed-role/r",
            "arn:aws:sts::111122223333:assumed-role/r/s/t",
            "arn:aws:s3:::b",
        ] {
            assert_eq!(Principal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_context_says_who_asks_and_what_it_said_before_stays() {
        let told = |text: &str| {
            let mut context = Context::unknown();
            context.set("aws:username", ["said before"]);
            Principal::parse(text).unwrap().tell(&mut context);
            context
        };
        let is = |context: &Context, key: &str| match context.get(key) {
            Known::Values(values) => values.join(" "),
            Known::Absent => "absent".to_owned(),
            Known::Nothing => "nothing".to_owned(),
        };
        let session = told("arn:aws:sts::111122223333:assumed-role/r/s");
        assert_eq!(is(&session, "aws:username"), "said before");
        assert_eq!(is(&session, "aws:PrincipalArn"), "nothing");
        assert_eq!(is(&session, "aws:PrincipalAccount"), "111122223333");
        assert_eq!(is(&session, "aws:PrincipalType"), "AssumedRole");
        assert_eq!(is(&session, "aws:PrincipalIsAWSService"), "false");
        let role = told("arn:aws:iam::111122223333:role/p/r");
        assert_eq!(is(&role, "aws:PrincipalArn"), "arn:aws:iam::111122223333:role/p/r");
        let anonymous = told("anonymous");
        assert_eq!(is(&anonymous, "aws:PrincipalArn"), "absent");
        assert_eq!(is(&anonymous, "aws:PrincipalAccount"), "anonymous");
        let service = told("lambda.amazonaws.com");
        assert_eq!(is(&service, "aws:PrincipalServiceName"), "lambda.amazonaws.com");
        assert_eq!(is(&service, "aws:PrincipalIsAWSService"), "true");
        let mut user = Context::unknown();
        Principal::parse("arn:aws:iam::111122223333:user/a/ann").unwrap().tell(&mut user);
        assert_eq!(is(&user, "aws:username"), "ann");
    }

    #[test]
    fn a_service_linked_role_is_known_by_its_path() {
        let linked = |text: &str| {
            let mut context = Context::unknown();
            let principal = Principal::parse(text).unwrap();
            principal.tell(&mut context);
            principal.is_service_linked(&context)
        };
        let path =
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
        assert_eq!(linked(path), Truth::True);
        assert_eq!(linked("arn:aws:iam::111122223333:role/AWSServiceRoleForX"), Truth::False);
        let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s";
        assert!(matches!(linked(session), Truth::Depends(_)));
        assert_eq!(linked("arn:aws:sts::111122223333:assumed-role/r/s"), Truth::False);
        assert_eq!(linked("arn:aws:iam::111122223333:user/AWSServiceRoleForX"), Truth::False);
    }
}
