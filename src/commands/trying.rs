//! `leastwise try`: a command runs with a policy and nothing else, at AWS.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::aws::{Endpoint, Services};
use crate::child::interrupt;
use crate::cli::Try;
use crate::commands::interception::upstream_proxy;
use crate::commands::run::{self, Beside};
use crate::commands::settings;
use crate::failure::Failure;
use crate::output::console::Console;
use crate::output::print;
use crate::output::target::Target;
use crate::policies::PolicyFile;
use crate::remote::Asking;
use crate::session::needs::Needs;
use crate::session::refusals::Refusals;
use crate::text;
use crate::trial::{self, Experiment, Journals, Kind, Learning, OwnPolicy, Tried, Wanted, Which};

/// Tries, and returns the exit code.
///
/// # Errors
///
/// When nothing can be tried, or something is left behind.
pub(super) fn run(options: Try) -> Result<i32, Failure> {
    let kind = match (&options.session, options.federate) {
        (Some(arn), _) => Kind::Existing(arn.clone()),
        (None, true) => Kind::Federated,
        (None, false) => Kind::Role,
    };
    let boundary = options.boundary.as_deref();
    if options.own_policy {
        let account = options.shared.account_id.as_deref();
        let learns = options.learn;
        let own = OwnPolicy { partition: "aws", account, kind: &kind, boundary, learns };
        return Ok(print::show(&trial::own_policy(&own))?);
    }
    let read = |paths: &[PathBuf]| {
        let files = paths.iter().map(|path| PolicyFile::read(path));
        files.map(|file| file.map(|it| it.document)).collect::<Result<Vec<_>, _>>()
    };
    let mut tried = Tried::default();
    read(&options.policy)?.iter().for_each(|it| tried.add(it));
    if options.policy.is_empty() && !options.learn && !options.clean_up {
        return Err(Failure::NothingToTry);
    }
    if options.print_plan {
        let plan = trial::plan(&tried, &kind, boundary, options.duration, options.learn)?;
        return Ok(print::show(&text::page(&plan))?);
    }
    let console = settings::console(&options.shared.policy);
    let via = upstream_proxy(options.proxy.upstream_proxy.as_deref())?;
    let certificates = options.proxy.upstream_ca.as_deref();
    let asking = Asking::trusting(options.profile.as_deref(), via, certificates)?;
    let services = services(&options, asking.services())?;
    let journals = Journals::open()?;
    if options.clean_up {
        return clean_up(&asking, &services, &journals, options.all, &console);
    }
    let noted = interrupt::noted()?;
    let interrupted = || noted.load(Ordering::Relaxed);
    let say = |line: &str| console.say(line);
    let experiment = Experiment {
        asking: &asking,
        services: &services,
        journals: &journals,
        interrupted: &interrupted,
        say: &say,
    };
    let wanted = Wanted {
        tried: tried.clone(),
        kind,
        boundary: options.boundary.clone(),
        seconds: options.duration,
        wait: Duration::from_secs(options.wait),
        learns: options.learn,
        keep: options.keep,
    };
    let mut command = |environment, needs: Needs, refusals: Refusals| {
        let refusals = Some(refusals);
        let (needs, without) = (Some(needs), trial::WITHOUT);
        run::beside(options.as_run(), Beside { environment, without, needs, refusals })
    };
    if !options.learn {
        let (code, text) = experiment.once(wanted, &mut command)?;
        console.print(&text);
        return Ok(code);
    }
    let target = Target::check(options.shared.policy.output_file.as_deref())?;
    let ceiling = read(&options.ceiling)?;
    let ceiling = (!options.ceiling.is_empty()).then_some(ceiling);
    let learning = Learning::new(tried, ceiling);
    let learned = experiment.learn(wanted, learning, options.rounds, &mut command)?;
    console.print(&learned.said);
    if let Some(policy) = &learned.policy {
        target.write_end(policy).map_err(Failure::Output)?;
    }
    Ok(learned.code)
}

/// The services that are asked: at AWS, or at the stand-in that calls go to, in the region and with the role that are named.
fn services(options: &Try, configured: &Services) -> Result<Services, Failure> {
    let mut services = configured.clone();
    if let Some(url) = &options.proxy.upstream {
        let address: Endpoint = Endpoint::of_url(url).map_err(|_| Failure::StandIn(url.clone()))?;
        services = services.at(&address);
    }
    if let Some(region) = &options.region {
        services = services.within(region);
    }
    Ok(match &options.role_arn {
        Some(arn) => trial::by_role(&services, arn)?,
        None => services,
    })
}

fn clean_up(
    asking: &Asking,
    services: &Services,
    journals: &Journals,
    all: bool,
    console: &Console,
) -> Result<i32, Failure> {
    let which = if all { Which::All } else { Which::Over };
    let mut may_remove = |names: &[String]| {
        let names = names.join("\n  ");
        console.print(&format!("These may be in use:\n  {names}\nRemove them? [y/N] "));
        let mut answer = String::new();
        let read = io::stdin().is_terminal() && io::stdin().read_line(&mut answer).is_ok();
        read && matches!(answer.trim(), "y" | "Y" | "yes")
    };
    let done = trial::clean_up(asking, services, journals, which, &mut may_remove)?;
    console.print(&trial::cleaned(&done));
    Ok(i32::from(!done.failed.is_empty()))
}
