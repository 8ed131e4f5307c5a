//! Real clients of the data plane (`tests/clients/data_plane`), through the proxy to a stand-in on this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::hostile::proxied::grants;
use crate::support::{
    ACCOUNT, StandIn, access_key_id, child_path, on_path, repository, run, skipped,
};

const NO_VENV: &str = "no target/data-plane-venv (scripts/test makes it)";
/// What is in the passwords and tokens of the clients.
const SECRETS: [&str; 5] = [
    "a/secret/that/must/be/found/nowhere",
    "a-git-password",
    "a-registry-token",
    "a-package-token",
    "bedrock-api-key-secret",
];

/// `tests/clients/data_plane/server.py`, running until this is dropped.
fn data_plane(python: &Path, folder: &Path) -> StandIn {
    let mut program = Command::new(python);
    program.arg(repository("tests/clients/data_plane/server.py")).arg(folder);
    StandIn::of(program, &[])
}

/// A Python that has these clients.
fn python() -> Option<PathBuf> {
    let path = repository("target/data-plane-venv/bin/python");
    path.exists().then_some(path)
}

fn workload(name: &str) -> PathBuf {
    repository("tests/clients/data_plane").join(name)
}

/// Runs a workload, and says what its policy allows and what was said.
fn allowed(prepare: impl FnOnce(&Path), command: &[&Path]) -> Option<(BTreeSet<String>, String)> {
    let python = on_path("python3")?;
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let stand_in = data_plane(&python, folder.path());
    let (policy, recording) =
        (folder.path().join("policy.json"), folder.path().join("calls.jsonl"));
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .current_dir(&work)
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", SECRETS[0])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(["run", "-vv", "--upstream", &stand_in.url, "-o"])
        .arg(&policy)
        .arg("--record")
        .arg(&recording)
        .arg("--")
        .args(command);
    let printed = run(&mut leastwise, Duration::from_secs(120));
    let policy = std::fs::read_to_string(policy).unwrap();
    let recording = std::fs::read_to_string(recording).unwrap();
    for (what, text) in [("output", &printed), ("policy", &policy), ("recording", &recording)] {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is in the {what}: {text}");
        }
    }
    assert!(!printed.contains("not recognised"), "{printed}");
    assert!(!printed.contains("failed in the proxy"), "{printed}");
    Some((grants(&policy).into_iter().collect(), printed))
}

fn check(found: (BTreeSet<String>, String), expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(found.0, expected, "{}", found.1);
}

#[test]
fn curl() {
    let (Some(curl), Some(bash)) = (on_path("curl"), on_path("bash")) else {
        return skipped("data_plane::clients::curl", "no curl or no bash");
    };
    let help = Command::new(curl).args(["--help", "all"]).output().unwrap();
    if !String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4") {
        return skipped("data_plane::clients::curl", "this curl does not sign for AWS (7.75 does)");
    }
    let Some(found) = allowed(|_| {}, &[&bash, &workload("curl.sh")]) else {
        return skipped("data_plane::clients::curl", "no python3");
    };
    let expected = [
        "aoss:APIAccessAll on arn:aws:aoss:eu-west-1:123456789012:collection/07tjusf2h91cunochc",
        "appsync:GraphQL on arn:aws:appsync:eu-west-1:123456789012:apis/*/types/Query/fields/listPosts",
        "aps:QueryMetrics on arn:aws:aps:eu-west-1:123456789012:workspace/ws-0a1b",
        "bedrock-mantle:CallWithBearerToken on *",
        "bedrock-mantle:ListModels on arn:aws:bedrock-mantle:eu-west-1:123456789012:project/default",
        "bedrock:InvokeModel on arn:aws:bedrock:eu-west-1::foundation-model/openai.gpt-oss-20b-1:0",
        "cloudwatch:DescribeAlarmHistory on arn:aws:cloudwatch:eu-west-1:123456789012:alarm:zipped",
        "dynamodb:DescribeTable on arn:aws:dynamodb:eu-west-1:123456789012:table/zipped",
        "execute-api:Invoke on arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/${$}default/GET/prod/pets/7",
        "execute-api:Invoke on arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/pets/7",
        "lambda:InvokeFunction on arn:aws:lambda:eu-west-1:123456789012:function:*",
        "lambda:InvokeFunctionUrl on arn:aws:lambda:eu-west-1:123456789012:function:*",
        "neptune-db:ReadDataViaQuery on arn:aws:neptune-db:eu-west-1:123456789012:*/*",
        "osis:Ingest on arn:aws:osis:eu-west-1:123456789012:pipeline/logs",
        "vpc-lattice-svcs:Invoke on arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-0123456789abcdef0/eur",
    ];
    check(found, &expected);
}

#[test]
fn git() {
    let (Some(git), Some(bash)) = (on_path("git"), on_path("bash")) else {
        return skipped("data_plane::clients::git", "no git or no bash");
    };
    let prepare = |folder: &Path| {
        let repository = folder.join("orders");
        let mut init = Command::new(&git);
        init.args(["init", "--quiet", "--bare", "--initial-branch", "main"]).arg(&repository);
        run(
            init.env_clear().env("PATH", child_path()).env("HOME", folder),
            Duration::from_secs(30),
        );
    };
    let Some(found) = allowed(prepare, &[&bash, &workload("git.sh")]) else {
        return skipped("data_plane::clients::git", "no python3");
    };
    let expected = [
        "codecommit:GitPull on arn:aws:codecommit:eu-west-1:123456789012:orders",
        "codecommit:GitPush on arn:aws:codecommit:eu-west-1:123456789012:orders",
    ];
    check(found, &expected);
}

#[test]
fn skopeo() {
    let (Some(_), Some(bash)) = (on_path("skopeo"), on_path("bash")) else {
        return skipped("data_plane::clients::skopeo", "no skopeo (Debian: apt install skopeo)");
    };
    let Some(found) = allowed(|_| {}, &[&bash, &workload("skopeo.sh")]) else {
        return skipped("data_plane::clients::skopeo", "no python3");
    };
    let actions = [
        "BatchCheckLayerAvailability",
        "BatchGetImage",
        "CompleteLayerUpload",
        "GetDownloadUrlForLayer",
        "InitiateLayerUpload",
        "ListImages",
        "PutImage",
        "UploadLayerPart",
    ];
    let expected = actions
        .map(|it| format!("ecr:{it} on arn:aws:ecr:eu-west-1:123456789012:repository/team/web"));
    check(found, &expected.each_ref().map(|it| &**it));
}

#[test]
fn pip() {
    let (Some(python), Some(bash)) = (python(), on_path("bash")) else {
        return skipped("data_plane::clients::pip", NO_VENV);
    };
    let Some(found) = allowed(|_| {}, &[&bash, &workload("pip.sh"), &python]) else {
        return skipped("data_plane::clients::pip", "no python3");
    };
    let expected = [
        "codeartifact:ReadFromRepository on arn:aws:codeartifact:eu-west-1:123456789012:repository/my-domain/tools",
    ];
    check(found, &expected);
}

#[test]
fn opensearch() {
    let Some(python) = python() else {
        return skipped("data_plane::clients::opensearch", NO_VENV);
    };
    let Some(found) = allowed(|_| {}, &[&python, &workload("opensearch.py")]) else {
        return skipped("data_plane::clients::opensearch", "no python3");
    };
    let domain = "on arn:aws:es:eu-west-1:123456789012:domain/my-movies";
    let expected = [
        format!("es:ESHttpPost {domain}/movies/_search"),
        format!("es:ESHttpPut {domain}/movies"),
        format!("es:ESHttpPut {domain}/movies/_doc/1"),
    ];
    check(found, &expected.each_ref().map(|it| &**it));
}

#[test]
fn iceberg() {
    let Some(python) = python() else {
        return skipped("data_plane::clients::iceberg", NO_VENV);
    };
    let Some(found) = allowed(|_| {}, &[&python, &workload("iceberg.py")]) else {
        return skipped("data_plane::clients::iceberg", "no python3");
    };
    let glue = |action: &str, resource: &str| {
        format!("glue:{action} on arn:aws:glue:eu-west-1:123456789012:{resource}")
    };
    let lake = |action: &str, resource: &str| {
        format!(
            "s3tables:{action} on arn:aws:s3tables:eu-west-1:123456789012:bucket/lake{resource}"
        )
    };
    let expected = [
        glue("GetCatalog", "catalog"),
        glue("GetDatabase", "catalog"),
        glue("GetDatabase", "database/*"),
        glue("GetTable", "catalog"),
        glue("GetTable", "database/sales"),
        glue("GetTable", "table/sales/orders"),
        glue("GetTables", "catalog"),
        glue("GetTables", "database/sales"),
        glue("GetTables", "table/sales/*"),
        lake("GetTableBucket", ""),
        lake("GetTableData", "/table/*"),
        lake("GetTableMetadataLocation", "/table/*"),
        lake("ListNamespaces", ""),
        lake("ListTables", ""),
    ];
    check(found, &expected.each_ref().map(|it| &**it));
}
