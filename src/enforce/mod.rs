//! Calls, held against policies before they go on: what each needs, whether policies of all kinds allow it to who asks, and why.
//!
//! It knows no sockets and no files: a call comes in as far as it is known, and what is [`Judged`] of it comes out.

mod answer;
mod counts;
mod each;
pub mod iam;
mod judged;
mod settled;
#[cfg(test)]
mod tests;
mod who;

pub use answer::{answer, answer_to_given_up};
pub use counts::Counts;
pub use each::Each;
pub use judged::{Fate, Judged, Permission, Stage, Verdict};
use settled::Memory;
pub use settled::Settled;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::authorize::{self, Authorizer, Certainty, Conditions, Decision, Requirement};
use crate::call::{Authorization, Call, Name};
use crate::enforce::each::Own;
use crate::enforce::iam::Iam;
use crate::evaluate::levels::{Levels, Outcome, Principal, Ruling};
use crate::evaluate::verdict::{Context, Reason, Request, Resource};
use crate::made::hold::Holding;
use crate::policy::{Account, Builder, Growing};
use crate::recording::{Entry, Requires};
use crate::session::contexts::{self, Asks, Said};
use crate::session::principals::{Callers, Selection};

/// What is done with a call of which something is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unclear {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes on.
    Allow,
}

/// How calls are judged.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What they need.
    pub authorizer: authorize::Settings,
    /// What the user says of condition keys of all requests.
    pub context: Vec<Said>,
    /// What is done with what is not decided.
    pub undecided: Unclear,
    /// What is done with signed requests of which it is not known what they need.
    pub unrecognized: Unclear,
    /// Nothing is refused, and everything is said.
    pub soft: bool,
    /// Nobody reads why a call passed.
    pub passes_silently: bool,
    /// What the policy of all that was not allowed is built with.
    pub builder: Option<Builder>,
}

/// The policies that the user gives.
#[derive(Debug, Default)]
pub struct Given {
    /// Those that hold for everybody.
    pub levels: Option<Levels>,
    /// Those that each principal has for itself. What both say must allow.
    pub each: Option<Each>,
}

impl From<Levels> for Given {
    fn from(levels: Levels) -> Given {
        Given { levels: Some(levels), each: None }
    }
}

/// Judges calls; learns from them and from their answers.
pub struct Guard {
    /// What the user's policies say.
    levels: Option<Levels>,
    /// What each principal's own say.
    each: Option<Each>,
    /// What a stand-in's say.
    iam: Option<Iam>,
    authorizer: Authorizer,
    callers: Callers,
    holding: Holding,
    given: Context,
    /// What was not allowed.
    lacking: Growing,
    /// What was judged of calls that are the same.
    memory: Memory,
    settings: Settings,
}

impl Guard {
    /// A guard by these policies.
    pub fn new(given: impl Into<Given>, settings: Settings) -> Guard {
        Guard::with(given.into(), None, settings)
    }

    /// A guard by the policies that a stand-in has, and by these, if there are any: both must allow.
    pub fn by_iam(iam: Iam, given: Given, settings: Settings) -> Guard {
        Guard::with(given, Some(iam), settings)
    }

    fn with(given: Given, iam: Option<Iam>, settings: Settings) -> Guard {
        let Given { levels, each } = given;
        Guard {
            levels,
            each,
            iam,
            authorizer: Authorizer::new(settings.authorizer.clone()),
            callers: Callers::new(Selection::default(), false),
            holding: Holding::default(),
            given: contexts::given(&settings.context),
            lacking: settings.builder.clone().map(Growing::new).unwrap_or_default(),
            memory: Memory::default(),
            settings,
        }
    }

    /// Other policies take the place of those that it had; what it learnt stays.
    pub fn replace(&mut self, given: impl Into<Given>) {
        let Given { levels, each } = given.into();
        self.memory.forget();
        self.levels = levels;
        match (&mut self.each, each) {
            (Some(each), Some(other)) => each.replace(other),
            (each, other) => *each = other,
        }
    }

    /// What was read of the stand-in takes the place of what it had before.
    pub fn replace_iam(&mut self, read: Vec<iam::Read>) {
        if let Some(iam) = &mut self.iam {
            iam.replace(read);
        }
    }

    /// Whether a call is by a key that nobody in the stand-in's IAM had when that was read; true once for each key.
    pub fn is_new_key(&mut self, call: &Call) -> bool {
        let is_signed = call.evidence.authorization.is_some_and(Authorization::is_credential);
        is_signed && self.iam.as_mut().is_some_and(|iam| iam.is_new(&self.callers, call))
    }

    /// A call is over that may have made sessions, by this request: what limits them holds for the calls that follow. To be told before
    /// [`learn`](Guard::learn). Whether managed policies limit them that were not read.
    pub fn learn_sessions(&mut self, call: &Call, form: &iam::Form) -> bool {
        self.iam.as_mut().is_some_and(|iam| iam.learn(call, form))
    }

    /// The managed policies that sessions are limited by.
    pub fn wanted_policies(&self) -> BTreeSet<String> {
        self.iam.as_ref().map(Iam::wanted).unwrap_or_default()
    }

    /// Judges a call as far as it is known. `settled`: what was judged of it before, which gets what is judged now. `None`: nothing
    /// is, since its answer does not change what it needs.
    pub fn judge(
        &mut self,
        call: &mut Call,
        stage: Stage,
        settled: &mut Settled,
    ) -> Option<Judged> {
        self.take_in(call);
        if settled.decision.is_some() && self.authorizer.is_decided_by_request(call) {
            settled.is_whole = true;
            return None;
        }
        settled.is_whole = false;
        let remembers = self.remembers(call, stage, settled);
        let decided = remembers.then(|| self.authorizer.decide(call));
        if let Some(decision) = &decided
            && let Some(judged) = self.memory.recall(decision, call)
        {
            settled.add(&judged.permissions);
            settled.decision = decided;
            return Some(judged);
        }
        let asker = self.asker(call);
        let mut judged = Judged::of(call, asker.name.clone(), stage);
        if !call.evidence.authorization.is_some_and(Authorization::is_credential) {
            judged.verdict = Verdict::NotAsked;
            return Some(judged);
        }
        if let Some(iam::Asker::Nobody(why)) = asker.iam {
            judged.verdict = Verdict::Unread;
            judged.unread = Some(why);
            return Some(judged);
        }
        let decision = decided.unwrap_or_else(|| self.authorizer.decide(call));
        if stage == Stage::Request {
            settled.decision = Some(Arc::clone(&decision));
        }
        let mut permissions = Vec::new();
        for Requirement { action, resources, conditions, certainty, .. } in &decision.requirements {
            let needed = Needed { action, conditions, certainty: *certainty };
            for resource in resources {
                if !settled.has(action, resource) {
                    permissions.push(self.permission(call, &asker, needed, resource));
                }
            }
        }
        leave_open_which(&mut permissions);
        judged.permissions = permissions.into();
        settled.add(&judged.permissions);
        judged.verdict = match decision.permission {
            authorize::Permission::Unknown => Verdict::Unrecognized,
            authorize::Permission::NotNeeded => Verdict::NotNeeded,
            // AWS documents what the operation needs, but not for what this request names: on a directory bucket, on Outposts.
            authorize::Permission::Known
                if decision.requirements.is_empty() && decision.refused.is_empty() =>
            {
                Verdict::Unrecognized
            }
            authorize::Permission::Known => match verdict(&judged) {
                Verdict::Allowed if !decision.refused.is_empty() => Verdict::Misnamed,
                verdict => verdict,
            },
        };
        if remembers {
            self.memory.remember(decision, call, &judged);
        }
        Some(judged)
    }

    /// Whether a request passes as one like it did in the same second, of which nothing is to be told. `settled` gets what was judged of it.
    pub fn passes_as_before(&mut self, call: &mut Call, settled: &mut Settled) -> bool {
        if !self.settings.passes_silently {
            return false;
        }
        self.take_in(call);
        if !self.remembers(call, Stage::Request, settled) {
            return false;
        }
        let decision = self.authorizer.decide(call);
        let Some((permissions, verdict)) = self.memory.known(&decision, call) else { return false };
        let passes = !self.is_refused(verdict);
        if passes {
            settled.add(&permissions);
            settled.decision = Some(decision);
        }
        passes
    }

    /// Whether what holds for a call holds for one like it in the same second, as long as nothing was learnt.
    fn remembers(&self, call: &Call, stage: Stage, settled: &Settled) -> bool {
        stage == Stage::Request
            && call.evidence.authorization.is_some_and(Authorization::is_credential)
            && settled.is_empty()
            && self.iam.is_none()
            && !self.is_holding()
    }

    /// Takes in what a call tells of whose a key is.
    fn take_in(&mut self, call: &mut Call) {
        if call.evidence.told.is_empty() {
            self.callers.complete(call);
        } else {
            self.memory.forget();
            self.callers.learn(call, &mut Growing::default());
        }
    }

    /// Whether something is known of resources that calls made, so that what holds for one call need not hold for the next.
    fn is_holding(&self) -> bool {
        !self.holding.run().is_empty()
    }

    /// Judges a call of a recording by what that says that it needs, and learns from it.
    pub fn judge_recorded(&mut self, entry: &mut Entry) -> Judged {
        let Entry { call, requires, .. } = entry;
        self.take_in(call);
        let asker = self.asker(call);
        let mut judged = Judged::of(call, asker.name.clone(), Stage::End);
        // A recording says nothing of the usual signature.
        if call.evidence.authorization.is_some_and(|it| !it.is_credential()) {
            judged.verdict = Verdict::NotAsked;
            return judged;
        }
        let mut permissions = Vec::new();
        for Requires { action, resources, conditions, .. } in &*requires {
            let action = Name::Owned(action.clone().into_owned());
            let needed = Needed { action: &action, conditions, certainty: Certainty::Certain };
            for resource in &**resources {
                permissions.push(self.permission(call, &asker, needed, resource));
            }
        }
        leave_open_which(&mut permissions);
        judged.permissions = permissions.into();
        judged.verdict = if requires.is_empty() {
            // A recording does not tell what needs nothing from that of which it is not known what it needs.
            match self.authorizer.decide(call).permission {
                authorize::Permission::NotNeeded => Verdict::NotNeeded,
                authorize::Permission::Known | authorize::Permission::Unknown => {
                    Verdict::Unrecognized
                }
            }
        } else {
            verdict(&judged)
        };
        let required = requires.iter().map(|it| (&*it.action, &*it.resources));
        self.holding.learn(call, required);
        judged
    }

    /// A call is over, and was judged: what it tells is of use for the calls that follow. `settled`: what was judged of it. What it
    /// needs is returned.
    pub fn learn(&mut self, call: &mut Call, settled: Settled) -> Arc<Decision> {
        self.take_in(call);
        let decision = settled.decision.filter(|_| settled.is_whole);
        let decision = decision.unwrap_or_else(|| self.authorizer.decide(call));
        let required = decision.requirements.iter().map(|it| (&*it.action, &*it.resources));
        self.holding.learn(call, required);
        decision
    }

    /// Whether what was judged keeps the call from going on.
    pub fn is_refused(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Allowed | Verdict::NotNeeded | Verdict::NotAsked => false,
            Verdict::Denied | Verdict::Misnamed | Verdict::Unread => true,
            Verdict::Undecided => self.settings.undecided == Unclear::Refuse,
            Verdict::Unrecognized => self.settings.unrecognized == Unclear::Refuse,
        }
    }

    /// All that was not allowed, as a policy.
    pub fn lacking(&mut self) -> &Growing {
        let callers = &self.callers;
        self.lacking.settle(|key| callers.account_of(key));
        &self.lacking
    }

    /// What policies say of a permission; what is not allowed is kept where that is told at the end: what is refused may be asked for
    /// without end.
    fn permission(
        &mut self,
        call: &Call,
        asker: &Asker,
        needed: Needed<'_>,
        resource: &String,
    ) -> Permission {
        let ruling = self.rule(call, asker, needed, resource);
        if self.settings.soft && !ruling.is_allowed() {
            self.lack(call, needed, resource);
        }
        let Needed { action, certainty, .. } = needed;
        Permission { action: action.clone(), resource: resource.clone(), certainty, ruling }
    }

    /// Adds what a call needs and is not allowed.
    fn lack(&mut self, call: &Call, needed: Needed<'_>, resource: &String) {
        let Needed { action, conditions, .. } = needed;
        let account = match &call.account {
            Some(_) => Account::Known,
            None => Account::Of(call.principal.as_deref()),
        };
        for grant in self.holding.grants(call, action, std::slice::from_ref(resource), conditions) {
            grant.allow(&mut self.lacking, action, account, self.holding.run());
        }
    }

    /// Whether nothing is refused, and everything is said.
    pub fn is_soft(&self) -> bool {
        self.settings.soft
    }

    /// What policies say of a permission: the worst of what they say in each context that the request can have.
    fn rule(&mut self, call: &Call, asker: &Asker, needed: Needed<'_>, resource: &str) -> Ruling {
        let Needed { action, conditions, .. } = needed;
        let iam = self.iam.as_ref().filter(|_| action.starts_with("kms:"));
        let resource = iam.and_then(|iam| iam.key_of_alias(call, resource)).unwrap_or(resource);
        let known = self.holding.known(call, action, resource);
        let asks = Asks {
            action,
            resource,
            conditions,
            region: call.region.as_deref(),
            account: call.account.as_deref(),
            known: Some(&known),
        };
        let asked =
            if asks.is_exact() { Resource::Exactly(resource) } else { Resource::Within(resource) };
        let judge =
            |context: &Context| self.ask(asker, Request { action, resource: asked, context });
        let contexts = asks.contexts(&asker.context);
        // There is one context at least.
        contexts.iter().map(judge).max_by_key(rank).unwrap_or_else(|| judge(&asker.context))
    }

    /// What the user's policies, the principal's own and the stand-in's say of a request: the worst of them.
    fn ask(&self, asker: &Asker, request: Request<'_>) -> Ruling {
        let ours = self.levels.as_ref().map(|levels| levels.judge(&asker.principal, request));
        let each = self.each.as_ref().zip(asker.own.as_ref());
        // Who is not known gets nobody's policy; what denies it to everybody denies it all the same.
        let own = each.map(|(each, own)| match each.levels(own) {
            Some(levels) => levels.judge(&asker.principal, request),
            None => Ruling::undecided(Reason::Key("aws:PrincipalArn".to_owned())),
        });
        let theirs = asker.iam.as_ref().map(|iam| iam.judge(request));
        ours.into_iter()
            .chain(own)
            .chain(theirs)
            .max_by_key(rank)
            .unwrap_or_else(Ruling::not_allowed)
    }

    /// Who makes a call; it is put into the account of who that is.
    fn asker(&mut self, call: &mut Call) -> Asker {
        let (principal, name) = who::asks(&self.callers, call);
        let mut context = self.given.clone();
        who::tell_of_request(call, &mut context);
        let own = self.each.as_mut().map(|each| each.own(&self.callers, call));
        let Some(iam) = &mut self.iam else {
            return Asker { principal, name, own, context, iam: None };
        };
        let asker = iam.who(&self.callers, call);
        let (principal, name) = match &asker {
            iam::Asker::Known(known) => (known.principal.clone(), Some(known.arn.clone())),
            iam::Asker::Root { account } => (Principal::Root { account: account.clone() }, name),
            iam::Asker::Nobody(_) => (principal, name),
        };
        if call.account.is_none() {
            call.account = principal.account().map(str::to_owned);
        }
        Asker { principal, name, own, context, iam: Some(asker) }
    }
}

/// Who makes a call.
struct Asker {
    principal: Principal,
    /// The ARN, else the id of the access key.
    name: Option<String>,
    /// Where each principal has policies of its own: whose they are.
    own: Option<Own>,
    /// What is known of all that the call asks for.
    context: Context,
    /// Where a stand-in's policies are asked: what holds for them.
    iam: Option<iam::Asker>,
}

/// An action that a call needs.
#[derive(Clone, Copy)]
struct Needed<'a> {
    action: &'a Name,
    conditions: &'a Conditions,
    certainty: Certainty,
}

/// What comes of all permissions.
fn verdict(judged: &Judged) -> Verdict {
    match judged.reason().map(|it| &it.ruling.outcome) {
        Some(Outcome::Denied(_)) => Verdict::Denied,
        Some(Outcome::Undecided(_)) => Verdict::Undecided,
        Some(Outcome::Allowed) | None => Verdict::Allowed,
    }
}

/// How bad a ruling is.
fn rank(ruling: &Ruling) -> u8 {
    match &ruling.outcome {
        Outcome::Allowed => 0,
        Outcome::Undecided(_) => 1,
        Outcome::Denied(denial) => 2 + u8::from(denial.explicit),
    }
}

/// A name of IAM's has a path that requests do not say, so that it stands for one of two ARNs (`role/app`, `role/*/app`). Where
/// policies allow one of them and the other not, that is not decided rather than denied.
fn leave_open_which(permissions: &mut [Permission]) {
    for index in 0..permissions.len() {
        let Some((before, name)) = permissions[index].resource.split_once("/*/") else { continue };
        let plain = format!("{before}/{name}");
        let action = permissions[index].action.clone();
        let other = permissions.iter().position(|it| it.action == action && it.resource == plain);
        let Some(other) = other else { continue };
        let allowed = [index, other].map(|it| permissions[it].ruling.is_allowed());
        let is_denial = |it: &usize| rank(&permissions[*it].ruling) == 2;
        let open: Vec<usize> = match allowed {
            [true, false] | [false, true] => [index, other].into_iter().filter(is_denial).collect(),
            _ => Vec::new(),
        };
        for it in open {
            let reason = Reason::Part(permissions[it].resource.clone());
            permissions[it].ruling.outcome = Outcome::Undecided(vec![reason]);
        }
    }
}
