//! What came of a check: each need that is not certainly allowed, and what of the policies nothing used.

use std::cell::OnceCell;

use crate::evaluate::audit::{Audit, Need, Part, Unused};
use crate::evaluate::document::{Document, Place};
use crate::evaluate::verdict::{Evaluator, Judgement, Reason, Verdict};
use crate::judge::Judged;
use crate::policy::Effect;
use crate::report::conditions;
use crate::session::contexts::Said;
use crate::session::needs::{Asked, Collected};
use crate::session::unshown::Kept;
use crate::text::{Foreign, counted};

/// How policies are judged.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the user says of condition keys.
    pub context: Vec<Said>,
    /// Whether what nothing used is a failure.
    pub fails_unused: bool,
    /// Whether what is not decided is one.
    pub fails_undecided: bool,
}

/// What came of a check.
pub struct Outcome<'a> {
    pub(crate) files: Vec<String>,
    /// Each need that is not certainly allowed.
    pub(crate) findings: Vec<Finding<'a>>,
    pub(crate) unused: Vec<Spare>,
    /// What is not called unused, since the recorded calls cannot have shown it.
    pub(crate) kept: Vec<Kept>,
    /// Recordings that lack calls.
    pub(crate) cut_off: &'a [String],
    pub(crate) needs: usize,
    pub(crate) calls: u64,
    pub(crate) fails_unused: bool,
    pub(crate) fails_undecided: bool,
    /// What AWS says, where it was asked.
    pub(crate) aws: Option<Judged>,
}

/// A need that is not certainly allowed.
pub(crate) struct Finding<'a> {
    pub(crate) need: Need,
    pub(crate) asked: &'a Asked,
    pub(crate) conditions: Vec<String>,
    pub(crate) kind: Missing,
    /// A sentence for each condition that alone keeps a statement from allowing it.
    pub(crate) unmet: Vec<String>,
    /// What it depends on.
    pub(crate) depends: Vec<Reason>,
    /// The statements that deny it, or may.
    pub(crate) denied_by: Vec<Where>,
}

/// Why a need is not certainly allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    NotAllowed,
    Denied,
    MayBeAllowed,
    MayBeDenied,
}

impl Missing {
    /// The word for it in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Missing::NotAllowed => "not-allowed",
            Missing::Denied => "denied",
            Missing::MayBeAllowed => "may-be-allowed",
            Missing::MayBeDenied => "may-be-denied",
        }
    }

    pub(crate) fn is_certain(self) -> bool {
        matches!(self, Missing::NotAllowed | Missing::Denied)
    }
}

/// A statement of a policy.
pub(crate) struct Where {
    pub(crate) file: usize,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) sid: Option<String>,
    pub(crate) place: Place,
}

impl Where {
    /// `statement 2 "Buckets"`; what a file chose is escaped.
    pub(crate) fn statement(&self) -> String {
        match self.sid.as_deref().filter(|sid| !sid.is_empty()) {
            Some(sid) => format!("statement {} \"{}\"", self.number, Foreign(sid)),
            None => format!("statement {}", self.number),
        }
    }
}

/// Something of a policy that nothing used.
pub(crate) struct Spare {
    pub(crate) at: Where,
    pub(crate) what: Part,
}

impl Spare {
    /// `action s3:GetObject of statement 2`.
    pub(crate) fn describe(&self) -> String {
        let statement = self.at.statement();
        match &self.what {
            Part::Statement => statement,
            Part::Action(text) => format!("action {} of {statement}", Foreign(text)),
            Part::Resource(text) => format!("resource {} of {statement}", Foreign(text)),
        }
    }
}

impl<'a> Outcome<'a> {
    /// Holds policies, which are called so in the result, against needs.
    pub fn of(
        names: Vec<String>,
        documents: &[Document],
        options: &Options,
        collected: &'a Collected,
    ) -> Outcome<'a> {
        let (needs, asked) = collected.needs(&options.context);
        let audit = Audit::of(documents, &needs);
        let place = |file: usize, statement: usize| {
            let found = &documents[file].statements[statement];
            Where { file, number: statement + 1, sid: found.sid.clone(), place: found.place }
        };
        let spare = |Unused { document, statement, what, place: at }| Spare {
            at: Where { place: at, ..place(document, statement) },
            what,
        };
        let kept = collected.shown.kept(documents);
        let unused = if kept.is_empty() {
            audit.unused(documents)
        } else {
            let with_kept = needs.iter().cloned().chain(kept.iter().map(Kept::need));
            Audit::of(documents, &with_kept.collect::<Vec<_>>()).unused(documents)
        };
        let unused = unused.into_iter().map(spare).collect();
        let count = needs.len();
        let policies = OnceCell::new();
        let unmet = |need: &Need| -> Vec<String> {
            let unmet = need.unmet(policies.get_or_init(|| Evaluator::new(documents)));
            unmet.iter().map(|it| Foreign(&conditions::lacking(it)).to_string()).collect()
        };
        let judged = audit.judgements.into_iter().zip(needs).zip(asked).enumerate();
        let findings = judged.filter_map(|(index, ((judgement, need), asked))| {
            let Judgement { verdict, applied } = judgement;
            let (kind, depends) = match verdict {
                Verdict::Allowed => return None,
                Verdict::NotAllowed => (Missing::NotAllowed, Vec::new()),
                Verdict::Denied => (Missing::Denied, Vec::new()),
                Verdict::MayBeAllowed(reasons) => (Missing::MayBeAllowed, reasons),
                Verdict::MayBeDenied(reasons) => (Missing::MayBeDenied, reasons),
            };
            let denied_by = applied.iter().filter(|it| it.effect == Effect::Deny);
            let denied_by = denied_by.map(|it| place(it.document, it.statement)).collect();
            let conditions = collected.conditions(index);
            let unmet = if kind == Missing::NotAllowed { unmet(&need) } else { Vec::new() };
            Some(Finding { need, asked, conditions, kind, unmet, depends, denied_by })
        });
        Outcome {
            findings: findings.collect(),
            files: names,
            unused,
            kept,
            cut_off: &collected.cut_off,
            needs: count,
            calls: collected.calls,
            fails_unused: options.fails_unused,
            fails_undecided: options.fails_undecided,
            aws: None,
        }
    }

    /// The same, with what AWS says.
    #[must_use]
    pub fn beside(self, aws: Option<Judged>) -> Outcome<'a> {
        Outcome { aws, ..self }
    }

    /// The exit code: 0 when the policies fit, 3 when something is missing, 4 when something is unused.
    pub fn exit_code(&self) -> i32 {
        let fails = |it: &Finding<'_>| it.kind.is_certain() || self.fails_undecided;
        let disagrees = self.aws.as_ref().is_some_and(|it| it.exit_code(self.fails_undecided) != 0);
        if self.findings.iter().any(fails) || !self.cut_off.is_empty() || disagrees {
            3
        } else if self.fails_unused && !self.unused.is_empty() {
            4
        } else {
            0
        }
    }

    /// What is not decided since a recording lacks calls.
    pub(crate) fn lost(&self) -> impl Iterator<Item = String> {
        self.cut_off.iter().map(|name| {
            format!(
                "what a call of {name} needs: its last line is cut off, as after a kill; record it again, or let it pass with --allow-incomplete"
            )
        })
    }

    /// `policy.json`, or all of them.
    pub(crate) fn subject(&self) -> String {
        Foreign(&self.files.join(" and ")).to_string()
    }

    pub(crate) fn file(&self, at: &Where) -> &str {
        self.files.get(at.file).map_or("", |file| file)
    }
}

impl Finding<'_> {
    /// `s3:PutObject on arn:…`, with the conditions of the request.
    pub(crate) fn describe(&self) -> String {
        let mut text = format!("{} on {}", self.need.action, self.need.resource);
        if !self.conditions.is_empty() {
            text.push_str(&format!(", with {}", self.conditions.join(", with ")));
        }
        Foreign(&text).to_string()
    }

    /// Why, in half a sentence.
    pub(crate) fn because(&self, outcome: &Outcome<'_>) -> String {
        let denied_by = || {
            let named = |at: &Where| {
                format!("{} of {} ({})", at.statement(), Foreign(outcome.file(at)), at.place)
            };
            self.denied_by.iter().map(named).collect::<Vec<_>>().join(" and ")
        };
        let depends = || {
            let reasons: Vec<_> = self.depends.iter().map(ToString::to_string).collect();
            Foreign(&reasons.join(" and ")).to_string()
        };
        match self.kind {
            Missing::NotAllowed => "no statement allows it".to_owned(),
            Missing::Denied => format!("denied by {}", denied_by()),
            Missing::MayBeAllowed => format!("depends on {}", depends()),
            Missing::MayBeDenied => {
                format!("may be denied by {}: depends on {}", denied_by(), depends())
            }
        }
    }

    /// `s3.PutObject (3 calls)`.
    pub(crate) fn asked_by(&self) -> String {
        let operations: Vec<_> = self.asked.operations.iter().map(String::as_str).collect();
        let calls = counted(self.asked.calls, "call");
        format!("{} ({calls})", Foreign(&operations.join(", ")))
    }

    /// How to settle what depends on a condition key.
    pub(crate) fn hint(&self) -> Option<String> {
        let key = self.depends.iter().find_map(|reason| match reason {
            Reason::Key(key) => Some(key),
            _ => None,
        })?;
        Some(format!("--context {}=VALUE says it", Foreign(key)))
    }
}
