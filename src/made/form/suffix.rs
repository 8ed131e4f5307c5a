//! What CloudFormation puts behind the name of a stack and a logical id where no name is given
//! (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html).
//!
//! Names in AWS's documentation and in reports end in 12 digits of base 36, or in 13 of which the first is `1`
//! (`mystack-mytopic-NZJ5JSMVGFIE`, `mystack-myqueue-1VF9BKQH5BJVI`); in lower case where the service has no other, and since 2023
//! often in 12 letters and digits of both cases. Only some of them are certain:
//!
//! - in upper case, with digits in two places at least, behind two words the latter of which has a lower-case letter;
//! - of any case, behind a logical id of CDK's, which ends in eight hexadecimal digits (docs.aws.amazon.com/cdk/v2/guide/identifiers.html);
//! - in lower case, behind the logical ids of the buckets that tools make for what they deploy.

use memchr::memmem;

use crate::made::form::parts::{Before, Word, has_digits_and_letters, is_of_one_case};

/// Buckets of `sam deploy` (github.com/aws/aws-sam-cli, issue 2974) and of the Serverless Framework; CloudFormation cuts the latter's
/// logical id when the name would be too long (github.com/serverless/serverless-client-s3, issue 41).
const DEPLOYMENT_BUCKETS: [&[u8]; 3] =
    [b"samclisourcebucket", b"serverlessdeploymentbucket", b"serverlessdeploymentbuck"];

/// Whether the word, which has 12 or 13 characters, is such a suffix.
pub(super) fn is_suffix(name: &[u8], word: Word<'_>, before: &Before<'_>) -> bool {
    let Some(logical_id) = before.last else { return false };
    if logical_id.end + 1 != word.start || name[logical_id.end] != b'-' {
        return false;
    }
    let text = word.text;
    if !text.iter().all(u8::is_ascii_alphanumeric) || !text.iter().any(u8::is_ascii_alphabetic) {
        return false;
    }
    let is_certain = before.words >= 2 && is_base_36(text) && has_lower(logical_id.text);
    let is_of_bucket = !has_upper(text) && DEPLOYMENT_BUCKETS.contains(&logical_id.text);
    is_certain || is_of_bucket || is_of_cdk(logical_id.text) && is_random(text)
}

/// Whether a name may have the logical id of such a bucket in it.
pub(super) fn may_be_of_bucket(name: &str) -> bool {
    // The shortest of a suffix is 12 characters, and that of the ids 18.
    name.len() > 30
        && DEPLOYMENT_BUCKETS.iter().any(|id| memmem::find(name.as_bytes(), id).is_some())
}

/// Upper-case letters, with digits in two places.
fn is_base_36(text: &[u8]) -> bool {
    let places = text.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit());
    let of_digits = places.filter(|place| place[0].is_ascii_digit()).count();
    !has_lower(text) && of_digits >= 2 && (text.len() == 12 || text[0] == b'1')
}

/// A name, and eight hexadecimal digits in upper case.
fn is_of_cdk(logical_id: &[u8]) -> bool {
    let Some((rest, hash)) = logical_id.split_last_chunk::<8>() else { return false };
    let is_hash = hash.iter().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_lowercase());
    is_hash && has_digits_and_letters(hash) && has_lower(rest)
}

/// Letters of both cases, or letters and digits.
fn is_random(text: &[u8]) -> bool {
    !is_of_one_case(text) || has_digits_and_letters(text)
}

fn has_lower(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_lowercase)
}

fn has_upper(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase)
}
