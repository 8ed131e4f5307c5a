//! `leastwise listen`: the calls of programs in other shells are heard.

use std::net::SocketAddr;

use super::failure::Failure;
use super::feed::Title;
use super::hearing::{Ear, Show};
use super::interrupt;
use super::settings::Settings;
use crate::cli::Listen;

/// Listens until somebody ends it, and returns the exit code.
///
/// # Errors
///
/// When the port is in use, or a file cannot be written.
pub fn run(options: Listen) -> Result<i32, Failure> {
    let requests = interrupt::prepare()?;
    let ear = Ear::bind(SocketAddr::new(options.host, options.csm_port))?;
    let address = ear.address();
    let settings = Settings::from_options(options.shared)?;
    let console = settings.console.clone();
    let mut waiting = vec!["In the shell of the program to record:".to_owned(), String::new()];
    waiting.extend(exports(address).map(|line| format!("  {line}")));
    let title = Title { title: format!("listening on {address}"), waiting };
    console.say(format_args!(
        "leastwise: listening on {address}. In the shell of the program to record:"
    ));
    for line in exports(address) {
        console.say(format_args!("  {line}"));
    }
    let hearing = ear.start(settings, Show::View(title))?;
    requests.serve(&hearing)?;
    Ok(hearing.finish_soon())
}

/// What to type in the other shell.
fn exports(address: SocketAddr) -> impl Iterator<Item = String> {
    // What listens on every address is reached on this machine by the loopback one.
    let host = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => "::1".to_owned(),
        other => other.ip().to_string(),
    };
    let line = format!(
        "export AWS_CSM_ENABLED=true AWS_CSM_HOST={host} AWS_CSM_PORT={} AWS_CSM_CLIENT_ID=leastwise",
        address.port()
    );
    std::iter::once(line)
}
