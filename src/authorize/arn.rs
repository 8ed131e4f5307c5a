//! ARNs and their formats, as text.

use std::borrow::Cow;

use crate::call::Call;
use crate::catalog::Catalog;

/// An ARN format (`arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}`), taken apart.
#[derive(Debug, Clone)]
pub(super) struct Format {
    /// All of it.
    pub(super) text: &'static str,
    /// `arn`, partition, service, region, account.
    pub(super) fields: [&'static str; 5],
    /// What tells the resource.
    pub(super) resource: &'static str,
    /// Some of its ARNs are of AWS's own resources, and have no account.
    pub(super) is_also_of_aws: bool,
}

/// An ARN, taken apart: looked for in many formats, it is so once.
pub(super) struct Parts<'a> {
    /// `arn`, partition, service, region, account.
    fields: [&'a str; 5],
    resource: &'a str,
}

impl<'a> Parts<'a> {
    /// `None`: it has too few fields.
    pub(super) fn of(arn: &'a str) -> Option<Parts<'a>> {
        let mut parts = arn.splitn(6, ':');
        let mut fields = [""; 5];
        for field in &mut fields {
            *field = parts.next()?;
        }
        Some(Parts { fields, resource: parts.next()? })
    }
}

/// Where an ARN is: partition, region and account, each a text or `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

/// Where a call took place; `None` is written as `*`.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) partition: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Where a call took place; `account` is where it is said to be.
    pub(super) fn of(call: &'a Call, account: Option<&'a str>) -> Place<'a> {
        Place {
            partition: Some(&*call.partition).filter(|it| is_partition(it)).unwrap_or("aws"),
            region: call.region.as_deref().filter(|it| is_region(it)),
            account: account.or(call.account.as_deref()),
        }
    }
}

impl Format {
    pub(super) fn new(text: &'static str) -> Format {
        let mut parts = text.splitn(6, ':');
        let fields = std::array::from_fn(|_| parts.next().unwrap_or_default());
        let resource = parts.next().unwrap_or_default();
        Format { text, fields, resource, is_also_of_aws: false }
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

    /// Whether an ARN has this format: the same words in the same places, something for every variable, and a place
    /// that can be one.
    pub(super) fn matches(&self, arn: &str) -> bool {
        Parts::of(arn).is_some_and(|parts| self.matches_parts(&parts))
    }

    /// The same of an ARN that was taken apart.
    pub(super) fn matches_parts(&self, arn: &Parts<'_>) -> bool {
        // Most formats are told from an ARN by how their resources begin.
        let begins = [self.resource, arn.resource].map(|it| it.as_bytes().first().copied());
        if begins[0] != begins[1] && !matches!(begins[0], Some(b'$' | b'*')) {
            return false;
        }
        let mut fields = self.fields.into_iter().zip(arn.fields).enumerate();
        fields.all(|(index, (wanted, part))| self.fits(index, wanted, part))
            && resource_matches(arn.resource, self.resource)
    }

    /// What `arn` says of `variable`, when it is an ARN of what the format's resources stand in: the table of an index,
    /// the function of a version. The value, and where it is.
    pub(super) fn within<'a>(&self, arn: &'a str, variable: &str) -> Option<(&'a str, Owner<'a>)> {
        let mut parts = arn.splitn(6, ':');
        let mut part = || parts.next();
        let (start, partition, service) = (part()?, part()?, part()?);
        let (region, account, resource) = (part()?, part()?, part()?);
        let said = [start, partition, service, region, account];
        let mut fields = self.fields.into_iter().zip(said).enumerate();
        if !fields.all(|(index, (wanted, part))| self.fits(index, wanted, part)) {
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

    fn fits(&self, index: usize, wanted: &str, part: &str) -> bool {
        fits(index, wanted, part) || self.is_also_of_aws && index >= 3 && part.is_empty()
    }
}

/// Whether a field of an ARN can stand where a format has `wanted`: what is written there, or where that is a variable or
/// `*`, a partition, region or account that can be one.
fn fits(index: usize, wanted: &str, part: &str) -> bool {
    let may_be_empty = wanted == "*";
    if !may_be_empty && !wanted.starts_with("${") {
        return part == wanted;
    }
    match index {
        1 => is_partition(part),
        3 => is_region(part) || may_be_empty && part.is_empty(),
        4 => is_account(part) || may_be_empty && part.is_empty(),
        _ => true,
    }
}

/// Whether AWS has this partition.
pub(super) fn is_partition(text: &str) -> bool {
    text == "aws" || Catalog::embedded().partitions().any(|it| it.id() == text)
}

/// Whether this can be a region.
pub(super) fn is_region(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_letter)
}

/// Whether this can be an account: 12 digits, or a word for AWS's own (`arn:aws:iam::aws:policy/ReadOnlyAccess`,
/// docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; `arn:aws:iam::cloudfront:user/…`,
/// docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3-oai.html;
/// `arn:aws:imagebuilder:…:aws-marketplace:component/…`, docs.aws.amazon.com/imagebuilder/latest/APIReference/API_GetComponentPolicy.html).
pub(super) fn is_account(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    is_account_id(text)
        || matches!(text, "aws" | "cloudfront" | "third-party")
        || text.starts_with("aws-") && text.bytes().all(is_word)
}

/// Whether this is the id of an account.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is a role's ARN.
pub(super) fn is_role(arn: &str) -> bool {
    let mut fields = arn.splitn(6, ':').skip(1);
    let mut field = || fields.next().unwrap_or_default();
    let (partition, service, region, account, role) = (field(), field(), field(), field(), field());
    let is_there = is_partition(partition) && region.is_empty() && is_account(account);
    is_there && service == "iam" && role.starts_with("role/") && !role.contains(char::is_control)
}

/// Whether this is the ARN of an access point, by which S3 is asked in the place of a bucket
/// (docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html); one of several regions
/// has none, and its hosts do not say whose it is.
pub(super) fn is_access_point(arn: &str) -> bool {
    let mut fields = arn.splitn(6, ':').skip(1);
    let mut field = || fields.next().unwrap_or_default();
    let (partition, service, region, account, point) =
        (field(), field(), field(), field(), field());
    let is_there = is_partition(partition)
        && (region.is_empty() || is_region(region))
        && (is_account_id(account) || account == "*" && region.is_empty());
    let is_one = point.starts_with("accesspoint") || point.starts_with("outpost");
    is_there && service.starts_with("s3") && is_one && !point.contains(char::is_control)
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

/// Whether an ARN says where its resource is in words that can be so, whatever its type.
pub(super) fn has_place(arn: &str) -> bool {
    let mut fields = arn.split(':').skip(1);
    let mut field = || fields.next().unwrap_or_default();
    let (partition, _, region, account) = (field(), field(), field(), field());
    is_partition(partition)
        && (region.is_empty() || is_region(region))
        && (account.is_empty() || is_account(account))
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
        for place in ["aws:lambda:*:111122223333", "aws:lambda:eu-west-1:*", "aws:lambda::"]
            .into_iter()
            .chain(["*:lambda:eu-west-1:111122223333", "aws:lambda:eu west:111122223333"])
        {
            assert!(!function.matches(&format!("arn:{place}:function:f")), "{place}");
        }
        let index = Format::new(
            "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}",
        );
        assert!(index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"));
        assert!(!index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table/t"));
        assert!(!index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table//index/i"));
        assert!(index.matches("arn:aws:dynamodb:eu-west-1:111122223333:table/\u{e9}/index/i"));
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
        for place in ["*:444455556666", "eu-west-1:*", "eu-west-1:"] {
            let arn = format!("arn:aws:dynamodb:{place}:table/t");
            assert_eq!(index.within(&arn, "TableName"), None, "{place}");
        }
    }

    #[test]
    fn characters_with_a_meaning_are_written_as_themselves() {
        assert_eq!(literal("a*b?c$d"), "a${*}b${?}c${$}d");
        assert_eq!(literal("plain"), "plain");
    }
}
