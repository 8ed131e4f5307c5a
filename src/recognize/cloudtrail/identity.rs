//! Who made a call: `userIdentity`
//! (docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::passed_over::PassedOver;
use super::raw::said;
use crate::call::{Authorization, Identity, without_session};

/// `userIdentity`, as far as it decides who called.
#[derive(Debug, Default)]
pub(super) struct UserIdentity<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) principal_id: Option<Cow<'a, str>>,
    pub(super) arn: Option<Cow<'a, str>>,
    account: Option<Cow<'a, str>>,
    pub(super) access_key: Option<Cow<'a, str>>,
    pub(super) invoked_by: Option<Cow<'a, str>>,
    /// The ARN of what the session was made with: a role, a user, an account.
    issuer: Option<Cow<'a, str>>,
    issuer_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    principal_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    arn: Option<&'a RawValue>,
    #[serde(borrow, default)]
    account_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    access_key_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    invoked_by: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session_context: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SessionContext<'a> {
    #[serde(borrow, default)]
    session_issuer: Option<&'a RawValue>,
}

/// Who made a call that a policy can be written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// What stands for the key that signed: a user's access key; of a session the id of what it was made with, since each session
    /// has a key of its own and a policy is its role's.
    pub(super) key: Option<String>,
    /// The ARN of the user, role or account.
    pub(super) arn: Option<String>,
    pub(super) account: Option<String>,
    pub(super) authorization: Authorization,
}

/// The role of a service, made for it alone
/// (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html).
const SERVICE_LINKED: &str = ":role/aws-service-role/";
/// The longest ARN, name or id of a principal that is kept.
const LONGEST: usize = 2_048;

impl<'a> UserIdentity<'a> {
    pub(super) fn of(text: &'a str) -> UserIdentity<'a> {
        let Ok(members) = serde_json::from_str::<Members<'a>>(text) else {
            return UserIdentity::default();
        };
        let context = members.session_context.map(RawValue::get);
        let context = context.and_then(|it| serde_json::from_str::<SessionContext<'a>>(it).ok());
        let issuer = context.and_then(|it| it.session_issuer).map(RawValue::get);
        let issuer = issuer.and_then(|it| serde_json::from_str::<Members<'a>>(it).ok());
        let issuer = issuer.unwrap_or_default();
        let filled = |raw| said(raw).filter(|text| !text.is_empty() && text.len() <= LONGEST);
        UserIdentity {
            kind: said(members.kind).unwrap_or_default(),
            principal_id: filled(members.principal_id),
            arn: filled(members.arn),
            account: filled(members.account_id),
            access_key: filled(members.access_key_id),
            invoked_by: filled(members.invoked_by),
            issuer: filled(issuer.arn),
            issuer_id: filled(issuer.principal_id),
        }
    }

    /// Who called, or why no policy can be written for them.
    pub(super) fn caller(&self) -> Result<Caller, PassedOver> {
        match &*self.kind {
            "AWSService" => return Err(PassedOver::AwsService),
            "IdentityCenterUser" => return Err(PassedOver::IdentityCenterUser),
            // They call with what their provider said of them: AssumeRoleWithSAML and AssumeRoleWithWebIdentity.
            "SAMLUser" | "WebIdentityUser" => {
                return Ok(Caller {
                    key: None,
                    arn: None,
                    account: self.account(),
                    authorization: Authorization::Token,
                });
            }
            _ => {}
        }
        let is_anonymous = [&self.principal_id, &self.account]
            .into_iter()
            .flatten()
            .any(|it| it.eq_ignore_ascii_case("ANONYMOUS_PRINCIPAL") || *it == "anonymous");
        if is_anonymous {
            return Err(PassedOver::Anonymous);
        }
        let Some(arn) = self.principal() else {
            return Err(match &*self.kind {
                "AWSAccount" => PassedOver::OtherAccount,
                _ if self.invoked_by.is_some() => PassedOver::AwsService,
                _ => PassedOver::Nobody,
            });
        };
        if arn.contains(SERVICE_LINKED) {
            return Err(PassedOver::ServiceLinkedRole);
        }
        let account = self.account().or_else(|| account_of(&arn).map(str::to_owned));
        Ok(Caller {
            key: self.key(&arn),
            arn: Some(arn.into_owned()),
            account,
            authorization: Authorization::SigV4,
        })
    }

    /// The ARN of whose policies decide: of a session's the role's, or of a federated user's the user's, with its path.
    fn principal(&self) -> Option<Cow<'static, str>> {
        let named = |arn: &Option<Cow<'a, str>>| {
            let arn = arn.as_deref().filter(|it| is_principal(it))?;
            // Without an issuer, the session says its role; its own name says nothing of a policy.
            Some(Cow::Owned(without_session(arn).into_owned()))
        };
        match &*self.kind {
            // A session of a federated user has no more than the user that made it
            // (docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html).
            "FederatedUser" | "AssumedRole" | "Role" => {
                named(&self.issuer).or_else(|| named(&self.arn))
            }
            "Root" => {
                let of_account = || {
                    let partition = self.arn.as_deref().and_then(partition_of).unwrap_or("aws");
                    let account = self.account.as_deref().filter(|it| is_account(it))?;
                    Some(Cow::Owned(format!("arn:{partition}:iam::{account}:root")))
                };
                named(&self.arn).or_else(of_account)
            }
            _ => named(&self.arn).or_else(|| named(&self.issuer)),
        }
    }

    /// What the calls of a principal have in common, however many sessions it has.
    fn key(&self, arn: &str) -> Option<String> {
        // Long-lived keys are few, and are a user's own or an account's
        // (docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes).
        let long_lived = self.access_key.as_deref().filter(|key| key.starts_with("AKIA"));
        let issuer = self.issuer_id.as_deref();
        let own = self.principal_id.as_deref();
        let own = own.map(|id| id.split(':').next().unwrap_or(id));
        let key = long_lived.or(issuer).or(own).filter(|key| key.len() >= 4);
        Some(key.unwrap_or(arn).to_owned())
    }

    fn account(&self) -> Option<String> {
        self.account.as_deref().filter(|it| is_account(it)).map(str::to_owned)
    }

    /// The partition that the principal is in.
    pub(super) fn partition(&self) -> Option<&str> {
        self.arn.as_deref().or(self.issuer.as_deref()).and_then(partition_of)
    }
}

impl Caller {
    /// What is told of the caller, as by an answer that says who is asking.
    pub(super) fn told(&self) -> Vec<Identity> {
        let told = self.arn.clone().map(|arn| Identity { access_key: None, arn: Some(arn) });
        told.into_iter().collect()
    }
}

fn is_principal(arn: &str) -> bool {
    let mut fields = arn.splitn(6, ':');
    let mut next = || fields.next().unwrap_or_default();
    let (start, _, service, _, account, resource) =
        (next(), next(), next(), next(), next(), next());
    let is_text = arn.bytes().all(|byte| byte.is_ascii_graphic());
    start == "arn"
        && matches!(service, "iam" | "sts")
        && is_account(account)
        && !resource.is_empty()
        && is_text
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|it| is_account(it))
}

fn partition_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').next().filter(|it| !it.is_empty())
}
