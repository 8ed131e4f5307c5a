//! Credentials for the command, and new ones when they are over.

use std::sync::Arc;
use std::time::SystemTime;

use crate::aws::{AskError, NewSession, Provide, Provided, Services, Session, Sts};
use crate::trial::expiry;
use crate::trial::names::{Name, tags};

/// How sessions come to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A role is made for it.
    Role,
    /// An existing role, cut down to the policy; its ARN.
    Existing(String),
    /// The user who asks, cut down to the policy.
    Federated,
}

/// The shortest and the longest session that a user has of a role, in seconds
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
pub(super) const SHORTEST: u32 = 900;
const LONGEST: u32 = 12 * 3_600;
/// Whose role it is that assumes another has an hour at most; so has whoever assumes a role of which nobody said that it gives more.
const LONGEST_CHAINED: u32 = 3_600;
/// So long after the end of its last session an experiment is over for certain.
const AFTERWARDS: i64 = 15 * 60;

/// Makes sessions.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    pub(super) services: Services,
    pub(super) sts: Sts,
    pub(super) kind: Kind,
    pub(super) name: Name,
    /// The role that is made.
    pub(super) role_arn: String,
    /// The session's policy.
    pub(super) policy: Option<String>,
    /// How long each is.
    pub(super) seconds: u32,
    /// Whether the role says how long it is in use.
    pub(super) is_tagged: bool,
}

/// How long a session can be.
pub(super) fn seconds(kind: &Kind, wanted: u32, is_role: bool) -> u32 {
    let most = match kind {
        Kind::Role if !is_role => LONGEST,
        Kind::Role | Kind::Existing(_) => LONGEST_CHAINED,
        Kind::Federated => LONGEST,
    };
    wanted.clamp(SHORTEST, most)
}

/// When an experiment is over, of which a session begins now.
pub(super) fn over_after(seconds: u32) -> i64 {
    expiry::seconds(SystemTime::now()) + i64::from(seconds) + AFTERWARDS
}

impl Sessions {
    /// A new session.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) async fn next(&self) -> Result<Session, AskError> {
        let policy = self.policy.as_deref();
        // The name of a federated user has at most 32 characters.
        let name = match self.kind {
            Kind::Federated => self.name.as_str().get(..30).unwrap_or("leastwise-try"),
            Kind::Role | Kind::Existing(_) => self.name.as_str(),
        };
        let session = NewSession { name, policy, seconds: self.seconds };
        match &self.kind {
            Kind::Role => self.sts.assume_role(&self.role_arn, session).await,
            Kind::Existing(arn) => self.sts.assume_role(arn, session).await,
            Kind::Federated => self.sts.federation_token(session).await,
        }
    }

    /// Says at the role that it is in use until after another session.
    pub(super) async fn extend(&self) {
        if self.kind == Kind::Role && self.is_tagged {
            let tags = tags(over_after(self.seconds));
            // Who may not do that has a role that others take for old, an hour after its first session's end.
            let _ = self.services.iam().tag_role(self.name.as_str(), &tags).await;
        }
    }
}

impl Provide for Sessions {
    fn provide(&self) -> Provided<'_> {
        Box::pin(async {
            self.extend().await;
            self.next().await.map(|it| it.credentials).map_err(|error| error.to_string())
        })
    }
}

/// Credentials that somebody has.
#[derive(Debug)]
pub(super) struct Fixed(pub(super) Arc<Session>);

impl Provide for Fixed {
    fn provide(&self) -> Provided<'_> {
        Box::pin(async { Ok(self.0.credentials.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_as_long_as_aws_lets_them_be() {
        assert_eq!(seconds(&Kind::Role, 7_200, false), 7_200);
        assert_eq!(seconds(&Kind::Role, 7_200, true), 3_600);
        assert_eq!(seconds(&Kind::Role, 100_000, false), 43_200);
        assert_eq!(seconds(&Kind::Existing(String::new()), 7_200, false), 3_600);
        assert_eq!(seconds(&Kind::Federated, 60, false), 900);
    }
}
