//! Recorded calls, merged into one policy.

use std::collections::HashSet;

use crate::authorize::Reason;
use crate::policy::{Account, Growing, with_account};
use crate::recording::{Entry, Requires};
use crate::session::hints::Hints;
use crate::session::principals::{Callers, Selection};
use crate::session::shape::Shape;
use crate::session::unseen::Unseen;
use crate::session::which::Which;

/// What is to be merged.
#[derive(Debug)]
pub struct Settings {
    /// What the policy is to be.
    pub shape: Shape,
    /// Which calls go into the policy.
    pub calls: Which,
    /// Whose calls go into the policy.
    pub selection: Selection,
    /// Whether each principal's policy is kept apart.
    pub apart: bool,
}

/// What was read so far.
#[derive(Debug)]
pub struct Merged {
    /// The policy.
    pub policy: Growing,
    /// Who called.
    pub callers: Callers,
    /// The account of calls whose account is not known.
    account_id: Option<String>,
    which: Which,
    /// Calls that were recorded.
    pub calls: u64,
    operations: HashSet<(String, String)>,
    /// Calls that --fails-only or --succeeded-only leaves out.
    pub left_out: u64,
    /// Calls that the catalogue does not know.
    pub unrecognized: u64,
    /// What AWS did with the caller's permissions, out of sight.
    pub unseen: Unseen,
    /// What tells what the next run may need.
    pub hints: Hints,
}

impl Merged {
    /// Nothing yet.
    pub fn new(settings: &Settings, account_id: Option<String>) -> Merged {
        Merged {
            policy: Growing::new(settings.shape.builder()),
            callers: Callers::new(settings.selection.clone(), settings.apart),
            account_id,
            which: settings.calls,
            calls: 0,
            operations: HashSet::new(),
            left_out: 0,
            unrecognized: 0,
            unseen: Unseen::default(),
            hints: Hints::default(),
        }
    }

    /// How many operations there were.
    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// Which calls are in the policy.
    pub fn which(&self) -> Which {
        self.which
    }

    /// Everything was read: what became known is put where it was left open.
    pub fn end(&mut self) {
        self.callers.end(&mut self.policy);
    }

    /// Takes in a call; `grew` is told by what the policy has grown.
    pub fn add(
        &mut self,
        Entry { mut call, requires }: Entry,
        mut grew: impl FnMut(&Requires<'_>),
    ) {
        let was_known = call.account.is_some();
        self.callers.learn(&mut call, &mut self.policy);
        if call.account.is_none() {
            call.account.clone_from(&self.account_id);
        }
        let (share, selected) = self.callers.share(&call);
        share.calls += 1;
        self.calls += 1;
        match &call.operation {
            Some(operation) if call.recognized => {
                self.operations.insert((call.service.to_string(), operation.to_string()));
            }
            _ => self.unrecognized += 1,
        }
        if selected {
            self.hints.add(&call);
        }
        if !self.which.has(&call) {
            self.left_out += 1;
            return;
        }
        if selected {
            self.unseen.add(&call);
        }
        for mut it in requires {
            let is_ours = it.reason != Reason::Denied.as_str();
            let account = match &call.account {
                None if is_ours => Account::Of(call.principal.as_deref()),
                // It is known by now.
                Some(account) if is_ours && !was_known => {
                    let resources = it.resources.iter().map(|it| with_account(it, account));
                    it.resources = resources.collect::<Vec<_>>().into();
                    Account::Known
                }
                _ => Account::Known,
            };
            let allow = |policy: &mut Growing| {
                policy.allow(&it.action, &it.resources, &it.conditions, account)
            };
            self.callers.need(&call, allow);
            if selected && allow(&mut self.policy) {
                grew(&it);
            }
        }
    }
}
