//! Policies held against what was recorded: what is allowed, and what nothing used.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::document::{Condition, Document, Place};
use crate::evaluate::verdict::{
    Applied, Certain, Context, Evaluator, Judgement, Known, OfAction, Reason, Resource, Verdict,
};
use crate::policy::Effect;

/// Something that a recording says is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The action.
    pub action: String,
    /// An ARN or a pattern.
    pub resource: String,
    /// Whether the resource is just that text (the `*` of actions without resource types).
    pub exact: bool,
    /// What stands for the resource in a policy that is to hold the next time, if it is another one then.
    pub pattern: Option<String>,
    /// What is known of the requests; when there are several, the need is met when it is for each.
    pub contexts: Vec<Context>,
}

/// A condition that a need does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet<'a> {
    /// The condition.
    pub condition: &'a Condition,
    /// What the request has for its key; nothing when it does not have the key.
    pub values: Vec<String>,
}

impl Need {
    /// The conditions that alone keep policies from allowing it, in a context in which they do not; none where something else
    /// keeps them, too.
    pub fn unmet<'e>(&self, policies: &'e Evaluator<'_>) -> Vec<Unmet<'e>> {
        let of_action = policies.of_action(&self.action);
        let mut unmet = self.contexts.iter().map(|context| {
            let judged = of_action.judge(self.asked(), context);
            let conditions = match judged.verdict {
                Verdict::NotAllowed => of_action.unmet(self.asked(), context),
                _ => Vec::new(),
            };
            let values = |condition: &Condition| match context.get(&condition.key) {
                Known::Values(values) => values.to_vec(),
                Known::Absent | Known::Nothing => Vec::new(),
            };
            let unmet = conditions.into_iter();
            unmet.map(|it| Unmet { condition: it, values: values(it) }).collect::<Vec<_>>()
        });
        unmet.find(|unmet| !unmet.is_empty()).unwrap_or_default()
    }

    /// The verdict on it: the worst of those on its contexts. `of_action` is of its action.
    pub fn judge(&self, of_action: &OfAction<'_, '_>) -> Judgement {
        let judged = self.contexts.iter().map(|context| of_action.judge(self.asked(), context));
        judged.reduce(worse).unwrap_or_else(|| of_action.judge(self.asked(), &Context::unknown()))
    }

    fn asked(&self) -> Resource<'_> {
        if self.exact {
            Resource::Exactly(&self.resource)
        } else {
            Resource::Within(&self.resource)
        }
    }

    /// The resource as a policy that is to hold the next time has it.
    pub(crate) fn lasting(&self) -> &str {
        self.pattern.as_deref().unwrap_or(&self.resource)
    }
}

/// What policies say of needs, and needs of policies.
#[derive(Debug, Clone)]
pub struct Audit {
    /// One for each need, in their order.
    pub judgements: Vec<Judgement>,
    /// For each document and statement what used it.
    pub(crate) uses: Vec<Vec<Use>>,
}

/// What used a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Use {
    /// The needs that it applies to, or may.
    pub(crate) needs: BTreeSet<usize>,
    /// For each string of `Action`: the needs that it matches.
    pub(crate) actions: BTreeMap<usize, BTreeSet<usize>>,
    /// For each string of `Resource`: the needs that it covers, or may.
    pub(crate) resources: BTreeMap<usize, BTreeMap<usize, Certain>>,
    /// Needs of which the statement's resources may be only a part.
    pub(crate) partly: BTreeSet<usize>,
}

/// An element of a policy that nothing used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// Which document, from 0.
    pub document: usize,
    /// Which of its statements, from 0.
    pub statement: usize,
    /// What of it.
    pub what: Part,
    /// Where it stands.
    pub place: Place,
}

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Statement,
    /// This string of `Action`.
    Action(String),
    /// This string of `Resource`.
    Resource(String),
}

impl Audit {
    /// Holds policies, which are evaluated together, against needs.
    pub fn of(documents: &[Document], needs: &[Need]) -> Audit {
        let evaluator = Evaluator::new(documents);
        let mut uses: Vec<Vec<Use>> = documents
            .iter()
            .map(|document| vec![Use::default(); document.statements.len()])
            .collect();
        // What the policies say of an action is looked up once for all that need it.
        let mut by_action: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, need) in needs.iter().enumerate() {
            by_action.entry(&need.action).or_default().push(index);
        }
        let mut judged: Vec<(usize, Judgement)> = Vec::with_capacity(needs.len());
        for (action, indices) in by_action {
            let of_action = evaluator.of_action(action);
            judged.extend(indices.into_iter().map(|index| (index, needs[index].judge(&of_action))));
        }
        judged.sort_unstable_by_key(|(index, _)| *index);
        for (index, judgement) in &judged {
            for applied in &judgement.applied {
                if let Some(used) =
                    uses.get_mut(applied.document).and_then(|it| it.get_mut(applied.statement))
                {
                    used.add(*index, applied);
                }
            }
        }
        let judgements = judged.into_iter().map(|(_, judgement)| judgement).collect();
        Audit { judgements, uses }
    }

    /// Statements that allow, and their strings, that nothing used. What denies is there to deny,
    /// and of a `NotAction` or `NotResource` no string is used or unused.
    pub fn unused(&self, documents: &[Document]) -> Vec<Unused> {
        let mut found = Vec::new();
        for (document, (content, uses)) in documents.iter().zip(&self.uses).enumerate() {
            for (statement, (content, used)) in content.statements.iter().zip(uses).enumerate() {
                let mut say = |what, place| {
                    found.push(Unused { document, statement, what, place });
                };
                if content.effect == Effect::Deny {
                    continue;
                }
                if used.needs.is_empty() {
                    say(Part::Statement, content.place);
                    continue;
                }
                for (index, item) in content.actions.items.iter().enumerate() {
                    if !content.actions.negated && !used.actions.contains_key(&index) {
                        say(Part::Action(item.text.clone()), item.place);
                    }
                }
                for (index, item) in content.resources.items.iter().enumerate() {
                    if !content.resources.negated && !used.resources.contains_key(&index) {
                        say(Part::Resource(item.text.clone()), item.place);
                    }
                }
            }
        }
        found
    }
}

impl Use {
    /// What some of the needs used.
    pub(crate) fn only(&self, wanted: impl Fn(usize) -> bool) -> Use {
        let some = |needs: &BTreeSet<usize>| -> BTreeSet<usize> {
            needs.iter().copied().filter(|need| wanted(*need)).collect()
        };
        let actions = self.actions.iter().map(|(action, by)| (*action, some(by)));
        let resources = self.resources.iter().map(|(resource, by)| {
            let by = by.iter().filter(|(need, _)| wanted(**need));
            (*resource, by.map(|(need, certain)| (*need, *certain)).collect())
        });
        Use {
            needs: some(&self.needs),
            actions: actions.filter(|(_, by)| !by.is_empty()).collect(),
            resources: resources.filter(|(_, by): &(_, BTreeMap<_, _>)| !by.is_empty()).collect(),
            partly: some(&self.partly),
        }
    }

    fn add(&mut self, need: usize, applied: &Applied) {
        self.needs.insert(need);
        for action in &applied.actions {
            self.actions.entry(*action).or_default().insert(need);
        }
        for (resource, certain) in &applied.resources {
            let by_need = self.resources.entry(*resource).or_default();
            let known = by_need.entry(need).or_insert(*certain);
            if *certain == Certain::No {
                *known = Certain::No;
            }
        }
        let part = |reason: &Reason| matches!(reason, Reason::Part(_));
        if applied.depends.iter().flatten().any(part) {
            self.partly.insert(need);
        }
    }
}

fn worse(mut one: Judgement, other: Judgement) -> Judgement {
    // Both are in the order of the statements.
    let place = |it: &Applied| (it.document, it.statement);
    for applied in other.applied {
        match one.applied.binary_search_by_key(&place(&applied), place) {
            Ok(known) if one.applied[known].depends.is_none() => one.applied[known] = applied,
            Ok(_) => {}
            Err(between) => one.applied.insert(between, applied),
        }
    }
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Allowed => 0,
        Verdict::MayBeDenied(_) => 1,
        Verdict::MayBeAllowed(_) => 2,
        Verdict::NotAllowed => 3,
        Verdict::Denied => 4,
    };
    if rank(&other.verdict) > rank(&one.verdict) {
        one.verdict = other.verdict;
    }
    one
}
