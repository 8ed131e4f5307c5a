//! `leastwise report`: all that recordings tell, on one page.

use crate::cli::Report;
use crate::commands::settings::{console, generated, shape, which};
use crate::commands::{recorded, rules};
use crate::failure::Failure;
use crate::live::clock::wall_clock;
use crate::output::console::Verbosity;
use crate::output::held::Held;
use crate::output::overwriting;
use crate::output::path::is_same_file;
use crate::output::target::Target;
use crate::policies::PolicyFile;
use crate::recording::trail::Options;
use crate::report::page::{Baseline, Gathering, Made, missing, render};
use crate::session::merged::Settings;
use crate::session::principals::Selection;
use crate::text::counted;

/// Writes the page, and returns the exit code.
///
/// # Errors
///
/// When a recording or the policy to compare with cannot be read, or the page not be written.
pub(super) fn run(mut options: Report) -> Result<i32, Failure> {
    let policy = options.policy();
    let console = console(&policy);
    let given = rules::apply("--rules", &options.rules.rules)?;
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    if let Some(file) = options.output_file.as_ref().filter(|it| it.as_os_str() != "-")
        && let Some(same) = options.recordings.iter().find(|it| is_same_file(it, file))
    {
        return Err(Failure::ReadAndWritten(same.display().to_string()));
    }
    let target = Target::check(options.output_file.as_deref())?;
    overwriting::check_report(&target, options.force)?;
    let _held = Held::target(&target)?;
    let baseline = options.baseline.as_deref().map(PolicyFile::read).transpose()?;
    let baseline = baseline.map(|PolicyFile { path, document, .. }| Baseline {
        name: path.display().to_string(),
        document,
        context: recorded::said(&options.context),
    });
    let settings = Settings {
        shape: shape(&policy),
        generated: generated(&policy),
        calls: which(&policy),
        selection: Selection::new(options.principal.clone()),
        apart: false,
        stable: options.stable,
    };
    let mut gathering = Gathering::new(&settings, options.account_id.clone());
    let sources = recorded::sources(&options.reading, &mut options.recordings)?;
    let reading = Options { apart: options.stable, ..sources.options() };
    let read = recorded::read(&options.recordings, reading, &mut amender, |recording, entry| {
        gathering.add(recording, entry);
    })?;
    if options.stable && read.recordings < 2 {
        return Err(Failure::OneRun);
    }
    recorded::tell_trail(read.trail.as_ref(), &console);
    recorded::warn(&console, &read.cut_off, "that call is not in the report");
    let from = options.recordings.iter().map(|it| it.display().to_string());
    let made = Made::of(wall_clock(), from, &options.principal);
    let missing = missing(amender.asides(), read.trail.as_ref(), &read.cut_off);
    let calls = gathering.calls();
    let page = render(&gathering.end(made, baseline.as_ref(), missing));
    target.write_end(&page).map_err(Failure::Written)?;
    if console.says(Verbosity::Normal)
        && let Some(file) = &options.output_file
    {
        let calls = counted(calls, "call");
        console.say(format_args!("leastwise: the report of {calls} is in {}.", file.display()));
    }
    Ok(0)
}
