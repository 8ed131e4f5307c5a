//! Grants whose patterns are read, and sets of them in which those are found that cover or touch another.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::evaluate::document::Operator;
use crate::evaluate::verdict::{Glob, Index, open_pattern, varies};

/// Resources and conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// On what.
    pub on: On,
    /// Under which conditions, all of which must hold.
    pub conditions: BTreeSet<Asked>,
}

/// A condition: operator, key in lower case, values sorted.
pub type Asked = (String, String, Vec<String>);

/// The resources of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// What this string of a `Resource` stands for.
    Each(String),
    /// Everything but what these strings of a `NotResource` stand for.
    AllBut(BTreeSet<String>),
}

/// A string of a `Resource`, read.
#[derive(Debug)]
struct Pattern {
    text: String,
    /// What a variable stands for is left open.
    glob: Glob,
    varies: bool,
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        Pattern { text: text.to_owned(), glob: open_pattern(text), varies: varies(text) }
    }

    /// Whether everything that it stands for, the other certainly stands for too.
    fn is_within(&self, wide: &Pattern) -> bool {
        let decided = !self.varies && !wide.varies;
        self.text == wide.text || wide.text == EVERYTHING || decided && wide.glob.covers(&self.glob)
    }
}

const EVERYTHING: &str = "*";

/// Several patterns.
#[derive(Debug)]
struct Patterns {
    all: Vec<Rc<Pattern>>,
    index: Index,
    by_text: HashMap<String, Vec<usize>>,
}

impl Patterns {
    fn new(all: Vec<Rc<Pattern>>) -> Patterns {
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, pattern) in all.iter().enumerate() {
            by_text.entry(pattern.text.clone()).or_default().push(number);
        }
        let index = Index::new(all.iter().map(|pattern| &pattern.glob).enumerate());
        Patterns { all, index, by_text }
    }

    fn same(&self, text: &str) -> impl Iterator<Item = usize> + '_ {
        self.by_text.get(text).into_iter().flatten().copied()
    }

    /// Those that certainly stand for everything that a pattern stands for.
    fn covering<'a>(&'a self, narrow: &'a Pattern) -> impl Iterator<Item = usize> + 'a {
        let found: BTreeSet<usize> = self
            .index
            .covering(&narrow.glob, |_| true)
            .into_iter()
            .chain(self.same(&narrow.text))
            .filter(|number| narrow.is_within(&self.all[*number]))
            .collect();
        found.into_iter()
    }

    /// Those that may have a resource in common with a pattern.
    fn touching<'a>(&'a self, other: &'a Pattern) -> impl Iterator<Item = usize> + 'a {
        let found = self.index.touching(&other.glob, |_| true).into_iter();
        found.filter(|number| self.all[*number].glob.overlaps(&other.glob))
    }
}

/// A grant with its resources read.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) grant: Grant,
    on: Read,
}

#[derive(Debug)]
enum Read {
    Each(Rc<Pattern>),
    AllBut(Patterns),
}

impl Known {
    pub(super) fn new(grant: Grant) -> Known {
        let on = match &grant.on {
            On::Each(text) => Read::Each(Rc::new(Pattern::new(text))),
            On::AllBut(not) => Read::AllBut(Patterns::new(
                not.iter().map(|text| Rc::new(Pattern::new(text))).collect(),
            )),
        };
        Known { grant, on }
    }

    /// Whether whatever this is, `wide` certainly is too: each of its conditions holds where ours do.
    pub(super) fn is_within(&self, wide: &Known) -> bool {
        let on = || match (&self.on, &wide.on) {
            (Read::Each(narrow), Read::Each(wide)) => narrow.is_within(wide),
            (Read::Each(narrow), Read::AllBut(not)) => not.touching(narrow).next().is_none(),
            (Read::AllBut(_), Read::Each(wide)) => wide.text == EVERYTHING,
            (Read::AllBut(narrow), Read::AllBut(wide)) => {
                wide.all.iter().all(|wide| narrow.covering(wide).next().is_some())
            }
        };
        let ours = &self.grant.conditions;
        let follows = |wide: &Asked| ours.contains(wide) || ours.iter().any(|it| implies(it, wide));
        wide.grant.conditions.iter().all(follows) && on()
    }

    /// Whether there may be a resource that both speak of.
    fn touches(&self, other: &Known) -> bool {
        match (&self.on, &other.on) {
            (Read::Each(one), Read::Each(other)) => one.glob.overlaps(&other.glob),
            (Read::Each(each), Read::AllBut(not)) | (Read::AllBut(not), Read::Each(each)) => {
                not.covering(each).next().is_none()
            }
            (Read::AllBut(_), Read::AllBut(_)) => true,
        }
    }
}

/// Whether a condition holds only where another one does, both being on one key by one operator: it holds for one of its values,
/// or in the negated form for none (reference_policies_condition-logic-multiple-context-keys-or-values).
fn implies(narrow: &Asked, wide: &Asked) -> bool {
    let (few, many) = match Operator::parse(&narrow.0) {
        Some(operator) if operator.negated => (wide, narrow),
        Some(_) => (narrow, wide),
        None => return false,
    };
    let alike = (&narrow.0, &narrow.1) == (&wide.0, &wide.1);
    alike && few.2.iter().all(|value| many.2.contains(value))
}

/// Grants among which others are found.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) all: Vec<Rc<Known>>,
    /// The patterns of those on each resource, and which grants they are of.
    each: Patterns,
    of_each: Vec<usize>,
    all_but: Vec<usize>,
}

impl Set {
    pub(super) fn new(all: Vec<Rc<Known>>) -> Set {
        let (mut patterns, mut of_each, mut all_but) = (Vec::new(), Vec::new(), Vec::new());
        for (number, known) in all.iter().enumerate() {
            match &known.on {
                Read::Each(pattern) => {
                    patterns.push(pattern.clone());
                    of_each.push(number);
                }
                Read::AllBut(_) => all_but.push(number),
            }
        }
        Set { all, each: Patterns::new(patterns), of_each, all_but }
    }

    /// Those that certainly are whatever a grant is.
    pub(super) fn covering<'a>(&'a self, narrow: &'a Known) -> impl Iterator<Item = usize> + 'a {
        let by_pattern: Vec<usize> = match &narrow.on {
            Read::Each(pattern) => self.each.covering(pattern).collect(),
            Read::AllBut(_) => self.each.same(EVERYTHING).collect(),
        };
        let by_pattern = by_pattern.into_iter().map(|number| self.of_each[number]);
        let candidates = by_pattern.chain(self.all_but.iter().copied());
        candidates.filter(|number| narrow.is_within(&self.all[*number]))
    }

    /// Those that may speak of a resource of which a grant speaks, too.
    pub(super) fn touching<'a>(&'a self, other: &'a Known) -> impl Iterator<Item = usize> + 'a {
        let by_pattern: Vec<usize> = match &other.on {
            Read::Each(pattern) => {
                self.each.touching(pattern).map(|number| self.of_each[number]).collect()
            }
            Read::AllBut(_) => {
                let touches = |number: &usize| self.all[*number].touches(other);
                self.of_each.iter().copied().filter(touches).collect()
            }
        };
        let all_but = self.all_but.iter().copied();
        by_pattern.into_iter().chain(all_but.filter(|number| self.all[*number].touches(other)))
    }
}
