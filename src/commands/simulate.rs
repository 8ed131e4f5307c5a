//! `leastwise simulate`: whether policies of all kinds allow a request, and why.

use serde_json::{Value, json};

use crate::cli::Simulate;
use crate::commands::policy_levels;
use crate::commands::recorded::said;
use crate::evaluate::levels::{Levels, Outcome, Principal, Ruling};
use crate::evaluate::verdict::{Request, Resource};
use crate::failure::Failure;
use crate::output::print;
use crate::policies::levels;
use crate::report::ruling::{Question, json, plain};
use crate::session::contexts::given;
use crate::text;

/// Something is not allowed.
const NOT_ALLOWED: i32 = 3;

/// Asks the policies, prints what they say, and returns the exit code.
///
/// # Errors
///
/// When a policy cannot be read, the request is none, or the result cannot be printed.
pub(super) fn run(options: Simulate) -> Result<i32, Failure> {
    let principal = principal(&options)?;
    let is_action = |(prefix, name): (&str, &str)| !prefix.is_empty() && !name.is_empty();
    let is_named = options.action.split_once(':').is_some_and(is_action);
    if !is_named
        || options.action.contains(['*', '?'])
        || options.action.contains(char::is_whitespace)
    {
        return Err(Failure::NoAction(options.action));
    }
    let levels =
        Levels::new(&levels::read(&options.policy, &policy_levels::files(&options.levels))?);
    let ruled = options.resources.iter().map(|text| {
        let question = Question { action: &options.action, resource: text };
        (question, judge(&levels, &principal, &options, text))
    });
    let ruled: Vec<(Question<'_>, Ruling)> = ruled.collect();
    let fails = |ruling: &Ruling| match ruling.outcome {
        Outcome::Allowed => false,
        Outcome::Denied(_) => true,
        Outcome::Undecided(_) => !options.allow_undecided,
    };
    let code = if ruled.iter().any(|(_, ruling)| fails(ruling)) { NOT_ALLOWED } else { 0 };
    let text = if options.json {
        let requests: Vec<Value> =
            ruled.iter().map(|(question, ruling)| json::value(*question, ruling)).collect();
        format!("{:#}\n", json!({"exit_code": code, "requests": requests}))
    } else {
        ruled.iter().map(|(question, ruling)| plain::block(*question, ruling)).collect()
    };
    print::show(&if options.json { text::json(&text) } else { text::page(&text) })?;
    Ok(code)
}

fn principal(options: &Simulate) -> Result<Principal, Failure> {
    match &options.principal {
        None => Ok(Principal::Unknown { account: options.account_id.clone() }),
        Some(text) => Principal::parse(text).ok_or_else(|| Failure::NoPrincipal(text.clone())),
    }
}

fn judge(levels: &Levels, principal: &Principal, options: &Simulate, resource: &str) -> Ruling {
    let mut context = given(&said(&options.context));
    // A request on a resource of a region is sent to that region.
    if let Some(region) =
        resource.split(':').nth(3).filter(|it| !it.is_empty() && !it.contains(['*', '?']))
    {
        context.set_unknown("aws:RequestedRegion", [region]);
    }
    if let Some(account) = &options.account_id {
        context.set_unknown("aws:ResourceAccount", [account]);
    }
    let is_pattern = resource != "*" && resource.contains(['*', '?']);
    let resource =
        if is_pattern { Resource::Within(resource) } else { Resource::Exactly(resource) };
    levels.judge(principal, Request { action: &options.action, resource, context: &context })
}
