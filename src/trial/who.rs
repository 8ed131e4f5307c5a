//! Who asks, and so whom the role may be trusted to.

use serde_json::{Value, json};

use crate::aws::{CallerIdentity, Iam};
use crate::trial::error::TrialError;

/// What roles of IAM Identity Center are called
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>).
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// `aws`, `aws-cn`.
    pub(super) partition: String,
    /// The account (12 digits).
    pub(super) account: String,
    /// The ARN, as STS tells it.
    pub(super) arn: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    User,
    /// A session of the role with this name.
    Role(String),
}

impl Who {
    /// Who asks, if those may do what an experiment takes
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>).
    ///
    /// # Errors
    ///
    /// When they cannot assume roles at all.
    pub(super) fn of(caller: &CallerIdentity) -> Result<Who, TrialError> {
        let CallerIdentity { account, arn } = caller;
        let mut parts = arn.splitn(6, ':');
        let (partition, resource) = (parts.nth(1).unwrap_or_default(), parts.nth(3));
        let is_account = account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit());
        let is_partition = partition.starts_with("aws")
            && partition.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        let kind = match resource.and_then(|it| it.split_once('/').or(Some((it, "")))) {
            Some(("user", name)) if !name.is_empty() => Kind::User,
            Some(("assumed-role", rest)) => {
                Kind::Role(rest.split('/').next().unwrap_or_default().to_owned())
            }
            Some(("root", _)) => return Err(TrialError::Root),
            Some(("federated-user", _)) => return Err(TrialError::Federated),
            _ => return Err(TrialError::UnknownCaller(arn.clone())),
        };
        if !is_account || !is_partition {
            return Err(TrialError::UnknownCaller(arn.clone()));
        }
        let (partition, account, arn) = (partition.to_owned(), account.clone(), arn.clone());
        Ok(Who { partition, account, arn, kind })
    }

    /// Whether its credentials are of a role: what it assumes with them lasts an hour at most
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html>, role chaining).
    pub(super) fn is_role(&self) -> bool {
        matches!(self.kind, Kind::Role(_))
    }

    /// A document that trusts the role to whoever asks, and to nobody else.
    pub(super) async fn trust(&self, iam: &Iam) -> String {
        let statement = match &self.kind {
            Kind::User => allowed(&self.arn, None),
            Kind::Role(name) => match self.role(name, iam).await {
                Some(arn) => allowed(&arn, None),
                None => {
                    let root = format!("arn:{}:iam::{}:root", self.partition, self.account);
                    allowed(&root, Some(&self.possible(name)))
                }
            },
        };
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    }

    /// The ARN of the caller's role, with its path. Of Identity Center's roles nobody but AWS may make a principal that lasts.
    async fn role(&self, name: &str, iam: &Iam) -> Option<String> {
        if name.starts_with(IDENTITY_CENTER) {
            return None;
        }
        // Who may not ask is trusted by a condition.
        let role = iam.role(name).await.ok().flatten()?;
        let begin = format!("arn:{}:iam::{}:role/", self.partition, self.account);
        (role.name == name && role.arn.starts_with(&begin)).then_some(role.arn)
    }

    /// What the ARN of a role may be of which the path is not known.
    fn possible(&self, name: &str) -> Vec<String> {
        let begin = format!("arn:{}:iam::{}:role/", self.partition, self.account);
        if name.starts_with(IDENTITY_CENTER) {
            return vec![format!("{begin}aws-reserved/sso.amazonaws.com/*{name}")];
        }
        vec![format!("{begin}{name}"), format!("{begin}*/{name}")]
    }
}

fn allowed(principal: &str, like: Option<&[String]>) -> Value {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": { "AWS": principal },
        "Action": "sts:AssumeRole",
    });
    if let Some(like) = like {
        statement["Condition"] = json!({ "ArnLike": { "aws:PrincipalArn": like } });
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(arn: &str) -> Result<Who, TrialError> {
        Who::of(&CallerIdentity { account: "111122223333".to_owned(), arn: arn.to_owned() })
    }

    #[test]
    fn who_cannot_assume_roles_is_told_at_once() {
        assert!(who("arn:aws:iam::111122223333:user/team/alice").is_ok_and(|it| !it.is_role()));
        let role = who("arn:aws-cn:sts::111122223333:assumed-role/web/i-1").unwrap();
        assert!(role.is_role());
        assert_eq!(role.partition, "aws-cn");
        assert!(matches!(who("arn:aws:iam::111122223333:root"), Err(TrialError::Root)));
        let federated = who("arn:aws:sts::111122223333:federated-user/bob");
        assert!(matches!(federated, Err(TrialError::Federated)));
        for bad in ["", "x", "arn:aws:iam::111122223333:user/", "arn:\n:iam::111122223333:user/a"] {
            assert!(matches!(who(bad), Err(TrialError::UnknownCaller(_))), "{bad}");
        }
    }

    #[test]
    fn a_role_whose_path_is_not_known_is_trusted_by_its_name() {
        let role = who("arn:aws:sts::111122223333:assumed-role/web/i-1").unwrap();
        assert_eq!(
            role.possible("web"),
            ["arn:aws:iam::111122223333:role/web", "arn:aws:iam::111122223333:role/*/web"]
        );
        let center = role.possible("AWSReservedSSO_Admin_0123456789abcdef");
        assert_eq!(center.len(), 1);
        assert!(center[0].contains("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_"));
    }
}
