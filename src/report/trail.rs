//! What is said of CloudTrail's events that were read.

use std::fmt::Write as _;

use crate::recording::trail::Told;
use crate::text::{Foreign, counted};

/// What is wrong with what was read, and so may be missing: a sentence each.
pub fn warnings(told: &Told) -> Vec<String> {
    let mut said: Vec<String> = told
        .first_faults
        .iter()
        .map(|((_, position), (name, fault))| {
            format!("{}, byte {position}: {}; it is passed over", Foreign(name), fault.words())
        })
        .collect();
    said.extend(told.unreadable.iter().map(|(name, error)| {
        format!("{} cannot be read: {error}; what else it has is missing", Foreign(name))
    }));
    let more = told.wrong().saturating_sub(said.len() as u64);
    if more > 0 {
        said.push(format!("{} more like these", counted(more, "place")));
    }
    if told.foreign > 0 {
        let names: Vec<String> =
            told.first_foreign.iter().take(3).map(|name| Foreign(name).to_string()).collect();
        let more = if told.foreign > names.len() as u64 { ", …" } else { "" };
        said.push(format!(
            "{} in folders has neither CloudTrail's events nor recorded calls: {}{more}",
            counted(told.foreign, "file"),
            names.join(", ")
        ));
    }
    said
}

/// What was read, and what was passed over, by reason.
pub fn text(told: &Told) -> String {
    let distinct = counted(told.distinct, "distinct call");
    if told.files + told.others == 0 {
        return format!("leastwise: there are {distinct}.\n");
    }
    let mut text = format!(
        "leastwise: read {} of CloudTrail from {}: {distinct} in all.\n",
        counted(told.events, "event"),
        counted(told.files, "file"),
    );
    if told.left_out > 0 {
        let _ = writeln!(
            text,
            "  {} left out: of other times, accounts or regions than were asked for.",
            counted(told.left_out, "event")
        );
    }
    let doubles = told.doubles + told.twins;
    if doubles > 0 {
        let _ = writeln!(text, "  {doubles} of them told again what another told.");
    }
    if told.others > 0 {
        let _ = writeln!(
            text,
            "  {} passed over: digests and Insights, which hold no calls.",
            counted(told.others, "file")
        );
    }
    if !told.passed_over.is_empty() {
        let mut by_count: Vec<_> = told.passed_over.iter().collect();
        by_count.sort_by_key(|(why, count)| (std::cmp::Reverse(**count), **why));
        let each: Vec<String> =
            by_count.iter().map(|(why, count)| format!("{count} {}", why.words())).collect();
        let _ = writeln!(text, "  Passed over: {}.", each.join("; "));
    }
    if told.undecided > 0 {
        let _ = writeln!(
            text,
            "  {} by AWS services in sessions of which the events do not tell who opened them: allowed without a condition.",
            counted(told.undecided, "call")
        );
    }
    text
}
