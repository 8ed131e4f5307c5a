//! Forms in the ARN of a resource: only where a program chose the name.

use crate::made::form::parts::Kind;
use crate::made::form::pattern::{Formed, pattern};

/// How the variables are called whose values a program chooses; AWS makes those of the others, or it is not certain who does.
const CHOSEN: [&str; 6] =
    ["Name", "NameWithPath", "NameWithoutLeadingSlash", "Alias", "VersionLabel", "SecretId"];

/// The pattern of a resource, of which `format` is the ARN format (`arn:${Partition}:s3:::${BucketName}/${ObjectName}`): each name
/// in it by its [`pattern`](pattern()). `None` when it stays as it is.
///
/// Ids stay, since AWS makes them: it is an answer that tells whether they are new. So does what is AWS's own, which is in no account or in
/// one called `aws`; S3's ARNs alone say no account of what is somebody's.
pub fn resource(arn: &str, format: &str) -> Option<Formed> {
    if !is_somebodys(arn) {
        return None;
    }
    let (beginning, mut rest) = split(arn)?;
    let mut written = beginning.to_owned();
    let mut kinds: Vec<Kind> = Vec::new();
    let mut pieces = Pieces(split(format)?.1);
    rest = take(rest, pieces.literal(), &mut written)?;
    while let Some(variable) = pieces.variable() {
        let literal = pieces.literal();
        // The last name has all that is left: keys and paths have slashes.
        let end = match (pieces.is_empty(), literal) {
            (true, literal) => rest.len().checked_sub(literal.len())?,
            (false, "") => return None,
            (false, literal) => rest.find(literal)?,
        };
        let (name, behind) = (rest.get(..end)?, rest.get(end..)?);
        match pattern(name).filter(|_| CHOSEN.iter().any(|end| variable.ends_with(end))) {
            Some(formed) => {
                written.push_str(&formed.pattern);
                kinds.extend(formed.kinds);
            }
            None => written.push_str(name),
        }
        rest = take(behind, literal, &mut written)?;
    }
    kinds.sort_unstable();
    kinds.dedup();
    (rest.is_empty() && !kinds.is_empty()).then_some(Formed { pattern: written, kinds })
}

/// What stands for the value of a variable in an ARN, where a program made it up.
pub fn chosen(arn: &str, variable: &str, value: &str) -> Option<String> {
    let is_name = CHOSEN.iter().any(|end| variable.ends_with(end));
    let formed = pattern(value).filter(|_| is_name && is_somebodys(arn))?;
    Some(formed.pattern)
}

/// What is left of a format's sixth part.
struct Pieces<'a>(&'a str);

impl<'a> Pieces<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the words up to the next variable.
    fn literal(&mut self) -> &'a str {
        let end = self.0.find("${").unwrap_or(self.0.len());
        let (literal, rest) = self.0.split_at(end);
        self.0 = rest;
        literal
    }

    /// Takes the name of the variable that is next.
    fn variable(&mut self) -> Option<&'a str> {
        let (variable, rest) = self.0.strip_prefix("${")?.split_once('}')?;
        self.0 = rest;
        Some(variable)
    }
}

/// Takes a literal from the beginning of a text.
fn take<'a>(text: &'a str, literal: &str, written: &mut String) -> Option<&'a str> {
    written.push_str(literal);
    text.strip_prefix(literal)
}

/// An ARN's first five parts with their colons, and the sixth.
fn split(arn: &str) -> Option<(&str, &str)> {
    let (end, _) = arn.match_indices(':').nth(4)?;
    Some(arn.split_at(end + 1))
}

/// Whether the account of an ARN is a number, or not known; or it is S3's.
fn is_somebodys(arn: &str) -> bool {
    let mut parts = arn.split(':').skip(2);
    let (Some(service), Some(_region), Some(account)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_account = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
    is_account || account == "*" || account.is_empty() && service == "s3"
}
