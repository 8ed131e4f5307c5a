//! Options → settings that hold: checked once, before anything is heard or overwritten.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::authorize;
use crate::cli::{self, PolicyOptions, Resources, Shared};
use crate::commands::{recorded, rules};
use crate::failure::Failure;
use crate::live::following::Page;
use crate::live::settings::Settings;
use crate::made::hold::Generated;
use crate::output::console::{Console, Verbosity};
use crate::output::held::Held;
use crate::output::keeper::Outputs;
use crate::output::path::is_same_file;
use crate::output::per_principal::Files;
use crate::output::target::Target;
use crate::output::{closed, links, overwriting};
use crate::policy::fit::Fit;
use crate::policy::{Generalize, Order};
use crate::recording::Recorder;
use crate::recording::trail::Options;
use crate::render::Format;
use crate::session;
use crate::session::amend::{Amender, Given};
use crate::session::merged::{self, Merged};
use crate::session::principals::Selection;
use crate::session::shape::Shape;
use crate::session::which::{Anonymous, Which};

/// `--resources grouped`: two of a kind may be chance, three are a pattern.
const GROUPED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// Checks the options of a recording, reads the calls of earlier runs that its policy is to have as well, and opens the file
/// of calls. `given`: the rules in force.
///
/// # Errors
///
/// When a file cannot be read or written, is not what it should be, or is named twice.
pub(crate) fn recording(options: Shared, given: Given) -> Result<Settings, Failure> {
    let policy = options.policy;
    let (option, record) = match (options.append, options.record) {
        (Some(append), _) => ("--append", Some(append)),
        (None, record) => ("--record", record),
    };
    if let (Some(file), Some(record)) = (&policy.output_file, record.as_deref())
        && fs::metadata(file).map_or(true, |found| found.is_file())
        && is_same_file(file, record)
    {
        return Err(Failure::SameFile { option, path: record.display().to_string() });
    }
    let target = target(&policy)?;
    let held = Held::target(&target)?;
    let files = files(&policy, record.as_slice())?;
    let console = console(&policy);
    let merging = merged::Settings {
        shape: shape(&policy),
        stable: false,
        generated: generated(&policy),
        calls: which(&policy),
        selection: Selection::new(policy.principal.clone()),
        apart: files.is_some(),
    };
    let before = match &record {
        Some(path) if option == "--append" => {
            let mut amender = rules::amender(given, policy.anonymous.anonymous, &console);
            let account_id = options.account_id.clone();
            before(path, Merged::new(&merging, account_id), &mut amender, &console)?
        }
        _ => None,
    };
    let recorder = record.as_deref().map(recorder).transpose()?;
    Ok(Settings {
        session: session::Settings {
            authorizer: authorize::Settings {
                possible: possible(options.possible),
                account_id: options.account_id,
            },
            shape: merging.shape,
            generated: merging.generated,
            calls: merging.calls,
            anonymous: policy.anonymous.anonymous.into(),
            selection: merging.selection,
            apart: merging.apart,
            needs: None,
            refusals: None,
            client_id: None,
            is_recorded: recorder.is_some(),
            before,
        },
        outputs: Outputs { target, held, recorder, files, force: policy.force },
        judging: None,
        page: None,
        debug: false,
        hints: says_hints(&policy),
        console,
    })
}

/// The calls of earlier runs that are in a recording, if it is there.
fn before(
    path: &Path,
    mut merged: Merged,
    amender: &mut Amender,
    console: &Console,
) -> Result<Option<Merged>, Failure> {
    let path = links::followed(path)?;
    match fs::metadata(&path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(Failure::NotToAppend(path.display().to_string())),
        // Who opens it to record says what is wrong, if that is more than that it is not there.
        Err(_) => return Ok(None),
    }
    let read = recorded::read(&[path], Options::default(), amender, |number, entry| {
        merged.add(number, entry, |_| {});
    })?;
    recorded::warn(console, &read.cut_off, "that call is taken out");
    merged.calls -= amender.asides().all();
    Ok(Some(merged))
}

/// Makes sure, before anything is heard, that a policy for standard output will not be lost since that is closed. Who
/// records meanwhile has what was wanted, and then there is no policy.
///
/// # Errors
///
/// When it would be lost.
pub(crate) fn check_stdout(outputs: &mut Outputs) -> Result<(), Failure> {
    if outputs.target != Target::Stdout || !closed::is_closed() {
        return Ok(());
    }
    if outputs.recorder.is_none() {
        return Err(Failure::ClosedStdout);
    }
    outputs.target = Target::Nowhere;
    Ok(())
}

impl From<cli::Anonymous> for Anonymous {
    fn from(option: cli::Anonymous) -> Anonymous {
        match option {
            cli::Anonymous::Omit => Anonymous::Omit,
            cli::Anonymous::Include => Anonymous::Include,
        }
    }
}

/// Which calls go into the policy.
pub(crate) fn which(options: &PolicyOptions) -> Which {
    match (options.fails_only, options.succeeded_only) {
        (true, _) => Which::Failed,
        (_, true) => Which::Succeeded,
        _ => Which::All,
    }
}

/// What stands in the policy for what the run made.
pub(crate) fn generated(options: &PolicyOptions) -> Generated {
    match options.generated {
        cli::Generated::Hold => Generated::Hold,
        cli::Generated::Type => Generated::Type,
        cli::Generated::Exact => Generated::Exact,
    }
}

/// What the policy is to be.
pub(crate) fn shape(options: &PolicyOptions) -> Shape {
    Shape {
        order: if options.sort_alphabetical { Order::Alphabetical } else { Order::FirstSeen },
        generalize: match options.resources {
            None => Generalize::Over(options.group_over),
            Some(Resources::Exact) => Generalize::Exact,
            Some(Resources::Grouped) => Generalize::Over(GROUPED),
            Some(Resources::Account) => Generalize::Account,
            Some(Resources::Wildcard) => Generalize::Wildcard,
        },
        format: match options.format {
            cli::Format::Json => Format::Json,
            cli::Format::Hcl => Format::Hcl,
            cli::Format::CloudFormation => Format::CloudFormation,
            cli::Format::Cdk => Format::Cdk,
            cli::Format::Markdown => Format::Markdown,
        },
        sid: options.sid,
        minimize: options.minimize,
        fit: options.fit.map(|fit| match fit {
            cli::Fit::Managed => Fit::Managed,
            cli::Fit::InlineRole => Fit::InlineRole,
            cli::Fit::InlineUser => Fit::InlineUser,
            cli::Fit::InlineGroup => Fit::InlineGroup,
        }),
    }
}

/// A recording to append to, which the user may have named by a link.
fn recorder(path: &Path) -> Result<Recorder, Failure> {
    Ok(Recorder::open(&links::followed(path)?)?)
}

/// Where the policy goes: with --per-principal and without -o nowhere.
pub(crate) fn target(options: &PolicyOptions) -> Result<Target, Failure> {
    let target = match (&options.output_file, &options.per_principal) {
        (None, Some(_)) => Target::Nowhere,
        (file, _) => Target::check(file.as_deref())?,
    };
    overwriting::check(&target, options.force)?;
    Ok(target)
}

/// The files of --per-principal, none of which is `-o`'s or one of `others`.
pub(crate) fn files(options: &PolicyOptions, others: &[PathBuf]) -> Result<Option<Files>, Failure> {
    let Some(folder) = &options.per_principal else { return Ok(None) };
    let mut files = Files::check(folder, &shape(options), options.force)?;
    for other in options.output_file.iter().chain(others) {
        files.leave_alone(other);
    }
    Ok(Some(files))
}

/// The page that is written at the end of a recording, or shown meanwhile; `of`: what the calls are of.
pub(crate) fn page(options: &cli::Page, of: String) -> Result<Option<Page>, Failure> {
    if options.report.is_none() && options.web.is_none() {
        return Ok(None);
    }
    let report = options.report.as_deref().map(|file| {
        let target = Target::check(Some(file))?;
        if target == Target::Stdout {
            return Err(Failure::ReportToStdout);
        }
        overwriting::check_report(&target, false)?;
        let held = Held::target(&target)?;
        Ok((target, held))
    });
    Ok(Some(Page { report: report.transpose()?, web: options.web, of }))
}

/// How much is said.
pub(crate) fn console(options: &PolicyOptions) -> Console {
    Console::new(match (options.quiet, options.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, 1) => Verbosity::Verbose,
        (false, _) => Verbosity::Calls,
    })
}

/// Whether it is said what the policy cannot do yet.
pub(crate) fn says_hints(options: &PolicyOptions) -> bool {
    options.hints == cli::Hints::On
}

fn possible(option: cli::Possible) -> authorize::Possible {
    match option {
        cli::Possible::Common => authorize::Possible::Common,
        cli::Possible::Include => authorize::Possible::Include,
        cli::Possible::Omit => authorize::Possible::Omit,
    }
}
