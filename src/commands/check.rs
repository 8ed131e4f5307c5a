//! `leastwise check`: whether policies allow what was recorded, and what of them nothing used.

use crate::cli::Check;
use crate::commands::failure::Failure;
use crate::commands::rules;
use crate::output::console::{Console, Verbosity};
use crate::report::check::{Destination, Gate, once};
use crate::session::needs::Collected;

/// Checks, and returns the exit code.
///
/// # Errors
///
/// When a policy or a recording cannot be read, or the result not be written.
pub fn run(options: Check) -> Result<i32, Failure> {
    let console = Console::new(Verbosity::Normal);
    let mut amender = rules::apply("--rules", &options.rules.rules)?
        .amender(options.anonymous.anonymous, &console);
    once(&options.policy, &options.recordings)?;
    let gate = Gate::open(&options.policy, &options.gate)?;
    let mut collected =
        Collected::read(&options.recordings, &mut amender, options.account_id.as_deref())?;
    amender.tell(&console);
    if options.allow_incomplete {
        collected.warn(&console, "that call is not checked");
        collected.cut_off.clear();
    }
    let to = if options.json { Destination::Json } else { Destination::Stdout };
    gate.check(&collected, to)
}
