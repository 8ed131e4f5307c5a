//! What is said of what cannot be had, and what to do about it.

use crate::aws::AskError;

/// The code of those who may not, where the status does not say it: CloudTrail answers with status 400.
const DENIED: [&str; 1] = ["AccessDeniedException"];
/// Codes of those whose credentials are none.
const UNKNOWN: [&str; 6] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "UnrecognizedClientException",
];

/// Why a bucket cannot be read.
pub(super) fn of_bucket(address: &str, name: &str, error: &AskError) -> String {
    let what = match error {
        error if error.has_code(&["NoSuchBucket"]) => {
            format!("there is no bucket {name}; the name may be misspelt")
        }
        error => told(
            error,
            "whoever reads it needs s3:ListBucket on the bucket and s3:GetObject on what is in it",
        ),
    };
    format!("{address} cannot be read: {what}")
}

/// Why CloudTrail cannot look up what happened in a region.
pub(super) fn of_lookup(region: &str, error: &AskError) -> String {
    let what = told(error, "whoever reads it needs cloudtrail:LookupEvents");
    format!("--lookup: CloudTrail in {region} cannot be asked: {what}")
}

/// Why something cannot be had; `needed`: who needs which permission for it.
pub fn told(error: &AskError, needed: &str) -> String {
    match error {
        AskError::Unsigned { why, .. } => why.clone(),
        error if error.has_code(&UNKNOWN) => {
            format!("{error}; the credentials are not valid, or not any more: sign in again")
        }
        error if error.is_denied() || error.has_code(&DENIED) => {
            format!("{error}; {needed}")
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_what_to_do() {
        let refused = |status, code: &str| AskError::Refused {
            operation: "s3:ListObjectsV2".to_owned(),
            status,
            code: Some(code.to_owned()),
            message: None,
        };
        let said = |status, code| of_bucket("s3://b/p", "b", &refused(status, code));
        assert_eq!(
            said(404, "NoSuchBucket"),
            "s3://b/p cannot be read: there is no bucket b; the name may be misspelt"
        );
        assert!(said(403, "AccessDenied").contains("needs s3:ListBucket"));
        assert!(said(403, "InvalidAccessKeyId").contains("sign in again"));
        assert!(said(500, "InternalError").ends_with("status 500 (InternalError)"));
        let none = AskError::Unsigned { operation: String::new(), why: "there are none".into() };
        assert_eq!(of_bucket("s3://b", "b", &none), "s3://b cannot be read: there are none");
        assert!(
            of_lookup("eu-west-1", &refused(400, "AccessDeniedException"))
                .contains("needs cloudtrail:LookupEvents")
        );
    }
}
