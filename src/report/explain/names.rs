//! From a name, as people write it, to what the catalogue has: `s3.CopyObject`, `s3:PutObject`, `s3`.

use std::collections::BTreeSet;

use crate::catalog::{Action, Catalog, Operation, Service, close, folded};

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    /// `s3.CopyObject`
    Operation(Operation),
    /// `s3:PutObject`
    Action(Action),
    /// `elbv2`
    Service(Service),
    /// `elasticloadbalancing`
    Prefix(&'static str),
}

/// Why a name stands for nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} {name}{}", or_rather(suggestions))]
pub struct NotFound {
    /// `operation`, `action`, `service`, …
    what: &'static str,
    name: String,
    /// What may be meant, as it would have to be given.
    suggestions: Vec<String>,
}

fn or_rather(suggestions: &[String]) -> String {
    match suggestions {
        [] => "; `leastwise explain SERVICE` lists what a service has".to_owned(),
        [only] => format!("; did you mean {only}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}

/// How many suggestions are made.
const SUGGESTIONS: usize = 4;

/// What the name stands for; several where several services have it.
pub(crate) fn find(name: &str) -> Result<Vec<Subject>, NotFound> {
    let trimmed = name.trim();
    if let Some((prefix, action)) = trimmed.split_once(':') {
        find_action(prefix, action)
    } else if let Some((service, operation)) = trimmed.rsplit_once('.') {
        find_operation(service, operation)
    } else {
        find_service(trimmed)
    }
}

fn find_action(prefix: &str, name: &str) -> Result<Vec<Subject>, NotFound> {
    let catalog = Catalog::embedded();
    if let Some(action) = catalog.action(&prefix.to_ascii_lowercase(), name) {
        return Ok(vec![Subject::Action(action)]);
    }
    // An operation of that name is the commonest mistake: `s3:CopyObject` is no action.
    let mut suggestions: Vec<String> = with_operation(prefix, name).map(dotted).collect();
    let prefixes: Vec<&'static str> = match catalog.actions(&prefix.to_ascii_lowercase()).len() {
        0 => close(prefix, catalog.prefixes(), 2),
        _ => catalog.prefixes().filter(|it| it.eq_ignore_ascii_case(prefix)).collect(),
    };
    let actions = prefixes.iter().flat_map(|it| catalog.actions(it)).map(Action::name);
    for close in close(name, actions.collect::<BTreeSet<_>>().into_iter(), SUGGESTIONS) {
        let with = |prefix: &&&str| catalog.action(prefix, close).is_some();
        let having = prefixes.iter().filter(with).map(|prefix| format!("{prefix}:{close}"));
        suggestions.extend(having);
    }
    if suggestions.is_empty() {
        suggestions.extend(prefixes.iter().map(|it| (*it).to_owned()));
    }
    Err(not_found("action", &format!("{prefix}:{name}"), suggestions))
}

fn find_operation(service: &str, name: &str) -> Result<Vec<Subject>, NotFound> {
    // As boto3's documentation has it: `S3.Client.copy_object`.
    let bare = service.split_once('.').map_or(service, |(service, _)| service);
    let found: Vec<Subject> = with_operation(bare, name).map(Subject::Operation).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut services = services(bare);
    if services.is_empty() {
        let names = Catalog::embedded().services().map(Service::name);
        let close = close(bare, names, 3);
        services = close.iter().filter_map(|it| Catalog::embedded().service(it)).collect();
    }
    let mut suggestions = Vec::new();
    for service in &services {
        let alike = close(name, service.operations().map(Operation::name), SUGGESTIONS);
        suggestions.extend(alike.iter().map(|it| format!("{}.{it}", service.name())));
    }
    if suggestions.is_empty() {
        suggestions.extend(services.iter().map(|it| it.name().to_owned()));
    }
    Err(not_found("operation", &format!("{service}.{name}"), suggestions))
}

fn find_service(name: &str) -> Result<Vec<Subject>, NotFound> {
    let catalog = Catalog::embedded();
    let mut found: Vec<Subject> = services(name).into_iter().map(Subject::Service).collect();
    let prefix = catalog.prefixes().find(|it| it.eq_ignore_ascii_case(name));
    found.extend(prefix.map(Subject::Prefix));
    if !found.is_empty() {
        return Ok(found);
    }
    // `CopyObject` alone: of whatever services have it.
    let plain = folded(name);
    let mut suggestions: Vec<String> = catalog
        .services()
        .flat_map(Service::operations)
        .filter(|it| folded(it.name()) == plain)
        .map(dotted)
        .collect();
    if suggestions.is_empty() {
        let names: BTreeSet<&'static str> =
            catalog.services().map(Service::name).chain(catalog.prefixes()).collect();
        suggestions
            .extend(close(name, names.into_iter(), SUGGESTIONS).into_iter().map(str::to_owned));
    }
    Err(not_found("service or prefix", name, suggestions))
}

/// The services that go by this name: botocore's, else the `serviceId`, what is signed or what hosts begin with.
fn services(name: &str) -> Vec<Service> {
    let catalog = Catalog::embedded();
    let lower = name.to_ascii_lowercase();
    if let Some(service) = catalog.service(&lower) {
        return vec![service];
    }
    // What IAM calls `elasticloadbalancing`, botocore has as two services.
    let by_id = catalog.service_by_id(name);
    let goes_by = |it: &Service| {
        by_id == Some(*it) || it.signing_name() == lower || it.endpoint_prefix() == lower
    };
    catalog.services().filter(goes_by).collect()
}

/// The operations of this name of the services that go by that name.
fn with_operation(service: &str, name: &str) -> impl Iterator<Item = Operation> {
    let lower = service.to_ascii_lowercase();
    let mut found: Vec<Operation> =
        services(service).into_iter().filter_map(|it| it.operation_like(name)).collect();
    if found.is_empty() {
        // `s3.CreateAccessPoint` is s3control's, whose actions are S3's.
        let signs = |it: &Service| it.signing_name() == lower;
        let those = Catalog::embedded().services().filter(signs);
        found.extend(those.filter_map(|it| it.operation_like(name)));
    }
    found.into_iter()
}

/// `s3.CopyObject`
pub(crate) fn dotted(operation: Operation) -> String {
    format!("{}.{}", operation.service().name(), operation.name())
}

fn not_found(what: &'static str, name: &str, mut suggestions: Vec<String>) -> NotFound {
    suggestions.truncate(SUGGESTIONS);
    NotFound { what, name: crate::text::plain(name), suggestions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(name: &str) -> Vec<String> {
        let shown = |subject| match subject {
            Subject::Operation(operation) => dotted(operation),
            Subject::Action(action) => action.to_string(),
            Subject::Service(service) => format!("service {}", service.name()),
            Subject::Prefix(prefix) => format!("prefix {prefix}"),
        };
        find(name).unwrap().into_iter().map(shown).collect()
    }

    #[track_caller]
    fn suggested(name: &str) -> Vec<String> {
        find(name).unwrap_err().suggestions
    }

    #[test]
    fn names_are_taken_as_people_write_them() {
        for name in [
            "s3.CopyObject",
            "S3.copyobject",
            "s3.copy_object",
            "S3.Client.copy_object",
            "s3.copy-object",
        ] {
            assert_eq!(found(name), ["s3.CopyObject"], "{name}");
        }
        assert_eq!(
            found("Elastic Load Balancing v2.CreateTargetGroup"),
            ["elbv2.CreateTargetGroup"]
        );
        assert_eq!(found("rds.describe_db_instances"), ["rds.DescribeDBInstances"]);
        assert_eq!(
            found("elasticloadbalancing.CreateLoadBalancer"),
            ["elb.CreateLoadBalancer", "elbv2.CreateLoadBalancer"]
        );
        assert_eq!(found("S3:putobject"), ["s3:PutObject"]);
        assert_eq!(found("s3"), ["service s3", "prefix s3"]);
        assert_eq!(found("CloudWatch Logs"), ["service logs"]);
        assert!(found("elasticloadbalancing").contains(&"prefix elasticloadbalancing".to_owned()));
    }

    #[test]
    fn misspelt_names_get_suggestions() {
        assert_eq!(suggested("s3.CopyObjct"), ["s3.CopyObject"]);
        assert_eq!(suggested("s3:PutObjcet")[0], "s3:PutObject");
        assert_eq!(suggested("s3:CopyObject")[0], "s3.CopyObject");
        assert_eq!(suggested("lamdba.Invoke")[0], "lambda.Invoke");
        assert_eq!(suggested("lamdba:InvokeFunction")[0], "lambda:InvokeFunction");
        assert_eq!(suggested("dynamobd")[0], "dynamodb");
        assert_eq!(suggested("CopyObject"), ["s3.CopyObject"]);
        assert!(suggested("nothing-at-all-like-this").is_empty());
        assert_eq!(
            find("s3.CopyObjct").unwrap_err().to_string(),
            "there is no operation s3.CopyObjct; did you mean s3.CopyObject?"
        );
    }
}
