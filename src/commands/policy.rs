//! `leastwise policy`: a policy is rebuilt from recordings, and several are merged.

use std::collections::HashMap;

use crate::cli::Policy;
use crate::commands::settings::{console, files, generated, says_hints, shape, target, which};
use crate::commands::{judging, recorded, rules};
use crate::failure::Failure;
use crate::live::recording::say;
use crate::made::hold::Generated;
use crate::output::console::Verbosity;
use crate::output::finished;
use crate::output::held::Held;
use crate::output::path::is_same_file;
use crate::output::per_principal::Files;
use crate::output::target::Target;
use crate::recording::trail::Options;
use crate::report;
use crate::report::summary::{Principals, made, tell_hints, tell_unseen};
use crate::session::merged::{Merged, Settings};
use crate::session::principals::Selection;
use crate::text::Foreign;

/// Builds the policy and returns the exit code.
///
/// # Errors
///
/// When a recording cannot be read or is none, or the policy cannot be written.
pub(super) fn run(mut options: Policy) -> Result<i32, Failure> {
    let console = console(&options.policy);
    let given = rules::apply("--rules", &options.rules.rules)?;
    let mut amender = rules::amender(given, options.policy.anonymous.anonymous, &console);
    // As a name of a file: `-` is another stream on either side.
    if let Some(file) = options.policy.output_file.as_ref().filter(|it| it.as_os_str() != "-")
        && let Some(same) = options.recordings.iter().find(|it| is_same_file(it, file))
    {
        return Err(Failure::ReadAndWritten(same.display().to_string()));
    }
    let target = target(&options.policy)?;
    let _held = Held::target(&target)?;
    let mut files = files(&options.policy, &options.recordings)?;
    let settings = Settings {
        shape: shape(&options.policy),
        generated: generated(&options.policy),
        calls: which(&options.policy),
        selection: Selection::new(options.policy.principal.clone()),
        apart: files.is_some(),
        stable: options.stable,
    };
    let mut merged = Merged::new(&settings, options.account_id.clone());
    let says_all = console.says(Verbosity::Calls);
    let sources = recorded::sources(&options.reading, &mut options.recordings)?;
    let reading = Options { apart: options.stable, ..sources.options() };
    let read = recorded::read(&options.recordings, reading, &mut amender, |recording, entry| {
        merged.add(recording, entry, |it| {
            if says_all {
                let resources = it.resources.join(", ");
                console.detail(format_args!(
                    "+ {} on {}",
                    Foreign(&it.action),
                    Foreign(&resources)
                ));
            }
        });
    })?;
    if options.stable && read.recordings < 2 {
        return Err(Failure::OneRun);
    }
    recorded::tell_trail(read.trail.as_ref(), &console);
    recorded::warn(&console, &read.cut_off, "that call is not in the policy");
    if merged.calls == amender.asides().all() && target.holds_something() {
        let file = options.policy.output_file.clone().unwrap_or_default();
        recorded::tell(&amender, &console);
        let none = if merged.calls == 0 { "is recorded" } else { "that is recorded counts" };
        console.warn(format_args!("no call {none}; {} was left as it was", file.display()));
        return Ok(0);
    }
    merged.end();
    let mut tell = |finished: &_, target: &_, written: &_| {
        say(&console, finished, target, Some(written));
    };
    let (placed, each_written) = match &mut files {
        Some(files) => files.finish(&merged.callers, &settings.shape, &console, &mut tell),
        None => (HashMap::new(), true),
    };
    let finished = settings.shape.finish(&merged.policy);
    let written = match finished::write(&finished, &target, options.policy.force) {
        Ok(written) => written,
        Err(error) => {
            console.warn(error);
            return Ok(1);
        }
    };
    console.say(report::merged::merged(&merged, read.recordings, finished.statements(), &written));
    recorded::tell(&amender, &console);
    let who = Principals::of(&merged.callers, files.as_ref().map(Files::folder), &placed);
    let mut more = who.render(!console.says(Verbosity::Normal));
    tell_unseen(&merged.unseen, &mut more);
    if console.says(Verbosity::Normal) {
        made::tell(merged.made(), &mut more);
        if generated(&options.policy) != Generated::Exact {
            made::tell_untold(merged.untold, &mut more);
        }
    }
    if says_hints(&options.policy) && console.says(Verbosity::Normal) {
        tell_hints(&merged.hints.told(&merged.policy), &mut more);
    }
    if !more.is_empty() {
        console.print(&more);
    }
    let is_apart = target == Target::Nowhere;
    if !merged.policy.is_empty() && !is_apart {
        say(&console, &finished, &target, Some(&written));
    }
    let fails = options.validate && judging::written(&options, &finished, &console)?;
    Ok(i32::from(fails || !(each_written && (finished.fits() || is_apart))))
}
