//! Recorded calls, merged into one policy.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use crate::authorize::Reason;
use crate::call::{Call, Source};
use crate::catalog::Catalog;
use crate::made::hold::{Generated, Holding};
use crate::policy::{Account, Builder, Growing, InCommon, Stable, with_account};
use crate::recording::{Entry, Requires};
use crate::session::hints::Hints;
use crate::session::principals::{Callers, Selection};
use crate::session::shape::{Shape, formats};
use crate::session::unseen::Unseen;
use crate::session::which::Which;

/// What is to be merged.
#[derive(Debug)]
pub struct Settings {
    /// What the policy is to be.
    pub shape: Shape,
    /// What stands in the policy for what the run made.
    pub generated: Generated,
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
#[derive(Debug)]
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
    /// What the run made, and how the policy says so.
    pub(crate) holding: Holding,
    /// Calls that were recorded.
    pub calls: u64,
    operations: HashSet<(String, String)>,
    /// Calls that --fails-only or --succeeded-only leaves out.
    pub left_out: u64,
    /// Calls that the catalogue does not know.
    pub unrecognized: u64,
    /// What AWS did with the caller's permissions, out of sight.
    pub unseen: Unseen,
    /// Calls that made resources, of which the recordings do not tell under which ids.
    pub untold: u64,
    /// What tells what the next run may need.
    pub hints: Hints,
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
            holding: Holding::new(settings.generated),
            calls: 0,
            operations: HashSet::new(),
            left_out: 0,
            unrecognized: 0,
            unseen: Unseen::default(),
            untold: 0,
            hints: Hints::default(),
        }
    }

    /// What the run made, and what stands for it.
    pub fn made(&self) -> &Holding {
        &self.holding
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
        Entry { mut call, mut requires, times, .. }: Entry,
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
        share.calls += times;
        self.calls += times;
        match &call.operation {
            Some(operation) if call.recognized || has_action_of_its_name(&requires) => {
                self.operations.insert((call.service.to_string(), operation.to_string()));
            }
            // What some SDKs report as if it were a call to AWS (instance metadata).
            _ if Catalog::embedded().is_pseudo_service(&call.service) => {}
            _ => self.unrecognized += times,
        }
        if selected {
            self.hints.add(&call);
            self.untold += if makes_untold(&call) { times } else { 0 };
        }
        if !self.which.has(&call) {
            self.left_out += times;
            self.learn(&mut call, &requires);
            return;
        }
        if selected {
            self.unseen.add(&call);
        }
        for it in &mut requires {
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
            for grant in self.holding.grants(&call, &it.action, &it.resources, &it.conditions) {
                let run = self.holding.run();
                let allow = |policy: &mut Growing| grant.allow(policy, &it.action, account, run);
                self.callers.need(&call, allow);
                if let Some(runs) = self.runs.as_mut().filter(|_| selected) {
                    if runs.len() <= recording {
                        runs.resize_with(recording + 1, Growing::default);
                    }
                    allow(&mut runs[recording]);
                }
                if selected && allow(&mut self.policy) {
                    grew(&Requires {
                        action: Cow::Borrowed(&it.action),
                        resources: grant.resources,
                        conditions: grant.conditions,
                        reason: Cow::Borrowed(&it.reason),
                    });
                }
            }
        }
        self.learn(&mut call, &requires);
    }

    /// Takes in what a call made, and mends the policies where that changes what holds something.
    fn learn(&mut self, call: &mut Call, requires: &[Requires<'_>]) {
        let required = requires.iter().map(|it| (&*it.action, &*it.resources));
        if self.holding.learn(call, required) {
            let run = self.holding.run();
            self.policy.hold_anew(|group| run.held_by(group));
            self.callers.hold_anew(|group| run.held_by(group));
            let runs = self.runs.iter_mut().flatten();
            runs.for_each(|policy| policy.hold_anew(|group| run.held_by(group)));
        }
    }
}

/// Whether a call that the catalogue does not know got AWS's action of its operation's name.
fn has_action_of_its_name(requires: &[Requires<'_>]) -> bool {
    requires.iter().any(|it| it.reason == Reason::SameName.as_str())
}

/// Whether a call made something whose id AWS chose, and its line does not say which: versions before did not record it.
fn makes_untold(call: &Call) -> bool {
    let operation =
        || Catalog::embedded().service(&call.service)?.operation(call.operation.as_deref()?);
    call.source == Source::Proxy
        && call.outcome.status.is_some()
        && !call.outcome.failed()
        && call.evidence.made.is_empty()
        && operation().is_some_and(|it| it.makes().len() > 0)
}
