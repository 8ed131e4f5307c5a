//! What is found in a policy.

use crate::aws::AnalyzerFinding;
use crate::evaluate::document::{Place, Shape};

/// How much a finding matters, in Access Analyzer's words
/// (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A part of the policy does not work.
    Error,
    /// It allows what may be too much.
    SecurityWarning,
    /// It is not as policies should be.
    Warning,
    /// It could be shorter or clearer.
    Suggestion,
}

impl Severity {
    /// AWS's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::SecurityWarning => "SECURITY_WARNING",
            Severity::Warning => "WARNING",
            Severity::Suggestion => "SUGGESTION",
        }
    }

    /// Whether a policy with such a finding fails.
    pub fn fails(self) -> bool {
        matches!(self, Severity::Error | Severity::SecurityWarning)
    }

    /// What a word says; one that AWS does not document is a warning.
    fn of(word: &str) -> Severity {
        let all = [Severity::Error, Severity::SecurityWarning, Severity::Suggestion];
        all.into_iter().find(|it| it.word() == word).unwrap_or(Severity::Warning)
    }
}

/// Something that is found in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What kind of a finding it is: ours in lower case, Access Analyzer's in upper case.
    pub code: String,
    /// A sentence about it.
    pub sentence: String,
    /// Where there is more about it.
    pub link: Option<String>,
    /// Where in the policy.
    pub place: Place,
    /// Whether Access Analyzer found it.
    pub is_aws: bool,
}

impl Finding {
    /// One of Access Analyzer's, whose columns begin with 0
    /// (<https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Position.html>).
    pub(super) fn of_analyzer(found: AnalyzerFinding) -> Finding {
        let start = found.locations.first().map(|it| it.span.start);
        let place = start.map_or(Place { line: 1, column: 1 }, |at| Place {
            line: at.line.max(1),
            column: at.column.saturating_add(1),
        });
        Finding {
            severity: Severity::of(&found.finding_type),
            code: found.issue_code,
            sentence: found.finding_details,
            link: Some(found.learn_more_link).filter(|it| !it.is_empty()),
            place,
            is_aws: true,
        }
    }
}

/// A policy, and what is found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// What the policy is called.
    pub name: String,
    /// In the order in which they stand in the policy, what matters most first.
    pub findings: Vec<Finding>,
}

impl Validated {
    pub(super) fn new(name: &str, mut findings: Vec<Finding>) -> Validated {
        findings.sort_by_key(|it| (it.severity, it.place));
        Validated { name: name.to_owned(), findings }
    }

    /// Whether it has a finding with which a policy fails.
    pub fn fails(&self) -> bool {
        self.findings.iter().any(|it| it.severity.fails())
    }
}

/// What kind of a policy is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // AWS's names say it.
pub enum PolicyType {
    Identity,
    Resource,
    ServiceControl,
    ResourceControl,
}

impl PolicyType {
    pub(super) fn shape(self) -> Shape {
        match self {
            PolicyType::Identity => Shape::Identity,
            PolicyType::Resource => Shape::Resource,
            PolicyType::ServiceControl => Shape::ServiceControl,
            PolicyType::ResourceControl => Shape::ResourceControl,
        }
    }

    /// Access Analyzer's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            PolicyType::Identity => "IDENTITY_POLICY",
            PolicyType::Resource => "RESOURCE_POLICY",
            PolicyType::ServiceControl => "SERVICE_CONTROL_POLICY",
            PolicyType::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }
}
