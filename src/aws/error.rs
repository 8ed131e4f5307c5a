//! Why something could not be learnt from whoever was asked.

use http::response::Parts;
use serde_json::Value;

use crate::aws::xml::Element;

/// So much of an error's sentence is repeated, in characters.
const LONGEST_SENTENCE: usize = 200;

/// Why an operation has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nobody answered.
    #[error("{operation} got no answer: {why}")]
    Unreached {
        /// What was asked.
        operation: String,
        /// Why.
        why: String,
    },
    /// The answer is an error.
    #[error("{operation} was answered with status {status}{}", told(.code.as_ref(), .message.as_ref()))]
    Refused {
        /// What was asked.
        operation: String,
        /// The status of the answer.
        status: u16,
        /// AWS's code, where the answer has one.
        code: Option<String>,
        /// The sentence that came with it, cut.
        message: Option<String>,
    },
    /// It could not be asked: there are no credentials to sign it with.
    #[error("{operation} cannot be signed: {why}")]
    Unsigned {
        /// What was to be asked.
        operation: String,
        /// Why there are none.
        why: String,
    },
    /// The answer is none of the operation's.
    #[error("the answer to {operation} cannot be read: {why}")]
    Unreadable {
        /// What was asked.
        operation: String,
        /// Why.
        why: String,
    },
}

impl AskError {
    /// An answer that is an error.
    pub(super) fn refused(operation: String, head: &Parts, body: &[u8]) -> AskError {
        let said = head.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let (code, message) = said_in(body);
        AskError::Refused {
            operation,
            status: head.status.as_u16(),
            code: said.map(|it| code_alone(it).to_owned()).or(code),
            message,
        }
    }

    /// Whether the operation is one that whoever was asked does not have. moto answers with a page that is no error of AWS's, and
    /// LocalStack with status 501 (<https://docs.localstack.cloud/aws/services/>).
    pub fn is_unimplemented(&self) -> bool {
        const CODES: [&str; 4] =
            ["InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException"];
        match self {
            AskError::Refused { status: 501, .. } => true,
            AskError::Refused { status, code: None, .. } => [404, 405, 500].contains(status),
            AskError::Refused { code: Some(code), .. } => CODES.contains(&code.as_str()),
            _ => false,
        }
    }

    /// Whether the answer says that whoever asks may not.
    pub fn is_denied(&self) -> bool {
        matches!(self, AskError::Refused { status: 401 | 403, .. })
    }

    /// Whether the answer has one of these codes.
    pub fn has_code(&self, codes: &[&str]) -> bool {
        matches!(self, AskError::Refused { code: Some(code), .. } if codes.contains(&code.as_str()))
    }
}

fn told(code: Option<&String>, message: Option<&String>) -> String {
    let code = code.map_or(String::new(), |code| format!(" ({code})"));
    let message = message.map_or(String::new(), |message| format!(": {message}"));
    code + &message
}

/// Code and sentence of an error, in JSON or XML.
fn said_in(body: &[u8]) -> (Option<String>, Option<String>) {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let text =
            |names: &[&str]| names.iter().find_map(|name| value.get(name)?.as_str()).map(cut);
        let code = text(&["__type", "code", "Code"]);
        return (code.map(|it| code_alone(&it).to_owned()), text(&["message", "Message"]));
    }
    let Ok(root) = Element::read(body) else { return (None, None) };
    let text = |name| root.find(name).map(|it| cut(&it.text)).filter(|it| !it.is_empty());
    (text("Code"), text("Message"))
}

/// As much of a stranger's text as is repeated.
pub(super) fn cut(text: &str) -> String {
    text.trim().chars().take(LONGEST_SENTENCE).collect()
}

/// `NotFound` of `com.amazonaws.x#NotFound:http://…`.
fn code_alone(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_in_each_protocol() {
        let code = |body: &str| said_in(body.as_bytes()).0;
        assert_eq!(
            code("<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"),
            Some("NoSuchEntity".to_owned())
        );
        assert_eq!(
            code("<Error><Code>NoSuchBucketPolicy</Code></Error>"),
            Some("NoSuchBucketPolicy".to_owned())
        );
        assert_eq!(
            code(r#"{"__type":"com.amazonaws.kms#NotFoundException:x"}"#),
            Some("NotFoundException".to_owned())
        );
        assert_eq!(code("<!doctype html>\n<html lang=en>\n<title>500"), None);
        assert_eq!(code(""), None);
        let refused = |status, code: Option<&str>| AskError::Refused {
            operation: String::new(),
            status,
            code: code.map(str::to_owned),
            message: None,
        };
        assert!(refused(501, Some("InternalFailure")).is_unimplemented());
        assert!(refused(500, None).is_unimplemented());
        assert!(refused(400, Some("InvalidAction")).is_unimplemented());
        assert!(!refused(500, Some("InternalFailure")).is_unimplemented());
        assert!(!refused(403, None).is_unimplemented());
    }
}
