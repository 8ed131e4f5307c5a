//! `leastwise prune`: a policy cut down to what was used.

use std::borrow::Cow;

use crate::cli::Prune;
use crate::commands::failure::Failure;
use crate::commands::gate::{PolicyFile, once};
use crate::commands::{recorded, rules};
use crate::evaluate::audit::Audit;
use crate::evaluate::prune;
use crate::output::console::{Console, Verbosity};
use crate::output::held::Held;
use crate::output::overwriting;
use crate::output::target::Target;
use crate::report::pruned::describe;
use crate::report::unshown;
use crate::session::unshown::Kept;
use crate::text;

/// Writes what is left of the policy, says what went, and returns the exit code.
///
/// # Errors
///
/// When the policy or a recording cannot be read, or the result not be written.
pub(super) fn run(mut options: Prune) -> Result<i32, Failure> {
    let console = Console::new(if options.quiet { Verbosity::Quiet } else { Verbosity::Normal });
    let given = rules::apply("--rules", &options.rules.rules)?;
    let mut amender = rules::amender(given, options.anonymous.anonymous, &console);
    let target = Target::check(options.output_file.as_deref())?;
    overwriting::check(&target, options.force)?;
    let _held = Held::target(&target)?;
    once(std::slice::from_ref(&options.policy), &options.recordings)?;
    let file = PolicyFile::read(&options.policy)?;
    let sources = recorded::sources(&options.reading, &mut options.recordings)?;
    let account_id = options.account_id.as_deref();
    let collected = recorded::collect(
        &options.recordings,
        sources.options(),
        &options.principal,
        &mut amender,
        account_id,
    )?;
    recorded::tell_trail(collected.trail.as_ref(), &console);
    recorded::tell(&amender, &console);
    if !collected.cut_off.is_empty() && !options.allow_incomplete {
        return Err(Failure::Incomplete(collected.cut_off.join(" and of ")));
    }
    recorded::warn(&console, &collected.cut_off, "what that call needs may be removed");
    let (mut needs, _) = collected.needs(&recorded::said(&options.context));
    let documents = std::slice::from_ref(&file.document);
    let kept = if options.drop_unseen { Vec::new() } else { collected.shown.kept(documents) };
    needs.extend(kept.iter().map(Kept::need));
    let audit = Audit::of(documents, &needs);
    let narrowed = prune::prune(&audit, &file.document, 0, &needs, options.keep_resources);
    // On standard output, which may be a terminal, the same JSON has nothing in it that one would obey.
    let text = match &target {
        Target::Stdout => text::json(&narrowed.text),
        Target::Stream(_) | Target::File(_) | Target::Nowhere => Cow::Borrowed(&*narrowed.text),
    };
    target.write_end(&text).map_err(Failure::Written)?;
    if !options.quiet {
        for change in &narrowed.changes {
            console.say(describe(change, &file.document));
        }
        if !kept.is_empty() {
            console.say("kept, since these events cannot have shown it (--drop-unseen):");
        }
        unshown::lines(&kept).into_iter().for_each(|line| console.say(line));
        let went = narrowed.changes.len();
        let path = file.path.display();
        match went {
            0 => console.warn(format_args!("nothing was cut: the calls used everything in {path}")),
            1 => console.warn(format_args!("1 part of {path} was cut down")),
            _ => console.warn(format_args!("{went} parts of {path} were cut down")),
        }
    }
    Ok(0)
}
