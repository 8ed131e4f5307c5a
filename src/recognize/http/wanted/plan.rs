//! What is wanted of an operation's requests, as takers follow it.

use crate::catalog::{Location, Member};
use crate::recognize::http::keep::Keep;

/// What is wanted of an operation's requests.
pub(in crate::recognize) struct Plan {
    pub(super) nodes: Vec<Node>,
    /// The members that make the body together, a structure.
    pub(in crate::recognize) root: usize,
    /// The member that is the whole body: its name and what is wanted of it.
    pub(in crate::recognize) payload: Option<(&'static str, Want)>,
    /// The members in path, query, headers and host name.
    pub(in crate::recognize) outside: Vec<Outside>,
    /// Whether something in the body is wanted.
    pub(in crate::recognize) body: bool,
}

/// What is wanted of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::recognize) enum Want {
    /// A scalar.
    Scalar(Keep),
    /// The structure, list or map with this number.
    Node(usize),
}

#[derive(Debug)]
pub(in crate::recognize) enum Node {
    Structure(Vec<Field>),
    List {
        item: Want,
        /// The wire name of an item.
        name: &'static str,
        flat: bool,
    },
    Map {
        value: Want,
        key_name: &'static str,
        value_name: &'static str,
        flat: bool,
        /// The keys are kept, whatever their values are.
        keys: bool,
    },
}

/// A wanted member of a structure.
#[derive(Debug, Clone, Copy)]
pub(in crate::recognize) struct Field {
    pub(in crate::recognize) name: &'static str,
    pub(in crate::recognize) wire: &'static str,
    pub(in crate::recognize) want: Want,
    /// Its items stand where the list or map would.
    pub(in crate::recognize) flat: bool,
    /// That it is there is kept, whatever is in it.
    pub(in crate::recognize) present: bool,
}

/// A wanted member outside the body.
#[derive(Debug, Clone, Copy)]
pub(in crate::recognize) struct Outside {
    pub(in crate::recognize) name: &'static str,
    pub(in crate::recognize) wire: &'static str,
    pub(in crate::recognize) location: Location,
    pub(in crate::recognize) host_label: bool,
    /// A list or map in the query or in headers has scalars only.
    pub(in crate::recognize) keep: Keep,
    pub(in crate::recognize) is_list: bool,
}

impl Plan {
    pub(in crate::recognize) fn node(&self, number: usize) -> &Node {
        &self.nodes[number]
    }

    /// The paths of all wanted scalars outside and inside the body: `Delete.Objects[].Key`,
    /// `Tags{}`. Recursive shapes are followed once. `references`: also those of which only ARNs are kept.
    pub(in crate::recognize) fn paths(&self, references: bool) -> Vec<String> {
        let mut paths: Vec<String> = self
            .outside
            .iter()
            .filter(|it| references || !matches!(it.keep, Keep::Arn | Keep::Reference | Keep::Key))
            .map(|it| it.name.to_owned())
            .collect();
        let mut trail = Vec::new();
        self.paths_of(Want::Node(self.root), "", references, &mut trail, &mut paths);
        if let Some((name, want)) = self.payload {
            self.paths_of(want, name, references, &mut trail, &mut paths);
        }
        paths.sort();
        paths.dedup();
        paths
    }

    fn paths_of(
        &self,
        want: Want,
        path: &str,
        references: bool,
        trail: &mut Vec<usize>,
        found: &mut Vec<String>,
    ) {
        let number = match want {
            // What stays of it is that it is there, and of a list of tags their keys say that.
            Want::Scalar(Keep::Tag) if !path.ends_with("{}") => return,
            // Not the member is kept, but an ARN in it.
            Want::Scalar(Keep::Arn | Keep::Reference | Keep::Key) if !references => return,
            Want::Scalar(_) => return found.push(path.to_owned()),
            Want::Node(number) => number,
        };
        if trail.contains(&number) || trail.len() > 12 {
            return;
        }
        trail.push(number);
        match self.node(number) {
            Node::Structure(fields) => {
                for field in fields {
                    let dot = if path.is_empty() { "" } else { "." };
                    let path = format!("{path}{dot}{}", field.name);
                    self.paths_of(field.want, &path, references, trail, found);
                }
            }
            Node::List { item, .. } => {
                self.paths_of(*item, &format!("{path}[]"), references, trail, found);
            }
            Node::Map { value, .. } => {
                self.paths_of(*value, &format!("{path}{{}}"), references, trail, found);
            }
        }
        trail.pop();
    }
}

impl Field {
    pub(super) fn of(member: Member, want: Want) -> Field {
        Field { name: member.name, wire: member.wire, want, flat: member.is_flat(), present: false }
    }
}
