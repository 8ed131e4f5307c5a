//! Why something could not be learnt from whoever was asked.

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
