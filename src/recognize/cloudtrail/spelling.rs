//! How CloudTrail spells what a model calls otherwise. A service writes a request into its event by itself, most with the first letter
//! in lower case (`dBInstanceIdentifier`), EC2 with its lists as sets of items (`instancesSet.items[].instanceId`), S3 by
//! headers and query keys.

use std::sync::LazyLock;

use super::called::lines;
use crate::catalog::naming::letters;

/// Members that are called otherwise than by rule.
const MEMBERS: &str = include_str!("../../../data/cloudtrail/members.txt");

struct Renamed {
    service: &'static str,
    /// `*`: in every operation.
    operation: &'static str,
    /// In letters alone.
    event: String,
    member: &'static str,
}

static RENAMED: LazyLock<Vec<Renamed>> = LazyLock::new(|| {
    let renamed = lines(MEMBERS).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(Renamed {
            service: words.next()?,
            operation: words.next()?,
            event: letters(words.next()?),
            member: words.next()?,
        })
    });
    renamed.collect()
});

/// What stands where a value is kept out of the record, beside what begins and ends in stars: Cognito's pages have the second
/// (docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html).
const HIDDEN: [&str; 5] = [
    "HIDDEN_DUE_TO_SECURITY_REASONS",
    "HIDDEN_FOR_SECURITY_REASONS",
    "<sensitiveDataRemoved>",
    "Value hidden due to security reasons.",
    "sensitiveDataRemoved",
];

/// What begins and ends so hides something: `**********`, `***OMITTED***`, `*** Redacted ***`
/// (docs.aws.amazon.com/polly/latest/dg/logging-using-cloudtrail.html, docs.aws.amazon.com/redshift/latest/mgmt/logging-using-cloudtrail.html,
/// docs.aws.amazon.com/opsworks/latest/userguide/logging-using-cloudtrail.html).
const STARS: &str = "***";

/// Whether a text stands for one that is not in the record.
pub(super) fn is_hidden(text: &str) -> bool {
    HIDDEN.contains(&text) || (text.starts_with(STARS) && text.ends_with(STARS))
}

/// The model's name of a member that this service's events call so by themselves.
pub(super) fn renamed(service: &str, operation: &str, event: &str) -> Option<&'static str> {
    if RENAMED.iter().all(|it| it.service != service) {
        return None;
    }
    let event = letters(event);
    let of = |it: &&Renamed| it.service == service && it.event == event;
    let mut of_service = RENAMED.iter().filter(of);
    let own = of_service.clone().find(|it| it.operation == operation);
    own.or_else(|| of_service.find(|it| it.operation == "*")).map(|it| it.member)
}

/// How much an event's name of a member is like one of the model's names of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// But for an `s`, or for `Set` or `List`: `tagSpecificationSet`, `groupSet`.
    Loose,
    /// Letter by letter, in any case.
    Same,
}

/// How alike they are.
pub(super) fn likeness(event: &str, names: [&str; 2]) -> Option<Likeness> {
    // Whatever is left out, no name begins otherwise.
    let begins = first(event);
    if names.iter().all(|name| first(name) != begins) {
        return None;
    }
    if names.iter().any(|name| same(event, name)) {
        return Some(Likeness::Same);
    }
    let event = letters(event);
    let bare = bare(&event);
    let is_like = |name: &&str| {
        let name = letters(name);
        !bare.is_empty() && self::bare(&name) == bare
    };
    names.iter().any(is_like).then_some(Likeness::Loose)
}

/// The first letter or digit of a name.
fn first(name: &str) -> Option<u8> {
    name.bytes().find(u8::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase())
}

/// Whether two names have the same letters and digits, in any case. It allocates nothing.
fn same(one: &str, other: &str) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric();
    let one = one.bytes().filter(letters).map(|it| it.to_ascii_lowercase());
    one.eq(other.bytes().filter(letters).map(|it| it.to_ascii_lowercase()))
}

fn bare(letters: &str) -> &str {
    let bare = letters.strip_suffix("set").or_else(|| letters.strip_suffix("list"));
    let bare = bare.filter(|it| it.len() > 2).unwrap_or(letters);
    bare.strip_suffix('s').filter(|it| it.len() > 2).unwrap_or(bare)
}
