//! Members that rules look at and no general reason picks.

use super::wanted::Keep;
use crate::catalog::Operation;

/// A service and paths of members in its operations' inputs. Items of lists and values of maps have no
/// step of their own.
type Named = (&'static str, &'static [(&'static str, Keep)]);

/// Members that rules look at and no general reason picks. This is where `data/rules` can name more.
const NAMED: [Named; 7] = [
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

/// What is kept of the member at this path.
pub(super) fn named(operation: Operation, path: &str) -> Option<Keep> {
    let service = operation.service().name();
    let mut paths = NAMED.iter().filter(|(of, _)| *of == service).flat_map(|(_, paths)| *paths);
    paths.find(|(it, _)| *it == path).map(|(_, keep)| *keep)
}

/// Whether such a path leads through `path`.
pub(super) fn leads_through(operation: Operation, path: &str) -> bool {
    let service = operation.service().name();
    let mut paths = NAMED.iter().filter(|(of, _)| *of == service).flat_map(|(_, paths)| *paths);
    paths.any(|(it, _)| it.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}
