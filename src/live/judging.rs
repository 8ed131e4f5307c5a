//! What becomes of what is judged while calls are made: it is said, counted and written, and policies that change on disk are read
//! again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::call::{Call, Source};
use crate::enforce::{Counts, Fate, Given};
use crate::live::enforcing::{Enforcement, Settlement};
use crate::output::console::{Console, Verbosity};
use crate::output::decisions::Decisions;
use crate::report::enforced;
use crate::session::shape::Shape;

/// How often it is looked whether policies have changed, and decisions are written.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Reads the policies; a sentence says why they cannot be read.
pub type Read = Box<dyn FnMut() -> Result<Given, String> + Send>;

/// What judging takes.
pub struct Settings {
    /// What the proxy asks.
    pub enforcement: Arc<Enforcement>,
    /// What the policies are called.
    pub names: Vec<String>,
    /// Whether nothing is refused.
    pub soft: bool,
    /// What the policy of what is lacking is to be.
    pub shape: Shape,
    /// Where decisions go.
    pub decisions: Option<Decisions>,
    /// The files and directories of policies.
    pub files: Vec<PathBuf>,
    /// Reads them.
    pub read: Read,
    /// What is said.
    pub console: Console,
}

/// Judging, as it goes on.
pub struct Judging {
    settings: Settings,
    counts: Counts,
    /// What the files were when they were read.
    stamps: Vec<Stamp>,
    next_look: Option<Instant>,
    /// Decisions are not written any more, since that failed.
    decisions_failed: bool,
}

/// What tells whether a file is another: when it was changed, its length, and which file it is.
type Stamp = Option<(SystemTime, u64, u64)>;

impl Judging {
    /// By these policies, which are said to be enforced.
    pub fn new(settings: Settings) -> Judging {
        let stamps = stamps(&settings.files);
        Judging {
            settings,
            counts: Counts::default(),
            stamps,
            next_look: None,
            decisions_failed: false,
        }
    }

    /// Says that it begins.
    pub(crate) fn begin(&self) {
        let names = self.settings.names.join(" and ");
        let rest = if self.settings.soft {
            "nothing is refused; what would be is said"
        } else {
            "calls that the policies do not allow are refused"
        };
        self.settings.console.say(format_args!("leastwise: enforcing {names}: {rest}"));
    }

    /// What the proxy asks.
    pub(crate) fn enforcement(&self) -> Arc<Enforcement> {
        Arc::clone(&self.settings.enforcement)
    }

    /// A call is over, of which this was judged. What is to be noticed of it, in a few words.
    pub(crate) fn judged(&mut self, settlement: &Settlement) -> Option<String> {
        let Settlement { judged, passed, .. } = settlement;
        if *passed && judged.is_empty() {
            self.counts.allowed += 1;
            return None;
        }
        self.counts.call(judged);
        let mut notice = None;
        for judged in judged {
            let Settings { console, decisions, .. } = &mut self.settings;
            let passed = judged.fate == Fate::Passed;
            // Most calls pass, and nobody reads why.
            if !passed || console.says(Verbosity::Verbose) {
                let block = enforced::block(judged);
                console.print(&block);
                if !passed {
                    notice = block.lines().next().map(str::to_owned);
                }
            }
            if let Some(decisions) = decisions
                && let Err(error) = decisions.add(&enforced::line(judged))
            {
                self.no_decisions(error);
            }
        }
        notice
    }

    /// How many calls the policies do not allow, so far.
    pub(crate) fn not_allowed(&self) -> u64 {
        self.counts.not_allowed()
    }

    /// A call was heard.
    pub(crate) fn heard(&mut self, call: &Call) {
        if call.source == Source::Csm {
            self.counts.unseen(call);
        }
    }

    /// Does what is due; `asked`: somebody wants policies to be read now.
    pub(crate) fn tick(&mut self, now: Instant, asked: bool) {
        if !asked && self.next_look.is_some_and(|next| now < next) {
            return;
        }
        self.next_look = Some(now + LOOK_EVERY);
        self.flush();
        if asked {
            self.settings.enforcement.read_again();
        }
        let stamps = stamps(&self.settings.files);
        if asked && !stamps.is_empty() || stamps != self.stamps {
            self.stamps = stamps;
            self.read_again();
        }
    }

    fn read_again(&mut self) {
        let Settings { read, enforcement, console, .. } = &mut self.settings;
        match read() {
            Ok(given) => {
                enforcement.guard().replace(given);
                console.say("leastwise: the policies were read again");
            }
            Err(error) => console.warn(format_args!(
                "the policies have changed and cannot be read, so those that were read before stay in force: {error}"
            )),
        }
    }

    /// It is over: what is left is written, and the rest is said. Whether something got through that policies do not allow, and
    /// whether all could be written.
    pub(crate) fn end(&mut self) -> (bool, bool) {
        self.flush();
        let Settings { console, soft, shape, enforcement, .. } = &self.settings;
        let quiet = !console.says(Verbosity::Normal);
        console.print(&enforced::summary(&self.counts, *soft, quiet));
        if *soft {
            let mut guard = enforcement.guard();
            let lacking = guard.lacking();
            if !lacking.is_empty() {
                let text = shape.finish(lacking).text();
                console.print(&format!("leastwise: the policies lack this:\n{text}"));
            }
        }
        (self.counts.got_through(), !self.decisions_failed)
    }

    fn flush(&mut self) {
        if let Some(Err(error)) = self.settings.decisions.as_mut().map(Decisions::flush) {
            self.no_decisions(error);
        }
    }

    fn no_decisions(&mut self, error: impl std::fmt::Display) {
        let console = &self.settings.console;
        console.warn(format_args!("{error}; enforcement goes on without it"));
        self.settings.decisions = None;
        self.decisions_failed = true;
    }
}

/// What the files are now, and those in directories, which are written without the directory being changed.
fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let with_content = |path: &PathBuf| std::iter::once(path.clone()).chain(content(path));
    files.iter().flat_map(with_content).map(|path| stamp(&path)).collect()
}

/// What is in a directory, in an order that does not change by itself; in a file is nothing.
fn content(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut content: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    content.sort();
    content
}

fn stamp(path: &Path) -> Stamp {
    let found = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&found);
    #[cfg(not(unix))]
    let number = 0;
    Some((found.modified().ok()?, found.len(), number))
}
