//! Ids of access keys.

use std::borrow::Cow;

/// An access key's id in the form in which it is compared. LocalStack writes L for the A that the ids of its keys begin with, and
/// takes either (<https://docs.localstack.cloud/aws/capabilities/config/credentials>).
pub(super) fn canonical(key: &str) -> Cow<'_, str> {
    match key.strip_prefix('L') {
        Some(rest) if rest.starts_with("KIA") || rest.starts_with("SIA") => {
            Cow::Owned(format!("A{rest}"))
        }
        _ => Cow::Borrowed(key),
    }
}

/// Whether a key is one of those that sessions have
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
pub(super) fn is_temporary(key: &str) -> bool {
    key.len() >= 16 && key.starts_with("ASIA")
}
