//! What an answer tells that was made, and the tags by which a policy may hold it.

use serde_json::{Map, Value};

use crate::call::{Answered, Made, Name, RequestTag};
use crate::catalog::naming::is_tags;
use crate::catalog::{Kind, Makes, Operation, Shape, Type};

/// Tags of a request that are taken; AWS lets a resource have fifty.
const MOST_TAGS: usize = 200;
/// How deep structures of tags are followed.
const DEEPEST: usize = 4;
/// The member that names the VPC in which something of EC2's is made, in requests and in answers.
const VPC: [&str; 2] = ["VpcId", "vpcId"];

/// The paths of the texts of an operation's answer that tell what was made.
pub(super) fn wanted(operation: Operation) -> Vec<String> {
    let mut paths = Vec::new();
    let mut add = |path: &str| {
        if !paths.iter().any(|it| it == path) {
            paths.push(path.to_owned());
        }
    };
    for makes in operation.makes() {
        add(makes.path);
        if makes.prefix == "ec2" {
            let beside = makes.path.rsplit_once('.').map_or("", |(before, _)| before);
            add(&format!("{beside}.vpcId"));
        }
    }
    for tells in operation.tells() {
        add(tells.child.path);
        if !tells.parent_is_in_request() {
            add(tells.parent.path);
        }
    }
    paths
}

/// What the texts of an answer tell that was made.
pub(super) fn made(
    operation: Operation,
    parameters: &Map<String, Value>,
    texts: &[Answered],
) -> Vec<Made> {
    let mut made = Vec::new();
    for makes in operation.makes() {
        for text in texts.iter().filter(|it| it.path == makes.path) {
            let Some(id) = id(&makes, &text.text) else { continue };
            let vpc = VPC.iter().find_map(|name| parameters.get(*name)?.as_str());
            let beside = || {
                let mut vpcs = texts.iter().filter(|it| it.within == text.within);
                vpcs.find(|it| it.path.ends_with(".vpcId")).map(|it| it.text.as_str())
            };
            let parent = vpc.or_else(beside).filter(|it| makes.prefix == "ec2" && *it != id);
            add(&mut made, &makes, id, parent, true);
        }
    }
    for tells in operation.tells() {
        for text in texts.iter().filter(|it| it.path == tells.child.path) {
            let Some(child) = id(&tells.child, &text.text) else { continue };
            let parent = if tells.parent_is_in_request() {
                at(parameters, tells.parent.path)
            } else {
                let mut beside = texts.iter().filter(|it| it.within == text.within);
                let found = beside.find(|it| it.path == tells.parent.path);
                found.and_then(|it| id(&tells.parent, &it.text))
            };
            if parent.is_some() {
                add(&mut made, &tells.child, child, parent, false);
            }
        }
    }
    made
}

fn add(made: &mut Vec<Made>, of: &Makes, id: &str, parent: Option<&str>, by_this_call: bool) {
    let resource_type = format!("{}:{}", of.prefix, of.resource_type.name());
    let is_known = |it: &Made| it.id == id && it.resource_type == resource_type;
    if made.iter().any(is_known) {
        return;
    }
    made.push(Made {
        resource_type: Name::Owned(resource_type),
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        by_this_call,
    });
}

/// The id in a text; an ARN as it is, if it is one of the type.
fn id<'a>(of: &Makes, text: &'a str) -> Option<&'a str> {
    if of.is_arn || text.starts_with("arn:") {
        return of.is_arn_of_it(text).then_some(text);
    }
    text.rsplit('/').next().filter(|id| !id.is_empty())
}

/// The text that a path leads to in a request's members.
fn at<'a>(parameters: &'a Map<String, Value>, path: &str) -> Option<&'a str> {
    let mut names = path.split('.');
    let first = parameters.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))?.as_str()
}

/// Takes the values of tags out of a request's members: that they are there stays.
pub(in crate::recognize) fn take_tags(
    operation: Operation,
    parameters: &mut Map<String, Value>,
) -> Vec<RequestTag> {
    let mut tags = Vec::new();
    // Most requests have none, and need no look at the model.
    if !parameters.keys().any(|name| is_tags(name)) {
        return tags;
    }
    let members = operation.input().into_iter().flat_map(|input| input.members());
    for member in members.filter(|member| is_tags(member.name)) {
        if let (Type::Shape(shape), Some(value)) = (member.kind, parameters.get_mut(member.name)) {
            take(shape, value, None, 0, &mut tags);
        }
    }
    tags
}

fn take(
    shape: Shape,
    value: &mut Value,
    on: Option<&str>,
    depth: usize,
    tags: &mut Vec<RequestTag>,
) {
    let mut put = |key: &str, value: &str| {
        if tags.len() < MOST_TAGS {
            let (on, key, value) = (on.map(str::to_owned), key.to_owned(), value.to_owned());
            tags.push(RequestTag { on, key, value });
        }
    };
    match (shape.kind(), value) {
        (Kind::Map { .. }, Value::Object(entries)) => {
            for (key, value) in entries {
                if let Value::String(text) = value {
                    put(key, text);
                    *value = Value::Bool(true);
                }
            }
        }
        (Kind::List { item: Type::Shape(inner), .. }, Value::Array(items)) => {
            items.iter_mut().for_each(|item| take(inner, item, on, depth, tags));
        }
        (Kind::Structure { .. }, Value::Object(members)) if depth < DEEPEST => {
            let is =
                |name: &str, words: [&str; 2]| words.iter().any(|it| name.eq_ignore_ascii_case(it));
            let named = |words| shape.members().map(|it| it.name).find(|name| is(name, words));
            let value = named(["Value", "TagValue"]).and_then(|name| members.shift_remove(name));
            let key = named(["Key", "TagKey"]).and_then(|name| members.get(name)?.as_str());
            match (key, &value) {
                (Some(key), Some(Value::String(text))) => put(key, text),
                // Without a value, AWS takes the empty text.
                (Some(key), None) => put(key, ""),
                // One that is too long to be a tag's says nothing.
                _ => {}
            }
            let said = shape.members().map(|it| it.name);
            let said = said.into_iter().find(|name| name.eq_ignore_ascii_case("ResourceType"));
            let said = said.and_then(|name| members.get(name)?.as_str());
            let said = said.map(str::to_owned);
            for member in shape.members() {
                let leads = is_tags(member.name) || member.name.eq_ignore_ascii_case("items");
                if let (true, Type::Shape(inner), Some(value)) =
                    (leads, member.kind, members.get_mut(member.name))
                {
                    take(inner, value, said.as_deref().or(on), depth + 1, tags);
                }
            }
        }
        _ => {}
    }
}
