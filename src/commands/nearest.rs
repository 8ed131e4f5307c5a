//! `leastwise nearest`: the managed policies that allow what was recorded with the least beside it.

use crate::cli::Nearest;
use crate::commands::prune::Cut;
use crate::commands::{interception, recorded, rules};
use crate::failure::Failure;
use crate::nearest::{Candidates, nearest};
use crate::output::console::{Console, Verbosity};
use crate::output::held::Held;
use crate::output::target::Target;
use crate::output::{overwriting, print};
use crate::policies::PoliciesError;
use crate::remote::managed_policies;
use crate::report::nearest::Comparison;
use crate::text;

/// Compares, or cuts the nearest policy down, and returns the exit code.
///
/// # Errors
///
/// When a recording or the account's policies cannot be read, or the result not be written.
pub(super) fn run(mut options: Nearest) -> Result<i32, Failure> {
    let console = Console::new(if options.quiet { Verbosity::Quiet } else { Verbosity::Normal });
    let given = rules::apply("--rules", &options.rules.rules)?;
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    let target = Target::check(options.output_file.as_deref())?;
    overwriting::check(&target, options.force)?;
    let _held = Held::target(&target)?;
    let sources = recorded::sources(&options.reading, &mut options.recordings)?;
    let (principals, account_id) = (&options.principal, options.account_id.as_deref());
    let reading = sources.options();
    let collected =
        recorded::collect(&options.recordings, reading, principals, &mut amender, account_id)?;
    recorded::tell_trail(collected.trail.as_ref(), &console);
    recorded::tell(&amender, &console);
    if !collected.cut_off.is_empty() && !options.allow_incomplete {
        return Err(Failure::Incomplete(collected.cut_off.join(" and of ")));
    }
    recorded::warn(&console, &collected.cut_off, "what that call needs is not compared");
    let (needs, _) = collected.needs(&recorded::said(&options.context));
    let candidates = if options.aws {
        let via = interception::upstream_proxy(None)?;
        managed_policies(options.reading.profile.as_deref(), via)?
    } else {
        Candidates::embedded()
    };
    let found = nearest(&candidates.all, &needs, options.top.into());
    let compared = Comparison {
        needs: &needs,
        calls: collected.calls,
        candidates: &candidates,
        is_account: options.aws,
        nearest: &found,
    };
    compared.warnings().into_iter().for_each(|sentence| console.warn(sentence));
    let Some(name) = &options.tailor else {
        let text = if options.json { compared.json() } else { compared.text() };
        print::show(&if options.json { text::json(&text) } else { text::page(&text) })?;
        return Ok(compared.exit_code());
    };
    let nearest = found.policies.first().map(|it| it.candidate);
    let chosen = candidates.chosen(name, nearest)?;
    let document = chosen
        .laid_out()
        .map_err(|error| PoliciesError::Invalid { path: chosen.name.clone(), error })?;
    let lacking = compared.lacking(chosen);
    lacking.iter().for_each(|sentence| console.warn(sentence));
    let (keep_resources, drop_unseen) = (options.keep_resources, options.drop_unseen);
    let cut = Cut { collected: &collected, needs, keep_resources, drop_unseen };
    cut.write(&document, &chosen.name, &target, Some(&console).filter(|_| !options.quiet))?;
    Ok(if lacking.is_empty() { 0 } else { 3 })
}
