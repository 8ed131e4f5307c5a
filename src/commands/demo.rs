//! `leastwise demo`: the real proxy and the real listener record a small deployment to a stand-in inside this program.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::capture::neighbours::Guests;
use crate::capture::proxy::{Roots, UpstreamProxy};
use crate::cli::{self, Demo};
use crate::commands::{interception, rules, settings};
use crate::demo::{Deployment, Route, pause};
use crate::failure::Failure;
use crate::live::display::Title;
use crate::live::{Ear, Show};

/// Between two calls, for somebody who watches.
const PACE_LIVE: Duration = Duration::from_millis(300);
/// Between two calls where nobody does.
const PACE_FAST: Duration = Duration::from_millis(1);
/// How long the finished policy stays on the screen.
const LAST_LOOK: Duration = Duration::from_millis(1200);

/// What to type next.
const NEXT: [&str; 6] = [
    "",
    "That was a deployment through the proxy of leastwise, to a stand-in for AWS inside this program. With a command of yours:",
    "  leastwise run -o policy.json -- COMMAND        records what it asks of AWS, and writes the policy",
    "  leastwise run --check policy.json -- COMMAND   tells whether the policy still fits",
    "  leastwise listen                               records what runs in other shells",
    "docs/start.md has the whole way from here to a CI job.",
];

/// Plays the deployment and returns the exit code.
///
/// # Errors
///
/// When it cannot listen, or a file cannot be written.
pub(super) fn run(options: Demo) -> Result<i32, Failure> {
    let given = rules::apply("--rules", &options.shared.rules.rules)?;
    let deployment = Deployment::prepare()?;
    let proxy = cli::Proxy { upstream: Some(deployment.stand_in()), ..Default::default() };
    let mut config = interception::in_memory(&proxy)?;
    // The stand-in is in this process: whatever proxy and endpoints the user has, it is reached directly.
    (config.upstream_proxy, config.endpoints) = (UpstreamProxy::default(), Default::default());
    let roots = Roots { native: false, extra: vec![config.authority.certificate().clone()] };
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ear = Ear::bind(Some(here), Some((here, config)), &Guests::default())?;
    let route = Route { proxy: ear.proxy().unwrap_or(here), roots, csm: ear.csm().unwrap_or(here) };
    let mut settings = settings::recording(options.shared, given)?;
    settings::check_stdout(&mut settings.outputs)?;
    let console = settings.console.clone();
    let title = Title { title: "demo: a small deployment".to_owned(), ..Title::default() };
    let hearing = ear.start(settings, Show::View(title))?;
    let live = hearing.is_live();
    let pace = if live { PACE_LIVE } else { PACE_FAST };
    let is_over = || hearing.is_over();
    let played = deployment.play(route, pace, is_over);
    if live {
        pause(LAST_LOOK, &is_over);
    }
    let ended = hearing.finish_when_quiet();
    played?;
    NEXT.iter().for_each(|line| console.say(line));
    Ok(ended)
}
