//! The managed policies of an account: its own, and AWS's as they are now.
//!
//! `iam:ListPolicies` and `iam:GetPolicyVersion` are asked
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>), and not `iam:GetAccountAuthorizationDetails`
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>): that has all versions of each policy in its
//! answers, and a list says first which documents are known already, which for most of AWS's they are.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::aws::error::{AskError, cut};
use crate::aws::iam::{IAM_VERSION, Iam};
use crate::aws::retry::Retry;
use crate::aws::xml::Element;

/// Policies of a page at most, says the operation's page.
const A_PAGE: &str = "1000";
/// Policies that are listed at most: AWS has some 1,600, and an account 5,000 of its own at most
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const MOST: usize = 10_000;
/// Pages at most; IAM may put less into one than it could.
const MOST_PAGES: usize = 1_000;
/// So much of documents at most, in bytes: a policy of an account has 6,144 characters at most, AWS's largest ones some more.
const MOST_TEXT: usize = 128 << 20;
/// All of it takes no longer.
const LONGEST: Duration = Duration::from_secs(900);

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The version that is in force.
    pub version: String,
    /// Whether it can be attached.
    pub is_attachable: bool,
    /// The document of this version, where it was asked for.
    pub document: Option<String>,
}

impl Iam {
    /// The managed policies that an account can attach, of this IAM, with the documents of those of which it is not said that they are
    /// known.
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or an answer that IAM does not give, or when it takes too long.
    pub async fn managed_policies(
        &self,
        is_known: impl Fn(&str, &str) -> bool,
    ) -> Result<Vec<ManagedPolicy>, AskError> {
        let until = Instant::now() + LONGEST;
        let late = |operation: &str| AskError::Unreached {
            operation: operation.to_owned(),
            why: format!("IAM's policies took longer than {} minutes", LONGEST.as_secs() / 60),
        };
        let listed = timeout_at(until, self.listed());
        let mut policies = listed.await.map_err(|_| late("iam:ListPolicies"))??;
        let mut length = 0;
        for policy in &mut policies {
            if !policy.is_attachable || is_known(&policy.arn, &policy.version) {
                continue;
            }
            let document = timeout_at(until, self.document(policy));
            let document = document.await.map_err(|_| late("iam:GetPolicyVersion"))??;
            length += document.len();
            if length > MOST_TEXT {
                return Err(unreadable(
                    "GetPolicyVersion",
                    "the documents are too large".to_owned(),
                ));
            }
            policy.document = Some(document);
        }
        Ok(policies)
    }

    async fn listed(&self) -> Result<Vec<ManagedPolicy>, AskError> {
        const OPERATION: &str = "ListPolicies";
        let (mut policies, mut marker) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![("Scope", "All"), ("MaxItems", A_PAGE)];
            if !marker.is_empty() {
                parameters.push(("Marker", &marker));
            }
            let root = self.0.query(OPERATION, IAM_VERSION, &parameters, Retry::long()).await?;
            let read = page(&root).map_err(|why| unreadable(OPERATION, why))?;
            policies.extend(read.policies);
            if policies.len() > MOST {
                return Err(unreadable(OPERATION, format!("it has more than {MOST} policies")));
            }
            match read.next {
                None => return Ok(policies),
                Some(next) if next == marker => {
                    let why = "it does not go on, but says again where it goes on";
                    return Err(unreadable(OPERATION, why.to_owned()));
                }
                Some(next) => marker = next,
            }
        }
        Err(unreadable(OPERATION, format!("it has more than {MOST_PAGES} pages")))
    }

    async fn document(&self, policy: &ManagedPolicy) -> Result<String, AskError> {
        const OPERATION: &str = "GetPolicyVersion";
        let parameters = [("PolicyArn", policy.arn.as_str()), ("VersionId", &policy.version)];
        let root = self.0.query(OPERATION, IAM_VERSION, &parameters, Retry::long()).await?;
        document(&root).map_err(|why| unreadable(OPERATION, why))
    }
}

fn unreadable(operation: &str, why: String) -> AskError {
    AskError::Unreadable { operation: format!("iam:{operation}"), why }
}

/// A page of the list.
struct Page {
    policies: Vec<ManagedPolicy>,
    /// Where the next one begins.
    next: Option<String>,
}

fn page(root: &Element) -> Result<Page, String> {
    let result = root
        .child("ListPoliciesResult")
        .ok_or_else(|| format!("it is no list of policies, but {}", cut(&root.name)))?;
    let policies = result.members("Policies").iter().map(|member| {
        let text = |name: &str| {
            let text = member.text_of(name).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| format!("a policy has no {name}"))
        };
        Ok(ManagedPolicy {
            name: text("PolicyName")?,
            arn: text("Arn")?,
            version: text("DefaultVersionId")?,
            is_attachable: member.text_of("IsAttachable") != Some("false"),
            document: None,
        })
    });
    let policies = policies.collect::<Result<_, String>>()?;
    let mut next = None;
    if result.text_of("IsTruncated") == Some("true") {
        let marker = result.text_of("Marker").filter(|it| !it.is_empty());
        next = Some(marker.ok_or("it has more, and does not say where")?.to_owned());
    }
    Ok(Page { policies, next })
}

/// The document of an answer, which is escaped as in URLs.
fn document(root: &Element) -> Result<String, String> {
    let version = root.child("GetPolicyVersionResult").and_then(|it| it.child("PolicyVersion"));
    let text = version.and_then(|it| it.text_of("Document")).ok_or("it has no document")?;
    let text = percent_encoding::percent_decode_str(text).decode_utf8();
    text.map(std::borrow::Cow::into_owned).map_err(|_| "the document is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Element {
        Element::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_page_of_the_list_is_read() {
        let text = "<ListPoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListPoliciesResult>\
            <IsTruncated>true</IsTruncated><Marker>EXAMPLE</Marker><Policies><member><PolicyName>one</PolicyName>\
            <DefaultVersionId>v3</DefaultVersionId><PolicyId>AGPACKCEVSQ6C2EXAMPLE</PolicyId><Path>/</Path>\
            <Arn>arn:aws:iam::123456789012:policy/one</Arn><IsAttachable>false</IsAttachable></member></Policies>\
            </ListPoliciesResult></ListPoliciesResponse>";
        let found = page(&read(text)).unwrap();
        assert_eq!(found.next.as_deref(), Some("EXAMPLE"));
        let [policy] = &found.policies[..] else { panic!("{:?}", found.policies) };
        assert_eq!((policy.name.as_str(), policy.version.as_str()), ("one", "v3"));
        assert_eq!(policy.arn, "arn:aws:iam::123456789012:policy/one");
        assert!(!policy.is_attachable);
        for bad in [
            "<html/>",
            "<R><ListPoliciesResult><IsTruncated>true</IsTruncated></ListPoliciesResult></R>",
            "<R><ListPoliciesResult><Policies><member><Arn>a</Arn></member></Policies></ListPoliciesResult></R>",
        ] {
            assert!(page(&read(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_document_is_unescaped() {
        let answer = |text: &str| {
            read(&format!(
                "<R><GetPolicyVersionResult><PolicyVersion><Document>{text}</Document></PolicyVersion></GetPolicyVersionResult></R>"
            ))
        };
        assert_eq!(document(&answer("%7B%22a%22%3A+1%7D")).unwrap(), "{\"a\":+1}");
        assert!(document(&answer("%ff")).is_err());
        assert!(document(&read("<R/>")).is_err());
    }
}
