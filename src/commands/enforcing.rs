//! The policies of `--enforce` and the stand-in's IAM of `--iam`, read before anything begins: what cannot be read stops the run, so that
//! it fails closed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::aws::Credentials;
use crate::capture::proxy::Line;
use crate::cli::{Enforce, PolicyLevels, Unclear, UnknownKeys};
use crate::commands::policy_levels;
use crate::commands::recorded::said;
use crate::enforce::iam::{self, Iam};
use crate::enforce::{self, Each, Given, Guard};
use crate::evaluate::levels::Levels;
use crate::failure::Failure;
use crate::live::enforcing::Enforcement;
use crate::live::iam::{ReadError, Reader, Upkeep, keep_current};
use crate::live::judging::{self, Judging};
use crate::live::settings::Settings;
use crate::output::console::Verbosity;
use crate::output::decisions::Decisions;
use crate::policies::levels;

/// What stand-ins take for the credentials of the account's root
/// (<https://docs.localstack.cloud/aws/capabilities/config/credentials>).
const ROOT: (&str, &str) = ("test", "test");
/// The region that is read where the environment names none: where stand-ins are without one.
const REGION: &str = "us-east-1";

/// Puts the enforcement into the settings of a recording, if it was asked for. `context`: what the user says of condition keys;
/// `reached`: `None` without a proxy, else the way to its stand-in, if it has one.
///
/// # Errors
///
/// When a policy or the stand-in's IAM cannot be read, the file of decisions cannot be opened, or an option is without what it is for.
pub(super) fn apply(
    options: &Enforce,
    levels: &PolicyLevels,
    context: &[crate::cli::Said],
    reached: Option<Option<Line>>,
    settings: &mut Settings,
) -> Result<(), Failure> {
    let has_levels = !named(&[], levels).is_empty() || levels.management_account.is_some();
    if options.enforce.is_empty() && options.enforce_each.is_none() && has_levels {
        return Err(Failure::LevelsWithoutEnforce);
    }
    if !options.is_on() {
        return Ok(());
    }
    let Some(line) = reached else { return Err(Failure::EnforceWithoutProxy) };
    let read = {
        let (options, levels) = (options.clone(), levels.clone());
        let account = settings.session.authorizer.account_id.clone();
        move || read_given(&options, &levels, account.as_deref())
    };
    let ours = read()?;
    let guarding = enforce::Settings {
        authorizer: settings.session.authorizer.clone(),
        context: said(context),
        undecided: unclear(options.undecided),
        unrecognized: unclear(options.unrecognized),
        soft: options.soft,
        passes_silently: options.decisions.is_none() && !settings.console.says(Verbosity::Verbose),
        builder: Some(settings.session.shape.builder()),
    };
    let decisions = options.decisions.as_deref().map(Decisions::open).transpose()?;
    let mut names: Vec<String> = options
        .enforce
        .iter()
        .chain(&options.enforce_each)
        .map(|path| path.display().to_string())
        .collect();
    let enforcement = match (ours, options.iam, line) {
        (ours, Some(_), Some(line)) => {
            let authority = line.authority();
            names.push(format!("the IAM of {authority}"));
            by_iam(line, options.unknown_keys, ours, guarding, settings)
                .map_err(|error| Failure::StandInIam(authority, error))?
        }
        (ours, None, _) => Arc::new(Enforcement::new(Guard::new(ours, guarding))),
        _ => return Err(Failure::IamWithoutUpstream),
    };
    settings.judging = Some(Judging::new(judging::Settings {
        enforcement,
        names,
        soft: options.soft,
        shape: settings.session.shape,
        decisions,
        files: named(&options.enforce, levels)
            .into_iter()
            .chain(options.enforce_each.clone())
            .collect(),
        read: Box::new(move || read().map_err(|failure| failure.to_string())),
        console: settings.console.clone(),
    }));
    Ok(())
}

/// The policies that are given: for everybody, and for each principal the one of its file.
fn read_given(
    options: &Enforce,
    levels: &PolicyLevels,
    account: Option<&str>,
) -> Result<Given, Failure> {
    let read = |identity: &[PathBuf]| {
        levels::read(identity, &policy_levels::files(levels)).map(|policies| Levels::new(&policies))
    };
    let all = if options.enforce.is_empty() { None } else { Some(read(&options.enforce)?) };
    let Some(folder) = &options.enforce_each else { return Ok(Given { levels: all, each: None }) };
    let mut by_name = HashMap::new();
    for file in levels::files(folder)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        by_name.insert(name, read(&[file])?);
    }
    let nobody = Levels::new(&levels::of_nobody(folder, &policy_levels::files(levels))?);
    let each = Some(Each::new(by_name, nobody, account.map(str::to_owned)));
    Ok(Given { levels: all, each })
}

/// A guard by these policies, for calls of recordings.
///
/// # Errors
///
/// When a policy cannot be read, or is none.
pub(super) fn guard(
    identity: &[PathBuf],
    levels: &PolicyLevels,
    context: &[crate::cli::Said],
) -> Result<Guard, Failure> {
    let given = Levels::new(&levels::read(identity, &policy_levels::files(levels))?);
    let settings = enforce::Settings { context: said(context), ..enforce::Settings::default() };
    Ok(Guard::new(given, settings))
}

/// By the IAM of the stand-in at the end of this line, which is read, and from now on read again whenever it changes.
fn by_iam(
    line: Line,
    unknown_keys: Option<UnknownKeys>,
    ours: Given,
    guarding: enforce::Settings,
    settings: &Settings,
) -> Result<Arc<Enforcement>, ReadError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let credentials = Credentials::of_environment(variable);
    let credentials = credentials.unwrap_or_else(|| Credentials::new(ROOT.0, ROOT.1, None));
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.unwrap_or_else(|| REGION.to_owned());
    let asked_by = credentials.access_key().to_owned();
    let mut reader = Reader::new(line, credentials)?;
    let (account, read) = reader.all(&region)?;
    for sentence in reader.take_notes() {
        settings.console.warn(sentence);
    }
    let unknown_keys = match unknown_keys {
        Some(UnknownKeys::Refuse) => iam::UnknownKeys::Refuse,
        Some(UnknownKeys::Root) | None => iam::UnknownKeys::Root,
    };
    let iam = Iam::new(account, &asked_by, unknown_keys, read);
    let upkeep = Arc::new(Upkeep::new(&region));
    let guard = Guard::by_iam(iam, ours, guarding);
    let enforcement = Arc::new(Enforcement::by_iam(guard, Arc::clone(&upkeep)));
    keep_current(upkeep, Arc::clone(&enforcement), reader, settings.console.clone())?;
    Ok(enforcement)
}

/// The files and directories that may change; standard input cannot be read again.
fn named(identity: &[PathBuf], levels: &PolicyLevels) -> Vec<PathBuf> {
    let mut named = levels::named(identity, &policy_levels::files(levels));
    named.retain(|path| path.as_path() != Path::new("-"));
    named
}

fn unclear(option: Option<Unclear>) -> enforce::Unclear {
    match option {
        Some(Unclear::Allow) => enforce::Unclear::Allow,
        Some(Unclear::Refuse) | None => enforce::Unclear::Refuse,
    }
}
