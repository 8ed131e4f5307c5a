//! What a session is told, and what it tells.

use std::sync::Arc;
use std::time::Instant;

use crate::authorize::{Decision, Requirement};
use crate::call::{Call, Timestamp};
use crate::recognize::csm::Malformed;
use crate::session::aside::Aside;

/// A moment: on the clock that only goes forward, and on the wall.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For intervals.
    pub instant: Instant,
    /// For what is recorded.
    pub time: Timestamp,
}

/// What was heard.
#[derive(Debug)]
pub enum Heard<'a> {
    /// A datagram of client-side monitoring.
    Datagram(&'a [u8]),
    /// A call is over that the proxy saw; what it needs, where somebody has decided that as the session does.
    Call(Box<Call>, Option<Arc<Decision>>),
    /// One that does not count is over, since nobody knows who was asked.
    Unvouched(Box<Call>, Unvouched),
    /// Something failed in the proxy, as a sentence.
    Failure(&'a str),
    /// A client did not trust the proxy, likewise.
    Untrusted(&'a str),
    /// A client has connected to this host through the proxy, and asked for nothing.
    Unused(&'a str),
    /// Somebody, who is named, was not let in, so many times.
    Refused(Aside, &'a str, u64),
}

/// Why nobody knows who was asked: anybody may lead a program to such a place, by a redirect alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unvouched {
    /// Plain HTTP, to another machine that the user did not name; or to this one, by an address alone, which a redirect may
    /// have given.
    PlainHttp,
    /// TLS, to a host of AWS's that serves something else.
    OtherService,
    /// TLS, to a host of which nothing is known.
    UnknownHost,
}

/// What has come of it.
#[derive(Debug)]
pub enum Event<'a> {
    /// The policy has grown by this.
    Grew(&'a Requirement),
    /// A call has ended. Of one that was not asked for the policy, the requirements are none.
    Call {
        /// The call, in the account of its key, if that is known.
        call: &'a Call,
        /// What it needs, as it is recorded.
        requirements: &'a [Requirement],
        /// Whether the catalogue has the operation, or else an action of its name, or AWS nothing to do with it.
        known: bool,
        /// Whether the policy has grown by it.
        grew: bool,
    },
    /// A datagram could not be read.
    Unreadable(Malformed),
    /// The first call that nobody vouches for, for one reason: to this host.
    Unvouched(&'a str),
    /// The first of those that were not let in, for one reason: its name.
    Refused(Aside, &'a str),
    /// Something failed in the proxy.
    Failure(&'a str),
}
