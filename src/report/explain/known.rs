//! What the catalogue knows of operations, actions and services: as values (which `--json` prints), and as text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::authorize::{objects, variables_of};
use crate::catalog::naming;
use crate::catalog::rule::{Rule, Target, Verdict};
use crate::catalog::{
    AccessLevel, Action, Authorized, Catalog, Class, Operation, Permission, Protocol, Service,
};
use crate::report::explain::names::{Subject, dotted};
use crate::report::explain::page::Page;
use crate::report::explain::words;
use crate::text::plain;

/// What is known of everything that was asked about.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Known {
    operations: Vec<KnownOperation>,
    actions: Vec<KnownAction>,
    services: Vec<KnownService>,
    prefixes: Vec<KnownPrefix>,
}

#[derive(Debug, Serialize)]
struct KnownOperation {
    operation: String,
    protocols: Vec<&'static str>,
    method: &'static str,
    route: &'static str,
    /// `mapped`, `same-name`, `none` or `unknown`.
    permission: &'static str,
    /// The file of rules, given with --rules, that corrects the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_by: Option<&'static str>,
    actions: Vec<Needed>,
}

/// An action of an operation.
#[derive(Debug, Serialize)]
struct Needed {
    action: String,
    access_level: &'static str,
    #[serde(flatten)]
    when: When,
    /// Condition keys with the values that they have in such a call.
    conditions: BTreeMap<&'static str, Vec<&'static str>>,
    resource_types: Vec<Kind>,
}

/// When calls of an operation need an action.
#[derive(Debug, Serialize)]
struct When {
    /// `own`, `tag`, `role` or `listed`.
    class: &'static str,
    /// In words.
    when: String,
    /// The rules' texts; none where the class decides.
    rules: Vec<&'static str>,
    /// What all its rules ask; mostly empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    guard: &'static str,
    /// Where that is written; none where the class decides.
    file: Option<String>,
}

#[derive(Debug, Serialize)]
struct Kind {
    name: &'static str,
    required: bool,
    arn_formats: Vec<Format>,
}

impl Kind {
    /// Whether it is required, or something can name it.
    fn can_count(&self) -> bool {
        self.required
            || self.arn_formats.iter().any(|it| {
                let last = naming::variables(it.arn_format).last();
                last.and_then(|last| it.filled_by.get(last)).is_none_or(|it| it != words::NOTHING)
            })
    }
}

#[derive(Debug, Serialize)]
struct Format {
    arn_format: &'static str,
    /// What fills each variable, in requests of the operation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    filled_by: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct KnownAction {
    action: String,
    access_level: &'static str,
    resource_types: Vec<Kind>,
    operations: Vec<Use>,
}

/// An operation that uses an action.
#[derive(Debug, Serialize)]
struct Use {
    operation: String,
    #[serde(flatten)]
    when: When,
    #[serde(skip)]
    never: bool,
}

#[derive(Debug, Serialize)]
struct KnownService {
    service: &'static str,
    service_id: &'static str,
    signing_name: &'static str,
    protocols: Vec<&'static str>,
    operations: Vec<Overview>,
}

/// An operation in the list of its service.
#[derive(Debug, Serialize)]
struct Overview {
    operation: &'static str,
    /// As of the operation.
    permission: &'static str,
    /// What every call of it needs.
    own: Vec<String>,
    /// What some calls of it need.
    conditional: Vec<String>,
}

#[derive(Debug, Serialize)]
struct KnownPrefix {
    prefix: &'static str,
    services: Vec<&'static str>,
    actions: Vec<Listed>,
}

/// An action in the list of its prefix.
#[derive(Debug, Serialize)]
struct Listed {
    action: &'static str,
    access_level: &'static str,
    resource_types: Vec<&'static str>,
}

impl Known {
    /// Looks a subject up; one that is there already is not looked up again.
    pub(crate) fn add(&mut self, subject: Subject) {
        match subject {
            Subject::Operation(it) => self.operations.push(KnownOperation::of(it)),
            Subject::Action(it) => self.actions.push(KnownAction::of(it)),
            Subject::Service(it) => self.services.push(KnownService::of(it)),
            Subject::Prefix(it) => self.prefixes.push(KnownPrefix::of(it)),
        }
    }

    /// As text.
    pub(crate) fn write(&self, page: &mut Page) {
        for operation in &self.operations {
            page.gap();
            operation.write(page);
        }
        for action in &self.actions {
            page.gap();
            action.write(page);
        }
        for service in &self.services {
            page.gap();
            service.write(page);
        }
        for prefix in &self.prefixes {
            page.gap();
            prefix.write(page);
        }
    }
}

impl KnownOperation {
    fn of(operation: Operation) -> KnownOperation {
        KnownOperation {
            operation: dotted(operation),
            protocols: protocols(operation.service()),
            method: operation.method(),
            route: operation.route(),
            permission: permission(operation),
            corrected_by: operation.corrected_by(),
            actions: operation.authorized().map(|it| Needed::of(operation, it)).collect(),
        }
    }

    fn write(&self, page: &mut Page) {
        page.line(0, &self.operation);
        page.line(2, &format!("{} {}  ({})", self.method, self.route, self.protocols.join(", ")));
        match self.permission {
            "none" => page.line(2, "needs no permission"),
            "unknown" => page.line(2, "AWS does not say which permission it needs"),
            "same-name" => {
                page.line(2, "AWS's map of permissions lacks it; the action was found by its name");
            }
            _ => {}
        }
        if let Some(file) = self.corrected_by {
            page.line(2, &format!("corrected by {file}"));
        }
        for needed in &self.actions {
            page.gap();
            needed.write(page);
        }
    }
}

impl Needed {
    fn of(operation: Operation, authorized: Authorized) -> Needed {
        let action = authorized.action();
        Needed {
            action: action.to_string(),
            access_level: access_level(action),
            when: When::of(operation, authorized),
            conditions: authorized.contexts().collect(),
            resource_types: kinds_in(operation, authorized),
        }
    }

    fn write(&self, page: &mut Page) {
        page.line(2, &format!("{}  ({})", self.action, self.access_level));
        self.when.write(page);
        for (key, values) in &self.conditions {
            page.line(4, &format!("condition {key} = {}", values.join(", ")));
        }
        write_kinds(&self.resource_types, page);
    }
}

impl When {
    fn of(operation: Operation, authorized: Authorized) -> When {
        let rules: Vec<&'static str> = authorized.rules().collect();
        let guard = authorized.guard();
        let built_in = (!rules.is_empty() || !guard.is_empty())
            .then(|| rules_file(operation.service().name()));
        let file = authorized.file().map(str::to_owned).or(built_in);
        When {
            class: match authorized.class() {
                Class::Own => "own",
                Class::Tag => "tag",
                Class::Role => "role",
                Class::Listed => "listed",
            },
            when: words::needed(authorized),
            rules,
            guard,
            file,
        }
    }

    fn write(&self, page: &mut Page) {
        page.line(4, &plain(&self.when));
        if !self.guard.is_empty() {
            page.line(4, &plain(&format!("only when {}", words::condition(self.guard))));
        }
        for rule in &self.rules {
            page.line(4, &plain(&format!("rule: {rule}")));
        }
        if let Some(file) = &self.file {
            page.line(4, &format!("from: {file}"));
        }
    }
}

impl KnownAction {
    fn of(action: Action) -> KnownAction {
        KnownAction {
            action: action.to_string(),
            access_level: access_level(action),
            resource_types: kinds(action, None),
            operations: uses(action),
        }
    }

    fn write(&self, page: &mut Page) {
        page.line(0, &format!("{}  ({})", self.action, self.access_level));
        write_kinds(&self.resource_types, page);
        page.gap();
        let (never, needed): (Vec<&Use>, Vec<&Use>) =
            self.operations.iter().partition(|it| it.never);
        if needed.is_empty() {
            page.line(2, "no operation in the catalogue needs it");
        } else {
            page.line(2, "needed by");
            let rows: Vec<Vec<String>> =
                needed.iter().map(|it| vec![it.operation.clone(), it.when.when.clone()]).collect();
            page.table(4, &rows);
        }
        if !never.is_empty() {
            let names: Vec<&str> = never.iter().map(|it| it.operation.as_str()).collect();
            page.line(2, &format!("never needed, although AWS lists it, by {}", names.join(", ")));
        }
    }
}

/// The operations that use an action: a look at every operation of the catalogue, some milliseconds.
fn uses(action: Action) -> Vec<Use> {
    let mut uses = Vec::new();
    for operation in Catalog::embedded().services().flat_map(Service::operations) {
        let used = operation.authorized().filter(|it| it.action() == action);
        uses.extend(used.map(|authorized| Use {
            operation: dotted(operation),
            when: When::of(operation, authorized),
            never: authorized.rules().len() > 0 && authorized.rules().all(is_never),
        }));
    }
    // Whose own action it is comes first.
    uses.sort_by_key(|it| it.when.class != "own");
    uses
}

fn is_never(rule: &str) -> bool {
    Rule::parse(rule, &|_| None).is_ok_and(|it| it.verdict == Verdict::Never)
}

impl KnownService {
    fn of(service: Service) -> KnownService {
        KnownService {
            service: service.name(),
            service_id: service.service_id(),
            signing_name: service.signing_name(),
            protocols: protocols(service),
            operations: service.operations().map(Overview::of).collect(),
        }
    }

    fn write(&self, page: &mut Page) {
        page.line(0, &format!("{}  (service, {})", self.service, self.service_id));
        page.line(2, &format!("{}, signed as {}", self.protocols.join(", "), self.signing_name));
        page.gap();
        let rows: Vec<Vec<String>> = self.operations.iter().map(Overview::row).collect();
        page.table(2, &rows);
    }
}

impl Overview {
    fn of(operation: Operation) -> Overview {
        let (mut own, mut conditional) = (Vec::new(), Vec::new());
        for it in operation.authorized() {
            let list = match it.class() {
                Class::Own => &mut own,
                _ if it.rules().len() > 0 && it.rules().all(is_never) => continue,
                Class::Tag | Class::Role | Class::Listed => &mut conditional,
            };
            list.push(it.action().to_string());
        }
        Overview {
            operation: operation.name(),
            permission: permission(operation),
            own,
            conditional,
        }
    }

    fn row(&self) -> Vec<String> {
        let mut actions = self.own.clone();
        match self.conditional.len() {
            0 if actions.is_empty() && self.permission == "none" => {
                actions.push("needs no permission".to_owned());
            }
            0 if actions.is_empty() => actions.push("not known".to_owned()),
            0 => {}
            more => actions.push(format!("{more} depending on the call")),
        }
        vec![self.operation.to_owned(), actions.join(", ")]
    }
}

impl KnownPrefix {
    fn of(prefix: &'static str) -> KnownPrefix {
        let catalog = Catalog::embedded();
        let uses = |service: &Service| {
            service.operations().any(|operation| {
                let mut own = operation.authorized().filter(|it| it.class() == Class::Own);
                own.any(|it| it.action().prefix() == prefix)
            })
        };
        let listed = |action: Action| Listed {
            action: action.name(),
            access_level: access_level(action),
            resource_types: action.resources().map(|it| it.resource_type.name()).collect(),
        };
        KnownPrefix {
            prefix,
            services: catalog.services().filter(uses).map(Service::name).collect(),
            actions: catalog.actions(prefix).map(listed).collect(),
        }
    }

    fn write(&self, page: &mut Page) {
        let services = match &self.services[..] {
            [] => "not in any service in the catalogue".to_owned(),
            services => format!("of {}", services.join(", ")),
        };
        page.line(0, &format!("{}:  (actions {services})", self.prefix));
        page.gap();
        let rows: Vec<Vec<String>> = self
            .actions
            .iter()
            .map(|it| {
                let kinds = match &it.resource_types[..] {
                    [] => "*".to_owned(),
                    kinds => kinds.join(", "),
                };
                vec![it.action.to_owned(), it.access_level.to_owned(), kinds]
            })
            .collect();
        page.table(2, &rows);
    }
}

fn kinds(action: Action, operation: Option<Operation>) -> Vec<Kind> {
    action
        .resources()
        .map(|it| {
            let kind = it.resource_type;
            let filled_by = |format: &'static str| {
                let Some(operation) = operation else { return BTreeMap::new() };
                let otherwise = objects(action, operation);
                let variables = variables_of(operation, action, kind, format).into_iter();
                variables
                    .map(|(name, named)| (name, words::filled(name, &named, otherwise)))
                    .collect()
            };
            Kind {
                name: kind.name(),
                required: it.required,
                arn_formats: kind
                    .arn_formats()
                    .map(|format| Format { arn_format: format, filled_by: filled_by(format) })
                    .collect(),
            }
        })
        .collect()
}

/// The resource types of an action in calls of an operation: all that it has, or those that its rules say.
fn kinds_in(operation: Operation, authorized: Authorized) -> Vec<Kind> {
    let mut kinds = kinds(authorized.action(), Some(operation));
    let rules: Vec<Rule> =
        authorized.rules().filter_map(|it| Rule::parse(it, &|_| None).ok()).collect();
    if rules.is_empty() || rules.iter().any(|it| it.on.is_empty()) {
        return kinds;
    }
    let targets: Vec<&Target> = rules.iter().flat_map(|it| &it.on).collect();
    kinds.retain_mut(|kind| {
        let mut of_kind = targets.iter().filter_map(|it| match it {
            Target::Type { name, value, .. } if name == kind.name => Some(value),
            _ => None,
        });
        let Some(first) = of_kind.next() else { return false };
        let values: Vec<String> =
            std::iter::once(first).chain(of_kind).flatten().map(words::value).collect();
        for format in kind.arn_formats.iter_mut().filter(|_| !values.is_empty()) {
            if let Some(last) = naming::variables(format.arn_format).last() {
                format.filled_by.insert(last, values.join(" and "));
            }
        }
        true
    });
    kinds
}

fn write_kinds(kinds: &[Kind], page: &mut Page) {
    if kinds.is_empty() {
        page.line(4, "on *");
    }
    // An optional type counts only where the request names one.
    let (named, others): (Vec<&Kind>, Vec<&Kind>) = kinds.iter().partition(|it| it.can_count());
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|it| it.name).collect();
        page.line(4, &format!("not named by such requests: {}", names.join(", ")));
    }
    for kind in named {
        let required = if kind.required { " (required)" } else { "" };
        page.line(4, &format!("{}{required}", kind.name));
        for format in &kind.arn_formats {
            page.line(6, format.arn_format);
            for (variable, filled) in &format.filled_by {
                page.line(8, &format!("{variable} from {filled}"));
            }
        }
    }
}

/// The word for how an operation's actions are known.
fn permission(operation: Operation) -> &'static str {
    match operation.permission() {
        Permission::Mapped => "mapped",
        Permission::SameName => "same-name",
        Permission::NotNeeded => "none",
        Permission::Unknown => "unknown",
    }
}

fn protocols(service: Service) -> Vec<&'static str> {
    service
        .protocols()
        .map(|protocol| match protocol {
            Protocol::Json => "awsJson",
            Protocol::RestJson => "rest-json",
            Protocol::RestXml => "rest-xml",
            Protocol::Query => "query",
            Protocol::Ec2 => "ec2 query",
            Protocol::RpcV2Cbor => "rpc-v2-cbor",
        })
        .collect()
}

fn access_level(action: Action) -> &'static str {
    match action.access_level() {
        AccessLevel::Read => "read",
        AccessLevel::List => "list",
        AccessLevel::Write => "write",
        AccessLevel::PermissionsManagement => "permissions management",
        AccessLevel::Tagging => "tagging",
    }
}

/// Where the rules of a service are written, in the sources of leastwise.
pub(crate) fn rules_file(service: &str) -> String {
    format!("data/rules/{service}.toml")
}

/// The rules that the catalogue has for an action of an operation, but those that say `never`, and the file that they
/// are in; that alone where a file makes the action the operation's own.
pub(crate) fn rules_of(
    service: &str,
    operation: &str,
    action: &str,
) -> (BTreeSet<&'static str>, Option<String>) {
    let known = Catalog::embedded().service(service).and_then(|it| it.operation(operation));
    let same = |it: &Authorized| it.action().to_string().eq_ignore_ascii_case(action);
    let authorized = known.into_iter().flat_map(Operation::authorized).find(same);
    let rules: BTreeSet<&'static str> =
        authorized.into_iter().flat_map(Authorized::rules).filter(|rule| !is_never(rule)).collect();
    let given = authorized.and_then(Authorized::file).map(str::to_owned);
    let file = given.or_else(|| (!rules.is_empty()).then(|| rules_file(service)));
    (rules, file)
}
