//! Taking away what was made: at the end of an experiment, or after a crash.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::aws::{AskError, Iam, ListedPolicy, Role, Services};
use crate::remote::Asking;
use crate::trial::error::TrialError;
use crate::trial::expiry;
use crate::trial::journal::{Journals, Noted};
use crate::trial::names::{Name, PATH, expires};

/// How often it is tried, and how long it is waited before the second time; the pauses double.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// So long something may still come to be that AWS was asked to make without an answer.
const STILL_COMING: Duration = Duration::from_secs(3);

/// What is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What this machine's journals name and nobody holds.
    Journals,
    /// That, and what has our path, name and tags and is over.
    Over,
    /// All that has our path, name and tags, also what may be in use.
    All,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanedUp {
    /// The experiments of which nothing is left.
    pub removed: Vec<String>,
    /// Those that are in use, or may be.
    pub in_use: Vec<String>,
    /// Those whose journal names another account, or another place to ask: the name and the account.
    pub elsewhere: Vec<(String, String)>,
    /// What could not be removed, and why.
    pub failed: Vec<(String, String)>,
    /// Why it could not be looked for what is over.
    pub unlisted: Option<String>,
}

/// Removes what was left. `may_remove` is asked about what is not over.
///
/// # Errors
///
/// When nobody says whose credentials these are.
pub fn clean_up(
    asking: &Asking,
    services: &Services,
    journals: &Journals,
    which: Which,
    may_remove: &mut dyn FnMut(&[String]) -> bool,
) -> Result<CleanedUp, TrialError> {
    let mut done = CleanedUp::default();
    let left = journals.left();
    if left.is_empty() && which == Which::Journals {
        return Ok(done);
    }
    let region = services.region().ok_or(TrialError::NoRegion)?;
    let iam = services.iam();
    let caller = asking.wait(services.sts(region).caller_identity());
    let caller =
        caller.map_err(|error| TrialError::asked("AWS cannot be asked who asks", error))?;
    for journal in left {
        let Noted { name, account, address, .. } = journal.noted.clone();
        if account != caller.account || address != iam.address() {
            done.elsewhere.push((name, account));
            continue;
        }
        match asking.wait(take_away(&iam, &journal.noted, false)) {
            Ok(()) => {
                journal.end();
                done.removed.push(name);
            }
            Err(error) => done.failed.push((name, error.to_string())),
        }
    }
    if which == Which::Journals {
        return Ok(done);
    }
    match asking.wait(listed(&iam)) {
        Ok(found) => {
            let now = expiry::seconds(SystemTime::now());
            let (over, others): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|it| it.expires.is_some_and(|it| it < now));
            let names: Vec<_> = others.iter().map(|it| it.noted.name.clone()).collect();
            let all = which == Which::All && !names.is_empty() && may_remove(&names);
            let (more, kept) = if all { (others, Vec::new()) } else { (Vec::new(), names) };
            done.in_use = kept;
            for Found { noted, .. } in over.into_iter().chain(more) {
                match asking.wait(take_away(&iam, &noted, false)) {
                    Ok(()) => done.removed.push(noted.name),
                    Err(error) => done.failed.push((noted.name, error.to_string())),
                }
            }
        }
        Err(error) => done.unlisted = Some(error.to_string()),
    }
    Ok(done)
}

/// An experiment that is in the account.
struct Found {
    noted: Noted,
    /// When it is over, where that is said.
    expires: Option<i64>,
}

/// What has our path, names and tags, role by role; policies whose role is gone are listed by its name.
async fn listed(iam: &Iam) -> Result<Vec<Found>, AskError> {
    let mut found: Vec<Found> = Vec::new();
    let mut others = BTreeSet::new();
    let noted = |name: &Name| Noted::new(name, "", iam.address(), Vec::new());
    for Role { name, path, .. } in iam.roles(PATH).await? {
        let Some(name) = Name::of(&name).filter(|_| path == PATH) else { continue };
        let tags = iam.role_tags(name.as_str()).await?;
        if is_ours(&tags) {
            found.push(Found { noted: noted(&name), expires: expires(&tags) });
        } else {
            others.insert(name.as_str().to_owned());
        }
    }
    for ListedPolicy { name, arn, path } in iam.policies(PATH).await? {
        let Some(of) = Name::of_policy(&name).filter(|_| path == PATH) else { continue };
        if others.contains(of.as_str()) {
            continue;
        }
        // Anybody may call a policy so: that of a role of ours has our tags, too.
        let tags = iam.policy_tags(&arn).await?;
        if !is_ours(&tags) {
            continue;
        }
        match found.iter_mut().find(|it| it.noted.name == of.as_str()) {
            Some(known) => known.noted.policies.push(arn),
            None => {
                let mut noted = noted(&of);
                noted.policies.push(arn);
                found.push(Found { noted, expires: expires(&tags) });
            }
        }
    }
    Ok(found)
}

fn is_ours(tags: &[(String, String)]) -> bool {
    let (key, value) = crate::trial::names::MADE_BY;
    tags.iter().any(|tag| tag.0 == key && tag.1 == value)
}

/// Takes away the role and the policies of an experiment, whatever of it is there; again and again where that fails.
///
/// `is_unsure`: something may still come to be.
pub(super) async fn take_away(iam: &Iam, noted: &Noted, is_unsure: bool) -> Result<(), AskError> {
    let mut pause = FIRST_PAUSE;
    let mut tries = 0;
    loop {
        match once(iam, noted).await {
            Ok(()) if is_unsure && tries == 0 => sleep(STILL_COMING).await,
            Ok(()) => return Ok(()),
            Err(error) if tries + 1 >= TRIES => return Err(error),
            Err(_) => {
                sleep(pause).await;
                pause *= 2;
            }
        }
        tries += 1;
    }
}

async fn once(iam: &Iam, noted: &Noted) -> Result<(), AskError> {
    let role = noted.name.as_str();
    // Of a role that is not there, IAM knows no path: whoever may do everything below ours may not ask for its policies.
    if iam.role(role).await?.is_some() {
        for arn in iam.attached(role).await? {
            iam.detach(role, &arn).await?;
        }
        for name in iam.role_policies(role).await? {
            iam.delete_role_policy(role, &name).await?;
        }
        iam.delete_role(role).await?;
    }
    for arn in &noted.policies {
        iam.delete_policy(arn).await?;
    }
    Ok(())
}
