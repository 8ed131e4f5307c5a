//! Policies looked at, by ourselves and by Access Analyzer.

use crate::aws::{AccessCheck, AskError, Service};
use crate::judge::error::JudgeError;
use crate::judge::findings::{Finding, PolicyType, Validated};
use crate::judge::own;
use crate::remote::Asking;

/// What is said before a custom policy check is asked for
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html>,
/// <https://aws.amazon.com/iam/access-analyzer/pricing/>).
pub const COSTS: &str =
    "AWS charges for each of these checks (https://aws.amazon.com/iam/access-analyzer/pricing/)";

/// Access Analyzer in a region.
pub struct Analyzer {
    asking: Asking,
    service: Service,
}

impl Analyzer {
    /// The one in this region, or the one that is configured.
    ///
    /// # Errors
    ///
    /// When no region is known.
    pub fn new(asking: Asking, region: Option<&str>) -> Result<Analyzer, JudgeError> {
        let services = asking.services();
        let region = region.or(services.region()).ok_or(JudgeError::NoRegion)?;
        let service = services.access_analyzer(region);
        Ok(Analyzer { asking, service })
    }
}

/// What we find in a policy and, where it is asked and the policy is one, Access Analyzer.
///
/// # Errors
///
/// When Access Analyzer does not answer.
pub fn validate(
    name: &str,
    text: &str,
    kind: PolicyType,
    analyzer: Option<&Analyzer>,
) -> Result<Validated, JudgeError> {
    let mut findings = own::findings(text, kind);
    if let Some(Analyzer { asking, service }) = analyzer
        && serde_json::from_str::<serde_json::Value>(text).is_ok()
    {
        let found = asking.wait(service.validate_policy(text, kind.word()));
        let found = found.map_err(|error| refused("ValidatePolicy", error))?;
        findings.extend(found.into_iter().map(Finding::of_analyzer));
    }
    Ok(Validated::new(name, findings))
}

/// Whether a new policy grants what an old one does not.
///
/// # Errors
///
/// When Access Analyzer does not answer.
pub fn no_new_access(analyzer: &Analyzer, old: &str, new: &str) -> Result<AccessCheck, JudgeError> {
    let Analyzer { asking, service } = analyzer;
    let checked = asking.wait(service.check_no_new_access(old, new));
    checked.map_err(|error| refused("CheckNoNewAccess", error))
}

fn refused(action: &'static str, error: AskError) -> JudgeError {
    JudgeError::Analyzer { action, error }
}
