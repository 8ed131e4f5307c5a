//! What is wanted of tags: their keys, and where a call makes something or changes tags, the values that it sets.

use super::plan::{Field, Node, Want};
use super::planner::Planner;
use crate::catalog::naming::is_tags;
use crate::catalog::{Kind, Scalar, Shape, Type};
use crate::recognize::http::keep::Keep;

impl Planner {
    /// The keys of tags, and in tag specifications what is tagged; a tag's value only to see what holds what is made
    /// ([`Keep::Tag`]).
    pub(super) fn tags(&mut self, shape: Shape) -> Option<Want> {
        self.depth += 1;
        let want = self.tags_within(shape);
        self.depth -= 1;
        want
    }

    fn tags_within(&mut self, shape: Shape) -> Option<Want> {
        if self.depth > 6 {
            return None;
        }
        let node = match shape.kind() {
            Kind::Map { value, key_name, value_name, flat, sensitive, .. } => Node::Map {
                // Lists of values are what something is looked for by, and no tags.
                value: Want::Scalar(match value {
                    Type::Scalar(_) if self.tag_values && !sensitive => Keep::Tag,
                    _ => Keep::Presence,
                }),
                key_name,
                value_name,
                flat,
                keys: true,
            },
            Kind::List { item: Type::Shape(inner), name, flat, .. } => {
                Node::List { item: self.tags(inner)?, name, flat }
            }
            // `TagKeys`, or tags as text.
            Kind::List { item: Type::Scalar(Scalar::String), name, flat, sensitive: false } => {
                Node::List { item: Want::Scalar(Keep::Whole), name, flat }
            }
            Kind::List { .. } => return None,
            Kind::Structure { .. } => {
                let mut fields = Vec::new();
                for member in shape.members() {
                    let name = member.name.to_ascii_lowercase();
                    let want = match member.kind {
                        // That there is a tag is no secret, where its key is one.
                        Type::Scalar(Scalar::String)
                            if matches!(
                                &*name,
                                "key" | "tagkey" | "resourcetype" | "resourceid"
                            ) =>
                        {
                            let keep = if member.sensitive { Keep::Presence } else { Keep::Whole };
                            Some(Want::Scalar(keep))
                        }
                        Type::Scalar(Scalar::String)
                            if self.tag_values
                                && !member.sensitive
                                && matches!(&*name, "value" | "tagvalue") =>
                        {
                            Some(Want::Scalar(Keep::Tag))
                        }
                        Type::Shape(inner) if is_tags(member.name) || name == "items" => {
                            self.tags(inner)
                        }
                        _ => None,
                    };
                    fields.extend(want.map(|want| Field::of(member, want)));
                }
                if fields.is_empty() {
                    return None;
                }
                Node::Structure(fields)
            }
        };
        self.nodes.push(node);
        Some(Want::Node(self.nodes.len() - 1))
    }
}
