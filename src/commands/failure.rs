//! Expected failures: each one sentence that says what to do, and an exit code.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::capture::csm::ListenError;
use crate::capture::proxy::authority::{IssueError, StoreError};
use crate::capture::proxy::{InvalidHost, InvalidProxyUrl, InvalidUpstream, ReadCertificatesError};
use crate::child::SpawnError;
use crate::clients::aws_config::SetIniError;
use crate::evaluate::document::DocumentError;
use crate::output::file::OutputError;
use crate::recording::RecordingError;
use crate::report::explain::ExplainError;

/// Why a command ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The policy cannot be written where it should go.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The recording cannot be appended to.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The policy would take the place of a recording that is read.
    #[error("{0} is both read and to be written; give the policy (-o) a file of its own")]
    ReadAndWritten(String),
    /// A recording lacks calls, and what they need would be cut away.
    #[error(
        "the last line of {0} is cut off, as a kill leaves it, so that the policy would lose what that call needs; record it again, or cut down all the same with --allow-incomplete"
    )]
    Incomplete(String),
    /// The policy would go to standard output, which is closed.
    #[error(
        "standard output is closed, and the policy would be lost; name a file for it with -o, or let standard output lead somewhere"
    )]
    ClosedStdout,
    /// Standard input is to be read twice.
    #[error(
        "standard input is named twice (-), and can be read once; give one of the two as a file"
    )]
    StdinTwice,
    /// There is nothing to explain.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The policy and the recording would be one file.
    #[error("-o and --record both name {0}; give each its own file")]
    SameFile(String),
    /// A policy cannot be read.
    #[error("the policy {path} cannot be read: {error}")]
    ReadPolicy {
        /// Which file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A policy is not one.
    #[error("{path}, {error}")]
    Policy {
        /// Which file.
        path: String,
        /// What is wrong.
        error: DocumentError,
    },
    /// An option of the check without a policy to check.
    #[error("{0} says how a policy is checked; name the policy with --check")]
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
    /// AWS's configuration file cannot be edited.
    #[error(transparent)]
    SetIni(#[from] SetIniError),
    /// A settings file or variable says something that is no setting.
    #[error("{0}")]
    Config(String),
    /// Rules cannot be read, or are not what they should be.
    #[error("{0}")]
    Rules(String),
    /// An option of iamlive's that there is not, or not so.
    #[error("{0}")]
    Iamlive(String),
    /// Nothing can be heard.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The command cannot be started.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The proxy's port cannot be had.
    #[error("cannot listen on {address}: {}", why_not(error))]
    ProxyPort {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// An option of the proxy without the proxy.
    #[error(
        "{given} is for the proxy, and there is none ({mode}), so that {consequence}; add --mode proxy or --mode both, or {or}"
    )]
    WithoutProxy {
        /// The option, and the file or variable that it is from.
        given: String,
        /// What is heard instead.
        mode: String,
        /// What would come of it.
        consequence: &'static str,
        /// What else to do.
        or: String,
    },
    /// Other machines could use the proxy.
    #[error(
        "--bind-addr {0} would let other machines use the proxy; take a loopback address such as 127.0.0.1:10080, or permit it with --allow-remote"
    )]
    Remote(SocketAddr),
    /// Other machines could report calls.
    #[error(
        "--host {0} would let other machines report calls for the policy; take a loopback address such as 127.0.0.1, or permit it with --allow-remote"
    )]
    RemoteReports(IpAddr),
    /// A user who is to be let in is not there.
    #[error(
        "--allow-user {}: /etc/passwd has no such user; if another list has, give the number, which `id -u` prints", .0.escape_debug()
    )]
    NoUser(String),
    /// The system gives no random numbers.
    #[error(
        "the system gives no random numbers, which are to tell the command's reports from those of others; `--mode proxy` needs none"
    )]
    NoRandomness,
    /// `--upstream` is not a server's URL.
    #[error("--upstream {0}")]
    Upstream(#[from] InvalidUpstream),
    /// `--upstream-proxy` is not a proxy's URL.
    #[error(transparent)]
    UpstreamProxy(#[from] InvalidProxyUrl),
    /// The environment's is not.
    #[error("{name}: {reason}")]
    EnvironmentProxy {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        reason: InvalidProxyUrl,
    },
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
    /// It is not known where the user's data is.
    #[error("{NO_HOME}")]
    NoHome,
    /// There is no place for what a command needs while it runs.
    #[error(
        "there is no folder of your own for the certificates that the command is to trust: {0}; {RUN_FOLDER}"
    )]
    NoRunFolder(String),
    /// What clients need cannot be written.
    #[error("{}: the certificates for clients could not be written: {error}", directory.display())]
    TrustFiles {
        /// Where.
        directory: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// No manual page of that name.
    #[error("there is no subcommand `{0}` to print a page of; `leastwise --help` lists them")]
    NoPage(String),
    /// The system refused something that it always grants.
    #[error("the system refused {what}: {error}; try again when it is less busy")]
    System {
        /// What: `a thread`.
        what: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
}

impl Failure {
    /// The exit code.
    pub fn exit_code(&self) -> i32 {
        match self {
            Failure::Spawn(error) => error.exit_code(),
            Failure::Report { .. } | Failure::Written(_) | Failure::ClosedStdout => 1,
            _ => 2,
        }
    }
}

#[cfg(not(windows))]
const RUN_FOLDER: &str = "set XDG_RUNTIME_DIR to one that only you can write to (mkdir -m 700)";
#[cfg(windows)]
const RUN_FOLDER: &str = "set LOCALAPPDATA to a directory that you can write to";

#[cfg(not(windows))]
const NO_HOME: &str = "it is not known where to keep the certificate authority: neither XDG_DATA_HOME nor HOME is set; set one of them to a directory";
#[cfg(windows)]
const NO_HOME: &str = "it is not known where to keep the certificate authority: LOCALAPPDATA is not set; set it to a directory";

fn why_not(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let reason = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program uses this port; stop it, or choose another with --bind-addr"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose another with --bind-addr"
        }
        ErrorKind::PermissionDenied => {
            "the system does not permit it; choose a port above 1023 with --bind-addr"
        }
        _ => return error.to_string(),
    };
    reason.to_owned()
}
