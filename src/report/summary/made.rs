//! What stands in the policy for resources that the next run will not have again.

use std::fmt::Write as _;

use crate::made::hold::Holding;
use crate::made::run::{Hold, Summary};
use crate::text::{Foreign, counted};

/// Kinds of resources that are listed.
const SHOWN: usize = 8;
/// Patterns of names that are listed.
const PATTERNS_SHOWN: usize = 3;

/// Tells it.
pub fn tell(holding: &Holding, text: &mut String) {
    made(holding, text);
    names(holding, text);
    let beyond = holding.run().beyond();
    if beyond > 0 {
        let resources = counted(beyond, "more resource");
        let _ = writeln!(
            text,
            "  {resources} made in this run stayed as recorded, since there is room for so many only."
        );
    }
}

/// Tells of calls that made resources of which their recording does not tell the ids.
pub fn tell_untold(calls: u64, text: &mut String) {
    if calls > 0 {
        let calls = counted(calls, "call");
        let _ = writeln!(
            text,
            "  {calls} made resources whose ids are not in the recording, since it is of an earlier version or the answer \
             lacked them; these resources stand as recorded."
        );
    }
}

fn made(holding: &Holding, text: &mut String) {
    let used: Vec<Summary<'_>> =
        holding.run().made().filter(|it| it.hold != Hold::Unused).collect();
    let resources: u64 = used.iter().map(|it| it.count).sum();
    if resources == 0 {
        return;
    }
    let (their, stand) = if resources == 1 { ("its", "stands") } else { ("their", "stand") };
    let _ = writeln!(
        text,
        "  {} made in this run {stand} as {their} type in the policy, since the next run will have others:",
        counted(resources, "resource")
    );
    for made in used.iter().take(SHOWN) {
        let Summary { resource_type, made_by, count, .. } = made;
        let _ = writeln!(text, "    {count:>6}  {resource_type} ({made_by}), {}", held(made));
    }
    if used.len() > SHOWN {
        let more = counted((used.len() - SHOWN) as u64, "more kind");
        let _ = writeln!(text, "            and {more}");
    }
    got_round(holding, &used, text);
    if let Some(first) = used.iter().find(|it| it.hold == Hold::WithoutTags) {
        let _ = writeln!(
            text,
            "  Give tags to what {} makes in the call itself, and the policy can be held to those tags.",
            first.made_by
        );
    }
}

/// That tags hold only as long as nobody puts them on something else.
fn got_round(holding: &Holding, used: &[Summary<'_>], text: &mut String) {
    let held = used.iter().filter(|it| it.hold == Hold::Held);
    let round = held.filter_map(|it| {
        Some(format!("{} ({})", holding.got_round_by(it.resource_type)?, it.resource_type))
    });
    let mut round: Vec<String> = round.collect();
    round.sort_unstable();
    round.dedup();
    if !round.is_empty() {
        let _ = writeln!(
            text,
            "  What tags hold can be got round, since the policy lets its holder put them on others, too: {}.",
            round.join(", ")
        );
    }
}

fn held(made: &Summary<'_>) -> String {
    let keys: Vec<String> = made
        .tags
        .iter()
        .filter(|(key, _)| !made.changed.contains(&key.as_str()))
        .map(|(key, value)| format!("{}={}", Foreign(key), Foreign(value)))
        .collect();
    match made.hold {
        Hold::Held => format!("held by its tags: {}", keys.join(", ")),
        Hold::Records => "held by the names of its records".to_owned(),
        Hold::Vpc => "held by the VPC that it is in".to_owned(),
        Hold::Changed => "not held: its tags were changed after it was made".to_owned(),
        Hold::NoKey => "not held: AWS has no condition on its tags for these actions".to_owned(),
        Hold::NotAsked => "not held: --generated type".to_owned(),
        Hold::WithoutTags | Hold::Unused => "not held: it has no tags from the start".to_owned(),
    }
}

fn names(holding: &Holding, text: &mut String) {
    let patterns = holding.patterns();
    if patterns.is_empty() {
        return;
    }
    let (stand, count) = if patterns.len() == 1 {
        ("stands", "1 pattern".to_owned())
    } else {
        ("stand", counted(patterns.len() as u64, "pattern"))
    };
    let _ =
        writeln!(text, "  {count} {stand} for names that were made of a hash, a UUID or a time:");
    for pattern in patterns.iter().take(PATTERNS_SHOWN) {
        let _ = writeln!(text, "            {}", Foreign(pattern));
    }
    if patterns.len() > PATTERNS_SHOWN {
        let _ = writeln!(text, "            and {} more", patterns.len() - PATTERNS_SHOWN);
    }
}
