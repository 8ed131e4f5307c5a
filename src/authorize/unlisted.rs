//! Operations that requests name and the catalogue lacks, as those of SDKs newer than it: AWS's list of actions may have
//! one of the name. What a request names is data; only AWS's list grants.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::arn::{Format, Owner, Place};
use super::asked::arns;
use super::requirement::{Certainty, Conditions, Reason, Requirement};
use crate::call::{Call, Name};
use crate::catalog::{AccessLevel, Action, Catalog, Class, Service};
use crate::wildcard::is_like;

/// How services say that they have no such operation
/// (docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html;
/// smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization).
fn says_no_such_operation(code: &str) -> bool {
    matches!(code, "InvalidAction" | "UnknownOperation" | "UnknownOperationException")
}

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
        // AWS has no such operation, so it asked for no permission; and passing a role never was one.
        let denied = call.outcome.error.as_deref().is_some_and(says_no_such_operation);
        if denied || name.eq_ignore_ascii_case("PassRole") {
            return None;
        }
        let prefixes = match self.0.entry(service) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(entry) => entry.insert(prefixes(service)),
        };
        let action = prefixes.iter().find_map(|prefix| catalog.action(prefix, name))?;
        Some(Requirement {
            action: Name::Owned(action.to_string()),
            resources: resources(action, place, &arns(call)),
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

/// On what a call needs an action when nothing of its parameters is known: on those ARNs that came with it which can be of the resource
/// types that the action requires (CloudTrail's events name them), else on whatever those can be. Of types that it does not require, it is on one of them, but for a listing, which may be on none
/// (docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
fn resources(action: Action, place: Place<'_>, named: &[&str]) -> Vec<String> {
    let named = named.iter().filter(|arn| !arn.contains(['*', '?', '$']));
    let requires_one = action.resources().any(|it| it.required);
    let lists = action.access_level() == AccessLevel::List && !requires_one;
    let types = action.resources().filter(|it| !lists && (it.required || !requires_one));
    let formats = types.flat_map(|it| it.resource_type.arn_formats());
    let mut found: Vec<String> = Vec::new();
    for pattern in formats.map(|format| pattern(format, place)) {
        let mut of_type: Vec<String> = named
            .clone()
            .filter(|arn| is_like(arn, &pattern))
            .map(|arn| (*arn).to_owned())
            .collect();
        if of_type.is_empty() {
            of_type.push(pattern);
        }
        for resource in of_type {
            if !found.contains(&resource) {
                found.push(resource);
            }
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

#[cfg(test)]
mod tests {
    use super::super::tests::heard;
    use super::super::{Authorizer, Permission, Settings};
    use super::*;
    use crate::policy::covers;

    fn unlisted(service: &'static str, operation: &'static str) -> Call {
        Call { recognized: false, ..heard(service, operation) }
    }

    fn decide(call: &Call) -> (Permission, Vec<String>) {
        let decision = Authorizer::new(Settings::default()).decide(call);
        let words = decision.requirements.iter().map(|it| {
            format!("{} on {} ({})", it.action, it.resources.join(", "), it.reason.as_str())
        });
        (decision.permission, words.collect())
    }

    #[test]
    fn an_action_of_the_name_is_needed_on_what_it_can_be_on() {
        // Required types, a listing that may be on none, an action of another prefix than the service's name.
        for (service, operation, words) in [
            (
                "dynamodb",
                "ConditionCheckItem",
                "dynamodb:ConditionCheckItem on arn:aws:dynamodb:eu-west-1:111122223333:table/* (same-name)",
            ),
            ("iam", "ListCloudFrontPublicKeys", "iam:ListCloudFrontPublicKeys on * (same-name)"),
            (
                "ecr",
                "replicateimage",
                "ecr:ReplicateImage on arn:aws:ecr:eu-west-1:111122223333:repository/* (same-name)",
            ),
        ] {
            let decided = decide(&unlisted(service, operation));
            assert_eq!(
                decided,
                (Permission::Known, vec![words.to_owned()]),
                "{service}.{operation}"
            );
        }
    }

    #[test]
    fn arns_that_came_with_it_narrow_and_never_widen() {
        let on = |arns: &[&str]| {
            let mut call = unlisted("codecommit", "GitPull");
            call.parameters.insert("resources".to_owned(), arns.to_vec().into());
            decide(&call).1.concat()
        };
        let all = "codecommit:GitPull on arn:aws:codecommit:eu-west-1:111122223333:* (same-name)";
        let one = "arn:aws:codecommit:eu-west-1:111122223333:orders";
        assert_eq!(on(&[one]), format!("codecommit:GitPull on {one} (same-name)"));
        for others in [
            &[][..],
            &["*"],
            &["arn:aws:codecommit:eu-west-1:111122223333:or*"],
            &["arn:aws:codecommit:eu-west-1:111122223333:${aws:username}"],
            &["arn:aws:codecommit:eu-west-1:444455556666:orders"],
            &["arn:aws:s3:::orders"],
        ] {
            assert_eq!(on(others), all, "{others:?}");
        }
    }

    #[test]
    fn only_aws_list_grants() {
        for (service, operation) in [
            ("dynamodb", "Frobnicate"),
            ("dynamodb", "*"),
            ("dynamodb", "Get*"),
            ("dynamodb", "dynamodb:ConditionCheckItem"),
            ("no-such-service", "ConditionCheckItem"),
            ("iam", "PassRole"),
            ("s3", "ConditionCheckItem"),
        ] {
            let decided = decide(&unlisted(service, operation));
            assert_eq!(decided, (Permission::Unknown, Vec::new()), "{service}.{operation}");
        }
        for code in ["InvalidAction", "UnknownOperationException"] {
            let mut call = unlisted("dynamodb", "ConditionCheckItem");
            call.outcome.error = Some(code.to_owned());
            assert_eq!(decide(&call), (Permission::Unknown, Vec::new()), "{code}");
        }
    }

    /// Every action of AWS's list that no operation of its service is called like, as if a newer SDK called it.
    #[test]
    fn every_action_without_an_operation() {
        let catalog = Catalog::embedded();
        let mut authorizer = Authorizer::new(Settings::default());
        let mut seen = 0;
        for service in catalog.services() {
            let Some(prefix) = prefixes(service).first().copied() else { continue };
            for action in catalog.actions(prefix) {
                if service.operation(action.name()).is_some() || action.name() == "PassRole" {
                    continue;
                }
                let decision = authorizer.decide(&unlisted(service.name(), action.name()));
                let [needed] = &decision.requirements[..] else { panic!("{action}") };
                assert_eq!(needed.action, action.to_string());
                let formats: Vec<String> = action
                    .resources()
                    .flat_map(|it| it.resource_type.arn_formats())
                    .map(any)
                    .collect();
                let is_shortened = needed.resources.iter().any(|it| it.ends_with(":*"));
                for resource in &needed.resources {
                    let fits = resource == "*"
                        || is_shortened
                        || formats.iter().any(|format| covers(format, resource));
                    assert!(fits && !resource.contains('$'), "{action} on {resource}");
                }
                seen += 1;
            }
        }
        assert!(seen > 3_000, "{seen}");
    }

    /// A format with `*` for each variable.
    fn any(format: &str) -> String {
        let parts =
            format.split("${").enumerate().map(|(index, part)| match part.split_once('}') {
                Some((_, rest)) if index > 0 => format!("*{rest}"),
                _ => part.to_owned(),
            });
        parts.collect()
    }
}
