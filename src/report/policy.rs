//! What is said of a policy that is finished: what was done to it, where it is, what stands in its way.

use std::path::Path;

use crate::policy::fit::{Fit, TooLarge};
use crate::policy::size::{self, ATTACHED};
use crate::policy::{Count, Generalized, Shortened};
use crate::session::shape::{Finished, Written};
use crate::text::{Foreign, counted};

/// How many wildcards, of actions or of resources, are named.
const SHOWN: usize = 10;
/// How many actions are named of those that have a wildcard of resources.
const ACTIONS_SHOWN: usize = 3;

/// A sentence, and how much it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Said unless we are to be quiet.
    Say(String),
    /// Said in any case.
    Warn(String),
}

/// What is said of a policy. `left_over`: a document of an earlier policy, which stands where this one's next would be;
/// `all`: whether lists are whole.
pub fn told(
    policy: &Finished,
    written: Option<&Written>,
    left_over: Option<&Path>,
    all: bool,
) -> Vec<Told> {
    let mut told = Vec::new();
    if !policy.generalized.is_empty() {
        told.push(Told::Say(generalized(policy, all)));
    }
    match policy.minimized.joined {
        0 => {}
        1 => told.push(Told::Say(
            "  1 statement was merged with another that differed in the values of one condition."
                .to_owned(),
        )),
        more => told.push(Told::Say(format!(
            "  {more} statements joined others that differed in the values of one condition."
        ))),
    }
    if !policy.minimized.wildcards.is_empty() {
        told.push(Told::Say(wildcards(policy, all)));
    }
    if let Some(TooLarge { size, limit }) = policy.too_large {
        told.push(Told::Warn(refusal(policy, size, limit)));
        return told;
    }
    let size = size::size(&policy.whole);
    if policy.fit.is_none() {
        let limit = size::MANAGED.characters;
        if size > limit {
            told.push(Told::Say(format!(
                "  The policy has {size} characters, and IAM accepts {limit} in a managed one; --fit managed makes it fit."
            )));
        }
        return told;
    }
    documents(policy, size, written, &mut told);
    if let Some(path) = left_over {
        told.push(Told::Warn(format!(
            "{} belongs to an earlier policy and is not part of this one; remove it, and any that follow",
            path.display()
        )));
    }
    told
}

fn documents(policy: &Finished, size: usize, written: Option<&Written>, told: &mut Vec<Told>) {
    let count = policy.documents.len();
    if count == 1 {
        return;
    }
    let sizes: Vec<_> =
        policy.documents.iter().map(|document| size::size(document).to_string()).collect();
    let fewest = if count == policy.at_least {
        "fewer cannot hold it".to_owned()
    } else {
        format!("at least {} are needed", policy.at_least)
    };
    told.push(Told::Say(format!(
        "  It takes {count} managed policies of {} characters; {fewest}.",
        sizes.join(", ")
    )));
    match written {
        Some(Written::Files(whole, files)) => told.push(Told::Warn(format!(
            "attach {}; {whole} holds the whole policy, which has {size} characters and is too large for IAM",
            files.join(", ")
        ))),
        Some(Written::Printed) if policy.format.is_one_document() => told.push(Told::Warn(
            "the policy is a list of documents, each to be attached separately".to_owned(),
        )),
        _ => {}
    }
    if count > ATTACHED {
        told.push(Told::Warn(format!(
            "{count} managed policies are more than the {ATTACHED} that can be attached to one role, user or group, unless AWS has raised your quota; \
             inline policies count apart"
        )));
    }
}

fn generalized(policy: &Finished, all: bool) -> String {
    let count = policy.generalized.len();
    let shown = if all { count } else { SHOWN };
    let stand = if count == 1 { "stands" } else { "stand" };
    let mut text = format!(
        "  {} {stand} for the resources of calls; --resources exact lists each:",
        counted(count, "pattern")
    );
    for Generalized { pattern, actions, resources } in policy.generalized.iter().take(shown) {
        let mut names = actions.iter().take(ACTIONS_SHOWN).map(|it| Foreign(it));
        let mut names = names.by_ref().map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
        if actions.len() > ACTIONS_SHOWN {
            names.push_str(", …");
        }
        let Count { number, exact } = *resources;
        let about = if exact { "" } else { "about " };
        let resources = counted(number, "resource");
        text.push_str(&format!("\n    {names}: {about}{resources} as {}", Foreign(pattern)));
    }
    if count > shown {
        text.push_str(&format!("\n    and {} more (-v)", count - shown));
    }
    text
}

fn wildcards(policy: &Finished, all: bool) -> String {
    let wildcards = &policy.minimized.wildcards;
    let count: usize = wildcards.iter().map(|it| it.actions.len()).sum();
    let shown = if all { wildcards.len() } else { SHOWN };
    let mut names: Vec<_> = wildcards.iter().take(shown).map(|it| described(it, all)).collect();
    if wildcards.len() > shown {
        names.push("…".to_owned());
    }
    let (number, stand) = match wildcards.len() {
        1 => ("1 wildcard".to_owned(), "stands"),
        more => (format!("{more} wildcards"), "stand"),
    };
    format!(
        "  {number} {stand} for {count} actions, and for nothing else that AWS has today:\n    {}",
        names.join(if all { "\n    " } else { ", " })
    )
}

fn refusal(policy: &Finished, size: usize, limit: size::Limit) -> String {
    let size::Limit { name, characters, .. } = limit;
    if policy.fit == Some(Fit::Managed) {
        return format!(
            "the policy does not fit: one action on one resource alone is too large for {name} ({characters} characters); it was written in full"
        );
    }
    format!(
        "the policy does not fit: it has {size} characters when minimized, and {name} can have at most {characters}; \
         it was written in full; --fit managed splits it"
    )
}

fn described(shortened: &Shortened, all: bool) -> String {
    let Shortened { wildcard, actions } = shortened;
    if all {
        format!("{wildcard}: {}", actions.join(", "))
    } else {
        format!("{wildcard} ({})", actions.len())
    }
}
