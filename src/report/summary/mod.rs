//! What is said at the end of a recording.

pub mod asides;
mod astray;
mod denials;
mod hints;
pub(crate) mod list;
pub mod made;
mod principals;
mod unseen;

pub use denials::{Denied, denied};
pub use hints::tell as tell_hints;
pub use principals::Principals;
pub use unseen::tell as tell_unseen;

use std::fmt::Write as _;
use std::time::Duration;

use crate::catalog::Catalog;
use crate::made::hold::Holding;
use crate::report::documents::document;
use crate::session::counts::Counts;
use crate::session::hints::Hint;
use crate::session::shape::Ending;
use crate::session::which::Which;
use crate::text::counted;
pub(crate) use list::list;

/// How many of the actions that were left out are named.
const LEFT_OUT_SHOWN: usize = 3;

/// Said where resources are of any account.
pub const ACCOUNT_UNKNOWN: &str = "  The account of some calls is not known, so their resources have * in its place; --account-id sets it.\n";

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
    /// What stands in the policy for what the next run will not have again.
    pub made: &'a Holding,
    /// Whether resources are of any account, since it was not told which it is.
    pub account_unknown: bool,
    /// Whether the proxy was one of the ways to hear.
    pub proxied: bool,
    /// Datagrams that the kernel dropped because we were too slow.
    pub dropped: u64,
    /// What the policy cannot do yet.
    pub hints: Vec<Hint>,
    /// What became of the policy.
    pub ending: Ending,
    /// How long it took.
    pub lasted: Duration,
}

/// How long a recording took, where somebody waited for it.
fn lasted(time: Duration) -> String {
    match (time.as_secs(), time.as_secs() / 60, time.as_secs() / 3600) {
        (..10, ..) => String::new(),
        (seconds, 0, _) => format!(" in {seconds} s"),
        (seconds, minutes, 0) => format!(" in {minutes} min {} s", seconds % 60),
        (_, minutes, hours) => format!(" in {hours} h {} min", minutes % 60),
    }
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
        asides::tell(&self.counts.asides, &mut text);
        unseen::tell(&self.counts.unseen, &mut text);
        self.principals.missed(&mut text);
        if !quiet {
            self.principals.tell(&mut text);
            self.left_out(&mut text);
            made::tell(self.made, &mut text);
            self.unnamed(&mut text);
            if self.account_unknown {
                text.push_str(ACCOUNT_UNKNOWN);
            }
            self.failed(&mut text);
            denials::tell(&self.counts.denials, self.calls, &mut text);
        }
        self.lost(&mut text);
        astray::tell(&self.counts.astray, quiet, &mut text);
        if self.counts.users_unknown {
            text.push_str(
                "  This system does not tell which user a call comes from; other users of the machine, if there are any, were heard too.\n",
            );
        }
        if !quiet {
            hints::tell(&self.hints, &mut text);
        }
        text
    }

    fn nothing(&self, text: &mut String) {
        let is = match self.counts.before {
            0 => "has no statement".to_owned(),
            before => format!("is of {} recorded before", counted(before, "call")),
        };
        let _ = match &self.ending {
            Ending::Printed => {
                writeln!(text, "leastwise: no AWS call was heard; the policy {is}.")
            }
            Ending::Written(file) => {
                writeln!(text, "leastwise: no AWS call was heard; the policy in {file} {is}.")
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
                "  Only programs that go through the proxy and trust its certificate authority can be seen: most SDKs\n  do so automatically, some need a line of configuration; see {}.",
                document("docs/clients.md")
            );
            return;
        }
        text.push_str(
            "  Only SDKs that send client-side monitoring can be heard: the AWS CLI, boto3, and the older SDKs\n  for JavaScript (v2), Java (v1), Go (v1), .NET, Ruby and PHP.\n",
        );
    }

    fn headline(&self, text: &mut String) {
        let calls = counted(self.counts.calls, "call");
        let operations = counted(self.counts.operations(), "operation");
        let actions = counted(self.actions, "action");
        let statements = counted(self.statements, "statement");
        let before = match self.counts.before {
            0 => String::new(),
            before => format!(", after {} recorded before", counted(before, "call")),
        };
        let lasted = lasted(self.lasted);
        let _ = write!(
            text,
            "leastwise: heard {calls} of {operations}{lasted}{before}; the policy has {actions} in {statements}"
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
            list(unrecognized, text);
            let _ = writeln!(text, "  {}", known_as_of());
        }
        if without_permission.total() > 0 {
            let calls = counted(without_permission.total(), "call");
            let _ = writeln!(
                text,
                "  {calls} for which AWS lists no permission; look up whether one is needed:"
            );
            list(without_permission, text);
        }
    }

    fn unnamed(&self, text: &mut String) {
        let unnamed = &self.counts.unnamed;
        let one = unnamed.total() == 1;
        if unnamed.total() > 0 {
            let calls = counted(unnamed.total(), "call");
            let (does, is) = if one { ("does", "it is") } else { ("do", "they are") };
            let _ = writeln!(
                text,
                "  {calls} {does} not name what {is} on: the policy has * in its place, for which you can put the name:"
            );
            list(unnamed, text);
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
            list(&self.counts.failed, text);
        }
    }

    fn lost(&self, text: &mut String) {
        let failures = &self.counts.proxy_failures;
        if failures.total() > 0 {
            let connections = counted(failures.total(), "connection");
            let _ = writeln!(text, "  {connections} failed in the proxy:");
            list(failures, text);
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

#[cfg(test)]
mod tests;

/// Of when what is known of AWS is: said where something was not known.
fn known_as_of() -> String {
    let newest = Catalog::embedded().releases().filter(|release| !release.is_past);
    let newest: Vec<String> =
        newest.map(|it| format!("{} {} ({})", it.package, it.version, it.date)).collect();
    format!("AWS is known as of {}; a newer leastwise may know more.", newest.join(", "))
}
