//! The texts in the body of an answer, with the way to each.

use std::collections::BTreeSet;

use super::names::folded;
use crate::answer::{ITEMS, is_wrapper};
use crate::sources::botocore::{Operation, Service, Shape, ShapeRef};

/// A text in the body of an answer.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// The way to it on the wire.
    pub(super) path: String,
    /// The folded name of its member.
    pub(super) name: String,
    /// Folded, what the structure around it is called by its member and its shape; none for the answer's own members.
    pub(super) around: Vec<String>,
    /// A number for the structure that it stands in.
    pub(super) within: usize,
    /// How many members are around it.
    pub(super) depth: usize,
}

/// How deep members are followed.
const DEEPEST: usize = 6;

/// The texts of an operation's answer that are not sensitive.
pub(super) fn texts(service: &Service, operation: &Operation) -> Vec<Text> {
    let Some(output) = operation.output.as_ref().and_then(|it| service.shapes.get(&it.shape))
    else {
        return Vec::new();
    };
    let is_xml = matches!(&*service.metadata.protocol, "rest-xml" | "query" | "ec2");
    let mut walk = Walk { service, is_xml, within: 0, seen: BTreeSet::new(), found: Vec::new() };
    match output.payload.as_ref().and_then(|name| Some((name, output.members.get(name)?))) {
        Some((name, payload)) => {
            let shape = &service.shapes[&payload.shape];
            if shape.kind == "structure" {
                // In XML the payload is the root element, in JSON its members are those of the body.
                let root = payload.location_name.as_deref().unwrap_or(&payload.shape);
                let way = if is_xml { vec![root.to_owned()] } else { Vec::new() };
                walk.structure(shape, &way, &[folded(name), folded(&payload.shape)], 0);
            }
        }
        None => walk.structure(output, &[], &[], 0),
    }
    walk.found
}

struct Walk<'a> {
    service: &'a Service,
    is_xml: bool,
    within: usize,
    /// The structures around.
    seen: BTreeSet<&'a str>,
    found: Vec<Text>,
}

impl<'a> Walk<'a> {
    fn structure(&mut self, shape: &'a Shape, way: &[String], around: &[String], depth: usize) {
        self.within += 1;
        let within = self.within;
        for (name, member) in shape.members.iter().filter(|(_, it)| it.location.is_none()) {
            let wire = member.location_name.as_deref().unwrap_or(name);
            let way: Vec<String> = way.iter().cloned().chain([wire.to_owned()]).collect();
            self.value(member, name, way, around, within, depth);
        }
    }

    fn value(
        &mut self,
        part: &'a ShapeRef,
        name: &str,
        mut way: Vec<String>,
        around: &[String],
        within: usize,
        depth: usize,
    ) {
        let shape = &self.service.shapes[&part.shape];
        if shape.sensitive || depth > DEEPEST {
            return;
        }
        match (shape.kind.as_str(), &shape.member) {
            ("string", _) => self.found.push(Text {
                path: path(&way),
                name: folded(name),
                around: around.to_vec(),
                within,
                depth,
            }),
            ("structure", _) if self.seen.insert(&part.shape) => {
                self.structure(shape, &way, &[folded(name), folded(&part.shape)], depth + 1);
                self.seen.remove(part.shape.as_str());
            }
            ("list", Some(item)) => {
                let is_flat = shape.flattened || part.flattened;
                match (self.is_xml, is_flat, &item.location_name) {
                    (true, true, Some(wire)) => {
                        way.pop();
                        way.push(wire.clone());
                    }
                    (true, false, wire) => {
                        way.push(wire.clone().unwrap_or_else(|| "member".to_owned()));
                    }
                    (false, ..) => way.push(String::new()),
                    _ => {}
                }
                self.value(item, name, way, around, within, depth);
            }
            _ => {}
        }
    }
}

/// The way to a text, as `src/recognize` gives it.
fn path(way: &[String]) -> String {
    let names: Vec<&str> = way.iter().map(String::as_str).filter(|it| !is_wrapper(it)).collect();
    let items = if way.last().is_some_and(|it| is_wrapper(it)) { ITEMS } else { "" };
    names.join(".") + items
}
