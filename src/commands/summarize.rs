//! `leastwise summarize`: recordings and CloudTrail's events, reduced to each distinct call.

use std::path::Path;

use crate::cli::Summarize;
use crate::commands::recorded;
use crate::failure::Failure;
use crate::output::console::{Console, Verbosity};
use crate::output::path::is_same_file;
use crate::output::{progress, summary};
use crate::recording::recorded::Summary;
use crate::recording::trail::Options;

/// Writes the summary, says what was read, and returns the exit code.
///
/// # Errors
///
/// When an input cannot be read, or the summary not be written.
pub(super) fn run(mut options: Summarize) -> Result<i32, Failure> {
    let console = Console::new(if options.quiet { Verbosity::Quiet } else { Verbosity::Normal });
    let file = options.output_file.as_deref().filter(|path| *path != Path::new("-"));
    if let Some(file) = file {
        if let Some(same) = options.inputs.iter().find(|it| is_same_file(it, file)) {
            return Err(Failure::ReadAndWritten(same.display().to_string()));
        }
        summary::check(file, options.force)?;
    }
    let shown = progress::shown();
    let sources = recorded::sources(&options.reading, &mut options.inputs)?;
    let reading = Options { progress: shown.as_deref(), ..sources.options() };
    let read = Summary::of(&options.inputs, reading)?;
    drop(shown);
    let read = summary::write(file, |output| read.write(output)).map_err(Failure::Written)?;
    recorded::tell_trail(read.trail.as_ref(), &console);
    recorded::warn(&console, &read.cut_off, "that call is not in the summary");
    Ok(0)
}
