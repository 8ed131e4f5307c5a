//! A request in the spelling of CloudTrail, made by rule from the model's: what most services write.

use leastwise::catalog::naming::letters;
use leastwise::catalog::{Kind, Location, Operation, Protocol, Scalar, Shape, Type};
use serde_json::{Map, Value, json};

/// `requestParameters` of an operation's request.
pub(crate) fn parameters(operation: Operation, request: &Map<String, Value>) -> Value {
    let Some(input) = operation.input() else { return Value::Null };
    let is_ec2 = operation.service().protocols().any(|it| it == Protocol::Ec2);
    let is_s3 = operation.service().name() == "s3";
    let mut spelled = Map::new();
    for member in input.members() {
        let Some(value) = request.get(member.name) else { continue };
        let is_outside = !matches!(member.location(), Location::Body | Location::Uri);
        let name = match member.name {
            "Bucket" if is_s3 => "bucketName".to_owned(),
            "Key" if is_s3 => "key".to_owned(),
            // S3's events have headers, keys of the query and elements of XML as they are on the wire.
            _ if is_s3 && (is_outside || member.location() == Location::Body) => {
                member.wire.to_owned()
            }
            name => lower(name),
        };
        // S3's headers are there, whatever the model says of them.
        if member.sensitive && !is_s3 {
            spelled.insert(name, "HIDDEN_DUE_TO_SECURITY_REASONS".into());
            continue;
        }
        match member.kind {
            Type::Scalar(Scalar::Blob | Scalar::Stream) => {}
            Type::Shape(shape) if is_ec2 => {
                ec2(member.name, member.wire, shape, value, &mut spelled)
            }
            kind => {
                spelled.insert(name, spell(kind, value, is_s3));
            }
        }
    }
    // None of a request without members.
    if spelled.is_empty() { Value::Null } else { Value::Object(spelled) }
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |it| it.to_lowercase().chain(letters).collect())
}

fn spell(kind: Type, value: &Value, as_is: bool) -> Value {
    let Type::Shape(shape) = kind else { return value.clone() };
    match (shape.kind(), value) {
        (Kind::List { item, .. }, Value::Array(items)) => {
            items.iter().map(|it| spell(item, it, as_is)).collect()
        }
        (Kind::Map { value: kind, .. }, Value::Object(entries)) => entries
            .iter()
            .map(|(key, value)| (key.clone(), spell(kind, value, as_is)))
            .collect::<Map<_, _>>()
            .into(),
        (Kind::Structure { .. }, Value::Object(members)) => {
            let mut spelled = Map::new();
            for (name, value) in members {
                let Some(member) = shape.member(name) else { continue };
                let kind = member.kind;
                let name = if as_is { member.wire.to_owned() } else { lower(name) };
                spelled.insert(name, spell(kind, value, as_is));
            }
            spelled.into()
        }
        _ => value.clone(),
    }
}

/// EC2's lists are sets of items, and those of the things that a request is about have the things' ids.
fn ec2(name: &str, wire: &str, shape: Shape, value: &Value, spelled: &mut Map<String, Value>) {
    match (shape.kind(), value) {
        (Kind::List { item: Type::Scalar(_), .. }, Value::Array(items)) => {
            let (set, of) = if name == "SecurityGroupIds" {
                ("groupSet".to_owned(), "groupId")
            } else if letters(name).ends_with("ids") {
                (format!("{}sSet", lower(name.trim_end_matches("Ids"))), wire)
            } else {
                (format!("{}Set", lower(wire)), wire)
            };
            let items: Vec<Value> = items.iter().map(|it| json!({ lower(of): it })).collect();
            spelled.insert(set, json!({ "items": items }));
        }
        (Kind::List { item: Type::Shape(inner), .. }, Value::Array(items)) => {
            let item = |it: &Value| {
                let mut item = Map::new();
                for member in inner.members() {
                    let Some(value) = it.get(member.name) else { continue };
                    match member.kind {
                        Type::Shape(shape) => {
                            ec2(member.name, member.wire, shape, value, &mut item)
                        }
                        Type::Scalar(_) => {
                            item.insert(lower(member.name), value.clone());
                        }
                    }
                }
                Value::Object(item)
            };
            let items: Vec<Value> = items.iter().map(item).collect();
            spelled.insert(format!("{}Set", lower(wire)), json!({ "items": items }));
        }
        (Kind::Structure { .. }, Value::Object(members)) => {
            let mut inner = Map::new();
            for member in shape.members() {
                let Some(value) = members.get(member.name) else { continue };
                match member.kind {
                    Type::Shape(shape) => ec2(member.name, member.wire, shape, value, &mut inner),
                    Type::Scalar(_) => {
                        inner.insert(lower(member.name), value.clone());
                    }
                }
            }
            spelled.insert(lower(name), inner.into());
        }
        _ => {
            spelled.insert(lower(name), value.clone());
        }
    }
}
