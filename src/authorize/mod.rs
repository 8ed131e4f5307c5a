//! What a call needs: from a [`Call`] to its [`Requirement`]s.
//!
//! AWS lists, for every operation, the actions that it *may* need. An operation's own action is always
//! needed; the others depend on the request and on the answer, and the rules of `data/rules` say how. Where the request
//! is not visible (client-side monitoring), they are possible, and [`Possible`] says which of those are included.

mod access_points;
mod amend;
mod arn;
mod asked;
mod conditions;
mod decision;
mod denial;
mod filling;
mod look;
mod memory;
mod names;
mod need;
#[cfg(test)]
mod places;
mod plan;
mod plans;
mod refusal;
mod requirement;
mod resources;
mod s3_objects;
mod s3_uri;
mod standing;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod sweep_tags;
#[cfg(test)]
mod tests;
mod told;
mod unlisted;

pub use amend::Amendment;
pub use decision::{Decision, Permission, Possible, Settings};
pub use denial::{Because, Denial, NotAdded, Upshot};
pub use plan::variables_of;
pub use refusal::{Refusal, Refused};
pub use requirement::{Certainty, Conditions, Reason, Requirement};
pub use s3_objects::{Objects, objects};
pub use standing::Standing;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::call::{Authorization, Call, Source};
use crate::catalog::rule::{Rule, Value};
use crate::catalog::{self, Catalog, Operation};
use arn::Place;
use asked::{Asked, arns};
use look::Truth;
use memory::Memory;
use need::{Needed, by_class, by_rule, requirement};
use plan::ActionPlan;
use plans::plan;
use told::Told;
use unlisted::Unlisted;

/// Decides calls; remembers what it decided, so that a call like one before costs a lookup.
pub struct Authorizer {
    catalog: Catalog,
    settings: Settings,
    decided: Memory,
    told: Told,
    /// What denials alone ask for.
    denied: denial::Kept,
    /// What is known of operations that the catalogue lacks.
    unlisted: Unlisted,
    /// The operation of the last call.
    last: Option<Operation>,
    /// What calls of these operations may have had although they do not show it: where they come from a recording.
    unseen: HashMap<Operation, Vec<Value>>,
}

impl Authorizer {
    /// An authorizer on the embedded catalogue.
    pub fn new(settings: Settings) -> Authorizer {
        Authorizer {
            catalog: Catalog::embedded(),
            settings,
            decided: Memory::default(),
            told: Told::default(),
            denied: denial::Kept::default(),
            unlisted: Unlisted::default(),
            last: None,
            unseen: HashMap::new(),
        }
    }

    /// An authorizer for calls of recordings. `unseen` has, by operation, what rules look at and a recording may not hold
    /// although the request had it: where that is absent, it is not known.
    pub fn for_recordings(unseen: HashMap<Operation, Vec<Value>>) -> Authorizer {
        Authorizer { unseen, ..Authorizer::new(Settings::default()) }
    }

    /// What this call needs, whatever other calls and their answers told: nothing of it is learnt or remembered, either.
    pub fn decide_alone(&mut self, call: &Call) -> Arc<Decision> {
        let mut alone = Authorizer {
            unseen: std::mem::take(&mut self.unseen),
            decided: Memory::none(),
            ..Authorizer::new(self.settings.clone())
        };
        let decision = alone.decide(call);
        self.unseen = alone.unseen;
        decision
    }

    /// What rules that were given at run time say of a call; `None` where they say nothing of its operation.
    pub fn amend(&mut self, call: &Call) -> Option<Amendment> {
        let operation = self.operation(call)?;
        operation.corrected_by()?;
        Some(Amendment::of(operation, self.decide(call)))
    }

    /// What this call needs.
    pub fn decide(&mut self, call: &Call) -> Arc<Decision> {
        let Some(operation) = self.operation(call) else {
            let pseudo = self.catalog.is_pseudo_service(&call.service);
            let place = Place::of(call, self.settings.account_id.as_deref());
            let requirement = self.unlisted.requirement(self.catalog, call, place);
            let mut decision = Decision {
                permission: match &requirement {
                    Some(_) => Permission::Known,
                    None if pseudo => Permission::NotNeeded,
                    None => Permission::Unknown,
                },
                requirements: requirement.into_iter().collect(),
                left_out: Vec::new(),
                denial: None,
                denied_entries: Vec::new(),
                refused: Vec::new(),
            };
            denial::add(call, None, &mut self.denied, self.settings.possible, &mut decision);
            return Arc::new(decision);
        };
        if call.evidence.answered.is_empty() {
            return self.decide_like_before(call, operation);
        }
        let plan = plan(operation);
        if self.told.learn(call, plan) {
            self.decided = Memory::default();
        }
        let mut parts = self.told.with_keys(call, plan).into_iter();
        let Some(first) = parts.next() else { return self.decide_like_before(call, operation) };
        let mut decision = Decision::clone(&self.decide_like_before(&first, operation));
        for part in parts {
            decision.add(&self.decide_like_before(&part, operation));
        }
        Arc::new(decision)
    }

    /// Whether a call's answer tells nothing that a decision on the call depends on: what was decided of the request alone holds.
    pub fn is_decided_by_request(&mut self, call: &Call) -> bool {
        let evidence = &call.evidence;
        let says_nothing = !call.outcome.failed()
            && call.outcome.message.is_none()
            && evidence.response.is_empty()
            && evidence.answered.is_empty()
            && evidence.refusals.is_empty();
        says_nothing && self.operation(call).is_none_or(|it| !plan(it).looks_at_outcome)
    }

    /// What a call needs; of one like one before, what that one needed.
    fn decide_like_before(&mut self, call: &Call, operation: Operation) -> Arc<Decision> {
        let hash = self.decided.hash(call, operation);
        if let Some(decision) = hash.and_then(|hash| self.decided.recall(hash, call, operation)) {
            return decision;
        }
        let decision = Arc::new(self.decide_afresh(call, operation));
        if let Some(hash) = hash {
            self.decided.remember(hash, call, operation, &decision);
        }
        decision
    }

    fn operation(&mut self, call: &Call) -> Option<Operation> {
        if !call.recognized {
            return None;
        }
        let name = call.operation.as_deref()?;
        // Programs ask for the same again, and each call is looked at several times.
        if let Some(last) = self.last.filter(|it| it.name() == name)
            && last.service().name() == call.service
        {
            return Some(last);
        }
        self.last = self.catalog.service(&call.service)?.operation(name);
        self.last
    }

    fn decide_afresh(&mut self, call: &Call, operation: Operation) -> Decision {
        let mut decision = Decision {
            requirements: Vec::new(),
            left_out: Vec::new(),
            permission: match operation.permission() {
                catalog::Permission::NotNeeded => Permission::NotNeeded,
                catalog::Permission::Unknown => Permission::Unknown,
                catalog::Permission::Mapped | catalog::Permission::SameName => Permission::Known,
            },
            denial: None,
            denied_entries: Vec::new(),
            refused: Vec::new(),
        };
        let plan = plan(operation);
        let arns = arns(call);
        let asked = Asked {
            unseen: self.unseen.get(&operation).map(Vec::as_slice).unwrap_or_default(),
            call,
            operation,
            plan,
            when: None,
            place: Place::of(call, self.settings.account_id.as_deref()),
            arns: &arns,
            named: None,
        };
        if is_untold(call, operation) {
            // The sentence is all there is; what the operation needs of whatever it could have named would be far more.
            denial::add(call, Some(asked), &mut self.denied, self.settings.possible, &mut decision);
            if decision.requirements.is_empty() {
                let own = plan.actions.iter().filter(|it| it.class == catalog::Class::Own);
                decision.left_out.extend(own.map(|it| it.name.clone()));
            }
            return decision;
        }
        // What is out of sight may be any ARN.
        let sees_arns = call.source != Source::Csm && asked.unseen.is_empty();
        for action in &plan.actions {
            if sees_arns
                && let Some(field) = action.only_with_field.as_deref()
                && !arns.iter().any(|arn| has_field(arn, field))
            {
                continue;
            }
            self.decide_action(asked, action, &mut decision);
        }
        // What AWS itself signed in the address that it leads to needs nothing of the caller, where the rules except it.
        let own = plan.actions.iter().filter(|it| it.class == catalog::Class::Own);
        if call.evidence.authorization == Some(Authorization::Presigned)
            && decision.requirements.is_empty()
            && decision.refused.is_empty()
            && own.clone().count() > 0
            && own.clone().all(|action| asked.guard(action) == Truth::No)
        {
            decision.permission = Permission::NotNeeded;
        }
        if call.source == Source::Csm {
            // Several rules of one action may have made its list long again.
            for requirement in &mut decision.requirements {
                let patterns = std::mem::take(&mut requirement.resources);
                requirement.resources = resources::shortened(patterns);
            }
        }
        denial::add(call, Some(asked), &mut self.denied, self.settings.possible, &mut decision);
        decision
    }

    /// Adds what the call needs of one action.
    fn decide_action(&self, asked: Asked<'_>, action: &ActionPlan, decision: &mut Decision) {
        let named = OnceCell::new();
        let asked = Asked { named: Some(&named), ..asked };
        if asked.guard(action) == Truth::No {
            return;
        }
        let mut left_out = false;
        let mut add = |verdict: Needed, rule: Option<&Rule>| {
            let by_item = matches!(verdict, Needed::OfItems);
            let certainty = match verdict {
                // A guard that is out of sight keeps out the exception, not the rule.
                Needed::Yes | Needed::OfItems => Certainty::Certain,
                Needed::No => return,
                Needed::Perhaps { likely } => {
                    let included = match self.settings.possible {
                        Possible::Common => likely,
                        Possible::Include => true,
                        Possible::Omit => false,
                    };
                    if !included {
                        left_out = true;
                        return;
                    }
                    Certainty::Possible
                }
            };
            let (mut requirement, wrong, holds_of_item) =
                requirement(asked, action, rule, certainty);
            self.told.settle(&mut requirement.resources);
            self.told.pass_over_keys_of_aws(&mut requirement);
            if by_item && !holds_of_item {
                return;
            }
            if let Some((member, refusal)) = wrong {
                decision.refused.push(Refused { action: action.name.clone(), member, refusal });
            }
            if !requirement.resources.is_empty() {
                decision.add_requirement(requirement);
            }
        };
        if action.rules.is_empty() {
            add(by_class(asked, action), None);
        }
        for rule in &action.rules {
            add(by_rule(asked, action, rule), Some(rule));
        }
        let granted = decision.requirements.iter().any(|it| it.action == action.name);
        if left_out && !granted {
            decision.left_out.push(action.name.clone());
        }
    }
}

/// Whether a call failed and nothing is told of its request, although it had something to say, as in many records of CloudTrail.
fn is_untold(call: &Call, operation: Operation) -> bool {
    let says = || operation.input().is_some_and(|it| it.members().any(|it| it.is_required()));
    call.source == Source::CloudTrail
        && call.parameters.is_empty()
        && call.outcome.failed()
        && says()
}

/// Whether an ARN has this between two colons.
fn has_field(arn: &str, field: &str) -> bool {
    arn.split(':').any(|it| it.eq_ignore_ascii_case(field))
}
