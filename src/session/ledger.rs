//! One recording, from its first datagram to its policy: what is heard is recognised, decided,
//! added to the policy, counted, recorded and shown.
//!
//! It has no threads and no clock: the moment comes in with every call. Its owner
//! (see [`hearing`](super::hearing)) brings datagrams, what the proxy tells, and the time.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::authorize::{Authorizer, Decision, Reason, Requirement};
use crate::call::{Authorization, Call, Timestamp};
use crate::capture::neighbours::Stranger;
use crate::catalog::Catalog;
use crate::cli::Anonymous;
use crate::commands::settings::{Settings, Which, set_aside};
use crate::live::display::Feed;
use crate::live::neighbours;
use crate::live::proxied::{Proxied, Unvouched};
use crate::output::console::{Console, Verbosity};
use crate::output::file::{self, Target};
use crate::output::held::Held;
use crate::output::per_principal::Files;
use crate::policy::{Account, Growing};
use crate::recognize::csm::{self, Observation, Tracker};
use crate::recording::{Recorder, Requires};
use crate::report::summary::{Counts, Ending, Principals, Summary};
use crate::session::aside::Aside;
use crate::session::needs::Needs;
use crate::session::principals::Callers;
use crate::session::shape::{Finished, Shape, Written};
use crate::session::twins::{Marks, Twins};
use crate::text::Foreign;

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
    /// What reports must have in them, where that is known to the command alone.
    client_id: Option<String>,
    ledger: Ledger,
}

impl Session {
    /// A recording that begins; whether there is a proxy, and its marks, if calls may be heard past it, too.
    pub fn new(
        mut settings: Settings,
        feed: Feed,
        proxied: bool,
        marks: Option<Marks>,
        now: Now,
    ) -> Session {
        let client_id = settings.client_id.take();
        Session {
            tracker: Tracker::new(Catalog::embedded()),
            next_idle: now.instant + IDLE_EVERY,
            client_id,
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
            Proxied::Unvouched(call, why) => {
                // What the SDK says of it is not better.
                if let Some(twins) = &mut self.twins {
                    twins.proxied(&call, now.instant);
                }
                self.ledger.unvouched(&call, why);
            }
            Proxied::Failure(failure) => self.ledger.proxy_failure(&failure.sentence),
            Proxied::Refused(stranger) => {
                let aside = match stranger {
                    Stranger::User(_) => Aside::OthersConnection,
                    Stranger::Gone => Aside::ClosedConnection,
                };
                self.ledger.refused(aside, stranger, 1);
            }
        }
    }

    /// Datagrams of a stranger were refused.
    pub fn refused_datagrams(&mut self, stranger: Stranger, times: u64) {
        self.ledger.refused(Aside::OthersDatagram, stranger, times);
    }

    /// The system does not tell which user it is who is heard.
    pub fn users_are_not_told(&mut self) {
        self.ledger.counts.users_unknown = true;
    }

    /// A datagram has come.
    pub fn datagram(&mut self, datagram: &[u8], now: Now) {
        let Session { tracker, twins, ledger, client_id, .. } = self;
        for event in csm::events(datagram) {
            match event {
                Ok(event) if client_id.as_ref().is_some_and(|it| **it != *event.client_id) => {
                    let name = [&*event.service, &*event.api, ""];
                    ledger.counts.asides.add(Aside::OthersReport, name);
                }
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
        Some(twins) => twins.hold(seen, now),
        None => Some(seen),
    };
    if let Some(seen) = counts_now {
        ledger.observe(seen, now);
    }
}

/// What becomes of a call once it is recognised.
struct Ledger {
    authorizer: Authorizer,
    builder: Growing,
    shape: Shape,
    calls: Which,
    anonymous: Anonymous,
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
            builder: Growing::new(settings.shape.builder()),
            shape: settings.shape,
            calls: settings.calls,
            anonymous: settings.anonymous,
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
                let (aside, decision, _) = self.decide(&mut call);
                if aside.is_none() {
                    self.counts.attempts_seen = true;
                    self.need(&call, &decision.requirements, 0);
                }
            }
            Observation::Call(mut call) => self.call(&mut call, now),
        }
    }

    fn call(&mut self, call: &mut Call, now: Now) {
        let (aside, decision, grown) = self.decide(call);
        let (share, selected) = self.callers.share(call);
        share.calls += 1;
        match aside {
            Some(aside) => self.counts.set_aside(call, aside),
            None => self.counts.call(call, &decision),
        }
        if aside.is_none() && selected && self.calls.has(call) {
            self.counts.unseen.add(call);
        }
        if self.console.says(Verbosity::Calls) {
            self.console.detail(describe(call));
        }
        self.feed.call(call, grown);
        // What was not asked for is not recorded as if it were; of calls without credentials the reader may decide otherwise.
        let requirements = match aside {
            Some(Aside::Anonymous) | None => decision.requirements.as_slice(),
            Some(_) => &[],
        };
        match aside {
            Some(_) => self.need(call, &[], 1),
            None => self.need(call, requirements, 1),
        }
        self.record(call, requirements, now);
    }

    /// A call that nobody vouches for has no part in anything: it is listed.
    fn unvouched(&mut self, call: &Call, why: Unvouched) {
        let host = call.host.as_deref().unwrap_or_default();
        let is_signed = call.evidence.authorization.is_some_and(Authorization::is_credential);
        let named = format!("--intercept {}", without_port(host));
        let (aside, detail) = match why {
            Unvouched::PlainHttp if is_signed => (Aside::PlainHttp, named.as_str()),
            Unvouched::PlainHttp => (Aside::PlainHttp, host),
            Unvouched::OtherService => (Aside::OtherService, host),
            Unvouched::UnknownHost => (Aside::UnknownHost, named.as_str()),
        };
        if self.counts.asides.total(aside) == 0 {
            self.feed.notice(&format!("a call to {host} does not count; the summary says why"));
        }
        let operation = call.operation.as_deref().unwrap_or_default();
        self.counts.asides.add(aside, [&call.service, operation, detail]);
    }

    /// Why the call is left out, if it is; what it needs, and whether the policy has grown by it.
    fn decide(&mut self, call: &mut Call) -> (Option<Aside>, Arc<Decision>, bool) {
        self.callers.learn(call, &mut self.builder);
        let decision = self.authorizer.decide(call);
        let aside = set_aside(call, !decision.requirements.is_empty(), self.anonymous);
        let mut grown = false;
        if aside.is_some() || !self.calls.has(call) {
            return (aside, decision, grown);
        }
        let (_, selected) = self.callers.share(call);
        for requirement in &decision.requirements {
            let Requirement { action, resources, conditions, reason, .. } = requirement;
            let account = match (&call.account, reason) {
                (Some(_), _) | (_, Reason::Denied) => Account::Known,
                (None, _) => Account::Of(call.principal.as_deref()),
            };
            let allow = |policy: &mut Growing| policy.allow(action, resources, conditions, account);
            self.callers.need(call, allow);
            if selected && allow(&mut self.builder) {
                grown = true;
                self.feed.requirement(requirement, &self.console);
            }
        }
        (aside, decision, grown)
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

    /// Somebody was not let in, so many times.
    fn refused(&mut self, aside: Aside, stranger: Stranger, times: u64) {
        let name = neighbours::name(stranger);
        if self.counts.asides.total(aside) == 0 {
            self.feed.notice(&format!("{}: {name}", aside.first()));
        }
        self.counts.asides.add_times(aside, [&name, "", ""], times);
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
        if self.counts.nothing_counted() && self.target.holds_something() {
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
        self.callers.end(&mut self.builder);
        if let Some(needs) = &self.needs {
            needs.lock().settle(|key| self.callers.account_of(key));
        }
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
            account_unknown: self.builder.is_open(),
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
            && self.counts.nothing_counted()
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
                if self.target != Target::Stdout && file::print(&finished.text()).is_ok() {
                    self.console.warn("the policy was printed on standard output instead");
                }
                (Ending::Failed, None)
            }
        }
    }
}

pub(crate) fn requires(requirement: &Requirement) -> Requires<'_> {
    Requires {
        action: Cow::Borrowed(&requirement.action),
        resources: Cow::Borrowed(&requirement.resources),
        conditions: Cow::Borrowed(&requirement.conditions),
        reason: Cow::Borrowed(requirement.reason.as_str()),
    }
}

/// A host as `--intercept` takes it.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            // An IPv6 address with a port is in brackets, one without has colons.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

/// A call in one line; what the network chose is escaped.
fn describe(call: &Call) -> String {
    let outcome = match (&call.outcome.error, call.outcome.status) {
        (Some(error), _) => Foreign(error).to_string(),
        (None, Some(status)) => status.to_string(),
        (None, None) => "no response told".to_owned(),
    };
    format!(
        "{}.{} in {}: {outcome}",
        Foreign(&call.service),
        Foreign(call.operation.as_deref().unwrap_or("?")),
        Foreign(call.region.as_deref().unwrap_or("no region")),
    )
}
