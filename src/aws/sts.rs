//! STS: who asks, and credentials for a while
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>).

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::aws::credentials::Credentials;
use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::service::Service;
use crate::aws::xml::Element;

const VERSION: &str = "2011-06-15";

/// STS.
#[derive(Debug, Clone)]
pub struct Sts(pub(super) Service);

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account (12 digits).
    pub account: String,
    /// The ARN.
    pub arn: String,
}

/// What a session is to be.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// Its name.
    pub name: &'a str,
    /// A policy that cuts it down.
    pub policy: Option<&'a str>,
    /// How long, in seconds.
    pub seconds: u32,
}

/// Credentials for a while.
#[derive(Debug, Clone)]
pub struct Session {
    /// The credentials.
    pub credentials: Credentials,
    /// Until when they are good.
    pub until: SystemTime,
    /// How much of the room for a session's policy is taken, in per cent, where there is one.
    pub packed_policy_size: Option<u8>,
}

impl Sts {
    /// Who asks.
    ///
    /// # Errors
    ///
    /// When nobody says.
    pub async fn caller_identity(&self) -> Result<CallerIdentity, AskError> {
        let operation = "GetCallerIdentity";
        let answer = self.0.query(operation, VERSION, &[], Retry::new()).await?;
        let text = |name: &str| answer.find(name).map(|it| it.text.clone());
        match (text("Account"), text("Arn")) {
            (Some(account), Some(arn)) => Ok(CallerIdentity { account, arn }),
            _ => Err(unreadable(operation, "it does not say who asks")),
        }
    }

    /// Assumes a role.
    ///
    /// # Errors
    ///
    /// When it cannot be assumed.
    pub async fn assume_role(
        &self,
        role: &str,
        session: NewSession<'_>,
    ) -> Result<Session, AskError> {
        let parameters = [("RoleArn", role), ("RoleSessionName", session.name)];
        self.session("AssumeRole", &parameters, session).await
    }

    /// A session of the user who asks, of which a policy leaves what it allows.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn federation_token(&self, session: NewSession<'_>) -> Result<Session, AskError> {
        self.session("GetFederationToken", &[("Name", session.name)], session).await
    }

    /// What an encoded message says: JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be decoded.
    pub async fn decoded(&self, message: &str) -> Result<String, AskError> {
        let operation = "DecodeAuthorizationMessage";
        let parameters = [("EncodedMessage", message)];
        let answer = self.0.query(operation, VERSION, &parameters, Retry::long()).await?;
        let decoded = answer.find("DecodedMessage").map(|it| it.text.clone());
        decoded.ok_or_else(|| unreadable(operation, "it has no message"))
    }

    async fn session(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
        session: NewSession<'_>,
    ) -> Result<Session, AskError> {
        let seconds = session.seconds.to_string();
        let mut parameters = parameters.to_vec();
        parameters.push(("DurationSeconds", &seconds));
        if let Some(policy) = session.policy {
            parameters.push(("Policy", policy));
        }
        let answer = self.0.query(operation, VERSION, &parameters, Retry::new()).await?;
        read(&answer).ok_or_else(|| unreadable(operation, "it has no credentials"))
    }
}

fn read(answer: &Element) -> Option<Session> {
    let given = answer.find("Credentials")?;
    let text = |name: &str| given.text_of(name).filter(|it| !it.is_empty());
    let until = OffsetDateTime::parse(text("Expiration")?, &Rfc3339).ok()?.into();
    let token = text("SessionToken").map(str::to_owned);
    Some(Session {
        credentials: Credentials::until(
            text("AccessKeyId")?,
            text("SecretAccessKey")?,
            token,
            Some(until),
        ),
        until,
        packed_policy_size: answer.find("PackedPolicySize").and_then(|it| it.text.parse().ok()),
    })
}

fn unreadable(operation: &str, why: &str) -> AskError {
    AskError::Unreadable { operation: format!("sts:{operation}"), why: why.to_owned() }
}
