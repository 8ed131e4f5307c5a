//! A policy as text, in the formats in which people keep policies.
//!
//! A policy that [`fit`](crate::policy::fit) has split is several documents. Each format says how it holds
//! them: JSON as a list, the others one after the other, numbered from 1.

pub mod cdk;
pub mod cloudformation;
pub mod hcl;
pub mod json;
pub mod markdown;
pub mod mermaid;
mod numbered;
mod recognized;

pub use recognized::is_policy;

use crate::policy::Policy;

/// A format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// IAM's own JSON.
    #[default]
    Json,
    /// Terraform: data sources `aws_iam_policy_document`.
    Hcl,
    /// A CloudFormation template in YAML with resources `AWS::IAM::ManagedPolicy`.
    CloudFormation,
    /// TypeScript for the AWS CDK: lists of `iam.PolicyStatement`.
    Cdk,
    /// A summary for a pull request.
    Markdown,
}

impl Format {
    /// Whether a file of this format holds a single document, so that several need several files.
    pub fn is_one_document(self) -> bool {
        self == Format::Json
    }
}

/// Writes the documents of a policy, of which there is one at least, in a format.
pub fn render(format: Format, documents: &[Policy]) -> String {
    match format {
        Format::Json => json::render_documents(documents),
        Format::Hcl => hcl::render(documents),
        Format::CloudFormation => cloudformation::render(documents),
        Format::Cdk => cdk::render(documents),
        Format::Markdown => markdown::render(documents),
    }
}

#[cfg(test)]
mod tests;
