//! A policy cut down to what was used, in its author's hand: statements, Sids, order, conditions and
//! layout stay, strings that nothing used go, and patterns become what they were used for.
//!
//! Whatever the policy allowed of what was recorded, the rest still allows: a statement keeps, for
//! everything that it applied to, its action and its resource, and its conditions; and what denies is
//! not touched. A resource that the run made, which the next run makes anew, is kept as the pattern that stands for it.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::evaluate::audit::{Audit, Need, Use};
use crate::evaluate::document::{Document, Element, Statement};
use crate::evaluate::verdict::{Certain, Glob, Index, is_pattern, open_pattern};
use crate::policy::Effect;

/// A policy that was cut down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// Its text.
    pub text: String,
    /// What went, in the order of the text.
    pub changes: Vec<Change>,
}

/// Something that was taken from a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which statement, from 0.
    pub statement: usize,
    /// What was done.
    pub what: What,
}

/// What was done to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It went: nothing used it.
    Removed,
    /// It became two, so that actions that take no resource keep their `*` for themselves.
    Split,
    /// A string of this element (`Action`) went: nothing used it.
    Dropped {
        /// The element.
        element: &'static str,
        /// The string.
        text: String,
    },
    /// A pattern, or a whole `Not…`, became what it was used for.
    Replaced {
        /// The element, as it was.
        element: &'static str,
        /// The string, or all of a `Not…`'s.
        text: String,
        /// What it became.
        by: Vec<String>,
    },
}

/// A document of an audit, its `index`th, cut down to what was used.
pub fn prune(
    audit: &Audit,
    document: &Document,
    index: usize,
    needs: &[Need],
    keep_resources: bool,
) -> Narrowed {
    let uses = audit.uses.get(index).map(Vec::as_slice).unwrap_or_default();
    narrow(document, uses, needs, keep_resources)
}

/// Cuts a document down to what `uses` says of its statements.
fn narrow(document: &Document, uses: &[Use], needs: &[Need], keep_resources: bool) -> Narrowed {
    let mut changes = Vec::new();
    let mut kept = Vec::new();
    let mut sids = Sids::of(document);
    let layout = Layout::of(document.text());
    for (index, statement) in document.statements.iter().enumerate() {
        let mut say = |what| changes.push(Change { statement: index, what });
        let used = uses.get(index).filter(|used| !used.needs.is_empty());
        match (statement.effect, used) {
            (Effect::Deny, _) => kept.push(document.text()[statement.span.clone()].to_owned()),
            (Effect::Allow, None) => say(What::Removed),
            (Effect::Allow, Some(used)) => {
                let whole = shortened(document, statement, used, needs, keep_resources, &mut say);
                match apart(statement, used, needs).filter(|_| !keep_resources) {
                    None => kept.push(rewritten(document, &layout, statement, whole, None)),
                    Some([named, everything]) => {
                        let part =
                            |used| shortened(document, statement, used, needs, false, &mut |_| {});
                        kept.push(rewritten(document, &layout, statement, part(&named), None));
                        let sid = sids.second(statement);
                        kept.push(rewritten(document, &layout, statement, part(&everything), sid));
                        say(What::Split);
                    }
                }
            }
        }
    }
    Narrowed { text: with_statements(document, kept), changes }
}

/// The new actions and resources of a statement.
fn shortened(
    document: &Document,
    statement: &Statement,
    used: &Use,
    needs: &[Need],
    keep_resources: bool,
    say: &mut impl FnMut(What),
) -> [NewStrings; 2] {
    let actions = actions(statement, used, needs, say);
    let resources = if keep_resources {
        drop_unused(statement, used, say)
    } else {
        resources(document, statement, used, needs, say)
    };
    [actions, resources]
}

/// What named a resource and what can only have `*`, where a `*` of the statement allowed both: in
/// one statement the `*` would have to stay for all. `None` when there is nothing to be told apart.
fn apart(statement: &Statement, used: &Use, needs: &[Need]) -> Option<[Use; 2]> {
    // Actions, so that one that needs the `*` at all keeps what else it needs with it.
    let on_everything = used.needs.iter().filter(|need| needs[**need].resource == "*");
    let actions: BTreeSet<_> =
        on_everything.map(|need| needs[*need].action.to_ascii_lowercase()).collect();
    let everything = |need: usize| actions.contains(&needs[need].action.to_ascii_lowercase());
    let wide = statement.resources.negated || statement.resources.texts().any(|text| text == "*");
    let certain = used.resources.values().flat_map(|by| by.values());
    let certain = used.partly.is_empty() && certain.clone().all(|it| *it == Certain::Yes);
    let parts = [used.only(|need| !everything(need)), used.only(everything)];
    let both = parts.iter().all(|part| !part.needs.is_empty());
    (wide && certain && both).then_some(parts)
}

/// The ids of statements.
struct Sids<'a> {
    taken: HashSet<String>,
    /// For each id that another was made of, the number to try next.
    next: HashMap<&'a str, usize>,
}

impl<'a> Sids<'a> {
    fn of(document: &'a Document) -> Sids<'a> {
        let taken = document.statements.iter().filter_map(|it| it.sid.clone()).collect();
        Sids { taken, next: HashMap::new() }
    }

    /// One for the second of the two statements that one became.
    fn second(&mut self, statement: &'a Statement) -> Option<String> {
        let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty())?;
        let next = self.next.entry(sid).or_insert(2);
        loop {
            let new = format!("{sid}{next}");
            *next += 1;
            if self.taken.insert(new.clone()) {
                return Some(new);
            }
        }
    }
}

/// The strings that an element is to have; `None` when it stays as it is.
type NewStrings = Option<Vec<NewString>>;

enum NewString {
    /// One that was there.
    Kept(usize),
    New(String),
}

fn actions(
    statement: &Statement,
    used: &Use,
    needs: &[Need],
    say: &mut impl FnMut(What),
) -> NewStrings {
    let element = &statement.actions;
    let names = |indices: &BTreeSet<usize>| -> Vec<String> {
        let names: BTreeSet<_> = indices.iter().map(|need| needs[*need].action.clone()).collect();
        names.into_iter().collect()
    };
    if element.negated {
        return Some(replaced(element, "NotAction", names(&used.needs), say));
    }
    let narrowed = |index: usize, text: &str| match used.actions.get(&index) {
        None => Fate::Unused,
        Some(by) if text.contains(['*', '?']) => Fate::Narrowed(names(by)),
        Some(_) => Fate::Kept,
    };
    each(element, "Action", narrowed, true, say)
}

fn resources(
    document: &Document,
    statement: &Statement,
    used: &Use,
    needs: &[Need],
    say: &mut impl FnMut(What),
) -> NewStrings {
    let element = &statement.resources;
    let names = |indices: &mut dyn Iterator<Item = usize>| -> Option<Vec<String>> {
        let names: BTreeSet<_> = indices.map(|need| needs[need].lasting().to_owned()).collect();
        // Without policy variables, in a policy of 2008, there are no escapes either.
        let written = document.has_variables || !names.iter().any(|name| name.contains("${"));
        // Only a pattern covers another text.
        let patterns: Vec<(&String, Glob)> = names
            .iter()
            .filter(|name| is_pattern(name))
            .map(|name| (name, open_pattern(name)))
            .collect();
        let index = Index::new(patterns.iter().map(|(_, glob)| glob).enumerate());
        let within = |narrow: &String| {
            index.covering(&open_pattern(narrow), |_| true).into_iter().any(|found| {
                let wide = patterns[found].0;
                // Of two that say the same, the first stays.
                crate::policy::covers(wide, narrow)
                    && (wide < narrow || wide > narrow && !crate::policy::covers(narrow, wide))
            })
        };
        let outer = names.iter().filter(|name| !within(name)).cloned();
        written.then(|| outer.collect())
    };
    if element.negated {
        let everything = |need: &usize| needs[*need].resource == "*";
        // A `*` would be wider than everything but something.
        // Where a variable decides, nothing narrower is known.
        let varies = element.texts().any(|text| text.contains("${"));
        // Nor where what is to last may be some of what the statement leaves out.
        let left_out = |need: &usize| {
            let lasting = needs[*need].pattern.as_deref().map(open_pattern);
            lasting.is_some_and(|it| element.texts().any(|text| open_pattern(text).overlaps(&it)))
        };
        let mut all = used.needs.iter();
        if varies || !used.partly.is_empty() || all.any(|it| everything(it) || left_out(it)) {
            return None;
        }
        let names = names(&mut used.needs.iter().copied())?;
        return Some(replaced(element, "NotResource", names, say));
    }
    let narrowed = |index: usize, text: &str| match used.resources.get(&index) {
        None => Fate::Unused,
        // Where a part of what was meant is allowed, or a variable decides, nothing narrower is known.
        Some(by) if by.values().any(|certain| *certain == Certain::No) => Fate::Kept,
        Some(_) if text.contains("${") || !is_pattern(text) => Fate::Kept,
        // What is to last is wider than this.
        Some(by) if by.keys().any(|need| !lasts_within(&needs[*need], text)) => Fate::Kept,
        Some(by) => match names(&mut by.keys().copied()) {
            Some(names) => Fate::Narrowed(names),
            None => Fate::Kept,
        },
    };
    each(element, "Resource", narrowed, false, say)
}

/// Whether what stands for the need's resource in a policy that is to last is certainly within a pattern.
fn lasts_within(need: &Need, pattern: &str) -> bool {
    let pattern = open_pattern(pattern);
    need.pattern.as_deref().is_none_or(|it| pattern.covers(&open_pattern(it)))
}

fn drop_unused(statement: &Statement, used: &Use, say: &mut impl FnMut(What)) -> NewStrings {
    let element = &statement.resources;
    if element.negated {
        return None;
    }
    let fate = |index: usize, _: &str| {
        if used.resources.contains_key(&index) { Fate::Kept } else { Fate::Unused }
    };
    each(element, "Resource", fate, false, say)
}

/// What becomes of a string.
enum Fate {
    Kept,
    Unused,
    Narrowed(Vec<String>),
}

fn each(
    element: &Element,
    name: &'static str,
    fate: impl Fn(usize, &str) -> Fate,
    ignores_case: bool,
    say: &mut impl FnMut(What),
) -> NewStrings {
    let same = |text: &str| {
        if ignores_case { text.to_ascii_lowercase() } else { text.to_owned() }
    };
    let mut strings: Vec<NewString> = Vec::new();
    let fates: Vec<_> =
        element.texts().enumerate().map(|(index, text)| fate(index, text)).collect();
    // What is written out stays where it is, so a pattern beside it does not write it again.
    let mut there: HashSet<String> = element
        .texts()
        .zip(&fates)
        .filter(|(_, fate)| matches!(fate, Fate::Kept))
        .map(|(text, _)| same(text))
        .collect();
    let mut changed = false;
    for (index, (text, fate)) in element.texts().zip(fates).enumerate() {
        match fate {
            Fate::Kept => strings.push(NewString::Kept(index)),
            Fate::Unused => {
                changed = true;
                say(What::Dropped { element: name, text: text.to_owned() });
            }
            Fate::Narrowed(by) if by == [text] => strings.push(NewString::Kept(index)),
            Fate::Narrowed(by) => {
                changed = true;
                for new in &by {
                    if there.insert(same(new)) {
                        strings.push(NewString::New(new.clone()));
                    }
                }
                say(What::Replaced { element: name, text: text.to_owned(), by });
            }
        }
    }
    // A string that is narrowed to others that are there leaves at least those.
    changed.then_some(strings)
}

/// A `Not…` becomes what it was used for.
fn replaced(
    element: &Element,
    name: &'static str,
    by: Vec<String>,
    say: &mut impl FnMut(What),
) -> Vec<NewString> {
    let text = element.texts().collect::<Vec<_>>().join(", ");
    say(What::Replaced { element: name, text, by: by.clone() });
    by.into_iter().map(NewString::New).collect()
}

/// The text of a statement with new strings in it.
fn rewritten(
    document: &Document,
    layout: &Layout<'_>,
    statement: &Statement,
    [actions, resources]: [NewStrings; 2],
    sid: Option<String>,
) -> String {
    let mut edits = Vec::new();
    if let (Some(sid), Some(span)) = (sid, &statement.sid_span) {
        edits.push((span.clone(), serde_json::Value::String(sid).to_string()));
    }
    for (element, name, strings) in [
        (&statement.actions, "\"Action\"", actions),
        (&statement.resources, "\"Resource\"", resources),
    ] {
        let Some(strings) = strings else { continue };
        if element.negated {
            edits.push((element.key.clone(), name.to_owned()));
        }
        edits.push((element.value.clone(), list(document, layout, statement, element, &strings)));
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = document.text()[statement.span.clone()].to_owned();
    for (span, new) in edits {
        let start = statement.span.start;
        text.replace_range(span.start - start..span.end - start, &new);
    }
    text
}

/// An element's value, laid out as it was, or as its neighbourhood is.
fn list(
    document: &Document,
    layout: &Layout<'_>,
    statement: &Statement,
    element: &Element,
    strings: &[NewString],
) -> String {
    let text = document.text();
    let strings: Vec<String> = strings
        .iter()
        .map(|string| match string {
            NewString::Kept(index) => text[element.items[*index].span.clone()].to_owned(),
            // A string is always JSON.
            NewString::New(new) => serde_json::Value::String(new.clone()).to_string(),
        })
        .collect();
    let was = &text[element.value.clone()];
    if was.starts_with('[') {
        let spans: Vec<_> = element.items.iter().map(|item| item.span.clone()).collect();
        return joined(text, layout, &element.value, &spans, &strings);
    }
    if let [only] = strings.as_slice() {
        return only.clone();
    }
    let beginning = statement.span.start;
    let Some(newline) = text[beginning..element.key.start].rfind('\n') else {
        // The statement is on one line.
        return format!("[{}]", strings.join(if layout.spaced { ", " } else { "," }));
    };
    let line = &text[beginning + newline + 1..];
    let indent: String = line.chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect();
    let Layout { newline, unit, .. } = layout;
    let deeper = format!("{newline}{indent}{unit}");
    format!("[{deeper}{}{newline}{indent}]", strings.join(&format!(",{deeper}")))
}

/// How a text is laid out.
struct Layout<'a> {
    newline: &'static str,
    /// What it is indented by: the white space before its first indented line.
    unit: &'a str,
    /// Whether a space follows commas.
    spaced: bool,
}

impl<'a> Layout<'a> {
    fn of(text: &'a str) -> Layout<'a> {
        let indent = |line: &'a str| {
            let end = line.find(|letter| !matches!(letter, ' ' | '\t')).unwrap_or(line.len());
            &line[..end]
        };
        Layout {
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            unit: text.lines().map(indent).find(|indent| !indent.is_empty()).unwrap_or_default(),
            spaced: text.contains(", "),
        }
    }
}

/// A list with other items, and what stood before, between and after them.
fn joined(
    text: &str,
    layout: &Layout<'_>,
    list: &std::ops::Range<usize>,
    items: &[std::ops::Range<usize>],
    new: &[String],
) -> String {
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return text[list.clone()].to_owned();
    };
    if new.is_empty() {
        return "[]".to_owned();
    }
    let before = &text[list.start + 1..first.start];
    let after = &text[last.end..list.end - 1];
    let between = match items {
        [one, two, ..] => text[one.end..two.start].to_owned(),
        _ if before.is_empty() && layout.spaced => ", ".to_owned(),
        _ => format!(",{before}"),
    };
    format!("[{before}{}{after}]", new.join(&between))
}

/// The document's text with these statements.
fn with_statements(document: &Document, kept: Vec<String>) -> String {
    let text = document.text();
    let body = if text[document.body.clone()].starts_with('[') {
        let spans: Vec<_> = document.statements.iter().map(|it| it.span.clone()).collect();
        joined(text, &Layout::of(text), &document.body, &spans, &kept)
    } else if let [only] = kept.as_slice() {
        only.clone()
    } else {
        format!("[{}]", kept.join(", "))
    };
    let (before, after) = (&text[..document.body.start], &text[document.body.end..]);
    format!("{before}{body}{after}")
}
