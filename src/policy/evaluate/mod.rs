//! Whether policies allow a request, by IAM's documented logic
//! (reference_policies_evaluation-logic): an explicit deny wins, else an allow is needed.
//!
//! A recording knows only a part of a request, so there is a third verdict beside yes and no: what
//! depends on a condition key that is not known, or on which resource was meant, is said to depend
//! on it. It is never silently allowed, nor silently refused.

mod condition;
mod context;
mod glob;
mod truth;
mod value;
mod variable;

pub use context::{Context, Known};
pub use truth::{Reason, Truth};

use glob::{Glob, Reach};

use super::Effect;
use super::document::{Document, Element, Statement};

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
    documents: Vec<Vec<Compiled<'a>>>,
}

/// A statement with its patterns read.
#[derive(Debug)]
struct Compiled<'a> {
    statement: &'a Statement,
    variables: bool,
    actions: Vec<Glob>,
    /// `None` where a variable has to be replaced for each request.
    resources: Vec<Option<Glob>>,
}

/// Whether a statement applies, and by which of its strings.
struct Match {
    truth: Truth,
    actions: Vec<usize>,
    resources: Vec<(usize, Certain)>,
}

impl<'a> Evaluator<'a> {
    /// One for these policies.
    pub fn new(documents: impl IntoIterator<Item = &'a Document>) -> Evaluator<'a> {
        let compiled = |document: &'a Document| {
            let variables = document.has_variables;
            let statements = document.statements.iter();
            statements.map(|statement| Compiled::new(statement, variables)).collect()
        };
        Evaluator { documents: documents.into_iter().map(compiled).collect() }
    }

    /// What the policies say of a request.
    pub fn judge(&self, request: Request<'_>) -> Judgement {
        let asked = Asked::new(request);
        let mut applied = Vec::new();
        let (mut allowed, mut denied) = (Truth::False, Truth::False);
        for (document, statements) in self.documents.iter().enumerate() {
            for (index, statement) in statements.iter().enumerate() {
                let Some(found) = statement.applies(&asked) else { continue };
                let Match { truth, actions, resources } = found;
                let effect = statement.statement.effect;
                let side = match effect {
                    Effect::Allow => &mut allowed,
                    Effect::Deny => &mut denied,
                };
                *side = std::mem::replace(side, Truth::False).or(truth.clone());
                let depends = match truth {
                    Truth::Depends(reasons) => Some(reasons),
                    Truth::True | Truth::False => None,
                };
                applied.push(Applied {
                    document,
                    statement: index,
                    effect,
                    depends,
                    actions,
                    resources,
                });
            }
        }
        let verdict = match (allowed, denied) {
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
}

/// A request with its texts read.
struct Asked<'a> {
    action: Glob,
    resource: Glob,
    context: &'a Context,
}

impl<'a> Asked<'a> {
    fn new(request: Request<'a>) -> Asked<'a> {
        let resource = match request.resource {
            Resource::Exactly(text) => Glob::literal(text),
            // Nothing but escapes is replaced: a request's resource has no variables.
            Resource::Within(text) => {
                Glob::new(variable::expand(text, &Context::complete()).letters, Reach::Request)
            }
        };
        Asked {
            action: Glob::literal(&request.action.to_ascii_lowercase()),
            resource,
            context: request.context,
        }
    }
}

impl<'a> Compiled<'a> {
    fn new(statement: &'a Statement, variables: bool) -> Compiled<'a> {
        let action = |text: &str| {
            let letters = variable::plain(&text.to_ascii_lowercase()).letters;
            Glob::new(letters, Reach::Text)
        };
        let resource = |text: &str| {
            let fixed = !(variables && variable::has_variable(text));
            fixed.then(|| pattern(text, variables, &Context::complete()).0)
        };
        Compiled {
            statement,
            variables,
            actions: statement.actions.texts().map(action).collect(),
            resources: statement.resources.texts().map(resource).collect(),
        }
    }

    /// Whether it applies, or may, and by which strings; `None` when it does not.
    fn applies(&self, asked: &Asked<'_>) -> Option<Match> {
        let Statement { actions, resources, conditions, .. } = self.statement;
        let mut matched: Vec<usize> = Vec::new();
        matched
            .extend((0..self.actions.len()).filter(|at| self.actions[*at].covers(&asked.action)));
        if matched.is_empty() != actions.negated {
            return None;
        }
        let (mut truth, by) = self.resource(resources, asked);
        if truth == Truth::False {
            return None;
        }
        for condition in conditions {
            truth = truth.and(condition::holds(condition, self.variables, asked.context));
        }
        let by = if resources.negated { Vec::new() } else { by };
        (truth != Truth::False).then_some(Match { truth, actions: matched, resources: by })
    }

    fn resource(&self, element: &Element, asked: &Asked<'_>) -> (Truth, Vec<(usize, Certain)>) {
        let mut truth = Truth::False;
        let mut by = Vec::new();
        for (index, (item, fixed)) in element.items.iter().zip(&self.resources).enumerate() {
            let one = match fixed {
                Some(glob) => held_against(glob, &[], &item.text, asked),
                None => {
                    let (glob, unknown, void) = pattern(&item.text, self.variables, asked.context);
                    match void {
                        // Nothing is that resource. Whether everything is another is not documented.
                        Some(_) if !element.negated => Truth::False,
                        Some(key) => Truth::depends(Reason::Key(key)),
                        None => held_against(&glob, &unknown, &item.text, asked),
                    }
                }
            };
            match one {
                Truth::True => by.push((index, Certain::Yes)),
                Truth::Depends(_) => by.push((index, Certain::No)),
                Truth::False => {}
            }
            truth = truth.or(one);
        }
        (if element.negated { truth.not() } else { truth }, by)
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
pub(super) fn is_pattern(text: &str) -> bool {
    variable::has_variable(text)
        || Glob::new(variable::expand(text, &Context::complete()).letters, Reach::Policy)
            .is_wildcard()
}

/// Whether there may be a resource that both strings of policies' `Resource` stand for.
pub(super) fn may_overlap(one: &str, other: &str) -> bool {
    open_pattern(one).overlaps(&open_pattern(other))
}

/// Whether everything that one string of a `Resource` stands for, the other certainly does too.
pub(super) fn is_within(narrow: &str, wide: &str) -> bool {
    let decided = !variable::has_variable(wide) && !variable::has_variable(narrow);
    narrow == wide || wide == "*" || decided && open_pattern(wide).covers(&open_pattern(narrow))
}

/// A pattern whose variables may be anything.
fn open_pattern(text: &str) -> Glob {
    Glob::new(variable::expand(text, &Context::unknown()).letters, Reach::Policy)
}

/// Whether a string of a policy's `Action` matches an action; case does not count.
pub(super) fn action_matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    // Most patterns are of another service: this is quick, the rest is not.
    let stem = pattern.find(['*', '?']).unwrap_or(pattern.len());
    action.starts_with(&pattern[..stem])
        && Glob::new(variable::plain(&pattern).letters, Reach::Text).covers(&Glob::literal(&action))
}
