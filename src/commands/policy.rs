//! `leastwise policy`: a policy is rebuilt from recordings, and several are merged.

use std::collections::HashSet;
use std::path::PathBuf;

use super::console::{Console, Verbosity};
use super::failure::Failure;
use super::output::Target;
use super::settings::{console, is_same_file};
use super::summary::counted;
use super::writing::{Shape, Written};
use crate::capture::recording::{Entry, Reader};
use crate::cli::Policy;
use crate::policy::Builder;

/// Builds the policy and returns the exit code.
///
/// # Errors
///
/// When a recording cannot be read or is none, or the policy cannot be written.
pub fn run(options: Policy) -> Result<i32, Failure> {
    let console = console(&options.policy);
    let target = Target::check(options.policy.output_file.as_deref())?;
    if let Some(file) = target.file()
        && let Some(same) = options.recordings.iter().find(|it| is_same_file(it, file))
    {
        return Err(Failure::ReadAndWritten(same.display().to_string()));
    }
    let shape = Shape::of(&options.policy);
    let mut merged = Merged { builder: shape.builder(), ..Merged::default() };
    for recording in unique(&options.recordings) {
        merged.read(Reader::open(recording)?, options.policy.fails_only, &console)?;
    }
    if merged.calls == 0 && target.holds_something() {
        let file = options.policy.output_file.unwrap_or_default();
        console.warn(format_args!("no call is recorded; {} was left as it was", file.display()));
        return Ok(0);
    }
    let finished = shape.finish(&merged.builder);
    let written = match finished.write(&target) {
        Ok(written) => written,
        Err(error) => {
            console.warn(error);
            return Ok(1);
        }
    };
    console.say(merged.summary(finished.statements(), &written));
    if !merged.builder.is_empty() {
        finished.say(&console, &target, Some(&written));
    }
    Ok(if finished.fits() { 0 } else { 1 })
}

/// The same file named twice is read once; so is standard input.
fn unique(recordings: &[PathBuf]) -> Vec<&PathBuf> {
    let mut unique: Vec<&PathBuf> = Vec::new();
    for recording in recordings {
        if !unique.iter().any(|it| is_same_file(it, recording)) {
            unique.push(recording);
        }
    }
    unique
}

/// What was read so far.
#[derive(Default)]
struct Merged {
    builder: Builder,
    recordings: usize,
    calls: u64,
    operations: HashSet<(String, String)>,
    /// Calls that --fails-only leaves out.
    succeeded: u64,
    unrecognized: u64,
}

impl Merged {
    fn read(
        &mut self,
        mut recording: Reader,
        fails_only: bool,
        console: &Console,
    ) -> Result<(), Failure> {
        self.recordings += 1;
        for entry in recording.by_ref() {
            self.add(&entry?, fails_only, console);
        }
        if recording.cut_off() {
            console.warn(format_args!(
                "the last line of {} is cut off, as a kill leaves it; that call is not in the policy",
                recording.name()
            ));
        }
        Ok(())
    }

    fn add(&mut self, Entry { call, requires }: &Entry, fails_only: bool, console: &Console) {
        self.calls += 1;
        match &call.operation {
            Some(operation) if call.recognized => {
                self.operations.insert((call.service.to_string(), operation.to_string()));
            }
            _ => self.unrecognized += 1,
        }
        if fails_only && !call.outcome.failed() {
            self.succeeded += 1;
            return;
        }
        for it in requires {
            let grown = self.builder.allow(&it.action, &it.resources, &it.conditions);
            if grown && console.says(Verbosity::Calls) {
                let resources = it.resources.join(", ");
                console.detail(format_args!(
                    "+ {} on {}",
                    it.action.escape_debug(),
                    resources.escape_debug()
                ));
            }
        }
    }

    fn summary(&self, statements: usize, written: &Written) -> String {
        let file = match written {
            Written::Printed => String::new(),
            Written::File(file) | Written::Files(file, _) => format!(" and is in {file}"),
        };
        let mut text = format!(
            "leastwise: read {} of {} from {}; the policy has {} in {}{file}.",
            counted(self.calls, "call"),
            counted(self.operations.len(), "operation"),
            counted(self.recordings, "recording"),
            counted(self.builder.action_count(), "action"),
            counted(statements, "statement"),
        );
        if self.succeeded > 0 {
            let calls = counted(self.succeeded, "call");
            text.push_str(&format!("\n  {calls} that did not fail left out (--fails-only)."));
        }
        if self.unrecognized > 0 {
            let calls = counted(self.unrecognized, "call");
            text.push_str(&format!("\n  {calls} not recognised, and so not in the policy."));
        }
        text
    }
}
