//! ARNs and their formats, as text.

use std::borrow::Cow;

/// An ARN format (`arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}`), taken apart.
#[derive(Debug, Clone)]
pub(super) struct Format {
    /// All of it.
    pub(super) text: &'static str,
    /// `arn`, partition, service, region, account.
    pub(super) fields: [&'static str; 5],
    /// What tells the resource.
    pub(super) resource: &'static str,
}

/// Where an ARN is: partition, region and account, each a text or `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

impl Format {
    pub(super) fn new(text: &'static str) -> Format {
        let mut parts = text.splitn(6, ':');
        let fields = std::array::from_fn(|_| parts.next().unwrap_or_default());
        Format { text, fields, resource: parts.next().unwrap_or_default() }
    }

    /// What the format's ARNs begin with, up to the resource, in this place. Fields that the format leaves empty stay
    /// so.
    pub(super) fn beginning(&self, owner: Owner<'_>) -> String {
        let mut arn = String::with_capacity(self.text.len() + 16);
        for (index, field) in self.fields.into_iter().enumerate() {
            arn.push_str(match (index, field.starts_with("${")) {
                (1, true) => owner.partition,
                (3, true) => owner.region,
                (4, true) => owner.account,
                (_, true) => "*",
                (_, false) => field,
            });
            arn.push(':');
        }
        arn
    }

    /// Whether an ARN has this format: the same words in the same places, and something for every variable.
    pub(super) fn matches(&self, arn: &str) -> bool {
        let mut parts = arn.splitn(6, ':');
        let same = self.fields.into_iter().all(|wanted| {
            parts
                .next()
                .is_some_and(|part| wanted.starts_with("${") || wanted == "*" || part == wanted)
        });
        same && parts.next().is_some_and(|resource| resource_matches(resource, self.resource))
    }

    /// What `arn` says of `variable`, when it is an ARN of what the format's resources stand in: the table of an index,
    /// the function of a version. The value, and where it is.
    pub(super) fn within<'a>(&self, arn: &'a str, variable: &str) -> Option<(&'a str, Owner<'a>)> {
        let mut parts = arn.splitn(6, ':');
        let mut part = || parts.next();
        let (_, partition, service) = (part()?, part()?, part()?);
        let (region, account, resource) = (part()?, part()?, part()?);
        if service != self.fields[2] && !self.fields[2].starts_with("${") {
            return None;
        }
        let (before, after) = self.resource.split_once(&format!("${{{variable}}}"))?;
        let value = resource.strip_prefix(before)?;
        let value = match after.chars().next() {
            Some(separator) => value.split(separator).next()?,
            None => value,
        };
        let known = !value.is_empty() && !before.contains("${");
        known.then_some((value, Owner { partition, region, account }))
    }
}

fn resource_matches(resource: &str, format: &str) -> bool {
    // Some formats have `*` where others have a variable (`task:*`).
    let Some(start) = format.find(['$', '*']) else { return resource == format };
    let Some(value) = resource.strip_prefix(&format[..start]) else { return false };
    let rest = match &format[start..] {
        rest if rest.starts_with('*') => &rest[1..],
        rest => match rest.split_once('}') {
            Some((_, rest)) => rest,
            None => return false,
        },
    };
    if rest.is_empty() {
        return !value.is_empty();
    }
    // A variable stands for at least one character; the rest may begin at any place behind it.
    let places = value.char_indices().skip(1).map(|(index, _)| index);
    places.chain([value.len()]).any(|index| index > 0 && resource_matches(&value[index..], rest))
}

/// The service of an ARN (`lambda`).
pub(super) fn service(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}

/// A value as policies write it: `*`, `?` and `$` have a meaning of their own there
/// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html, special characters).
pub(super) fn literal(value: &str) -> Cow<'_, str> {
    if !value.contains(['*', '?', '$']) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() + 8);
    for letter in value.chars() {
        match letter {
            '*' | '?' | '$' => {
                text.push_str("${");
                text.push(letter);
                text.push('}');
            }
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_a_format_or_not() {
        let function =
            Format::new("arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}");
        assert!(function.matches("arn:aws:lambda:eu-west-1:111122223333:function:f"));
        assert!(!function.matches("arn:aws:lambda:eu-west-1:111122223333:layer:l"));
        assert!(!function.matches("arn:aws:lambda:eu-west-1:111122223333:function:"));
        assert!(!function.matches("arn:aws:lambda"));
        let index = Format::new(
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}",
        );
        assert!(index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"));
        assert!(!index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table/t"));
        assert!(!index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table//index/i"));
        assert!(index.matches("arn:aws:dynamodb:eu-west-1:1:table/\u{e9}/index/i"));
    }

    #[test]
    fn a_star_in_a_format_stands_for_something() {
        let task = Format::new("arn:${Partition}:dms:${Region}:${Account}:task:*");
        assert!(task.matches("arn:aws:dms:eu-west-1:111122223333:task:ABC"));
        assert!(!task.matches("arn:aws:dms:eu-west-1:111122223333:rep:ABC"));
        let recipe =
            Format::new("arn:${Partition}:imagebuilder:${Region}:${Account}:component/${Name}/*");
        assert!(recipe.matches("arn:aws:imagebuilder:eu-west-1:111122223333:component/web/1.0.0"));
    }

    #[test]
    fn an_arn_says_what_it_stands_in() {
        let index = Format::new(
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}",
        );
        let owner = Owner { partition: "aws", region: "eu-west-1", account: "444455556666" };
        let arn = "arn:aws:dynamodb:eu-west-1:444455556666:table/t";
        assert_eq!(index.within(arn, "TableName"), Some(("t", owner)));
        assert_eq!(index.within(arn, "IndexName"), None);
        assert_eq!(index.within("arn:aws:sqs:eu-west-1:444455556666:table/t", "TableName"), None);
        assert_eq!(index.within("arn:aws", "TableName"), None);
    }

    #[test]
    fn characters_with_a_meaning_are_written_as_themselves() {
        assert_eq!(literal("a*b?c$d"), "a${*}b${?}c${$}d");
        assert_eq!(literal("plain"), "plain");
    }
}
