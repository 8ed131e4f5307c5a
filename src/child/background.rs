//! `--background`: the same command again, in a session of its own, without a terminal.

use crate::cli::Listen;

use crate::commands::failure::Failure;

#[cfg(unix)]
pub(crate) use unix::{detach, start};

/// There is no such thing elsewhere.
#[cfg(not(unix))]
pub(crate) fn start(_options: &Listen) -> Result<i32, Failure> {
    Err(Failure::Iamlive(
        "--background is not available on Windows; start it in a window of its own: start leastwise listen …".to_owned(),
    ))
}

#[cfg(not(unix))]
pub(crate) fn detach() {}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs::{self, OpenOptions};
    use std::io;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use super::{Failure, Listen};
    use crate::capture::ownership::create_private_folder;
    use crate::output::{data_directory, file as output};

    /// So long it may take until it listens.
    const PATIENCE: Duration = Duration::from_secs(10);
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    /// How many logs are kept.
    const LOGS: usize = 10;

    /// Starts the process, waits until it listens, and prints its id.
    pub(crate) fn start(options: &Listen) -> Result<i32, Failure> {
        let refused = |error| Failure::System { what: "a process in the background", error };
        let directory = data_directory::ours()?.join("background");
        let log = log_file(&directory).map_err(refused)?;
        let (mut child, text) = spawn(options, &log).map_err(refused)?;
        let said = wait(&mut child, &log).map_err(refused)?;
        let console = crate::commands::settings::console(&options.shared.policy);
        match said {
            Said::Listening(lines) => {
                for line in lines.lines() {
                    console.say(line);
                }
                console.say(format_args!(
                    "leastwise: process {} listens in the background; it says the rest in {text}",
                    child.id()
                ));
                output::print(&format!("{}\n", child.id())).map_err(refused)?;
                Ok(0)
            }
            Said::Ended(code, lines) => {
                console.print(&lines);
                let _ = fs::remove_file(&log);
                Ok(code)
            }
        }
    }

    /// Leaves the session of whoever started us, so that closing its terminal does not end us.
    pub(crate) fn detach() {
        // It fails only for the leader of a group, which is nobody's terminal's to hang up.
        let _ = rustix::process::setsid();
    }

    enum Said {
        Listening(String),
        Ended(i32, String),
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

    fn spawn(options: &Listen, log: &Path) -> io::Result<(Child, String)> {
        let mut log_options = OpenOptions::new();
        log_options.append(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut log_options, 0o600);
        let file = log_options.open(log)?;
        let mut command = Command::new(std::env::current_exe()?);
        let detached = OsStr::new("--detached");
        command.args(options.arguments.iter().skip(1).map(|it| it.as_os_str()).chain([detached]));
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Ok((command.spawn()?, log.display().to_string()))
    }

    /// Until its last line before the recording is in the log, or it has ended.
    fn wait(child: &mut Child, log: &Path) -> io::Result<Said> {
        let end = Instant::now() + PATIENCE;
        loop {
            // First this, so that what it said at its end is in the log.
            let ended = child.try_wait()?;
            let text = fs::read_to_string(log)?;
            if let Some((before, _)) = text.split_once(super::READY) {
                return Ok(Said::Listening(before.to_owned()));
            }
            if let Some(status) = ended {
                return Ok(Said::Ended(status.code().unwrap_or(1), text));
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
