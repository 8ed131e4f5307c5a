//! Calls by which AWS acts with the permissions of whoever made them: what it calls then goes from AWS to AWS, where no
//! proxy and no SDK sees it, and a policy of what was seen does not allow it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::call::{Call, Source};
use crate::recognize::http::is_resource_type;

/// Types that are kept of one operation.
const MOST_TYPES: usize = 200;
/// Change sets whose making was seen.
const MOST_CHANGE_SETS: usize = 1_000;

/// Operations of a service that act so.
struct Acts {
    service: &'static str,
    operations: &'static [&'static str],
    /// The member that names a role, with which AWS acts instead.
    role: Option<&'static str>,
    /// What else may keep it from acting so, which requests do not say.
    unless: &'static str,
}

/// What AWS's documentation tells of.
const ACTS: &[Acts] = &[
    // Without a role in the request, CloudFormation takes the one that the stack had before, and where there is none a
    // session of the caller's: docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html, and so the
    // others; docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html. A change set is executed with
    // the role that it was made with. Stack sets have roles of their own in any case:
    // docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
    Acts {
        service: "cloudformation",
        operations: &[
            "ContinueUpdateRollback",
            "CreateChangeSet",
            "DeleteStack",
            "ExecuteChangeSet",
            "RollbackStack",
            "UpdateStack",
        ],
        role: Some("RoleARN"),
        unless: "the stack has a role already",
    },
    Acts {
        service: "cloudformation",
        operations: &["CreateStack"],
        role: Some("RoleARN"),
        unless: "",
    },
    // Without a role it acts in a session of the caller's:
    // docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_CreateResource.html, and so the others.
    Acts {
        service: "cloudcontrol",
        operations: &[
            "CreateResource",
            "DeleteResource",
            "GetResource",
            "ListResources",
            "UpdateResource",
        ],
        role: Some("RoleArn"),
        unless: "",
    },
    // Without a launch constraint, which names a role, products are launched with the caller's own permissions:
    // docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
    Acts {
        service: "servicecatalog",
        operations: &[
            "ExecuteProvisionedProductPlan",
            "ProvisionProduct",
            "TerminateProvisionedProduct",
            "UpdateProvisionedProduct",
        ],
        role: None,
        unless: "the product has a launch role",
    },
    // What an environment consists of is made with the permissions of the user:
    // docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-user.html; with an operations role it does not:
    // docs.aws.amazon.com/elasticbeanstalk/latest/api/API_DisassociateEnvironmentOperationsRole.html
    Acts {
        service: "elasticbeanstalk",
        operations: &[
            "ComposeEnvironments",
            "CreateEnvironment",
            "RebuildEnvironment",
            "TerminateEnvironment",
            "UpdateEnvironment",
        ],
        role: Some("OperationsRole"),
        unless: "the environment has an operations role already",
    },
];

/// What of this was heard, in bounded memory.
#[derive(Debug, Default)]
pub struct Unseen {
    pub(crate) operations: BTreeMap<(&'static str, &'static str), Seen>,
    change_sets: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) calls: u64,
    pub(crate) types: BTreeSet<String>,
    /// Calls that do not say what is made.
    pub(crate) untold: u64,
    pub(crate) unless: &'static str,
}

impl Unseen {
    /// Takes in a call that ended, if it is one of these.
    pub fn add(&mut self, call: &Call) {
        let Some(operation) = call.operation.as_deref().filter(|_| call.recognized) else { return };
        let mut acts = ACTS.iter().filter(|it| it.service == call.service);
        let found = acts
            .find_map(|acts| Some((acts, *acts.operations.iter().find(|it| **it == operation)?)));
        let Some((acts, operation)) = found else { return };
        // What failed was begun with nothing.
        if call.outcome.failed() {
            return;
        }
        if self.is_of_another_call(call, operation) {
            return;
        }
        if acts.role.is_some_and(|role| call.parameters.contains_key(role)) {
            return;
        }
        let seen = self.operations.entry((acts.service, operation)).or_default();
        seen.calls += 1;
        seen.unless = acts.unless;
        let told: Vec<&str> = types(call).collect();
        if told.is_empty() {
            seen.untold += 1;
        }
        for name in told {
            if seen.types.len() < MOST_TYPES && !seen.types.contains(name) {
                seen.types.insert(name.to_owned());
            }
        }
    }

    /// Whether what a change set does was told when it was made: its role, or that it has none.
    fn is_of_another_call(&mut self, call: &Call, operation: &str) -> bool {
        let name = call.parameters.get("ChangeSetName").and_then(Value::as_str);
        let Some(name) = name.map(change_set) else { return false };
        match operation {
            "CreateChangeSet" => {
                if self.change_sets.len() < MOST_CHANGE_SETS {
                    self.change_sets.insert(name.to_owned());
                }
                false
            }
            "ExecuteChangeSet" => self.change_sets.contains(name),
            _ => false,
        }
    }
}

/// The types of resources that a request tells; recordings are files that anybody may have written.
fn types(call: &Call) -> impl Iterator<Item = &str> {
    let template = call.parameters.get("TemplateBody").and_then(Value::as_array);
    let of_template = template.into_iter().flatten().filter_map(Value::as_str);
    let name = call.parameters.get("TypeName").and_then(Value::as_str);
    let is_visible = call.source != Source::Csm;
    of_template.chain(name).filter(move |name| is_visible && is_resource_type(name))
}

/// The name in a change set's ARN (`arn:aws:cloudformation:eu-west-1:111122223333:changeSet/NAME/uuid`), or the name itself.
fn change_set(name: &str) -> &str {
    let name = name.rsplit_once(":changeSet/").map_or(name, |(_, rest)| rest);
    name.split('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_acts_so_is_in_the_catalogue_with_the_member_that_keeps_it_from_it() {
        for Acts { service, operations, role, .. } in ACTS {
            let service = Catalog::embedded().service(service).unwrap();
            for name in *operations {
                let operation = service.operation(name).unwrap_or_else(|| panic!("{name}"));
                let input = operation.input().unwrap();
                // A change set has the role that it was made with; so has a product, and an environment that is there.
                if let Some(role) = role
                    && *name != "ExecuteChangeSet"
                    && service.name() != "elasticbeanstalk"
                {
                    assert!(input.member(role).is_some(), "{name} has no {role}");
                }
            }
        }
    }

    #[test]
    fn a_change_set_is_known_by_name_and_by_arn() {
        let arn = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/mine/0a1b";
        assert_eq!((change_set(arn), change_set("mine")), ("mine", "mine"));
    }
}
