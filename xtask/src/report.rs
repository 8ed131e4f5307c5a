//! What `--report` prints: what the catalogue holds, and how it is decided whether a call needs an action. Read from
//! `data/` as the build reads it, so that it needs no sources.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A chore's output is its purpose.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::format::{LISTED, MAPPED, NOT_NEEDED, OWN, ROLE, SAME_NAME, TAG};
use crate::rule::decided::DecidedAction;
use crate::rule::{Rule, Verdict};
use crate::rules::Rules;
use crate::text::{Catalog, Operation, Service, Shape};

/// Says what went wrong.
pub(crate) fn complain(error: &Error) {
    eprintln!("xtask: {error}.");
}

/// Prints the report on the catalogue in `data`, or on one service of it.
pub(crate) fn print(data: &Path, service: Option<&str>) -> Result<(), Error> {
    let catalog =
        Catalog::read(&data.join("catalog"), &data.join("data-plane")).map_err(Error::Data)?;
    let rules = Rules::read(&data.join("rules"), &catalog).map_err(Error::Data)?;
    let mut counts = Counts::default();
    let mut services = 0;
    for (name, known) in &catalog.services {
        if service.is_some_and(|wanted| wanted != name) {
            continue;
        }
        services += 1;
        counts.service(&catalog, &rules, name, known)?;
    }
    if services == 0 {
        let name = service.unwrap_or_default();
        return Err(Error::Data(format!(
            "the catalogue has no service {name}; take botocore's name"
        )));
    }
    match service {
        Some(name) => println!("service {name}"),
        None => println!("services                          {services:>7}"),
    }
    counts.print();
    if service.is_none() {
        println!("prefixes                          {:>7}", catalog.prefixes.len());
        let actions: usize = catalog.prefixes.values().map(|it| it.actions.len()).sum();
        println!("actions                           {actions:>7}");
        let types: usize = catalog.prefixes.values().map(|it| it.resources.len()).sum();
        println!("resource types                    {types:>7}");
    }
    counts.print_decisions();
    Ok(())
}

/// How it is decided whether a call needs an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Decision {
    /// It is the operation's own.
    Own,
    /// The request carries tags.
    Tag,
    /// The request passes a role.
    Role,
    /// A rule: every call needs it.
    Always,
    /// A rule with a condition on request or answer.
    When,
    /// A rule: neither request nor answer tells.
    Possible,
    /// A rule: no call needs it.
    Never,
    /// Nothing decides. The build refuses it.
    Unclassified,
}

const DECISIONS: [(Decision, &str); 8] = [
    (Decision::Own, "own: its name, or the only one"),
    (Decision::Tag, "tag: the request carries tags"),
    (Decision::Role, "role: the request passes a role"),
    (Decision::When, "rule: when"),
    (Decision::Always, "rule: always"),
    (Decision::Never, "rule: never"),
    (Decision::Possible, "rule: possible"),
    (Decision::Unclassified, "unclassified"),
];

#[derive(Default)]
struct Counts {
    operations: BTreeMap<u32, usize>,
    shapes: usize,
    members: usize,
    /// Actions that AWS lists for the operations.
    listed: BTreeMap<Decision, usize>,
    /// Actions that rules add to them.
    added: BTreeMap<Decision, usize>,
}

impl Counts {
    fn service(
        &mut self,
        catalog: &Catalog,
        rules: &Rules,
        name: &str,
        service: &Service,
    ) -> Result<(), Error> {
        self.shapes += service.shapes.len();
        let members = service.shapes.values().map(|shape| match shape {
            Shape::Structure { members, .. } => members.len(),
            _ => 0,
        });
        self.members += members.sum::<usize>();
        for (operation_name, operation) in &service.operations {
            let decided = rules
                .decide(catalog, name, service, operation_name, operation)
                .map_err(Error::Data)?;
            *self.operations.entry(decided.permission).or_default() += 1;
            for action in &decided.actions {
                let counts =
                    if is_listed(operation, action) { &mut self.listed } else { &mut self.added };
                *counts.entry(decision(action)).or_default() += 1;
            }
        }
        Ok(())
    }

    fn print(&self) {
        let operations: usize = self.operations.values().sum();
        println!("operations                        {operations:>7}");
        let known = [MAPPED, SAME_NAME, NOT_NEEDED];
        let of = |permission: &u32| self.operations.get(permission).copied().unwrap_or_default();
        let unknown = operations - known.iter().map(of).sum::<usize>();
        for (words, count) in [
            ("  actions from AWS's map, or rules", of(&MAPPED)),
            ("  action of the same name         ", of(&SAME_NAME)),
            ("  need no permission              ", of(&NOT_NEEDED)),
            ("  no known permission             ", unknown),
        ] {
            println!("{words}{count:>7}  {:5.1} %", share(count, operations));
        }
        println!("input shapes                      {:>7}", self.shapes);
        println!("input members                     {:>7}", self.members);
    }

    fn print_decisions(&self) {
        let total = |counts: &BTreeMap<Decision, usize>| counts.values().sum::<usize>();
        let (listed, added) = (total(&self.listed), total(&self.added));
        println!();
        println!("how the actions of operations are decided    AWS's map              added");
        for (decision, words) in DECISIONS {
            let of = |counts: &BTreeMap<Decision, usize>| {
                counts.get(&decision).copied().unwrap_or_default()
            };
            let (in_map, beyond) = (of(&self.listed), of(&self.added));
            println!("  {words:<38}{in_map:>10}  {:5.1} %{beyond:>11}", share(in_map, listed));
        }
        println!("  {:<38}{listed:>10}         {added:>11}", "together");
    }
}

fn share(count: usize, of: usize) -> f64 {
    100.0 * count as f64 / of.max(1) as f64
}

fn is_listed(operation: &Operation, action: &DecidedAction) -> bool {
    operation.actions.iter().any(|it| it.prefix == action.prefix && it.name == action.name)
}

fn decision(action: &DecidedAction) -> Decision {
    let verdicts = action.rules.iter().filter_map(|text| Rule::parse(text, &|_| None).ok());
    // Of several rules, the strongest word: with one `when` the call decides.
    let by_rule = verdicts
        .map(|rule| match rule.verdict {
            Verdict::Always => (0, Decision::Always),
            Verdict::When(_) => (1, Decision::When),
            // What stands in for a missing rule while rules are being written.
            Verdict::Possible(why, _) if why == "not classified yet" => (4, Decision::Unclassified),
            Verdict::Possible(..) => (2, Decision::Possible),
            Verdict::Never => (3, Decision::Never),
        })
        .min();
    match (by_rule, action.class) {
        (Some((_, decision)), _) => decision,
        (None, OWN) => Decision::Own,
        (None, TAG) => Decision::Tag,
        (None, ROLE) => Decision::Role,
        (None, class) => {
            debug_assert_eq!(class, LISTED);
            Decision::Unclassified
        }
    }
}
