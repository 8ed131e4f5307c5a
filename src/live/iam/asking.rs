//! What reading has: whom to ask, what is known already, and what is to be said.

use std::collections::{BTreeSet, HashMap};
use std::io;

use crate::aws::{AskError, Client, Target};
use crate::enforce::iam::{Part, policy};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::Policy;

/// Where requests are signed for that are not about a region.
const GLOBAL: &str = "us-east-1";
/// Pages that a list has at most.
pub(super) const PAGES: usize = 1_000;
/// Sentences that are remembered, so that each is said once.
const SENTENCES: usize = 1_000;

/// What reading knows.
pub(super) struct Asking {
    pub(super) client: Client,
    /// AWS's own managed policies, which do not change.
    pub(super) managed: HashMap<String, Policy>,
    /// The parts that the stand-in can tell.
    pub(super) told: BTreeSet<Part>,
    said: BTreeSet<String>,
    notes: Vec<String>,
}

/// Why the stand-in's IAM cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It does not answer, or not so that its answer can be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// An answer lacks what is in it at AWS.
    #[error("the answer to {0} lacks {1}")]
    Lacks(&'static str, &'static str),
    /// A list does not end.
    #[error("{0} has more than {PAGES} pages")]
    Endless(&'static str),
    /// Nothing can be asked.
    #[error("there is no thread for it: {0}")]
    System(#[from] io::Error),
}

impl Asking {
    pub(super) fn new(client: Client) -> Asking {
        Asking {
            client,
            managed: HashMap::new(),
            told: BTreeSet::new(),
            said: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Something is to be said, once.
    pub(super) fn note(&mut self, sentence: String) {
        if self.said.len() < SENTENCES && self.said.insert(sentence.clone()) {
            self.notes.push(sentence);
        }
    }
}

pub(super) fn target<'a>(
    service: &'a str,
    region: Option<&'a str>,
    operation: &'a str,
) -> Target<'a> {
    Target { service, region: region.unwrap_or(GLOBAL), operation }
}

/// A policy by its text; if it cannot be read, that is said.
pub(super) fn taken(asking: &mut Asking, name: &str, text: &str, shape: Shape) -> Policy {
    let (policy, why) = policy(name, text, shape);
    if let Some(why) = why {
        asking.note(format!(
            "a policy of the stand-in's cannot be read, so it is taken for one that denies everything: {why}"
        ));
    }
    policy
}
