//! Whether a request is allowed by policies of all kinds, and why, as IAM documents it
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>).
//!
//! As everywhere in `evaluate`, what is not known makes a verdict undecided; it is never silently allowed.

mod compiled;
mod kind;
mod meeting;
mod principal;
mod ruling;
mod services;
#[cfg(test)]
mod tests;

pub use compiled::Policy;
pub use kind::{Kind, Level};
pub use principal::Principal;
pub use ruling::{Applies, Denial, Has, Note, Outcome, Ruling, Spoken, Unmet, Where};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evaluate::document::{Document, is_account};
use crate::evaluate::known;
use crate::evaluate::verdict::{
    Context, Glob, Known, Reason, Request, Resource, Truth, open_pattern,
};
use compiled::{Asked, Compiled};
use meeting::Meeting;
use principal::account_of;
use services::Services;

/// The policies that a request is asked of.
#[derive(Debug, Default)]
pub struct Policies {
    /// Those of the principal: its own, its groups', or its role's. They unite. An account's root user has none in IAM, and may do
    /// what no other policy denies; where some are given, they are meant for it, and hold.
    pub identity: Vec<Policy>,
    /// The permissions boundary of the user or the role.
    pub boundary: Option<Policy>,
    /// Those that the session was made with; they unite. None: it was made without. They limit whoever asks.
    pub session: Vec<Policy>,
    /// The service control policies of the principal's account: those of a level unite, and each level must allow.
    pub service_control: Vec<Vec<Policy>>,
    /// The resource control policies of the resource's account, by level. That everything is allowed where they deny nothing is
    /// understood: AWS attaches `RCPFullAWSAccess` everywhere.
    pub resource_control: Vec<Vec<Policy>>,
    /// That of the VPC endpoint that the request goes through.
    pub endpoint: Option<Policy>,
    /// Those of resources.
    pub resource: Vec<Attached>,
    /// The account that manages the organization, whose principals and resources its policies spare.
    pub management_account: Option<String>,
    /// Whether `resource` has the policy of every resource that has one; else the policy of a key or a role that is not there is
    /// taken for one that leaves it to the account, and what a resource of another account says is not known.
    pub complete: bool,
    /// Where that holds of some resources alone: of which.
    pub complete_of: Option<CompleteOf>,
}

/// The resources of which every policy is known.
#[derive(Debug, Clone, Default)]
pub struct CompleteOf {
    /// Those of this account.
    pub account: String,
    /// Those of these services, by the prefix of their actions (`sqs`; of roles `sts`).
    pub services: BTreeSet<String>,
}

/// The policy of a resource.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The policy.
    pub policy: Policy,
    /// The ARN of the resource; `None` where its statements name it.
    pub to: Option<String>,
}

/// Policies of all kinds, ready to be asked.
#[derive(Debug)]
pub struct Levels {
    identity: Compiled,
    boundary: Option<Compiled>,
    session: Option<Compiled>,
    service_control: Arc<[Compiled]>,
    resource_control: Arc<[Compiled]>,
    endpoint: Option<Arc<Compiled>>,
    resource: Arc<[OfResource]>,
    management_account: Option<String>,
    complete: bool,
    complete_of: Option<Arc<CompleteOf>>,
    services: Arc<Services>,
}

/// The policy of a resource, ready to be asked.
#[derive(Debug)]
struct OfResource {
    policy: Compiled,
    /// The resource that it is attached to, with what lies in it.
    to: Option<[Glob; 3]>,
    /// What its statements name, by the service of their actions: whose policy it is, where nothing else says it.
    names: Vec<Glob>,
    prefixes: BTreeSet<String>,
}

impl Levels {
    /// The policies, ready to be asked.
    pub fn new(policies: &Policies) -> Levels {
        let levels = |kind, levels: &[Vec<Policy>]| -> Arc<[Compiled]> {
            let numbered = levels.iter().zip(1..);
            numbered
                .map(|(policies, number)| {
                    Compiled::new(Level { kind, number: Some(number) }, policies)
                })
                .collect()
        };
        Levels {
            identity: one(Kind::Identity, &policies.identity),
            boundary: optional(Kind::Boundary, policies.boundary.as_slice()),
            session: optional(Kind::Session, &policies.session),
            service_control: levels(Kind::ServiceControl, &policies.service_control),
            resource_control: levels(Kind::ResourceControl, &policies.resource_control),
            endpoint: optional(Kind::Endpoint, policies.endpoint.as_slice()).map(Arc::new),
            resource: policies.resource.iter().map(OfResource::new).collect(),
            management_account: policies.management_account.clone(),
            complete: policies.complete,
            complete_of: policies.complete_of.clone().map(Arc::new),
            services: Arc::new(Services::known()),
        }
    }

    /// The same for another principal, who has these policies; those of all others are shared.
    pub fn for_another(
        &self,
        identity: &[Policy],
        boundary: Option<&Policy>,
        session: &[Policy],
    ) -> Levels {
        Levels {
            identity: one(Kind::Identity, identity),
            boundary: optional(Kind::Boundary, boundary.map_or(&[], std::slice::from_ref)),
            session: optional(Kind::Session, session),
            service_control: Arc::clone(&self.service_control),
            resource_control: Arc::clone(&self.resource_control),
            endpoint: self.endpoint.clone(),
            resource: Arc::clone(&self.resource),
            management_account: self.management_account.clone(),
            complete: self.complete,
            complete_of: self.complete_of.clone(),
            services: Arc::clone(&self.services),
        }
    }

    /// What the policies say of a request. What IAM says of such a principal and such a resource is put into the request's context,
    /// where it does not say it.
    pub fn judge(&self, principal: &Principal, request: Request<'_>) -> Ruling {
        let mut context = request.context.clone();
        principal.tell(&mut context);
        let resource_account = account_of_resource(request.resource, &context);
        if let Some(account) = &resource_account
            && known::says_account(request.action)
        {
            context.set_unknown("aws:ResourceAccount", [account]);
        }
        let asked = Asked {
            principal,
            request: Request { context: &context, ..request },
            bounded: principal.has_account() && self.boundary.is_some(),
        };
        let mut judging =
            Judging { levels: self, asked, resource_account, ruled: Ruled::default() };
        let may = judging.may();
        judging.ruled.ruling(may)
    }
}

fn one(kind: Kind, policies: &[Policy]) -> Compiled {
    Compiled::new(Level { kind, number: None }, policies)
}

fn optional(kind: Kind, policies: &[Policy]) -> Option<Compiled> {
    (!policies.is_empty()).then(|| one(kind, policies))
}

impl OfResource {
    fn new(attached: &Attached) -> OfResource {
        let document = &attached.policy.document;
        let kind = if is_trust_policy(document) { Kind::Trust } else { Kind::Resource };
        let statements = || document.statements.iter();
        let names = statements().flat_map(|it| {
            let all = it.resources.negated.then_some("*");
            all.into_iter().chain(it.resources.texts().filter(|_| !it.resources.negated))
        });
        let prefixes = statements().flat_map(|it| {
            let all = it.actions.negated.then_some("*");
            all.into_iter().chain(it.actions.texts().filter(|_| !it.actions.negated))
        });
        let prefix = |action: &str| {
            action.split_once(':').map_or(action, |(prefix, _)| prefix).to_ascii_lowercase()
        };
        let within = |arn: &String| {
            [arn.clone(), format!("{arn}/*"), format!("{arn}:*")].map(|it| open_pattern(&it))
        };
        OfResource {
            policy: Compiled::new(Level { kind, number: None }, [&attached.policy]),
            to: attached.to.as_ref().map(within),
            names: names.map(open_pattern).collect(),
            prefixes: prefixes.map(prefix).collect(),
        }
    }

    /// Whether it is the policy of the resource.
    fn is_of(&self, action: &str, resource: Resource<'_>) -> Truth {
        let prefix =
            action.split_once(':').map_or(action, |(prefix, _)| prefix).to_ascii_lowercase();
        let speaks_of_it = match self.to {
            // A role has no other policy than that, which says nothing of the role as a resource of IAM.
            Some(_) if self.policy.level().kind == Kind::Trust => prefix == "sts",
            Some(_) => true,
            None => self.prefixes.contains("*") || self.prefixes.contains(&prefix),
        };
        if !speaks_of_it {
            return Truth::False;
        }
        let names: &[Glob] = self.to.as_ref().map_or(&self.names, |to| to);
        let asked = match resource {
            Resource::Exactly(text) => Glob::literal(text),
            Resource::Within(text) => open_pattern(text),
        };
        if names.iter().any(|name| name.covers(&asked)) {
            Truth::True
        } else if asked.is_wildcard() && names.iter().any(|name| name.overlaps(&asked)) {
            Truth::depends(Reason::Part(resource.text().to_owned()))
        } else {
            Truth::False
        }
    }
}

/// Whether it says who may assume a role: it names no resource, and actions of STS alone.
fn is_trust_policy(document: &Document) -> bool {
    let of_sts = |action: &str| action.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("sts:"));
    let mut statements = document.statements.iter();
    !document.statements.is_empty()
        && statements
            .all(|it| !it.names_resources && !it.actions.negated && it.actions.texts().all(of_sts))
}

/// The account that a resource is in, where its ARN or the context says it.
fn account_of_resource(resource: Resource<'_>, context: &Context) -> Option<String> {
    if let Some(account) = account_of(resource.text()) {
        return Some(account.to_owned());
    }
    match context.get("aws:ResourceAccount") {
        Known::Values([account]) if is_account(account) => Some(account.clone()),
        _ => None,
    }
}

/// A request that is judged.
struct Judging<'a> {
    levels: &'a Levels,
    asked: Asked<'a>,
    resource_account: Option<String>,
    ruled: Ruled,
}

/// What is known of the ruling.
#[derive(Default)]
struct Ruled {
    statements: Vec<Spoken>,
    denies: Vec<(Kind, Truth)>,
    missing: BTreeSet<Level>,
    notes: Vec<Note>,
}

impl Judging<'_> {
    /// Whether the policies allow it, if none denies it.
    fn may(&mut self) -> Truth {
        let levels = self.levels;
        let mut may = Vec::new();
        if let Some(endpoint) = &levels.endpoint {
            may.push(self.endpoint(endpoint));
        }
        self.resource_control();
        may.extend(self.service_control());
        may.push(self.grants());
        Truth::all(may)
    }

    /// Asks policies that must allow.
    fn must_allow(&mut self, policies: &Compiled) -> Truth {
        let allows = self.ask(policies, &Truth::True, &Truth::True, &Truth::True).any();
        self.required(policies.level(), allows)
    }

    fn required(&mut self, level: Level, allows: Truth) -> Truth {
        if allows == Truth::False {
            self.ruled.missing.insert(level);
        }
        allows
    }

    /// What policies say that hold if `bind`, and are about the resource if `about`.
    fn ask(
        &mut self,
        policies: &Compiled,
        bind: &Truth,
        about: &Truth,
        account: &Truth,
    ) -> Meeting {
        let said = policies.say(self.asked, about, account);
        let denies = Truth::all([bind.clone(), said.denies]);
        self.ruled.denies.push((policies.level().kind, denies));
        self.ruled.statements.extend(said.statements);
        said.allows
    }

    fn endpoint(&mut self, policy: &Compiled) -> Truth {
        // In the policy of a gateway, an account is its root user alone; an interface's is as those of resources are.
        let account = match self.asked.principal {
            Principal::Root { .. } => Truth::True,
            principal if self.levels.services.may_be_gateway(self.asked.request.action) => {
                let account = principal.account().unwrap_or("?").to_owned();
                Truth::depends(Reason::Gateway(account))
            }
            _ => Truth::True,
        };
        let allows = self.ask(policy, &Truth::True, &Truth::True, &account).any();
        self.required(policy.level(), allows)
    }

    /// Resource control policies deny, and allow what they do not deny: `RCPFullAWSAccess` cannot be detached.
    fn resource_control(&mut self) {
        let levels = self.levels;
        if levels.resource_control.is_empty() {
            return;
        }
        let account = self.resource_account.as_deref().or(self.asked.principal.account());
        let spared = !levels.services.has_rcp(self.asked.request.action)
            || account.is_some() && account == levels.management_account.as_deref();
        let linked = self.asked.principal.is_service_linked(self.asked.request.context);
        if spared || linked == Truth::True {
            self.ruled.notes.push(Note::Spared(Kind::ResourceControl));
            return;
        }
        for level in &*levels.resource_control {
            self.ask(level, &linked.clone().not(), &Truth::True, &Truth::True);
        }
    }

    /// Service control policies hold for the users and roles of an account, its root among them
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp>).
    fn service_control(&mut self) -> Vec<Truth> {
        let levels = self.levels;
        let principal = self.asked.principal;
        if levels.service_control.is_empty() || !principal.has_account() {
            return Vec::new();
        }
        let account = principal.account();
        let manages = account.is_some() && account == levels.management_account.as_deref();
        let linked = principal.is_service_linked(self.asked.request.context);
        if manages || linked == Truth::True {
            self.ruled.notes.push(Note::Spared(Kind::ServiceControl));
            return Vec::new();
        }
        let mut may = Vec::new();
        for level in &*levels.service_control {
            let bind = linked.clone().not();
            let allows = self.ask(level, &bind, &Truth::True, &Truth::True).any();
            let allows = Truth::any([linked.clone(), allows]);
            may.push(self.required(level.level(), allows));
        }
        may
    }

    /// Whether identity-based and resource-based policies grant it, within what boundary and session leave.
    fn grants(&mut self) -> Truth {
        let levels = self.levels;
        let action = self.asked.request.action;
        let own = levels.services.own_policy(action, self.asked.request.resource);
        let resource = self.resource_policies();
        let of_resource = Level { kind: own.unwrap_or(Kind::Resource), number: None };
        if !self.asked.principal.has_account() {
            return self.required(of_resource, resource.grants.direct);
        }
        let identity = self.identity();
        let limits = self.limits();
        let of_account = Truth::all([identity, limits.clone()]);
        if self.is_of_another_account() {
            let grants = if resource.is_given || self.is_complete() {
                resource.grants.any()
            } else {
                let resource = self.asked.request.resource.text().to_owned();
                Truth::depends(Reason::Ungiven(resource))
            };
            let grants = self.required(of_resource, grants);
            return Truth::all([of_account, grants]);
        }
        let left = match own {
            None => Truth::True,
            Some(_) if resource.is_given || self.is_complete() => resource.grants.account.clone(),
            Some(kind) => {
                self.ruled.notes.push(Note::LeftToAccount(kind));
                Truth::True
            }
        };
        let left = self.required(of_resource, left);
        let to_underlying = Truth::all([resource.grants.underlying, limits]);
        let by_identity = Truth::all([of_account, left]);
        let grants = Truth::any([resource.grants.direct, to_underlying, by_identity]);
        if grants != Truth::False {
            // Who of them did not allow it was not needed.
            let all = [Kind::Resource, Kind::Trust, Kind::Identity, Kind::Boundary, Kind::Session];
            self.ruled.missing.retain(|level| !all.contains(&level.kind));
        }
        grants
    }

    /// What the policies of the resource say.
    fn resource_policies(&mut self) -> OfThis {
        let Request { action, resource, .. } = self.asked.request;
        let mut grants: [Vec<Truth>; 3] = Default::default();
        let mut is_given = false;
        let levels = self.levels;
        for of_resource in &*levels.resource {
            let about = of_resource.is_of(action, resource);
            if about == Truth::False {
                continue;
            }
            is_given = true;
            let said = self.ask(&of_resource.policy, &Truth::True, &about, &Truth::True);
            grants[0].push(said.direct);
            grants[1].push(said.underlying);
            grants[2].push(said.account);
        }
        let [direct, underlying, account] = grants.map(Truth::any);
        OfThis { grants: Meeting { direct, underlying, account }, is_given }
    }

    fn identity(&mut self) -> Truth {
        if matches!(self.asked.principal, Principal::Root { .. }) && self.levels.identity.is_empty()
        {
            self.ruled.notes.push(Note::Root);
            return Truth::True;
        }
        self.must_allow(&self.levels.identity)
    }

    /// Whether boundary and session leave it.
    fn limits(&mut self) -> Truth {
        let levels = self.levels;
        let mut limits = Vec::new();
        if self.asked.bounded
            && let Some(boundary) = &levels.boundary
        {
            limits.push(self.must_allow(boundary));
        }
        match (&levels.session, self.asked.principal) {
            (Some(session), _) => limits.push(self.must_allow(session)),
            // Without a session policy, a federated user has the permissions of resource-based policies alone
            // (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html).
            (None, Principal::FederatedUser { .. }) => {
                let level = Level { kind: Kind::Session, number: None };
                limits.push(self.required(level, Truth::False));
            }
            (None, _) => {}
        }
        Truth::all(limits)
    }

    /// Whether the policy of the resource is there, if it has one.
    fn is_complete(&self) -> bool {
        let Levels { complete, complete_of, .. } = self.levels;
        let has = |of: &Arc<CompleteOf>| {
            let action = self.asked.request.action;
            let prefix = action.split_once(':').map_or(action, |(prefix, _)| prefix);
            of.services.contains(&prefix.to_ascii_lowercase())
                && self.resource_account.as_ref().is_none_or(|account| *account == of.account)
        };
        *complete || complete_of.as_ref().is_some_and(has)
    }

    fn is_of_another_account(&self) -> bool {
        match (self.asked.principal.account(), self.resource_account.as_deref()) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        }
    }
}

/// What the policies of a resource say.
struct OfThis {
    grants: Meeting,
    /// Whether there is one.
    is_given: bool,
}

impl Ruled {
    /// The ruling on a request that policies allow so, if none denies it.
    fn ruling(self, may: Truth) -> Ruling {
        let first = self.denies.iter().filter(|(_, denies)| *denies == Truth::True);
        let explicit = first.map(|(kind, _)| *kind).min();
        let denied = Truth::any(self.denies.into_iter().map(|(_, denies)| denies));
        let missing: Vec<Level> = self.missing.into_iter().collect();
        let outcome = match (explicit, may, denied) {
            (Some(by), ..) => Outcome::Denied(Denial { explicit: true, by }),
            (None, Truth::False, _) => {
                let by = missing.first().map_or(Kind::Identity, |level| level.kind);
                Outcome::Denied(Denial { explicit: false, by })
            }
            (None, may, denied) => match Truth::all([may, denied.not()]) {
                Truth::Depends(reasons) => Outcome::Undecided(reasons),
                _ => Outcome::Allowed,
            },
        };
        Ruling { outcome, statements: self.statements, missing, notes: self.notes }
    }
}
