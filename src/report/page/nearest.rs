//! AWS's managed policies that come nearest, and what they would allow in excess.

use serde::Serialize;

use crate::catalog::AccessLevel;
use crate::evaluate::audit::Need;
use crate::nearest::{Candidates, Near, Nearest, nearest};
use crate::text::plain;

/// Policies that are shown.
const SHOWN: usize = 3;
/// Actions that are named of a policy, and needs that it lacks.
const NAMED: usize = 400;
/// More needs than these are not compared: the page is to be there in a moment.
const MOST_NEEDS: usize = 20_000;

/// What is nearest.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    compared: usize,
    needs: usize,
    allowing: usize,
    policies: Vec<Policy>,
}

#[derive(Debug, Serialize)]
struct Policy {
    name: String,
    arn: String,
    /// How many needs it allows.
    allowed: usize,
    lacking: Vec<String>,
    /// How many actions in excess, by level: permissions management, write, tagging, read, list.
    levels: [usize; 5],
    excess: usize,
    actions: Vec<String>,
    on_everything: usize,
}

/// Compares, if there is something to compare.
pub(super) fn compared(candidates: &Candidates, needs: &[Need]) -> Option<Compared> {
    if needs.is_empty() || needs.len() > MOST_NEEDS {
        return None;
    }
    let found: Nearest = nearest(&candidates.all, needs, SHOWN);
    let policy = |near: &Near| {
        let candidate = candidates.all.get(near.candidate)?;
        let lacking = near.lacking.iter().take(NAMED).filter_map(|it| needs.get(it.need));
        let levels = [
            AccessLevel::PermissionsManagement,
            AccessLevel::Write,
            AccessLevel::Tagging,
            AccessLevel::Read,
            AccessLevel::List,
        ];
        Some(Policy {
            name: plain(&candidate.name),
            arn: plain(&candidate.arn),
            allowed: needs.len() - near.lacking.len(),
            lacking: lacking
                .map(|it| plain(&format!("{} on {}", it.action, it.resource)))
                .collect(),
            levels: levels.map(|it| near.excess.count(it)),
            excess: near.excess.actions.len(),
            actions: near.excess.actions.iter().take(NAMED).map(ToString::to_string).collect(),
            on_everything: near.on_everything,
        })
    };
    Some(Compared {
        compared: candidates.all.len(),
        needs: needs.len(),
        allowing: found.allowing,
        policies: found.policies.iter().filter_map(policy).collect(),
    })
}
