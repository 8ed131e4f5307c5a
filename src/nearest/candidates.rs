//! The policies that are compared: AWS's own, as the binary has them, or those that an account lists.

use std::collections::HashMap;

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::evaluate::document::{Document, DocumentError};
use crate::managed::{self, ManagedPolicy};
use crate::nearest::error::NotNear;

/// Policies below this path belong to service-linked roles.
const OF_SERVICE_LINKED_ROLES: &str = "/aws-service-role/";

/// A policy that can be attached.
#[derive(Debug)]
pub struct Candidate {
    /// Its name (`AmazonS3ReadOnlyAccess`).
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its version (`v4`).
    pub version: String,
    /// What it says.
    pub document: Document,
}

impl Candidate {
    /// Its document, laid out for people where it is one line.
    ///
    /// # Errors
    ///
    /// When it is not a policy, which it was.
    pub fn laid_out(&self) -> Result<Document, DocumentError> {
        let text = self.document.text();
        let laid_out = (!text.contains('\n')).then(|| four_spaces(text)).flatten();
        Document::parse(laid_out.unwrap_or_else(|| text.to_owned()))
    }
}

/// JSON as the AWS console lays it out.
fn four_spaces(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut bytes = Vec::new();
    let layout = PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut Serializer::with_formatter(&mut bytes, layout)).ok()?;
    bytes.push(b'\n');
    String::from_utf8(bytes).ok()
}

/// A policy that somebody lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The version that is in force.
    pub version: String,
    /// Whether it can be attached.
    pub is_attachable: bool,
    /// The document of this version, as JSON, where it was asked for.
    pub document: Option<String>,
}

/// Policies that are compared.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Those that can be attached, and read.
    pub all: Vec<Candidate>,
    /// Names of those that cannot be attached.
    pub not_attachable: Vec<String>,
    /// Names of those whose document cannot be read, and why.
    pub unread: Vec<(String, String)>,
}

/// The documents that need not be asked for.
#[derive(Debug)]
pub struct Known(HashMap<(String, String), Option<String>>);

impl Known {
    /// Those of the binary: a version of a managed policy never changes
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>).
    pub fn embedded() -> Known {
        let policies = managed::embedded().into_iter();
        Known(policies.map(|it| ((it.arn(), it.version), it.document)).collect())
    }

    /// Whether the document of this version is known, or of no use.
    pub fn has(&self, arn: &str, version: &str) -> bool {
        is_of_service_linked_role(arn) || self.0.contains_key(&(arn.to_owned(), version.to_owned()))
    }
}

impl Candidates {
    /// AWS's managed policies, as the binary has them.
    pub fn embedded() -> Candidates {
        let mut candidates = Candidates::default();
        for policy in managed::embedded() {
            let arn = policy.arn();
            let ManagedPolicy { name, version, document, .. } = policy;
            candidates.add(name, arn, version, document);
        }
        candidates
    }

    /// Those that an account lists; what was not asked for is known.
    pub fn of(listed: Vec<Listed>, known: &mut Known) -> Candidates {
        let mut candidates = Candidates::default();
        for Listed { name, arn, version, is_attachable, document } in listed {
            let document =
                document.or_else(|| known.0.remove(&(arn.clone(), version.clone())).flatten());
            let document = document.filter(|_| is_attachable && !is_of_service_linked_role(&arn));
            candidates.add(name, arn, version, document);
        }
        candidates.all.sort_by(|one, other| one.arn.cmp(&other.arn));
        candidates.all.dedup_by(|one, other| one.arn == other.arn);
        candidates
    }

    /// The number of the policy with this name or ARN.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|it| it.name == name || it.arn == name)
    }

    /// The policy to begin with: the one with this name or ARN, or, without a name, the nearest.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn chosen(&self, name: &str, nearest: Option<usize>) -> Result<&Candidate, NotNear> {
        if name.is_empty() {
            return nearest.and_then(|it| self.all.get(it)).ok_or(NotNear::None);
        }
        let own = name.rsplit('/').next().unwrap_or(name);
        self.find(name).and_then(|it| self.all.get(it)).ok_or_else(|| {
            let is_known = self.not_attachable.iter().any(|it| it == own);
            let why = if is_known { NotNear::NotAttachable } else { NotNear::Unknown };
            why(name.to_owned())
        })
    }

    fn add(&mut self, name: String, arn: String, version: String, document: Option<String>) {
        let Some(document) = document else { return self.not_attachable.push(name) };
        match Document::parse(document) {
            Ok(document) => self.all.push(Candidate { name, arn, version, document }),
            Err(error) => self.unread.push((name, error.to_string())),
        }
    }
}

fn is_of_service_linked_role(arn: &str) -> bool {
    arn.contains(&format!(":policy{OF_SERVICE_LINKED_ROLES}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_that_can_be_attached_is_read() {
        let found = Candidates::embedded();
        assert_eq!(found.unread, []);
        assert!(found.all.len() > 1200 && found.not_attachable.len() > 300);
        assert!(found.find("AmazonS3ReadOnlyAccess").is_some());
        assert!(
            found
                .find("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
                .is_some()
        );
        assert!(found.find("AWSSupportServiceRolePolicy").is_none());
    }

    #[test]
    fn of_an_account_what_cannot_be_attached_or_read_is_told() {
        let listed = |name: &str, is_attachable, document: Option<&str>| Listed {
            name: name.to_owned(),
            arn: format!("arn:aws:iam::111122223333:policy/{name}"),
            version: "v1".to_owned(),
            is_attachable,
            document: document.map(str::to_owned),
        };
        let fine = r#"{"Version": "2012-10-17", "Statement": []}"#;
        let s3 = Candidates::embedded();
        let s3 = &s3.all[s3.find("AmazonS3ReadOnlyAccess").unwrap()];
        let own = Listed {
            arn: s3.arn.clone(),
            version: s3.version.clone(),
            ..listed("AmazonS3ReadOnlyAccess", true, None)
        };
        let mut known = Known::embedded();
        assert!(known.has(&own.arn, &own.version) && !known.has(&own.arn, "v0"));
        let all = vec![
            listed("fine", true, Some(fine)),
            listed("fine", true, Some(fine)),
            listed("old", false, Some(fine)),
            listed("broken", true, Some("{")),
            own,
        ];
        let found = Candidates::of(all, &mut known);
        let names: Vec<_> = found.all.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["fine", "AmazonS3ReadOnlyAccess"]);
        assert_eq!(found.all[1].document.text(), s3.document.text());
        assert_eq!(found.not_attachable, ["old"]);
        assert_eq!(found.unread[0].0, "broken");
    }
}
