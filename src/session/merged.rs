//! Recorded calls, merged into one policy.

use std::collections::{BTreeSet, HashSet};

use crate::authorize::Reason;
use crate::policy::{Account, Builder, Growing, InCommon, Stable, with_account};
use crate::recording::{Entry, Requires};
use crate::session::principals::{Callers, Selection};
use crate::session::shape::{Shape, formats};
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
    /// Whether each recording is a run of the same program, and what differs between runs becomes a pattern.
    pub stable: bool,
}

/// What was read so far.
pub struct Merged {
    /// The policy.
    pub policy: Growing,
    /// Who called.
    pub callers: Callers,
    /// The patterns that several runs share, where runs were compared.
    pub in_common: Option<Vec<InCommon>>,
    /// What each run needed, where runs are compared.
    runs: Option<Vec<Growing>>,
    shape: Shape,
    /// The account of calls whose account is not known.
    account_id: Option<String>,
    /// The accounts that calls were in; two are several.
    accounts: BTreeSet<String>,
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
}

impl Merged {
    /// Nothing yet.
    pub fn new(settings: &Settings, account_id: Option<String>) -> Merged {
        // Runs are compared by what they name; what they share is generalised afterwards.
        let builder = if settings.stable { Builder::new() } else { settings.shape.builder() };
        Merged {
            policy: Growing::new(builder),
            callers: Callers::new(settings.selection.clone(), settings.apart),
            in_common: None,
            runs: settings.stable.then(Vec::new),
            shape: settings.shape,
            account_id,
            accounts: BTreeSet::new(),
            which: settings.calls,
            calls: 0,
            operations: HashSet::new(),
            left_out: 0,
            unrecognized: 0,
            unseen: Unseen::default(),
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

    /// Everything was read: what became known is put where it was left open, and runs are compared.
    pub fn end(&mut self) {
        self.callers.end(&mut self.policy);
        let Some(mut runs) = self.runs.take() else { return };
        runs.iter_mut().for_each(|run| run.settle(|key| self.callers.account_of(key)));
        let runs: Vec<&Builder> = runs.iter().map(|run| &**run).collect();
        let account = self.accounts.first().filter(|_| self.accounts.len() == 1);
        let stable = Stable::of(&runs, formats, account.map(String::as_str));
        self.policy = self.policy.changed(|it| stable.applied(it, self.shape.builder()));
        self.callers.change(|it| stable.applied(it, Builder::new()));
        self.in_common = Some(stable.patterns().collect());
    }

    /// Takes in a call of a recording; `grew` is told by what the policy has grown.
    pub fn add(
        &mut self,
        recording: usize,
        Entry { mut call, requires }: Entry,
        mut grew: impl FnMut(&Requires<'_>),
    ) {
        let was_known = call.account.is_some();
        self.callers.learn(&mut call, &mut self.policy);
        if call.account.is_none() {
            call.account.clone_from(&self.account_id);
        }
        if let Some(account) = &call.account
            && self.accounts.len() < 2
            && !self.accounts.contains(account)
        {
            self.accounts.insert(account.clone());
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
            if let Some(runs) = self.runs.as_mut().filter(|_| selected) {
                if runs.len() <= recording {
                    runs.resize_with(recording + 1, Growing::default);
                }
                allow(&mut runs[recording]);
            }
            if selected && allow(&mut self.policy) {
                grew(&it);
            }
        }
    }
}
