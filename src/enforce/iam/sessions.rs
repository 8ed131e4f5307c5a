//! The policies that sessions were made with. Only the request that makes a session has them, and nothing keeps them but this.

use std::collections::HashMap;

use percent_encoding::percent_decode;

use crate::call::Call;
use crate::enforce::iam::keys::canonical;
use crate::enforce::iam::read::{policy, unreadable};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::Policy;

/// Sessions with policies that are remembered; a test suite has some dozens.
const MOST: usize = 8_192;
/// Of a request that makes a session so much is read, in bytes. STS takes 2,048 characters of policy and as many as 50 tags.
const LONGEST: usize = 128 << 10;
/// Policies and tags that a request may name.
const MOST_NAMED: usize = 100;

/// The form of a request that makes a session, as it comes in. It may have a token in it, so that nothing prints it.
#[derive(Default)]
pub struct Form {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Form {
    /// Takes in a piece of it. What of the target is behind `?` is a piece as well, with `&` behind it.
    pub fn add(&mut self, piece: &[u8]) {
        let room = LONGEST - self.bytes.len().min(LONGEST);
        self.is_cut |= piece.len() > room;
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.bytes.split(|byte| *byte == b'&').filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let decoded = |bytes: &[u8]| {
                let spaced: Vec<u8> =
                    bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
                percent_decode(&spaced).decode_utf8_lossy().into_owned()
            };
            Some((decoded(&pair[..at]), decoded(&pair[at + 1..])))
        })
    }
}

/// What a session was made with.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    /// The policies that the request had.
    pub(super) policies: Vec<Policy>,
    /// The ARNs of managed policies that it named.
    pub(super) managed: Vec<String>,
    /// The session's tags.
    pub(super) tags: Vec<(String, String)>,
    /// The key that the request was signed with.
    pub(super) caller: Option<String>,
    /// The ARN of the session, as the answer tells it.
    pub(super) arn: String,
}

impl Session {
    fn of(form: &Form) -> Session {
        let mut session = Session::default();
        let mut tags: HashMap<String, (Option<String>, Option<String>)> = HashMap::new();
        if form.is_cut {
            session.policies.push(unreadable("session policy", Shape::Identity));
        }
        for (name, value) in form.pairs() {
            let mut parts = name.split('.');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some("Policy"), None, ..) if !value.is_empty() => {
                    session.policies.push(policy("session policy", &value, Shape::Identity).0);
                }
                (Some("PolicyArns"), Some("member"), Some(_), Some("arn"))
                    if session.managed.len() < MOST_NAMED =>
                {
                    session.managed.push(value);
                }
                (Some("Tags"), Some("member"), Some(number), Some(part))
                    if tags.len() < MOST_NAMED || tags.contains_key(number) =>
                {
                    let tag = tags.entry(number.to_owned()).or_default();
                    match part {
                        "Key" => tag.0 = Some(value),
                        "Value" => tag.1 = Some(value),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let whole = tags.into_values();
        session.tags =
            whole.filter_map(|(key, value)| Some((key?, value.unwrap_or_default()))).collect();
        session
    }

    /// Whether it is limited by a policy.
    pub(super) fn is_limited(&self) -> bool {
        !self.policies.is_empty() || !self.managed.is_empty()
    }
}

/// The sessions that were made.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    of: HashMap<String, Session>,
    /// There were more than are remembered.
    pub(super) overflowed: bool,
}

impl Sessions {
    /// A call is over; if it has made sessions, they are remembered with what `form`, its request, gave them.
    pub(super) fn learn(&mut self, call: &Call, form: &Form) {
        const MAKE: [&str; 4] =
            ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"];
        let operation = call.operation.as_deref().unwrap_or_default();
        if call.service != "sts" || !MAKE.contains(&operation) {
            return;
        }
        for told in &call.evidence.told {
            let (Some(key), Some(arn)) = (&told.access_key, &told.arn) else { continue };
            let key = canonical(key);
            if self.of.len() >= MOST && !self.of.contains_key(&*key) {
                self.overflowed = true;
                continue;
            }
            let (caller, arn) = (call.principal.clone(), arn.clone());
            self.of.insert(key.into_owned(), Session { caller, arn, ..Session::of(form) });
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Session> {
        self.of.get(key)
    }

    /// The managed policies that sessions are limited by.
    pub(super) fn managed(&self) -> impl Iterator<Item = &String> {
        self.of.values().flat_map(|session| &session.managed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(pieces: &[&str]) -> Session {
        let mut form = Form::default();
        pieces.iter().for_each(|piece| form.add(piece.as_bytes()));
        Session::of(&form)
    }

    #[test]
    fn what_a_session_is_limited_by_is_read_from_its_request() {
        let made = session(&[
            "Action=AssumeRole&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22State",
            "ment%22%3A%7B%22Effect%22%3A%22Allow%22%2C+%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D",
            "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FX",
            "&Tags.member.1.Key=team&Tags.member.1.Value=blue&Tags.member.2.Value=lost",
        ]);
        assert_eq!(made.policies.len(), 1);
        assert_eq!(made.policies[0].document.statements[0].effect, crate::policy::Effect::Allow);
        assert_eq!(made.managed, ["arn:aws:iam::aws:policy/X"]);
        assert_eq!(made.tags, [("team".to_owned(), "blue".to_owned())]);
        assert!(!session(&["Action=AssumeRole&RoleArn=x&DurationSeconds=900"]).is_limited());
    }

    #[test]
    fn what_cannot_be_read_allows_nothing() {
        let denies = |made: Session| {
            made.policies
                .iter()
                .any(|it| it.document.statements[0].effect == crate::policy::Effect::Deny)
        };
        assert!(denies(session(&["Policy=nonsense"])));
        assert!(denies(session(&["Policy=%ff%fe", "&&=&"])));
        assert!(denies(session(&["a=", &"x".repeat(LONGEST), "&Policy="])));
    }
}
