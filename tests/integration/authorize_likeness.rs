//! What fills the variables of ARN formats where no rule says it: members of other names, by likeness. Each has been looked at,
//! against the texts of the member and the ARN format: a member that names something else would be a resource that is not there.

use std::collections::BTreeSet;

use leastwise::authorize::variables_of;
use leastwise::catalog::naming::{Named, letters};
use leastwise::catalog::rule::{Rule, Step, Target, Value};
use leastwise::catalog::{Catalog, Class};

/// What is filled from a member of another name, neither an ARN nor called like the type: service, type, variable, member; why it
/// is right.
const LOOKED_AT: [(&str, &str); 31] = [
    ("artifact report.Version reportVersion", "the version of the report"),
    (
        "bedrock-runtime custom-model-deployment.ResourceId modelId",
        "a model's id, or the ARN of any that stands for one; rules say which",
    ),
    ("bedrock-runtime default-prompt-router.ResourceId modelId", "likewise"),
    ("bedrock-runtime imported-model.ResourceId modelId", "likewise"),
    ("bedrock-runtime project.ResourceId modelId", "likewise"),
    ("bedrock-runtime prompt-router.ResourceId modelId", "likewise"),
    ("bedrock-runtime provisioned-model.ResourceId modelId", "likewise"),
    ("events key.KeyId KmsKeyIdentifier", "a key of KMS"),
    ("finspace kxCluster.KxCluster clusterName", "the cluster"),
    ("finspace kxDatabase.KxDatabase databaseName", "the database"),
    ("finspace kxDataview.KxDataview dataviewName", "the view"),
    ("finspace kxScalingGroup.KxScalingGroup scalingGroupName", "the group"),
    ("finspace kxVolume.KxVolume volumeName", "the volume"),
    ("healthlake datastore.DatastoreId SourceDatastoreId", "the store that is restored from"),
    ("kms key.KeyId TargetKeyId", "the key that the alias is for"),
    ("lambda layerVersion.LayerVersion Layers[]", "an ARN with the version"),
    (
        "lambda-microvms microvmImage.MicrovmImageName microvmIdentifier",
        "the one thing that the request names",
    ),
    (
        "lex-models bot version.BotVersion v1BotVersion",
        "the version of the old bot, on whose ARN it is",
    ),
    ("mediastore-data folder.FolderPath Path", "the path of the folder"),
    ("nimble streaming-session-backup.StreamingSessionBackupId backupId", "the backup"),
    ("nimble streaming-session.StreamingSessionId sessionId", "the session"),
    ("opsworks stack.StackId SourceStackId", "the stack that is cloned"),
    ("quicksight account.ResourceId AwsAccountId", "the account is the resource"),
    ("robomaker deploymentJob.DeploymentJobId job", "the job, by its ARN"),
    ("robomaker simulationJob.SimulationJobId job", "likewise"),
    ("robomaker simulationJobBatch.SimulationJobBatchId batch", "the batch, by its ARN"),
    ("robomaker worldExportJob.WorldExportJobId job", "the job, by its ARN"),
    ("robomaker worldGenerationJob.WorldGenerationJobId job", "likewise"),
    ("sagemaker model-package.ModelPackageName ModelPackageArnList[]", "ARNs"),
    ("secretsmanager Secret.SecretId SecretIdList[]", "the secrets, by name or ARN"),
    ("ssm bucket.BucketName OutputS3BucketName", "the bucket of the output"),
];

/// A name without what says that it is one.
fn stem(letters: &str) -> &str {
    let endings = ["identifier", "name", "id", "arn"];
    endings.into_iter().find_map(|it| letters.strip_suffix(it)).unwrap_or(letters)
}

/// The letters of the member that a value is of, and whether it is one of many.
fn member(value: &Value) -> Option<String> {
    let steps = value.path()?;
    let name = steps.iter().rev().find_map(|step| match step {
        Step::Member(name) => Some(letters(name)),
        _ => None,
    })?;
    let many = matches!(steps.last(), Some(Step::Items));
    let one = name.strip_suffix('s').filter(|_| many).map(str::to_owned);
    Some(one.unwrap_or(name))
}

/// Whether a member can be taken for anything but what a variable of a type is for.
fn is_doubtful(member: &str, variable: &str, kind: &str) -> bool {
    let variable = variable.strip_suffix("withpath").unwrap_or(variable);
    // An ARN counts only where it is one of the format.
    let is_reference = member.ends_with("arn") || member.starts_with("resource");
    let says_nothing = matches!(stem(member), "" | "resource");
    !(is_reference || says_nothing || stem(member) == stem(variable) || stem(member) == kind)
}

#[test]
fn members_of_other_names_are_looked_at() {
    let mut found = BTreeSet::new();
    let mut count = 0;
    for operation in Catalog::embedded().services().flat_map(|it| it.operations()) {
        let service = operation.service().name();
        // Of their ARNs none is made so: they are the path of the request.
        if service.starts_with("apigateway") {
            continue;
        }
        // What is tagged is what the operation makes, whatever else can have tags.
        for it in
            operation.authorized().filter(|it| !matches!(it.class(), Class::Role | Class::Tag))
        {
            // Rules that say what it is on ask no variable of another type.
            let mut rules = it.rules().filter_map(|it| Rule::parse(it, &|_| None).ok()).peekable();
            if rules.peek().is_some() && rules.all(|rule| rule.on == [Target::Everything]) {
                continue;
            }
            let action = it.action();
            for kind in action.resources().map(|it| it.resource_type) {
                for format in kind.arn_formats() {
                    for (variable, named) in variables_of(operation, action, kind, format) {
                        let Named::ByFirst(values) = named else { continue };
                        count += values.len();
                        for value in values {
                            let Some(member) = member(&value) else { continue };
                            if is_doubtful(&member, &letters(variable), &letters(kind.name())) {
                                found.insert(format!(
                                    "{service} {}.{variable} {value}",
                                    kind.name()
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    let known: BTreeSet<String> = LOOKED_AT.iter().map(|(it, _)| (*it).to_owned()).collect();
    let new: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    println!("{count} members fill variables by their names; {} by likeness alone", found.len());
    assert!(
        new.is_empty(),
        "{} to be looked at:\n{}",
        new.len(),
        new.iter().map(|it| format!("    {it}\n")).collect::<String>()
    );
    assert!(gone.is_empty(), "no longer so: {gone:?}");
    assert!(count >= 5_000, "{count}");
}
