//! IAM Access Analyzer, asked what it finds in a policy
//! (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>), and whether a policy grants what another
//! does not (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>).

use serde::Deserialize;
use serde_json::json;

use crate::aws::client::escaped;
use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::service::Service;

/// So many findings a page has at most.
const PAGE: u32 = 100;
/// No policy has more pages of findings.
const MOST_PAGES: usize = 20;
/// Nor more findings.
const MOST_FINDINGS: usize = 2_000;
/// So much of a sentence is kept, in characters.
const LONGEST: usize = 2_000;
/// So many parts of the policy a finding is about.
const MOST_LOCATIONS: usize = 16;
/// So many reasons are kept.
const MOST_REASONS: usize = 100;

/// What Access Analyzer finds in a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalyzerFinding {
    /// What kind of a finding it is (`ERROR`).
    pub finding_type: String,
    /// The id of what is wrong (`INVALID_ACTION`).
    pub issue_code: String,
    /// A sentence about it.
    pub finding_details: String,
    /// Where there is more about it.
    #[serde(default)]
    pub learn_more_link: String,
    /// Where in the policy.
    #[serde(default)]
    pub locations: Vec<AnalyzerLocation>,
}

/// A part of a policy.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AnalyzerLocation {
    /// Where it begins and ends.
    pub span: AnalyzerSpan,
}

/// Where a part of a policy begins and ends.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AnalyzerSpan {
    /// Where it begins.
    pub start: AnalyzerPosition,
}

/// A place in a policy (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Position.html>).
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AnalyzerPosition {
    /// From 1.
    pub line: usize,
    /// From 0.
    pub column: usize,
}

/// Whether a policy grants what another does not.
#[derive(Debug, Clone, Deserialize)]
pub struct AccessCheck {
    /// `PASS` or `FAIL`.
    pub result: String,
    /// A sentence about it.
    #[serde(default)]
    pub message: String,
    /// Why.
    #[serde(default)]
    pub reasons: Vec<AccessReason>,
}

/// Why a policy grants what another does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReason {
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// Which statement, from 0.
    #[serde(default)]
    pub statement_index: Option<usize>,
    /// The statement's id.
    #[serde(default)]
    pub statement_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paged {
    findings: Vec<AnalyzerFinding>,
    #[serde(default)]
    next_token: Option<String>,
}

impl AnalyzerFinding {
    /// As much of it as is kept.
    fn cut(mut self) -> AnalyzerFinding {
        for text in [
            &mut self.finding_type,
            &mut self.issue_code,
            &mut self.finding_details,
            &mut self.learn_more_link,
        ] {
            *text = beginning(text);
        }
        self.locations.truncate(MOST_LOCATIONS);
        self
    }
}

/// As much of a stranger's text as is kept.
fn beginning(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

impl Service {
    /// What Access Analyzer finds in a policy of a type (`IDENTITY_POLICY`).
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or one that is none of Access Analyzer's.
    pub async fn validate_policy(
        &self,
        policy: &str,
        policy_type: &str,
    ) -> Result<Vec<AnalyzerFinding>, AskError> {
        const OPERATION: &str = "ValidatePolicy";
        let unreadable = |why: String| self.not_read(OPERATION, why);
        let input = json!({"policyDocument": policy, "policyType": policy_type, "locale": "EN"});
        let (mut findings, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut path = format!("/policy/validation?maxResults={PAGE}");
            if let Some(token) = &next {
                path += &format!("&nextToken={}", escaped(token));
            }
            let page = self.post_json(OPERATION, &path, &input, Retry::long()).await?;
            let page: Paged =
                serde_json::from_value(page).map_err(|error| unreadable(error.to_string()))?;
            findings.extend(page.findings.into_iter().map(AnalyzerFinding::cut));
            if findings.len() > MOST_FINDINGS {
                return Err(unreadable(format!("it has more than {MOST_FINDINGS} findings")));
            }
            let token = page.next_token.filter(|it| !it.is_empty());
            if token.is_none() {
                return Ok(findings);
            }
            if token == next {
                return Err(unreadable("it does not go on, but asks for itself again".to_owned()));
            }
            next = token;
        }
        Err(unreadable(format!("it has more than {MOST_PAGES} pages")))
    }

    /// Whether a new identity-based policy grants what an old one does not.
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or one that is none of Access Analyzer's.
    pub async fn check_no_new_access(&self, old: &str, new: &str) -> Result<AccessCheck, AskError> {
        const OPERATION: &str = "CheckNoNewAccess";
        let input = json!({
            "existingPolicyDocument": old,
            "newPolicyDocument": new,
            "policyType": "IDENTITY_POLICY",
        });
        let path = "/policy/check-no-new-access";
        let answer = self.post_json(OPERATION, path, &input, Retry::long()).await?;
        let mut check: AccessCheck = serde_json::from_value(answer)
            .map_err(|error| self.not_read(OPERATION, error.to_string()))?;
        check.message = beginning(&check.message);
        check.reasons.truncate(MOST_REASONS);
        for reason in &mut check.reasons {
            reason.description = beginning(&reason.description);
            reason.statement_id = reason.statement_id.as_deref().map(beginning);
        }
        match check.result.as_str() {
            "PASS" | "FAIL" => Ok(check),
            _ => Err(self.not_read(OPERATION, "its result is neither PASS nor FAIL".to_owned())),
        }
    }

    fn not_read(&self, operation: &str, why: String) -> AskError {
        AskError::Unreadable { operation: format!("{}:{operation}", self.name), why }
    }
}
