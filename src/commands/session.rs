//! One recording, from its first datagram to its policy: what is heard is recognised, decided,
//! added to the policy, counted, recorded and shown.
//!
//! It has no threads and no clock: the moment comes in with every call. Its owner
//! (see [`hearing`](super::hearing)) brings datagrams, what the proxy tells, and the time.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::console::{Console, Verbosity};
use super::feed::Feed;
use super::gate::Needs;
use super::held::Held;
use super::output::{self, Target};
use super::principals::{Callers, Files};
use super::proxied::Proxied;
use super::settings::{Settings, Which};
use super::summary::{Counts, Ending, Principals, Summary};
use super::twins::{Marks, Twins};
use super::writing::{Finished, Shape, Written};
use crate::authorize::{Authorizer, Decision, Requirement};
use crate::call::{Call, Timestamp};
use crate::capture::recording::{Recorder, Requires};
use crate::catalog::Catalog;
use crate::policy::Builder;
use crate::recognize::csm::{self, Observation, Tracker};

/// How often the file is replaced at most while recording.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How often calls that never end are looked for.
const IDLE_EVERY: Duration = Duration::from_millis(250);

/// A moment: on the clock that only goes forward, and on the wall.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For intervals.
    pub instant: Instant,
    /// For what is recorded.
    pub time: Timestamp,
}

/// One recording.
pub struct Session {
    tracker: Tracker,
    next_idle: Instant,
    /// Where both the proxy and client-side monitoring are heard.
    twins: Option<Twins>,
    ledger: Ledger,
}

impl Session {
    /// A recording that begins; whether there is a proxy, and its marks, if calls may be heard past it, too.
    pub fn new(
        settings: Settings,
        feed: Feed,
        proxied: bool,
        marks: Option<Marks>,
        now: Now,
    ) -> Session {
        Session {
            tracker: Tracker::new(Catalog::embedded()),
            next_idle: now.instant + IDLE_EVERY,
            ledger: Ledger::new(settings, feed, proxied, now),
            twins: marks.map(|marks| Twins::new(marks, now.instant)),
        }
    }

    /// The proxy tells something.
    pub fn proxied(&mut self, told: Proxied, now: Now) {
        match told {
            Proxied::Call(mut call) => {
                if let Some(twins) = &mut self.twins {
                    twins.proxied(&call, now.instant);
                }
                self.ledger.call(&mut call, now);
            }
            Proxied::Failure(failure) => self.ledger.proxy_failure(&failure.sentence),
        }
    }

    /// A datagram has come.
    pub fn datagram(&mut self, datagram: &[u8], now: Now) {
        let Session { tracker, twins, ledger, .. } = self;
        for event in csm::events(datagram) {
            match event {
                Ok(event) => {
                    tracker.event(event, now.time, &mut |seen| reported(twins, ledger, seen, now));
                }
                Err(malformed) => ledger.malformed(malformed),
            }
        }
    }

    /// Does what is due. It is to be called at [`next`](Session::next) and after datagrams.
    pub fn tick(&mut self, dropped: u64, now: Now) {
        if now.instant >= self.next_idle {
            self.next_idle = now.instant + IDLE_EVERY;
            let Session { tracker, twins, ledger, .. } = self;
            tracker.idle(now.time, &mut |seen| reported(twins, ledger, seen, now));
        }
        if let Some(twins) = &mut self.twins {
            while let Some(report) = twins.due(now.instant) {
                self.ledger.observe(report, now);
            }
        }
        self.ledger.tick(dropped, now);
    }

    /// When something will be due that is not due now.
    pub fn next(&self) -> Instant {
        let held = self.twins.as_ref().and_then(Twins::next);
        [self.ledger.next(), held].into_iter().flatten().fold(self.next_idle, Instant::min)
    }

    /// Writes the policy now.
    pub fn write_now(&mut self, now: Now) {
        self.ledger.write_now(now);
    }

    /// Whether the user asked, through the view, to stop.
    pub fn wants_to_stop(&mut self) -> bool {
        self.ledger.feed.wants_to_stop()
    }

    /// Gives the terminal back and goes on without a view.
    pub fn close_view(&mut self) {
        self.ledger.feed.end(&self.ledger.console);
    }

    /// Ends (the proxy has ended before): what is still open is taken in, everything is written, the summary is printed.
    /// Whether all could be written.
    pub fn finish(mut self, dropped: u64, now: Now) -> bool {
        let Session { tracker, twins, ledger, .. } = &mut self;
        tracker.finish(&mut |seen| reported(twins, ledger, seen, now));
        if let Some(twins) = twins {
            while let Some(report) = twins.remaining() {
                ledger.observe(report, now);
            }
        }
        self.ledger.finish(dropped)
    }

    /// Ends before anything could be heard: leaves no trace.
    pub fn discard(self) {
        if let Some(recorder) = self.ledger.recorder {
            recorder.discard();
        }
        if let Some(files) = self.ledger.files {
            files.discard();
        }
    }
}

/// Client-side monitoring tells something, which may have been seen by the proxy as well.
fn reported(twins: &mut Option<Twins>, ledger: &mut Ledger, seen: Observation, now: Now) {
    let counts_now = match twins {
        Some(twins) => twins.hold(seen, now.instant),
        None => Some(seen),
    };
    if let Some(seen) = counts_now {
        ledger.observe(seen, now);
    }
}

/// What becomes of a call once it is recognised.
struct Ledger {
    authorizer: Authorizer,
    builder: Builder,
    shape: Shape,
    calls: Which,
    callers: Callers,
    /// Each principal's own policy.
    files: Option<Files>,
    proxied: bool,
    counts: Counts,
    needs: Option<Needs>,
    recorder: Option<Recorder>,
    /// The recording is not written any more, since that failed.
    recording_failed: bool,
    target: Target,
    /// Keeps others away from the target.
    _held: Held,
    /// The builder's generation that the file holds.
    written: u64,
    /// When the file may be replaced again.
    next_write: Instant,
    /// The last replacing failed, and that was said.
    write_failed: bool,
    feed: Feed,
    console: Console,
}

impl Ledger {
    fn new(settings: Settings, feed: Feed, proxied: bool, now: Now) -> Ledger {
        Ledger {
            authorizer: Authorizer::new(settings.authorizer),
            builder: settings.shape.builder(),
            shape: settings.shape,
            calls: settings.calls,
            callers: Callers::new(settings.selection, settings.files.is_some()),
            files: settings.files,
            proxied,
            counts: Counts::default(),
            needs: settings.needs,
            recorder: settings.recorder,
            recording_failed: false,
            target: settings.target,
            _held: settings.held,
            written: 0,
            next_write: now.instant,
            write_failed: false,
            feed,
            console: settings.console,
        }
    }

    fn observe(&mut self, seen: Observation, now: Now) {
        match seen {
            // The request was sent, so the permission is needed, however the call ends.
            Observation::Attempt(mut call) => {
                self.counts.attempts_seen = true;
                let (decision, _) = self.decide(&mut call);
                self.need(&call, &decision.requirements, 0);
            }
            Observation::Call(mut call) => self.call(&mut call, now),
        }
    }

    fn call(&mut self, call: &mut Call, now: Now) {
        let (decision, grown) = self.decide(call);
        let (share, selected) = self.callers.share(call);
        share.calls += 1;
        self.counts.call(call, &decision);
        if selected && self.calls.has(call) {
            self.counts.unseen.add(call);
        }
        if self.console.says(Verbosity::Calls) {
            self.console.detail(describe(call));
        }
        self.feed.call(call, grown);
        self.need(call, &decision.requirements, 1);
        self.record(call, &decision.requirements, now);
    }

    fn decide(&mut self, call: &mut Call) -> (Arc<Decision>, bool) {
        self.callers.learn(call, &mut self.builder);
        let decision = self.authorizer.decide(call);
        let mut grown = false;
        if !self.calls.has(call) {
            return (decision, grown);
        }
        let (_, selected) = self.callers.share(call);
        for requirement in &decision.requirements {
            self.callers.need(call, |policy| policy.add(requirement));
            if selected && self.builder.add(requirement) {
                grown = true;
                self.feed.requirement(requirement, &self.console);
            }
        }
        (decision, grown)
    }

    /// Collects what a policy is to be held against; an attempt is not yet a call.
    fn need(&self, call: &Call, requirements: &[Requirement], calls: u64) {
        let Some(needs) = &self.needs else { return };
        let mut needs = needs.lock();
        needs.calls += calls;
        for Requirement { action, resources, conditions, .. } in requirements {
            needs.add(call, calls, action, resources, conditions);
        }
    }

    fn record(&mut self, call: &mut Call, requirements: &[Requirement], now: Now) {
        let Some(recorder) = &mut self.recorder else { return };
        self.callers.tell(call);
        let requires: Vec<_> = requirements.iter().map(requires).collect();
        if let Err(error) = recorder.record(call, &requires, now.instant) {
            self.recording_failed(&error);
        }
    }

    fn recording_failed(&mut self, error: &impl std::fmt::Display) {
        self.console.warn(format_args!("{error}; recording goes on without it"));
        self.recorder = None;
        self.recording_failed = true;
    }

    fn malformed(&mut self, malformed: csm::Malformed) {
        self.counts.malformed += 1;
        if self.console.says(Verbosity::Calls) {
            self.console.detail(format_args!("a datagram could not be read: {malformed}"));
        }
    }

    fn proxy_failure(&mut self, sentence: &str) {
        self.counts.proxy_failure(sentence);
        self.feed.notice(sentence);
        self.console.detail(sentence);
    }

    fn tick(&mut self, dropped: u64, now: Now) {
        if self.recorder.as_ref().and_then(Recorder::due).is_some_and(|due| now.instant >= due) {
            self.flush();
        }
        if self.has_changed() && now.instant >= self.next_write {
            self.replace(now);
        }
        self.feed.draw(&self.builder, self.shape.order, &self.counts, dropped, now.instant);
    }

    fn next(&self) -> Option<Instant> {
        let flush = self.recorder.as_ref().and_then(Recorder::due);
        let has_file = self.target.file().is_some() || self.files.is_some();
        let write = (has_file && self.has_changed()).then_some(self.next_write);
        [flush, write, self.feed.next()].into_iter().flatten().min()
    }

    fn has_changed(&self) -> bool {
        self.written != self.builder.generation()
            || self.files.as_ref().is_some_and(|files| files.is_behind(&self.callers))
    }

    fn write_now(&mut self, now: Now) {
        self.flush();
        if self.counts.nothing_heard() && self.target.holds_something() {
            self.console.warn("no AWS call was heard yet; the file is left as it is");
        } else if self.target.file().is_some() || self.files.is_some() {
            self.replace(now);
        } else {
            self.console.warn("there is no policy file to write now; -o names one");
        }
    }

    fn replace(&mut self, now: Now) {
        self.next_write = now.instant + WRITE_EVERY;
        if let Some(files) = &mut self.files {
            files.replace(&self.callers, &self.shape, &self.console);
        }
        if self.target.file().is_none() {
            self.written = self.builder.generation();
            return;
        }
        match self.target.replace(&self.text(), false) {
            Ok(()) => {
                self.written = self.builder.generation();
                self.write_failed = false;
            }
            // It is tried again; said once.
            Err(error) if !self.write_failed => {
                self.write_failed = true;
                self.feed.notice(&error.to_string());
                self.console.warn(error);
            }
            Err(_) => {}
        }
    }

    fn text(&self) -> String {
        self.shape.meanwhile(&self.builder)
    }

    fn flush(&mut self) {
        if let Some(Err(error)) = self.recorder.as_mut().map(Recorder::flush) {
            self.recording_failed(&error);
        }
    }

    fn finish(mut self, dropped: u64) -> bool {
        self.flush();
        self.feed.end(&self.console);
        let finished = self.shape.finish(&self.builder);
        let (ending, written) = self.write_end(&finished);
        let (placed, each_written) = match &mut self.files {
            Some(files) => files.finish(&self.callers, &self.shape, &self.console),
            None => (HashMap::new(), true),
        };
        let all_written = ending != Ending::Failed && each_written;
        // Before it was shortened: what is left out is told by the actions' names.
        let granted: HashSet<String> =
            self.builder.actions().map(str::to_ascii_lowercase).collect();
        let left_out = self.counts.left_out();
        let left_out = left_out.filter(|action| !granted.contains(&action.to_ascii_lowercase()));
        let folder = self.files.as_ref().map(Files::folder);
        let summary = Summary {
            counts: &self.counts,
            calls: self.calls,
            principals: Principals::of(&self.callers, folder, &placed),
            actions: self.builder.action_count(),
            statements: finished.statements(),
            left_out: left_out.collect(),
            proxied: self.proxied,
            dropped,
            ending,
        };
        self.console.print(&summary.render(!self.console.says(Verbosity::Normal)));
        if !self.builder.is_empty() && self.target != Target::Nowhere {
            finished.say(&self.console, &self.target, written.as_ref());
        }
        let fits = finished.fits() || self.target == Target::Nowhere;
        all_written && !self.recording_failed && fits
    }

    fn write_end(&self, finished: &Finished) -> (Ending, Option<Written>) {
        if let Some(file) = self.target.file()
            && self.counts.nothing_heard()
            && self.target.holds_something()
        {
            return (Ending::Kept(file.display().to_string()), None);
        }
        match finished.write(&self.target) {
            Ok(written) => {
                let ending = match &written {
                    _ if self.target == Target::Nowhere => Ending::Apart,
                    Written::Printed => Ending::Printed,
                    Written::File(file) | Written::Files(file, _) => Ending::Written(file.clone()),
                };
                (ending, Some(written))
            }
            Err(error) => {
                self.console.warn(error);
                // Better in the wrong place than lost.
                if self.target != Target::Stdout && output::print(&finished.text()).is_ok() {
                    self.console.warn("the policy was printed on standard output instead");
                }
                (Ending::Failed, None)
            }
        }
    }
}

pub(super) fn requires(requirement: &Requirement) -> Requires<'_> {
    Requires {
        action: Cow::Borrowed(&requirement.action),
        resources: Cow::Borrowed(&requirement.resources),
        conditions: Cow::Borrowed(&requirement.conditions),
        reason: Cow::Borrowed(requirement.reason.as_str()),
    }
}

/// A call in one line; what the network chose is escaped.
fn describe(call: &Call) -> String {
    let outcome = match (&call.outcome.error, call.outcome.status) {
        (Some(error), _) => error.escape_debug().to_string(),
        (None, Some(status)) => status.to_string(),
        (None, None) => "no response told".to_owned(),
    };
    format!(
        "{}.{} in {}: {outcome}",
        call.service.escape_debug(),
        call.operation.as_deref().unwrap_or("?").escape_debug(),
        call.region.as_deref().unwrap_or("no region").escape_debug(),
    )
}
