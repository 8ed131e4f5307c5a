//! Which members of a request are kept: those that an ARN or a rule can need, and nothing else.
//!
//! Kept are identifiers (of the resources that the operation's actions act on, by the variables of their ARN
//! formats), ARNs and roles, the keys of tags, and what `named.rs` lists. Never kept: what the model
//! calls sensitive, blobs, streams, documents, and everything that is the user's data.

use super::named::Paths;
use super::names::{Suffix, is_key, is_private, is_role, is_tag_keys, is_token, stem};
use crate::catalog::naming::{is_tags, variables};
use crate::catalog::{Kind, Location, Member, Operation, Scalar, Shape, Type};

/// What is wanted of an operation's requests.
pub(super) struct Plan {
    nodes: Vec<Node>,
    /// The members that make the body together, a structure.
    pub(super) root: usize,
    /// The member that is the whole body: its name and what is wanted of it.
    pub(super) payload: Option<(&'static str, Want)>,
    /// The members in path, query, headers and host name.
    pub(super) outside: Vec<Outside>,
    /// Whether something in the body is wanted.
    pub(super) body: bool,
}

/// What is wanted of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// A scalar.
    Scalar(Keep),
    /// The structure, list or map with this number.
    Node(usize),
}

/// What is kept of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// All of it.
    Whole,
    /// That it is there: `true`.
    Presence,
    /// The names of an encoded `name=value&…`, without the values.
    Names,
    /// A statement of a query language, without its literals.
    Statement,
    /// All of it, when it is an ARN.
    Arn,
    /// The types of the resources in a CloudFormation template, as a list.
    Types,
}

#[derive(Debug)]
pub(super) enum Node {
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
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) wire: &'static str,
    pub(super) want: Want,
    /// Its items stand where the list or map would.
    pub(super) flat: bool,
    /// That it is there is kept, whatever is in it.
    pub(super) present: bool,
}

/// A wanted member outside the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside {
    pub(super) name: &'static str,
    pub(super) wire: &'static str,
    pub(super) location: Location,
    pub(super) host_label: bool,
    /// A list or map in the query or in headers has scalars only.
    pub(super) keep: Keep,
    pub(super) is_list: bool,
}

impl Plan {
    pub(super) fn node(&self, number: usize) -> &Node {
        &self.nodes[number]
    }

    /// Works it out for this input; some microseconds to a millisecond, once per operation.
    pub(super) fn of(operation: Operation, input: Option<Shape>) -> Plan {
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
                let present = planner.paths.named(member.name) == Some(Keep::Presence);
                fields.extend(want.map(|want| Field { present, ..field(member, want) }));
            }
        }
        let root = planner.nodes.len();
        planner.nodes.push(Node::Structure(fields));
        planner.finish(root, payload, outside)
    }

    /// The paths of all wanted scalars outside and inside the body: `Delete.Objects[].Key`,
    /// `Tags{}`. Recursive shapes are followed once.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.outside.iter().map(|it| it.name.to_owned()).collect();
        let mut trail = Vec::new();
        self.paths_of(Want::Node(self.root), "", &mut trail, &mut paths);
        if let Some((name, want)) = self.payload {
            self.paths_of(want, name, &mut trail, &mut paths);
        }
        paths.sort();
        paths.dedup();
        paths
    }

    fn paths_of(&self, want: Want, path: &str, trail: &mut Vec<usize>, found: &mut Vec<String>) {
        let number = match want {
            // Not the member is kept, but an ARN in it.
            Want::Scalar(Keep::Arn) => return,
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
                    self.paths_of(field.want, &format!("{path}{dot}{}", field.name), trail, found);
                }
            }
            Node::List { item, .. } => self.paths_of(*item, &format!("{path}[]"), trail, found),
            Node::Map { value, .. } => self.paths_of(*value, &format!("{path}{{}}"), trail, found),
        }
        trail.pop();
    }
}

fn field(member: Member, want: Want) -> Field {
    Field { name: member.name, wire: member.wire, want, flat: member.is_flat(), present: false }
}

/// Works out what is wanted.
struct Planner {
    paths: Paths,
    /// What the operation's ARN formats have variables for (`function` for `${FunctionName}`).
    subjects: Vec<String>,
    nodes: Vec<Node>,
    /// Shape, whether its parent is a subject, and its node; one per shape, so that recursive shapes end.
    known: Vec<(usize, bool, Option<usize>)>,
    depth: usize,
}

/// Where a member stands.
#[derive(Default)]
struct Place<'a> {
    path: &'a str,
    top: bool,
    /// Whether what it stands in is named like a subject (`InstanceProfile.Name`).
    in_subject: bool,
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
            depth: 0,
        }
    }

    /// What is wanted of a member of the body.
    fn want(&mut self, member: Member, place: &Place<'_>) -> Option<Want> {
        let keep = self.paths.named(place.path);
        if member.sensitive || member.is_stream() || is_private(member.name) {
            // That it is there is no secret.
            let present = keep == Some(Keep::Presence) || is_tags(member.name);
            return present.then_some(Want::Scalar(Keep::Presence));
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
            return Some(inner.unwrap_or(Want::Scalar(Keep::Presence)));
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
                if sensitive {
                    return None;
                }
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
                if sensitive {
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
        let number = shape.index();
        // What a rule names by its path is not shared between the places of a shape.
        let shared = !self.paths.lead_through(place.path);
        if shared
            && let Some(known) = self.known.iter().find(|it| (it.0, it.1) == (number, in_subject))
        {
            return known.2.map(Want::Node);
        }
        if self.depth > DEEPEST {
            return None;
        }
        let node = self.nodes.len();
        self.nodes.push(Node::Structure(Vec::new()));
        if shared {
            self.known.push((number, in_subject, Some(node)));
        }
        self.depth += 1;
        let mut fields = Vec::new();
        for member in shape.members() {
            let path = format!("{}.{}", place.path, member.name);
            let inner = Place { path: &path, top: false, in_subject };
            let want = self.want(member, &inner);
            let present = self.paths.named(&path) == Some(Keep::Presence);
            fields.extend(want.map(|want| Field { present, ..field(member, want) }));
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
        self.scalar_by_name(name, scalar, place, required).then_some(Keep::Whole)
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
            let present = self.paths.named(member.name) == Some(Keep::Presence);
            return present.then_some((Keep::Presence, false));
        }
        let place = Place { path: member.name, top: true, in_subject: false };
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

    /// The keys of tags, and in tag specifications what is tagged; never a tag's value.
    fn tags(&mut self, shape: Shape) -> Option<Want> {
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
            Kind::Map { key_name, value_name, flat, .. } => Node::Map {
                value: Want::Scalar(Keep::Presence),
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
                        Type::Scalar(Scalar::String)
                            if !member.sensitive
                                && matches!(
                                    &*name,
                                    "key" | "tagkey" | "resourcetype" | "resourceid"
                                ) =>
                        {
                            Some(Want::Scalar(Keep::Whole))
                        }
                        Type::Shape(inner) if is_tags(member.name) || name == "items" => {
                            self.tags(inner)
                        }
                        _ => None,
                    };
                    fields.extend(want.map(|want| field(member, want)));
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

    /// Takes out structures in which nothing is wanted.
    fn finish(
        mut self,
        root: usize,
        payload: Option<(&'static str, Want)>,
        outside: Vec<Outside>,
    ) -> Plan {
        let mut useful = vec![false; self.nodes.len()];
        let is_useful = |useful: &[bool], want: &Want| match want {
            Want::Scalar(_) => true,
            Want::Node(number) => useful[*number],
        };
        loop {
            let mut changed = false;
            for (number, node) in self.nodes.iter().enumerate() {
                let now = match node {
                    Node::Structure(fields) => {
                        fields.iter().any(|it| it.present || is_useful(&useful, &it.want))
                    }
                    Node::Map { keys: true, .. } => true,
                    Node::List { item: want, .. } | Node::Map { value: want, .. } => {
                        is_useful(&useful, want)
                    }
                };
                if now && !useful[number] {
                    useful[number] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        for node in &mut self.nodes {
            if let Node::Map { value, keys: true, .. } = node
                && !is_useful(&useful, value)
            {
                *value = Want::Scalar(Keep::Presence);
            }
            if let Node::Structure(fields) = node {
                for field in fields.iter_mut().filter(|it| it.present) {
                    if !is_useful(&useful, &field.want) {
                        field.want = Want::Scalar(Keep::Presence);
                    }
                }
                fields.retain(|field| is_useful(&useful, &field.want));
            }
        }
        let payload = payload.filter(|(_, want)| is_useful(&useful, want));
        let body = useful[root] || payload.is_some();
        Plan { nodes: self.nodes, root, payload, outside, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn paths(service: &str, operation: &str) -> Vec<String> {
        let operation = Catalog::embedded().service(service).unwrap().operation(operation).unwrap();
        Plan::of(operation, operation.input()).paths()
    }

    #[track_caller]
    fn has(paths: &[String], wanted: &[&str]) {
        for path in wanted {
            assert!(paths.iter().any(|it| it == path), "{path} is not in {paths:?}");
        }
    }

    #[test]
    fn identifiers_roles_and_tag_keys_are_wanted() {
        let create = paths("lambda", "CreateFunction");
        has(&create, &["FunctionName", "Role", "Layers[]", "Tags{}", "KMSKeyArn"]);
        let run = paths("ec2", "RunInstances");
        has(
            &run,
            &[
                "SubnetId",
                "SecurityGroupIds[]",
                "ImageId",
                "KeyName",
                "IamInstanceProfile.Arn",
                "IamInstanceProfile.Name",
                "TagSpecifications[].ResourceType",
                "TagSpecifications[].Tags[].Key",
                "NetworkInterfaces[].SubnetId",
                "NetworkInterfaces[].Groups[]",
                "BlockDeviceMappings[].Ebs.KmsKeyId",
                "BlockDeviceMappings[].Ebs.SnapshotId",
            ],
        );
        has(&paths("dynamodb", "TransactWriteItems"), &["TransactItems[].Put.TableName"]);
        has(&paths("dynamodb", "BatchWriteItem"), &["RequestItems{}"]);
        has(
            &paths("s3", "DeleteObjects"),
            &["Bucket", "Delete.Objects[].Key", "Delete.Objects[].VersionId"],
        );
        has(&paths("s3", "PutObject"), &["Bucket", "Key", "ACL", "Tagging"]);
        has(&paths("iam", "AttachRolePolicy"), &["RoleName", "PolicyArn"]);
        has(&paths("ec2", "DeleteTags"), &["Resources[]"]);
        has(&paths("sts", "AssumeRole"), &["RoleArn", "Tags[].Key"]);
    }

    #[test]
    fn user_data_is_not() {
        for (service, operation, members) in [
            ("dynamodb", "PutItem", &["Item", "ExpressionAttributeValues"][..]),
            ("sqs", "SendMessage", &["MessageBody", "MessageAttributes"]),
            ("sns", "Publish", &["Message", "Subject"]),
            ("lambda", "CreateFunction", &["Code.ZipFile", "Environment"]),
            ("secretsmanager", "CreateSecret", &["SecretString", "SecretBinary"]),
            ("ssm", "PutParameter", &["Value"]),
            ("kms", "Encrypt", &["Plaintext"]),
            ("kinesis", "PutRecord", &["Data"]),
            ("s3", "PutObject", &["Body", "SSECustomerKey", "Metadata"]),
            ("ec2", "RunInstances", &["UserData", "TagSpecifications[].Tags[].Value"]),
            ("ses", "SendEmail", &["Message", "Destination"]),
            ("iam", "CreateLoginProfile", &["Password"]),
            ("cognito-idp", "AdminInitiateAuth", &["AuthParameters"]),
        ] {
            let paths = paths(service, operation);
            for member in members {
                let is_kept = |path: &&String| {
                    path.strip_prefix(member)
                        .is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
                };
                assert_eq!(paths.iter().find(is_kept), None, "{service} {operation} {member}");
            }
        }
    }

    #[test]
    fn nothing_sensitive_is_wanted_of_any_operation() {
        for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
            let Some(input) = operation.input() else { continue };
            let plan = Plan::of(operation, Some(input));
            let Node::Structure(fields) = plan.node(plan.root) else { panic!("a structure") };
            for member in input.members().filter(|member| member.sensitive || member.is_stream()) {
                // That it is there may be kept.
                let inside = fields.iter().find(|it| it.name == member.name).map(|it| it.want);
                let outside = plan.outside.iter().find(|it| it.name == member.name);
                let wants = inside.into_iter().chain(outside.map(|it| Want::Scalar(it.keep)));
                for want in wants {
                    let what = Want::Scalar(Keep::Presence);
                    assert_eq!(want, what, "{operation:?} {}", member.name);
                }
            }
        }
    }
}
