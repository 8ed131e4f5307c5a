//! Every operation of the catalogue, once with the members that it requires and once with all: what is decided is well
//! formed, is AWS's or a rule's, and names the resource that the request names.
//!
//! Reads the requests that `tests/recognition/generate.py` makes: the selection in
//! `tests/recognition/fixtures.jsonl.gz`, or with `RECOGNITION_CORPUS=FILE` all of a generated file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use leastwise::authorize::{Authorizer, Settings};
use leastwise::call::{Call, Timestamp};
use leastwise::catalog::{Catalog, Class, Operation};
use leastwise::policy::covers;
use leastwise::recognize::http::{self, RequestHead};
use serde::Deserialize;
use serde_json::Value;

/// A request as the generator writes it.
#[derive(Deserialize)]
struct Request {
    service: String,
    operation: String,
    variant: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_b64: String,
}

fn requests() -> impl Iterator<Item = Request> {
    let path = std::env::var_os("RECOGNITION_CORPUS").map(PathBuf::from);
    let path = path.unwrap_or_else(|| {
        [env!("CARGO_MANIFEST_DIR"), "tests", "recognition", "fixtures.jsonl.gz"].iter().collect()
    });
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a request"))
}

fn recognize(request: &Request) -> Option<Call> {
    let (scheme, rest) = request.url.split_once("://").expect("a URL");
    let target = rest.find(['/', '?']).map_or("/", |start| &rest[start..]);
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let host = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let head = RequestHead {
        method: &request.method,
        secure: scheme == "https",
        host: host.map_or("", |(_, host)| host),
        target,
        headers: &headers,
    };
    let mut recognizer = http::begin(Catalog::embedded(), &head)?;
    recognizer.body(&STANDARD.decode(&request.body_b64).expect("a body"));
    recognizer.end_of_body();
    recognizer.response(200, &[]);
    Some(recognizer.finish(Timestamp(0)))
}

/// The formats of the resource types of an action, as patterns.
fn patterns(action: &str) -> Vec<String> {
    let (prefix, name) = action.split_once(':').expect("prefix:Name");
    let action = Catalog::embedded().action(prefix, name).expect("an action of AWS's");
    let formats = action.resources().flat_map(|it| it.resource_type.arn_formats());
    formats
        .map(|format| {
            let mut pattern = String::new();
            let mut rest = format;
            while let Some((before, after)) = rest.split_once("${") {
                pattern.push_str(before);
                pattern.push('*');
                rest = after.split_once('}').expect("a whole variable").1;
            }
            pattern + rest
        })
        .collect()
}

/// What is wrong with what is decided of a call.
fn complaints(operation: Operation, call: &Call, found: &mut BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut problems = Vec::new();
    let decision = Authorizer::new(Settings::default()).decide(call);
    let listed: BTreeSet<String> =
        operation.authorized().map(|it| it.action().to_string()).collect();
    for requirement in &decision.requirements {
        if !listed.contains(&*requirement.action) {
            problems.push(format!("{} is neither AWS's nor a rule's", requirement.action));
        }
        if requirement.resources.is_empty() {
            problems.push(format!("{} is on nothing", requirement.action));
        }
        let patterns = patterns(&requirement.action);
        for resource in &requirement.resources {
            let fields: Vec<&str> = resource.splitn(6, ':').collect();
            let doubled = resource.matches("arn:aws").count() > 1 && !resource.contains("arn%3A");
            // A role's ARN is what the request says; API Gateway's paths are in no published format.
            let fits = patterns.iter().any(|pattern| covers(pattern, resource))
                || resource == "*"
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

/// The members of a request by which it can name a resource: identifiers and ARNs that it has.
fn identifiers(call: &Call) -> Vec<String> {
    let is_identifier = |name: &str| {
        let name = name.to_ascii_lowercase();
        let is_token = name.contains("token") || name.contains("request") || name.contains("idempot");
        !is_token && ["arn", "id", "name", "identifier", "arns", "ids", "names"].iter().any(|it| name.ends_with(it))
    };
    call.parameters
        .iter()
        .filter(|(name, _)| is_identifier(name))
        .filter(|(_, value)| matches!(value, Value::String(_) | Value::Array(_)))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Whether the last segment of an ARN is known in full.
fn is_exact(arn: &str) -> bool {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let plain = resource.replace("${*}", "").replace("${?}", "").replace("-??????", "");
    !plain.contains('*')
}

#[test]
fn every_operation_is_decided_well() {
    let catalog = Catalog::embedded();
    let mut problems = Vec::new();
    let mut count = 0;
    // Service → (calls whose own action takes resources and whose request names one, exact ones, others).
    let mut exact: BTreeMap<String, (usize, usize, BTreeSet<String>)> = BTreeMap::new();
    for request in requests().filter(|it| it.variant == "required" || it.variant == "full") {
        let Some(call) = recognize(&request) else { continue };
        let Some(operation) =
            catalog.service(&call.service).and_then(|it| it.operation(call.operation.as_deref()?))
        else {
            continue;
        };
        count += 1;
        let mut found = BTreeMap::new();
        for problem in complaints(operation, &call, &mut found) {
            problems.push(format!("{} {} ({}): {problem}", request.service, request.operation, request.variant));
        }
        let own = operation.authorized().find(|it| it.class() == Class::Own);
        let Some(own) = own.filter(|own| own.action().resources().len() > 0) else { continue };
        let Some(resources) = found.get(&own.action().to_string()) else { continue };
        let is_named = !identifiers(&call).is_empty();
        if !is_named {
            continue;
        }
        let entry = exact.entry(call.service.to_string()).or_default();
        entry.0 += 1;
        if resources.iter().any(|arn| arn != "*" && is_exact(arn)) {
            entry.1 += 1;
        } else {
            entry.2.insert(format!(
                "{} {} ({}) {} <- {}",
                call.service,
                operation.name(),
                request.variant,
                resources.join(" "),
                identifiers(&call).join(",")
            ));
        }
    }
    let (named, right) =
        exact.values().fold((0, 0), |(named, right), it| (named + it.0, right + it.1));
    if let Some(file) = std::env::var_os("EXACTNESS") {
        let mut lines = Vec::new();
        for (service, (named, right, others)) in &exact {
            lines.push(format!("{service}: {right} of {named}"));
            lines.extend(others.iter().map(|it| format!("    {it}")));
        }
        std::fs::write(file, lines.join("\n")).expect("a file");
    }
    println!("{count} calls decided; {right} of {named} that name a resource name it exactly");
    assert!(problems.is_empty(), "{} of {count}:\n{}", problems.len(), problems.join("\n"));
}
