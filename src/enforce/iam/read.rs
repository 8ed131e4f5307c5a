//! What was read of a stand-in's IAM: values.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::evaluate::document::{Document, Shape};
use crate::evaluate::levels::{Attached, Policy};

/// A part of what is read: it is read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// One of [`SERVICES`](super::SERVICES).
    pub service: &'static str,
    /// The region, of services that have them.
    pub region: Option<String>,
}

/// A part, as it was read.
#[derive(Debug, Clone)]
pub enum Read {
    /// Users and roles, with what is theirs.
    Identities(Identities),
    /// The policies of a service's resources.
    Resources(Part, Resources),
}

/// Users and roles.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    /// The users.
    pub users: Vec<Identity>,
    /// The roles.
    pub roles: Vec<Identity>,
    /// Access keys of users.
    pub keys: Vec<Key>,
    /// Managed policies, by their ARNs.
    pub managed: HashMap<String, Policy>,
}

/// A user or a role.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its ARN, with its path.
    pub arn: String,
    /// Its unique id.
    pub id: String,
    /// Its policies, those of its groups among them.
    pub policies: Vec<Policy>,
    /// Its permissions boundary.
    pub boundary: Option<Policy>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Of a role, who may assume it.
    pub trust: Option<Policy>,
}

/// An access key of a user.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// The ARN of its user.
    pub user: String,
    /// Whether it may be used.
    pub is_active: bool,
}

/// The policies of resources.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// The policies.
    pub attached: Vec<Attached>,
    /// Other ARNs of resources, with those by which policies name them: aliases of keys.
    pub aliases: Vec<(String, String)>,
    /// Whether those are all that there are.
    pub is_whole: bool,
}

/// A policy by its text. One that cannot be read denies everything, since nobody knows what it would deny; a sentence says why.
pub fn policy(name: &str, text: &str, shape: Shape) -> (Policy, Option<String>) {
    match Document::parse_as(shape, text) {
        Ok(document) => (Policy { name: Arc::from(name), document }, None),
        Err(error) => (unreadable(name, shape), Some(format!("{name}: {error}"))),
    }
}

/// A policy in the place of one that cannot be read: it denies everything.
pub fn unreadable(name: &str, shape: Shape) -> Policy {
    let document = match shape {
        Shape::Resource => &*OF_RESOURCE,
        _ => &*OF_IDENTITY,
    };
    let name = Arc::from(format!("{name} (it cannot be read, so it denies everything)"));
    Policy { name, document: document.clone() }
}

static OF_IDENTITY: LazyLock<Document> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NotReadable","Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    Document::parse_as(Shape::Identity, text).expect("it is an identity-based policy")
});

static OF_RESOURCE: LazyLock<Document> = LazyLock::new(|| {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NotReadable","Effect":"Deny","Principal":"*","Action":"*"}]}"#;
    Document::parse_as(Shape::Resource, text).expect("it is a resource-based policy")
});
