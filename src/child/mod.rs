//! The recorded command: it is started with some additions to its environment, keeps the
//! terminal, gets the signals that were meant for it, and its end is turned into an exit code.
//!
//! The child stays in our process group. So the terminal is its own: it reads from it, and
//! Ctrl-C, Ctrl-\ and Ctrl-Z reach it without our help. See [`forwarding`] for the signals that
//! somebody sends to us alone.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

pub(crate) mod background;
pub(crate) mod descriptors;
pub(crate) mod error;
#[cfg_attr(not(unix), path = "forwarding_windows.rs")]
pub(crate) mod forwarding;
pub(crate) mod interrupt;
#[cfg_attr(not(unix), path = "terminal_elsewhere.rs")]
pub(crate) mod terminal;

use crate::clients::environment::Variable;
use forwarding::Forwarding;
use terminal::{Own, Reading};

/// Why a command could not be started; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpawnError {
    /// There is no such program.
    #[error("`{0}` was not found; check its spelling, and whether its directory is in PATH")]
    NotFound(String),
    /// The program is there, but what its first line names to run it is not.
    #[error(
        "`{0}` exists, but the interpreter named in its first line does not; install it, or correct the line"
    )]
    InterpreterNotFound(String),
    /// The program may not be executed.
    #[error("`{0}` may not be executed; `chmod +x` makes a file executable")]
    NotExecutable(String),
    /// The file is not a program for this machine.
    #[error(
        "`{0}` is not a program that this machine can execute; a script needs a first line such as `#!/bin/sh`"
    )]
    NotAProgram(String),
    /// Anything else.
    #[error("`{0}` could not be started: {1}")]
    Other(String, io::Error),
}

impl SpawnError {
    /// The exit code that shells use for it: 127 when it was not found, else 126.
    pub(crate) fn exit_code(&self) -> i32 {
        match self {
            SpawnError::NotFound(_) | SpawnError::InterpreterNotFound(_) => 127,
            SpawnError::NotExecutable(_) | SpawnError::NotAProgram(_) | SpawnError::Other(..) => {
                126
            }
        }
    }
}

/// A started command.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    forwarding: Forwarding,
    /// What it writes, where it has a terminal of its own.
    output: Option<Reading>,
}

/// Starts `command` (the program and its arguments, not empty) with `environment` added to ours, and `without` taken from it;
/// on a terminal of its own, if there is one.
///
/// # Errors
///
/// When it cannot be started. Nothing of it has run then.
pub(crate) fn spawn(
    command: &[OsString],
    environment: &[Variable],
    without: &[&str],
    own: Option<Own>,
) -> Result<Child, SpawnError> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| SpawnError::NotFound(String::new()))?;
    let name = || program.to_string_lossy().into_owned();
    // Before the child is there, so that no signal can end us and leave it running alone.
    let prepared = forwarding::prepare().map_err(|error| SpawnError::Other(name(), error))?;
    let mut process = Command::new(program);
    for name in without {
        process.env_remove(name);
    }
    process.args(arguments).envs(environment.iter().map(|(key, value)| (key, value)));
    let is_apart = own.is_some();
    let (process, output) = match own {
        None => process.spawn().map(|process| (process, None)),
        Some(own) => own.spawn(process).map(|(process, output)| (process, Some(output))),
    }
    .map_err(|error| explain(program, error))?;
    let forwarding =
        prepared.start(&process, is_apart).map_err(|error| SpawnError::Other(name(), error))?;
    Ok(Child { process, forwarding, output })
}

impl Child {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for its end and returns the exit code that says the same: its own, or 128 + n when
    /// signal n ended it.
    ///
    /// # Errors
    ///
    /// When the system cannot tell how it ended.
    pub(crate) fn wait(mut self) -> io::Result<i32> {
        self.forwarding.until_exit(&self.process)?;
        // It has exited but is not reaped: only now can its process id become somebody else's.
        let status = self.forwarding.stop(|| self.process.wait())?;
        if let Some(output) = &self.output {
            output.wait();
        }
        Ok(exit_code(status))
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(1)
}

fn explain(program: &OsStr, error: io::Error) -> SpawnError {
    let name = program.to_string_lossy().into_owned();
    match error.kind() {
        io::ErrorKind::NotFound if is_there(program) => SpawnError::InterpreterNotFound(name),
        io::ErrorKind::NotFound => SpawnError::NotFound(name),
        io::ErrorKind::PermissionDenied => SpawnError::NotExecutable(name),
        _ if is_exec_format_error(&error) => SpawnError::NotAProgram(name),
        _ => SpawnError::Other(name, error),
    }
}

/// Whether there is a file that `program` names, by itself or through `PATH`.
fn is_there(program: &OsStr) -> bool {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.is_file();
    }
    std::env::var_os("PATH")
        .is_some_and(|list| std::env::split_paths(&list).any(|folder| folder.join(path).is_file()))
}

#[cfg(unix)]
fn is_exec_format_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error())
}

#[cfg(not(unix))]
fn is_exec_format_error(error: &io::Error) -> bool {
    const ERROR_BAD_EXE_FORMAT: i32 = 193;
    error.raw_os_error() == Some(ERROR_BAD_EXE_FORMAT)
}
