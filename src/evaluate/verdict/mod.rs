//! Whether policies allow a request, by IAM's documented logic
//! (reference_policies_evaluation-logic): an explicit deny wins, else an allow is needed.
//!
//! A recording knows only a part of a request, so there is a third verdict beside yes and no: what
//! depends on a condition key that is not known, or on which resource was meant, is said to depend
//! on it. It is never silently allowed, nor silently refused.

mod condition;
mod context;
mod glob;
mod index;
mod truth;
mod value;
mod variable;

pub use context::{Context, Known};
pub use truth::{Reason, Truth};

use std::borrow::Cow;
use std::collections::HashMap;

pub(crate) use glob::Glob;
use glob::Reach;
pub(crate) use index::Index;

use crate::evaluate::document::{Condition, Document, Statement};
use crate::policy::Effect;

/// A request, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action (`s3:PutObject`).
    pub action: &'a str,
    /// What it acts on.
    pub resource: Resource<'a>,
    /// Its condition keys.
    pub context: &'a Context,
}

/// The resource of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource<'a> {
    /// This text: an ARN, or the `*` that actions without resource types have.
    Exactly(&'a str),
    /// One or several that this pattern stands for; `*` and `?` stand for what is not known, and
    /// `${*}`, `${?}` and `${$}` for the characters.
    Within(&'a str),
}

impl<'a> Resource<'a> {
    /// The ARN, the pattern, or `*`.
    pub fn text(self) -> &'a str {
        match self {
            Resource::Exactly(text) | Resource::Within(text) => text,
        }
    }
}

/// What policies say of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed, whatever is not known of it.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
    /// Whether a statement allows it depends on this.
    MayBeAllowed(Vec<Reason>),
    /// One allows it, and whether another denies it depends on this.
    MayBeDenied(Vec<Reason>),
}

/// A verdict, and the statements that count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The statements that apply to the request, or may; those that allow and those that deny.
    pub applied: Vec<Applied>,
}

/// A statement that applies to a request, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which document, from 0.
    pub document: usize,
    /// Which of its statements, from 0.
    pub statement: usize,
    /// What it does.
    pub effect: Effect,
    /// `None` when it applies; else what that depends on.
    pub depends: Option<Vec<Reason>>,
    /// Which strings of its `Action` match; none of a `NotAction`.
    pub actions: Vec<usize>,
    /// Which strings of its `Resource` match, and whether that is certain; none of a `NotResource`.
    pub resources: Vec<(usize, Certain)>,
}

/// Whether something is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certain {
    /// It is.
    Yes,
    /// It depends.
    No,
}

/// Policies that are evaluated together, as those attached to one identity are.
#[derive(Debug)]
pub struct Evaluator<'a> {
    /// The statements of all documents.
    statements: Vec<Compiled<'a>>,
    actions: Strings,
    /// The patterns are those that variables leave open.
    resources: Strings,
    /// Statements with a `NotResource`.
    all_but: Vec<usize>,
}

/// The strings of an element, of all statements.
#[derive(Debug)]
struct Strings {
    index: Index,
    /// Of each string its statement and which of it it is; statements ascend.
    places: Vec<(usize, usize)>,
}

impl Strings {
    fn new(globs: &[((usize, usize), Glob)]) -> Strings {
        Strings {
            index: Index::new(globs.iter().map(|(_, glob)| glob).enumerate()),
            places: globs.iter().map(|(place, _)| *place).collect(),
        }
    }
}

/// What policies say of one action.
#[derive(Debug)]
pub struct OfAction<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    /// Which statements speak of it.
    speaks: Vec<bool>,
    /// Which strings of their `Action` match it.
    matched: HashMap<usize, Vec<usize>>,
}

/// A statement with its patterns read.
#[derive(Debug)]
struct Compiled<'a> {
    /// Which document, and which of its statements.
    at: (usize, usize),
    statement: Cow<'a, Statement>,
    variables: bool,
    actions: Vec<Glob>,
    /// `None` where a variable has to be replaced for each request.
    resources: Vec<Option<Glob>>,
    /// Those of the resources that have a variable, where it is a `NotResource`.
    varying: Vec<usize>,
}

impl<'a> Evaluator<'a> {
    /// One for these policies.
    pub fn new(documents: impl IntoIterator<Item = &'a Document>) -> Evaluator<'a> {
        let mut statements = Vec::new();
        for (document, content) in documents.into_iter().enumerate() {
            let compiled = content.statements.iter().enumerate().map(|(index, statement)| {
                Compiled::new((document, index), Cow::Borrowed(statement), content.has_variables)
            });
            statements.extend(compiled);
        }
        Evaluator::of(statements)
    }

    /// One for these policies, of which it keeps what it needs.
    pub(crate) fn owning<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Evaluator<'a> {
        let mut statements = Vec::new();
        for (document, content) in documents.into_iter().enumerate() {
            let compiled = content.statements.iter().enumerate().map(|(index, statement)| {
                let statement = Cow::Owned(statement.clone());
                Compiled::new((document, index), statement, content.has_variables)
            });
            statements.extend(compiled);
        }
        Evaluator::of(statements)
    }

    fn of(statements: Vec<Compiled<'a>>) -> Evaluator<'a> {
        let (mut actions, mut resources) = (Vec::new(), Vec::new());
        for (number, compiled) in statements.iter().enumerate() {
            let own = compiled.actions.iter().enumerate();
            actions.extend(own.map(|(item, glob)| ((number, item), glob.clone())));
            let texts = compiled.statement.resources.texts().zip(&compiled.resources).enumerate();
            resources.extend(texts.map(|(item, (text, fixed))| {
                let glob = fixed.clone().unwrap_or_else(|| open_pattern(text));
                ((number, item), glob)
            }));
        }
        let negated = |(_, it): &(usize, &Compiled<'_>)| it.statement.resources.negated;
        let all_but = statements.iter().enumerate().filter(negated).map(|(number, _)| number);
        Evaluator {
            actions: Strings::new(&actions),
            resources: Strings::new(&resources),
            all_but: all_but.collect(),
            statements,
        }
    }

    /// What the policies say of a request.
    pub fn judge(&self, request: Request<'_>) -> Judgement {
        self.of_action(request.action).judge(request.resource, request.context)
    }

    /// What the policies say of an action, to ask about several of its requests.
    pub fn of_action(&self, action: &str) -> OfAction<'_, 'a> {
        let action = action_text(action);
        let mut speaks: Vec<bool> =
            self.statements.iter().map(|it| it.statement.actions.negated).collect();
        let mut matched: HashMap<usize, Vec<usize>> = HashMap::new();
        for number in self.actions.index.covering(&action, |_| true) {
            let (statement, item) = self.actions.places[number];
            let compiled = &self.statements[statement];
            if compiled.actions[item].covers(&action) {
                speaks[statement] = !compiled.statement.actions.negated;
                matched.entry(statement).or_default().push(item);
            }
        }
        OfAction { evaluator: self, speaks, matched }
    }
}

impl<'e> OfAction<'e, '_> {
    /// The conditions that keep a request of the action from being allowed: those that are certainly not met of the statement
    /// that lacks fewest, where nothing else is in its way. None when there is no such statement.
    pub fn unmet(&self, resource: Resource<'_>, context: &Context) -> Vec<&'e Condition> {
        let asked = Asked::new(resource, context);
        let statements = self.evaluator.statements.iter().zip(&self.speaks);
        let unmet = statements.filter_map(|(it, speaks)| speaks.then(|| it.unmet(&asked))?);
        unmet.min_by_key(Vec::len).unwrap_or_default()
    }

    /// What the policies say of a request of the action.
    pub fn judge(&self, resource: Resource<'_>, context: &Context) -> Judgement {
        let asked = Asked::new(resource, context);
        let mut applied = Vec::new();
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        for (number, candidates) in &self.candidates(&asked) {
            let compiled = &self.evaluator.statements[*number];
            let Some((truth, resources)) = compiled.applies(candidates, &asked) else { continue };
            let effect = compiled.statement.effect;
            match effect {
                Effect::Allow => allowed.push(truth.clone()),
                Effect::Deny => denied.push(truth.clone()),
            }
            let depends = match truth {
                Truth::Depends(reasons) => Some(reasons),
                Truth::True | Truth::False => None,
            };
            let (document, statement) = compiled.at;
            let actions = self.matched.get(number).cloned().unwrap_or_default();
            applied.push(Applied { document, statement, effect, depends, actions, resources });
        }
        let verdict = match (Truth::any(allowed), Truth::any(denied)) {
            (_, Truth::True) => Verdict::Denied,
            (Truth::False, _) => Verdict::NotAllowed,
            (Truth::True, Truth::False) => Verdict::Allowed,
            (Truth::True, Truth::Depends(reasons)) => Verdict::MayBeDenied(reasons),
            (Truth::Depends(reasons), Truth::False) => Verdict::MayBeAllowed(reasons),
            (Truth::Depends(one), Truth::Depends(other)) => {
                Verdict::MayBeAllowed(truth::joined(one, other))
            }
        };
        Judgement { verdict, applied }
    }

    /// The statements that are on the resource, or may be, in order, each with its conditions held against the request.
    pub(in crate::evaluate) fn statements(
        &self,
        resource: Resource<'_>,
        context: &Context,
    ) -> Vec<Weighed<'e>> {
        let asked = Asked::new(resource, context);
        let candidates = self.candidates(&asked);
        let weighed = candidates.iter().filter_map(|(number, candidates)| {
            let compiled = &self.evaluator.statements[*number];
            let (on, _) = compiled.is_on(compiled.items(candidates), &asked);
            let holds = |it| condition::holds(it, compiled.variables, context);
            (on != Truth::False).then(|| Weighed {
                at: compiled.at,
                statement: &compiled.statement,
                on,
                conditions: compiled.statement.conditions.iter().map(holds).collect(),
            })
        });
        weighed.collect()
    }

    /// The statements among which all are that may be on what is asked for, in order, each with those of its resources that may
    /// be it.
    fn candidates(&self, asked: &Asked<'_>) -> Vec<(usize, Vec<usize>)> {
        let Evaluator { resources, all_but, .. } = self.evaluator;
        let speaks = |number: usize| self.speaks[resources.places[number].0];
        let found = resources.index.touching(&asked.resource, speaks);
        let places: Vec<_> = found.into_iter().map(|number| resources.places[number]).collect();
        // By statement, each once, in order.
        let mut by_statement: Vec<(usize, Vec<usize>)> = places
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|chunk| {
                Some((chunk.first()?.0, chunk.iter().map(|(_, item)| *item).collect()))
            })
            .collect();
        let known = by_statement.len();
        for statement in all_but.iter().filter(|number| self.speaks[**number]) {
            if by_statement[..known].binary_search_by_key(statement, |it| it.0).is_err() {
                by_statement.push((*statement, Vec::new()));
            }
        }
        by_statement.sort_by_key(|it| it.0);
        by_statement
    }
}

/// A statement that is on what is asked for, or may be.
#[derive(Debug)]
pub(crate) struct Weighed<'e> {
    /// Which document, and which of its statements, from 0.
    pub(crate) at: (usize, usize),
    pub(crate) statement: &'e Statement,
    /// Whether it is on the resource; never `False`.
    pub(crate) on: Truth,
    /// Whether each of its conditions holds.
    pub(crate) conditions: Vec<Truth>,
}

/// A request with its texts read.
struct Asked<'a> {
    resource: Glob,
    context: &'a Context,
}

impl<'a> Asked<'a> {
    fn new(resource: Resource<'_>, context: &'a Context) -> Asked<'a> {
        let resource = match resource {
            Resource::Exactly(text) => Glob::literal(text),
            // Nothing but escapes is replaced: a request's resource has no variables.
            Resource::Within(text) => {
                Glob::new(variable::expand(text, &Context::complete()).letters, Reach::Request)
            }
        };
        Asked { resource, context }
    }
}

impl<'a> Compiled<'a> {
    fn new(at: (usize, usize), statement: Cow<'a, Statement>, variables: bool) -> Compiled<'a> {
        let resource = |text: &str| {
            let fixed = !(variables && variable::has_variable(text));
            fixed.then(|| pattern(text, variables, &Context::complete()).0)
        };
        let resources: Vec<_> = statement.resources.texts().map(resource).collect();
        let varying = (0..resources.len())
            .filter(|item| statement.resources.negated && resources[*item].is_none());
        Compiled {
            at,
            variables,
            actions: statement.actions.texts().map(action_pattern).collect(),
            varying: varying.collect(),
            resources,
            statement,
        }
    }

    /// Whether it applies, or may, and by which of its resources, of which all that can be are among the candidates;
    /// `None` when it does not. That it speaks of the action is known.
    fn applies(
        &self,
        candidates: &[usize],
        asked: &Asked<'_>,
    ) -> Option<(Truth, Vec<(usize, Certain)>)> {
        let (truth, by) = self.is_on(self.items(candidates), asked);
        if truth == Truth::False {
            return None;
        }
        let holds = |it| condition::holds(it, self.variables, asked.context);
        let conditions = self.statement.conditions.iter().map(holds);
        let truth = Truth::all(std::iter::once(truth).chain(conditions));
        (truth != Truth::False).then_some((truth, by))
    }

    /// Those of its resources that can be what is asked for, of which the others are known not to be.
    fn items(&self, candidates: &[usize]) -> Vec<usize> {
        let mut items = candidates.to_vec();
        if !self.varying.is_empty() {
            items.extend(&self.varying);
            items.sort_unstable();
            items.dedup();
        }
        items
    }

    /// The conditions that certainly fail where it would allow the request without them. That it speaks of the action is known.
    fn unmet(&self, asked: &Asked<'_>) -> Option<Vec<&Condition>> {
        let Statement { effect, conditions, .. } = &*self.statement;
        if *effect == Effect::Deny || self.is_on(0..self.resources.len(), asked).0 != Truth::True {
            return None;
        }
        let holds = |it| condition::holds(it, self.variables, asked.context);
        let failing: Vec<_> = conditions.iter().filter(|it| holds(it) == Truth::False).collect();
        (!failing.is_empty()).then_some(failing)
    }

    /// Whether the statement is on what is asked for, and by which of its resources, of which all that can be are among `items`.
    fn is_on(
        &self,
        items: impl IntoIterator<Item = usize>,
        asked: &Asked<'_>,
    ) -> (Truth, Vec<(usize, Certain)>) {
        let negated = self.statement.resources.negated;
        let mut by = Vec::new();
        let truth = items.into_iter().map(|item| {
            let one = self.resource(item, asked);
            match one {
                Truth::True => by.push((item, Certain::Yes)),
                Truth::Depends(_) => by.push((item, Certain::No)),
                Truth::False => {}
            }
            one
        });
        // All of them, also when one has decided: each that is used is to be told.
        let truth: Vec<Truth> = truth.collect();
        let truth = Truth::any(truth);
        if negated { (truth.not(), Vec::new()) } else { (truth, by) }
    }

    /// Whether one of the resources is what is asked for.
    fn resource(&self, item: usize, asked: &Asked<'_>) -> Truth {
        let element = &self.statement.resources;
        let text = &*element.items[item].text;
        if let Some(glob) = &self.resources[item] {
            return held_against(glob, &[], text, asked);
        }
        let (glob, unknown, void) = pattern(text, self.variables, asked.context);
        match void {
            // Nothing is that resource. Whether everything is another is not documented.
            Some(_) if !element.negated => Truth::False,
            Some(key) => Truth::depends(Reason::Key(key)),
            None => held_against(&glob, &unknown, text, asked),
        }
    }
}

/// The pattern that a text is for a request, the keys of variables whose value is not known, and
/// the key of a variable that has none.
fn pattern(text: &str, variables: bool, context: &Context) -> (Glob, Vec<String>, Option<String>) {
    let expanded = if variables { variable::expand(text, context) } else { variable::plain(text) };
    (Glob::new(expanded.letters, Reach::Policy), expanded.unknown, expanded.void)
}

fn held_against(glob: &Glob, unknown: &[String], text: &str, asked: &Asked<'_>) -> Truth {
    let covers = glob.covers(&asked.resource);
    if covers && unknown.is_empty() {
        return Truth::True;
    }
    let touches = covers || asked.resource.is_wildcard() && glob.overlaps(&asked.resource);
    if !touches {
        return Truth::False;
    }
    let mut reasons: Vec<_> = unknown.iter().cloned().map(Reason::Key).collect();
    if !covers {
        reasons.push(Reason::Part(text.to_owned()));
    }
    Truth::Depends(reasons)
}

/// Whether a policy's string is a pattern: it has a wildcard, or a variable.
pub(crate) fn is_pattern(text: &str) -> bool {
    variable::has_variable(text)
        || Glob::new(variable::expand(text, &Context::complete()).letters, Reach::Policy)
            .is_wildcard()
}

/// Whether a policy's string has a variable, so that what it stands for is up to the request.
pub(crate) fn varies(text: &str) -> bool {
    variable::has_variable(text)
}

/// A pattern whose variables may be anything.
pub(crate) fn open_pattern(text: &str) -> Glob {
    Glob::new(variable::expand(text, &Context::unknown()).letters, Reach::Policy)
}

/// The pattern of a string of a policy's `Action`, for actions in lower case.
pub(crate) fn action_pattern(text: &str) -> Glob {
    Glob::new(variable::plain(&text.to_ascii_lowercase()).letters, Reach::Text)
}

/// An action as [`action_pattern`] matches it.
pub(crate) fn action_text(action: &str) -> Glob {
    Glob::literal(&action.to_ascii_lowercase())
}
