//! `--background`: the same command again, in a session of its own, without a terminal.

#[cfg(unix)]
pub(crate) use unix::{detach, start};

/// How the process in the background has begun.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) enum Started {
    /// It listens: what it said before, its process id, and the file in which it says the rest.
    Listening { said: String, id: u32, log: String },
    /// It has ended: with which exit code, and what it said.
    Ended { code: i32, said: String },
}

#[cfg(not(unix))]
pub(crate) fn detach() {}

#[cfg(unix)]
mod unix {
    use std::ffi::{OsStr, OsString};
    use std::fs::{self, OpenOptions};
    use std::io;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use super::Started;
    use crate::child::error::Refused;
    use crate::ownership::create_private_folder;

    /// So long it may take until it listens.
    const PATIENCE: Duration = Duration::from_secs(10);
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    /// How many logs are kept.
    const LOGS: usize = 10;

    /// Starts the process, and waits until it listens. `arguments` are those of this process; logs are kept in `directory`.
    pub(crate) fn start(arguments: &[OsString], directory: &Path) -> Result<Started, Refused> {
        let refused = |error| Refused { what: "a process in the background", error };
        let log = log_file(directory).map_err(refused)?;
        let mut child = spawn(arguments, &log).map_err(refused)?;
        let started = wait(&mut child, &log).map_err(refused)?;
        if matches!(started, Started::Ended { .. }) {
            let _ = fs::remove_file(&log);
        }
        Ok(started)
    }

    /// Leaves the session of whoever started us, so that closing its terminal does not end us.
    pub(crate) fn detach() {
        // It fails only for the leader of a group, which is nobody's terminal's to hang up.
        let _ = rustix::process::setsid();
    }

    fn log_file(directory: &Path) -> io::Result<std::path::PathBuf> {
        create_private_folder(directory)?;
        let mut logs: Vec<_> = fs::read_dir(directory)?.flatten().map(|log| log.path()).collect();
        logs.sort();
        for old in logs.iter().rev().skip(LOGS - 1) {
            let _ = fs::remove_file(old);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Ok(directory.join(format!("{now:015}-{}.log", std::process::id())))
    }

    fn spawn(arguments: &[OsString], log: &Path) -> io::Result<Child> {
        let mut log_options = OpenOptions::new();
        log_options.append(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut log_options, 0o600);
        let file = log_options.open(log)?;
        let mut command = Command::new(std::env::current_exe()?);
        let detached = OsStr::new("--detached");
        command.args(arguments.iter().skip(1).map(|it| it.as_os_str()).chain([detached]));
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        command.spawn()
    }

    /// Until its last line before the recording is in the log, or it has ended.
    fn wait(child: &mut Child, log: &Path) -> io::Result<Started> {
        let end = Instant::now() + PATIENCE;
        loop {
            // First this, so that what it said at its end is in the log.
            let ended = child.try_wait()?;
            let text = fs::read_to_string(log)?;
            if let Some((before, _)) = text.split_once(super::READY) {
                return Ok(Started::Listening {
                    said: before.to_owned(),
                    id: child.id(),
                    log: log.display().to_string(),
                });
            }
            if let Some(status) = ended {
                return Ok(Started::Ended { code: status.code().unwrap_or(1), said: text });
            }
            if Instant::now() > end {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::other("it did not begin to listen in time"));
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// What the process in the background says when it listens.
pub(crate) const READY: &str = "leastwise: listening in the background\n";
