//! Expected failures of all rooms: each one sentence that says what to do, and an exit code.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::capture::proxy::authority::{IssueError, StoreError};
use crate::capture::proxy::{
    InvalidHost, InvalidUpstream, InvalidUsersProxy, ReadCertificatesError,
};
use crate::child::SpawnError;
use crate::child::error::Refused;
use crate::child::terminal::NoTerminal;
use crate::cli::error::CliError;
use crate::clients::error::ClientsError;
use crate::demo::DemoError;
use crate::judge::JudgeError;
use crate::live::error::LiveError;
use crate::nearest::NotNear;
use crate::output::error::OutputError;
use crate::policies::PoliciesError;
use crate::recording::RecordingError;
use crate::remote::RemoteError;
use crate::report::explain::ExplainError;
use crate::trial::TrialError;

/// Why a command ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The policy cannot be written where it should go.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Nothing can be heard.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// What clients need cannot be made.
    #[error(transparent)]
    Clients(#[from] ClientsError),
    /// The demo did not come to its end.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The command line is not one.
    #[error(transparent)]
    Cli(#[from] CliError),
    /// The system refused what a process of ours needs.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The command gets no terminal of its own.
    #[error(transparent)]
    NoTerminal(#[from] NoTerminal),
    /// The recording cannot be appended to.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The policy would take the place of a recording that is read.
    #[error("{0} would be both read and written; give the policy (-o) a file of its own")]
    ReadAndWritten(String),
    /// What differs from run to run cannot be told from one.
    #[error(
        "--stable compares runs and needs two recordings or more; record the program once more, into another file"
    )]
    OneRun,
    /// A recording lacks calls, and what they need would be cut away.
    #[error(
        "the last line of {0} is cut off, as after a kill, so the policy would lose what that call needs; record it again, or go on anyway with --allow-incomplete"
    )]
    Incomplete(String),
    /// The policy would go to standard output, which is closed.
    #[error(
        "standard output is closed, so the policy would be lost; name a file for it with -o, or redirect standard output"
    )]
    ClosedStdout,
    /// None of the principals that were named made a call.
    #[error("no call by {0} is recorded; `leastwise policy` lists who called")]
    Nobody(String),
    /// A policy's file cannot be used.
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    /// Nothing is tried, or something is left of it.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The stand-in cannot be asked.
    #[error("--upstream {0} is no URL of a server")]
    StandIn(String),
    /// There is no policy to try.
    #[error(
        "try needs the policy that is tried: --policy FILE; or --learn, which begins with none"
    )]
    NothingToTry,
    /// There is nothing to explain.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The policy and the recording would be one file.
    #[error("-o and {option} both name {path}; give each its own file")]
    SameFile {
        /// `--record` or `--append`.
        option: &'static str,
        /// Which file.
        path: String,
    },
    /// There is nothing to cut down.
    #[error(transparent)]
    Nearest(#[from] NotNear),
    /// What was recorded cannot be read again.
    #[error(
        "{0} is not a file, so that there are no calls in it to add to; use --record for a pipe or a device"
    )]
    NotToAppend(String),
    /// There are policies of levels, and nothing that asks them.
    #[error(
        "--boundary, --session-policy, --scp, --rcp, --endpoint-policy, --resource-policy and --management-account need --enforce POLICY, the policy of the identity"
    )]
    LevelsWithoutEnforce,
    /// A name is no call.
    #[error(
        "--enforce explains recorded calls, and {0} is a name; give a recording that --record wrote, or ask leastwise simulate"
    )]
    EnforceOfName(String),
    /// Nothing can be refused.
    #[error(
        "--enforce and --iam need the proxy, since client-side monitoring cannot refuse: use --mode proxy or --mode both"
    )]
    EnforceWithoutProxy,
    /// There is no stand-in whose IAM could be read.
    #[error("--iam upstream needs --upstream URL, the stand-in whose IAM it is")]
    IamWithoutUpstream,
    /// The stand-in's IAM cannot be read.
    #[error("--iam upstream: the IAM of {0} cannot be read: {1}")]
    StandInIam(String, crate::live::iam::ReadError),
    /// Nobody can ask.
    #[error(
        "--principal {0:?} is nobody; give the ARN of a user, a role, a session or an account's root, the name of a service such as lambda.amazonaws.com, or anonymous"
    )]
    NoPrincipal(String),
    /// Nothing can be asked for.
    #[error("{0:?} is not an action; give one such as s3:PutObject")]
    NoAction(String),
    /// An option of the check without a policy to check.
    #[error("{0} affects only how a policy is checked; name the policy with --check")]
    WithoutCheck(&'static str),
    /// The result of a check cannot be written.
    #[error("the result could not be written to {path}: {error}")]
    Report {
        /// Where.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The policy could not be written at the end.
    #[error(transparent)]
    Written(OutputError),
    /// AWS cannot be asked.
    #[error(transparent)]
    Unasked(#[from] RemoteError),
    /// AWS does not say what it makes of a policy.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// There is not one new policy.
    #[error("--no-new-access compares one policy with an older one; give --policy once")]
    SeveralNew,
    /// Rules cannot be read, or are not what they should be.
    #[error("{0}")]
    Rules(String),
    /// An option of iamlive's that there is not, or not so.
    #[error("{0}")]
    Iamlive(String),
    /// The command cannot be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// Other machines could use the proxy.
    #[error(
        "--bind-addr {0} would let other machines use the proxy; use a loopback address such as 127.0.0.1:10080, or allow it with --allow-remote"
    )]
    Remote(SocketAddr),
    /// Other machines could report calls.
    #[error(
        "--host {0} would let other machines report calls for the policy; use a loopback address such as 127.0.0.1, or allow it with --allow-remote"
    )]
    RemoteReports(IpAddr),
    /// The system gives no random numbers.
    #[error(
        "the system provides no random numbers, which are needed to tell the command's reports from those of others; `--mode proxy` needs none"
    )]
    NoRandomness,
    /// `--upstream` is not a server's URL.
    #[error("--upstream {0}")]
    Upstream(#[from] InvalidUpstream),
    /// The user's own proxy is not one.
    #[error(transparent)]
    UpstreamProxy(#[from] InvalidUsersProxy),
    /// `--intercept` is not a host.
    #[error("--intercept {0}")]
    Intercept(#[from] InvalidHost),
    /// `--upstream-ca` has no certificates.
    #[error("--upstream-ca {0}")]
    UpstreamCa(#[from] ReadCertificatesError),
    /// The certificate authority cannot be kept or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No certificate authority can be made.
    #[error(transparent)]
    Authority(#[from] IssueError),
    /// There is no certificate authority to be shown.
    #[error(
        "there is no certificate authority in {} yet; `leastwise listen --mode proxy` makes one, and so does `leastwise ca rotate`",
        .0.display()
    )]
    NoAuthority(PathBuf),
    /// No manual page of that name.
    #[error("there is no subcommand `{0}`, and so no page for it; `leastwise --help` lists them")]
    NoPage(String),
}

impl Failure {
    /// The exit code.
    pub(super) fn exit_code(&self) -> i32 {
        match self {
            Failure::Spawn(error) => error.exit_code(),
            // As of a command that Ctrl-C ended.
            Failure::Trial(TrialError::Interrupted) => 130,
            Failure::Report { .. }
            | Failure::Output(OutputError::Unprintable(_))
            | Failure::Written(_)
            | Failure::ClosedStdout
            | Failure::Trial(TrialError::LeftBehind(_)) => 1,
            _ => 2,
        }
    }
}
