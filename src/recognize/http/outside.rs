//! The members of a request that stand outside its body: in path, query, headers and host name.

use super::choose::Asked;
use super::plans;
use super::routes::{Found, Routed, labels};
use super::take::Taken;
use super::uri;
use super::wanted::{Node, Plan, Want};
use crate::catalog::Location;

/// Takes the members of an operation's request that are in path, query, headers and host name.
pub(super) fn take(found: Found, asked: Asked<'_>, request: &Routed<'_>, taken: &mut Taken) {
    let plan = plans::plan_of(found);
    if plan.outside.iter().any(|it| it.location == Location::Uri) {
        labels(found.route(), &request.segments, |label, value| {
            let member =
                plan.outside.iter().find(|it| it.location == Location::Uri && it.wire == label);
            if let Some(member) = member {
                taken.take(member.name, member.keep, &value);
            }
        });
    }
    for member in &plan.outside {
        if member.host_label && asked.endpoint.is_aws {
            let operation = found.operation;
            let label =
                operation.host_prefix().strip_prefix('{').and_then(|it| it.split('}').next());
            if label == Some(member.wire) || label == Some(member.name) {
                let value = asked.head.host.split('.').next().unwrap_or_default();
                taken.take(member.name, member.keep, value);
            }
        }
        let in_query = || {
            let named = |(name, _): &&(&str, &str)| {
                *name == member.wire || uri::form_decoded(name) == member.wire
            };
            request.query.iter().filter(named).map(|(_, value)| uri::form_decoded(value))
        };
        match member.location {
            Location::Query if member.is_list => {
                for value in in_query() {
                    taken.take_item(member.name, member.keep, &value);
                }
            }
            Location::Query => {
                if let Some(value) = in_query().next() {
                    taken.take(member.name, member.keep, &value);
                }
            }
            Location::Header => {
                // As HTTP/2 calls it, and with every version.
                let is_method = member.wire == ":method";
                let value =
                    if is_method { asked.head.method } else { asked.head.text(member.wire) };
                let moved = if value.is_empty() { request.in_query(member.wire) } else { None };
                let value = moved.as_deref().unwrap_or(value);
                // The one header that is encoded.
                let decoded = (member.wire == "x-amz-copy-source").then(|| uri::decoded(value));
                let value = decoded.as_deref().unwrap_or(value);
                if member.is_list && !value.is_empty() {
                    for item in value.split(',') {
                        taken.take_item(member.name, member.keep, item.trim());
                    }
                } else if !value.is_empty() {
                    taken.take(member.name, member.keep, value);
                }
            }
            _ => {}
        }
    }
    if asked.is_presigned() {
        take_moved(plan, request, taken);
    }
}

/// Takes members of the body that a presigned request has in its query.
fn take_moved(plan: &Plan, request: &Routed<'_>, taken: &mut Taken) {
    let Node::Structure(fields) = plan.node(plan.root) else { return };
    for (name, value) in &request.query {
        let Some(field) = fields.iter().find(|field| field.wire == *name) else { continue };
        let value = uri::form_decoded(value);
        match field.want {
            Want::Scalar(keep) => taken.take(field.name, keep, &value),
            Want::Node(number) => {
                if let Node::List { item: Want::Scalar(keep), .. } = plan.node(number) {
                    taken.take_item(field.name, *keep, &value);
                }
            }
        }
    }
}
