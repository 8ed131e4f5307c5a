//! The loop closes against an authority that is not ours: moto's IAM enforcement.
//!
//! A workload (`tests/iam_loop/workload.py`, boto3) runs under `leastwise run --upstream` against a moto that lets everything pass, and
//! is recorded. Then it runs against a moto that enforces IAM, as a user who has only the recorded policy, and passes. Then it runs once more, and before
//! each call the same request is made without each of the actions that the recording says the call needs, and with each of them
//! on other resources: moto must refuse every one of these.
//!
//! What moto enforces, as its source says (`moto/core/authorization.py`, `moto/iam/access_control.py`, version 5.2.5):
//! * Every request's signature is verified with the user's secret key; then one action is asked for, once, before the request is carried out.
//!   For S3 it is the IAM action by a table of moto's; for all others the signing name and the operation's name, which is not always
//!   the IAM action ([`ASKED`]). Actions beside that one, on whatever the request carries, are never asked for ([`UNENFORCED`]).
//! * The resource of S3's requests is the bucket or the object, SQS's the queue, IAM's the role (of requests with `RoleName`), that of
//!   `sts:AssumeRole` the role ([`NAMED`]): those of the policy must match it, with `*` as a wildcard. In all other services the resource is `*`
//!   itself, which only a statement on `*` matches. So what is recorded for those is given on `*`, and their resources are not tested here.
//! * Conditions are parsed, but without values to compare them with: not tested here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{
    ACCOUNT, StandIn, access_key_id, child_path, installed, repository, run, skipped,
};
use serde_json::{Value, json};

/// The services in which moto asks on the resource, and not on `*`.
const NAMED: [&str; 4] = ["s3", "sqs", "iam", "sts"];

/// On what moto asks for an action.
#[derive(Clone, Copy, PartialEq)]
enum On {
    /// What the policy says.
    Recorded,
    /// The bucket of the object that the policy says.
    Bucket,
    /// `*`, though the policy is for a resource and moto asks on resources in this service.
    Star,
}

/// What moto asks for instead of what AWS does: its action, the actions that AWS asks for (all of them), and on what.
/// Without an entry both are the same.
const ASKED: &[(&str, &[&str], On)] = &[
    ("kms:ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"], On::Recorded),
    ("s3:HeadBucket", &["s3:ListBucket"], On::Recorded),
    ("s3:DeleteObject", &["s3:DeleteObject"], On::Bucket),
    (
        "dynamodb:TransactWriteItems",
        &["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"],
        On::Recorded,
    ),
    ("dynamodb:TransactGetItems", &["dynamodb:GetItem"], On::Recorded),
    (
        "dynamodb:ExecuteStatement",
        &["dynamodb:PartiQLInsert", "dynamodb:PartiQLSelect"],
        On::Recorded,
    ),
    ("dynamodb:BatchExecuteStatement", &["dynamodb:PartiQLDelete"], On::Recorded),
    ("sqs:SendMessageBatch", &["sqs:SendMessage"], On::Recorded),
    ("sqs:DeleteMessageBatch", &["sqs:DeleteMessage"], On::Recorded),
    ("sqs:GetQueueUrl", &["sqs:GetQueueUrl"], On::Star),
    ("sqs:CreateQueue", &["sqs:CreateQueue"], On::Star),
    ("iam:CreateRole", &["iam:CreateRole"], On::Star),
    ("iam:CreatePolicy", &["iam:CreatePolicy"], On::Star),
    ("iam:DeletePolicy", &["iam:DeletePolicy"], On::Star),
    ("iam:CreateInstanceProfile", &["iam:CreateInstanceProfile"], On::Star),
    ("iam:AddRoleToInstanceProfile", &["iam:AddRoleToInstanceProfile"], On::Star),
    ("sns:PublishBatch", &["sns:Publish"], On::Recorded),
    ("lambda:Invoke", &["lambda:InvokeFunction"], On::Recorded),
    ("monitoring:PutMetricData", &["cloudwatch:PutMetricData"], On::Star),
    ("monitoring:PutMetricAlarm", &["cloudwatch:PutMetricAlarm"], On::Star),
    ("monitoring:DescribeAlarms", &["cloudwatch:DescribeAlarms"], On::Star),
    ("monitoring:ListMetrics", &["cloudwatch:ListMetrics"], On::Star),
    ("monitoring:DeleteAlarms", &["cloudwatch:DeleteAlarms"], On::Star),
    ("apigateway:CreateRestApi", &["apigateway:POST"], On::Star),
    ("apigateway:CreateResource", &["apigateway:POST"], On::Star),
    ("apigateway:GetResources", &["apigateway:GET"], On::Star),
    ("apigateway:PutMethod", &["apigateway:PUT"], On::Star),
    ("apigateway:DeleteRestApi", &["apigateway:DELETE"], On::Star),
];

/// What moto does not enforce: the operation, the actions that AWS needs for it and moto does not, and why.
const UNENFORCED: &[(&str, &[&str], &str)] = &[
    ("iam.CreateRole", &["iam:TagRole"], TAGS),
    ("iam.AddRoleToInstanceProfile", &["iam:PassRole"], ROLE),
    ("kms.CreateKey", &["kms:TagResource"], TAGS),
    ("s3.PutBucketEncryption", &["s3:PutEncryptionConfiguration"], MOTO_TABLE),
    ("s3.PutObject", &["s3:PutObjectTagging"], TAGS),
    ("s3.PutObject", &["s3:PutObjectAcl"], SECOND),
    ("s3.PutObject", &["kms:GenerateDataKey"], KMS),
    ("s3.GetObject", &["kms:Decrypt"], KMS),
    ("s3.CopyObject", &["s3:GetObject"], SECOND),
    ("dynamodb.CreateTable", &["dynamodb:TagResource"], TAGS),
    ("sqs.CreateQueue", &["sqs:TagQueue"], TAGS),
    ("sns.CreateTopic", &["sns:TagResource"], TAGS),
    ("logs.CreateLogGroup", &["logs:TagResource"], TAGS),
    ("ssm.PutParameter", &["ssm:AddTagsToResource"], TAGS),
    ("secretsmanager.CreateSecret", &["secretsmanager:TagResource"], TAGS),
    ("secretsmanager.BatchGetSecretValue", &["secretsmanager:GetSecretValue"], SECOND),
    ("lambda.CreateFunction", &["iam:PassRole"], ROLE),
    ("lambda.CreateFunction", &["lambda:TagResource"], TAGS),
    ("stepfunctions.CreateStateMachine", &["iam:PassRole"], ROLE),
    ("stepfunctions.CreateStateMachine", &["states:TagResource"], TAGS),
    ("events.PutRule", &["events:TagResource"], TAGS),
    ("events.PutRule", &["iam:PassRole"], ROLE),
    ("scheduler.CreateSchedule", &["iam:PassRole"], ROLE),
    ("ec2.RunInstances", &["ec2:CreateTags"], TAGS),
    ("ec2.RunInstances", &["iam:PassRole"], ROLE),
    ("ecr.CreateRepository", &["ecr:TagResource"], TAGS),
    ("ecs.CreateCluster", &["ecs:TagResource"], TAGS),
    ("ecs.RegisterTaskDefinition", &["iam:PassRole"], ROLE),
    ("elbv2.CreateLoadBalancer", &["elasticloadbalancing:AddTags"], TAGS),
    ("cloudformation.CreateStack", &["cloudformation:TagResource"], TAGS),
    ("cloudformation.CreateStack", &["iam:PassRole"], ROLE),
    ("cloudwatch.PutMetricAlarm", &["cloudwatch:TagResource"], TAGS),
    ("apigateway.CreateRestApi", &["apigateway:PUT"], TAGS),
];

const TAGS: &str = "moto asks for the operation alone, not for the tags it carries";
const ROLE: &str = "moto does not ask whether a role may be passed on";
const KMS: &str = "moto's S3 does not ask KMS with the caller's rights";
const SECOND: &str = "moto asks for one action per request";
const MOTO_TABLE: &str =
    "moto's table of S3's actions lacks it and asks for s3:CreateBucket instead";

#[test]
fn the_recorded_policy_is_enough_and_each_action_of_it_is_needed() {
    let Some(python) = installed("python") else {
        return skipped(
            "iam_loop::the_recorded_policy_is_enough_and_each_action_of_it_is_needed",
            "no .venv (scripts/test makes it)",
        );
    };
    let (policy, recording) = record();
    let calls: Vec<Value> =
        recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let operations: BTreeSet<_> = calls.iter().map(operation).collect();
    let services: BTreeSet<_> =
        calls.iter().map(|call| call["service"].as_str().unwrap()).collect();
    assert!(operations.len() >= 60 && services.len() >= 12, "{operations:?}");

    let grants = Grants::of(&policy);
    let made = |call: &Value, trials: Vec<Value>, policy: Value| json!({"operation": operation(call), "trials": trials, "policy": policy});

    // First as it is.
    let whole = trial("by the recorded policy", &grants);
    let plain = calls.iter().map(|call| made(call, vec![], whole.clone())).collect();
    let answer = ask(&python, plain);
    assert_eq!(answer["unexpected"], json!([]), "what the policy does not allow:\n{answer:#}");
    assert_eq!(answer["made"], calls.len(), "calls with the policy, and calls recorded");

    // Then with less.
    let mut refusals = 0;
    let mut tried = BTreeSet::new();
    let fewer: Vec<_> = calls
        .iter()
        .map(|call| {
            let operation = operation(call);
            let unenforced = unenforced(&operation);
            let mut trials = Vec::new();
            for required in call["requires"].as_array().unwrap() {
                let action = required["action"].as_str().unwrap();
                // Of a version moto asks only for s3:DeleteObjectVersion, AWS for both.
                let of_version = requires(call).any(|it| it == "s3:DeleteObjectVersion");
                if unenforced.contains(action) || action == "s3:DeleteObject" && of_version {
                    continue;
                }
                tried.insert(action.to_owned());
                trials.push(trial(&format!("without {action}"), &grants.without(&[action])));
                if required["resources"] != json!(["*"]) && on_resources(action, &operation) {
                    let elsewhere = grants.elsewhere(action, &required["resources"]);
                    trials.push(trial(&format!("with {action} elsewhere"), &elsewhere));
                }
            }
            refusals += trials.len();
            let unenforced: Vec<_> = unenforced.into_iter().collect();
            let name = format!("without {unenforced:?}");
            made(call, trials, trial(&name, &grants.without(&unenforced)))
        })
        .collect();
    let answer = ask(&python, fewer);
    assert_eq!(
        answer["unexpected"],
        json!([]),
        "moto decided otherwise than the tables of this test say:\n{answer:#}"
    );

    let never: BTreeSet<_> = grants.0.keys().filter(|action| !tried.contains(*action)).collect();
    eprintln!(
        "{} calls of {} operations of {} services pass with the recorded policy; {refusals} requests with less were refused; \
         {} of its {} actions were each refused at least once; moto never asks for {never:?}",
        calls.len(),
        operations.len(),
        services.len(),
        tried.len(),
        grants.0.len(),
    );
    // No entry without use.
    for (operation, actions, _) in UNENFORCED {
        let used = |action: &&str| {
            calls.iter().any(|call| {
                self::operation(call) == *operation && requires(call).any(|it| it == *action)
            })
        };
        assert!(actions.iter().all(used), "not needed in UNENFORCED: {operation} {actions:?}");
    }
}

/// Runs the workload under the real binary: the policy and the recording.
pub(crate) fn record() -> (Value, String) {
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let (policy, recording) =
        (folder.path().join("policy.json"), folder.path().join("calls.jsonl"));
    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .args(["run", "--mode", "proxy", "--upstream", &stand_in.url, "-o"])
        .arg(&policy)
        .arg("--record")
        .arg(&recording)
        .arg("--")
        .arg(installed("python").unwrap())
        .arg("-B")
        .arg(repository("tests/iam_loop/workload.py"))
        .current_dir(&folder)
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder.path())
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", "anything");
    let printed = run(&mut leastwise, Duration::from_secs(300));
    assert!(!printed.contains("not recognised"), "{printed}");
    assert!(!printed.contains("failed"), "{printed}");
    let policy = std::fs::read_to_string(policy).unwrap();
    (serde_json::from_str(&policy).unwrap(), std::fs::read_to_string(recording).unwrap())
}

/// Runs the workload with the authority's answers to these requests.
fn ask(python: &std::path::Path, calls: Vec<Value>) -> Value {
    let mut authority = Command::new(python)
        .arg("-B")
        .arg(repository("tests/iam_loop/authority.py"))
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", "/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let request = json!({ "calls": calls }).to_string();
    authority.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = authority.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "the authority ended with {}; its reason is above",
        output.status
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `s3.PutObject`.
pub(crate) fn operation(call: &Value) -> String {
    format!("{}.{}", call["service"].as_str().unwrap(), call["operation"].as_str().unwrap())
}

/// The actions that a recorded call needs.
fn requires(call: &Value) -> impl Iterator<Item = &str> {
    call["requires"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap())
}

fn unenforced(operation: &str) -> BTreeSet<&'static str> {
    let lists = UNENFORCED.iter().filter(|(of, ..)| *of == operation);
    lists.flat_map(|(_, actions, _)| actions.iter().copied()).collect()
}

/// Whether moto asks for this action on a resource.
fn on_resources(action: &str, operation: &str) -> bool {
    if operation == "s3.DeleteObjects" {
        return false; // on the bucket, which other objects of it are in, too
    }
    let asked_on_star = ASKED.iter().any(|(_, of, on)| *on == On::Star && of.contains(&action));
    NAMED.contains(&action.split(':').next().unwrap()) && !asked_on_star
}

/// A policy: what each action is allowed on.
#[derive(Clone)]
struct Grants(BTreeMap<String, BTreeSet<String>>);

impl Grants {
    fn of(policy: &Value) -> Grants {
        let mut grants = BTreeMap::<String, BTreeSet<String>>::new();
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            for action in texts(&statement["Action"]) {
                grants.entry(action).or_default().extend(texts(&statement["Resource"]));
            }
        }
        Grants(grants)
    }

    fn without(&self, actions: &[&str]) -> Grants {
        let mut fewer = self.clone();
        fewer.0.retain(|action, _| !actions.contains(&action.as_str()));
        fewer
    }

    /// With other resources in the place of these.
    fn elsewhere(&self, action: &str, resources: &Value) -> Grants {
        let mut other = self.clone();
        let on = other.0.get_mut(action).unwrap();
        for resource in texts(resources) {
            if on.remove(&resource) {
                on.insert(format!("{resource}-of-others"));
            }
        }
        other
    }

    /// The policy in moto's words; see the head of this file.
    fn document(&self) -> Value {
        let mut statements = Vec::new();
        let mut allow = |action: &str, resources: &BTreeSet<String>, on: On| {
            let named = NAMED.contains(&action.split(':').next().unwrap());
            let resources: BTreeSet<&str> = match on {
                On::Recorded if named => resources.iter().map(String::as_str).collect(),
                On::Bucket => resources.iter().map(|it| it.split('/').next().unwrap()).collect(),
                _ => BTreeSet::from(["*"]),
            };
            statements.push(json!({"Effect": "Allow", "Action": action, "Resource": resources}));
        };
        for (action, resources) in &self.0 {
            allow(action, resources, On::Recorded);
        }
        for (asked, instead_of, on) in ASKED {
            if let Some(all) =
                instead_of.iter().map(|it| self.0.get(*it)).collect::<Option<Vec<_>>>()
            {
                allow(asked, all[0], *on);
            }
        }
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}

fn trial(name: &str, grants: &Grants) -> Value {
    json!({"name": name, "policy": grants.document()})
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}
