//! `leastwise policy`: a policy is rebuilt from recordings, and several are merged.

use std::collections::{HashMap, HashSet};

use crate::authorize::Reason;
use crate::cli::Policy;
use crate::commands::failure::Failure;
use crate::commands::rules;
use crate::commands::settings::{Which, console, files, is_same_file, target};
use crate::output::console::{Console, Verbosity};
use crate::output::file::Target;
use crate::output::held::Held;
use crate::output::per_principal::Files;
use crate::policy::{Account, Growing, with_account};
use crate::recording::Entry;
use crate::recording::recorded::Recorded;
use crate::report::summary::{ACCOUNT_UNKNOWN, Principals, counted};
use crate::session::principals::{Callers, Selection};
use crate::session::shape::{Shape, Written};
use crate::session::unseen::Unseen;
use crate::text::Foreign;

/// Builds the policy and returns the exit code.
///
/// # Errors
///
/// When a recording cannot be read or is none, or the policy cannot be written.
pub fn run(options: Policy) -> Result<i32, Failure> {
    let console = console(&options.policy);
    let mut amender = rules::apply("--rules", &options.rules.rules)?
        .amender(options.policy.anonymous.anonymous, &console);
    // As a name of a file: `-` is another stream on either side.
    if let Some(file) = options.policy.output_file.as_ref().filter(|it| it.as_os_str() != "-")
        && let Some(same) = options.recordings.iter().find(|it| is_same_file(it, file))
    {
        return Err(Failure::ReadAndWritten(same.display().to_string()));
    }
    let target = target(&options.policy)?;
    let _held = Held::target(&target)?;
    let mut files = files(&options.policy, &options.recordings)?;
    let shape = Shape::of(&options.policy);
    let mut merged = Merged::new(&options, &shape);
    let recorded = Recorded::open(&options.recordings)?;
    let read = recorded.read(&mut amender, |entry| merged.add(entry, &console))?;
    read.warn(&console, "that call is not in the policy");
    if merged.calls == amender.set_aside() && target.holds_something() {
        let file = options.policy.output_file.unwrap_or_default();
        amender.tell(&console);
        let none = if merged.calls == 0 { "is recorded" } else { "that is recorded counts" };
        console.warn(format_args!("no call {none}; {} was left as it was", file.display()));
        return Ok(0);
    }
    merged.callers.end(&mut merged.builder);
    let (placed, each_written) = match &mut files {
        Some(files) => files.finish(&merged.callers, &shape, &console),
        None => (HashMap::new(), true),
    };
    let finished = shape.finish(&merged.builder);
    let written = match finished.write(&target) {
        Ok(written) => written,
        Err(error) => {
            console.warn(error);
            return Ok(1);
        }
    };
    console.say(merged.summary(read.recordings, finished.statements(), &written));
    amender.tell(&console);
    let who = Principals::of(&merged.callers, files.as_ref().map(Files::folder), &placed);
    let mut more = who.render(!console.says(Verbosity::Normal));
    merged.unseen.tell(&mut more);
    if !more.is_empty() {
        console.print(&more);
    }
    let is_apart = target == Target::Nowhere;
    if !merged.builder.is_empty() && !is_apart {
        finished.say(&console, &target, Some(&written));
    }
    Ok(if each_written && (finished.fits() || is_apart) { 0 } else { 1 })
}

/// What was read so far.
struct Merged {
    builder: Growing,
    callers: Callers,
    /// The account of calls whose account is not known.
    account_id: Option<String>,
    which: Which,
    calls: u64,
    operations: HashSet<(String, String)>,
    /// Calls that --fails-only or --succeeded-only leaves out.
    left_out: u64,
    unrecognized: u64,
    unseen: Unseen,
}

impl Merged {
    fn new(options: &Policy, shape: &Shape) -> Merged {
        let Policy { policy, account_id, .. } = options;
        let selection = Selection::new(policy.principal.clone());
        Merged {
            builder: Growing::new(shape.builder()),
            callers: Callers::new(selection, policy.per_principal.is_some()),
            account_id: account_id.clone(),
            which: Which::of(policy),
            calls: 0,
            operations: HashSet::new(),
            left_out: 0,
            unrecognized: 0,
            unseen: Unseen::default(),
        }
    }

    fn add(&mut self, Entry { mut call, requires }: Entry, console: &Console) {
        let was_known = call.account.is_some();
        self.callers.learn(&mut call, &mut self.builder);
        if call.account.is_none() {
            call.account.clone_from(&self.account_id);
        }
        let (share, selected) = self.callers.share(&call);
        share.calls += 1;
        self.calls += 1;
        match &call.operation {
            Some(operation) if call.recognized => {
                self.operations.insert((call.service.to_string(), operation.to_string()));
            }
            _ => self.unrecognized += 1,
        }
        if !self.which.has(&call) {
            self.left_out += 1;
            return;
        }
        if selected {
            self.unseen.add(&call);
        }
        for mut it in requires {
            let is_ours = it.reason != Reason::Denied.as_str();
            let account = match &call.account {
                None if is_ours => Account::Of(call.principal.as_deref()),
                // It is known by now.
                Some(account) if is_ours && !was_known => {
                    let resources = it.resources.iter().map(|it| with_account(it, account));
                    it.resources = resources.collect::<Vec<_>>().into();
                    Account::Known
                }
                _ => Account::Known,
            };
            let allow = |policy: &mut Growing| {
                policy.allow(&it.action, &it.resources, &it.conditions, account)
            };
            self.callers.need(&call, allow);
            let grown = selected && allow(&mut self.builder);
            if grown && console.says(Verbosity::Calls) {
                let resources = it.resources.join(", ");
                console.detail(format_args!(
                    "+ {} on {}",
                    Foreign(&it.action),
                    Foreign(&resources)
                ));
            }
        }
    }

    fn summary(&self, recordings: usize, statements: usize, written: &Written) -> String {
        let file = match written {
            Written::Printed => String::new(),
            Written::File(file) | Written::Files(file, _) => format!(" and is in {file}"),
        };
        let mut text = format!(
            "leastwise: read {} of {} from {}; the policy has {} in {}{file}.",
            counted(self.calls, "call"),
            counted(self.operations.len(), "operation"),
            counted(recordings, "recording"),
            counted(self.builder.action_count(), "action"),
            counted(statements, "statement"),
        );
        if self.left_out > 0 {
            let calls = counted(self.left_out, "call");
            let why = match self.which {
                Which::Succeeded => "that failed left out (--succeeded-only)",
                Which::Failed | Which::All => "that did not fail left out (--fails-only)",
            };
            text.push_str(&format!("\n  {calls} {why}."));
        }
        if self.unrecognized > 0 {
            let calls = counted(self.unrecognized, "call");
            text.push_str(&format!("\n  {calls} not recognised, and so not in the policy."));
        }
        if self.builder.is_open() {
            text.push('\n');
            text.push_str(ACCOUNT_UNKNOWN.trim_end());
        }
        text
    }
}
