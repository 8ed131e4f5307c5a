//! Who was heard, and where each one's policy is.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::report::summary::list::SHOWN;
use crate::session::principals::{Callers, Placed, Principal, Share};
use crate::session::tally::LONGEST_SENTENCE;
use crate::text::{beginning, counted};

/// Who was heard.
#[derive(Debug, Default)]
pub struct Principals {
    selected: Vec<Who>,
    left_out: Vec<Who>,
    /// Where each one's policy is.
    folder: Option<String>,
}

#[derive(Debug)]
struct Who {
    name: String,
    calls: u64,
    placed: Option<Placed>,
}

impl Principals {
    /// Those whose calls were heard; `placed` says where policies are, if in `folder` each has its own.
    pub fn of(
        callers: &Callers,
        folder: Option<String>,
        placed: &HashMap<Principal, Placed>,
    ) -> Principals {
        let who = |(principal, share): (&Principal, &Share)| Who {
            name: callers.name(principal).to_owned(),
            calls: share.calls,
            placed: placed.get(principal).cloned(),
        };
        Principals {
            selected: callers.selected().map(who).collect(),
            left_out: callers.left_out().map(who).collect(),
            folder,
        }
    }

    /// The text; with `quiet` only what says that the policy may be incomplete.
    pub fn render(&self, quiet: bool) -> String {
        let mut text = String::new();
        self.missed(&mut text);
        if !quiet {
            self.tell(&mut text);
        }
        text
    }

    /// Says that nobody was heard whom --principal names.
    pub(crate) fn missed(&self, text: &mut String) {
        if self.selected.is_empty() && !self.left_out.is_empty() {
            text.push_str(
                "  No call was made by a principal that --principal names; the policy is empty.\n",
            );
        }
    }

    /// Tells who was heard, when that is more than one, or something hangs on it.
    pub(crate) fn tell(&self, text: &mut String) {
        let several = self.selected.len() + self.left_out.len() > 1;
        if let Some(folder) = &self.folder {
            let policies =
                self.selected.iter().filter(|it| matches!(it.placed, Some(Placed::In(_))));
            let policies = match policies.count() {
                1 => "1 policy".to_owned(),
                more => format!("{more} policies"),
            };
            let heard = principals(self.selected.len());
            let folder = beginning(folder, LONGEST_SENTENCE);
            let _ = writeln!(text, "  {heard}; {policies} in {folder}:");
            list(&self.selected, text);
        } else if several && self.selected.len() > 1 {
            let heard = principals(self.selected.len());
            let _ = writeln!(
                text,
                "  {heard}, all in this one policy; --per-principal DIR writes one for each:"
            );
            list(&self.selected, text);
        }
        if !self.left_out.is_empty() {
            let calls = counted(self.left_out.iter().map(|it| it.calls).sum::<u64>(), "call");
            let who = match self.left_out.len() {
                1 => "another principal".to_owned(),
                more => format!("{more} other principals"),
            };
            let _ = writeln!(text, "  {calls} of {who} left out (--principal):");
            list(&self.left_out, text);
        }
    }
}

fn principals(count: usize) -> String {
    let were = if count == 1 { "was" } else { "were" };
    format!("{} {were} heard", counted(count, "principal"))
}

/// Those with the most calls, one per line.
fn list(who: &[Who], text: &mut String) {
    let mut who: Vec<_> = who.iter().collect();
    who.sort_by_key(|it| std::cmp::Reverse(it.calls));
    for Who { name, calls, placed } in who.iter().take(SHOWN) {
        let name = beginning(name, LONGEST_SENTENCE);
        let place = match placed {
            Some(Placed::In(files)) => format!("  {}", files.join(", ")),
            Some(Placed::Nowhere) => "  needs no permission".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(text, "    {calls:>6}  {name}{place}");
    }
    if who.len() > SHOWN {
        let calls: u64 = who.iter().skip(SHOWN).map(|it| it.calls).sum();
        let _ = writeln!(text, "    {calls:>6}  others");
    }
}
