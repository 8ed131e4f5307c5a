//! Operations that requests name and the catalogue lacks, as those of SDKs newer than it: AWS's list of actions may have
//! one of the name. What a request names is data; only AWS's list grants.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::arn::{Format, Owner};
use super::requirement::{Certainty, Conditions, Reason, Requirement};
use super::resources::Place;
use crate::call::{Call, Name};
use crate::catalog::{AccessLevel, Action, Catalog, Class, Service};

/// The prefixes of the actions of services, remembered.
#[derive(Debug, Default)]
pub(super) struct Unlisted(HashMap<Service, Vec<&'static str>>);

impl Unlisted {
    /// What a call needs whose operation the catalogue lacks; `None` where AWS lists no action of that name for the service.
    pub(super) fn requirement(
        &mut self,
        catalog: Catalog,
        call: &Call,
        place: Place<'_>,
    ) -> Option<Requirement> {
        let service = catalog.service(&call.service)?;
        let name = call.operation.as_deref()?;
        let prefixes = match self.0.entry(service) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(entry) => entry.insert(prefixes(service)),
        };
        let action = prefixes.iter().find_map(|prefix| catalog.action(prefix, name))?;
        Some(Requirement {
            action: Name::Owned(action.to_string()),
            resources: resources(action, place),
            conditions: Conditions::new(),
            reason: Reason::SameName,
            certainty: Certainty::Certain,
        })
    }
}

/// The prefixes of the actions of a service's operations, the most frequent first; then its names, which mostly are one.
fn prefixes(service: Service) -> Vec<&'static str> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    let own = service.operations().filter_map(|operation| {
        let mut authorized = operation.authorized();
        authorized.find(|it| {
            it.class() == Class::Own && it.action().name().eq_ignore_ascii_case(operation.name())
        })
    });
    for prefix in own.map(|it| it.action().prefix()) {
        match counts.iter_mut().find(|(known, _)| *known == prefix) {
            Some((_, count)) => *count += 1,
            None => counts.push((prefix, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names = [service.signing_name(), service.endpoint_prefix(), service.name()];
    counts.into_iter().map(|(prefix, _)| prefix).chain(names).collect()
}

/// On what a call needs an action when nothing of its parameters is known: on whatever the resource types that the action
/// requires can be. Of types that it does not require, it is on one of them, but for a listing, which may be on none
/// (docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
fn resources(action: Action, place: Place<'_>) -> Vec<String> {
    let requires_one = action.resources().any(|it| it.required);
    let lists = action.access_level() == AccessLevel::List && !requires_one;
    let types = action.resources().filter(|it| !lists && (it.required || !requires_one));
    let formats = types.flat_map(|it| it.resource_type.arn_formats());
    let mut found: Vec<String> = Vec::new();
    for pattern in formats.map(|format| pattern(format, place)) {
        if !found.contains(&pattern) {
            found.push(pattern);
        }
    }
    if found.is_empty() {
        found.push("*".to_owned());
    }
    super::resources::shortened(found)
}

/// A format with the place put in, and `*` for all that the request would say.
fn pattern(format: &'static str, place: Place<'_>) -> String {
    let format = Format::new(format);
    let mut pattern = format.beginning(Owner {
        partition: place.partition,
        region: place.region.filter(|it| !it.ends_with("-global")).unwrap_or("*"),
        account: place.account.unwrap_or("*"),
    });
    let mut rest = format.resource;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    pattern.push_str(rest);
    pattern
}
