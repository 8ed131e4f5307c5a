//! `leastwise check`: whether policies allow what was recorded, and what of them nothing used.

use crate::cli::Check;
use crate::commands::gate::{Destination, Gate};
use crate::commands::{judging, recorded, rules};
use crate::failure::Failure;
use crate::judge::is_user;
use crate::output::console::{Console, Verbosity};
use crate::policies::once;
use crate::session::unshown::Shown;

/// Checks, and returns the exit code.
///
/// # Errors
///
/// When a policy or a recording cannot be read, or the result not be written.
pub(super) fn run(mut options: Check) -> Result<i32, Failure> {
    if let Some(old) = &options.ask.no_new_access {
        return judging::no_new_access(&options, old);
    }
    let console = Console::new(Verbosity::Normal);
    let given = rules::apply("--rules", &options.rules.rules)?;
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    once(&options.policy, &options.recordings)?;
    let gate = Gate::open(&options.policy, &options.gate)?;
    let sources = recorded::sources(&options.reading, &mut options.recordings)?;
    let account_id = options.account_id.as_deref();
    let mut collected = recorded::collect(
        &options.recordings,
        sources.options(),
        &options.principal,
        &mut amender,
        account_id,
    )?;
    if options.drop_unseen {
        collected.shown = Shown::default();
    }
    recorded::tell_trail(collected.trail.as_ref(), &console);
    recorded::tell(&amender, &console);
    if options.allow_incomplete {
        recorded::warn(&console, &collected.cut_off, "that call is not checked");
        collected.cut_off.clear();
    }
    let to = if options.json { Destination::Json } else { Destination::Stdout };
    match &options.ask.principal_arn {
        Some(arn) => judging::principal(&options, arn, &collected),
        None if options.ask.aws => {
            let asking = judging::asking(options.reading.profile.as_deref())?;
            let caller =
                options.principal.first().filter(|it| is_user(it) && options.principal.len() == 1);
            let caller = caller.map(String::as_str);
            gate.check_with_aws(&collected, to, (&asking, caller))
        }
        None => gate.check(&collected, to),
    }
}
