//! Lists of what was counted.

use std::fmt::Write as _;

use crate::session::tally::Tally;

/// How many entries are shown.
pub(crate) const SHOWN: usize = 20;

/// The most frequent ones, one per line.
pub(crate) fn list(tally: &Tally, text: &mut String) {
    let mut names: Vec<_> = tally.entries().collect();
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
    if shown < tally.total() {
        let _ = writeln!(text, "    {:>6}  others", tally.total() - shown);
    }
}
