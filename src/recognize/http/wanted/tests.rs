//! What is wanted of some operations, and what of none.

use super::{Node, Plan, Want};
use crate::catalog::{Catalog, Class, Member, Operation};
use crate::recognize::http::keep::Keep;

fn paths(service: &str, operation: &str) -> Vec<String> {
    let operation = Catalog::embedded().service(service).unwrap().operation(operation).unwrap();
    Plan::of(operation, operation.input()).paths(false)
}

#[track_caller]
fn has(paths: &[String], wanted: &[&str]) {
    for path in wanted {
        assert!(paths.iter().any(|it| it == path), "{path} is not in {paths:?}");
    }
}

/// A tag whose key is a secret is one, too.
#[test]
fn that_a_request_has_tags_is_seen_in_every_operation() {
    let operations = Catalog::embedded().services().flat_map(|it| it.operations());
    let takes_tags = |it: &Operation| it.authorized().any(|it| it.class() == Class::Tag);
    let (mut tried, mut unseen) = (0, Vec::new());
    for operation in operations.filter(takes_tags) {
        let members = operation.input().into_iter().flat_map(|it| it.members());
        let tags = ["tags", "taglist", "tagset"];
        let is_tags = |it: &Member| tags.contains(&&*it.name.to_ascii_lowercase());
        let Some(member) = members.into_iter().find(is_tags) else { continue };
        tried += 1;
        if !Plan::of(operation, operation.input())
            .paths(false)
            .iter()
            .any(|path| path.starts_with(member.name))
        {
            unseen.push(format!("{}.{}", operation.service().name(), operation.name()));
        }
    }
    assert!(unseen.is_empty(), "{} of {tried}: {unseen:?}", unseen.len());
    assert!(tried >= 1_400, "{tried}");
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
                path.strip_prefix(member).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
            };
            assert_eq!(paths.iter().find(is_kept), None, "{service} {operation} {member}");
        }
    }
}

/// Of what is sensitive only that it is there is kept, or what by its form is an identifier.
#[test]
fn nothing_sensitive_is_wanted_of_any_operation() {
    fn is_harmless(plan: &Plan, want: Want, depth: usize) -> bool {
        match want {
            Want::Scalar(keep) => matches!(keep, Keep::Presence | Keep::Reference | Keep::Key),
            Want::Node(_) if depth > 40 => true,
            Want::Node(number) => match plan.node(number) {
                Node::Structure(fields) => {
                    fields.iter().all(|it| is_harmless(plan, it.want, depth + 1))
                }
                Node::List { item, .. } => is_harmless(plan, *item, depth + 1),
                Node::Map { .. } => false,
            },
        }
    }
    let mut referring = 0;
    for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
        let Some(input) = operation.input() else { continue };
        let plan = Plan::of(operation, Some(input));
        let Node::Structure(fields) = plan.node(plan.root) else { panic!("a structure") };
        for member in input.members().filter(|member| member.sensitive || member.is_stream()) {
            let inside = fields.iter().find(|it| it.name == member.name).map(|it| it.want);
            let outside = plan.outside.iter().find(|it| it.name == member.name);
            let wants = inside.into_iter().chain(outside.map(|it| Want::Scalar(it.keep)));
            for want in wants {
                // Of tags the keys are kept, which a policy's conditions can name.
                let harmless = is_harmless(&plan, want, 0);
                assert!(harmless, "{operation:?} {}", member.name);
                referring += usize::from(want != Want::Scalar(Keep::Presence));
            }
        }
    }
    assert!(referring >= 100, "{referring} sensitive members can name something");
}
