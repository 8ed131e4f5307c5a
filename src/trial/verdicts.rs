//! What a refusal means for a policy: whether it lacks something, or whether something else is in the way.

use crate::authorize::Because;
use crate::evaluate::audit::Audit;
use crate::evaluate::document::Document;
use crate::evaluate::verdict::Verdict as Evaluated;
use crate::session::refusals::{Collected, Needed, Refusal};

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The policy does not allow this, as far as is known.
    Lacks(Vec<Needed>),
    /// The policy denies it.
    Denies,
    /// The policy allows all that the call needs, so something else refused it.
    Allows,
    /// It is not known what the call needs.
    Unknown,
    /// AWS says that another policy refused it.
    Elsewhere(Because),
}

/// A refusal, how often it was, and what it means.
#[derive(Debug, Clone)]
pub(super) struct Ruled<'a> {
    /// The refusal.
    pub(super) refusal: &'a Refusal,
    /// How often it was.
    pub(super) times: u64,
    /// What it means.
    pub(super) verdict: Verdict,
}

/// What refusals mean for policies that unite.
pub(super) fn rule<'a>(documents: &[Document], refused: &'a Collected) -> Vec<Ruled<'a>> {
    let each = refused.each.iter();
    each.map(|(refusal, times)| Ruled {
        refusal,
        times: *times,
        verdict: verdict(documents, refusal),
    })
    .collect()
}

fn verdict(documents: &[Document], refusal: &Refusal) -> Verdict {
    let needed: Vec<&Needed> = refusal.about().collect();
    let needs: Vec<_> = needed.iter().map(|it| refusal.need(it)).collect();
    let judged = Audit::of(documents, &needs).judgements;
    if judged.iter().any(|it| it.verdict == Evaluated::Denied) {
        return Verdict::Denies;
    }
    if !refusal.because.can_be_cured() {
        return Verdict::Elsewhere(refusal.because);
    }
    if needed.is_empty() {
        return Verdict::Unknown;
    }
    let lacking = needed.into_iter().zip(&judged);
    let lacking: Vec<_> = lacking
        .filter(|(_, judged)| judged.verdict != Evaluated::Allowed)
        .map(|(needed, _)| needed.clone())
        .collect();
    if lacking.is_empty() { Verdict::Allows } else { Verdict::Lacks(lacking) }
}
