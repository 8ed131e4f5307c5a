//! What the policy gets of a requirement: what the run made is written as its type in its place, held by what does not
//! change.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::authorize::{Conditions, Decision, Requirement};
use crate::call::{Call, Name, RequestTag, Source};
use crate::catalog::naming::is_tags;
use crate::catalog::{AccessLevel, Catalog, ConditionKey, Operation};
use crate::evaluate::known::says_account;
use crate::made::arns::{Arns, Kind, Located, locate, start_of_resource};
use crate::made::form;
pub use crate::made::grant::Grant;
use crate::made::grant::Remembered;
use crate::made::records::{MOST_RECORDS, record_names};
use crate::made::run::{Found, Hold, Run, level, prefix, tags_on};

/// Patterns that are remembered to be told.
const MOST_PATTERNS: usize = 1_000;

/// What stands in the policy for resources that another run of the same program does not have again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Generated {
    /// Their type in their place, under conditions that hold for what was made: its tags, what it stands in.
    #[default]
    Hold,
    /// Their type in their place.
    Type,
    /// Themselves, as they were recorded.
    Exact,
}

/// Turns requirements into what the policy gets.
#[derive(Debug, Default)]
pub struct Holding {
    generated: Generated,
    pub(super) run: Run,
    pub(super) arns: Arns,
    hasher: RandomState,
    /// Names of a form, by their hashes: whether they were there before the run.
    names: HashMap<u64, bool>,
    /// What stands for names that the program made up.
    patterns: IndexSet<String>,
    /// What was granted of decisions.
    remembered: Remembered,
    /// The operation of the last call, and the types of what it makes, by AWS's names.
    last: Option<(Operation, Vec<&'static str>)>,
    /// Types (`kms:key`) any of which the policy lets somebody tag, with the action: what holds by tags can be got round.
    loose: IndexMap<String, String>,
}

impl Holding {
    /// Nothing was made yet.
    pub fn new(generated: Generated) -> Holding {
        Holding { generated, ..Holding::default() }
    }

    /// What was made.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The action that puts tags on any resource of a type (`kms:key`), and so gets round what tags hold.
    pub fn got_round_by(&self, resource_type: &str) -> Option<&str> {
        let of_any = || self.loose.get(&of_any_type(prefix(resource_type)));
        self.loose.get(resource_type).or_else(of_any).map(String::as_str)
    }

    /// The patterns that stand for names which the program made up.
    pub fn patterns(&self) -> &IndexSet<String> {
        &self.patterns
    }

    /// Takes in what a call made, and whether it changed tags, after it was turned into grants itself. Whether what holds
    /// something is different now.
    pub fn learn<'a>(
        &mut self,
        call: &mut Call,
        requirements: impl Iterator<Item = (&'a str, &'a [String])>,
    ) -> bool {
        let before = self.run.generation();
        if !self.run.is_empty() && !call.outcome.failed() {
            for (action, resources) in requirements.filter(|(action, _)| may_tag(action)) {
                let of_action = self.arns.of(action);
                if of_action.level == Some(AccessLevel::Tagging) {
                    self.retag(call, action, &of_action.kinds, resources);
                }
            }
        }
        if !call.evidence.made.is_empty() {
            self.run.learn(call);
        }
        self.run.generation() != before
    }

    /// The call changes the tags of these resources.
    fn retag(&mut self, call: &Call, action: &str, kinds: &[Kind], resources: &[String]) {
        for resource in resources {
            // Most are not of a service of which something was made.
            if !services(action, resource).any(|service| self.run.has_of(service)) {
                continue;
            }
            let Some(Located { variables, .. }) = locate(kinds, resource) else { continue };
            for service in services(action, resource) {
                for (variable, range) in &variables {
                    self.run.retag(call, service, variable, &resource[range.clone()]);
                }
                self.run.retag(call, service, "", resource);
            }
        }
    }

    /// Hands over what the policy gets of all that a call needs. What is remembered of a decision holds for all calls that it was made
    /// for, since it depends on everything that is looked at here, as long as no other id becomes known.
    pub fn each_grant(
        &mut self,
        call: &Call,
        decision: &Arc<Decision>,
        mut each: impl FnMut(&Requirement, &Grant<'_>, &Run),
    ) {
        let requirements = &decision.requirements;
        // Client-side monitoring shows no answers.
        if self.generated == Generated::Exact || call.source == Source::Csm {
            return as_they_are(requirements, &self.run, each);
        }
        // One that nobody else keeps is not met again.
        let is_kept = Arc::strong_count(decision) > 1;
        let known = if is_kept { self.remembered.of(decision, self.run.extent()) } else { None };
        match known {
            Some(grants) if grants.is_empty() => {
                return as_they_are(requirements, &self.run, each);
            }
            Some(grants) => {
                for (index, grant) in grants {
                    if let Some(requirement) = requirements.get(*index) {
                        each(requirement, grant, &self.run);
                    }
                }
                return;
            }
            None => {}
        }
        let differs = |Requirement { action, resources, .. }: &Requirement| {
            resources.iter().any(|resource| self.may_differ(action, resource))
        };
        let is_left = !requirements.iter().any(differs);
        let remembers = is_left && is_kept;
        if is_left && call.evidence.request_tags.is_empty() {
            if remembers {
                self.remembered.put(decision, Box::default());
            }
            return as_they_are(requirements, &self.run, each);
        }
        let mut all = Vec::new();
        for (index, requirement) in requirements.iter().enumerate() {
            let Requirement { action, resources, conditions, .. } = requirement;
            for grant in self.granted(call, action, resources, conditions, !is_left) {
                each(requirement, &grant, &self.run);
                if remembers {
                    all.push((index, grant.into_owned()));
                }
            }
        }
        if remembers {
            self.remembered.put(decision, all.into());
        }
    }

    /// What the policy gets of an action that a call needs.
    pub fn grants<'a>(
        &mut self,
        call: &Call,
        action: &str,
        resources: &'a [String],
        conditions: &'a Conditions,
    ) -> Vec<Grant<'a>> {
        // Client-side monitoring shows no answers.
        if self.generated == Generated::Exact || call.source == Source::Csm {
            return vec![Grant::as_is(resources, conditions)];
        }
        self.granted(call, action, resources, conditions, true)
    }

    /// The same of a call whose answer was seen; `may_differ`: whether any of the call's resources may be another one in the next run.
    fn granted<'a>(
        &mut self,
        call: &Call,
        action: &str,
        resources: &'a [String],
        conditions: &'a Conditions,
        may_differ: bool,
    ) -> Vec<Grant<'a>> {
        let as_is = || Grant::as_is(resources, conditions);
        let tags = self.generated == Generated::Hold
            && !call.evidence.request_tags.is_empty()
            && self.arns.of(action).takes_request_tags;
        let differing: Vec<bool> = match may_differ {
            true => resources.iter().map(|it| self.may_differ(action, it)).collect(),
            false => Vec::new(),
        };
        if !tags && !differing.contains(&true) {
            return vec![as_is()];
        }
        let written = |(index, resource): (usize, &'a String)| {
            let differs = differing.get(index).is_some_and(|it| *it);
            self.written(call, action, resource, differs)
        };
        let written: Vec<Written<'_>> = resources.iter().enumerate().map(written).collect();
        if written.iter().all(Written::is_plain) {
            return vec![as_is()];
        }
        let mut grants: Vec<Grant<'a>> = Vec::new();
        for written in written {
            let is_at_creation = || {
                conditions
                    .values()
                    .flat_map(|keys| keys.keys())
                    .any(|key| key.ends_with(":CreateAction"))
            };
            if let Some(kind) = written.loose.filter(|_| !is_at_creation()) {
                self.loose.entry(kind).or_insert_with(|| action.to_owned());
            }
            let mut all = conditions.clone();
            for (operator, key, values) in written.conditions {
                all.entry(operator).or_default().insert(key, values);
            }
            let is_alike = |it: &&mut Grant<'a>| {
                *it.conditions == all && (it.group, it.held) == (written.group, written.held)
            };
            match grants.iter_mut().find(is_alike) {
                Some(grant) => {
                    let resources = grant.resources.to_mut();
                    if !resources.iter().any(|it| **it == *written.resource) {
                        resources.push(written.resource.into_owned());
                    }
                }
                None => grants.push(Grant {
                    resources: Cow::Owned(vec![written.resource.into_owned()]),
                    conditions: Cow::Owned(all),
                    group: written.group,
                    held: written.held,
                }),
            }
        }
        grants
    }

    /// Whether a resource may be another one in the next run; a glance, since most are not.
    pub(super) fn may_differ(&self, action: &str, resource: &str) -> bool {
        let Some(start) = start_of_resource(resource) else { return false };
        let rest = &resource[start..];
        let segments = || segments(rest).filter(|it| it.len() > 1);
        if form::may_have_form(rest) && segments().any(|it| form::pattern(it).is_some()) {
            return true;
        }
        if self.run.is_empty() {
            return false;
        }
        // An id can have slashes and colons in it.
        let behind = || rest.split_once(['/', ':']).map(|(_, rest)| rest);
        services(action, resource).filter(|service| self.run.has_of(service)).any(|service| {
            let is_made = |id: &str| self.run.may_be_made(service, id);
            is_made(resource) || behind().is_some_and(is_made) || segments().any(is_made)
        })
    }

    /// A resource as the policy gets it; `differs`: whether it may be another one in the next run.
    pub(super) fn written<'a>(
        &mut self,
        call: &Call,
        action: &str,
        resource: &'a str,
        differs: bool,
    ) -> Written<'a> {
        let mut written = Written::of(resource);
        // Exactly what it was, and nothing that is being made.
        if !differs && !resource.contains(['*', '?']) {
            return written;
        }
        let of_action = self.arns.of(action);
        let Some(located) = locate(&of_action.kinds, resource) else {
            if self.generated == Generated::Hold && of_action.takes_them_anywhere {
                self.hold_request(call, None, &mut written);
            }
            return written;
        };
        let Located { kind, variables } = &located;
        let prefix = prefix(action);
        let is_held = self.generated == Generated::Hold;
        let mut group = None;
        let (mut changed, mut named) = (false, false);
        // From the last to the first, so that what is before stays where it is.
        let mut changed_from = usize::MAX;
        let looked_at = if differs { &**variables } else { &[] };
        for (variable, range) in looked_at.iter().rev() {
            let value = &resource[range.clone()];
            let is_last = variables.last().is_some_and(|(last, _)| last == variable);
            let is_first = variables.first().is_some_and(|(first, _)| first == variable);
            let found = services(action, resource).find_map(|service| {
                let whole = || self.run.find(service, resource).filter(|_| is_last);
                self.run.find_in(service, variable, value).or_else(whole)
            });
            if let Some(found) = found {
                let is_its_own = is_of(&found, kind);
                if is_its_own && group.is_none() {
                    group = Some(found.group);
                }
                let pattern = found.pattern.unwrap_or("*");
                written.resource.to_mut().replace_range(range.clone(), pattern);
                (changed, changed_from) = (true, range.start);
            } else if let Some(pattern) = form::chosen(resource, variable, value)
                // A bucket of any account is no pattern unless it can be said whose it is.
                && (kind.has_account || !is_first || call.account.is_some() || !is_held)
                && !self.was_there(call, action, value)
            {
                named = true;
                written.resource.to_mut().replace_range(range.clone(), &pattern);
                (changed, changed_from) = (true, range.start);
            }
        }
        written.group = group;
        if is_held {
            if kind.has_key(ConditionKey::RequestTag) {
                self.hold_request(call, Some(&located), &mut written);
            }
            if changed {
                let first = variables.first().map(|(_, range)| range.start);
                let is_anybodys = !kind.has_account && first == Some(changed_from);
                self.hold(call, kind, group, is_anybodys, action, &mut written);
            }
        } else if let Some(group) = group {
            self.run.note(group, Hold::NotAsked);
        }
        let is_open = variables.last().is_some_and(|(_, range)| {
            written.resource.get(range.start..).is_some_and(|rest| rest.contains(['*', '?']))
        });
        if is_open && !written.held {
            if of_action.level == Some(AccessLevel::Tagging) {
                written.loose = Some(format!("{prefix}:{}", kind.name));
            } else if is_tags(kind.name) && !call.evidence.request_tags.is_empty() {
                // Tags of whatever the service has (API Gateway's `/tags/*`).
                written.loose = Some(of_any_type(prefix));
            }
        }
        if named && self.patterns.len() < MOST_PATTERNS {
            self.patterns.insert(written.resource.clone().into_owned());
        }
        written
    }
}

impl Holding {
    /// A zone is held by the names of the records that are changed in it, where all of them are known.
    fn hold_records(&mut self, call: &Call, group: Option<usize>, written: &mut Written<'_>) {
        let Some(mut names) = record_names(call) else { return };
        let mut is_like = false;
        for name in &mut names {
            if let Some(formed) = form::pattern(name) {
                *name = formed.pattern;
                is_like = true;
            }
        }
        names.sort_unstable();
        names.dedup();
        // A wildcard of DNS is written as `\052`.
        if names.is_empty() || names.len() > MOST_RECORDS {
            return;
        }
        let operator =
            if is_like { "ForAllValues:StringLike" } else { "ForAllValues:StringEquals" };
        written.ask(operator, "route53:ChangeResourceRecordSetsNormalizedRecordNames", names);
        if let Some(group) = group {
            self.run.note(group, Hold::Records);
        }
    }
}

/// Hands over all that a call needs as the call needs it.
fn as_they_are(
    requirements: &[Requirement],
    run: &Run,
    mut each: impl FnMut(&Requirement, &Grant<'_>, &Run),
) {
    for requirement in requirements {
        each(requirement, &Grant::as_is(&requirement.resources, &requirement.conditions), run);
    }
}

/// Whether an action may be one that tags; a glance, since most are not. All of AWS's that do say it in their names, but one that makes
/// what it tags.
pub fn may_tag(action: &str) -> bool {
    let letters = action.as_bytes();
    let before = |at: usize| at.checked_sub(2).map(|start| &letters[start..at]);
    memchr::memchr_iter(b'g', letters).any(|at| matches!(before(at), Some(b"Ta" | b"ta")))
}

/// What stands in [`Holding::loose`] for all types of a service.
fn of_any_type(prefix: &str) -> String {
    format!("{prefix}:*")
}

/// The services whose resources an action can name: its own, and the one that the ARN says (`ssm:SendCommand` on instances).
pub(super) fn services<'a>(action: &'a str, resource: &'a str) -> impl Iterator<Item = &'a str> {
    let own = prefix(action);
    let mut colons = memchr::memchr_iter(b':', resource.as_bytes());
    let other = colons.nth(1).zip(colons.next()).map(|(start, end)| &resource[start + 1..end]);
    std::iter::once(own).chain(other.filter(move |it| *it != own))
}

/// What stands between the slashes and colons of a text.
fn segments(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = memchr::memchr2_iter(b'/', b':', text.as_bytes()).chain(std::iter::once(text.len()));
    ends.map(move |end| &text[std::mem::replace(&mut start, end + 1)..end])
}

/// Whether what was made is of a type.
pub(super) fn is_of(found: &Found<'_>, kind: &Kind) -> bool {
    found.resource_type.split_once(':').is_some_and(|(_, name)| name == kind.name)
}

/// Names that are known to have been there before the run, or to be the run's own; past that, each is the run's.
const MOST_NAMES: usize = 100_000;

/// A resource as the policy gets it.
pub(super) struct Written<'a> {
    pub(super) resource: Cow<'a, str>,
    /// Operator, key and values.
    conditions: Vec<(Name, Name, Vec<String>)>,
    group: Option<usize>,
    held: bool,
    /// The type, where any resource of it may be tagged.
    loose: Option<String>,
}

impl Written<'_> {
    fn of(resource: &str) -> Written<'_> {
        Written {
            resource: resource.into(),
            conditions: Vec::new(),
            group: None,
            held: false,
            loose: None,
        }
    }

    /// Whether it is as the call needs it.
    fn is_plain(&self) -> bool {
        matches!(self.resource, Cow::Borrowed(_))
            && self.conditions.is_empty()
            && self.group.is_none()
            && !self.held
            && self.loose.is_none()
    }

    fn ask(&mut self, operator: &'static str, key: impl Into<Name>, values: Vec<String>) {
        self.conditions.push((Name::Borrowed(operator), key.into(), values));
    }
}

impl Holding {
    /// Whether a name was there before the run: the first that is heard of it is that it can be read. A run that made it
    /// up writes first, or asks for it in vain.
    fn was_there(&mut self, call: &Call, action: &str, name: &str) -> bool {
        let hash = self.hasher.hash_one((prefix(action), name));
        if let Some(was_there) = self.names.get(&hash) {
            return *was_there;
        }
        let reads = matches!(level(action), Some(AccessLevel::Read | AccessLevel::List));
        if reads && call.outcome.failed() {
            return false;
        }
        if self.names.len() < MOST_NAMES {
            self.names.insert(hash, reads);
        }
        reads
    }

    /// What is being made carries the tags of the request; the action's entry for it has a key for them.
    fn hold_request(&mut self, call: &Call, at: Option<&Located<'_>>, written: &mut Written<'_>) {
        if call.evidence.request_tags.is_empty() {
            return;
        }
        let made = match at {
            Some(Located { kind, variables }) => {
                let value = variables.last().and_then(|(_, it)| written.resource.get(it.clone()));
                let is_open = value.is_some_and(|value| value.contains(['*', '?']));
                is_open.then(|| self.makes(call).find(|name| *name == kind.name)).flatten()
            }
            None => self.makes(call).next(),
        };
        let Some(made) = made else { return };
        for RequestTag { key, value, .. } in tags_on(call, made) {
            if self.run.lasts(value) {
                written.ask("StringEquals", ["aws:RequestTag/", key].concat(), vec![value.clone()]);
            }
        }
    }

    /// The types of what a call's operation makes.
    fn makes(&mut self, call: &Call) -> impl Iterator<Item = &'static str> {
        let name = call.operation.as_deref().unwrap_or_default();
        let is_it = |it: &Operation| it.name() == name && it.service().name() == call.service;
        if !self.last.as_ref().is_some_and(|(last, _)| is_it(last)) {
            let operation =
                Catalog::embedded().service(&call.service).and_then(|it| it.operation(name));
            self.last =
                operation.map(|it| (it, it.makes().map(|it| it.resource_type.name()).collect()));
        }
        self.last.iter().flat_map(|(_, makes)| makes.iter().copied())
    }

    /// What holds something that another run does not have again.
    /// `is_anybodys`: what is left of it names no account, neither by itself nor by a bucket.
    fn hold(
        &mut self,
        call: &Call,
        kind: &Kind,
        group: Option<usize>,
        is_anybodys: bool,
        action: &str,
        written: &mut Written<'_>,
    ) {
        if let Some(group) = group {
            let has_key = kind.has_key(ConditionKey::ResourceTag);
            let has_tags = self.run.holding(group).next().is_some();
            if has_tags && has_key {
                written.held = true;
            }
            self.run.note(
                group,
                match (has_key, has_tags, self.run.is_tagged(group)) {
                    (true, true, _) => Hold::Held,
                    (true, false, true) => Hold::Changed,
                    (true, false, false) => Hold::WithoutTags,
                    (false, ..) => Hold::NoKey,
                },
            );
            let vpc = self.run.vpc(group).filter(|_| kind.has_key(ConditionKey::Vpc));
            let vpc = vpc.map(str::to_owned);
            if let Some(vpc) = vpc
                && let Some((end, _)) = written.resource.match_indices(':').nth(4)
            {
                let arn = format!("{}vpc/{vpc}", &written.resource[..=end]);
                // docs.aws.amazon.com/vpc/latest/userguide/vpc-policy-examples.html
                written.ask("ArnEquals", "ec2:Vpc", vec![arn]);
                self.run.note(group, Hold::Vpc);
            }
        }
        if kind.has_key(ConditionKey::NormalizedRecordNames) && group.is_some() {
            self.hold_records(call, group, written);
        }
        let is_known = says_account(action);
        if let Some(account) = call.account.as_deref().filter(|_| is_anybodys && is_known) {
            written.ask("StringEquals", "aws:ResourceAccount", vec![account.to_owned()]);
        }
    }
}
