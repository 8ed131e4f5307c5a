//! Working out what is wanted, from names and types of members and from what rules look at.

use super::plan::{Field, Node, Outside, Plan, Want};
use super::useful::useful;
use crate::catalog::naming::{is_tags, variables};
use crate::catalog::{
    AccessLevel, Authorized, Class, Kind, Location, Member, Operation, Scalar, Shape, Type,
};
use crate::recognize::http::keep::Keep;
use crate::recognize::http::named::Paths;
use crate::recognize::http::names::{
    Suffix, is_key, is_private, is_role, is_tag_keys, is_token, may_refer, stem,
};

impl Plan {
    /// Works it out for this input; some microseconds to a millisecond, once per operation.
    pub(in crate::recognize::http) fn of(operation: Operation, input: Option<Shape>) -> Plan {
        let mut planner = Planner::of(operation);
        let Some(input) = input else {
            return Plan {
                nodes: vec![Node::Structure(Vec::new())],
                root: 0,
                payload: None,
                outside: Vec::new(),
                body: false,
            };
        };
        let payload_name = match input.kind() {
            Kind::Structure { payload, .. } => payload,
            _ => "",
        };
        let mut outside = Vec::new();
        let mut fields = Vec::new();
        let mut payload = None;
        for member in input.members() {
            let place = Place { path: member.name, top: true, ..Place::default() };
            if member.location() != Location::Body || member.is_host_label() {
                let keep = planner.scalar_outside(member);
                outside.extend(keep.map(|(keep, is_list)| Outside {
                    name: member.name,
                    wire: member.wire,
                    location: member.location(),
                    host_label: member.is_host_label(),
                    keep,
                    is_list,
                }));
            }
            if member.location() != Location::Body {
                continue;
            }
            let want = planner.want(member, &place);
            if member.name == payload_name {
                payload = want.map(|want| (member.name, want));
            } else {
                let present = planner.is_told_empty(member, member.name);
                fields.extend(want.map(|want| Field { present, ..Field::of(member, want) }));
            }
        }
        let root = planner.nodes.len();
        planner.nodes.push(Node::Structure(fields));
        useful(planner.nodes, &planner.asked, root, payload, outside)
    }
}

/// Whether a call of an operation puts tags on what it makes, or changes those of something.
fn sets_tags(operation: Operation) -> bool {
    let tagging = |it: Authorized| {
        it.class() == Class::Own && it.action().access_level() == AccessLevel::Tagging
    };
    operation.makes().len() > 0 || operation.authorized().any(tagging)
}

/// What tells that a member is there, and nothing of what is in it; of a list, for each item.
fn presence(kind: Type, nodes: &mut Vec<Node>) -> Want {
    let Type::Shape(shape) = kind else { return Want::Scalar(Keep::Presence) };
    let Kind::List { name, flat, .. } = shape.kind() else { return Want::Scalar(Keep::Presence) };
    nodes.push(Node::List { item: Want::Scalar(Keep::Presence), name, flat });
    Want::Node(nodes.len() - 1)
}

/// What is kept of a sensitive text that may name something.
fn reference(name: &str) -> Keep {
    if is_key(name) { Keep::Key } else { Keep::Reference }
}

/// Works out what is wanted.
pub(super) struct Planner {
    paths: Paths,
    /// What the operation's ARN formats have variables for (`function` for `${FunctionName}`).
    subjects: Vec<String>,
    pub(super) nodes: Vec<Node>,
    /// Shape, whether its parent is a subject and whether it is sensitive, and its node; one per shape, so that
    /// recursive shapes end.
    known: Vec<((usize, bool, bool), Option<usize>)>,
    /// The lists of which a rule asks whether something is in them, by their nodes.
    asked: Vec<usize>,
    pub(super) depth: usize,
    /// Whether the values of tags are wanted: the call makes something that they may hold, or changes them.
    pub(super) tag_values: bool,
}

/// Where a member stands.
#[derive(Default)]
struct Place<'a> {
    path: &'a str,
    top: bool,
    /// Whether what it stands in is named like a subject (`InstanceProfile.Name`).
    in_subject: bool,
    /// Whether the model calls it, or what it stands in, sensitive.
    sensitive: bool,
}

/// Shapes deeper than this are not looked into: nothing is known to be there.
const DEEPEST: usize = 32;

impl Planner {
    fn of(operation: Operation) -> Planner {
        let mut subjects = Vec::new();
        for authorized in operation.authorized() {
            for resource in authorized.action().resources() {
                for format in resource.resource_type.arn_formats() {
                    for variable in variables(format) {
                        let subject = stem(variable).0;
                        if subject.len() > 1 && !subjects.contains(&subject) {
                            subjects.push(subject);
                        }
                    }
                }
            }
        }
        Planner {
            paths: Paths::of(operation),
            subjects,
            nodes: Vec::new(),
            known: Vec::new(),
            asked: Vec::new(),
            depth: 0,
            tag_values: sets_tags(operation),
        }
    }

    /// What is wanted of a member of the body.
    fn want(&mut self, member: Member, place: &Place<'_>) -> Option<Want> {
        let keep = self.paths.named(place.path);
        let sensitive = place.sensitive || member.sensitive;
        // `ManageMasterUserPassword` says whether there is one.
        let is_boolean = matches!(member.kind, Type::Scalar(Scalar::Boolean));
        if sensitive || member.is_stream() || is_private(member.name) && !is_boolean {
            // That it is there is no secret.
            if keep == Some(Keep::Presence) || is_tags(member.name) && !place.sensitive {
                return Some(presence(member.kind, &mut self.nodes));
            }
            // What is around a password may say where it lies, and who may read it there.
            let is_around = matches!(member.kind, Type::Shape(_));
            let may_refer = !member.is_stream() && (is_around || !is_private(member.name));
            let place = Place { sensitive: true, ..*place };
            return if may_refer { self.references(member, &place) } else { None };
        }
        // A list is made of what is a text on the wire.
        if keep == Some(Keep::Fields) {
            return Some(Want::Scalar(Keep::Fields));
        }
        if keep == Some(Keep::Presence) {
            // What else is wanted in it is kept as well.
            let inner = match member.kind {
                Type::Shape(shape) if is_tags(member.name) => self.tags(shape),
                Type::Shape(shape) => self.shape(shape, member.name, place, member.is_required()),
                Type::Scalar(scalar) => {
                    self.scalar(scalar, member.name, place, member.is_required()).map(Want::Scalar)
                }
            };
            let want = inner.unwrap_or_else(|| presence(member.kind, &mut self.nodes));
            if let Want::Node(number) = want
                && matches!(self.nodes[number], Node::List { .. })
            {
                self.asked.push(number);
            }
            return Some(want);
        }
        match member.kind {
            Type::Scalar(scalar) => {
                self.scalar(scalar, member.name, place, member.is_required()).map(Want::Scalar)
            }
            Type::Shape(shape) => {
                if is_tags(member.name) {
                    return self.tags(shape);
                }
                let wanted = self.shape(shape, member.name, place, member.is_required());
                // Groups of security are `Groups` in EC2's model and `SecurityGroupId` on the wire.
                let is_list = matches!(shape.kind(), Kind::List { item: Type::Scalar(_), .. });
                if wanted.is_none() && is_list && member.wire != member.name {
                    return self.shape(shape, member.wire, place, member.is_required());
                }
                wanted
            }
        }
    }

    /// What is wanted of a sensitive member: the ARNs and keys that it may name, whatever else is in it.
    fn references(&mut self, member: Member, place: &Place<'_>) -> Option<Want> {
        match member.kind {
            Type::Scalar(scalar) => {
                self.scalar(scalar, member.name, place, member.is_required()).map(Want::Scalar)
            }
            Type::Shape(shape) => self.shape(shape, member.name, place, member.is_required()),
        }
    }

    /// Whether a member is kept although nothing in it is: a rule asks whether it is there, and it is no list, map or
    /// tags, which are there only with something in them.
    fn is_told_empty(&self, member: Member, path: &str) -> bool {
        let is_container = match member.kind {
            Type::Shape(shape) => !matches!(shape.kind(), Kind::Structure { .. }),
            Type::Scalar(_) => false,
        };
        self.paths.named(path) == Some(Keep::Presence) && !is_container && !is_tags(member.name)
    }

    fn shape(
        &mut self,
        shape: Shape,
        name: &str,
        place: &Place<'_>,
        required: bool,
    ) -> Option<Want> {
        match shape.kind() {
            Kind::Structure { .. } => self.structure(shape, name, place),
            Kind::List { item, sensitive, name: item_name, flat } => {
                let sensitive = place.sensitive || sensitive;
                let place = &Place { sensitive, ..*place };
                let item = match item {
                    Type::Scalar(scalar) => {
                        Want::Scalar(self.scalar(scalar, name, place, required)?)
                    }
                    Type::Shape(inner) => self.shape(inner, name, place, required)?,
                };
                self.nodes.push(Node::List { item, name: item_name, flat });
                Some(Want::Node(self.nodes.len() - 1))
            }
            Kind::Map { value, sensitive, key_name, value_name, flat } => {
                // The keys would be kept with what is wanted in it.
                if sensitive || place.sensitive {
                    return None;
                }
                let keys = self.paths.named(place.path) == Some(Keep::Presence);
                let inner = match value {
                    Type::Scalar(scalar) => {
                        self.scalar(scalar, name, place, required).map(Want::Scalar)
                    }
                    Type::Shape(inner) => self.shape(inner, name, place, required),
                };
                let value = match inner {
                    Some(want) => want,
                    None if keys => Want::Scalar(Keep::Presence),
                    None => return None,
                };
                self.nodes.push(Node::Map { value, key_name, value_name, flat, keys });
                Some(Want::Node(self.nodes.len() - 1))
            }
        }
    }

    fn structure(&mut self, shape: Shape, name: &str, place: &Place<'_>) -> Option<Want> {
        let in_subject = self.is_subject(&stem(name).0, true) || is_role(name);
        let number = (shape.index(), in_subject, place.sensitive);
        // What a rule names by its path is not shared between the places of a shape.
        let shared = !self.paths.lead_through(place.path);
        if shared && let Some((_, known)) = self.known.iter().find(|(it, _)| *it == number) {
            return known.map(Want::Node);
        }
        if self.depth > DEEPEST {
            return None;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::Structure(Vec::new()));
        if shared {
            self.known.push((number, Some(node)));
        }
        self.depth += 1;
        let mut fields = Vec::new();
        for member in shape.members() {
            let path = format!("{}.{}", place.path, member.name);
            let inner = Place { path: &path, top: false, in_subject, sensitive: place.sensitive };
            let want = self.want(member, &inner);
            let present = self.is_told_empty(member, &path);
            fields.extend(want.map(|want| Field { present, ..Field::of(member, want) }));
        }
        self.depth -= 1;
        self.nodes[node] = Node::Structure(fields);
        Some(Want::Node(node))
    }

    /// What is kept of a scalar in the body (or of the items of a list, under the list's name).
    fn scalar(
        &self,
        scalar: Scalar,
        name: &str,
        place: &Place<'_>,
        required: bool,
    ) -> Option<Keep> {
        if !matches!(scalar, Scalar::String | Scalar::Number | Scalar::Boolean) {
            return None;
        }
        if place.sensitive {
            let refers = scalar == Scalar::String && may_refer(name);
            return refers.then(|| reference(name));
        }
        match self.paths.named(place.path) {
            // It may be kept whole for another reason.
            Some(Keep::Presence) if scalar != Scalar::Boolean => {
                let whole = self.scalar_by_name(name, scalar, place, required);
                return Some(if whole { Keep::Whole } else { Keep::Presence });
            }
            Some(keep) => return Some(keep),
            None => {}
        }
        if scalar == Scalar::Boolean {
            return None;
        }
        if self.scalar_by_name(name, scalar, place, required) {
            return Some(Keep::Whole);
        }
        (scalar == Scalar::String && may_refer(name)).then_some(Keep::Arn)
    }

    fn scalar_by_name(
        &self,
        name: &str,
        scalar: Scalar,
        place: &Place<'_>,
        required: bool,
    ) -> bool {
        if is_tag_keys(name) {
            return true;
        }
        let (stem, suffix) = stem(name);
        let is_text = scalar == Scalar::String;
        match suffix {
            Suffix::Arn => is_text,
            _ if is_text && (is_role(name) || is_key(name)) => true,
            Suffix::Id if place.top && is_text => !is_token(&stem),
            Suffix::Id => self.is_subject(&stem, true) || (stem.is_empty() && place.in_subject),
            Suffix::Name => {
                self.is_subject(&stem, true)
                    || (stem.is_empty() && (place.in_subject || place.top))
                    || (place.top && required && is_text)
            }
            Suffix::None => self.is_subject(&stem, false),
        }
    }

    /// What is kept of a member in path, query, headers or host name, and whether it is a list.
    fn scalar_outside(&self, member: Member) -> Option<(Keep, bool)> {
        if member.sensitive || is_private(member.name) {
            if self.paths.named(member.name) == Some(Keep::Presence) {
                return Some((Keep::Presence, false));
            }
            let is_text = matches!(member.kind, Type::Scalar(Scalar::String));
            let refers = is_text && !is_private(member.name) && may_refer(member.name);
            return refers.then(|| (reference(member.name), false));
        }
        let place = Place { path: member.name, top: true, ..Place::default() };
        let (scalar, is_list) = match member.kind {
            Type::Scalar(scalar) => (scalar, false),
            Type::Shape(shape) => match shape.kind() {
                Kind::List { item: Type::Scalar(scalar), sensitive: false, .. } => (scalar, true),
                _ => return None,
            },
        };
        if is_tags(member.name) && !is_list && scalar == Scalar::String {
            return Some((Keep::Names, false));
        }
        match self.paths.named(member.name) {
            Some(Keep::Presence) => {
                let keep = self.scalar(scalar, member.name, &place, member.is_required());
                return Some((keep.unwrap_or(Keep::Presence), is_list));
            }
            Some(keep) => return Some((keep, is_list)),
            None => {}
        }
        if !matches!(scalar, Scalar::String | Scalar::Number) {
            return None;
        }
        let in_path = member.location() == Location::Uri || member.is_host_label();
        if in_path {
            return Some((Keep::Whole, is_list));
        }
        self.scalar(scalar, member.name, &place, member.is_required()).map(|keep| (keep, is_list))
    }

    /// Whether an ARN format has a variable of this name; loosely, when one begins or ends the other
    /// (`Key` for `${KeyPairName}`).
    fn is_subject(&self, stem: &str, loosely: bool) -> bool {
        let alike = |one: &str, other: &str| {
            other.len() >= 3 && (one.starts_with(other) || one.ends_with(other))
        };
        !stem.is_empty()
            && self.subjects.iter().any(|subject| {
                subject == stem || (loosely && (alike(subject, stem) || alike(stem, subject)))
            })
    }
}
