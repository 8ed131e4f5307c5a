//! What is made for an experiment is called so, and has these tags.

use time::OffsetDateTime;

use crate::trial::expiry;

/// The path of everything that is made.
pub(super) const PATH: &str = "/leastwise/";
/// What all names begin with.
pub(super) const PREFIX: &str = "leastwise-try-";
/// The tag that says what made it, and its value.
pub(super) const MADE_BY: (&str, &str) = ("leastwise:made-by", "leastwise try");
/// The tag that says when nobody can need it any more.
pub(super) const EXPIRES: &str = "leastwise:expires";
/// The name of the policy in line.
pub(super) const INLINE: &str = "leastwise-try";

/// The name of an experiment, and so of its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// That of an experiment which begins at a moment.
    pub(super) fn new(now: OffsetDateTime, random: [u8; 4]) -> Name {
        let (date, time) = (now.date(), now.time());
        Name(format!(
            "{PREFIX}{:04}{:02}{:02}T{:02}{:02}{:02}Z-{:08x}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            u32::from_be_bytes(random),
        ))
    }

    /// The name, if it is one of ours: somebody else may call a role anything.
    pub(super) fn of(text: &str) -> Option<Name> {
        let rest = text.strip_prefix(PREFIX)?;
        let (time, random) = rest.split_once('-')?;
        let is_time = time.len() == 16
            && time.bytes().enumerate().all(|(place, byte)| match place {
                8 => byte == b'T',
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            });
        let is_random =
            random.len() == 8 && random.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        (is_time && is_random).then(|| Name(text.to_owned()))
    }

    /// What the session of a role is called with whose credentials it is asked.
    pub(super) fn of_caller() -> Name {
        Name("leastwise-try".to_owned())
    }

    /// The name.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the managed policy with a number.
    pub(super) fn policy(&self, number: usize) -> String {
        format!("{}-{number}", self.0)
    }

    /// The name of the boundary.
    pub(super) fn boundary(&self) -> String {
        format!("{}-boundary", self.0)
    }

    /// The experiment that a managed policy with this name is of.
    pub(super) fn of_policy(name: &str) -> Option<Name> {
        let (experiment, what) = name.rsplit_once('-')?;
        let is_ours = what == "boundary" || what.bytes().all(|byte| byte.is_ascii_digit());
        Name::of(experiment).filter(|_| is_ours && !what.is_empty())
    }
}

/// The tag of what is made and stays until somebody removes it.
pub(super) fn tag() -> (String, String) {
    (MADE_BY.0.to_owned(), MADE_BY.1.to_owned())
}

/// The tags of what is made, which nobody can need after a moment (in seconds since 1970).
pub(super) fn tags(expires: i64) -> Vec<(String, String)> {
    vec![tag(), (EXPIRES.to_owned(), expiry::written(expires))]
}

/// When what has these tags is over, if they are ours.
pub(super) fn expires(tags: &[(String, String)]) -> Option<i64> {
    let value = |key: &str| tags.iter().find(|tag| tag.0 == key).map(|tag| tag.1.as_str());
    let is_ours = value(MADE_BY.0) == Some(MADE_BY.1);
    is_ours.then(|| value(EXPIRES)).flatten().and_then(expiry::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_are_ours() {
        let now = OffsetDateTime::from_unix_timestamp(1_795_727_917).unwrap();
        let name = Name::new(now, [1, 2, 3, 255]);
        assert_eq!(name.as_str(), "leastwise-try-20261126T211837Z-010203ff");
        assert!(name.as_str().len() <= 64);
        assert_eq!(Name::of(name.as_str()), Some(name.clone()));
        assert_eq!(Name::of_policy(&name.policy(12)), Some(name.clone()));
        assert_eq!(Name::of_policy(&name.boundary()), Some(name.clone()));
        for other in [
            "leastwise-try-",
            "leastwise-try-web",
            "leastwise-try-20261126T211837Z-010203fg",
            "leastwise-try-20261126T211837Z-010203ff-1",
            "my-leastwise-try-20261126T211837Z-010203ff",
        ] {
            assert_eq!(Name::of(other), None, "{other}");
        }
        assert_eq!(Name::of_policy(name.as_str()), None);
        assert_eq!(Name::of_policy(&format!("{}-x", name.as_str())), None);
    }

    #[test]
    fn tags_say_when_it_is_over_and_whose_it_is() {
        let tags = tags(1_795_729_117);
        assert_eq!(expires(&tags), Some(1_795_729_117));
        assert_eq!(expires(&tags[1..]), None);
        assert_eq!(expires(&tags[..1]), None);
    }
}
