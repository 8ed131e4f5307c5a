//! `leastwise run`: a command is run, its calls are heard, its policy is written.

use std::net::{Ipv4Addr, SocketAddr};

use super::failure::Failure;
use super::feed::Title;
use super::hearing::{Ear, Show};
use super::settings::Settings;
use crate::child;
use crate::cli::Run;

/// What the program calls itself in what it sends.
const CLIENT_ID: &str = "leastwise";

/// Runs the command and returns the exit code.
///
/// # Errors
///
/// When the command cannot be started or its calls not be heard, or when a file cannot be written.
pub fn run(options: Run) -> Result<i32, Failure> {
    // Any free port: nothing else has to know it, and several runs can go on at once.
    let ear = Ear::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let environment = environment(ear.address());
    let settings = Settings::from_options(options.shared)?;
    let console = settings.console.clone();
    let show = if options.view {
        Show::View(Title { title: title(&options.command), waiting: Vec::new() })
    } else {
        Show::LinesOffTerminal
    };
    let hearing = ear.start(settings, show)?;
    let child = match child::spawn(&options.command, &environment) {
        Ok(child) => child,
        Err(error) => {
            hearing.discard();
            return Err(error.into());
        }
    };
    console.detail(format_args!("the command has process id {}", child.id()));
    let status = child.wait();
    let ours = hearing.finish_when_quiet();
    Ok(match status {
        Ok(0) => ours,
        Ok(code) => code,
        Err(error) => {
            console.warn(format_args!("the system does not tell how the command ended: {error}"));
            1
        }
    })
}

/// What the child finds in its environment beside ours.
fn environment(address: SocketAddr) -> [(&'static str, String); 4] {
    [
        ("AWS_CSM_ENABLED", "true".to_owned()),
        ("AWS_CSM_HOST", address.ip().to_string()),
        ("AWS_CSM_PORT", address.port().to_string()),
        ("AWS_CSM_CLIENT_ID", CLIENT_ID.to_owned()),
    ]
}

fn title(command: &[std::ffi::OsString]) -> String {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
