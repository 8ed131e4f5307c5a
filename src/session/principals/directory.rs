//! Which access key is whose, as the answers tell that were seen so far.

use std::collections::HashMap;

use crate::call::{Call, Identity, Source};
use crate::recognize::account;
use crate::session::principals::principal::Principal;

/// Keys that are remembered; a program has a handful, and whoever sends us more gets no more room.
const KEYS: usize = 65_536;
/// Sessions of sessions are followed so far.
const LONGEST_CHAIN: usize = 8;

/// Which access key is whose.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    keys: HashMap<String, Whose>,
    /// Roles and users whose path is known: the ARN with the path, by the one without.
    paths: HashMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    /// The principal with this ARN, as AWS told it.
    Arn(String),
    /// The principal of this key.
    KeyOf(String),
}

impl Directory {
    /// Takes in what a call's answer told. Gives the principals that are somebody else since then: who they were, and
    /// who they are.
    pub(crate) fn learn(&mut self, call: &Call) -> Vec<(Principal, Principal)> {
        let mut moved = Vec::new();
        for Identity { access_key, arn } in &call.evidence.told {
            let Some(key) = access_key.as_ref().or(call.principal.as_ref()) else { continue };
            let before = self.principal_of(key);
            match (arn, &call.principal) {
                (Some(arn), _) => self.learn_arn(key, arn, call),
                (None, Some(caller)) => self.learn_session(key, caller),
                (None, None) => {}
            }
            let after = self.principal_of(key);
            if before != after {
                moved.push((before, after));
            }
        }
        moved
    }

    fn learn_arn(&mut self, key: &str, arn: &str, call: &Call) {
        // The ARN of a session lacks its role's path, which the request has.
        let asked = call.parameters.get("RoleArn").and_then(serde_json::Value::as_str);
        for named in [Some(arn), asked].into_iter().flatten() {
            let grouped = grouped(named);
            let is_other =
                grouped != named && !named.contains("/assumed-role/") && !is_session(named);
            if is_other && grouped == self::grouped(arn) && self.paths.len() < KEYS {
                self.paths.insert(grouped, named.to_owned());
            }
        }
        let root = self.followed(key).to_owned();
        let is_better = match self.keys.get(&root) {
            None | Some(Whose::KeyOf(_)) => true,
            Some(Whose::Arn(known)) => known.contains('*') && !arn.contains('*'),
        };
        if is_better {
            self.put(root, Whose::Arn(arn.to_owned()));
        }
    }

    fn learn_session(&mut self, key: &str, caller: &str) {
        if !self.keys.contains_key(key) && self.followed(caller) != key {
            self.put(key.to_owned(), Whose::KeyOf(caller.to_owned()));
        }
    }

    fn put(&mut self, key: String, whose: Whose) {
        if self.keys.len() < KEYS || self.keys.contains_key(&key) {
            self.keys.insert(key, whose);
        }
    }

    /// Who made a call.
    pub(crate) fn caller(&self, call: &Call) -> Principal {
        match (&call.principal, call.source) {
            (Some(key), _) => self.principal_of(key),
            (None, Source::Proxy) => Principal::Anonymous,
            // A report need not say who signed.
            (None, Source::Csm | Source::CloudTrail) => Principal::Unknown,
        }
    }

    /// Whose a key is: a role's, a user's, or all that is known of it is its id.
    pub(crate) fn principal_of(&self, key: &str) -> Principal {
        let key = self.followed(key);
        match self.keys.get(key) {
            Some(Whose::Arn(arn)) => Principal::Arn(grouped(arn)),
            _ => Principal::Key(key.to_owned()),
        }
    }

    /// The ARN of a key's principal, as AWS told it.
    pub(crate) fn arn_of(&self, key: &str) -> Option<&str> {
        match self.keys.get(self.followed(key)) {
            Some(Whose::Arn(arn)) => Some(arn),
            _ => None,
        }
    }

    /// The account of a key that does not say it itself.
    pub(crate) fn account(&self, key: &str) -> Option<String> {
        let told = self.arn_of(key).and_then(account_of).map(str::to_owned);
        told.or_else(|| account::from_access_key(self.followed(key)))
    }

    /// The ARN with the path, where there is one.
    pub(crate) fn with_path<'a>(&'a self, arn: &'a str) -> &'a str {
        self.paths.get(arn).map_or(arn, |whole| whole)
    }

    /// The key that this one is a session of.
    pub(crate) fn followed<'a>(&'a self, mut key: &'a str) -> &'a str {
        for _ in 0..LONGEST_CHAIN {
            match self.keys.get(key) {
                Some(Whose::KeyOf(caller)) => key = caller,
                _ => break,
            }
        }
        key
    }
}

/// The account in an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    (account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit())).then_some(account)
}

/// The ARN by which sessions of one role, or mentions of one user, are told to be the same: that of the role or the user
/// without a path, which IAM does not need to tell two apart
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
pub(crate) fn grouped(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (_, partition, service, _, account) = (next(), next(), next(), next(), next());
    let resource = next();
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let last = || name.rsplit('/').next().unwrap_or_default();
    let (kind, name) = match (service, kind) {
        ("sts", "assumed-role") => ("role", name.split('/').next().unwrap_or_default()),
        ("iam", "role") => ("role", last()),
        ("iam" | "sts", "user") => ("user", last()),
        _ => return arn.to_owned(),
    };
    if name.is_empty() {
        return arn.to_owned();
    }
    format!("arn:{partition}:iam::{account}:{kind}/{name}")
}

fn is_session(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("sts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_their_role_and_paths_are_not_part_of_a_name() {
        for (told, meant) in [
            ("arn:aws:sts::1:assumed-role/deploy/ci", "arn:aws:iam::1:role/deploy"),
            ("arn:aws-cn:iam::1:role/teams/a/deploy", "arn:aws-cn:iam::1:role/deploy"),
            ("arn:aws:iam::1:user/staff/ann", "arn:aws:iam::1:user/ann"),
            ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
            ("arn:aws:sts::1:federated-user/bob", "arn:aws:sts::1:federated-user/bob"),
            ("arn:aws:iam::1:role/", "arn:aws:iam::1:role/"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(grouped(told), meant);
        }
    }
}
