//! Recorded calls, for every command that takes recordings: read in one way, and what is said of them.

use std::path::PathBuf;

use crate::cli::Said;
use crate::output::console::Console;
use crate::recording::recorded::{Read, Recorded};
use crate::recording::{Entry, RecordingError};
use crate::report::summary::asides;
use crate::session::amend::Amender;
use crate::session::contexts;
use crate::session::needs::{Collected, Collecting};

/// Hands over each call, amended, with the number of the recording that it is of.
///
/// # Errors
///
/// When a recording cannot be read, or a line of it is no call.
pub(super) fn read(
    paths: &[PathBuf],
    amender: &mut Amender,
    mut each: impl FnMut(usize, Entry),
) -> Result<Read, RecordingError> {
    let recorded = Recorded::open(paths, |call| amender.learn(call))?;
    recorded.read(|recording, mut entry| {
        amender.amend(&mut entry);
        each(recording, entry);
    })
}

/// Collects what recorded calls need; `account_id` is the account of calls whose own was not told.
///
/// # Errors
///
/// As [`read`].
pub(super) fn collect(
    paths: &[PathBuf],
    amender: &mut Amender,
    account_id: Option<&str>,
) -> Result<Collected, RecordingError> {
    let mut collecting = Collecting::default();
    let read = read(paths, amender, |_, entry| collecting.add(entry))?;
    let mut collected = collecting.end(account_id);
    collected.cut_off = read.cut_off;
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
