//! Every operation that can put tags on what it makes, given tags and nothing else: they go to one kind of resource.

use serde_json::{Map, Value as Json, json};

use super::sweep::call;
use super::*;
use crate::catalog::{Class, Kind, Member, Type};

/// Operations whose tags go to several kinds of resources, or to none that their own words tell; and why.
const OTHERWISE: [(&str, &str); 10] = [
    ("comprehend.CreateEndpoint", "the model says of which kind its endpoint is"),
    ("comprehend.ImportModel", "the source says of which kind the model is"),
    ("elbv2.CreateListener", "the load balancer says of which kind its listener is"),
    ("elbv2.CreateRule", "the listener says of which kind its rule is"),
    ("greengrassv2.CreateDeployment", "AWS gives deployments of both versions as one type"),
    ("lex-models.PutBotAlias", "AWS gives aliases of both versions as one type; names tell"),
    ("lex-models.StartImport", "what is imported is in the file"),
    ("lexv2-models.CreateBotAlias", "AWS gives aliases of both versions as one type; ids tell"),
    ("network-firewall.CreateRuleGroup", "`Type` says which it is, and every request has it"),
    ("resiliencehubv2.ImportApp", "AWS does not say which of the new version's things it makes"),
];
/// So many operations were tried when this was written.
const AT_LEAST: usize = 1_400;

/// Tags as the model has them: a map, a list of keys and values, or a text.
fn tags(member: Member) -> Json {
    match member.kind {
        Type::Shape(shape) => match shape.kind() {
            Kind::Map { .. } => json!({ "team": null }),
            Kind::List { .. } => json!([{ "Key": "team" }]),
            Kind::Structure { .. } => json!({ "Items": [{ "Key": "team" }] }),
        },
        Type::Scalar(_) => json!("team=web"),
    }
}

/// What is wrong with where the tags of an operation go; `None` where it takes none.
fn complaint(authorizer: &mut Authorizer, operation: Operation) -> Option<Result<(), String>> {
    let says = operation.name();
    let is_tagging = ["Tag", "Untag", "AddTags", "CreateTags", "ReplaceTags"];
    if is_tagging.iter().any(|it| says.starts_with(it)) || says.ends_with("Tagging") {
        return None;
    }
    let actions: Vec<String> = operation
        .authorized()
        .filter(|it| it.class() == Class::Tag)
        .map(|it| it.action().to_string())
        .collect();
    let is_plain = |it: &Member| {
        ["tags", "taglist", "tagset", "tagging"].contains(&&*it.name.to_ascii_lowercase())
    };
    let member = operation.input()?.members().find(is_plain)?;
    if actions.is_empty() {
        return None;
    }
    let parameters = Map::from_iter([(member.name.to_owned(), tags(member))]);
    let decision = authorizer.decide(&call(operation, parameters));
    let found =
        decision.requirements.iter().find(|it| actions.iter().any(|name| *name == *it.action));
    let problem = match found {
        None => "is not needed".to_owned(),
        Some(found) if found.resources.len() > 1 => format!("on {}", found.resources.join(" ")),
        Some(_) => return Some(Ok(())),
    };
    Some(Err(format!("{}.{says} {} {problem}", operation.service().name(), member.name)))
}

#[test]
fn tags_go_to_what_an_operation_makes() {
    let mut authorizer = Authorizer::new(Settings::default());
    let operations = Catalog::embedded().services().flat_map(|it| it.operations());
    let tried: Vec<Result<(), String>> =
        operations.filter_map(|it| complaint(&mut authorizer, it)).collect();
    let problems: Vec<&str> =
        tried.iter().filter_map(|it| it.as_ref().err()).map(|it| &**it).collect();
    let name = |problem: &str| problem.split(' ').next().unwrap_or_default().to_owned();
    let is_otherwise = |it: &&str| OTHERWISE.iter().any(|(otherwise, _)| *otherwise == name(it));
    let (known, problems): (Vec<&str>, Vec<&str>) = problems.into_iter().partition(is_otherwise);
    println!("{} operations take tags, {} otherwise", tried.len(), known.len());
    assert!(problems.is_empty(), "{} of them:\n{}", problems.len(), problems.join("\n"));
    assert_eq!(known.len(), OTHERWISE.len(), "some are no exceptions any more");
    assert!(tried.len() >= AT_LEAST, "{} operations", tried.len());
}
