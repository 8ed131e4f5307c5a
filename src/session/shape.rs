//! What the policy is to be (its order, format, Sids, size), and how it becomes text.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::policy::fit::{self, Fit, Fitted, TooLarge};
use crate::policy::{self, Builder, Generalize, Generalized, Minimized, Order, Policy};
use crate::render::{self, Format};

/// What the policy is to be.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The order of statements, actions and resources.
    pub order: Order,
    /// When patterns stand for resources.
    pub generalize: Generalize,
    /// How it is written.
    pub format: Format,
    /// Whether statements get names.
    pub sid: bool,
    /// Whether it is made as short as it can be.
    pub minimize: bool,
    /// What it is to fit into.
    pub fit: Option<Fit>,
}

/// A policy that is finished: in documents that fit, where that was asked for.
#[derive(Debug)]
pub struct Finished {
    /// As it is without being split.
    pub whole: Policy,
    /// The documents; one, unless it had to be split.
    pub documents: Vec<Policy>,
    /// The patterns that stand for resources.
    pub generalized: Vec<Generalized>,
    /// Fewer documents cannot hold it.
    pub at_least: usize,
    /// What was joined and shortened.
    pub minimized: Minimized,
    /// What it was to fit into.
    pub fit: Option<Fit>,
    /// That it does not.
    pub too_large: Option<TooLarge>,
    /// How it is written.
    pub format: Format,
}

/// Where a policy was written.
#[derive(Debug)]
pub enum Written {
    /// On standard output, or another stream.
    Printed,
    /// In this file.
    File(String),
    /// The whole in the first, and the documents that fit in the others.
    Files(String, Vec<String>),
}

impl Shape {
    /// What the names of files in this format end in.
    pub fn extension(&self) -> &'static str {
        match self.format {
            Format::Json => "json",
            Format::Hcl => "tf",
            Format::CloudFormation => "yaml",
            Format::Cdk => "ts",
            Format::Markdown => "md",
        }
    }

    /// A builder of such a policy.
    pub fn builder(&self) -> Builder {
        Builder::generalizing(self.generalize, formats)
    }

    /// The text of a policy that still grows: whole, however large it is.
    pub fn meanwhile(&self, builder: &Builder) -> String {
        let (policy, _) = self.policy(builder);
        render::render(self.format, &[policy])
    }

    /// The policy at the end.
    pub fn finish(&self, builder: &Builder) -> Finished {
        let (whole, mut minimized) = self.policy(builder);
        let mut finished = Finished {
            documents: vec![whole.clone()],
            whole,
            generalized: builder.generalized(),
            at_least: 1,
            minimized: Minimized::default(),
            fit: self.fit,
            too_large: None,
            format: self.format,
        };
        if let Some(to) = self.fit {
            match fit::fit(finished.whole.clone(), to, &mut known) {
                Ok(Fitted { documents, at_least, minimized: for_it }) => {
                    minimized.joined += for_it.joined;
                    minimized.wildcards.extend(for_it.wildcards);
                    finished = Finished { documents, at_least, ..finished };
                }
                Err(too_large) => finished.too_large = Some(too_large),
            }
        }
        finished.minimized = minimized;
        finished
    }

    fn policy(&self, builder: &Builder) -> (Policy, Minimized) {
        let mut policy = builder.policy(self.order);
        // Before anything is shortened: a Sid says what was asked for.
        if self.sid {
            policy::name_statements(&mut policy);
        }
        let minimized = if self.minimize {
            policy::minimize(&mut policy, &mut known)
        } else {
            Minimized::default()
        };
        (policy, minimized)
    }
}

/// The actions of a prefix that AWS has.
fn known(prefix: &str) -> Vec<String> {
    Catalog::embedded().actions(prefix).map(|action| action.name().to_owned()).collect()
}

/// The ARN formats of the resource types of a prefix of actions.
pub(super) fn formats(prefix: &str) -> Vec<&'static str> {
    let actions = Catalog::embedded().actions(prefix);
    let types = actions.flat_map(|action| action.resources().map(|it| it.resource_type));
    let formats: BTreeSet<_> = types.flat_map(|it| it.arn_formats()).collect();
    formats.into_iter().collect()
}

impl Finished {
    /// All of it as one text.
    pub fn text(&self) -> String {
        render::render(self.format, &self.documents)
    }

    /// Each of its documents in JSON, whatever the format is.
    pub fn as_json(&self) -> Vec<String> {
        let one = |it: &Policy| render::render(Format::Json, std::slice::from_ref(it));
        self.documents.iter().map(one).collect()
    }

    /// How many statements it has in all.
    pub fn statements(&self) -> usize {
        self.documents.iter().map(|document| document.statements.len()).sum()
    }

    /// Whether it is as small as was asked for.
    pub fn fits(&self) -> bool {
        self.too_large.is_none()
    }
}

/// What became of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was printed.
    Printed,
    /// Each principal's own was written, and nothing else wanted.
    Apart,
    /// It is in this file.
    Written(String),
    /// Nothing was heard, and this file, which holds something, was left as it was.
    Kept(String),
    /// It could not be written; the sentence was printed already.
    Failed,
}
