//! Members that rules look at and no general reason picks.

use super::keep::Keep;
use crate::catalog::Operation;
use crate::catalog::naming::{self, Members};
use crate::catalog::rule::{Condition, ENCRYPTION_KEY, Rule, Source, Step, Test, Value};

/// A service and paths of members in its operations' inputs. Items of lists and values of maps have no
/// step of their own.
type Named = (&'static str, &'static [(&'static str, Keep)]);

/// Members that rules look at and no general reason picks. This is where `data/rules` can name more.
const NAMED: [Named; 15] = [
    // A policy can be held to the names of records.
    ("route53", &[("ChangeBatch.Changes.ResourceRecordSet.Name", Keep::Whole)]),
    (
        "s3",
        &[
            ("ACL", Keep::Whole),
            ("GrantFullControl", Keep::Presence),
            ("GrantRead", Keep::Presence),
            ("GrantReadACP", Keep::Presence),
            ("GrantWrite", Keep::Presence),
            ("GrantWriteACP", Keep::Presence),
            ("AccessControlPolicy", Keep::Presence),
            ("ObjectLockMode", Keep::Whole),
            ("ObjectLockRetainUntilDate", Keep::Presence),
            ("ObjectLockLegalHoldStatus", Keep::Whole),
            ("ObjectLockEnabledForBucket", Keep::Whole),
            ("LegalHold", Keep::Presence),
            ("Retention", Keep::Presence),
            ("BypassGovernanceRetention", Keep::Whole),
            ("ServerSideEncryption", Keep::Whole),
            ("BucketKeyEnabled", Keep::Whole),
            ("StorageClass", Keep::Whole),
            ("TaggingDirective", Keep::Whole),
            ("MetadataDirective", Keep::Whole),
            ("CopySource", Keep::Whole),
            ("Key", Keep::Whole),
            ("VersionId", Keep::Whole),
            ("Prefix", Keep::Whole),
            ("Delimiter", Keep::Whole),
            ("Delete.Objects.Key", Keep::Whole),
            ("Delete.Objects.VersionId", Keep::Whole),
            ("OptionalObjectAttributes", Keep::Whole),
            ("ObjectAttributes", Keep::Whole),
            ("CreateBucketConfiguration.LocationConstraint", Keep::Whole),
            ("ReplicationConfiguration.Rules.Destination.Bucket", Keep::Whole),
        ],
    ),
    (
        "dynamodb",
        &[
            ("RequestItems", Keep::Presence),
            ("Statement", Keep::Statement),
            ("Statements.Statement", Keep::Statement),
            ("TransactStatements.Statement", Keep::Statement),
            ("TableName", Keep::Whole),
            ("IndexName", Keep::Whole),
            ("Select", Keep::Whole),
            ("ReturnValues", Keep::Whole),
        ],
    ),
    ("appsync-api", &[("query", Keep::Fields)]),
    ("iam", &[("Path", Keep::Whole)]),
    // Whose the keys are that these give out (`identity.rs`).
    ("sts", &[("RoleArn", Keep::Whole), ("TargetPrincipal", Keep::Whole)]),
    ("sso", &[("accountId", Keep::Whole), ("roleName", Keep::Whole)]),
    ("cognito-identity", &[("CustomRoleArn", Keep::Whole)]),
    ("sqs", &[("QueueUrl", Keep::Whole), ("QueueUrls", Keep::Whole)]),
    ("lambda", &[("Qualifier", Keep::Whole), ("Layers", Keep::Whole)]),
    (
        "ecs",
        &[
            ("capacityProviders", Keep::Whole),
            ("capacityProviderStrategy.capacityProvider", Keep::Whole),
            ("defaultCapacityProviderStrategy.capacityProvider", Keep::Whole),
            ("taskDefinition", Keep::Whole),
            ("cluster", Keep::Whole),
        ],
    ),
    ("secretsmanager", &[("SecretId", Keep::Whole)]),
    // What AWS makes with the caller's own permissions, which the summary says (`commands/summary/unseen.rs`).
    (
        "cloudformation",
        &[
            ("TemplateBody", Keep::Types),
            ("TemplateURL", Keep::Url),
            ("StackPolicyURL", Keep::Url),
            ("ChangeSetName", Keep::Whole),
        ],
    ),
    ("cloudcontrol", &[("TypeName", Keep::Whole), ("RoleArn", Keep::Whole)]),
    (
        "ssm",
        &[
            ("Name", Keep::Whole),
            ("Names", Keep::Whole),
            ("Path", Keep::Whole),
            ("Type", Keep::Whole),
        ],
    ),
];

/// Members of an operation's input that are kept whatever they are called: those of the table above, those that its rules
/// look at, and those that name its resources.
pub(super) struct Paths(Vec<(String, Keep)>);

/// The texts of an operation's answers that its rules and variables look at.
pub(super) fn answers(operation: Operation) -> Vec<String> {
    let mut paths = Vec::new();
    let mut add = |value: &Value| {
        if let Source::Answer(path) = &value.source
            // No answer says it; it is put beside what one says.
            && path.rsplit('.').next() != Some(ENCRYPTION_KEY)
            && !paths.contains(path)
        {
            paths.push(path.clone());
        }
    };
    // What does not parse does not pass the build.
    for authorized in operation.authorized() {
        for rule in authorized.rules().filter_map(|it| Rule::parse(it, &|_| None).ok()) {
            rule.values().into_iter().for_each(&mut add);
        }
    }
    let variables = operation.variables().flat_map(|(_, texts)| texts);
    variables.filter_map(|text| Value::parse(text).ok()).for_each(|value| add(&value));
    paths
}

impl Paths {
    pub(super) fn of(operation: Operation) -> Paths {
        let service = operation.service().name();
        let listed = NAMED.iter().filter(|(of, _)| *of == service).flat_map(|(_, paths)| *paths);
        let mut paths = Paths(listed.map(|(path, keep)| ((*path).to_owned(), *keep)).collect());
        for text in operation.variables().flat_map(|(_, texts)| texts) {
            if let Ok(value) = Value::parse(text) {
                paths.add(&value, Keep::Whole);
            }
        }
        let members = Members::of(operation);
        for authorized in operation.authorized() {
            // What does not parse does not pass the build.
            for rule in authorized.rules().filter_map(|it| Rule::parse(it, &|_| None).ok()) {
                if let Some(condition) = rule.condition() {
                    paths.add_condition(condition);
                }
                let values = rule.on.iter().flat_map(|target| target.values());
                let values = values.chain(rule.with.as_ref().map(|with| &with.value));
                values.for_each(|value| paths.add(value, Keep::Whole));
            }
            if let Ok(guard) = Condition::parse(authorized.guard(), &|_| None) {
                paths.add_condition(&guard);
            }
            let action = authorized.action();
            for kind in action.resources().map(|it| it.resource_type) {
                for format in kind.arn_formats() {
                    let names: Vec<&str> = naming::variables(format).collect();
                    for (index, name) in names.iter().enumerate() {
                        let named = members.named(action, kind, name, index + 1 == names.len());
                        named.values().iter().for_each(|value| paths.add(value, Keep::Whole));
                    }
                }
            }
        }
        paths
    }

    fn add_condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(all) | Condition::Any(all) => {
                all.iter().for_each(|it| self.add_condition(it));
            }
            Condition::Not(inner) => self.add_condition(inner),
            Condition::Named => {}
            Condition::Test(value, Test::Present) if value.functions.is_empty() => {
                self.add(value, Keep::Presence);
            }
            Condition::Test(value, _) => self.add(value, Keep::Whole),
        }
    }

    fn add(&mut self, value: &Value, keep: Keep) {
        value.joined().for_each(|it| self.add(it, keep));
        let Some(steps) = value.path() else { return };
        let mut path = String::new();
        for step in steps {
            if let Step::Member(name) = step {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
        }
        let keep = match steps {
            // Keys of a map are kept with the map.
            [.., Step::Keys] => Keep::Presence,
            // Its values are anybody's.
            [.., Step::Values] | [.., Step::Values, Step::Items] if keep == Keep::Whole => {
                Keep::Arn
            }
            _ => keep,
        };
        match self.0.iter_mut().find(|(it, _)| *it == path) {
            Some((_, known)) if *known == Keep::Presence => *known = keep,
            Some(_) => {}
            None => self.0.push((path, keep)),
        }
    }

    /// What is kept of the member at this path.
    pub(super) fn named(&self, path: &str) -> Option<Keep> {
        self.0.iter().find(|(it, _)| it == path).map(|(_, keep)| *keep)
    }

    /// Whether such a path leads through `path`.
    pub(super) fn lead_through(&self, path: &str) -> bool {
        self.0.iter().any(|(it, _)| it.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }
}
