//! `leastwise demo`: the real listener hears a small deploy that is played through a real socket.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use crate::capture::neighbours::Guests;
use crate::cli::Demo;
use crate::commands::rules;
use crate::commands::settings;
use crate::failure::Failure;
use crate::live::clock::wall_clock;
use crate::live::display::Title;
use crate::live::{Ear, Show};

/// Between two calls, for somebody who watches.
const PACE_LIVE: Duration = Duration::from_millis(300);
/// Between two calls where nobody does.
const PACE_FAST: Duration = Duration::from_millis(1);
/// How long the finished policy stays on the screen.
const LAST_LOOK: Duration = Duration::from_millis(1200);

/// Plays the deploy and returns the exit code.
///
/// # Errors
///
/// When it cannot listen, or a file cannot be written.
pub(super) fn run(options: Demo) -> Result<i32, Failure> {
    let given = rules::apply("--rules", &options.shared.rules.rules)?;
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ear = Ear::bind(Some(here), None, &Guests::default())?;
    let address = ear.csm().unwrap_or(here);
    let mut settings = settings::recording(options.shared, given)?;
    settings::check_stdout(&mut settings.outputs)?;
    let console = settings.console.clone();
    let title = Title { title: "demo: a small deploy".to_owned(), ..Title::default() };
    let hearing = ear.start(settings, Show::View(title))?;
    let live = hearing.is_live();
    console.detail(format_args!("playing a deploy to {address}"));
    if let Err(error) =
        play(address, if live { PACE_LIVE } else { PACE_FAST }, || hearing.is_over())
    {
        console.warn(format_args!("the demo could not send to {address}: {error}"));
    }
    if live {
        pause(LAST_LOOK, &|| hearing.is_over());
    }
    Ok(hearing.finish_when_quiet())
}

/// Sends the datagrams of the deploy, until somebody wants it to be over.
fn play(address: SocketAddr, pace: Duration, is_over: impl Fn() -> bool) -> std::io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    for (number, step) in crate::demo::DEPLOY.iter().enumerate() {
        for datagram in step.datagrams(number + 1, wall_clock().0) {
            socket.send_to(&datagram, address)?;
        }
        pause(pace, &is_over);
        if is_over() {
            break;
        }
    }
    Ok(())
}

fn pause(duration: Duration, is_over: &impl Fn() -> bool) {
    const LOOK: Duration = Duration::from_millis(25);
    let end = Instant::now() + duration;
    while !is_over() {
        match end.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => thread::sleep(left.min(LOOK)),
            _ => break,
        }
    }
}
