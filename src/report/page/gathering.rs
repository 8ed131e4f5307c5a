//! Calls, taken up for the page, and the page's model of them.

use crate::evaluate::difference;
use crate::evaluate::document::Document;
use crate::made::hold::Generated;
use crate::nearest::Candidates;
use crate::recording::Entry;
use crate::report::check::outcome::{Options, Outcome};
use crate::report::difference::{Actions, as_text};
use crate::report::explain::Evidence;
use crate::report::page::model::{self, Checked, Facts, Made, Model, Texts};
use crate::report::page::nearest::compared;
use crate::report::page::notes::Note;
use crate::report::page::rows::{Moment, Rows};
use crate::report::policy::{Told, told};
use crate::report::summary::{made, tell_hints, tell_unseen};
use crate::session::contexts::Said;
use crate::session::merged::{Merged, Settings};
use crate::session::needs::{Collected, Collecting};
use crate::session::shape::Shape;
use crate::session::which::Which;
use crate::text::{Foreign, counted};

/// Findings, and parts of a policy that nothing used, that are listed.
const LISTED: usize = 500;

/// A policy to compare with, under its name.
#[derive(Debug)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// The policy.
    pub document: Document,
    /// What the user says of condition keys.
    pub context: Vec<Said>,
}

/// Calls that were taken up.
pub struct Gathering {
    merged: Merged,
    shape: Shape,
    generated: Generated,
    which: Which,
    account_id: Option<String>,
    evidence: Evidence,
    collecting: Collecting,
    rows: Rows,
}

impl Gathering {
    /// Nothing yet.
    pub fn new(settings: &Settings, account_id: Option<String>) -> Gathering {
        Gathering {
            merged: Merged::new(settings, account_id.clone()),
            shape: settings.shape,
            generated: settings.generated,
            which: settings.calls,
            account_id,
            evidence: Evidence::of(settings.generated),
            collecting: Collecting::of(settings.selection.clone()),
            rows: Rows::default(),
        }
    }

    /// Takes up a call of a recording.
    pub fn add(&mut self, recording: usize, entry: Entry) {
        let Entry { call, times, last, .. } = &entry;
        let moment = Moment { first: call.time, last: *last, times: *times };
        self.add_at(recording, entry, std::iter::once(moment));
    }

    /// Takes up calls of a recording that are alike, of which it is known when they were made.
    pub fn add_at(
        &mut self,
        recording: usize,
        entry: Entry,
        moments: impl Iterator<Item = Moment>,
    ) {
        self.merged.add(recording, entry.clone(), |_| {});
        let (_, is_selected) = self.merged.callers.share(&entry.call);
        if is_selected && self.which.has(&entry.call) {
            self.evidence.add(&entry);
        } else {
            self.evidence.learn(&entry);
        }
        if is_selected {
            self.rows.add(&entry, self.merged.callers.caller(&entry.call), moments);
        }
        if self.which.has(&entry.call) {
            self.collecting.add(entry);
        }
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.merged.calls
    }

    /// The page's model while calls still come: without what takes its time.
    pub fn meanwhile(&self, made: Made) -> Model {
        self.model(made, None, None, Vec::new())
    }

    /// The page's model. `missing`: what else is to be said of what is not in it.
    pub fn end(mut self, made: Made, baseline: Option<&Baseline>, missing: Vec<Note>) -> Model {
        self.merged.end();
        let collecting = std::mem::take(&mut self.collecting);
        let collected = collecting.end(self.account_id.as_deref());
        self.model(made, Some(&collected), baseline, missing)
    }

    fn model(
        &self,
        made: Made,
        collected: Option<&Collected>,
        baseline: Option<&Baseline>,
        missing: Vec<Note>,
    ) -> Model {
        let Gathering { merged, shape, generated, which, evidence, rows, .. } = self;
        let finished = shape.finish(&merged.policy);
        let statements: Vec<_> =
            finished.documents.iter().flat_map(|it| it.statements.clone()).collect();
        let mut facts = Facts {
            calls: rows.calls,
            failed: rows.failed,
            denied: rows.denied,
            operations: merged.operations(),
            actions: merged.policy.action_count(),
            statements: finished.statements(),
            beyond: rows.beyond,
            unexplained: 0,
        };
        let mut texts = Texts::default();
        let explained = evidence.explain_policy(&statements, |_| true);
        let documents = model::statements(&finished, explained, &mut texts, &mut facts);
        let (calls, time) = model::calls(rows, &merged.callers, &mut texts);
        let (limits, sizes) = model::sizes(&finished);
        let needs = collected.map(|it| it.needs(&[]).0);

        let mut generalized = Vec::new();
        let said = told(&finished, None, None, true).into_iter().map(|it| match it {
            Told::Say(text) | Told::Warn(text) => text + "\n",
        });
        generalized
            .extend(Note::of("Patterns for many resources, and size", &said.collect::<String>()));
        let mut text = String::new();
        made::tell(merged.made(), &mut text);
        generalized.extend(Note::of("What the next run will not have again", &text));
        if let Some(patterns) = &merged.in_common {
            let lines = patterns.iter().map(|it| {
                format!("{} on {}: {}", it.actions.join(", "), it.pattern, it.examples.join(", "))
            });
            let lines: Vec<String> = lines.collect();
            generalized.extend(Note::of("What runs have in common", &lines.join("\n")));
        }

        Model {
            v: 1,
            made,
            facts,
            documents,
            formats: model::formats(&finished),
            limits,
            sizes,
            time,
            calls,
            reasons: model::reasons(),
            nearest: needs.and_then(|it| compared(&Candidates::embedded(), &it)),
            baseline: baseline
                .zip(collected)
                .map(|(it, collected)| checked(it, collected, &finished.as_json())),
            generalized,
            missing: self::missing(merged, *generated, *which).into_iter().chain(missing).collect(),
            strings: texts,
        }
    }
}

/// What is not in the policy, as far as the calls tell.
fn missing(merged: &Merged, generated: Generated, which: Which) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut add = |title, text: &str| notes.extend(Note::of(title, text));
    if merged.left_out > 0 {
        let calls = counted(merged.left_out, "call");
        let why = match which {
            Which::Succeeded => "that failed left out (--succeeded-only)",
            Which::Failed | Which::All => "that did not fail left out (--fails-only)",
        };
        add("Calls left out", &format!("{calls} {why}."));
    }
    if merged.unrecognized > 0 {
        let calls = counted(merged.unrecognized, "call");
        add("Calls not recognised", &format!("{calls} not recognised, and so not in the policy."));
    }
    if merged.policy.is_open() {
        add("Account not known", crate::report::summary::ACCOUNT_UNKNOWN);
    }
    let mut text = String::new();
    tell_unseen(&merged.unseen, &mut text);
    add("What only AWS sees", &text);
    if generated != Generated::Exact {
        let mut text = String::new();
        made::tell_untold(merged.untold, &mut text);
        add("Ids not told", &text);
    }
    let mut text = String::new();
    tell_hints(&merged.hints.told(&merged.policy), &mut text);
    // The first line says on a terminal what the title says here.
    let lines: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    add("What this policy cannot do yet", &lines.join("\n"));
    notes
}

/// What a policy that was given lacks, what of it nothing used, and how the new one differs.
fn checked(baseline: &Baseline, collected: &Collected, new: &[String]) -> Checked {
    let documents = std::slice::from_ref(&baseline.document);
    let options = Options { context: baseline.context.clone(), ..Options::default() };
    let outcome = Outcome::of(vec![baseline.name.clone()], documents, &options, collected);
    let finding = |it: &crate::report::check::outcome::Finding<'_>| {
        let why = [&[it.because(&outcome)], &*it.unmet].concat().join(". ");
        [it.kind.word().to_owned(), it.describe(), why, it.asked_by()]
    };
    let unused = outcome.unused.iter().take(LISTED);
    let name = Foreign(&baseline.name).to_string();
    let names = [name.clone(), "the new policy".to_owned()];
    let difference = match new {
        [only] => Document::parse(only).ok().map(|new| {
            let actions = Actions::known();
            let found = difference::between(&baseline.document, &new, &actions.names);
            as_text(&found, &names, &actions)
        }),
        _ => None,
    };
    Checked {
        name,
        needs: outcome.needs,
        findings: outcome.findings.iter().take(LISTED).map(finding).collect(),
        unused: unused.map(|it| [it.describe(), it.at.place.to_string()]).collect(),
        kept: outcome.kept.len(),
        difference: difference.unwrap_or_default(),
    }
}
