//! Real AWS SDKs, seen through the proxy: each workload in `tests/clients/` runs under `leastwise run`
//! with the stand-in as its upstream. The clients talk TLS to AWS's own host names and are given nothing but
//! the environment that `run` makes. Each must give the policy and the calls in `tests/clients/expected/`;
//! `UPDATE_SNAPSHOTS=1 cargo test --test integration clients_proxy::` writes those anew.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{
    ACCOUNT, StandIn, access_key_id, calls, child_path, compare, installed, of_workspace, on_path,
    repository, run, skipped,
};
use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

const SECRET: &str = "a/secret/that/must/be/found/nowhere";
const NO_VENV: &str = "no .venv (scripts/test makes it)";

#[test]
fn boto3() {
    let Some(python) = installed("python") else {
        return skipped("clients_proxy::boto3", NO_VENV);
    };
    check("boto3_proxy", "both", &[&python, &repository("tests/clients/boto3_proxy.py")], |_| {});
}

#[test]
fn aws_cli_v1() {
    let (Some(_), Some(bash)) = (installed("aws"), on_path("bash")) else {
        return skipped("clients_proxy::aws_cli_v1", "no .venv (scripts/test makes it) or no bash");
    };
    check("aws_cli_proxy", "both", &[&bash, &repository("tests/clients/aws_cli_proxy.sh")], |_| {});
}

#[test]
fn javascript_v2() {
    javascript("javascript_v2_proxy", "aws-sdk");
}

#[test]
fn javascript_v3() {
    javascript("javascript_v3_proxy", "@aws-sdk/client-s3");
}

fn javascript(client: &str, package: &str) {
    let test = format!("clients_proxy::{client}");
    if installed("python").is_none() {
        return skipped(&test, NO_VENV);
    }
    let Some(node) = on_path("node") else {
        return skipped(&test, "no node");
    };
    if !repository("tests/clients/node_modules").join(package).exists() {
        return skipped(&test, "no tests/clients/node_modules (scripts/test makes it, with npm)");
    }
    let workload = repository("tests/clients").join(format!("{client}.js"));
    check(client, "both", &[&node, &workload], |_| {});
}

#[test]
fn rust_sdk() {
    if installed("python").is_none() {
        return skipped("clients_proxy::rust_sdk", NO_VENV);
    }
    let program = of_workspace("rust_sdk");
    if !program.exists() {
        let why = "the program with the SDK for Rust is not built; scripts/test does it";
        return skipped("clients_proxy::rust_sdk", why);
    }
    check("rust_sdk_proxy", "both", &[&program], |_| {});
}

#[test]
fn curl() {
    if installed("python").is_none() {
        return skipped("clients_proxy::curl", NO_VENV);
    }
    let (Some(curl), Some(bash)) = (on_path("curl"), on_path("bash")) else {
        return skipped("clients_proxy::curl", "no curl or no bash");
    };
    let help = Command::new(curl).args(["--help", "all"]).output().unwrap();
    if !String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4") {
        return skipped("clients_proxy::curl", "this curl does not sign for AWS (7.75 does)");
    }
    check("curl", "proxy", &[&bash, &repository("tests/clients/curl.sh")], |_| {});
}

#[test]
fn terraform() {
    let Some(python) = installed("python") else {
        return skipped("clients_proxy::terraform", NO_VENV);
    };
    let (Some(_), Some(bash)) = (on_path("terraform"), on_path("bash")) else {
        return skipped("clients_proxy::terraform", "no terraform or no bash");
    };
    check("terraform", "both", &[&bash, &repository("tests/clients/terraform.sh")], |stand_in| {
        make_state_bucket(&python, stand_in);
    });
}

/// Each role has a policy of its own, and the caller another; what STS gave out beside the keys is found nowhere.
#[test]
fn two_roles() {
    let Some(python) = installed("python") else {
        return skipped("clients_proxy::two_roles", NO_VENV);
    };
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let (policies, recording) = (folder.path().join("policies"), folder.path().join("calls.jsonl"));
    let mut live = leastwise(&stand_in, folder.path());
    live.args(["run", "-vvv", "--upstream", &stand_in.url, "--per-principal"]).arg(&policies);
    live.arg("--record").arg(&recording).arg("--").arg(&python);
    live.arg(repository("tests/clients/two_roles.py"));
    let printed = run(&mut live, Duration::from_secs(120));
    let caller = format!("{}.json", access_key_id(ACCOUNT));
    let wanted = [
        (&*caller, "iam:CreateRole sns:CreateTopic sts:AssumeRole"),
        ("role-queues.json", "sqs:CreateQueue"),
        ("role-store.json", "s3:CreateBucket s3:PutObject secretsmanager:GetSecretValue"),
    ];
    let wanted = wanted.map(|(file, actions)| (file.to_owned(), actions.to_owned()));
    assert_eq!(policies_in(&policies), wanted, "{printed}");
    assert!(printed.contains("  3 principals were heard; 3 policies in "), "{printed}");
    let store = format!("3  arn:aws:iam::{ACCOUNT}:role/teams/web/store  role-store.json\n");
    assert!(printed.contains(&store), "{printed}");

    // From the recording, too, and one of them alone.
    let again = folder.path().join("again");
    let mut command = leastwise(&stand_in, folder.path());
    command.arg("policy").arg(&recording).arg("--per-principal").arg(&again);
    let said = run(&mut command, Duration::from_secs(30));
    assert_eq!(policies_in(&again), wanted, "{said}");
    let mut command = leastwise(&stand_in, folder.path());
    command.arg("policy").arg(&recording).args(["--principal", "*:role/queues"]);
    let one = run(&mut command, Duration::from_secs(30));
    assert!(one.contains("sqs:CreateQueue") && !one.contains("s3:"), "{one}");
    assert!(one.contains("  9 calls of 2 other principals left out (--principal):"), "{one}");

    let ours: String = printed.lines().filter(|line| !line.starts_with("secret ")).collect();
    let mut written = vec![ours, said, one, std::fs::read_to_string(&recording).unwrap()];
    for folder in [&policies, &again] {
        let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        written.extend(files.map(|file| std::fs::read_to_string(file).unwrap()));
    }
    let secrets: Vec<_> = printed.lines().filter_map(|it| it.strip_prefix("secret ")).collect();
    assert_eq!(secrets.len(), 6);
    for secret in secrets {
        let part = &secret[..20];
        assert!(written.iter().all(|it| !it.contains(part)), "{part}... was written");
    }
}

/// terraform reads its state with a role of its own.
#[test]
fn terraform_with_a_role() {
    let Some(python) = installed("python") else {
        return skipped("clients_proxy::terraform_with_a_role", NO_VENV);
    };
    let (Some(_), Some(bash)) = (on_path("terraform"), on_path("bash")) else {
        return skipped("clients_proxy::terraform_with_a_role", "no terraform or no bash");
    };
    let stand_in = StandIn::start();
    make_state_bucket(&python, &stand_in);
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join("policies");
    let mut live = leastwise(&stand_in, folder.path());
    live.args(["run", "--upstream", &stand_in.url, "--per-principal"]).arg(&policies).arg("--");
    let workload = repository("tests/clients/terraform_role.sh");
    let printed = run(live.arg(bash).arg(workload), Duration::from_secs(300));
    let wanted = [
        (format!("{}.json", access_key_id(ACCOUNT)), "sts:AssumeRole".to_owned()),
        ("role-keeper.json".to_owned(), "s3:GetObject s3:ListBucket s3:PutObject".to_owned()),
    ];
    assert_eq!(policies_in(&policies), wanted, "{printed}");
}

/// The files of a folder and the actions in each, sorted.
fn policies_in(folder: &Path) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let mut policies: Vec<_> = files
        .map(|file| {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
            let statements = policy["Statement"].as_array().unwrap().iter();
            let mut actions: Vec<_> = statements
                .flat_map(|it| it["Action"].as_array().unwrap())
                .map(|it| it.as_str().unwrap().to_owned())
                .collect();
            actions.sort_unstable();
            actions.dedup();
            (file.file_name().to_string_lossy().into_owned(), actions.join(" "))
        })
        .collect();
    policies.sort_unstable();
    policies
}

/// The bucket of terraform's state is there before, as in real life.
fn make_state_bucket(python: &Path, stand_in: &StandIn) {
    let script = "import boto3, sys; boto3.client('s3', region_name='eu-west-1', endpoint_url=sys.argv[1], \
        aws_access_key_id='x', aws_secret_access_key='x').create_bucket(Bucket='state', \
        CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})";
    run(
        Command::new(python).args(["-c", script, &stand_in.url]).env_clear().env("HOME", "/"),
        Duration::from_secs(60),
    );
}

/// What goes past the proxy is heard over client-side monitoring, what goes through it counts once.
#[test]
fn past_the_proxy() {
    let Some(python) = installed("python") else {
        return skipped("clients_proxy::past_the_proxy", NO_VENV);
    };
    let stand_in = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("calls.jsonl");
    let seen = |upstream: &str, workload: &Path| {
        let mut leastwise = leastwise(&stand_in, folder.path());
        leastwise.args(["run", "--upstream", upstream, "--record"]).arg(&recording).arg("--");
        let printed = run(leastwise.arg(&python).arg(workload), Duration::from_secs(60));
        let text = std::fs::read_to_string(&recording).unwrap();
        std::fs::remove_file(&recording).unwrap();
        let mut calls: Vec<_> = text
            .lines()
            .map(|line| {
                let call: serde_json::Value = serde_json::from_str(line).unwrap();
                ["source", "operation", "error"]
                    .map(|it| call[it].as_str().unwrap_or("-").to_owned())
            })
            .collect();
        calls.sort_unstable();
        (calls.into_iter().map(|call| call.join(" ")).collect::<Vec<_>>(), printed)
    };
    let (calls, _) = seen(&stand_in.url, &repository("tests/clients/past_the_proxy.py"));
    assert_eq!(calls, ["csm CreateLogGroup -", "csm CreateQueue -", "proxy CreateQueue -"]);

    // Nothing answers, so no response bears an id; the SDK reports one call of three attempts.
    let script = folder.path().join("nobody.py");
    let text = "import boto3, botocore\nconfig = botocore.config.Config(retries={'mode': 'standard', 'max_attempts': 2})\n\
        try: boto3.client('sqs', config=config).list_queues()\nexcept botocore.exceptions.ClientError: pass\n";
    std::fs::write(&script, text).unwrap();
    let (calls, printed) = seen("http://127.0.0.1:1", &script);
    assert_eq!(calls, ["proxy ListQueues UpstreamFailed"; 3]);
    assert!(printed.contains("3 connections failed in the proxy:"), "{printed}");
}

/// HTTP/2 needs an upstream that speaks it, which moto does not.
#[test]
fn node_http2() {
    let Some(node) = on_path("node") else {
        return skipped("clients_proxy::node_http2", "no node");
    };
    let upstream = Http2Upstream::start(&node);
    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .args(["run", "--upstream", &upstream.url, "--upstream-ca"])
        .arg(&upstream.authority)
        .arg("--")
        .arg(node)
        .arg(repository("tests/clients/http2_proxy.js"))
        .env_clear();
    let printed = run(&mut leastwise, Duration::from_secs(30));
    assert!(printed.contains("all answered"), "{printed}");
    assert!(printed.contains("\"arn:aws:kinesis:eu-west-1:*:stream/clicks\""), "{printed}");
    assert!(printed.contains("heard 2 calls of 2 operations"), "{printed}");
}

/// An upstream that speaks HTTP/2 over TLS (`tests/clients/http2_server.js`). It ends when this is dropped.
pub(crate) struct Http2Upstream {
    process: Child,
    pub(crate) url: String,
    /// The certificate of the authority that vouches for it.
    pub(crate) authority: PathBuf,
    _folder: tempfile::TempDir,
}

impl Http2Upstream {
    pub(crate) fn start(node: &Path) -> Http2Upstream {
        let folder = tempfile::tempdir().unwrap();
        let file = |label: &str, name: &str, der: &[u8]| {
            let path = folder.path().join(name);
            let body = base64::engine::general_purpose::STANDARD.encode(der);
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            std::fs::write(&path, pem).unwrap();
            path
        };
        let (mut root, root_key) = (CertificateParams::default(), KeyPair::generate().unwrap());
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = file("CERTIFICATE", "ca.pem", root.self_signed(&root_key).unwrap().der());
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
        let certificate = file("CERTIFICATE", "leaf.pem", leaf.der());
        let key = file("PRIVATE KEY", "key.pem", &key.serialize_der());

        let mut process = Command::new(node)
            .arg(repository("tests/clients/http2_server.js"))
            .args([key, certificate])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let url = format!("https://127.0.0.1:{}", port.trim());
        Http2Upstream { process, url, authority, _folder: folder }
    }
}

impl Drop for Http2Upstream {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Runs a workload under `leastwise run` and compares policy and calls with the snapshots.
fn check(client: &str, mode: &str, workload: &[&Path], prepare: impl FnOnce(&StandIn)) {
    let stand_in = StandIn::start();
    prepare(&stand_in);
    let folder = tempfile::tempdir().unwrap();
    // Paths with spaces are what a Mac has.
    let temporary = folder.path().join("temporary files");
    std::fs::create_dir(&temporary).unwrap();
    #[cfg(unix)]
    {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&temporary, private).unwrap();
    }
    let (policy, recording) =
        (folder.path().join("policy.json"), folder.path().join("calls.jsonl"));

    let mut leastwise = leastwise(&stand_in, folder.path());
    leastwise
        .args(["run", "-vv", "--mode", mode, "--upstream", &stand_in.url, "--sort-alphabetical"])
        .arg("-o")
        .arg(&policy)
        .arg("--record")
        .arg(&recording)
        .arg("--")
        .args(workload)
        .env("TMPDIR", &temporary)
        .env("XDG_RUNTIME_DIR", &temporary);
    let printed = run(&mut leastwise, Duration::from_secs(300));

    let policy = std::fs::read_to_string(policy).unwrap();
    let recording = std::fs::read_to_string(recording).unwrap();
    for (what, text) in [("output", &printed), ("policy", &policy), ("recording", &recording)] {
        assert!(!text.contains(SECRET), "{client}: the secret key is in the {what}");
        assert!(!text.contains("Signature="), "{client}: a signature is in the {what}");
    }
    assert!(!printed.contains("failed in the proxy"), "{printed}");
    assert!(!printed.contains("not recognised"), "{printed}");
    let left: Vec<_> = std::fs::read_dir(temporary).unwrap().map(|it| it.unwrap().path()).collect();
    assert!(left.is_empty(), "{client}: left behind: {left:?}");
    compare(&format!("{client}.policy.json"), &policy, &printed);
    // Each call counts once, and in the proxy's version.
    compare(&format!("{client}.calls.txt"), &calls(&recording, "proxy"), &printed);
}

/// The binary, in this folder, with what a client needs to know of itself and no word about a proxy.
fn leastwise(stand_in: &StandIn, folder: &Path) -> Command {
    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .current_dir(folder)
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder)
        .env("NODE_OPTIONS", "--no-warnings")
        .env("NODE_PATH", repository("tests/clients/node_modules"))
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("STAND_IN", &stand_in.url);
    leastwise
}
