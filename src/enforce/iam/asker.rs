//! Whose an access key is, and what holds for whom.

use std::sync::Arc;

use crate::call::Call;
use crate::enforce::iam::keys::{canonical, is_temporary};
use crate::enforce::iam::read::Identity;
use crate::enforce::iam::sessions::Session;
use crate::enforce::iam::state::{Iam, UnknownKeys};
use crate::evaluate::document::{Document, Shape};
use crate::evaluate::levels::{Levels, Note, Outcome, Policy, Principal, Ruling};
use crate::evaluate::verdict::Request;
use crate::recognize::account;
use crate::session::principals::Callers;

/// Who asks.
#[derive(Debug, Clone)]
pub(in crate::enforce) enum Asker {
    /// The account's root: it may do everything.
    Root {
        /// The account.
        account: String,
    },
    /// A user, or a session.
    Known(Box<Known>),
    /// Nobody of whom it is known that they may do anything; why, as half a sentence.
    Nobody(String),
}

/// A user, or a session.
#[derive(Debug, Clone)]
pub(in crate::enforce) struct Known {
    pub(in crate::enforce) principal: Principal,
    /// Its ARN.
    pub(in crate::enforce) arn: String,
    levels: Arc<Levels>,
    /// `aws:userid`.
    id: String,
    tags: Vec<(String, String)>,
}

impl Asker {
    /// What the policies say of a request.
    pub(in crate::enforce) fn judge(&self, request: Request<'_>) -> Ruling {
        match self {
            Asker::Known(known) => {
                let mut context = request.context.clone();
                context.set_unknown("aws:userid", [&known.id]);
                let tags = known.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
                context.set_all("aws:PrincipalTag/", tags);
                known.levels.judge(&known.principal, Request { context: &context, ..request })
            }
            // A key of nobody's is judged before, and not by permissions.
            Asker::Root { .. } | Asker::Nobody(_) => Ruling {
                outcome: Outcome::Allowed,
                statements: Vec::new(),
                missing: Vec::new(),
                notes: vec![Note::Root],
            },
        }
    }
}

impl Iam {
    /// Who makes a call. `callers`: what answers told of keys.
    pub(in crate::enforce) fn who(&mut self, callers: &Callers, call: &Call) -> Asker {
        let Some(given) = call.principal.as_deref() else {
            return Asker::Nobody("it does not say which access key stands behind it".to_owned());
        };
        // A session that was seen to be made is what that says, whatever else was told of its key.
        let own = canonical(given);
        if let Some(session) = self.sessions.get(&own) {
            let session = session.clone();
            return self.session(&own, session, callers);
        }
        let source = callers.source_of(given);
        let key = canonical(source);
        if let Some(session) = self.sessions.get(&key) {
            let session = session.clone();
            return self.session(&key, session, callers);
        }
        let nobody = |why: &str| Asker::Nobody(why.to_owned());
        if let Some(owner) = self.identities.keys.get(&*key) {
            if !owner.is_active {
                return nobody("its access key is inactive");
            }
            let arn = owner.user.clone();
            return self.user(&arn);
        }
        if self.former.contains(&*key) {
            return nobody("its access key has been deleted");
        }
        let arn = callers.arn_of(given).unwrap_or_default();
        if arn.contains(":assumed-role/") {
            if self.sessions.overflowed {
                return nobody(
                    "nobody knows what its session is limited by, since there are too many",
                );
            }
            return self.role(&key, arn, Session::default());
        }
        if arn.contains(":federated-user/") {
            return nobody("nobody knows what its session is limited by");
        }
        if is_temporary(&key) {
            return nobody(
                "its access key is of a session that began unseen, so that nobody knows whose it is",
            );
        }
        // LocalStack and moto have accounts by the keys that ask.
        if let Some(account) = account::from_access_key(&key)
            && account != self.account
            && *key != *self.asked_by
        {
            return Asker::Nobody(format!(
                "its access key is of account {account}, and the IAM that was read is that of {}",
                self.account
            ));
        }
        match self.unknown_keys {
            UnknownKeys::Root => {
                Asker::Root { account: call.account.clone().unwrap_or(self.account.clone()) }
            }
            UnknownKeys::Refuse => nobody("its access key belongs to nobody"),
        }
    }

    fn user(&mut self, arn: &str) -> Asker {
        let Some(user) = self.identities.users.get(arn) else {
            return Asker::Nobody("the user of its access key is not there any more".to_owned());
        };
        let (id, tags) = (user.id.clone(), user.tags.clone());
        let levels = self.prepared(arn, |iam| {
            let user = iam.identities.users.get(arn);
            iam.levels_of(user, &[])
        });
        let principal = Principal::User { arn: arn.to_owned() };
        known(principal, arn, levels, id, tags)
    }

    fn session(&mut self, key: &str, session: Session, callers: &Callers) -> Asker {
        let arn = session.arn.clone();
        if arn.contains(":federated-user/") {
            self.federated(key, &arn, session, callers)
        } else {
            self.role(key, &arn, session)
        }
    }

    fn role(&mut self, key: &str, session_arn: &str, session: Session) -> Asker {
        let Some((name, session_name)) =
            session_arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'))
        else {
            return Asker::Nobody("the session of its access key has no name".to_owned());
        };
        let Some(role) = self.identities.roles.get(name) else {
            return Asker::Nobody("the role of its session is not there any more".to_owned());
        };
        let (arn, id) = (role.arn.clone(), format!("{}:{session_name}", role.id));
        let mut tags = role.tags.clone();
        // "If the session tag and the role tag have the same key, the session tag overrides it"
        // (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html).
        tags.retain(|(key, _)| {
            !session.tags.iter().any(|(other, _)| other.eq_ignore_ascii_case(key))
        });
        tags.extend(session.tags.iter().cloned());
        let which = if session.is_limited() { key } else { arn.as_str() };
        let levels = self.prepared(which, |iam| {
            let limits = iam.limits(&session);
            iam.levels_of(iam.identities.roles.get(name), &limits)
        });
        let principal =
            Principal::Role { role: Some(arn.clone()), session: Some(session_arn.to_owned()) };
        known(principal, session_arn, levels, id, tags)
    }

    /// A federated user may do what its user and its session policies both allow.
    fn federated(&mut self, key: &str, arn: &str, session: Session, callers: &Callers) -> Asker {
        let caller = session.caller.as_deref().map(|key| canonical(callers.source_of(key)));
        let owner = caller.as_ref().and_then(|key| self.identities.keys.get(&**key));
        let user = owner.map(|owner| owner.user.clone());
        let is_root = owner.is_none()
            && self.unknown_keys == UnknownKeys::Root
            && caller.is_some_and(|key| !is_temporary(&key) && !self.former.contains(&*key));
        if user.is_none() && !is_root {
            return Asker::Nobody("nobody knows who made its session".to_owned());
        }
        let levels = self.prepared(key, |iam| {
            let limits = iam.limits(&session);
            match &user {
                Some(user) => iam.levels_of(iam.identities.users.get(user), &limits),
                None => iam.common.for_another(&everything(), None, &limits),
            }
        });
        let name = arn.rsplit('/').next().unwrap_or_default();
        let id = format!("{}:{name}", self.account);
        let principal = Principal::FederatedUser { arn: arn.to_owned(), user };
        known(principal, arn, levels, id, session.tags)
    }

    fn levels_of(&self, identity: Option<&Identity>, session: &[Policy]) -> Levels {
        let Some(identity) = identity else { return self.common.for_another(&[], None, session) };
        self.common.for_another(&identity.policies, identity.boundary.as_ref(), session)
    }

    fn limits(&self, session: &Session) -> Vec<Policy> {
        let managed = self.managed(&session.managed);
        session.policies.iter().cloned().chain(managed).collect()
    }
}

fn known(
    principal: Principal,
    arn: &str,
    levels: Arc<Levels>,
    id: String,
    tags: Vec<(String, String)>,
) -> Asker {
    Asker::Known(Box::new(Known { principal, arn: arn.to_owned(), levels, id, tags }))
}

/// What the account's root may do.
fn everything() -> Vec<Policy> {
    const TEXT: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let document = Document::parse_as(Shape::Identity, TEXT);
    let name = Arc::from("the account's root");
    document.map(|document| Policy { name, document }).into_iter().collect()
}
