//! Calls that a service made: with the permissions of whoever called it, or in a session of a role that it opened itself
//! (docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::identity::UserIdentity;
use super::raw::{nested, said};
use super::record::Record;
use crate::call::Name;
use crate::catalog::Catalog;

/// A service made the call with the caller's permissions, or in a session that it opened itself: only other records tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Forwarded {
    /// The service, as `invokedBy` names it (`cloudformation.amazonaws.com`).
    by: String,
    /// The session; none of users and accounts, as which no service calls but with their permissions.
    session: Option<Session>,
    access_key: Option<Session>,
    /// The region of the call, or `*`.
    region: String,
}

/// A session or its key, without its name, which is often a person's: as it is known if the service opened it, and if anybody
/// else did or used it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Session {
    opened: u64,
    known: u64,
}

impl Session {
    fn of(name: &str, by: &str) -> Session {
        Session { opened: hash(name, by), known: hash(name, "") }
    }
}

/// In whose session a service made a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// In the caller's: it needs the permission when it calls the service.
    Caller,
    /// In one that the service opened itself, for a role that it was given: it is the role's own doing.
    Own,
    /// The records do not tell.
    Unknown,
}

/// The services that set `aws:CalledVia`.
static CALLED_VIA: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../../data/cloudtrail/called-via.txt")));
/// The services that KMS names in `kms:ViaService`.
static KMS_VIA: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../../data/cloudtrail/kms-via.txt")));

/// What stands there of calls from the console.
static CONSOLES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../../data/cloudtrail/consoles.txt")));

fn words(text: &'static str) -> HashSet<&'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// What the records' `invokedBy` ends with.
const DOMAIN: &str = ".amazonaws.com";

impl Forwarded {
    /// The service that made a call, if one did.
    pub(super) fn of(identity: &UserIdentity<'_>, region: Option<&str>) -> Option<Forwarded> {
        let by = identity.invoked_by.as_deref().filter(|by| !CONSOLES.contains(by))?;
        let is_session = !matches!(&*identity.kind, "IAMUser" | "Root" | "FederatedUser");
        let of = |name: Option<&str>| Some(Session::of(name.filter(|_| is_session)?, by));
        Some(Forwarded {
            by: by.to_owned(),
            session: of(identity.arn.as_deref()),
            access_key: of(identity.access_key.as_deref()),
            region: region.unwrap_or("*").to_owned(),
        })
    }

    /// The same of a call in this region.
    pub(super) fn in_region(&self, region: Option<&str>) -> Forwarded {
        Forwarded { region: region.unwrap_or("*").to_owned(), ..self.clone() }
    }

    /// The service, as the record names it: its principal (`cloudformation.amazonaws.com`), or words such as `AWS Internal`.
    pub fn by(&self) -> &str {
        &self.by
    }

    /// The service's name, where the record tells which it was.
    fn service(&self) -> Option<&str> {
        let name = self.by.strip_suffix(DOMAIN)?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=64).contains(&name.len());
        (fits && name.bytes().all(|byte| is_name(byte) || byte == b'.')).then_some(name)
    }

    /// Whether it is said which service it was, so that [`amend`](Forwarded::amend) has a condition.
    pub fn is_named(&self) -> bool {
        self.service().is_some()
    }

    /// Adds the condition under which the caller needs an action, so that nobody has it who calls AWS directly:
    /// `kms:ViaService` for KMS, `aws:CalledVia` for the services that set it, `aws:ViaAWSService` for all others. Nothing
    /// is added where the record does not tell the service.
    pub fn amend(
        &self,
        action: &str,
        conditions: &mut BTreeMap<Name, BTreeMap<Name, Vec<String>>>,
    ) {
        let Some(service) = self.service() else { return };
        let (operator, key, values) = if action.starts_with("kms:") && KMS_VIA.contains(service) {
            let operator = if self.region == "*" { "StringLike" } else { "StringEquals" };
            let partition = Catalog::embedded().partition_for_region(&self.region);
            (operator, "kms:ViaService", partition.via_service(service, &self.region))
        } else if CALLED_VIA.contains(service) {
            ("ForAnyValue:StringEquals", "aws:CalledVia", vec![self.by.clone()])
        } else {
            // docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice
            ("Bool", "aws:ViaAWSService", vec!["true".to_owned()])
        };
        let keys = conditions.entry(Name::Borrowed(operator)).or_default();
        keys.entry(Name::Borrowed(key)).or_insert(values);
    }
}

/// Sessions, as far as records tell who opened them; learnt from any record, in any order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sessions {
    /// Session or key, together with the service that opened it for itself.
    #[serde(serialize_with = "in_order")]
    opened: HashSet<u64>,
    /// Sessions that somebody opened or used who is no such service.
    #[serde(serialize_with = "in_order")]
    known: HashSet<u64>,
}

fn in_order<S: Serializer>(set: &HashSet<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(set.iter().collect::<BTreeSet<_>>())
}

/// Sessions that are remembered of each kind; of what comes beyond it is not known whose it is.
const MOST: usize = 1 << 18;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow, default)]
    credentials: Option<&'a RawValue>,
    #[serde(borrow, default)]
    assumed_role_user: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow, default)]
    access_key_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    arn: Option<&'a RawValue>,
}

impl Sessions {
    /// Takes in what a record tells of sessions: that one was opened, or that one was used.
    pub fn learn(&mut self, record: &Record<'_>) {
        let identity = record.identity();
        if Sessions::may_be_opened_by(record) {
            self.learn_opened(record, &identity);
        }
        if identity.kind == "AssumedRole"
            && identity.invoked_by.as_deref().is_none_or(|by| CONSOLES.contains(by))
            && let Some(session) = identity.arn.as_deref()
        {
            put(&mut self.known, hash(session, ""));
        }
    }

    /// Whether a record is of a kind that opens sessions.
    pub fn may_be_opened_by(record: &Record<'_>) -> bool {
        record.source.starts_with("sts.") && record.name.starts_with("AssumeRole")
    }

    fn learn_opened(&mut self, record: &Record<'_>, identity: &UserIdentity<'_>) {
        let Some(answer) = record.response() else { return };
        let Ok(answer) = serde_json::from_str::<Answer<'_>>(&answer) else { return };
        let part = |raw: Option<&RawValue>, key: bool| {
            let text = nested(raw)?;
            let part = serde_json::from_str::<Part<'_>>(&text).ok()?;
            said(if key { part.access_key_id } else { part.arn }).map(|it| it.into_owned())
        };
        let session = part(answer.assumed_role_user, false);
        let key = part(answer.credentials, true);
        let service = identity.invoked_by.as_deref().filter(|_| identity.kind == "AWSService");
        for opened in [session, key].into_iter().flatten() {
            match service {
                Some(service) => put(&mut self.opened, hash(&opened, service)),
                None => put(&mut self.known, hash(&opened, "")),
            }
        }
    }

    /// The same in parts of so many sessions each, in an order of their own: for a text whose lines are bounded.
    pub fn parts(&self, most: usize) -> Vec<Sessions> {
        let sorted = |set: &HashSet<u64>| set.iter().copied().collect::<BTreeSet<u64>>();
        let opened = sorted(&self.opened).into_iter().map(|it| (true, it));
        let all: Vec<_> =
            opened.chain(sorted(&self.known).into_iter().map(|it| (false, it))).collect();
        let part = |some: &[(bool, u64)]| {
            let of = |is_opened: bool| {
                some.iter().filter(|it| it.0 == is_opened).map(|it| it.1).collect::<HashSet<u64>>()
            };
            Sessions { opened: of(true), known: of(false) }
        };
        all.chunks(most.max(1)).map(part).collect()
    }

    /// Takes in what another part of the records told.
    pub fn merge(&mut self, other: Sessions) {
        other.opened.into_iter().for_each(|it| put(&mut self.opened, it));
        other.known.into_iter().for_each(|it| put(&mut self.known, it));
    }

    /// Whether the service opened the session itself in which it made a call: the call is the role's own.
    pub fn opened_by_service(&self, forwarded: &Forwarded) -> bool {
        let of = [&forwarded.access_key, &forwarded.session];
        of.into_iter().flatten().any(|it| self.opened.contains(&it.opened))
    }

    /// In whose session a service made a call, once all records are learnt.
    pub fn via(&self, forwarded: &Forwarded) -> Via {
        if !forwarded.is_named() {
            return Via::Unknown;
        }
        if self.opened_by_service(forwarded) {
            return Via::Own;
        }
        let Some(session) = &forwarded.session else { return Via::Caller };
        let is_known = |it: &Session| self.known.contains(&it.known);
        if is_known(session) || forwarded.access_key.as_ref().is_some_and(is_known) {
            Via::Caller
        } else {
            Via::Unknown
        }
    }
}

fn put(set: &mut HashSet<u64>, hash: u64) {
    if set.len() < MOST {
        set.insert(hash);
    }
}

/// The same in every part of the records.
fn hash(session: &str, service: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (session, service).hash(&mut hasher);
    hasher.finish()
}
