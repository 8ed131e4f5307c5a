//! `leastwise prune`: a policy cut down to what was used.

use std::borrow::Cow;

use crate::cli::Prune;
use crate::commands::{recorded, rules};
use crate::evaluate::audit::{Audit, Need};
use crate::evaluate::document::Document;
use crate::evaluate::prune::prune;
use crate::failure::Failure;
use crate::output::console::{Console, Verbosity};
use crate::output::held::Held;
use crate::output::overwriting;
use crate::output::target::Target;
use crate::policies::{PolicyFile, once};
use crate::report::{cut, unshown};
use crate::session::needs::Collected;
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
    let (needs, _) = collected.needs(&recorded::said(&options.context));
    let (keep_resources, drop_unseen) = (options.keep_resources, options.drop_unseen);
    let cut = Cut { collected: &collected, needs, keep_resources, drop_unseen };
    let name = file.path.display().to_string();
    cut.write(&file.document, &name, &target, Some(&console).filter(|_| !options.quiet))?;
    Ok(0)
}

/// What a policy is cut down by.
pub(super) struct Cut<'a> {
    /// What was recorded.
    pub collected: &'a Collected,
    /// What is needed of it.
    pub needs: Vec<Need>,
    /// Patterns of resources stay as wide as they are.
    pub keep_resources: bool,
    /// What events cannot have shown goes, too.
    pub drop_unseen: bool,
}

impl Cut<'_> {
    /// Writes what is left of a policy, and says what went.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn write(
        mut self,
        document: &Document,
        name: &str,
        target: &Target,
        console: Option<&Console>,
    ) -> Result<(), Failure> {
        let documents = std::slice::from_ref(document);
        let shown = &self.collected.shown;
        let kept = if self.drop_unseen { Vec::new() } else { shown.kept(documents) };
        self.needs.extend(kept.iter().map(Kept::need));
        let audit = Audit::of(documents, &self.needs);
        let narrowed = prune(&audit, document, 0, &self.needs, self.keep_resources);
        // On standard output, which may be a terminal, the same JSON has nothing in it that one would obey.
        let text = match target {
            Target::Stdout => text::json(&narrowed.text),
            Target::Stream(_) | Target::File(_) | Target::Nowhere => Cow::Borrowed(&*narrowed.text),
        };
        target.write_end(&text).map_err(Failure::Written)?;
        let Some(console) = console else { return Ok(()) };
        for change in &narrowed.changes {
            console.say(cut::line(change, document));
        }
        if !kept.is_empty() {
            console.say("kept, since these events cannot have shown it (--drop-unseen):");
        }
        unshown::lines(&kept).into_iter().for_each(|line| console.say(line));
        match narrowed.changes.len() {
            0 => console.warn(format_args!("nothing was cut: the calls used everything in {name}")),
            1 => console.warn(format_args!("1 part of {name} was cut down")),
            went => console.warn(format_args!("{went} parts of {name} were cut down")),
        }
        Ok(())
    }
}
