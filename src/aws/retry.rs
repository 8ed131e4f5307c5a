//! What is asked again: what was lost, throttled, or failed at the other side; at most five times, after a wait that grows and has
//! chance in it, as SDKs do it (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).

use std::time::Duration;

use tokio::time::sleep;

use crate::aws::error::AskError;

/// How often something is asked at most.
const TRIES: u32 = 5;
/// How often what the service has too much of is asked at most, where it is waited for.
const TRIES_WHERE_THROTTLED: u32 = 12;
/// No wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The codes of those who are asked too much
/// (<https://github.com/smithy-lang/smithy-rs/blob/main/aws/rust-runtime/aws-runtime/src/retries/classifiers.rs>).
const THROTTLING: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
/// The codes of what passes.
const TRANSIENT: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];

/// How often one thing was asked so far.
#[derive(Debug)]
pub(super) struct Retry {
    tries: u32,
    /// Whether throttling is waited out.
    is_long: bool,
}

impl Retry {
    pub(super) fn new() -> Retry {
        Retry { tries: 1, is_long: false }
    }

    /// One that waits longer for whoever is asked too much.
    pub(super) fn long() -> Retry {
        Retry { is_long: true, ..Retry::new() }
    }

    /// Waits until it may be asked again.
    ///
    /// # Errors
    ///
    /// The same error, when it is of no use to ask again, or has been asked often enough.
    pub(super) async fn wait(&mut self, error: AskError) -> Result<(), AskError> {
        let most = match kind(&error) {
            Kind::Final => return Err(error),
            Kind::Throttled if self.is_long => TRIES_WHERE_THROTTLED,
            Kind::Throttled | Kind::Transient => TRIES,
        };
        if self.tries >= most {
            return Err(error);
        }
        sleep(LONGEST_WAIT.min(Duration::from_secs(1 << (self.tries - 1))).mul_f64(chance())).await;
        self.tries += 1;
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Final,
    Transient,
    Throttled,
}

fn kind(error: &AskError) -> Kind {
    match error {
        AskError::Unreached { .. } => Kind::Transient,
        error if error.has_code(&THROTTLING) => Kind::Throttled,
        error if error.has_code(&TRANSIENT) => Kind::Transient,
        AskError::Refused { status: 429, .. } => Kind::Throttled,
        AskError::Refused { status: 500 | 502 | 503 | 504, .. } => Kind::Transient,
        AskError::Refused { .. } | AskError::Unreadable { .. } | AskError::Unsigned { .. } => {
            Kind::Final
        }
    }
}

/// Something between 0 and 1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without random numbers the whole wait is waited.
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let refused = |status, code: &str| {
            kind(&AskError::Refused {
                operation: String::new(),
                status,
                code: Some(code.to_owned()).filter(|it| !it.is_empty()),
                message: None,
            })
        };
        assert_eq!(refused(503, "SlowDown"), Kind::Throttled);
        assert_eq!(refused(400, "ThrottlingException"), Kind::Throttled);
        assert_eq!(refused(429, ""), Kind::Throttled);
        assert_eq!(refused(500, "InternalError"), Kind::Transient);
        assert_eq!(refused(400, "RequestTimeout"), Kind::Transient);
        assert_eq!(refused(403, "AccessDenied"), Kind::Final);
        assert_eq!(refused(404, "NoSuchBucket"), Kind::Final);
        let lost = AskError::Unreached { operation: String::new(), why: String::new() };
        assert_eq!(kind(&lost), Kind::Transient);
        assert!((0..100).map(|_| chance()).all(|it| (0.0..=1.0).contains(&it)));
    }
}
