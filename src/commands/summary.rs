//! What was heard, counted; and the text that says so at the end. Pure.

mod aside;
mod denials;
mod principals;
mod unseen;

pub use aside::{Aside, Asides};
pub use denials::Denials;
pub use principals::Principals;
pub use unseen::Unseen;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use super::documents::document;
use super::settings::Which;

use crate::authorize::{Decision, Permission, Refusal};
use crate::call::{Call, Name};
use crate::catalog::Catalog;
use crate::text;

/// How many different entries a list counts by name; what comes beyond is counted together.
const COUNTED_BY_NAME: usize = 1000;
/// How many of them are shown.
const SHOWN: usize = 20;
/// How many of the actions that were left out are named.
const LEFT_OUT_SHOWN: usize = 3;
/// Names that the network chose are kept up to this length.
const LONGEST_NAME: usize = 100;
/// Sentences of ours that say what failed are longer.
const LONGEST_SENTENCE: usize = 400;

/// Said where resources are of any account.
pub(in crate::commands) const ACCOUNT_UNKNOWN: &str = "  The account of some calls is not known, so that their resources have * for it; --account-id names it.\n";

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that are left out of the policy.
    set_aside: u64,
    /// Calls that were seen to begin; a call that did not end is in the policy all the same.
    pub attempts_seen: bool,
    operations: HashSet<(Name, Name)>,
    left_out: BTreeSet<Name>,
    /// Calls that the catalogue does not know.
    pub unrecognized: Tally,
    /// Calls for which AWS lists no permission.
    pub without_permission: Tally,
    /// Calls that failed, with their error code.
    pub failed: Tally,
    /// Calls that AWS denied.
    pub denials: Denials,
    /// Events that could not be read.
    pub malformed: u64,
    /// What was heard and is left out of the policy, by the reason.
    pub asides: Asides,
    /// What AWS did with the caller's permissions, out of sight.
    pub unseen: Unseen,
    /// What failed in the proxy, as sentences.
    pub proxy_failures: Tally,
    /// The system, which mostly does, did not tell which user was heard.
    pub users_unknown: bool,
}

impl Counts {
    /// A call has ended, and this is known of what it needs.
    pub fn call(&mut self, call: &Call, decision: &Decision) {
        let permission = decision.permission;
        self.calls += 1;
        match &call.operation {
            Some(operation) if call.recognized => {
                // Known names are borrowed from the catalogue, so the set cannot grow beyond it.
                if self.operations.insert((call.service.clone(), operation.clone())) {
                    self.left_out.extend(decision.left_out.iter().cloned());
                }
                if permission == Permission::Unknown {
                    self.without_permission.add([&call.service, operation_name(call), ""]);
                }
            }
            // What some SDKs report as if it were a call to AWS (instance metadata) lacks nothing.
            _ if permission == Permission::NotNeeded => {}
            // Newer than the catalogue, and AWS lists an action of its name.
            _ if permission == Permission::Known => {
                let actions = decision.requirements.iter().map(|it| it.action.clone());
                self.operations.extend(actions.map(|action| (call.service.clone(), action)));
            }
            _ => match (&call.method, &call.path) {
                (Some(method), Some(path)) if call.operation.is_none() => {
                    let host = call.host.as_deref().unwrap_or_default();
                    self.unrecognized.add([&call.service, "", &format!("{method} {host}{path}")]);
                }
                _ => self.unrecognized.add([&call.service, operation_name(call), ""]),
            },
        }
        self.denials.hear(call, decision, &mut self.asides);
        self.refused(call, decision);
        if call.outcome.failed() {
            let status;
            let code = match (&call.outcome.error, call.outcome.status) {
                (Some(code), _) => code.as_str(),
                (None, Some(number)) => {
                    status = format!("HTTP {number}");
                    &status
                }
                (None, None) => "",
            };
            self.failed.add([&call.service, operation_name(call), code]);
        }
    }

    /// A call has ended that is left out of the policy.
    pub fn set_aside(&mut self, call: &Call, aside: Aside) {
        self.calls += 1;
        self.set_aside += 1;
        if let (Some(operation), true) = (&call.operation, call.recognized) {
            self.operations.insert((call.service.clone(), operation.clone()));
        }
        let status = call.outcome.status.filter(|it| *it >= 400).map(|it| format!("HTTP {it}"));
        let detail = call.outcome.error.as_deref().or(status.as_deref()).unwrap_or_default();
        self.asides.add(aside, [&call.service, operation_name(call), detail]);
    }

    /// What a call named that cannot be what its action is on: once for each way to be wrong.
    fn refused(&mut self, call: &Call, decision: &Decision) {
        for (refusal, aside) in
            [(Refusal::OtherKind, Aside::OtherKind), (Refusal::Unreadable, Aside::Unreadable)]
        {
            if let Some(refused) = decision.refused.iter().find(|it| it.refusal == refusal) {
                let detail = format!("{} ({})", refused.member, refused.action);
                self.asides.add(aside, [&call.service, operation_name(call), &detail]);
            }
        }
    }

    /// Something failed in the proxy.
    pub fn proxy_failure(&mut self, sentence: &str) {
        self.proxy_failures.add_cut([sentence, "", ""], LONGEST_SENTENCE);
    }

    /// How many different operations of the catalogue were called.
    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// Actions that the operations that were called can need and that were left out as merely possible.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().map(|action| &**action)
    }

    /// Whether nothing was heard at all.
    pub fn nothing_heard(&self) -> bool {
        self.calls == 0 && !self.attempts_seen
    }

    /// Whether nothing was heard that can be in a policy.
    pub fn nothing_counted(&self) -> bool {
        self.calls == self.set_aside && !self.attempts_seen
    }
}

fn operation_name(call: &Call) -> &str {
    call.operation.as_deref().unwrap_or_default()
}

/// Counts by service, operation and detail, in bounded memory.
#[derive(Debug, Default)]
pub struct Tally {
    total: u64,
    /// In the order of first sight.
    names: Vec<([Box<str>; 3], u64)>,
    index: HashMap<[Box<str>; 3], usize>,
}

impl Tally {
    /// How many there were.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn add(&mut self, name: [&str; 3]) {
        self.add_cut(name, LONGEST_NAME);
    }

    fn add_cut(&mut self, name: [&str; 3], longest: usize) {
        self.add_times(name, longest, 1);
    }

    fn add_times(&mut self, name: [&str; 3], longest: usize, times: u64) {
        self.total += times;
        let name = name.map(|name| printable(name, longest));
        if let Some(index) = self.index.get(&name) {
            self.names[*index].1 += times;
        } else if self.names.len() < COUNTED_BY_NAME {
            self.index.insert(name.clone(), self.names.len());
            self.names.push((name, times));
        }
    }

    /// The most frequent ones, one per line.
    fn list(&self, text: &mut String) {
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        names.truncate(SHOWN);
        let mut shown = 0;
        for ([service, operation, detail], count) in names {
            shown += count;
            let name = if operation.is_empty() {
                service.to_string()
            } else {
                format!("{service}.{operation}")
            };
            let _ = writeln!(text, "{}", format!("    {count:>6}  {name}  {detail}").trim_end());
        }
        if shown < self.total {
            let _ = writeln!(text, "    {:>6}  others", self.total - shown);
        }
    }
}

/// The beginning of a name from the network, fit for a terminal.
fn printable(name: &str, longest: usize) -> Box<str> {
    let end = name.char_indices().nth(longest).map_or(name.len(), |(end, _)| end);
    text::printable(&name[..end]).into()
}

/// What became of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was printed.
    Printed,
    /// Each principal's own was written, and nothing else wanted.
    Apart,
    /// It is in this file.
    Written(String),
    /// Nothing was heard, and this file, which holds something, was left as it was.
    Kept(String),
    /// It could not be written; the sentence was printed already.
    Failed,
}

/// All that is said at the end.
#[derive(Debug)]
pub struct Summary<'a> {
    /// What was heard.
    pub counts: &'a Counts,
    /// Which calls are in the policy.
    pub calls: Which,
    /// Who was heard.
    pub principals: Principals,
    /// Different actions in the policy.
    pub actions: usize,
    /// Statements in the policy.
    pub statements: usize,
    /// Actions that the calls may need and that are not in the policy.
    pub left_out: Vec<&'a str>,
    /// Whether resources are of any account, since it was not told which it is.
    pub account_unknown: bool,
    /// Whether the proxy was one of the ways to hear.
    pub proxied: bool,
    /// Datagrams that the kernel dropped because we were too slow.
    pub dropped: u64,
    /// What became of the policy.
    pub ending: Ending,
}

impl Summary<'_> {
    /// The text; with `quiet` only what says that the policy may be incomplete.
    pub fn render(&self, quiet: bool) -> String {
        let mut text = String::new();
        if self.counts.nothing_heard() {
            self.nothing(&mut text);
        } else if !quiet {
            self.headline(&mut text);
        }
        self.unrecognized(&mut text);
        self.counts.asides.tell(&mut text);
        self.counts.unseen.tell(&mut text);
        self.principals.missed(&mut text);
        if !quiet {
            self.principals.tell(&mut text);
            self.left_out(&mut text);
            if self.account_unknown {
                text.push_str(ACCOUNT_UNKNOWN);
            }
            self.failed(&mut text);
            self.counts.denials.tell(self.calls, &mut text);
        }
        self.lost(&mut text);
        if self.counts.users_unknown {
            text.push_str(
                "  This system does not tell which user a call comes from; other users of the machine, if there are some, were heard too.\n",
            );
        }
        text
    }

    fn nothing(&self, text: &mut String) {
        let _ = match &self.ending {
            Ending::Printed => {
                writeln!(text, "leastwise: no AWS call was heard; the policy has no statement.")
            }
            Ending::Written(file) => {
                writeln!(
                    text,
                    "leastwise: no AWS call was heard; the policy in {file} has no statement."
                )
            }
            Ending::Kept(file) => {
                writeln!(text, "leastwise: no AWS call was heard; {file} was left as it was.")
            }
            Ending::Apart => {
                writeln!(text, "leastwise: no AWS call was heard, and no policy written.")
            }
            Ending::Failed => writeln!(text, "leastwise: no AWS call was heard."),
        };
        if self.proxied {
            let _ = writeln!(
                text,
                "  Seen are programs that go through the proxy and trust its certificate authority: most SDKs\n  by themselves, some with a line that stands in {}.",
                document("docs/clients.md")
            );
            return;
        }
        text.push_str(
            "  Heard are SDKs that send client-side monitoring: the AWS CLI, boto3, and the older SDKs\n  for JavaScript (v2), Java (v1), Go (v1), .NET, Ruby and PHP.\n",
        );
    }

    fn headline(&self, text: &mut String) {
        let calls = counted(self.counts.calls, "call");
        let operations = counted(self.counts.operations(), "operation");
        let actions = counted(self.actions, "action");
        let statements = counted(self.statements, "statement");
        let _ = write!(
            text,
            "leastwise: heard {calls} of {operations}; the policy has {actions} in {statements}"
        );
        let _ = match &self.ending {
            Ending::Written(file) => writeln!(text, " and is in {file}."),
            Ending::Kept(file) => writeln!(text, "; {file} was left as it was."),
            Ending::Printed | Ending::Apart | Ending::Failed => writeln!(text, "."),
        };
    }

    fn unrecognized(&self, text: &mut String) {
        let Counts { unrecognized, without_permission, .. } = self.counts;
        if unrecognized.total() > 0 {
            let calls = counted(unrecognized.total(), "call");
            let _ = writeln!(text, "  {calls} not recognised, and so not in the policy:");
            unrecognized.list(text);
            let _ = writeln!(text, "  {}", known_as_of());
        }
        if without_permission.total() > 0 {
            let calls = counted(without_permission.total(), "call");
            let _ = writeln!(
                text,
                "  {calls} for which AWS lists no permission; look up whether one is needed:"
            );
            without_permission.list(text);
        }
    }

    fn left_out(&self, text: &mut String) {
        if let Some((first, rest)) = self.left_out.split_first() {
            let actions = counted(self.left_out.len(), "action");
            let _ = write!(
                text,
                "  {actions} that these operations can need, but calls seldom do, left out\n    ({first}"
            );
            for action in rest.iter().take(LEFT_OUT_SHOWN - 1) {
                let _ = write!(text, ", {action}");
            }
            if self.left_out.len() > LEFT_OUT_SHOWN {
                text.push_str(", …");
            }
            let them = if rest.is_empty() { "it" } else { "them" };
            let _ = writeln!(text, "); --possible include adds {them}.");
        }
    }

    fn failed(&self, text: &mut String) {
        if self.counts.failed.total() > 0 {
            let calls = counted(self.counts.failed.total(), "call");
            let _ = writeln!(text, "  {calls} failed:");
            self.counts.failed.list(text);
        }
    }

    fn lost(&self, text: &mut String) {
        let failures = &self.counts.proxy_failures;
        if failures.total() > 0 {
            let connections = counted(failures.total(), "connection");
            let _ = writeln!(text, "  {connections} failed in the proxy:");
            failures.list(text);
        }
        if self.counts.malformed > 0 {
            let events = counted(self.counts.malformed, "datagram");
            let _ = writeln!(text, "  {events} could not be read.");
        }
        if self.dropped > 0 {
            let (datagrams, were) =
                (counted(self.dropped, "datagram"), if self.dropped == 1 { "was" } else { "were" });
            let _ = writeln!(
                text,
                "  {datagrams} {were} dropped by the kernel; the policy may be incomplete."
            );
        }
    }
}

/// Of when what is known of AWS is: said where something was not known.
fn known_as_of() -> String {
    let newest = Catalog::embedded().releases().filter(|release| !release.is_past);
    let newest: Vec<String> =
        newest.map(|it| format!("{} {} ({})", it.package, it.version, it.date)).collect();
    format!("AWS is known as of {}; a newer leastwise may know more.", newest.join(", "))
}

/// `1 call`, `2 calls`.
pub(super) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
