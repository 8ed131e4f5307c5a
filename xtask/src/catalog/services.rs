//! `services/NAME.txt`: one service of botocore: its metadata, operations and input shapes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::hosts;
use crate::error::Error;
use crate::sources::botocore::{Operation, Service, Shape, ShapeRef};
use crate::sources::past;
use crate::sources::reference::{AuthorizedAction, Document};

/// AWS's map from operations to actions, keyed as botocore names things.
pub(crate) struct AuthorizationMap<'a> {
    actions: BTreeMap<(&'a str, &'a str), BTreeSet<&'a AuthorizedAction>>,
    /// botocore service → the prefixes whose documents list its operations.
    prefixes: BTreeMap<&'a str, BTreeSet<&'a str>>,
    names: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> AuthorizationMap<'a> {
    pub(crate) fn new(reference: &'a BTreeMap<String, Document>) -> AuthorizationMap<'a> {
        let mut map = AuthorizationMap {
            actions: BTreeMap::new(),
            prefixes: BTreeMap::new(),
            names: BTreeSet::new(),
        };
        for (prefix, document) in reference {
            for operation in &document.operations {
                for sdk in operation.sdk.iter().filter(|sdk| sdk.package == "Boto3") {
                    let key = (sdk.name.as_str(), operation.name.as_str());
                    map.actions.entry(key).or_default().extend(&operation.authorized_actions);
                    map.prefixes.entry(&sdk.name).or_default().insert(prefix);
                }
            }
            map.names.extend(document.actions.iter().map(|action| (&**prefix, &*action.name)));
        }
        map
    }

    fn actions(&self, service: &str, operation: &str) -> BTreeSet<&'a AuthorizedAction> {
        self.actions.get(&(service, operation)).cloned().unwrap_or_default()
    }

    /// The actions that are known for an operation: prefix and name.
    pub(super) fn listed<'b>(
        &'b self,
        name: &'b str,
        service: &'b Service,
        operation: &'b str,
    ) -> Vec<(&'b str, &'b str)> {
        let mapped = self.actions(name, operation);
        if mapped.is_empty() {
            let prefix = self.same_name(name, service, operation);
            return prefix.map(|prefix| (prefix, operation)).into_iter().collect();
        }
        mapped.into_iter().map(|it| (it.service.as_str(), it.name.as_str())).collect()
    }

    /// The prefix that has an action named like the operation, of those that belong to the service.
    fn same_name<'b>(
        &'b self,
        name: &'b str,
        service: &'b Service,
        operation: &str,
    ) -> Option<&'b str> {
        let metadata = &service.metadata;
        let documented = self.prefixes.get(name).into_iter().flatten().copied();
        let guesses =
            [metadata.signing_name.as_deref(), Some(&*metadata.endpoint_prefix), Some(name)];
        documented
            .chain(guesses.into_iter().flatten())
            .find_map(|prefix| self.names.get(&(prefix, operation)).map(|found| found.0))
    }
}

pub(super) fn text(
    name: &str,
    service: &Service,
    map: &AuthorizationMap<'_>,
    suffixes: &[&str],
    made: &str,
) -> Result<String, Error> {
    let mut text = metadata(name, service);
    let hosts = hosts::of(service, suffixes);
    if !hosts.is_empty() {
        let hosts: Vec<String> = hosts.into_iter().collect();
        let _ = writeln!(text, "hosts {}", hosts.join(" "));
    }
    text.push_str("\noperations\n");
    for (operation_name, operation) in &service.operations {
        operation_line(&mut text, name, service, operation_name, operation, map);
    }
    if !service.past.forms.is_empty() {
        text.push_str("\nforms\n");
        let mut forms: Vec<&(String, Operation)> = service.past.forms.iter().collect();
        forms.sort_by_key(|(name, _)| name);
        for (operation_name, form) in forms {
            on_the_wire(&mut text, operation_name, form);
            text.push('\n');
        }
    }
    text.push_str(made);
    text.push_str("\nshapes\n");
    for shape_name in reachable(service)? {
        let shape = &service.shapes[shape_name];
        shape_line(&mut text, service, shape_name, shape);
    }
    Ok(text)
}

fn metadata(name: &str, service: &Service) -> String {
    let metadata = &service.metadata;
    let protocols = metadata.protocols.clone().unwrap_or_else(|| vec![metadata.protocol.clone()]);
    let mut protocols = protocols;
    // botocore speaks JSON to these; SDKs of before their change still speak the query protocol.
    let before = metadata.aws_query_compatible.is_some().then(|| "query".to_owned());
    for protocol in before.iter().chain(&service.past.protocols) {
        if !protocols.contains(protocol) {
            protocols.push(protocol.clone());
        }
    }
    let signing = metadata.signing_name.as_ref().unwrap_or(&metadata.endpoint_prefix);
    let auth = metadata.auth.clone().unwrap_or_else(|| vec![metadata.signature_version.clone()]);
    let auth: Vec<&str> = auth.iter().map(|name| name.rsplit('#').next().unwrap_or(name)).collect();

    let mut text = format!("service {name}\n");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} {value}");
    };
    line("id", &metadata.service_id);
    if let Some(last) = &service.past.last {
        line("last", last);
    }
    line("signing", signing);
    if !service.past.signing_names.is_empty() {
        let names: Vec<&str> = service.past.signing_names.iter().map(String::as_str).collect();
        line("signed", &names.join(" "));
    }
    line("endpoint", &metadata.endpoint_prefix);
    line("protocols", &protocols.join(" "));
    line("api-version", &metadata.api_version);
    line("auth", &auth.join(" "));
    for (key, value) in [
        ("json-version", &metadata.json_version),
        ("target-prefix", &metadata.target_prefix),
        ("global-endpoint", &metadata.global_endpoint),
    ] {
        if let Some(value) = value {
            line(key, value);
        }
    }
    text
}

fn operation_line(
    text: &mut String,
    service_name: &str,
    service: &Service,
    name: &str,
    operation: &Operation,
    map: &AuthorizationMap<'_>,
) {
    on_the_wire(text, name, operation);
    let actions = map.actions(service_name, name);
    if !actions.is_empty() {
        text.push_str(" :");
        for action in actions {
            authorized_action(text, action);
        }
        text.push('\n');
    } else if let Some(prefix) = map.same_name(service_name, service, name) {
        let _ = writeln!(text, " same-name : {prefix}:{name}");
    } else {
        text.push_str(" unknown\n");
    }
}

/// How an operation looks on the wire.
fn on_the_wire(text: &mut String, name: &str, operation: &Operation) {
    let _ = write!(text, "{name} {} {}", operation.http.method, operation.http.request_uri);
    if let Some(input) = &operation.input {
        let _ = write!(text, " in={}", input.shape);
    }
    if let Some(prefix) = operation.endpoint.as_ref().and_then(|it| it.host_prefix.as_ref()) {
        let _ = write!(text, " host={prefix}");
    }
    if let Some(auth) = &operation.authtype {
        let _ = write!(text, " auth={auth}");
    }
    if let Some(last) = &operation.last {
        let _ = write!(text, " last={last}");
    }
}

fn authorized_action(text: &mut String, action: &AuthorizedAction) {
    let _ = write!(text, " {}:{}", action.service, action.name);
    for (index, (key, values)) in action.context.iter().enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        let _ = write!(text, "{mark}{key}={}", values.join("|"));
    }
}

/// The structures, lists and maps that inputs reach.
fn reachable(service: &Service) -> Result<BTreeSet<&str>, Error> {
    let mut found = BTreeSet::new();
    let forms = service.past.forms.iter().map(|(_, form)| form);
    let inputs = service.operations.values().chain(forms).filter_map(|it| it.input.as_ref());
    let mut queue: Vec<&str> = inputs.map(|input| input.shape.as_str()).collect();
    while let Some(name) = queue.pop() {
        let missing = || Error::form(&*service.metadata.service_id, format!("no shape {name}"));
        let shape = service.shapes.get(name).ok_or_else(missing)?;
        if scalar(shape).is_none() && found.insert(name) {
            queue.extend(past::parts(shape).map(|part| part.shape.as_str()));
        }
    }
    Ok(found)
}

/// The word for a shape that is a value of its own; `None` for structures, lists and maps.
fn scalar(shape: &Shape) -> Option<&'static str> {
    match shape.kind.as_str() {
        "structure" if shape.document => Some("document"),
        "structure" | "list" | "map" => None,
        "string" | "character" => Some("string"),
        "boolean" => Some("boolean"),
        "timestamp" => Some("timestamp"),
        "blob" if shape.streaming => Some("stream"),
        "blob" => Some("blob"),
        _ => Some("number"),
    }
}

fn shape_line(text: &mut String, service: &Service, name: &str, shape: &Shape) {
    let _ = write!(text, "{name} ");
    let flat = if shape.flattened { " flat" } else { "" };
    let wire = |part: &ShapeRef, default: &str| {
        part.location_name.as_deref().unwrap_or(default).to_owned()
    };
    match (shape.kind.as_str(), &shape.member, &shape.key, &shape.value) {
        ("list", Some(member), _, _) => {
            let (kind, item) = (kind(service, member), wire(member, "member"));
            let _ = writeln!(text, "list {kind} item={item}{flat}");
        }
        ("map", _, Some(key), Some(value)) => {
            let (key_wire, value_wire) = (wire(key, "key"), wire(value, "value"));
            let kind = kind(service, value);
            let _ = writeln!(text, "map {kind} key={key_wire} value={value_wire}{flat}");
        }
        _ => {
            text.push_str(if shape.eventstream { "eventstream" } else { "structure" });
            if let Some(payload) = &shape.payload {
                let _ = write!(text, " payload={payload}");
            }
            for (member_name, member) in &shape.members {
                let required = shape.required.contains(member_name);
                member_word(text, service, member_name, member, required);
            }
            text.push('\n');
        }
    }
}

fn member_word(
    text: &mut String,
    service: &Service,
    name: &str,
    member: &ShapeRef,
    required: bool,
) {
    let required = if required { "*" } else { "" };
    let _ = write!(text, " {name}{required}:{}", kind(service, member));
    if member.streaming && !text.ends_with("stream") {
        text.push_str("~stream");
    }
    if member.flattened {
        text.push_str("~flat");
    }
    if member.xml_attribute {
        text.push_str("~attribute");
    }
    if member.host_label {
        text.push_str("~host");
    }
    match member.location.as_deref() {
        Some("querystring") => text.push_str("@query"),
        Some(location) => {
            let _ = write!(text, "@{location}");
        }
        None => {}
    }
    // EC2's query protocol has names of its own: `queryName`, else the location name, else the
    // member's, the latter two with a capital (smithy.io, ec2QueryName trait).
    let ec2 = service.metadata.protocol == "ec2";
    let wire = match (&member.query_name, &member.location_name) {
        (Some(query), _) if ec2 => query.clone(),
        (_, Some(location)) if ec2 => capitalized(location),
        (_, None) if ec2 => capitalized(name),
        (_, Some(location)) => location.clone(),
        (_, None) => name.to_owned(),
    };
    if wire != name {
        let _ = write!(text, "={wire}");
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn kind(service: &Service, part: &ShapeRef) -> String {
    let shape = &service.shapes[&part.shape];
    let word = scalar(shape).unwrap_or(&part.shape);
    let sensitive = if shape.sensitive { "!" } else { "" };
    format!("{word}{sensitive}")
}
