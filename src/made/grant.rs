//! What the policy gets of a requirement, and what is remembered of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::authorize::{Conditions, Decision};
use crate::made::run::Run;
use crate::policy::{Account, Growing};

/// Decisions of which it is remembered what was granted.
const MOST_DECISIONS: usize = 4_096;

/// An action on resources under conditions, as the policy gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'a> {
    /// ARNs or patterns.
    pub resources: Cow<'a, [String]>,
    /// Conditions that stay, whatever comes.
    pub conditions: Cow<'a, Conditions>,
    /// The group of what was made that the resources stand for.
    pub group: Option<usize>,
    /// Whether the group's tags hold the resources as well: what they are may change while the run lasts.
    pub held: bool,
}

impl<'a> Grant<'a> {
    /// As a call needs it.
    pub fn as_is(resources: &'a [String], conditions: &'a Conditions) -> Grant<'a> {
        Grant {
            resources: resources.into(),
            conditions: Cow::Borrowed(conditions),
            group: None,
            held: false,
        }
    }

    /// The same, for longer than what it is of.
    pub(super) fn into_owned(self) -> Grant<'static> {
        let Grant { resources, conditions, group, held } = self;
        Grant {
            resources: Cow::Owned(resources.into_owned()),
            conditions: Cow::Owned(conditions.into_owned()),
            group,
            held,
        }
    }

    /// Adds it to a policy; whether that changed.
    pub fn allow(
        &self,
        policy: &mut Growing,
        action: &str,
        account: Account<'_>,
        run: &Run,
    ) -> bool {
        let Grant { resources, conditions, group, held } = self;
        match group.filter(|_| *held) {
            None => policy.allow(action, resources, conditions, account),
            Some(group) => {
                let held_by = || run.held_by(group);
                policy.allow_held(action, resources, conditions, account, group, held_by)
            }
        }
    }
}

/// Grants, each with the number of the requirement that it is of; none: the requirements as they are.
pub(super) type Grants = Box<[(usize, Grant<'static>)]>;

/// What was granted of decisions, by where they are: they are kept, so that no other one is there.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// How many ids were known then.
    extent: usize,
    decisions: HashMap<usize, (Arc<Decision>, Grants), BuildHasherDefault<OfPlace>>,
}

/// The hash of a place in memory, which nobody chooses: it is what it is, with the bits that differ in front as well.
#[derive(Debug, Default)]
pub(super) struct OfPlace(u64);

impl Hasher for OfPlace {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, place: usize) {
        self.0 = (self.0 ^ place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

impl Remembered {
    pub(super) fn of(&mut self, decision: &Arc<Decision>, extent: usize) -> Option<&Grants> {
        if self.extent != extent {
            self.extent = extent;
            self.decisions.clear();
        }
        let found = self.decisions.get(&Arc::as_ptr(decision).addr());
        found.map(|(_, grants)| grants)
    }

    pub(super) fn put(&mut self, decision: &Arc<Decision>, grants: Grants) {
        if self.decisions.len() >= MOST_DECISIONS {
            self.decisions.clear();
        }
        let place = Arc::as_ptr(decision).addr();
        self.decisions.insert(place, (Arc::clone(decision), grants));
    }
}
