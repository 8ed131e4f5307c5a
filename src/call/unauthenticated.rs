//! Answers that say that AWS does not know who called.

use super::Outcome;

/// Codes of errors that come before any policy is looked at, without `Exception` at the end:
/// - https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and its like of every service
/// - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
/// - https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
/// - https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (`InvalidSecurity`)
/// - https://aws-amplify.github.io/aws-sdk-ios/docs/reference/AWSCore/Enums/AWSServiceErrorType.html
const CODES: [&str; 15] = [
    "AuthMissingFailure",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignature",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];
/// One of them that SDKs know best with `Exception`.
const UNRECOGNIZED: &str = "UnrecognizedClient";

/// Services whose operations have a token or key of another kind, and say this of that one: their models list the error, as no
/// other's does.
const OF_ANOTHER: [(&str, &str); 9] = [
    ("cloudtrail", "InvalidToken"),
    ("eks-auth", "ExpiredToken"),
    ("eks-auth", "InvalidToken"),
    ("importexport", "InvalidAccessKeyId"),
    ("meteringmarketplace", "ExpiredToken"),
    ("meteringmarketplace", "InvalidToken"),
    ("network-firewall", "InvalidToken"),
    ("sso-oidc", "ExpiredToken"),
    ("stepfunctions", "InvalidToken"),
];

/// What it is of the caller's credentials even there.
const SECURITY_TOKEN: &str = "The security token included in the request";

/// Codes that say it as well as other things, and the beginnings of the sentences in which they say it.
const WITH_SENTENCE: [(&str, &str); 4] = [
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; it is also said of what is somebody else's.
    ("AuthFailure", "AWS was not able to validate the provided access"),
    ("AuthFailure", "The provided credentials could not be validated"),
    // S3 of a presigned URL that is too old: https://www.artofcode.org/blog/aws-s3-accessdeniedrequest-has-expired/
    ("AccessDenied", "Request has expired"),
    // Bedrock of its API keys: https://github.com/anomalyco/opencode/issues/47073
    ("AccessDenied", "Authentication failed"),
];

impl Outcome {
    /// Whether the answer says that AWS does not know, or does not believe, who called: no policy was looked at.
    pub fn is_unauthenticated(&self, service: &str) -> bool {
        let Some(code) = self.error.as_deref() else { return false };
        let code = bare(code);
        let says = |words| self.message.as_deref().is_some_and(|message| begins(message, words));
        if code == UNRECOGNIZED || CODES.contains(&code) {
            return !OF_ANOTHER.contains(&(service, code)) || says(SECURITY_TOKEN);
        }
        WITH_SENTENCE.iter().any(|(it, words)| *it == code && says(words))
    }

    /// Makes good that a recording holds no sentence, but only that it said this: the sentence by which the code says it.
    pub fn say_unauthenticated(&mut self) {
        let Some(code) = self.error.as_deref().map(bare) else { return };
        let found = WITH_SENTENCE.iter().find(|(it, _)| *it == code);
        self.message = Some(found.map_or(SECURITY_TOKEN, |(_, words)| *words).to_owned());
    }
}

/// A code without what protocols and SDKs put around it: `com.amazonaws.sts#ExpiredTokenException`, `Client.AuthFailure`,
/// `ExpiredTokenException:http://…`.
fn bare(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    let code = code.split([':', ',']).next().unwrap_or_default().trim();
    let code = code.rsplit_once('.').map_or(code, |(_, code)| code);
    code.strip_suffix("Exception").unwrap_or(code)
}

fn begins(message: &str, words: &str) -> bool {
    message.get(..words.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(error: &str, message: Option<&str>) -> Outcome {
        Outcome {
            status: Some(403),
            error: Some(error.to_owned()),
            message: message.map(str::to_owned),
            request_id: None,
        }
    }

    /// The spellings of every protocol and SDK, of every code.
    #[test]
    fn every_spelling_is_known() {
        for code in CODES.into_iter().chain([UNRECOGNIZED]) {
            for spelling in [
                code.to_owned(),
                format!("{code}Exception"),
                format!("Client.{code}"),
                format!("com.amazon.coral.service#{code}Exception"),
                format!("com.amazonaws.sts#{code}"),
                format!(
                    "{code}Exception:http://internal.amazon.com/coral/com.amazon.coral.service/"
                ),
                format!("AWS.SimpleQueueService.{code}"),
            ] {
                assert!(outcome(&spelling, None).is_unauthenticated("s3"), "{spelling}");
            }
        }
        for other in [
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "Throttling",
            "OptInRequired",
            "ExpiredTokenFoo",
            "ExpiredIteratorException",
            "ExpiredNextToken",
            "InvalidNextTokenException",
            "InvalidTokenFormat",
            "ValidationException",
            "",
            "#",
            ".",
        ] {
            assert!(!outcome(other, None).is_unauthenticated("s3"), "{other}");
        }
    }

    #[test]
    fn some_codes_say_it_in_a_sentence() {
        for (code, sentence, said) in [
            ("AuthFailure", "AWS was not able to validate the provided access credentials", true),
            ("Client.AuthFailure", "AWS was not able to validate the provided access keys.", true),
            ("AuthFailure", "The image id '[ami-1]' does not exist or is not yours", false),
            ("AuthFailure", "Not authorized for images: [ami-1]", false),
            ("AccessDenied", "Request has expired", true),
            ("AccessDenied", "Access Denied", false),
            ("AccessDenied", "User: x is not authorized because Request has expired", false),
            (
                "AccessDeniedException",
                "Authentication failed: Please make sure your API Key is valid.",
                true,
            ),
        ] {
            assert_eq!(outcome(code, Some(sentence)).is_unauthenticated("s3"), said, "{sentence}");
        }
        assert!(!outcome("AuthFailure", None).is_unauthenticated("s3"));
    }

    /// A token of another kind was wrong: the caller was known, and allowed to say it.
    #[test]
    fn tokens_of_another_kind_are_told_apart() {
        for (service, code) in OF_ANOTHER {
            let own = outcome(&format!("{code}Exception"), Some("Invalid Token: 'x'"));
            assert!(!own.is_unauthenticated(service), "{service}");
            assert!(own.is_unauthenticated("sqs"));
            let of_caller = "The security token included in the request is expired";
            assert!(outcome(code, Some(of_caller)).is_unauthenticated(service), "{service}");
        }
    }

    #[test]
    fn what_a_recording_keeps_is_enough_to_know_it_again() {
        for (service, code) in [
            ("ec2", "AuthFailure"),
            ("ec2", "Client.AuthFailure"),
            ("s3", "AccessDenied"),
            ("stepfunctions", "InvalidToken"),
            ("sqs", "ExpiredToken"),
        ] {
            let mut again = outcome(code, None);
            again.say_unauthenticated();
            assert!(again.is_unauthenticated(service), "{code}");
        }
    }
}
