//! Every operation of the catalogue, once with the members that it requires and once with all: what is decided is well
//! formed, is AWS's or a rule's, and names the resource that the request names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::Call;
use leastwise::catalog::{Action, Catalog, Class, Operation};
use leastwise::policy::covers;
use leastwise::wildcard::is_like;
use serde_json::Value;

use crate::corpus::{self, About, Request, Walked};

/// The formats of the resource types of an action, as patterns.
fn patterns(action: &str) -> Vec<String> {
    let (prefix, name) = action.split_once(':').expect("prefix:Name");
    let action = Catalog::embedded().action(prefix, name).expect("an action of AWS's");
    let formats = action.resources().flat_map(|it| it.resource_type.arn_formats());
    formats.map(pattern).collect()
}

/// Those of all actions of its service: AWS's lists of what can carry tags are not whole.
fn patterns_of_service(action: &str) -> impl Iterator<Item = String> {
    let prefix = action.split_once(':').expect("prefix:Name").0;
    let actions = Catalog::embedded().actions(prefix);
    let types = actions.flat_map(|it| it.resources()).map(|it| it.resource_type);
    types.flat_map(|it| it.arn_formats()).map(pattern)
}

/// Whether an ARN has no region and no account only where its format has none: `*` fits the empty text, too. Resources of AWS's
/// own are where AWS has them.
fn is_empty_alike(pattern: &str, arn: &str) -> bool {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    if let [_, _, service, _, account, resource] = fields[..] {
        let mut owned = Catalog::embedded().owned_by_aws(service);
        if owned.any(|it| it.account == account && is_like(resource, it.resource)) {
            return true;
        }
    }
    let place = |text: &str| text.split(':').skip(3).take(2).map(str::is_empty).collect();
    let (pattern, arn): (Vec<bool>, Vec<bool>) = (place(pattern), place(arn));
    pattern == arn
}

/// A format with `*` for each variable.
fn pattern(format: &str) -> String {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').expect("a whole variable").1;
    }
    pattern + rest
}

/// What is wrong with what is decided of a call.
fn complaints(
    authorizer: &mut Authorizer,
    operation: Operation,
    call: &Call,
    found: &mut BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let decision = authorizer.decide(call);
    let mut said = Vec::new();
    for (name, value) in &call.parameters {
        leaves(name, value, &mut said);
    }
    let said: Vec<&str> = said.into_iter().map(|(_, value)| value).collect();
    let listed: BTreeSet<String> =
        operation.authorized().map(|it| it.action().to_string()).collect();
    let tagging: Vec<String> = operation
        .authorized()
        .filter(|it| it.class() == Class::Tag)
        .map(|it| it.action().to_string())
        .collect();
    for requirement in &decision.requirements {
        if !listed.contains(requirement.action.trim_end_matches('*')) {
            problems.push(format!("{} is neither AWS's nor a rule's", requirement.action));
        }
        if requirement.resources.is_empty() {
            problems.push(format!("{} is on nothing", requirement.action));
        }
        let mut patterns = patterns(requirement.action.trim_end_matches('*'));
        if tagging.iter().any(|it| *it == *requirement.action) {
            patterns.extend(patterns_of_service(&requirement.action));
        }
        for resource in &requirement.resources {
            let fields: Vec<&str> = resource.splitn(6, ':').collect();
            let doubled = resource.matches("arn:aws").count() > 1 && !resource.contains("arn%3A");
            // API Gateway's paths are in no published format.
            // What the request says is taken as it is; the generator invents ARNs of no published format.
            let fits = patterns
                .iter()
                .any(|pattern| covers(pattern, resource) && is_empty_alike(pattern, resource))
                || resource == "*"
                || said.contains(&&**resource)
                || requirement.action.starts_with("apigateway:");
            let is_whole = resource == "*" || fields.len() == 6;
            if !is_whole || doubled || !fits {
                problems.push(format!("{} on {resource}", requirement.action));
            }
        }
        found
            .entry(requirement.action.to_string())
            .or_default()
            .extend(requirement.resources.iter().cloned());
    }
    problems
}

/// A value of the request and the name of the member that it is of.
fn leaves<'a>(name: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((name, text)),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, found)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(name, value, found));
        }
        _ => {}
    }
}

/// What the request names of the resources of an action: values of members that are called what the last variable of an ARN
/// format is called, and ARNs of a format. It knows nothing of how `authorize` finds them.
fn named(action: Action, call: &Call) -> Vec<&str> {
    let mut values = Vec::new();
    for (name, value) in &call.parameters {
        leaves(name, value, &mut values);
    }
    let formats: Vec<&str> =
        action.resources().flat_map(|it| it.resource_type.arn_formats()).collect();
    let mut found = Vec::new();
    for (name, value) in values {
        let name = letters(name);
        let singular = name
            .strip_suffix('s')
            .filter(|it| ["id", "name", "arn"].iter().any(|ending| it.ends_with(ending)));
        let name = singular.unwrap_or(&name);
        let is_it = formats.iter().any(|format| {
            let last = format.rsplit_once("${").map_or("", |(_, rest)| rest);
            let last = letters(last.split('}').next().unwrap_or_default());
            if value.starts_with("arn:") {
                // An ARN of no published format, as the generator invents them, names nothing.
                return covers(&pattern(format), value);
            }
            last == name
        });
        if is_it && !value.is_empty() {
            found.push(value);
        }
    }
    // What has a line break in it is no name: it gives nothing, and nor does what stands beside it
    // (tests/integration/hostile/a/names.rs).
    if found.iter().any(|value| value.contains(char::is_control)) {
        found.clear();
    }
    found
}

/// A resource of a policy without the escapes of policies.
fn plain(arn: &str) -> String {
    arn.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
}

/// A value as it stands in a path.
fn percent(value: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    value.bytes().map(encode).collect()
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}

#[test]
fn an_empty_account_fits_no_variable() {
    for (format, arn, alike) in [
        ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:::orders", false),
        ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:*:*:orders", true),
        ("arn:${Partition}:iam::${Account}:role/${RoleName}", "arn:aws:iam:::role/ci", false),
        ("arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::notes", true),
    ] {
        let pattern = pattern(format);
        assert!(covers(&pattern, arn), "{format} {arn}: a wildcard takes the empty text");
        assert_eq!(is_empty_alike(&pattern, arn), alike, "{format} {arn}");
    }
}

/// What is decided of the requests with the members that are required, and of those with all.
pub(crate) struct Decided {
    authorizer: Authorizer,
    calls: usize,
    problems: Vec<String>,
    services: BTreeMap<String, Exactness>,
}

/// Of a service's calls whose own action takes resources and whose request names one.
#[derive(Default)]
struct Exactness {
    named: usize,
    right: usize,
    /// Those that are not exact.
    others: BTreeSet<String>,
}

impl Default for Decided {
    fn default() -> Self {
        Decided {
            authorizer: Authorizer::new(Settings::default()),
            calls: 0,
            problems: Vec::new(),
            services: BTreeMap::new(),
        }
    }
}

impl Decided {
    pub(crate) fn look_at(&mut self, request: &Request, walked: Option<&Walked>) {
        let About { service, operation: name, variant, .. } = &**request;
        if variant != "required" && variant != "full" {
            return;
        }
        let Some(Walked { call, .. }) = walked else { return };
        let catalog = Catalog::embedded();
        let Some(operation) =
            catalog.service(&call.service).and_then(|it| it.operation(call.operation.as_deref()?))
        else {
            return;
        };
        self.calls += 1;
        let mut found = BTreeMap::new();
        for problem in complaints(&mut self.authorizer, operation, call, &mut found) {
            self.problems.push(format!("{service} {name} ({variant}): {problem}"));
        }
        let own = operation.authorized().find(|it| it.class() == Class::Own);
        let Some(own) = own.filter(|own| own.action().resources().len() > 0) else { return };
        let Some(resources) = found.get(&own.action().to_string()) else { return };
        let named = named(own.action(), call);
        if named.is_empty() {
            return;
        }
        let of_service = self.services.entry(call.service.to_string()).or_default();
        of_service.named += 1;
        let is_there = |value: &&str| {
            let (short, encoded) = (value.trim_start_matches('/'), percent(value));
            resources.iter().map(|arn| plain(arn)).any(|arn| {
                arn.contains(short) || arn.contains(&encoded) || arn.contains(&short.to_lowercase())
            })
        };
        if named.iter().all(is_there) {
            of_service.right += 1;
        } else {
            of_service.others.insert(format!(
                "{} {} ({}) {} <- {}",
                call.service,
                operation.name(),
                variant,
                resources.join(" "),
                named.join(" ")
            ));
        }
    }
}

#[test]
fn every_operation_is_decided_well() {
    let Decided { calls, problems, services, .. } = &corpus::found().decided;
    let named: usize = services.values().map(|it| it.named).sum();
    let right: usize = services.values().map(|it| it.right).sum();
    if let Some(file) = std::env::var_os("EXACTNESS") {
        let mut lines = Vec::new();
        for (service, Exactness { named, right, others }) in services {
            lines.push(format!("{service}: {right} of {named}"));
            lines.extend(others.iter().map(|it| format!("    {it}")));
        }
        std::fs::write(file, lines.join("\n")).expect("a file");
    }
    let known = std::fs::read_to_string(
        [env!("CARGO_MANIFEST_DIR"), "tests", "authorize", "inexact.txt"]
            .iter()
            .collect::<PathBuf>(),
    )
    .expect("the list of what is not exact");
    let known: BTreeSet<&str> = known.lines().filter(|it| !it.starts_with('#')).collect();
    let mut problems = problems.clone();
    for line in services.values().flat_map(|it| &it.others) {
        let operation: Vec<&str> = line.splitn(3, ' ').take(2).collect();
        if !known.contains(&*operation.join(" ")) {
            problems.push(format!("not exact, and not in tests/authorize/inexact.txt: {line}"));
        }
    }
    for (service, Exactness { named, right, .. }) in services {
        if named != right {
            println!("{service:<40} {right:>5} of {named:>5} exact");
        }
    }
    println!("{calls} calls decided; {right} of {named} that name a resource name it exactly");
    assert!(problems.is_empty(), "{} of {calls}:\n{}", problems.len(), problems.join("\n"));
    assert!(right * 100 >= named * 98, "{right} of {named} are exact");
}
