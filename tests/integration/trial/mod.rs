//! `leastwise try`: a temporary role with a policy and nothing else, in front of moto, with its own enforcement and with ours.

mod federation;
mod kills;
mod learning;
mod own;
mod roles;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::leastwise;
use crate::support::{StandIn, child_path, installed, repository};

/// Calls that `account.py` makes.
const CALLS: &str = "11";

/// A stand-in with an account, and whoever tries something in it.
struct Account {
    stand_in: StandIn,
    folder: tempfile::TempDir,
    key: String,
    secret: String,
}

impl Account {
    /// One in which nothing is refused.
    fn open() -> Account {
        Account::with(&[], None)
    }

    /// One whose stand-in refuses by its own IAM what policies do not allow.
    fn refusing() -> Account {
        Account::with(&[("INITIAL_NO_AUTH_ACTION_COUNT", CALLS)], None)
    }

    /// `policy`: that of the user; without one, the user may do everything.
    fn with(settings: &[(&str, &str)], policy: Option<&str>) -> Account {
        let stand_in = StandIn::start_with(settings);
        let folder = tempfile::tempdir().unwrap();
        let mut account = Command::new(python());
        account.arg(repository("tests/trial/account.py")).arg(&stand_in.url);
        match policy {
            Some(text) => {
                let file = folder.path().join("own.json");
                std::fs::write(&file, text).unwrap();
                account.arg(file)
            }
            None => account.arg("-"),
        };
        let output = account.env_clear().stderr(Stdio::inherit()).output().unwrap();
        let keys: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |name: &str| keys[name].as_str().unwrap().to_owned();
        Account { key: text("key"), secret: text("secret"), stand_in, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file with a policy.
    fn policy(&self, text: &str) -> PathBuf {
        let file = self.path().join("policy.json");
        std::fs::write(&file, text).unwrap();
        file
    }

    /// `leastwise` for the user of the account, in front of the stand-in.
    fn leastwise(&self, arguments: &[&str]) -> Command {
        let mut command = leastwise(arguments);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.path())
            .env("PATH", child_path())
            .env("HOME", self.path())
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", &self.key)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .env("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// `leastwise try OPTIONS --upstream STAND-IN -- COMMAND`.
    fn tries(&self, options: &[&str], command: &[&str]) -> Output {
        let mut arguments = vec!["try", "--mode", "proxy", "--upstream", &self.stand_in.url];
        arguments.extend(options);
        arguments.push("--");
        arguments.extend(command);
        self.leastwise(&arguments).output().unwrap()
    }

    /// What an administrator sees, whom the stand-in lets do all: the names of roles and of the account's own policies.
    fn names(&self) -> Vec<String> {
        let script = "import boto3, sys\n\
            iam = boto3.client('iam', endpoint_url=sys.argv[1], region_name='us-east-1')\n\
            print(*[it['RoleName'] for it in iam.list_roles()['Roles']])\n\
            print(*[it['PolicyName'] for it in iam.list_policies(Scope='Local')['Policies']])\n";
        let mut python = Command::new(python());
        python.env_clear().args(["-c", script, &self.stand_in.url]);
        python.env("AWS_ACCESS_KEY_ID", &self.key).env("AWS_SECRET_ACCESS_KEY", &self.secret);
        let output = python.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let ours = text.split_whitespace().filter(|name| name.starts_with("leastwise"));
        ours.map(str::to_owned).collect()
    }
}

fn python() -> PathBuf {
    installed("python").expect("the test environment, made by scripts/test")
}

fn workload(name: &str) -> Vec<String> {
    let script = repository("tests/trial/workloads.py");
    vec![python().display().to_string(), script.display().to_string(), name.to_owned()]
}

/// The role that is there before, and that nobody may remove: its name begins as ours do.
const FOREIGN: &str = "leastwise-try-web";

/// Lists one bucket, and the other one, which the policy denies.
const SHELVES: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"s3:List*","Resource":"*"},
    {"Effect":"Deny","Action":"s3:List*","Resource":"arn:aws:s3:::closed-shelf"}]}"#;
const LISTS: &str = "aws s3api list-objects-v2 --bucket open-shelf && ! aws s3api list-objects-v2 --bucket closed-shelf";
