//! Options → settings that hold: checked once, before anything is heard or overwritten.

use std::fs;
use std::path::{Path, PathBuf};

use crate::authorize::{self, Standing};
use crate::call::Call;
use crate::cli::{Anonymous, PolicyOptions, Possible, Shared};
use crate::commands::failure::Failure;
use crate::output::closed;
use crate::output::console::{Console, Verbosity};
use crate::output::file::Target;
use crate::output::held::Held;
use crate::output::links;
use crate::output::overwriting;
use crate::output::per_principal::Files;
use crate::recording::Recorder;
use crate::session::aside::Aside;
use crate::session::needs::Needs;
use crate::session::principals::Selection;
use crate::session::shape::Shape;

/// What a recording needs to know.
pub struct Settings {
    /// Where the policy goes.
    pub target: Target,
    /// What keeps others away from there.
    pub held: Held,
    /// Where the calls go.
    pub recorder: Option<Recorder>,
    /// Which calls go into the policy.
    pub calls: Which,
    /// Whether those without credentials do.
    pub anonymous: Anonymous,
    /// Whose calls go into the policy.
    pub selection: Selection,
    /// Each principal's own policy, where that is wanted.
    pub files: Option<Files>,
    /// What the policy is to be.
    pub shape: Shape,
    /// How requirements are decided.
    pub authorizer: authorize::Settings,
    /// Where what the calls need is collected, to hold a policy against it.
    pub needs: Option<Needs>,
    /// What reports over client-side monitoring must have in them to be taken.
    pub client_id: Option<String>,
    /// Whether the proxy's requests are printed.
    pub debug: bool,
    /// What is said.
    pub console: Console,
}

impl Settings {
    /// Checks the options and opens the recording.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, is not what it should be, or is named twice.
    pub fn from_options(options: Shared) -> Result<Settings, Failure> {
        let policy = options.policy;
        if let (Some(file), Some(record)) = (&policy.output_file, options.record.as_deref())
            && fs::metadata(file).map_or(true, |found| found.is_file())
            && is_same_file(file, record)
        {
            return Err(Failure::SameFile(record.display().to_string()));
        }
        let target = target(&policy)?;
        let held = Held::target(&target)?;
        let recorder = options.record.as_deref().map(recorder).transpose()?;
        let files = files(&policy, options.record.as_slice())?;
        Ok(Settings {
            target,
            held,
            recorder,
            calls: Which::of(&policy),
            anonymous: policy.anonymous.anonymous,
            selection: Selection::new(policy.principal.clone()),
            files,
            shape: Shape::of(&policy),
            authorizer: authorize::Settings {
                possible: possible(options.possible),
                account_id: options.account_id,
            },
            needs: None,
            client_id: None,
            debug: false,
            console: console(&policy),
        })
    }
}

/// Why a call is left out of the policy, if it is: no policy of the caller's was to decide on it. `needs`: whether it would
/// need something otherwise.
pub fn set_aside(call: &Call, needs: bool, anonymous: Anonymous) -> Option<Aside> {
    match Standing::of(call) {
        Standing::Unauthenticated => Some(Aside::Unauthenticated),
        Standing::Anonymous if needs && anonymous == Anonymous::Omit => Some(Aside::Anonymous),
        Standing::Anonymous | Standing::Judged => None,
    }
}

impl Settings {
    /// Makes sure, before anything is heard, that a policy for standard output will not be lost since that is closed. Who
    /// records meanwhile has what was wanted, and then there is no policy.
    ///
    /// # Errors
    ///
    /// When it would be lost.
    pub fn check_stdout(&mut self) -> Result<(), Failure> {
        if self.target != Target::Stdout || !closed::is_closed() {
            return Ok(());
        }
        if self.recorder.is_none() {
            return Err(Failure::ClosedStdout);
        }
        self.target = Target::Nowhere;
        Ok(())
    }
}

/// Which calls go into a policy, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All: one that failed needs its permission as well.
    All,
    /// Those that failed.
    Failed,
    /// Those that did not.
    Succeeded,
}

impl Which {
    pub(crate) fn of(options: &PolicyOptions) -> Which {
        match (options.fails_only, options.succeeded_only) {
            (true, _) => Which::Failed,
            (_, true) => Which::Succeeded,
            _ => Which::All,
        }
    }

    /// Whether a call is one of them.
    pub fn has(self, call: &Call) -> bool {
        match self {
            Which::All => true,
            Which::Failed => call.outcome.failed(),
            Which::Succeeded => !call.outcome.failed(),
        }
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
    let mut files = Files::check(folder, &Shape::of(options))?;
    for other in options.output_file.iter().chain(others) {
        files.leave_alone(other);
    }
    Ok(Some(files))
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

fn possible(option: Possible) -> authorize::Possible {
    match option {
        Possible::Common => authorize::Possible::Common,
        Possible::Include => authorize::Possible::Include,
        Possible::Omit => authorize::Possible::Omit,
    }
}

/// Whether two paths lead to the same file, which need not be there yet.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    fn resolved(path: &Path) -> PathBuf {
        if let Ok(whole) = fs::canonicalize(path) {
            return whole;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        folder.join(path.file_name().unwrap_or_default())
    }
    resolved(one) == resolved(other) || is_same_inode(one, other)
}

/// Hard links have no resolved name in common.
#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_inode(_one: &Path, _other: &Path) -> bool {
    false
}
