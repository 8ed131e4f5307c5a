//! `leastwise run`: a command is run, its calls are heard, its policy is written.

use std::net::{Ipv4Addr, SocketAddr};

use crate::capture::proxy::silent_stand_in;
use crate::child;
use crate::child::descriptors;
use crate::child::terminal::Own;
use crate::cli::Run;
use crate::clients::containers;
use crate::clients::environment::{self, Variable};
use crate::clients::trust::Files;
use crate::commands::failure::Failure;
use crate::commands::gate::{Destination, Gate};
use crate::commands::{enforcing, interception, rules, settings};
use crate::live::display::Title;
use crate::live::neighbours;
use crate::live::{Ear, Show};
use crate::output::target::Target;
use crate::session::needs::Needs;
use crate::session::refusals::Refusals;

/// Any free port: nothing else has to know it, and several runs can go on at once.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What a run has that its options do not say.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// What the command finds in its environment.
    pub environment: Vec<Variable>,
    /// What it does not find there.
    pub without: &'static [&'static str],
    /// Where what its calls need is collected.
    pub needs: Option<Needs>,
    /// Where what AWS refuses is collected.
    pub refusals: Option<Refusals>,
}

/// Runs the command and returns the exit code.
///
/// # Errors
///
/// As [`beside`].
pub(super) fn run(options: Run) -> Result<i32, Failure> {
    beside(options, Beside::default())
}

/// Runs the command, with more than the options say, and returns the exit code.
///
/// # Errors
///
/// When the command cannot be started or its calls not be heard, or when a file cannot be written.
pub(super) fn beside(options: Run, beside: Beside) -> Result<i32, Failure> {
    let given = rules::apply("--rules", &options.shared.rules.rules)?;
    let gate = Gate::for_a_run(&options.check, options.enforce.is_on())?;
    let has_proxy = options.mode.has_proxy();
    let config = if has_proxy { Some(interception::in_memory(&options.proxy)?) } else { None };
    let authority = config.as_ref().map(|config| (config.authority.clone(), config.hosts.clone()));
    let guests = neighbours::guests(&options.neighbours.allow_user, false)?;
    let silent = config.as_ref().and_then(silent_stand_in);
    let line = config.as_ref().and_then(interception::line);
    let csm = options.mode.has_csm().then_some(ANY);
    let client_id = csm.map(|_| client_id()).transpose()?;
    let ear = Ear::bind(csm, config.map(|config| (ANY, config)), &guests)?;
    let mut additions = match (ear.csm(), &client_id) {
        (Some(address), Some(id)) => environment::csm(address, id),
        _ => Vec::new(),
    };
    additions.extend(beside.environment);
    let mut files = None;
    if let (Some((authority, hosts)), Some(address)) = (authority, ear.proxy()) {
        let intercepted = interception::intercepted(&authority, &hosts, &options.proxy);
        let written = Files::for_a_run(&intercepted, address)?;
        additions.extend(written.environment(address, |host| hosts.contains(host)));
        files = Some(written);
    }
    let names_output = options.shared.policy.output_file.is_some();
    let mut settings = settings::recording(options.shared, given)?;
    settings.session.client_id = client_id;
    let context = &options.check.gate.context;
    let reached = has_proxy.then_some(line);
    enforcing::apply(&options.enforce, &options.levels, context, reached, &mut settings)?;
    settings.session.needs = beside.needs.or_else(|| gate.as_ref().map(|_| Needs::default()));
    let is_verdict = gate.is_some() || beside.refusals.is_some();
    settings.session.refusals = beside.refusals;
    if is_verdict && !names_output {
        // What is wanted is the verdict; standard output stays the command's.
        settings.outputs.target = Target::Nowhere;
        settings.hints = false;
    }
    settings::check_stdout(&mut settings.outputs)?;
    let needs = settings.session.needs.clone();
    let console = settings.console.clone();
    let notes = files.iter().flat_map(Files::notes).map(String::as_str);
    for sentence in silent.as_deref().into_iter().chain(notes) {
        console.warn(sentence);
    }
    if let Some(sentence) = containers::advice(&options.command).filter(|_| has_proxy) {
        console.say(format_args!("leastwise: {sentence}"));
    }
    let own = if options.view { child::terminal::open()? } else { None };
    let show = match options.view {
        true => Show::View(Title::of(&options.command, own.as_ref().map(Own::pane))),
        false => Show::LinesOffTerminal,
    };
    let hearing = ear.start(settings, show)?;
    let own = own.filter(|_| hearing.is_live());
    let child = match child::spawn(&options.command, &additions, beside.without, own) {
        Ok(child) => child,
        Err(error) => {
            hearing.discard();
            return Err(error.into());
        }
    };
    // Only now: the command has the limit that we were given.
    if has_proxy {
        descriptors::raise_limit();
    }
    console.detail(format_args!("the command has process id {}", child.id()));
    let status = child.wait();
    let ours = hearing.finish_when_quiet();
    drop(files);
    let checked = match (gate, needs) {
        (Some(gate), Some(needs)) => gate.check(&needs.lock(), Destination::Stderr(&console)),
        _ => Ok(0),
    };
    let checked = checked.unwrap_or_else(|failure| {
        console.warn(&failure);
        failure.exit_code()
    });
    Ok(match status {
        Ok(0) if ours == 0 => checked,
        Ok(0) => ours,
        Ok(code) => code,
        Err(error) => {
            console.warn(format_args!("the system did not say how the command ended: {error}"));
            1
        }
    })
}

/// What tells the command's reports from those of others: nobody can guess it, and the command's environment is read by
/// nobody but its user and root.
fn client_id() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Failure::NoRandomness)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
