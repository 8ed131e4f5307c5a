//! Rules that are given at run time: what they say takes the place of what the build decided, operation by operation.
//!
//! They are read and checked as `build/` reads `data/rules`, and set once (`corrected.rs`), before the first operation is
//! asked for its actions.

mod facts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::corrected::{self, Corrected, CorrectedAction, Set};
use super::embedded::Catalog;
use super::format::{LISTED, MAPPED, NOT_NEEDED, OWN, ROLE, SAME_NAME, TAG, UNKNOWN};
use super::looked::Looked;
use super::rule::decide::{self, ActionBefore, Before};
use super::rule::decided::Decided;
use super::rule::file::{File, SERVICE};
use super::rule::{Condition, Rule, Source, Value};
use super::service::{Class, Operation, Permission};

/// A file of rules.
#[derive(Debug, Clone)]
pub struct RulesFile {
    /// How it is called in sentences.
    pub name: String,
    /// The service that its name is the name of (`s3` of `s3.toml`); a key `service` in it says another.
    pub service: String,
    /// What is in it.
    pub text: String,
}

/// What rules say instead of the built-in ones.
#[derive(Debug, Default)]
pub struct Corrections {
    operations: HashMap<Operation, Corrected>,
    /// Headers, query keys, headers of answers.
    looked_at: [Vec<String>; 3],
}

/// Corrections can be set once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyCorrected;

impl Corrections {
    /// Reads files of rules, or says all that is wrong with them, each with its file and table.
    ///
    /// # Errors
    /// A file that is no TOML; a service, operation, action, resource type or member that the catalogue does not have; a
    /// sensitive member that is compared; a rule that is none; two files for one service.
    pub fn read(files: &[RulesFile]) -> Result<Corrections, Vec<String>> {
        let catalog = Catalog::embedded();
        let mut corrections = Corrections::default();
        let mut problems = Vec::new();
        let mut by_service: BTreeMap<String, &str> = BTreeMap::new();
        for file in files {
            let located = |problem: String| format!("{}: {problem}", file.name);
            match corrections.add(catalog, file) {
                Ok(service) => {
                    if let Some(other) = by_service.insert(service.clone(), &file.name) {
                        problems.push(located(format!(
                            "{other} already has rules for {service}; put them in one file"
                        )));
                    }
                }
                Err(found) => problems.extend(found.into_iter().map(located)),
            }
        }
        if problems.is_empty() { Ok(corrections) } else { Err(problems) }
    }

    /// Adds a file, and returns the service that it is for.
    fn add(&mut self, catalog: Catalog, file: &RulesFile) -> Result<String, Vec<String>> {
        let alone = |problem: String| vec![problem];
        let tables = File::tables(&file.text).map_err(alone)?;
        let (name, named_by) = match tables.get(SERVICE) {
            None => {
                (file.service.clone(), "the file's name; `service = \"…\"` in it names another")
            }
            Some(toml::Value::String(name)) => (name.clone(), "its key `service`"),
            Some(_) => return Err(alone(format!("{SERVICE} is not a string"))),
        };
        let Some(service) = catalog.service(&name) else {
            return Err(alone(format!(
                "the catalogue has no service {name} ({named_by}); take botocore's name, such as s3 or elbv2"
            )));
        };
        let rules = File::read(service, &tables, &catalog)?;
        let operations: Vec<Operation> = if rules.is_for_all() {
            service.operations().collect()
        } else {
            rules.operations().filter_map(|name| service.operation(name)).collect()
        };
        let mut problems = Vec::new();
        for operation in operations {
            match correct(&rules, catalog, operation) {
                Ok(decided) => self.put(catalog, file, operation, decided),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(name) } else { Err(problems) }
    }

    fn put(&mut self, catalog: Catalog, file: &RulesFile, operation: Operation, decided: Decided) {
        let before: Vec<_> = operation.authorized().collect();
        let mut actions = Vec::new();
        for it in decided.actions {
            let Some(action) = catalog.action(&it.prefix, &it.name) else { continue };
            let known = before.iter().find(|before| before.action() == action);
            let same_class = known.is_some_and(|known| number(known.class()) == it.class);
            let says = it.by_file || !same_class;
            actions.push(CorrectedAction {
                action,
                class: it.class,
                common: it.common,
                contexts: it.contexts,
                guard: it.guard,
                rules: it.rules,
                file: says.then(|| file.name.clone()),
            });
        }
        let renamed = owned(operation.variables()) != decided.variables;
        let is_same = !renamed
            && actions.iter().all(|it| it.file.is_none())
            && actions.len() == before.len()
            && decided.permission == permission_number(operation.permission());
        if is_same {
            // A rule for all operations that does not concern this one.
            return;
        }
        let corrected = Corrected {
            permission: decided.permission,
            actions,
            variables: decided.variables,
            renamed,
            file: file.name.clone(),
        };
        self.look_at(catalog, &corrected);
        self.operations.insert(operation, corrected);
    }

    /// Notes the headers and query keys that rules look at and no built-in one does.
    fn look_at(&mut self, catalog: Catalog, corrected: &Corrected) {
        for value in corrected.values(|_| true, true) {
            let (place, what, name) = match value.source {
                Source::Header(name) => (0, Looked::Headers, name),
                Source::Query(name) => (1, Looked::Query, name),
                Source::Response(name) => (2, Looked::Response, name),
                _ => continue,
            };
            if !self.looked_at[place].contains(&name)
                && catalog.looked_at(what).all(|known| known != name)
            {
                self.looked_at[place].push(name);
            }
        }
    }

    /// The operations that are decided otherwise than by the built-in rules, sorted.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations: Vec<Operation> = self.operations.keys().copied().collect();
        operations.sort_by_key(|it| (it.service().index(), it.index()));
        operations
    }

    /// What the rules of an operation look at, the built-in ones too.
    pub fn values(&self, operation: Operation) -> Vec<Value> {
        self.operations.get(&operation).map(|it| it.values(|_| true, true)).unwrap_or_default()
    }

    /// What those of its rules look at that are none of the built-in ones.
    pub fn own_values(&self, operation: Operation) -> Vec<Value> {
        let own = |it: &CorrectedAction| it.file.is_some();
        self.operations.get(&operation).map(|it| it.values(own, it.renamed)).unwrap_or_default()
    }
}

impl Corrected {
    /// What the rules of these actions look at, and what names resources if `names`.
    fn values(&self, of: impl Fn(&CorrectedAction) -> bool, names: bool) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for action in self.actions.iter().filter(|it| of(it)) {
            for rule in action.rules.iter().filter_map(|it| Rule::parse(it, &|_| None).ok()) {
                values.extend(rule.values().into_iter().cloned());
            }
            if let Ok(guard) = Condition::parse(&action.guard, &|_| None) {
                values.extend(guard.values().into_iter().cloned());
            }
        }
        let named = self.variables.iter().filter(|_| names).flat_map(|(_, texts)| texts);
        values.extend(named.filter_map(|text| Value::parse(text).ok()));
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.to_string()));
        values
    }
}

/// What the rules of a file make of an operation.
fn correct(rules: &File, catalog: Catalog, operation: Operation) -> Result<Decided, String> {
    let actions = operation.authorized().map(|it| ActionBefore {
        id: it.action().to_string(),
        contexts: owned(it.contexts()),
        guard: it.guard().to_owned(),
        rules: it.rules().map(str::to_owned).collect(),
    });
    let before = Before {
        permission: permission_number(operation.permission()),
        actions: actions.collect(),
        variables: owned(operation.variables()),
    };
    let own = || {
        let own = operation.authorized().filter(|it| it.class() == Class::Own);
        Ok(own.map(|it| it.action().to_string()).collect())
    };
    decide::decide(rules, &catalog, operation, operation.name(), before, own)
}

/// Names with lists of texts, as rules that were read have them.
fn owned(
    lists: impl Iterator<Item = (&'static str, Vec<&'static str>)>,
) -> Vec<(String, Vec<String>)> {
    let owned = |(name, texts): (&str, Vec<&str>)| {
        (name.to_owned(), texts.into_iter().map(str::to_owned).collect())
    };
    lists.map(owned).collect()
}

fn number(class: Class) -> u32 {
    match class {
        Class::Own => OWN,
        Class::Tag => TAG,
        Class::Role => ROLE,
        Class::Listed => LISTED,
    }
}

fn permission_number(permission: Permission) -> u32 {
    match permission {
        Permission::Mapped => MAPPED,
        Permission::SameName => SAME_NAME,
        Permission::NotNeeded => NOT_NEEDED,
        Permission::Unknown => UNKNOWN,
    }
}

impl Catalog {
    /// Lets rules take the place of built-in ones, for the rest of the program. What was worked out of an operation before
    /// stays, so this comes before anything else that asks for operations.
    ///
    /// # Errors
    /// When it was done before.
    pub fn correct(self, corrections: Corrections) -> Result<(), AlreadyCorrected> {
        let place = |operation: Operation| (operation.service().index(), operation.index());
        let operations = corrections.operations.into_iter().map(|(it, said)| (place(it), said));
        let set = Set { operations: operations.collect(), looked_at: corrections.looked_at };
        corrected::set(set).map_err(|_| AlreadyCorrected)
    }
}

impl Operation {
    /// The file of rules, given at run time, that says something of it.
    pub fn corrected_by(self) -> Option<&'static str> {
        self.corrected().map(|it| it.file.as_str())
    }

    /// Whether such rules name other members for its resources.
    pub fn is_renamed(self) -> bool {
        self.corrected().is_some_and(|it| it.renamed)
    }
}
