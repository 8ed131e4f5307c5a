//! Recorded calls, for every command that takes recordings: read in one way, and what is said of them.

use std::path::PathBuf;

use crate::cli::{Reading, Said};
use crate::commands::interception;
use crate::failure::Failure;
use crate::output::console::{Console, Verbosity};
use crate::output::progress;
use crate::recording::recorded::{Read, Recorded};
use crate::recording::trail::{Only, Options, Told};
use crate::recording::{Entry, RecordingError};
use crate::remote::{Asked, Sources};
use crate::report::summary::asides;
use crate::report::trail;
use crate::session::amend::Amender;
use crate::session::contexts;
use crate::session::needs::{Collected, Collecting};
use crate::session::principals::Selection;

/// How inputs are read, and who reaches those that are no files; the regions in which CloudTrail is to be asked are added to them.
///
/// # Errors
///
/// When AWS cannot be asked as the options and the environment say.
pub(super) fn sources(options: &Reading, inputs: &mut Vec<PathBuf>) -> Result<Sources, Failure> {
    let Reading { strict, since, until, account, region, lookup, profile, memory } =
        options.clone();
    let only = Only { since, until, accounts: account, regions: region };
    Sources::of(Asked { strict, only, lookup, profile, memory }, inputs, || {
        interception::upstream_proxy(None)
    })
}

/// Hands over each call, amended, with the number of the recording that it is of.
///
/// # Errors
///
/// When a recording cannot be read, or a line of it is no call.
pub(super) fn read(
    paths: &[PathBuf],
    options: Options<'_>,
    amender: &mut Amender,
    mut each: impl FnMut(usize, Entry),
) -> Result<Read, RecordingError> {
    let shown = progress::shown();
    let options = Options { progress: shown.as_deref(), ..options };
    let recorded = Recorded::open(paths, options, |call| amender.learn(call))?;
    recorded.read(|recording, mut entry| {
        amender.amend(&mut entry);
        each(recording, entry);
    })
}

/// Collects what recorded calls of some principals, or of all, need; `account_id` is the account of calls whose own was not
/// told.
///
/// # Errors
///
/// As [`read`], and when none of these principals called.
pub(super) fn collect(
    paths: &[PathBuf],
    options: Options<'_>,
    principals: &[String],
    amender: &mut Amender,
    account_id: Option<&str>,
) -> Result<Collected, Failure> {
    let mut collecting = Collecting::of(Selection::new(principals.to_vec()));
    let read = read(paths, options, amender, |_, entry| collecting.add(entry))?;
    let mut collected = collecting.end(account_id);
    if collected.calls == 0 && !principals.is_empty() {
        return Err(Failure::Nobody(principals.join(" and ")));
    }
    collected.cut_off = read.cut_off;
    collected.trail = read.trail;
    Ok(collected)
}

/// Warns of recordings that were cut off; `consequence` says what became of the call.
pub(super) fn warn(console: &Console, cut_off: &[String], consequence: &str) {
    for name in cut_off {
        console.warn(format_args!(
            "the last line of {name} is cut off, as after a kill; {consequence}"
        ));
    }
}

/// Says what there was of CloudTrail's events, if any, and what is wrong with them.
pub(super) fn tell_trail(told: Option<&Told>, console: &Console) {
    if let Some(told) = told {
        trail::warnings(told).into_iter().for_each(|sentence| console.warn(sentence));
        if console.says(Verbosity::Normal) {
            console.print(&trail::text(told));
        }
    }
}

/// Says what was set aside.
pub(super) fn tell(amender: &Amender, console: &Console) {
    let text = asides::text(amender.asides());
    if !text.is_empty() {
        console.print(&text);
    }
}

/// What the user says of condition keys.
pub(super) fn said(options: &[Said]) -> Vec<contexts::Said> {
    options.iter().map(|it| (it.key.clone(), it.value.clone())).collect()
}
