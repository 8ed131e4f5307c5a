//! A recording: what is heard goes to the session, and what comes of it to the consumers.

use std::time::Instant;

use crate::capture::neighbours::Stranger;
use crate::capture::proxy::FailureKind;
use crate::live::consumers::Consumers;
use crate::live::ended::Ended;
use crate::live::enforcing::Settlement;
use crate::live::judging::Judging;
use crate::live::neighbours;
use crate::live::proxied::Told;
use crate::output::console::{Console, Verbosity};
use crate::output::finished::left_over;
use crate::output::target::Target;
use crate::report::policy::{self, Told as Line};
use crate::report::summary::{Principals, Summary};
use crate::session::Session;
use crate::session::aside::Aside;
use crate::session::event::{Event, Heard, Now};
use crate::session::shape::{Finished, Written};
use crate::view::frame::Input;

/// A recording that goes on.
pub(crate) struct Recording {
    pub(crate) session: Session,
    pub(crate) consumers: Consumers,
    /// When it began.
    pub(crate) start: Instant,
    /// Whether the proxy is one of the ways to hear.
    pub(crate) is_proxied: bool,
    /// Whether it is said what the policy cannot do yet.
    pub(crate) hints: bool,
    /// Where policies are in force.
    pub(crate) judging: Option<Judging>,
}

impl Recording {
    /// Something was heard.
    pub(crate) fn take(&mut self, heard: Heard<'_>, now: Now) {
        let Recording { session, consumers, judging, .. } = self;
        session.take(heard, now, &mut |event| hear(consumers, judging, event, now));
    }

    /// The proxy tells something.
    pub(crate) fn told(&mut self, told: Told, now: Now) {
        match told {
            Told::Call(call, settlement) => {
                self.judged(&settlement);
                self.take(Heard::Call(call, settlement.decision), now);
            }
            Told::Unvouched(call, why, settlement) => {
                self.judged(&settlement);
                self.take(Heard::Unvouched(call, why), now);
            }
            Told::Failure(failure) => {
                let heard = match (failure.kind, &failure.target) {
                    (FailureKind::Untrusted, _) => Heard::Untrusted(&failure.sentence),
                    (FailureKind::Unused, Some(host)) => Heard::Unused(host),
                    _ => Heard::Failure(&failure.sentence),
                };
                self.take(heard, now);
            }
            Told::Refused(stranger) => {
                let aside = match stranger {
                    Stranger::User(_) => Aside::OthersConnection,
                    Stranger::Gone => Aside::ClosedConnection,
                };
                self.take(Heard::Refused(aside, &neighbours::name(stranger), 1), now);
            }
        }
    }

    /// A call was judged by the policies in force.
    fn judged(&mut self, settlement: &Settlement) {
        let notice = self.judging.as_mut().and_then(|judging| judging.judged(settlement));
        if let Some(notice) = notice {
            self.consumers.display.notice(&notice);
        }
    }

    /// Datagrams of a stranger were refused.
    pub(crate) fn refused_datagrams(&mut self, stranger: Stranger, times: u64, now: Now) {
        let name = neighbours::name(stranger);
        self.take(Heard::Refused(Aside::OthersDatagram, &name, times), now);
    }

    /// Does what is due. `dropped`: datagrams that the kernel dropped so far.
    pub(crate) fn tick(&mut self, dropped: u64, now: Now) {
        let Recording { session, consumers, judging, .. } = self;
        session.tick(now, &mut |event| hear(consumers, judging, event, now));
        if let Some(judging) = judging {
            judging.tick(now.instant, false);
        }
        if let Some(sentence) = consumers.keeper.tick(session, now.instant) {
            consumers.display.notice(&sentence);
        }
        let order = consumers.keeper.order();
        let refused = judging.as_ref().map_or(0, Judging::not_allowed);
        consumers.display.draw(session, order, refused, dropped, now.instant);
    }

    /// When something will be due that is not due now.
    pub(crate) fn next(&self) -> Instant {
        let Consumers { display, keeper, .. } = &self.consumers;
        let due = [keeper.next(&self.session), display.next()];
        due.into_iter().flatten().fold(self.session.next(), Instant::min)
    }

    /// Writes the policy now, and reads the policies in force again.
    pub(crate) fn write_now(&mut self, now: Now) {
        if let Some(judging) = &mut self.judging {
            judging.tick(now.instant, true);
        }
        let became = self.consumers.keeper.write_now(&self.session, now.instant);
        self.consumers.display.say(became);
    }

    /// Does what the user asked for through the view; whether that is to stop.
    pub(crate) fn heed_keys(&mut self, now: Now) -> bool {
        let mut stop = false;
        for asked in self.consumers.display.asked() {
            match asked {
                Input::Quit => stop = true,
                Input::Write => self.write_now(now),
                Input::Copy => {
                    let policy = self.consumers.keeper.meanwhile(&self.session);
                    let order = self.consumers.keeper.order();
                    let statements = self.session.policy().policy(order).statements.len();
                    self.consumers.display.copy(policy, statements);
                }
                Input::Explain(_) => {}
            }
        }
        stop
    }

    /// Gives the terminal back and goes on without a view.
    pub(crate) fn close_view(&mut self) {
        self.consumers.display.end(&self.consumers.console);
    }

    /// Ends (the proxy has ended before): what is still open is taken in, everything is written, the summary is printed.
    /// How it ended is returned.
    pub(crate) fn finish(mut self, dropped: u64, now: Now) -> Ended {
        let Recording { session, consumers, start, is_proxied, hints, judging } = &mut self;
        session.end(now, &mut |event| hear(consumers, judging, event, now));
        let Consumers { display, keeper, following, console, .. } = consumers;
        keeper.flush();
        display.end(console);
        let finished = keeper.finished(session.policy());
        let target = keeper.target().clone();
        let kept = keeper.end(session, &finished, &mut |finished, target, written| {
            say(console, finished, target, Some(written));
        });
        let folder = keeper.folder();
        let summary = Summary {
            counts: session.counts(),
            calls: session.calls(),
            principals: Principals::of(session.callers(), folder, &kept.placed),
            actions: session.policy().action_count(),
            statements: finished.statements(),
            left_out: session.left_out(),
            made: session.made(),
            account_unknown: session.policy().is_open(),
            proxied: *is_proxied,
            dropped,
            hints: if *hints { session.hints() } else { Vec::new() },
            ending: kept.ending,
            lasted: now.instant.saturating_duration_since(*start),
        };
        console.print(&summary.render(!console.says(Verbosity::Normal)));
        if !session.policy().is_empty() && target != Target::Nowhere {
            say(console, &finished, &target, kept.written.as_ref());
        }
        let reported = following.take().is_none_or(|it| it.end(session, console));
        let (got_through, decided) = judging.as_mut().map_or((false, true), Judging::end);
        Ended { is_whole: kept.is_whole && decided && reported, got_through }
    }

    /// Ends before anything could be heard: leaves no trace.
    pub(crate) fn discard(self) {
        self.consumers.keeper.discard();
    }
}

/// Something has come of what was heard.
fn hear(consumers: &mut Consumers, judging: &mut Option<Judging>, event: Event<'_>, now: Now) {
    if let (Event::Call { call, .. }, Some(judging)) = (&event, judging) {
        judging.heard(call);
    }
    consumers.hear(event, now.instant);
}

/// Says what was done to a policy, where it is, and what stands in its way.
pub fn say(console: &Console, finished: &Finished, target: &Target, written: Option<&Written>) {
    let left_over = left_over(finished, target);
    let all = console.says(Verbosity::Verbose);
    for line in policy::told(finished, written, left_over.as_deref(), all) {
        match line {
            Line::Say(sentence) => console.say(sentence),
            Line::Warn(sentence) => console.warn(sentence),
        }
    }
}
