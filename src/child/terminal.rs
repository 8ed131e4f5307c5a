//! A terminal of its own for the command of `run --view`: a pseudo-terminal, by `pty-process`. The command is in a session of its
//! own there, so that its Ctrl-C is its own, too.

use std::io::{self, IsTerminal, Read, Write};
use std::process::{self, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command as Started, Pts, Pty, open as open_pty};

use crate::view::frame::{Command, Wires};

/// So much that is typed may wait for the command to read it.
const KEYS_WAITING: usize = 64;
/// What the command has left running may hold its terminal; it is not waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// How soon what could not be taken is offered again.
const AGAIN: Duration = Duration::from_millis(5);

/// Why there is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "--view runs the command on a terminal of its own, and the system gives none ({0}); leave --view out, or follow the run in a browser with --web"
)]
pub(crate) struct NoTerminal(#[source] io::Error);

/// A terminal for a command that is not started yet.
pub(crate) struct Own {
    pty: Arc<Pty>,
    pts: Pts,
    pane: Command,
}

/// What a command writes is being read.
#[derive(Debug)]
pub(crate) struct Reading(JoinHandle<()>);

/// Opens a terminal, where standard error is one, so that there is a view.
///
/// # Errors
///
/// When the system gives none.
pub(crate) fn open() -> Result<Option<Own>, NoTerminal> {
    if !io::stderr().is_terminal() {
        return Ok(None);
    }
    let (pty, pts) = open_pty().map_err(|error| NoTerminal(plain(error)))?;
    let pty = Arc::new(pty);
    let (keys, typed) = mpsc::sync_channel::<Vec<u8>>(KEYS_WAITING);
    // A command that does not read must hold up nobody but this.
    let to = Arc::clone(&pty);
    let typing = move || {
        for bytes in typed {
            if (&*to).write_all(&bytes).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("typing".to_owned()).spawn(typing).map_err(NoTerminal)?;
    let sized = Arc::clone(&pty);
    let pane = Command::new(Wires {
        keyboard: Box::new(move |bytes| keys.try_send(bytes).is_ok()),
        resize: Box::new(move |columns, rows| {
            // Where it is gone its size is nobody's business.
            let _ = sized.resize(pty_process::Size::new(rows, columns));
        }),
    });
    Ok(Some(Own { pty, pts, pane }))
}

impl Own {
    /// What shows it.
    pub(crate) fn pane(&self) -> Command {
        self.pane.clone()
    }

    /// Starts a command on it: what of its standard streams is no terminal stays as it is.
    pub(super) fn spawn(self, command: process::Command) -> io::Result<(process::Child, Reading)> {
        let Own { pty, pts, pane } = self;
        let mut command = Started::from(command);
        if !io::stdin().is_terminal() {
            command = command.stdin(Stdio::inherit());
        }
        if !io::stdout().is_terminal() {
            command = command.stdout(Stdio::inherit());
        }
        if !io::stderr().is_terminal() {
            command = command.stderr(Stdio::inherit());
        }
        let child = command.spawn(pts).map_err(plain)?;
        let reading = move || {
            let mut bytes = [0; 8192];
            // Once nobody has it open for writing, Linux says that as an error.
            while let Ok(count @ 1..) = read(&pty, &mut bytes) {
                while !pane.wrote(&bytes[..count]) {
                    thread::sleep(AGAIN);
                }
            }
        };
        let reading = thread::Builder::new().name("command".to_owned()).spawn(reading)?;
        Ok((child, Reading(reading)))
    }
}

impl Reading {
    /// Waits until all that a command wrote that has ended is taken in.
    pub(super) fn wait(&self) {
        let end = Instant::now() + PATIENCE;
        while !self.0.is_finished() && Instant::now() < end {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn read(pty: &Pty, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match (&*pty).read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

fn plain(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(error) => error.into(),
    }
}
