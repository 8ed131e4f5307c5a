//! What a denial may add to what a call needs.
//!
//! AWS itself is believed, where it denies in its own name: the action is one of its catalogue, the resource is of a type that the action has, and no more is
//! kept than a program can have run into. Whoever else answers (a stand-in, plain HTTP, client-side monitoring) can only
//! confirm what AWS's map and the rules leave open, on what the request names.

use std::collections::{HashMap, HashSet};

use super::because::Because;
use super::fitting::{covers, fitting};
use super::said::{Denial, NotAdded, Upshot};
use super::sentence::{Resource, Sentence};
use crate::authorize::arn;
use crate::authorize::asked::{Asked, arns};
use crate::authorize::conditions::{LINKED_ROLES, LINKED_TO, narrow_linked_role};
use crate::authorize::decision::{Decision, Possible};
use crate::authorize::look::Truth;
use crate::authorize::need::{Needed, by_class, by_rule, requirement};
use crate::authorize::plan::ActionPlan;
use crate::authorize::requirement::{Certainty, Conditions, Reason, Requirement};
use crate::call::{Answerer, Authorization, Call, Name, Source, is_denial};
use crate::catalog::{Action, Catalog, Operation};

/// What denials alone ask for is kept up to so much per operation, and in all. A program that is denied more than that, one by
/// one, is run again with what there is.
const MOST_OF_ONE: usize = 32;
const MOST: usize = 256;

/// What denials alone asked for so far.
#[derive(Debug, Default)]
pub(in crate::authorize) struct Kept {
    of: HashMap<Operation, HashSet<(Action, String)>>,
    total: usize,
}

impl Kept {
    /// Whether there is room for this, or it is there already.
    fn takes(&mut self, operation: Operation, action: Action, resource: &str) -> bool {
        let known = self.of.entry(operation).or_default();
        let one = (action, resource.to_owned());
        if known.contains(&one) {
            return true;
        }
        let fits = known.len() < MOST_OF_ONE && self.total < MOST;
        if fits {
            known.insert(one);
            self.total += 1;
        }
        fits
    }
}

/// Reads and judges what the answer says, and adds what may be added. `asked` is there for a call that was recognised.
pub(in crate::authorize) fn add(
    call: &Call,
    asked: Option<Asked<'_>>,
    kept: &mut Kept,
    possible: Possible,
    decision: &mut Decision,
) {
    let message = call.outcome.message.as_deref().unwrap_or_default();
    if let Some((mut denial, said)) = Denial::read(call.outcome.error.as_deref(), message) {
        let is_verdict = call.outcome.error.as_deref().is_some_and(is_denial);
        let mut judge =
            Judge { call, asked, kept, possible, decision, is_verdict, reported: false };
        judge.judge(&mut denial, &said);
        decision.denial = Some(denial);
    }
    for refusal in &call.evidence.refusals {
        let denial = Denial::read(refusal.code.as_deref(), &refusal.message);
        let Some((mut denial, said)) = denial else { continue };
        denial.times = refusal.times;
        let is_verdict = refusal.code.as_deref().is_none_or(is_denial);
        let reported = refusal.reported;
        let mut judge = Judge { call, asked, kept, possible, decision, is_verdict, reported };
        judge.judge(&mut denial, &said);
        decision.denied_entries.push(denial);
    }
}

struct Judge<'a, 'b> {
    call: &'a Call,
    asked: Option<Asked<'a>>,
    kept: &'b mut Kept,
    possible: Possible,
    decision: &'b mut Decision,
    /// Whether it stands under the code of a denial. Under others AWS passes on what somebody else said: a model's container
    /// (docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html: `OriginalMessage` of `ModelError`),
    /// a function of a user pool (docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
    is_verdict: bool,
    /// Whether it is the report of something that happened, maybe to another principal.
    reported: bool,
}

impl<'a> Judge<'a, '_> {
    fn judge(&mut self, denial: &mut Denial, said: &Sentence<'_>) {
        if self.is_about_another(said) {
            denial.because = Because::AnotherPrincipal;
        }
        denial.upshot = match said.action {
            _ if !denial.because.can_be_cured() => Upshot::Elsewhere,
            Some(action) => self.action(action, said.resource),
            None if said.linked_role => self.linked_role(),
            None => Upshot::Known,
        };
    }

    /// Whether a role was denied that the call passes on: Leastwise writes the policy of who calls.
    fn is_about_another(&self, said: &Sentence<'_>) -> bool {
        let (Some(principal), Some(action)) = (said.principal, said.action) else { return false };
        let listed = self.asked.is_some_and(|asked| {
            asked.plan.actions.iter().any(|it| it.name.eq_ignore_ascii_case(action))
        });
        // arn:aws:sts::111122223333:assumed-role/NAME/SESSION is of arn:aws:iam::111122223333:role/PATH/NAME
        // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
        let of_session = principal
            .split_once(":assumed-role/")
            .and_then(|(before, rest)| Some((before.rsplit(':').next()?, rest.split('/').next()?)));
        let is_it = |role: &str| {
            role == principal
                || of_session.is_some_and(|(account, name)| {
                    role.split(':').nth(4) == Some(account) && role.rsplit('/').next() == Some(name)
                })
        };
        !listed && arns(self.call).into_iter().any(|role| arn::is_role(role) && is_it(role))
    }

    fn action(&mut self, text: &str, resource: Option<Resource<'_>>) -> Upshot {
        let found = text.split_once(':').and_then(|(prefix, name)| {
            Catalog::embedded().action(&prefix.to_ascii_lowercase(), name)
        });
        let Some(action) = found else { return Upshot::NotAdded(NotAdded::NoSuchAction) };
        let asked = match self.admitted() {
            Ok(asked) => asked,
            Err(why) => return Upshot::NotAdded(why),
        };
        let listed = asked.plan.actions.iter().find(|it| it.action == action);
        let has = |requirement: &Requirement| is(requirement, action);
        if self.reported {
            // What the call itself needs is there; whose the rest is, is not said.
            let known = self.decision.requirements.iter().any(has);
            return if known { Upshot::Known } else { Upshot::NotAdded(NotAdded::Reported) };
        }
        if self.call.evidence.answerer != Answerer::Aws || !self.is_verdict {
            if self.decision.requirements.iter().any(has) {
                return Upshot::Known;
            }
            let Some(listed) = listed else { return Upshot::NotAdded(NotAdded::NotFromAws) };
            return self.confirm(asked, listed);
        }
        self.believe(asked, action, listed, resource)
    }

    /// The call, when its answer may add something at all.
    fn admitted(&self) -> Result<Asked<'a>, NotAdded> {
        let asked = self.asked.ok_or(NotAdded::Unrecognized)?;
        let signed = match self.call.evidence.authorization {
            Some(authorization) => Authorization::is_credential(authorization),
            // A report tells no more than the key that signed.
            None => self.call.source == Source::Csm && self.call.principal.is_some(),
        };
        if signed { Ok(asked) } else { Err(NotAdded::Unsigned) }
    }

    /// Somebody says that the call needs an action of AWS's map: so it is, where map and rules leave it open, on what they say.
    fn confirm(&mut self, asked: Asked<'a>, action: &ActionPlan) -> Upshot {
        let open = self.decided(asked, action, |needed| matches!(needed, Needed::Perhaps { .. }));
        if open.is_empty() || asked.guard(action) == Truth::No {
            return Upshot::NotAdded(NotAdded::NotFromAws);
        }
        self.take(action.action, open)
    }

    /// What the action is needed on, and under which conditions, by those of its rules that say so.
    fn decided(
        &self,
        asked: Asked<'a>,
        action: &ActionPlan,
        wanted: impl Fn(&Needed) -> bool,
    ) -> Vec<Requirement> {
        // What the request names and cannot be is no resource, and is told of the call itself.
        let planned = |rule| requirement(asked, action, rule, Certainty::Certain).0;
        let mut found = Vec::new();
        if action.rules.is_empty() && wanted(&by_class(asked, action)) {
            found.push(planned(None));
        }
        let rules = action.rules.iter().filter(|rule| wanted(&by_rule(asked, action, rule)));
        found.extend(rules.map(|rule| planned(Some(rule))));
        found.retain(|it| !it.resources.is_empty());
        found
    }

    /// AWS says that the call needs an action: on the resource that it names when that is one of the action's, else on
    /// those that its map and the rules give, else on none.
    fn believe(
        &mut self,
        asked: Asked<'a>,
        action: Action,
        listed: Option<&ActionPlan>,
        resource: Option<Resource<'_>>,
    ) -> Upshot {
        let own = match resource {
            _ if action.resources().len() == 0 => Some("*".to_owned()),
            Some(said) => fitting(action, said, self.call, asked.place),
            None => None,
        };
        // What the map and the rules say of it, whether they think it is needed or not.
        let planned = || listed.map(|plan| self.decided(asked, plan, |_| true)).unwrap_or_default();
        let Some(own) = own else {
            if self.decision.requirements.iter().any(|it| is(it, action)) {
                return Upshot::Known;
            }
            let planned = planned();
            if planned.is_empty() {
                return Upshot::NotAdded(NotAdded::OtherResource);
            }
            return self.take(action, planned);
        };
        if self.is_named_already(action, &own) || self.is_covered(action, &own) {
            return Upshot::Known;
        }
        let mut conditions =
            planned().into_iter().next().map(|it| it.conditions).unwrap_or_default();
        narrow_linked_role(action, &own, &mut conditions);
        let one = Requirement {
            action: Name::Owned(action.to_string()),
            resources: vec![own],
            conditions,
            reason: Reason::Denied,
            certainty: Certainty::Certain,
        };
        self.take(action, vec![one])
    }

    /// Whether the request names what AWS writes `instance/*` for, as it does of what it does not find: no policy needs more than
    /// was asked for.
    fn is_named_already(&self, action: Action, own: &str) -> bool {
        let own_action = self.decision.requirements.iter().filter(|it| is(it, action));
        let mut there = own_action.flat_map(|it| &it.resources);
        own.ends_with("/*") && there.any(|it| !it.contains('*') && covers(own, it))
    }

    /// Whether the call is known to need the action on this, or on more.
    fn is_covered(&self, action: Action, resource: &str) -> bool {
        let mut there = self.decision.requirements.iter().filter(|it| is(it, action));
        there.any(|it| it.resources.iter().any(|pattern| covers(pattern, resource)))
    }

    /// A service-linked role could not be made; the call's map or rule says for which service.
    fn linked_role(&mut self) -> Upshot {
        let Some(action) = Catalog::embedded().action("iam", "CreateServiceLinkedRole") else {
            return Upshot::NotAdded(NotAdded::NoSuchAction);
        };
        let asked = match self.admitted() {
            Ok(asked) => asked,
            Err(why) => return Upshot::NotAdded(why),
        };
        if self.decision.requirements.iter().any(|it| is(it, action)) {
            return Upshot::Known;
        }
        let is_aws = self.call.evidence.answerer == Answerer::Aws;
        let listed = asked.plan.actions.iter().find(|it| it.action == action);
        let mut planned = match listed {
            Some(plan) if is_aws => self.decided(asked, plan, |_| true),
            Some(plan) if asked.guard(plan) != Truth::No => {
                self.decided(asked, plan, |needed| matches!(needed, Needed::Perhaps { .. }))
            }
            _ => Vec::new(),
        };
        planned.retain(|it| it.conditions.values().any(|keys| keys.contains_key(LINKED_TO)));
        if self.reported {
            return Upshot::NotAdded(NotAdded::Reported);
        }
        if !planned.is_empty() {
            return self.take(action, planned);
        }
        if !is_aws {
            return Upshot::NotAdded(NotAdded::NotFromAws);
        }
        let name = Name::Owned(action.to_string());
        if self.possible != Possible::Include {
            if !self.decision.left_out.contains(&name) {
                self.decision.left_out.push(name);
            }
            return Upshot::NotAdded(NotAdded::NoSuchRole);
        }
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html
        let account = asked.place.account.unwrap_or("*");
        let roles = format!("arn:{}:iam::{account}:{LINKED_ROLES}*", asked.place.partition);
        let one = Requirement {
            action: name,
            resources: vec![roles],
            conditions: Conditions::new(),
            reason: Reason::Denied,
            certainty: Certainty::Possible,
        };
        self.take(action, vec![one])
    }

    /// Adds requirements, each resource that is not there already, as far as there is room.
    fn take(&mut self, action: Action, new: Vec<Requirement>) -> Upshot {
        let Some(asked) = self.asked else { return Upshot::NotAdded(NotAdded::Unrecognized) };
        let is_aws = self.call.evidence.answerer == Answerer::Aws;
        let mut upshot = Upshot::Known;
        for mut requirement in new {
            requirement.resources.retain(|resource| !self.is_covered(action, resource));
            let wanted = requirement.resources.len();
            requirement
                .resources
                .retain(|resource| self.kept.takes(asked.operation, action, resource));
            if requirement.resources.len() < wanted {
                upshot = Upshot::NotAdded(NotAdded::TooMany);
            }
            if requirement.resources.is_empty() {
                continue;
            }
            if is_aws {
                // Rules that are given later do not take it back.
                requirement.reason = Reason::Denied;
            }
            if upshot == Upshot::Known {
                upshot = Upshot::Added;
            }
            self.decision.left_out.retain(|it| *it != requirement.action);
            self.decision.requirements.push(requirement);
        }
        upshot
    }
}

fn is(requirement: &Requirement, action: Action) -> bool {
    let (prefix, name) = requirement.action.split_once(':').unwrap_or_default();
    prefix == action.prefix() && name == action.name()
}
