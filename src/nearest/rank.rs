//! The order of policies by what they allow of what is needed, and beside it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::audit::Need;
use crate::evaluate::verdict::{Evaluator, Judgement, Reason, Verdict};
use crate::nearest::actions::Actions;
use crate::nearest::bits::Bits;
use crate::nearest::candidates::Candidate;
use crate::nearest::excess::Excess;
use crate::nearest::pairs::{self, Weighed};
use crate::policy::Effect;

/// What is nearest.
#[derive(Debug)]
pub struct Nearest {
    /// The nearest policies: those that allow all with the fewest actions in excess; or where none does, those that allow most.
    pub policies: Vec<Near>,
    /// How many policies allow all.
    pub allowing: usize,
    /// Pairs of policies neither of which allows all, and which do together, with fewer actions in excess than each policy that does.
    pub pairs: Vec<Together>,
    /// How many distinct actions are needed.
    pub actions: usize,
}

/// A policy that is near.
#[derive(Debug)]
pub struct Near {
    /// Which of the candidates.
    pub candidate: usize,
    /// What it does not certainly allow.
    pub lacking: Vec<Lack>,
    /// What it allows beside.
    pub excess: Excess,
    /// How many of the needed actions it allows on everything, although they were needed on certain resources.
    pub on_everything: usize,
}

/// A need that is not certainly allowed.
#[derive(Debug, PartialEq, Eq)]
pub struct Lack {
    /// Which need.
    pub need: usize,
    /// Whether a statement denies it.
    pub is_denied: bool,
    /// What it depends on whether it is allowed; nothing where it certainly is not.
    pub depends: Vec<Reason>,
}

/// Two policies that allow all together.
#[derive(Debug, PartialEq, Eq)]
pub struct Together {
    /// Which of the candidates.
    pub candidates: [usize; 2],
    /// What one of them allows beside.
    pub excess: Excess,
}

/// Needs by their action.
type ByAction<'n> = BTreeMap<&'n str, Vec<usize>>;

/// The nearest policies for needs: at most `top`, and as many pairs.
pub fn nearest(candidates: &[Candidate], needs: &[Need], top: usize) -> Nearest {
    let by_action = by_action(needs);
    let actions = Actions::with(by_action.keys().copied());
    let mut needed = Bits::below(actions.count());
    by_action.keys().filter_map(|name| actions.number(name)).for_each(|it| needed.insert(it));
    let weighed: Vec<Weighed> =
        candidates.iter().map(|it| weigh(it, &actions, &needed, needs, &by_action)).collect();

    let allowed: Vec<usize> = weighed.iter().map(|it| it.allows.count()).collect();
    let mut order: Vec<usize> = (0..candidates.len()).filter(|it| allowed[*it] > 0).collect();
    // Candidates are sorted, so that equals stay in their order.
    order.sort_by_key(|it| (Reverse(allowed[*it]), weighed[*it].excess_count));
    let allowing = order.iter().take_while(|it| allowed[**it] == needs.len()).count();
    let shown = if allowing > 0 { allowing.min(top) } else { top.min(order.len()) };
    let least = order.first().filter(|_| allowing > 0).map(|it| weighed[*it].excess_count);
    let near = |number: &usize| {
        let excess = Excess::of(&actions, &weighed[*number].excess);
        let (lacking, on_everything) = said_of(&candidates[*number], needs, &by_action);
        Near { candidate: *number, lacking, excess, on_everything }
    };
    let together = |(candidates, excess): ([usize; 2], Bits)| Together {
        candidates,
        excess: Excess::of(&actions, &excess),
    };
    let pairs = pairs::best(&weighed, needs.len(), least, top, |[one, other]| {
        let documents = [&candidates[one].document, &candidates[other].document];
        let evaluator = Evaluator::new(documents);
        by_action.iter().all(|(action, numbers)| {
            let of_action = evaluator.of_action(action);
            let mut verdicts = numbers.iter().map(|it| needs[*it].judge(&of_action).verdict);
            verdicts.all(|verdict| verdict == Verdict::Allowed)
        })
    });
    Nearest {
        policies: order[..shown].iter().map(near).collect(),
        allowing,
        pairs: pairs.into_iter().map(together).collect(),
        actions: by_action.len(),
    }
}

/// What a candidate allows, of what is needed and beside it. Only those needs are judged of whose action one of its statements speaks.
fn weigh(
    candidate: &Candidate,
    actions: &Actions,
    needed: &Bits,
    needs: &[Need],
    by_action: &ByAction<'_>,
) -> Weighed {
    let reached = actions.allowed(&candidate.document);
    let excess = reached.without(needed);
    let mut allows = Bits::below(needs.len());
    if excess != reached {
        let evaluator = Evaluator::new([&candidate.document]);
        let is_reached = |name: &str| actions.number(name).is_some_and(|it| reached.contains(it));
        for (action, numbers) in by_action.iter().filter(|(action, _)| is_reached(action)) {
            let of_action = evaluator.of_action(action);
            let is_allowed =
                |number: &&usize| needs[**number].judge(&of_action).verdict == Verdict::Allowed;
            numbers.iter().filter(is_allowed).for_each(|number| allows.insert(*number));
        }
    }
    let denies = candidate.document.statements.iter().any(|it| it.effect == Effect::Deny);
    Weighed { allows, excess_count: excess.count(), excess, denies }
}

/// What a candidate does not certainly allow of needs, in their order.
pub fn lacking(candidate: &Candidate, needs: &[Need]) -> Vec<Lack> {
    said_of(candidate, needs, &by_action(needs)).0
}

fn by_action(needs: &[Need]) -> ByAction<'_> {
    let mut by_action = ByAction::new();
    for (number, need) in needs.iter().enumerate() {
        by_action.entry(&need.action).or_default().push(number);
    }
    by_action
}

/// What a candidate does not certainly allow, and how many actions it allows on everything that were needed on certain resources.
fn said_of(of: &Candidate, needs: &[Need], by_action: &ByAction<'_>) -> (Vec<Lack>, usize) {
    let evaluator = Evaluator::new([&of.document]);
    let (mut lacking, mut on_everything) = (Vec::new(), BTreeSet::new());
    for (action, numbers) in by_action {
        let of_action = evaluator.of_action(action);
        for number in numbers {
            let judgement = needs[*number].judge(&of_action);
            let is_named = !needs[*number].exact && needs[*number].resource != "*";
            if is_named && is_on_everything(of, &judgement) {
                on_everything.insert(*action);
            }
            let (is_denied, depends) = match judgement.verdict {
                Verdict::Allowed => continue,
                Verdict::NotAllowed => (false, Vec::new()),
                Verdict::Denied => (true, Vec::new()),
                Verdict::MayBeAllowed(reasons) | Verdict::MayBeDenied(reasons) => (false, reasons),
            };
            lacking.push(Lack { need: *number, is_denied, depends });
        }
    }
    lacking.sort_by_key(|lack| lack.need);
    (lacking, on_everything.len())
}

/// Whether a statement that allows it does so on everything.
fn is_on_everything(of: &Candidate, judgement: &Judgement) -> bool {
    let allowing = judgement.applied.iter().filter(|it| it.effect == Effect::Allow);
    allowing.filter_map(|it| of.document.statements.get(it.statement)).any(|statement| {
        statement.resources.negated || statement.resources.texts().any(|text| text == "*")
    })
}

#[cfg(test)]
mod tests;
