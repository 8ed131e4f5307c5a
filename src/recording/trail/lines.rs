//! Calls as lines of a recording: what stands behind the time is what a call is.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};

use crate::call::{Call, Timestamp};
use crate::recognize::cloudtrail::{Forwarded, Sessions};
use crate::recording::entry::{Entry, Requires};
use crate::recording::line::{LONGEST_LINE, Line, Summary, TIME_ENDS, parse, rfc3339, timestamp};
use crate::recording::trail::distinct::{Counted, Stored};

/// Sessions on one line; a line has at most 1 MiB.
const SESSIONS: usize = 20_000;
/// What a line has beside a tail: its time, count, first and last.
const MORE: u64 = 256;
/// Most lines are shorter.
const USUAL: usize = 1 << 10;

/// What of a call is stored. What each call has of its own (the id of the request, the user agent) is not. `None`: it is longer
/// than a line may be.
pub(super) fn stored(
    number: usize,
    mut call: Call,
    requires: &[Requires<'_>],
    forwarded: Option<&Forwarded>,
    is_own: bool,
) -> Option<Stored> {
    call.time = Timestamp(0);
    call.outcome.request_id = None;
    call.user_agent = None;
    let mut text = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut text, &Line::of(&call, requires)).ok()?;
    text.pop();
    if let Some(forwarded) = forwarded {
        text.extend_from_slice(b",\"forwarded\":");
        serde_json::to_writer(&mut text, forwarded).ok()?;
    }
    // Whoever reads the line again takes no longer ones.
    if (text.len() - TIME_ENDS) as u64 + MORE > LONGEST_LINE {
        return None;
    }
    let tells = (!call.evidence.told.is_empty()).then(|| {
        let mut hasher = DefaultHasher::new();
        call.principal.hash(&mut hasher);
        for told in &call.evidence.told {
            (&told.access_key, &told.arn).hash(&mut hasher);
        }
        hasher.finish()
    });
    Some(Stored::new(number, text, TIME_ENDS, is_own, tells))
}

fn line(counted: Counted, tail: &[u8], text: &mut Vec<u8>) {
    text.extend_from_slice(br#"{"v":1,"time":""#);
    text.extend_from_slice(rfc3339(Timestamp(counted.first.unwrap_or(0))).as_bytes());
    text.push(b'"');
    text.extend_from_slice(tail);
}

/// The call of a tail, and who made it for the caller.
pub(super) fn entry(counted: Counted, tail: &[u8]) -> Option<(Entry, Option<Forwarded>)> {
    let mut text = Vec::with_capacity(tail.len() + MORE as usize);
    line(counted, tail, &mut text);
    text.push(b'}');
    let mut entry = parse(&text).ok()??;
    entry.times = counted.count;
    entry.last = Timestamp(counted.last.unwrap_or(0));
    let forwarded = if memchr::memmem::find(tail, b",\"forwarded\":{").is_some() {
        Summary::of(&text).and_then(|it| it.forwarded)
    } else {
        None
    };
    Some((entry, forwarded))
}

/// Adds the line of a summary.
pub(super) fn add(counted: Counted, tail: &[u8], text: &mut Vec<u8>) {
    line(counted, tail, text);
    text.extend_from_slice(format!(r#","count":{}"#, counted.count).as_bytes());
    if let (Some(first), Some(last)) = (counted.first, counted.last) {
        for (name, time) in [("first", first), ("last", last)] {
            let time = rfc3339(Timestamp(time));
            [",\"", name, "\":\"", &time, "\""]
                .iter()
                .for_each(|part| text.extend_from_slice(part.as_bytes()));
        }
    }
    text.extend_from_slice(b"}\n");
}

/// Writes what is known of sessions, on lines that tell calls which need nothing to whoever does not know them.
pub(super) fn write_sessions(sessions: &Sessions, output: &mut dyn Write) -> io::Result<()> {
    for part in sessions.parts(SESSIONS) {
        let sessions = serde_json::to_string(&part)?;
        writeln!(
            output,
            r#"{{"v":1,"time":"1970-01-01T00:00:00.000Z","source":"cloudtrail","service":"sts","operation":"AssumeRole","region":null,"partition":"aws","account":null,"principal":null,"status":200,"error":null,"request_id":null,"host":null,"user_agent":null,"parameters":{{}},"requires":[],"count":0,"sessions":{sessions}}}"#
        )?;
    }
    Ok(())
}

/// A line of a summary or recording, with what it says beside the call.
pub(super) enum Read {
    Call(Box<(Entry, Counted, Option<Forwarded>)>),
    Sessions(Sessions),
    Nothing,
}

/// What a line of a summary says.
pub(super) fn read(text: &[u8]) -> Result<Read, crate::recording::line::Problem> {
    let Some(entry) = parse(text)? else {
        let sessions = Summary::of(text).and_then(|it| it.sessions);
        return Ok(sessions.map_or(Read::Nothing, Read::Sessions));
    };
    let said = Summary::of(text).unwrap_or_default();
    let time = |text: Option<String>| timestamp(&text?).map(|it| it.0);
    let is_known = said.count.is_none() || said.first.is_some();
    let own = Some(entry.call.time.0).filter(|_| is_known);
    let counted = Counted {
        count: entry.times,
        first: time(said.first).or(own),
        last: time(said.last).or(own),
    };
    Ok(Read::Call(Box::new((entry, counted, said.forwarded))))
}
