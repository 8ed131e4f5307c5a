//! What is known of a stand-in's IAM, ready to be asked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::call::Call;
use crate::enforce::iam::keys::canonical;
use crate::enforce::iam::read::{Identities, Identity, Key, Part, Read, Resources, unreadable};
use crate::enforce::iam::sessions::{Form, Sessions};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::{Attached, CompleteOf, Levels, Policies, Policy};
use crate::session::principals::Callers;

/// Keys that are remembered in each respect.
const KEYS: usize = 65_536;
/// Policies of principals that are kept ready to be asked.
const PREPARED: usize = 1_024;

/// What keys may do that belong to nobody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownKeys {
    /// Everything: they are the account's root's.
    #[default]
    Root,
    /// Nothing.
    Refuse,
}

/// IAM as a stand-in has it.
#[derive(Debug)]
pub struct Iam {
    pub(super) account: String,
    pub(super) unknown_keys: UnknownKeys,
    /// The key that asked for what was read: it is of this account.
    pub(super) asked_by: String,
    pub(super) identities: Index,
    resources: BTreeMap<Part, Resources>,
    /// What holds for everybody: the policies of resources.
    pub(super) common: Levels,
    /// What holds for principals, by the texts that tell them apart.
    prepared: HashMap<String, Arc<Levels>>,
    pub(super) sessions: Sessions,
    /// Keys that were somebody's and are nobody's any more.
    pub(super) former: HashSet<String>,
    /// Keys of nobody, of which it was looked whether they are somebody's by now.
    looked_up: HashSet<String>,
}

/// Users and roles, to be found.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) users: HashMap<String, Identity>,
    /// By their names, which are unique in an account whatever the path
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names>).
    pub(super) roles: HashMap<String, Identity>,
    pub(super) keys: HashMap<String, Key>,
    managed: HashMap<String, Policy>,
}

impl Iam {
    /// IAM of this account, of which this was read with the access key `asked_by`.
    pub fn new(account: String, asked_by: &str, unknown_keys: UnknownKeys, read: Vec<Read>) -> Iam {
        let mut iam = Iam {
            account,
            unknown_keys,
            asked_by: canonical(asked_by).into_owned(),
            identities: Index::default(),
            resources: BTreeMap::new(),
            common: Levels::new(&Policies::default()),
            prepared: HashMap::new(),
            sessions: Sessions::default(),
            former: HashSet::new(),
            looked_up: HashSet::new(),
        };
        iam.replace(read);
        iam
    }

    /// What was read takes the place of what was read of the same parts before.
    pub fn replace(&mut self, read: Vec<Read>) {
        for read in read {
            match read {
                Read::Identities(identities) => self.replace_identities(identities),
                Read::Resources(part, resources) => {
                    self.resources.insert(part, resources);
                }
            }
        }
        let mut services: BTreeSet<String> =
            self.resources.keys().map(|part| part.service.to_owned()).collect();
        for (part, _) in self.resources.iter().filter(|(_, resources)| !resources.is_whole) {
            services.remove(part.service);
        }
        // Every role has been read with its trust policy.
        services.insert("sts".to_owned());
        let roles = self.identities.roles.values().filter_map(|role| {
            let policy = role.trust.clone()?;
            Some(Attached { policy, to: Some(role.arn.clone()) })
        });
        let attached = self.resources.values().flat_map(|it| it.attached.iter().cloned());
        self.common = Levels::new(&Policies {
            resource: roles.chain(attached).collect(),
            complete_of: Some(CompleteOf { account: self.account.clone(), services }),
            ..Policies::default()
        });
        self.prepared.clear();
    }

    fn replace_identities(&mut self, identities: Identities) {
        let Identities { users, roles, keys, managed } = identities;
        let name = |role: &Identity| role.arn.rsplit('/').next().unwrap_or_default().to_owned();
        let keys: HashMap<String, Key> =
            keys.into_iter().map(|key| (canonical(&key.id).into_owned(), key)).collect();
        let gone = self.identities.keys.keys().filter(|key| !keys.contains_key(*key));
        let room = KEYS.saturating_sub(self.former.len());
        self.former.extend(gone.take(room).cloned());
        self.former.retain(|key| !keys.contains_key(key));
        self.identities = Index {
            users: users.into_iter().map(|user| (user.arn.clone(), user)).collect(),
            roles: roles.into_iter().map(|role| (name(&role), role)).collect(),
            keys,
            managed,
        };
    }

    /// Whether a call is by a key of nobody of which nobody has looked yet whether it is somebody's by now.
    pub(in crate::enforce) fn is_new(&mut self, callers: &Callers, call: &Call) -> bool {
        let Some(key) = call.principal.as_deref() else { return false };
        let key = canonical(callers.source_of(key));
        let is_known = self.identities.keys.contains_key(&*key)
            || self.former.contains(&*key)
            || self.sessions.get(&key).is_some();
        !is_known && self.looked_up.len() < KEYS && self.looked_up.insert(key.into_owned())
    }

    /// Takes in the sessions that a call has made; whether they are limited by managed policies that were not read.
    pub(in crate::enforce) fn learn(&mut self, call: &Call, form: &Form) -> bool {
        self.sessions.learn(call, form);
        self.sessions.managed().any(|arn| !self.identities.managed.contains_key(arn))
    }

    /// The managed policies that sessions are limited by.
    pub(in crate::enforce) fn wanted(&self) -> BTreeSet<String> {
        self.sessions.managed().cloned().collect()
    }

    /// The key that a call is about, where it names one by its alias, so that `resource` is any key.
    pub(in crate::enforce) fn key_of_alias(&self, call: &Call, resource: &str) -> Option<&str> {
        let keys = resource.strip_suffix("key/*")?;
        let named = call.parameters.values().filter_map(|value| value.as_str());
        let mut aliases = named.filter_map(|it| Some(&it[it.find("alias/")?..]));
        let (Some(alias), None) = (aliases.next(), aliases.next()) else { return None };
        let alias = format!("{keys}{alias}");
        let all = self.resources.values().flat_map(|it| &it.aliases);
        all.into_iter().find(|(name, _)| *name == alias).map(|(_, key)| key.as_str())
    }

    /// The managed policies of these ARNs; one that is not there denies everything.
    pub(super) fn managed(&self, arns: &[String]) -> Vec<Policy> {
        let one = |arn: &String| {
            let found = self.identities.managed.get(arn).cloned();
            found.unwrap_or_else(|| unreadable(arn, Shape::Identity))
        };
        arns.iter().map(one).collect()
    }

    /// What holds for a principal that this text tells from others.
    pub(super) fn prepared(
        &mut self,
        which: &str,
        make: impl FnOnce(&Iam) -> Levels,
    ) -> Arc<Levels> {
        if let Some(levels) = self.prepared.get(which) {
            return Arc::clone(levels);
        }
        let levels = Arc::new(make(self));
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        self.prepared.insert(which.to_owned(), Arc::clone(&levels));
        levels
    }
}
