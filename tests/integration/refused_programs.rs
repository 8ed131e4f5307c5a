//! The programs in `tests/clients/refused`, which ask for one operation after the other and print a line for each: service, operation, and
//! what their SDK made of the refusal. They take the endpoint from `AWS_ENDPOINT_URL`, where there is one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::support::{
    ACCOUNT, access_key_id, child_path, installed, of_workspace, on_path, repository, run, skipped,
};

const NO_VENV: &str = "no .venv (scripts/test makes it)";

/// A program that can run here.
pub(crate) struct Program {
    words: Vec<PathBuf>,
    /// The file with what it prints.
    expected: String,
}

impl Program {
    fn new(words: impl IntoIterator<Item = PathBuf>, expected: &str) -> Program {
        Program { words: words.into_iter().collect(), expected: format!("{expected}.txt") }
    }

    /// The command, behind these words, that runs it in this folder. It knows whose keys it has, and no endpoint.
    pub(crate) fn command(&self, before: &[&str], folder: &Path) -> Command {
        let mut words = before.iter().map(PathBuf::from).chain(self.words.iter().cloned());
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .current_dir(folder)
            .env_clear()
            .env("PATH", child_path())
            .env("HOME", folder)
            .env("NODE_PATH", repository("tests/clients/node_modules"))
            .env("NODE_NO_WARNINGS", "1")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// What it is to print.
    pub(crate) fn wanted(&self) -> String {
        let path = repository("tests/clients/refused").join(&self.expected);
        std::fs::read_to_string(path).unwrap()
    }

    /// The operations that it asks for, in this order: `s3 GetObject`.
    pub(crate) fn operations(&self) -> Vec<String> {
        let wanted = self.wanted();
        let words = wanted.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>());
        words.map(|it| it.join(" ")).collect()
    }
}

/// A file beside them.
fn beside(name: &str) -> PathBuf {
    repository("tests/clients/refused").join(name)
}

fn none(test: &str, reason: &str) -> Option<Program> {
    skipped(test, reason);
    None
}

pub(crate) fn boto3(test: &str) -> Option<Program> {
    let Some(python) = installed("python") else { return none(test, NO_VENV) };
    Some(Program::new([python, beside("boto3_refused.py")], "boto3"))
}

pub(crate) fn aws_cli_v1(test: &str) -> Option<Program> {
    let (Some(aws), Some(bash)) = (installed("aws"), on_path("bash")) else {
        return none(test, "no .venv (scripts/test makes it) or no bash");
    };
    Some(Program::new([bash, beside("aws_cli_refused.sh"), aws], "aws_cli"))
}

/// Debian's `awscli`, or the one that `AWS_CLI_V2` names.
pub(crate) fn aws_cli_v2(test: &str) -> Option<Program> {
    let named = std::env::var_os("AWS_CLI_V2").map(PathBuf::from);
    let aws = named.unwrap_or_else(|| "/usr/bin/aws".into());
    let version = Command::new(&aws).arg("--version").output();
    let is_v2 =
        version.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).starts_with("aws-cli/2."));
    let Some(bash) = on_path("bash").filter(|_| is_v2) else {
        return none(test, "no /usr/bin/aws of version 2 (Debian: apt install awscli)");
    };
    Some(Program::new([bash, beside("aws_cli_refused.sh"), aws], "aws_cli"))
}

pub(crate) fn javascript_v2(test: &str) -> Option<Program> {
    javascript(test, "javascript_v2", "aws-sdk")
}

pub(crate) fn javascript_v3(test: &str) -> Option<Program> {
    javascript(test, "javascript_v3", "@aws-sdk/client-s3")
}

fn javascript(test: &str, client: &str, package: &str) -> Option<Program> {
    let Some(node) = on_path("node") else { return none(test, "no node") };
    if !repository("tests/clients/node_modules").join(package).exists() {
        return none(test, "no tests/clients/node_modules (scripts/test makes it, with npm)");
    }
    Some(Program::new([node, beside(&format!("{client}_refused.js"))], client))
}

/// HTTP/2, as the clients for streams of the SDK for JavaScript v3 speak it.
pub(crate) fn node_http2(test: &str) -> Option<Program> {
    let Some(node) = on_path("node") else { return none(test, "no node") };
    Some(Program::new([node, beside("http2_refused.js")], "http2"))
}

pub(crate) fn rust_sdk(test: &str) -> Option<Program> {
    let program = of_workspace("refused");
    if !program.exists() {
        return none(
            test,
            "the programs with the SDK for Rust are not built; scripts/test does it",
        );
    }
    Some(Program::new([program], "rust_sdk"))
}

/// Debian's packages of Go and its SDK, or those that `GOPATH` has.
pub(crate) fn go_sdk(test: &str) -> Option<Program> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let gopath = std::env::var_os("GOPATH").unwrap_or_else(|| "/usr/share/gocode".into());
    let has_sdk = Path::new(&gopath).join("src/github.com/aws/aws-sdk-go-v2").is_dir();
    if on_path("go").is_none() || !has_sdk {
        return none(
            test,
            "no Go or no SDK for it (Debian: apt install golang-go golang-github-aws-aws-sdk-go-v2-dev)",
        );
    }
    let program = BUILT.get_or_init(|| {
        let folder = repository("target/go-sdk");
        let mut build = Command::new(beside("go_build.sh"));
        build.arg(&folder).env("GOPATH", gopath);
        run(&mut build, Duration::from_secs(900));
        folder.join("go-refused")
    });
    Some(Program::new([program.clone()], "go_sdk"))
}

pub(crate) fn curl(test: &str) -> Option<Program> {
    let (Some(curl), Some(bash)) = (on_path("curl"), on_path("bash")) else {
        return none(test, "no curl or no bash");
    };
    let help = Command::new(curl).args(["--help", "all"]).output().unwrap();
    if !String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4") {
        return none(test, "this curl does not sign for AWS (7.75 does)");
    }
    Some(Program::new([bash, beside("curl_refused.sh")], "curl"))
}

pub(crate) fn terraform(test: &str) -> Option<Program> {
    let (Some(_), Some(bash)) = (on_path("terraform"), on_path("bash")) else {
        return none(test, "no terraform or no bash");
    };
    Some(Program::new([bash, beside("terraform_refused.sh")], "terraform"))
}
