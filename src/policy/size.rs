//! How large a policy is, as IAM counts, and how large it may be.
//!
//! IAM counts the characters of the JSON without its white space (reference_iam-quotas in IAM's guide). Here
//! white space within strings counts, which IAM's words leave open: a policy that fits here fits there.

use crate::policy::statement::{Policy, Statement};

/// What a policy may be at most, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What has this limit (`a managed policy`).
    pub name: &'static str,
    /// Characters, without white space unless `counts_space`.
    pub characters: usize,
    /// Whether white space between the JSON's elements counts too.
    pub counts_space: bool,
}

impl Limit {
    const fn of(name: &'static str, characters: usize) -> Limit {
        Limit { name, characters, counts_space: false }
    }
}

/// A managed policy. Sizes: IAM's guide, reference_iam-quotas.
pub const MANAGED: Limit = Limit::of("a managed policy", 6_144);
/// All inline policies of a user together.
pub const INLINE_USER: Limit = Limit::of("the inline policies of a user", 2_048);
/// All inline policies of a group together.
pub const INLINE_GROUP: Limit = Limit::of("the inline policies of a group", 5_120);
/// All inline policies of a role together.
pub const INLINE_ROLE: Limit = Limit::of("the inline policies of a role", 10_240);
/// A session policy (`AssumeRole`), as plain text; packed, it has a second limit that only AWS can tell.
pub const SESSION: Limit =
    Limit { name: "a session policy", characters: 2_048, counts_space: true };
/// A service control policy (orgs_reference_limits in the guide of AWS Organizations). Newer accounts may
/// have more.
pub const SERVICE_CONTROL: Limit =
    Limit { name: "a service control policy", characters: 5_120, counts_space: true };

/// Every limit that a policy's text can meet, the smallest first.
pub const LIMITS: &[Limit] =
    &[INLINE_USER, SESSION, INLINE_GROUP, SERVICE_CONTROL, MANAGED, INLINE_ROLE];

/// How many managed policies can be attached to a user, group or role, unless AWS has granted more.
pub const ATTACHED: usize = 10;

/// The size of a policy in characters, as IAM counts them; its JSON is that of
/// [`render`](crate::render::json), every list an array and other characters than ASCII escaped.
pub fn size(policy: &Policy) -> usize {
    FRAME + separated(policy.statements.iter().map(statement_size))
}

/// What a policy has around its statements.
pub(super) const FRAME: usize = r#"{"Version":"2012-10-17","Statement":[]}"#.len();

/// The size of one statement, without the comma that separates it from the next.
pub(super) fn statement_size(statement: &Statement) -> usize {
    let mut size = r#"{"Effect":"","Action":,"Resource":}"#.len() + statement.effect.as_str().len();
    if let Some(sid) = &statement.sid {
        size += r#""Sid":,"#.len() + string_size(sid);
    }
    size += list_size(&statement.actions) + list_size(&statement.resources);
    if !statement.conditions.is_empty() {
        let operators = statement.conditions.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| string_size(key) + 1 + list_size(values));
            string_size(operator) + 1 + 2 + separated(keys)
        });
        size += r#","Condition":{}"#.len() + separated(operators);
    }
    size
}

/// The size of a list of strings.
fn list_size(strings: &[String]) -> usize {
    2 + separated(strings.iter().map(|text| string_size(text)))
}

/// Items with a comma between each two.
fn separated(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.map(|size| size + 1).sum::<usize>().saturating_sub(1)
}

/// The size of a string as the JSON has it, its quotes included.
pub(super) fn string_size(text: &str) -> usize {
    const ESCAPED: usize = r"\u0000".len();
    let characters = text.chars().map(|character| match character {
        '"' | '\\' => 2,
        ' '..='~' => 1,
        other => other.len_utf16() * ESCAPED,
    });
    2 + characters.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::statement::Effect;
    use crate::render::json;

    /// The characters of JSON text that are not white space between its elements.
    fn counted(json: &str) -> usize {
        let (mut count, mut inside, mut escaped) = (0, false, false);
        for character in json.chars() {
            count += usize::from(inside || !character.is_whitespace());
            inside ^= character == '"' && !escaped;
            escaped = inside && character == '\\' && !escaped;
        }
        count
    }

    #[test]
    fn the_size_is_that_of_the_json_without_its_white_space() {
        let statement = |resources: &[&str]| Statement {
            sid: None,
            effect: Effect::Allow,
            actions: vec!["s3:GetObject".to_owned(), "s3:PutObject".to_owned()],
            resources: resources.iter().map(|it| (*it).to_owned()).collect(),
            conditions: BTreeMap::new(),
        };
        let mut conditional = statement(&["*"]);
        conditional.sid = Some("Roles".to_owned());
        let values = vec!["a b".to_owned(), "\"\\\n\u{e9}\u{20ac}\u{1f600}".to_owned()];
        let keys = BTreeMap::from([("a:b".into(), values.clone()), ("a:c".into(), values)]);
        conditional.conditions.insert("StringEquals".into(), keys.clone());
        conditional.conditions.insert("StringLike".into(), keys);
        let one = statement(&["arn:aws:s3:::b/a key", "arn:aws:s3:::b/\u{1f600}"]);
        for statements in [vec![], vec![one.clone()], vec![one, conditional]] {
            let policy = Policy { statements };
            assert_eq!(size(&policy), counted(&json::render(&policy)));
        }
    }

    #[test]
    fn the_limits_are_in_order() {
        assert!(LIMITS.is_sorted_by_key(|limit| limit.characters));
    }
}
