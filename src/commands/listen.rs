//! `leastwise listen`: the calls of programs in other shells are heard.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::capture::proxy::authority::Opened;
use crate::capture::proxy::silent_stand_in;
use crate::child::background;
#[cfg(unix)]
use crate::child::background::Started;
use crate::child::descriptors;
use crate::child::interrupt;
use crate::cli::{Listen, Resources};
use crate::clients::aws_config::{SetIni, Wanted};
use crate::clients::environment;
use crate::clients::exports::exports;
use crate::clients::listening;
use crate::clients::trust::Files;
use crate::commands::failure::Failure;
use crate::commands::interception::Kept;
use crate::commands::{enforcing, iamlive, interception, rules, settings};
use crate::live::display::Title;
use crate::live::neighbours;
use crate::live::{Ear, Show};
use crate::output::console::Console;
#[cfg(unix)]
use crate::output::{data_directory, print};

/// Listens until somebody ends it, and returns the exit code.
///
/// # Errors
///
/// When a port is in use, or a file cannot be written.
pub(super) fn run(options: Listen) -> Result<i32, Failure> {
    iamlive::check(&options.iamlive)?;
    let (option, paths) = iamlive::rules(&options);
    let given = rules::apply(option, paths)?;
    if options.iamlive.detached {
        background::detach();
    } else if options.iamlive.background {
        return in_the_background(&options);
    }
    let unread = iamlive::unread_settings(&options);
    let mut proxy = options.proxy;
    if let Some(host) = &options.iamlive.aws_redirect_host {
        proxy.upstream = Some(iamlive::upstream(host));
    }
    let guests = neighbours::guests(&options.neighbours.allow_user, options.allow_remote)?;
    let requests = interrupt::prepare()?;
    let has_proxy = options.mode.has_proxy();
    if options.mode.has_csm() {
        interception::permitted_reports(options.host, options.allow_remote)?;
    }
    if has_proxy {
        interception::permitted(options.bind_addr, options.allow_remote)?;
        descriptors::raise_limit();
    }
    let (config, kept) = if has_proxy {
        let (config, kept) =
            interception::stored(&proxy, iamlive::authority_files(&options.iamlive))?;
        (Some(config), Some(kept))
    } else {
        (None, None)
    };
    let authority = config.as_ref().map(|config| (config.authority.clone(), config.hosts.clone()));
    let silent = config.as_ref().and_then(silent_stand_in);
    let line = config.as_ref().and_then(interception::line);
    let csm = options.mode.has_csm().then_some(SocketAddr::new(options.host, options.csm_port));
    let ear = Ear::bind(csm, config.map(|config| (options.bind_addr, config)), &guests)?;
    let mut shared = options.shared;
    if options.iamlive.force_wildcard_resource {
        shared.policy.resources = Some(Resources::Wildcard);
    }
    let mut settings = settings::recording(shared, given)?;
    settings::check_stdout(&mut settings.outputs)?;
    enforcing::apply(
        &options.enforce,
        &options.levels,
        &options.context,
        has_proxy.then_some(line),
        &mut settings,
    )?;
    settings.debug = options.iamlive.debug;
    let console = settings.console.clone();
    for sentence in [unread, silent].into_iter().flatten() {
        console.warn(sentence);
    }

    let addresses: Vec<_> = [ear.csm(), ear.proxy()].into_iter().flatten().collect();
    let mut ca_bundle = None;
    let mut additions = ear
        .csm()
        .map(|it| environment::csm(reached_at(it), environment::CLIENT_ID))
        .unwrap_or_default();
    if let Some(address) = ear.csm().filter(|it| !interception::is_this_machines(it.ip())) {
        console.warn(format_args!(
            "{address} is open to other machines: anyone who can reach it can report calls, which go into the policy; use a \
             firewall to let in only those that you mean to record"
        ));
    }
    if let (Some((authority, hosts)), Some(kept), Some(address)) = (authority, kept, ear.proxy()) {
        say_of_authority(&console, &kept);
        if !interception::is_this_machines(address.ip()) {
            console.warn(format_args!(
                "the proxy on {address} is open to other machines: anyone who can reach it can use this machine's network, and \
                 what they do at AWS goes into the policy; use a firewall to let in only those that you mean to record"
            ));
        }
        let address = reached_at(address);
        let files = Files::to_keep(
            &kept.directory,
            &kept.store.certificate_path(),
            &interception::intercepted(&authority, &hosts, &proxy),
            address,
        )?;
        files.notes().iter().for_each(|note| console.warn(note));
        ca_bundle = Some(files.bundle());
        additions.extend(files.environment(address, |host| hosts.contains(host)));
    }
    let addresses = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    let folder = ca_bundle.as_deref().and_then(Path::parent);
    let announcement = listening::announce(&addresses, folder, &additions);
    let exports = match &announcement {
        // On a terminal one line is enough, which asks for the others.
        Ok(_) if std::io::stderr().is_terminal() && !options.as_iamlive => {
            vec![listening::line(options.arguments.first())]
        }
        _ => exports(&additions),
    };
    let mut waiting = vec!["In the shell of the program to record:".to_owned(), String::new()];
    waiting.extend(exports.iter().map(|line| format!("  {line}")));
    let title = Title {
        title: format!("listening on {addresses}"),
        waiting,
        refresh: Duration::from_secs(options.iamlive.refresh_rate.into()),
        command: None,
    };
    console.say(format_args!(
        "leastwise: listening on {addresses}. In the shell of the program to record:"
    ));
    for line in exports {
        console.say(format_args!("  {line}"));
    }
    // The last before it begins: whatever could fail has not.
    let edited = if options.iamlive.set_ini {
        let csm = ear.csm().map(reached_at);
        let ca_bundle = ca_bundle.as_deref();
        let wanted = Wanted { profile: &options.iamlive.profile, csm, ca_bundle };
        Some(SetIni::apply(&wanted, &console)?)
    } else {
        None
    };
    let hearing = ear.start(settings, Show::View(title))?;
    if options.iamlive.detached {
        console.print(background::READY);
    }
    requests.serve(|then| hearing.at_end(then), || hearing.write_now());
    drop((edited, announcement));
    Ok(hearing.finish_soon())
}

/// Starts the same command in the background, and prints the process's id.
#[cfg(unix)]
fn in_the_background(options: &Listen) -> Result<i32, Failure> {
    let directory = data_directory::ours()?.join("background");
    let console = settings::console(&options.shared.policy);
    match background::start(&options.arguments, &directory)? {
        Started::Listening { said, id, log } => {
            for line in said.lines() {
                console.say(line);
            }
            console.say(format_args!(
                "leastwise: process {id} is listening in the background; its further messages go to {log}"
            ));
            Ok(print::show(&format!("{id}\n"))?)
        }
        Started::Ended { code, said } => {
            console.print(&said);
            Ok(code)
        }
    }
}

/// There is no such thing elsewhere.
#[cfg(not(unix))]
fn in_the_background(_options: &Listen) -> Result<i32, Failure> {
    Err(Failure::Iamlive(
        "--background is not available on Windows; run it in a window of its own: start leastwise listen …".to_owned(),
    ))
}

fn say_of_authority(console: &Console, kept: &Kept) {
    let path = kept.store.certificate_path();
    let path = path.display();
    match kept.opened {
        Opened::Existing => {}
        Opened::Created => console.say(format_args!(
            "leastwise: made a certificate authority in {path}; `leastwise ca` says how to make programs trust it"
        )),
        Opened::Renewed => console.warn(format_args!(
            "the certificate authority was about to expire and has been replaced, in {path}; programs must be told to trust the new one (`leastwise ca` says how)"
        )),
    }
}

/// What listens on every address is reached on this machine by the loopback one.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let loopback = match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let ip = if address.ip().is_unspecified() { loopback } else { address.ip() };
    SocketAddr::new(ip, address.port())
}
