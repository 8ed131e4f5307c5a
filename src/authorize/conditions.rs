//! Conditions under which a policy is to allow an action.

use super::requirement::Conditions;
use crate::call::Name;
use crate::catalog::Action;

/// The condition key by which a policy says for which service a linked role may be made.
pub(super) const LINKED_TO: &str = "iam:AWSServiceName";
/// What the ARNs of service-linked roles have behind the account.
pub(super) const LINKED_ROLES: &str = "role/aws-service-role/";

/// A service-linked role's ARN says for which service it is
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html>).
pub(super) fn narrow_linked_role(action: Action, resource: &str, conditions: &mut Conditions) {
    if (action.prefix(), action.name()) != ("iam", "CreateServiceLinkedRole")
        || conditions.values().any(|keys| keys.contains_key(LINKED_TO))
    {
        return;
    }
    let service = resource.split_once(LINKED_ROLES).and_then(|(_, rest)| rest.split('/').next());
    if let Some(service) = service.filter(|it| !it.contains(['*', '$'])) {
        set(conditions, "StringEquals", LINKED_TO, vec![service.to_owned()]);
    }
}

/// Adds a condition, or puts it in the place of one on the same key.
pub(super) fn set(
    conditions: &mut Conditions,
    operator: &'static str,
    key: &'static str,
    values: Vec<String>,
) {
    let keys = conditions.entry(Name::Borrowed(operator)).or_default();
    keys.insert(Name::Borrowed(key), values);
}
