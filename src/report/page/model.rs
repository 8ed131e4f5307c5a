//! What the page is drawn from: values that are written as JSON, each text once.

use std::collections::HashMap;

use indexmap::IndexSet;
use serde::{Serialize, Serializer};

use crate::call::Timestamp;
use crate::policy::size;
use crate::policy::{Effect, Policy};
use crate::render::{self, Format};
use crate::report::explain::{Because, ExplainedAction, moment, products, words};
use crate::report::page::nearest::Compared;
use crate::report::page::notes::Note;
use crate::report::page::pages::Pages;
use crate::report::page::rows::{How, Key, Row, Rows};
use crate::session::principals::{Callers, Principal};
use crate::session::shape::Finished;
use crate::text::{Foreign, beginning};

/// No text of the page is longer, but for the policy.
const LONGEST: usize = 600;
/// Reasons that are kept of one action on one resource, and of all.
const MOST_REASONS: usize = 40;
const MOST_REASONS_OF_ALL: usize = 8_000;
/// The policy is written in every format if it is not longer than this in JSON; else in JSON alone.
const MOST_OF_A_FORMAT: usize = 300_000;
/// Columns of rows at most.
const MOST_COLUMNS: usize = 60_000;

/// What the page is drawn from.
#[derive(Serialize)]
pub struct Model {
    /// The version of this form.
    pub(super) v: u8,
    pub(super) made: Made,
    pub(super) facts: Facts,
    /// Every text that stands in lists, once; lists have its number.
    pub(super) strings: Texts,
    pub(super) documents: Vec<Vec<Statement>>,
    /// The policy as text: the name of the format, the end of a file's name, and the text.
    pub(super) formats: Vec<[String; 3]>,
    pub(super) limits: Vec<Limit>,
    pub(super) sizes: Vec<usize>,
    pub(super) time: Time,
    pub(super) calls: Vec<Line>,
    /// What reasons mean.
    pub(super) reasons: HashMap<&'static str, &'static str>,
    pub(super) nearest: Option<Compared>,
    pub(super) baseline: Option<Checked>,
    pub(super) generalized: Vec<Note>,
    pub(super) missing: Vec<Note>,
}

/// Who made the page, when and of what.
#[derive(Debug, Clone, Serialize)]
pub struct Made {
    /// The program and its version.
    pub by: String,
    /// When.
    pub at: String,
    /// What the calls are from.
    pub from: Vec<String>,
    /// Whose calls, if not everybody's.
    pub principals: Vec<String>,
    /// Whether calls still come.
    pub live: bool,
}

impl Made {
    /// By this program, at this moment, of these recordings.
    pub fn of(at: Timestamp, from: impl Iterator<Item = String>, principals: &[String]) -> Made {
        let foreign = |it: String| Foreign(&it).to_string();
        Made {
            by: concat!("Leastwise ", env!("CARGO_PKG_VERSION")).to_owned(),
            at: moment(at),
            from: from.map(foreign).collect(),
            principals: principals.iter().cloned().map(foreign).collect(),
            live: false,
        }
    }

    /// The same at another moment.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Made {
        Made { at: moment(at), ..self }
    }

    /// The same, while calls still come.
    #[must_use]
    pub fn live(self) -> Made {
        Made { live: true, ..self }
    }
}

/// Numbers.
#[derive(Debug, Default, Serialize)]
pub(super) struct Facts {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) denied: u64,
    pub(super) operations: usize,
    pub(super) actions: usize,
    pub(super) statements: usize,
    /// Calls that are in no row.
    pub(super) beyond: u64,
    /// Reasons that were left out.
    pub(super) unexplained: u64,
}

/// The columns of the time line.
#[derive(Debug, Default, Serialize)]
pub(super) struct Time {
    pub(super) first: u64,
    pub(super) last: u64,
    /// Milliseconds of a column, and the number of the first since 1970.
    pub(super) width: u64,
    pub(super) start: u64,
    pub(super) columns: u64,
    pub(super) spread: bool,
}

/// A limit of IAM's.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    name: &'static str,
    characters: usize,
}

#[derive(Serialize)]
pub(super) struct Statement {
    sid: Option<Box<str>>,
    effect: &'static str,
    actions: Vec<usize>,
    resources: Vec<usize>,
    conditions: Vec<(usize, usize, Vec<usize>)>,
    why: Vec<Why>,
}

/// Which action and resource of the statement; reason, rules, file, operation, what is narrower, what was made; how many calls, when
/// first; how the last one ended, and from which program; AWS's page behind the rules.
type Why =
    (usize, usize, usize, Vec<usize>, usize, usize, usize, usize, u64, usize, usize, usize, usize);

/// Principal, service, operation, region, resources; how it ended, as a text and as 0 (well), 1 (failed) or 2 (denied); how many, when
/// first and last (milliseconds after the first of all), from which program, whether it is known; columns and how many in each.
type Line = (usize, usize, usize, usize, Vec<usize>, usize, u8, u64, u64, u64, usize, u8, Vec<u64>);

/// A policy that was given to compare with.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) needs: usize,
    /// What, why, and who asked.
    pub(super) findings: Vec<[String; 4]>,
    pub(super) unused: Vec<[String; 2]>,
    pub(super) kept: usize,
    /// What the two policies allow differently, by lines.
    pub(super) difference: String,
}

/// Texts, each once; the first is the empty one.
#[derive(Debug)]
pub(super) struct Texts(IndexSet<Box<str>>);

impl Default for Texts {
    fn default() -> Texts {
        Texts(IndexSet::from(["".into()]))
    }
}

impl Texts {
    pub(super) fn number(&mut self, text: &str) -> usize {
        let text = beginning(text, LONGEST);
        self.0.insert_full(text).0
    }

    fn numbers<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> Vec<usize> {
        texts.into_iter().map(|it| self.number(it.as_ref())).collect()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(&self.0)
    }
}

impl Model {
    /// As JSON.
    pub fn json(&self) -> String {
        // Texts, numbers and lists: nothing that JSON does not have.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The policy as it is read where no script runs.
    pub fn plain(&self) -> String {
        self.formats.first().map(|[_, _, text]| text.clone()).unwrap_or_default()
    }
}

/// The statements, with the reasons behind each action and resource.
pub(super) fn statements(
    finished: &Finished,
    explained: Vec<ExplainedAction>,
    texts: &mut Texts,
    facts: &mut Facts,
) -> Vec<Vec<Statement>> {
    let mut explained = explained.into_iter();
    let mut left = MOST_REASONS_OF_ALL;
    let pages = Pages::read();
    let one = |policy: &Policy| {
        policy
            .statements
            .iter()
            .map(|it| statement(it, &mut explained, texts, &mut left, &pages, facts))
            .collect()
    };
    finished.documents.iter().map(one).collect()
}

fn statement(
    statement: &crate::policy::Statement,
    explained: &mut impl Iterator<Item = ExplainedAction>,
    texts: &mut Texts,
    left: &mut usize,
    pages: &Pages,
    facts: &mut Facts,
) -> Statement {
    let mut why = Vec::new();
    for (action, explained) in explained.take(statement.actions.len()).enumerate() {
        for (resource, explained) in explained.resources.into_iter().enumerate() {
            let mut kept = 0;
            // What is beyond is one reason for all, so that the numbers are right.
            let mut rest: Option<Why> = None;
            for because in explained.because {
                if kept < MOST_REASONS && *left > 0 {
                    kept += 1;
                    *left -= 1;
                    why.push(reason(action, resource, &because, pages, texts));
                    continue;
                }
                facts.unexplained += 1;
                match &mut rest {
                    Some(rest) => rest.8 += because.calls,
                    None => {
                        let mut first = reason(action, resource, &because, pages, texts);
                        first.6 = texts.number("others that are not listed");
                        rest = Some(first);
                    }
                }
            }
            why.extend(rest);
        }
    }
    let conditions = statement
        .conditions
        .iter()
        .flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)));
    Statement {
        sid: statement.sid.as_deref().map(|it| beginning(it, LONGEST)),
        effect: match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        conditions: conditions
            .map(|(operator, key, values)| {
                (texts.number(operator), texts.number(key), texts.numbers(values))
            })
            .collect(),
        actions: texts.numbers(&statement.actions),
        resources: texts.numbers(&statement.resources),
        why,
    }
}

fn reason(
    action: usize,
    resource: usize,
    because: &Because,
    pages: &Pages,
    texts: &mut Texts,
) -> Why {
    let Because { reason, rules, file, operation, narrower, made, calls, first, .. } = because;
    let ended = match (because.status, because.error.as_deref()) {
        (Some(status), Some(error)) => format!("{status} {error}"),
        (Some(status), None) => status.to_string(),
        (None, Some(error)) => error.to_owned(),
        (None, None) => String::new(),
    };
    let agent = because.user_agent.as_deref().map(products).unwrap_or_default();
    // Of the user's own rules no page is known.
    let is_ours = file.as_deref().is_some_and(|it| it.starts_with("data/rules/"));
    let page = if is_ours { pages.of(operation) } else { "" };
    (
        action,
        resource,
        texts.number(reason),
        texts.numbers(rules.iter().map(|it| words::rule(it))),
        texts.number(file.as_deref().unwrap_or_default()),
        texts.number(operation),
        texts.number(narrower.as_deref().unwrap_or_default()),
        texts.number(made.as_deref().unwrap_or_default()),
        *calls,
        texts.number(first),
        texts.number(&ended),
        texts.number(&agent),
        texts.number(page),
    )
}

/// What the reasons mean that there can be.
pub(super) fn reasons() -> HashMap<&'static str, &'static str> {
    let all = ["operation", "same-name", "tag", "role", "rule", "forward-access", "denied"];
    all.map(|it| (it, words::reason(it))).into()
}

/// The policy in every format.
pub(super) fn formats(finished: &Finished) -> Vec<[String; 3]> {
    let all = [
        (Format::Json, "JSON", "json"),
        (Format::Hcl, "Terraform (HCL)", "tf"),
        (Format::CloudFormation, "CloudFormation", "yaml"),
        (Format::Cdk, "CDK (TypeScript)", "ts"),
        (Format::Markdown, "Markdown", "md"),
    ];
    let mut formats: Vec<[String; 3]> = Vec::new();
    for (format, name, ending) in all {
        if formats.first().is_some_and(|[_, _, json]| json.len() > MOST_OF_A_FORMAT) {
            break;
        }
        let text = render::render(format, &finished.documents);
        formats.push([name.to_owned(), ending.to_owned(), text]);
    }
    formats
}

/// IAM's limits, and how large each document is.
pub(super) fn sizes(finished: &Finished) -> (Vec<Limit>, Vec<usize>) {
    let limits = size::LIMITS.iter().filter(|it| !it.counts_space);
    let limits = limits.map(|it| Limit { name: it.name, characters: it.characters });
    (limits.collect(), finished.documents.iter().map(size::size).collect())
}

/// The calls.
pub(super) fn calls(rows: &Rows, callers: &Callers, texts: &mut Texts) -> (Vec<Line>, Time) {
    let Some((first, last)) = rows.span else { return Default::default() };
    let mut wider = 0;
    let columns: usize = rows.rows.values().map(|row| row.when.len()).sum();
    while columns >> wider > MOST_COLUMNS {
        wider += 1;
    }
    let shift = rows.shift + wider;
    let time = Time {
        first,
        last,
        width: 1 << shift,
        start: first >> shift,
        columns: (last >> shift) - (first >> shift) + 1,
        spread: rows.spread,
    };
    let line = |(key, row): (&Key, &Row)| {
        let principal = callers.known(&key.principal);
        let mut when: Vec<u64> = Vec::new();
        let mut before = None;
        for (column, calls) in &row.when {
            let column = (column >> wider).saturating_sub(time.start);
            match when.last_mut() {
                Some(last) if before == Some(column) => *last += calls,
                _ => when.extend([column, *calls]),
            }
            before = Some(column);
        }
        let how = match key.how {
            How::Succeeded => 0,
            How::Failed => 1,
            How::Denied => 2,
        };
        let agent = row.agent.as_deref().map(products).unwrap_or_default();
        (
            texts.number(&name(&principal, callers)),
            texts.number(&key.service),
            texts.number(&key.operation),
            texts.number(&key.region),
            texts.numbers(&key.resources),
            texts.number(&key.ended),
            how,
            row.calls,
            row.first.saturating_sub(first),
            row.last.saturating_sub(first),
            texts.number(&agent),
            u8::from(row.recognized),
            when,
        )
    };
    (rows.rows.iter().map(line).collect(), time)
}

fn name(principal: &Principal, callers: &Callers) -> String {
    callers.name(principal).to_owned()
}
