//! What of a policy is kept since the input cannot have shown it.

use std::collections::BTreeMap;

use crate::session::unshown::{Kept, Why};
use crate::text::Foreign;

/// Actions that are named of one service.
const SHOWN: usize = 4;

/// A line for each service and reason.
pub fn lines(kept: &[Kept]) -> Vec<String> {
    let mut by_reason: BTreeMap<(Why, &str), Vec<&str>> = BTreeMap::new();
    for it in kept {
        let prefix = it.action.split(':').next().unwrap_or_default();
        // What is said of reading holds for all services alike.
        let prefix = if it.why == Why::NoReadEvents { "" } else { prefix };
        by_reason.entry((it.why, prefix)).or_default().push(&it.action);
    }
    by_reason.iter().map(|((why, prefix), actions)| line(*why, prefix, actions)).collect()
}

fn line(why: Why, prefix: &str, actions: &[&str]) -> String {
    let named: Vec<String> =
        actions.iter().take(SHOWN).map(|action| Foreign(action).to_string()).collect();
    let mut named = named.join(", ");
    if actions.len() > SHOWN {
        named.push_str(&format!(" and {} more", actions.len() - SHOWN));
    }
    let prefix = Foreign(prefix);
    let because = match why {
        Why::NoDataEvents => format!(
            "no data event of {prefix} is in the input; a trail logs them only with selectors for them"
        ),
        Why::OtherDataEvents => format!(
            "the data events of {prefix} in the input are of another kind; a trail logs each kind only with a selector for it"
        ),
        Why::NoReadEvents => {
            "no event that only reads is in the input; a trail can be told to log writing alone"
                .to_owned()
        }
        Why::LeftOut => format!("no event of {prefix} is in the input; a trail can leave it out"),
        Why::NoCall => "no call of an API has it, and so no event".to_owned(),
        Why::NeverLogged => "CloudTrail does not log it, or not every use of it".to_owned(),
    };
    format!("= {named}: {because}")
}
