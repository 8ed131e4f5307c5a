//! One file of rules, read and checked against the catalogue. `build/` reads `data/rules` with it, and the program what
//! corrects those at run time.

use std::collections::BTreeMap;

use toml::Value;

use super::decided::DecidedAction;
use super::facts::Facts;
use super::language::{
    Condition, ENCRYPTION_KEY, ENCRYPTION_KEY_OF, Rule, Source, Target, Test, Value as Looked,
};
use super::path;

/// A file of rules for one service. Definitions are put in where they are named.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(super) operations: BTreeMap<String, Table>,
    /// `["*"]`: rules by action.
    pub(super) everywhere: BTreeMap<String, Vec<String>>,
    /// Conditions by prefix.
    pub(super) prefixes: BTreeMap<String, String>,
    variables: BTreeMap<String, Vec<String>>,
}

/// What is said of one operation.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The actions that every call of the operation needs.
    pub(super) own: Option<Vec<String>>,
    pub(super) no_permission: bool,
    /// Rules by action.
    pub(super) rules: BTreeMap<String, Vec<String>>,
    variables: BTreeMap<String, Vec<String>>,
}

impl File {
    /// The tables of a file's text.
    ///
    /// # Errors
    /// Where it is not TOML, and why.
    pub(crate) fn tables(text: &str) -> Result<toml::Table, String> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        })
    }

    /// Reads a file for a service, or says all that is wrong with it.
    ///
    /// # Errors
    /// What is wrong, each with its table.
    pub(crate) fn read<F: Facts>(
        service: F::Service,
        tables: &toml::Table,
        facts: &F,
    ) -> Result<File, Vec<String>> {
        let mut file = File::default();
        let mut problems = Vec::new();
        let empty = toml::Table::new();
        let table_of = |name: &str| tables.get(name).and_then(Value::as_table).unwrap_or(&empty);
        let mut reader = Reader { facts, service, definitions: BTreeMap::new() };
        for (name, value) in table_of("definitions") {
            match value.as_str() {
                Some(text) => drop(reader.definitions.insert(name.clone(), text.to_owned())),
                None => problems.push(format!("[definitions] {name} is not a string")),
            }
        }
        for (name, value) in tables.iter().filter(|(name, _)| *name != SERVICE) {
            let located = |problem: String| format!("[{name}]: {problem}");
            if name == SEVERAL {
                let read = reader.several(value, &mut file);
                problems.extend(read.err().into_iter().flatten().map(located));
                continue;
            }
            let Some(table) = value.as_table() else {
                problems.push(format!("{name} is not a table"));
                continue;
            };
            let read = match name.as_str() {
                "definitions" => Ok(()),
                "prefixes" => reader.prefixes(table).map(|it| file.prefixes = it),
                "variables" => reader.variables(table, None).map(|it| file.variables = it),
                "*" => reader.everywhere(table).map(|it| file.everywhere = it),
                _ => reader.operation(name, table).and_then(|it| file.add(name, it)),
            };
            problems.extend(read.err().into_iter().flatten().map(located));
        }
        if problems.is_empty() { Ok(file) } else { Err(problems) }
    }

    /// Adds what a table says of an operation to what others said of it.
    fn add(&mut self, name: &str, table: Table) -> Result<(), Problems> {
        let known = self.operations.entry(name.to_owned()).or_default();
        let mut problems = Vec::new();
        for (id, rules) in table.rules {
            if known.rules.insert(id.clone(), rules).is_some() {
                problems.push(format!("{id} is decided twice for {name}"));
            }
        }
        for (variable, values) in table.variables {
            if known.variables.insert(variable.clone(), values).is_some() {
                problems.push(format!("{variable} is filled twice for {name}"));
            }
        }
        if known.own.is_some() && table.own.is_some() {
            problems.push(format!("own is said twice for {name}"));
        }
        known.own = table.own.or(known.own.take());
        known.no_permission |= table.no_permission;
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The operations that a table is on.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// Whether something in it is for more operations than those.
    pub(crate) fn is_for_all(&self) -> bool {
        !(self.everywhere.is_empty() && self.prefixes.is_empty() && self.variables.is_empty())
    }

    /// The variables of the formats of these actions' resource types that the operation has members for, beside those
    /// that are known `before`.
    pub(super) fn variables_of<F: Facts>(
        &self,
        table: &Table,
        facts: &F,
        operation: F::Operation,
        actions: &[DecidedAction],
        before: Vec<(String, Vec<String>)>,
    ) -> Vec<(String, Vec<String>)> {
        let mut found: BTreeMap<String, Vec<String>> = before.into_iter().collect();
        for (variable, values) in &self.variables {
            let of_type = variable.split_once('.');
            let (kind, name) = match of_type {
                Some((kind, name)) => (Some(kind), name),
                None => (None, variable.as_str()),
            };
            let placeholder = format!("${{{name}}}");
            let concerns = actions
                .iter()
                .any(|action| facts.fills(&action.prefix, &action.name, kind, &placeholder));
            if !concerns {
                continue;
            }
            let has = |value: &&String| match Looked::parse(value) {
                Ok(value) => value.path().is_none_or(|path| {
                    path::is_sensitive(facts, operation, path).is_ok_and(|sensitive| !sensitive)
                }),
                Err(_) => false,
            };
            // An empty list says that nothing names it.
            let mut kept: Vec<String> = values.iter().filter(has).cloned().collect();
            let is_place = matches!(name, "Account" | "Region");
            if kept.is_empty() && !values.is_empty() && of_type.is_some() && !is_place {
                kept.extend(namesake(facts, operation, variable));
            }
            // What is said of one type is all that there is to say of it, but for a member of its very name.
            if values.is_empty() || of_type.is_some() || !kept.is_empty() {
                found.insert(variable.clone(), kept);
            }
        }
        // What is said of the operation goes before what is said of all.
        for (variable, values) in &table.variables {
            found.retain(|known, _| known.rsplit_once('.').is_none_or(|(_, it)| it != variable));
            found.insert(variable.clone(), values.clone());
        }
        found.into_iter().collect()
    }
}

/// The key of a file that names its service, where the file's name does not.
pub(crate) const SERVICE: &str = "service";

/// The tables that are each for several operations.
const SEVERAL: &str = "several";
/// Which these are.
const OPERATIONS: &str = "operations";

/// Texts in which definitions were put grow no longer.
const LONGEST: usize = 64 * 1024;

/// Headers that hold secrets.
const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "cookie",
    "set-cookie",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-security-token",
    "x-amz-server-side-encryption-customer-key",
    "x-amzn-authorization",
    "x-amz-s3session-token",
];

/// Keys of query strings that hold secrets, in lower case.
const SECRET_QUERY: [&str; 4] =
    ["signature", "x-amz-security-token", "x-amz-signature", "x-amz-credential"];

/// The member that is called what the variable is called.
fn namesake<F: Facts>(facts: &F, operation: F::Operation, variable: &str) -> Option<String> {
    let letters = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
    };
    let wanted = letters(variable.rsplit('.').next().unwrap_or(variable));
    let members = facts.plain_members(facts.input(operation)?);
    members.into_iter().find(|name| letters(name) == wanted)
}

type Problems = Vec<String>;

struct Reader<'a, F: Facts> {
    facts: &'a F,
    service: F::Service,
    definitions: BTreeMap<String, String>,
}

impl<F: Facts> Reader<'_, F> {
    /// `[[several]]`: what is so for all the operations that a table names.
    fn several(&self, value: &Value, file: &mut File) -> Result<(), Problems> {
        let Some(tables) = value.as_array() else {
            return Err(vec!["it is no list of tables; write [[several]]".to_owned()]);
        };
        let mut problems = Vec::new();
        for table in tables {
            let mut table = table.as_table().cloned().unwrap_or_default();
            let operations = table.remove(OPERATIONS);
            let operations = operations.as_ref().and_then(texts).unwrap_or_default();
            if operations.is_empty() {
                problems.push("operations is no list of names".to_owned());
            }
            for name in &operations {
                let read = self.operation(name, &table).and_then(|it| file.add(name, it));
                problems.extend(read.err().into_iter().flatten().map(|it| format!("{name}: {it}")));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn operation(&self, name: &str, table: &toml::Table) -> Result<Table, Problems> {
        let Some(operation) = self.facts.operation(self.service, name) else {
            return Err(vec!["the service has no such operation".to_owned()]);
        };
        let mut read = Table::default();
        let mut problems = Vec::new();
        if table.is_empty() {
            problems.push("it decides nothing".to_owned());
        }
        for (key, value) in table {
            match key.as_str() {
                "own" => match texts(value) {
                    Some(own) if value.is_array() => {
                        problems.extend(own.iter().filter_map(|id| self.known_action(id).err()));
                        read.own = Some(own);
                    }
                    _ => problems.push("own is not a list of actions".to_owned()),
                },
                "permission" if value.as_str() == Some("none") => read.no_permission = true,
                "permission" => problems.push("permission can only be \"none\"".to_owned()),
                "variables" => match value.as_table() {
                    Some(table) => match self.variables(table, Some(operation)) {
                        Ok(variables) => read.variables = variables,
                        Err(found) => problems.extend(found),
                    },
                    None => problems.push("variables is not a table".to_owned()),
                },
                id if id.contains(':') => match self.rules(id, value, &[operation]) {
                    Ok(rules) => drop(read.rules.insert(id.to_owned(), rules)),
                    Err(found) => problems.extend(found),
                },
                other => problems.push(format!("{other} is not understood here")),
            }
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// `["*"]`: at least one operation has the members that a rule names.
    fn everywhere(&self, table: &toml::Table) -> Result<BTreeMap<String, Vec<String>>, Problems> {
        let mut rules = BTreeMap::new();
        let mut problems = Vec::new();
        for (id, value) in table {
            let mut listing = self.facts.operations(self.service);
            listing.retain(|operation| self.facts.lists(*operation, id));
            if listing.is_empty() {
                problems.push(format!("AWS does not list {id} for any operation of the service"));
                continue;
            }
            match self.rules(id, value, &listing) {
                Ok(texts) => drop(rules.insert(id.clone(), texts)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }

    fn prefixes(&self, table: &toml::Table) -> Result<BTreeMap<String, String>, Problems> {
        let mut prefixes = BTreeMap::new();
        let mut problems = Vec::new();
        let operations = self.facts.operations(self.service);
        for (prefix, value) in table {
            if !self.facts.has_prefix(prefix) {
                problems.push(format!("AWS has no prefix {prefix}"));
            }
            let Some(text) = value.as_str() else {
                problems.push(format!("{prefix} is not a string"));
                continue;
            };
            let text = match self.expanded(text) {
                Ok(text) => text,
                Err(problem) => {
                    problems.push(format!("{prefix}: {problem}"));
                    continue;
                }
            };
            match Condition::parse(&text, &|_| None) {
                Ok(condition) => {
                    for (value, test) in tests(&condition) {
                        problems.extend(self.look(value, Some(test), &operations).err());
                    }
                    prefixes.insert(prefix.clone(), text);
                }
                Err(error) => problems.push(format!("{prefix}: {error}")),
            }
        }
        if problems.is_empty() { Ok(prefixes) } else { Err(problems) }
    }

    fn variables(
        &self,
        table: &toml::Table,
        operation: Option<F::Operation>,
    ) -> Result<BTreeMap<String, Vec<String>>, Problems> {
        let mut variables = BTreeMap::new();
        let mut problems = Vec::new();
        let operations = match operation {
            Some(operation) => vec![operation],
            None => self.facts.operations(self.service),
        };
        for (name, value) in table {
            let tells =
                operation.is_some() && [ENCRYPTION_KEY, ENCRYPTION_KEY_OF].contains(&&**name);
            if !tells && !self.is_variable(name) {
                problems.push(format!("no ARN format has a variable {name}"));
            }
            let Some(texts) = texts(value) else {
                problems.push(format!("{name} is neither a string nor a list of strings"));
                continue;
            };
            for text in &texts {
                match Looked::parse(text) {
                    Ok(looked) => problems.extend(self.look(&looked, None, &operations).err()),
                    Err(error) => problems.push(format!("{name}: {error}")),
                }
            }
            variables.insert(name.clone(), texts);
        }
        if problems.is_empty() { Ok(variables) } else { Err(problems) }
    }

    fn is_variable(&self, name: &str) -> bool {
        let (kind, variable) = match name.rsplit_once('.') {
            Some((kind, variable)) => (Some(kind), variable),
            None => (None, name),
        };
        self.facts.has_placeholder(kind, &format!("${{{variable}}}"))
    }

    /// The rules of an action, for operations of which one at least has what they name.
    fn rules(
        &self,
        id: &str,
        value: &Value,
        operations: &[F::Operation],
    ) -> Result<Vec<String>, Problems> {
        self.known_action(id).map_err(|problem| vec![problem])?;
        let Some(texts) = texts(value).filter(|texts| !texts.is_empty()) else {
            return Err(vec![format!("{id} is neither a rule nor a list of rules")]);
        };
        let texts: Result<Vec<String>, String> =
            texts.iter().map(|text| self.expanded(text)).collect();
        let texts = texts.map_err(|problem| vec![format!("{id}: {problem}")])?;
        let mut problems = Vec::new();
        for text in &texts {
            match Rule::parse(text, &|_| None) {
                Ok(rule) => {
                    let found = self.check(id, &rule, operations);
                    problems.extend(found.into_iter().map(|problem| format!("{id}: {problem}")));
                }
                Err(error) => problems.push(format!("{id}: {error}")),
            }
        }
        if problems.is_empty() { Ok(texts) } else { Err(problems) }
    }

    fn check(&self, id: &str, rule: &Rule, operations: &[F::Operation]) -> Problems {
        let mut problems = Vec::new();
        if let Some(condition) = rule.condition() {
            for (value, test) in tests(condition) {
                problems.extend(self.look(value, Some(test), operations).err());
            }
        }
        let (prefix, name) = id.split_once(':').unwrap_or((id, ""));
        for target in &rule.on {
            if let Target::Literal(arn, _) = target
                && !(arn.starts_with("arn:${Partition}:") && arn.splitn(6, ':').count() == 6)
            {
                problems
                    .push(format!("{arn} is not an ARN; it must begin with arn:${{Partition}}:"));
            }
            if let Target::Type { name: kind, .. } = target
                && !self.facts.has_type(prefix, name, kind)
            {
                problems.push(format!("AWS lists no resource type called {kind} for it"));
            }
            if let Target::Literal(_, members) = target {
                let unknown = |(name, value): &(String, Looked)| {
                    let problem = self.look(value, None, operations).err()?;
                    (!self.is_variable(name)).then_some(problem)
                };
                problems.extend(members.iter().filter_map(unknown));
                continue;
            }
            problems.extend(target.values().filter_map(|it| self.look(it, None, operations).err()));
        }
        if let Some(with) = &rule.with {
            problems.extend(self.look(&with.value, None, operations).err());
            if !with.key.contains(':') {
                problems.push(format!("{} is no condition key", with.key));
            }
        }
        problems
    }

    /// Whether what a rule looks at is there to be seen.
    fn look(
        &self,
        value: &Looked,
        test: Option<&Test>,
        operations: &[F::Operation],
    ) -> Result<(), String> {
        // What must not be kept cannot be looked at.
        if let Source::Header(name) | Source::Response(name) = &value.source
            && SECRET_HEADERS.contains(&name.as_str())
        {
            return Err(format!("the header {name} is never kept"));
        }
        if let Source::Query(name) = &value.source
            && SECRET_QUERY.contains(&name.to_ascii_lowercase().as_str())
        {
            return Err(format!("the query key {name} is never kept"));
        }
        for joined in value.joined() {
            self.look(joined, None, operations)?;
        }
        let Some(path) = value.path() else { return Ok(()) };
        let mut problem = String::new();
        for operation in operations {
            match path::is_sensitive(self.facts, *operation, path) {
                // Of what is sensitive an ARN is kept, and what names a key: a rule can say that a resource is named there.
                Ok(true) if test.is_some_and(|test| *test != Test::Present) => {
                    problem = format!(
                        "{} is sensitive: a rule can only ask whether it is present",
                        path::shown(path)
                    );
                }
                Ok(_) => return Ok(()),
                Err(it) => problem = it,
            }
        }
        Err(problem)
    }

    fn known_action(&self, id: &str) -> Result<(), String> {
        let (prefix, name) = id.split_once(':').unwrap_or((id, ""));
        if self.facts.has_action(prefix, name) {
            Ok(())
        } else {
            Err(format!("AWS lists no action {id}"))
        }
    }

    /// The text with `$name` replaced by the definition, so that what is kept of it stands alone.
    fn expanded(&self, text: &str) -> Result<String, String> {
        let mut text = text.to_owned();
        // Longer names first: `$directory-object` is not `$directory`.
        let mut names: Vec<&String> = self.definitions.keys().collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for _ in 0..4 {
            for name in &names {
                let (sign, meant) = (format!("${name}"), format!("({})", self.definitions[*name]));
                // What names itself grows without end.
                let grown = text.matches(&sign).count().saturating_mul(meant.len());
                if grown.saturating_add(text.len()) > LONGEST {
                    return Err(format!(
                        "it is too long once definitions are filled in; ${name} may refer to itself"
                    ));
                }
                text = text.replace(&sign, &meant);
            }
        }
        Ok(text)
    }
}

/// The tests of a condition with what they look at.
fn tests(condition: &Condition) -> Vec<(&Looked, &Test)> {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().flat_map(tests).collect(),
        Condition::Not(inner) => tests(inner),
        Condition::Named => Vec::new(),
        Condition::Test(value, test) => vec![(value, test)],
    }
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
