//! Keeps what a recording writes current: the policy's file, each principal's own, and the file of calls.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::authorize::Requirement;
use crate::call::Call;
use crate::output::console::Console;
use crate::output::finished;
use crate::output::held::Held;
use crate::output::per_principal::{Files, Tell};
use crate::output::print;
use crate::output::target::Target;
use crate::policy::{Growing, Order};
use crate::recording::{Recorder, requires};
use crate::session::Session;
use crate::session::principals::{Callers, Placed, Principal};
use crate::session::shape::{Ending, Finished, Shape, Written};

/// How often the file is replaced at most while recording.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Where everything goes.
#[derive(Debug)]
pub struct Outputs {
    /// Where the policy goes.
    pub target: Target,
    /// What keeps others away from there.
    pub held: Held,
    /// Where the calls go.
    pub recorder: Option<Recorder>,
    /// Each principal's own policy, where that is wanted.
    pub files: Option<Files>,
    /// Whether a file may be replaced that is no policy.
    pub force: bool,
}

/// Keeps the files of a recording.
#[derive(Debug)]
pub struct Keeper {
    outputs: Outputs,
    shape: Shape,
    /// The recording is not written any more, since that failed.
    recording_failed: bool,
    /// The generation of the policy that the file holds.
    written: u64,
    /// When the file may be replaced again.
    next_write: Instant,
    /// The last replacing failed, and that was said.
    write_failed: bool,
    console: Console,
}

/// What became of the outputs.
#[derive(Debug)]
pub struct Kept {
    /// What became of the policy.
    pub ending: Ending,
    /// Where it was written.
    pub written: Option<Written>,
    /// Where each principal's own is.
    pub placed: HashMap<Principal, Placed>,
    /// Whether everything could be written, and fits.
    pub is_whole: bool,
}

impl Keeper {
    /// A keeper at the beginning of a recording.
    pub fn new(outputs: Outputs, shape: Shape, console: Console, now: Instant) -> Keeper {
        Keeper {
            outputs,
            shape,
            recording_failed: false,
            written: 0,
            next_write: now,
            write_failed: false,
            console,
        }
    }

    /// The order of statements, actions and resources.
    pub fn order(&self) -> Order {
        self.shape.order
    }

    /// Where the policy goes.
    pub fn target(&self) -> &Target {
        &self.outputs.target
    }

    /// The folder of each principal's own policy.
    pub fn folder(&self) -> Option<String> {
        self.outputs.files.as_ref().map(Files::folder)
    }

    /// Appends a call to the recording.
    pub fn record(&mut self, call: &Call, requirements: &[Requirement], now: Instant) {
        let Some(recorder) = &mut self.outputs.recorder else { return };
        let requires: Vec<_> = requirements.iter().map(requires).collect();
        if let Err(error) = recorder.record(call, &requires, now) {
            self.recording_has_failed(&error);
        }
    }

    fn recording_has_failed(&mut self, error: &impl std::fmt::Display) {
        self.console.warn(format_args!("{error}; recording goes on without it"));
        self.outputs.recorder = None;
        self.recording_failed = true;
    }

    /// Does what is due; what failed for the first time is returned as a sentence, which was printed already.
    pub fn tick(&mut self, session: &Session, now: Instant) -> Option<String> {
        if self.due().is_some_and(|due| now >= due) {
            self.flush();
        }
        let is_due = now >= self.next_write && self.has_changed(session);
        if is_due { self.replace(session, now) } else { None }
    }

    /// When something will be due.
    pub fn next(&self, session: &Session) -> Option<Instant> {
        let has_file = self.target().file().is_some() || self.outputs.files.is_some();
        let write = (has_file && self.has_changed(session)).then_some(self.next_write);
        [self.due(), write].into_iter().flatten().min()
    }

    fn due(&self) -> Option<Instant> {
        self.outputs.recorder.as_ref().and_then(Recorder::due)
    }

    fn has_changed(&self, session: &Session) -> bool {
        self.written != session.policy().generation()
            || self.outputs.files.as_ref().is_some_and(|files| files.is_behind(session.callers()))
    }

    /// Writes everything now, because somebody asked for it; what became of it is returned, and said where it was not done.
    pub fn write_now(&mut self, session: &Session, now: Instant) -> String {
        self.flush();
        let target = self.target().file().map(|file| file.display().to_string());
        if session.counts().nothing_counted() && self.target().holds_something() {
            return self.not_written("no AWS call has been heard yet; the file is left as it is");
        }
        if target.is_none() && self.outputs.files.is_none() {
            return self.not_written("there is no policy file to write now; name one with -o");
        }
        self.replace(session, now);
        match target {
            _ if self.write_failed => "the policy could not be written".to_owned(),
            Some(file) => format!("wrote {file}"),
            None => "wrote each principal's policy".to_owned(),
        }
    }

    fn not_written(&self, why: &str) -> String {
        self.console.warn(why);
        why.to_owned()
    }

    /// The policy so far, as it would be written.
    pub fn meanwhile(&self, session: &Session) -> String {
        self.shape.meanwhile(session.policy())
    }

    fn replace(&mut self, session: &Session, now: Instant) -> Option<String> {
        self.next_write = now + WRITE_EVERY;
        let policy = session.policy();
        if let Some(files) = &mut self.outputs.files {
            files.replace(session.callers(), &self.shape, &self.console);
        }
        if self.target().file().is_none() {
            self.written = policy.generation();
            return None;
        }
        match self.target().replace(&self.shape.meanwhile(policy), false) {
            Ok(()) => {
                self.written = policy.generation();
                self.write_failed = false;
                None
            }
            // It is tried again; said once.
            Err(error) if !self.write_failed => {
                self.write_failed = true;
                let sentence = error.to_string();
                self.console.warn(error);
                Some(sentence)
            }
            Err(_) => None,
        }
    }

    /// Writes what was recorded so far.
    pub fn flush(&mut self) {
        if let Some(Err(error)) = self.outputs.recorder.as_mut().map(Recorder::flush) {
            self.recording_has_failed(&error);
        }
    }

    /// The policy of all, at the end.
    pub fn finished(&self, policy: &Growing) -> Finished {
        self.shape.finish(policy)
    }

    /// Writes everything at the end, and `tell`s of each principal's own policy.
    pub fn end(&mut self, session: &Session, finished: &Finished, tell: &mut Tell<'_>) -> Kept {
        let (ending, written) = self.write_end(finished, session.counts().nothing_counted());
        let (placed, each_written) = self.write_each(session.callers(), tell);
        let fits = finished.fits() || *self.target() == Target::Nowhere;
        let is_whole = ending != Ending::Failed && each_written && !self.recording_failed && fits;
        Kept { ending, written, placed, is_whole }
    }

    fn write_each(
        &mut self,
        callers: &Callers,
        tell: &mut Tell<'_>,
    ) -> (HashMap<Principal, Placed>, bool) {
        match &mut self.outputs.files {
            Some(files) => files.finish(callers, &self.shape, &self.console, tell),
            None => (HashMap::new(), true),
        }
    }

    fn write_end(&self, finished: &Finished, nothing_counted: bool) -> (Ending, Option<Written>) {
        let target = self.target();
        if let Some(file) = target.file()
            && nothing_counted
            && target.holds_something()
        {
            return (Ending::Kept(file.display().to_string()), None);
        }
        match finished::write(finished, target, self.outputs.force) {
            Ok(written) => {
                let ending = match &written {
                    _ if *target == Target::Nowhere => Ending::Apart,
                    Written::Printed => Ending::Printed,
                    Written::File(file) | Written::Files(file, _) => Ending::Written(file.clone()),
                };
                (ending, Some(written))
            }
            Err(error) => {
                self.console.warn(error);
                // Better in the wrong place than lost.
                if *target != Target::Stdout && print::print(&finished.text()).is_ok() {
                    self.console.warn("the policy was printed on standard output instead");
                }
                (Ending::Failed, None)
            }
        }
    }

    /// Ends before anything could be heard: leaves no trace.
    pub fn discard(self) {
        if let Some(recorder) = self.outputs.recorder {
            recorder.discard();
        }
        if let Some(files) = self.outputs.files {
            files.discard();
        }
    }
}
