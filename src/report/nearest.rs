//! Which managed policies are nearest to what was recorded, said.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalog::AccessLevel;
use crate::evaluate::audit::Need;
use crate::managed;
use crate::nearest::{self, Candidate, Candidates, Excess, Lack, Near, Nearest};
use crate::text::{Foreign, counted};

/// How many services a line names; `--json` names all.
const MOST_SERVICES: usize = 6;
/// How many needs that are not allowed are named of a policy; `--json` names all.
const MOST_LACKING: usize = 8;
/// How many policies that cannot be read are named.
const MOST_UNREAD: usize = 5;

/// What was compared, and what is nearest.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// What calls needed.
    pub needs: &'a [Need],
    /// How many calls there were.
    pub calls: u64,
    /// What was compared.
    pub candidates: &'a Candidates,
    /// Whether these are the account's policies, and not those of this program.
    pub is_account: bool,
    /// What is nearest.
    pub nearest: &'a Nearest,
}

impl Comparison<'_> {
    fn candidate(&self, number: usize) -> Option<&Candidate> {
        self.candidates.all.get(number)
    }

    /// The exit code: 3 when no policy allows all that was needed, neither alone nor with another one.
    pub fn exit_code(&self) -> i32 {
        let is_allowed = self.nearest.allowing > 0 || !self.nearest.pairs.is_empty();
        if is_allowed || self.needs.is_empty() { 0 } else { 3 }
    }

    /// What is to be warned of: policies that were not compared.
    pub fn warnings(&self) -> Vec<String> {
        let unread = &self.candidates.unread;
        let mut warnings: Vec<String> = unread
            .iter()
            .take(MOST_UNREAD)
            .map(|(name, why)| {
                format!("the policy {name} cannot be read and is not compared: {why}")
            })
            .collect();
        if unread.len() > MOST_UNREAD {
            warnings.push(format!("{} more policies cannot be read", unread.len() - MOST_UNREAD));
        }
        warnings
    }

    /// What a policy that is cut down lacks from the beginning.
    pub fn lacking(&self, candidate: &Candidate) -> Vec<String> {
        let name = &candidate.name;
        let lacking = nearest::lacking(candidate, self.needs).into_iter();
        let lacking = lacking.filter_map(|lack| Some((self.needs.get(lack.need)?, lack)));
        let sentence = |(need, lack): (&Need, Lack)| {
            format!("{name} does not allow {} on {}{}", need.action, need.resource, because(&lack))
        };
        lacking.map(sentence).collect()
    }

    /// Where the policies are from.
    fn origin(&self) -> String {
        match managed::release() {
            _ if self.is_account => "as IAM has them now".to_owned(),
            Some(release) => {
                format!(
                    "AWS's, as {} {} has them, {}",
                    release.package, release.version, release.date
                )
            }
            None => "AWS's".to_owned(),
        }
    }

    /// The comparison, for people.
    pub fn text(&self) -> String {
        let Comparison { needs, calls, candidates, nearest, .. } = self;
        let origin = self.origin();
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} had {} of {}; compared with {} ({origin}).",
            counted(*calls, "call"),
            counted(needs.len(), "need"),
            counted(nearest.actions, "action"),
            policies(candidates.all.len()),
        );
        if needs.is_empty() {
            text.push_str("Nothing was needed, so that no policy is nearer than another.\n");
            return text;
        }
        match nearest.allowing {
            0 => text.push_str("No managed policy allows all of it."),
            1 => text.push_str("1 allows all of it."),
            count => {
                let _ = write!(text, "{count} allow all of it.");
            }
        }
        text.push('\n');
        if !nearest.policies.is_empty() {
            text.push_str(match nearest.allowing {
                0 => "\nThe nearest, which allow most:\n",
                _ => "\nThe nearest, which allow the fewest actions in excess:\n",
            });
        }
        for (number, near) in nearest.policies.iter().enumerate() {
            self.policy(&mut text, number + 1, near);
        }
        if !nearest.pairs.is_empty() {
            text.push_str(match nearest.allowing {
                0 => "\nTwo together allow all of it:\n",
                _ => "\nTwo together allow all of it with less in excess:\n",
            });
        }
        for (number, pair) in nearest.pairs.iter().enumerate() {
            let names = pair.candidates.iter().filter_map(|it| self.candidate(*it));
            let names: Vec<_> = names.map(|it| Foreign(&it.name).to_string()).collect();
            let _ = writeln!(text, "  {}. {}", number + 1, names.join(" and "));
            let _ = writeln!(text, "     {}", beside(&pair.excess));
        }
        text
    }

    fn policy(&self, text: &mut String, number: usize, near: &Near) {
        let Some(of) = self.candidate(near.candidate) else { return };
        let (name, arn, version) = (Foreign(&of.name), Foreign(&of.arn), Foreign(&of.version));
        let _ = writeln!(text, "  {number}. {name}  {arn} ({version})");
        if !near.lacking.is_empty() {
            let allowed = self.needs.len() - near.lacking.len();
            let _ =
                writeln!(text, "     allows {allowed} of {}", counted(self.needs.len(), "need"));
        }
        let _ = writeln!(text, "     {}", beside(&near.excess));
        match near.on_everything {
            0 => {}
            count => {
                let _ = writeln!(
                    text,
                    "     wider: {} on * that the calls needed on certain resources",
                    counted(count, "action")
                );
            }
        }
        for lack in near.lacking.iter().take(MOST_LACKING) {
            if let Some(need) = self.needs.get(lack.need) {
                let (action, resource) = (Foreign(&need.action), Foreign(&need.resource));
                let _ = writeln!(text, "     lacks {action} on {resource}{}", because(lack));
            }
        }
        if near.lacking.len() > MOST_LACKING {
            let _ = writeln!(text, "     lacks {} more", near.lacking.len() - MOST_LACKING);
        }
    }

    /// The comparison, as JSON.
    pub fn json(&self) -> String {
        let named = |number: usize| {
            self.candidate(number)
                .map(|it| json!({"name": it.name, "arn": it.arn, "version": it.version}))
        };
        let policies = self.nearest.policies.iter().map(|near| {
            let mut value = named(near.candidate).unwrap_or_default();
            value["allowed"] = json!(self.needs.len() - near.lacking.len());
            value["lacking"] = near.lacking.iter().filter_map(|it| self.lack(it)).collect();
            value["excess"] = excess(&near.excess);
            value["actions_on_everything"] = json!(near.on_everything);
            value
        });
        let pairs = self.nearest.pairs.iter().map(|pair| {
            let policies = pair.candidates.iter().filter_map(|it| named(*it));
            json!({"policies": policies.collect::<Vec<_>>(), "excess": excess(&pair.excess)})
        });
        let needed: BTreeSet<&str> = self.needs.iter().map(|it| it.action.as_str()).collect();
        let unread = self.candidates.unread.iter();
        let value = json!({
            "calls": self.calls,
            "needs": self.needs.len(),
            "actions": needed,
            "origin": self.origin(),
            "compared": self.candidates.all.len(),
            "not_attachable": self.candidates.not_attachable.len(),
            "unread": unread.map(|(name, why)| json!({"name": name, "why": why})).collect::<Vec<_>>(),
            "allowing": self.nearest.allowing,
            "policies": policies.collect::<Vec<_>>(),
            "pairs": pairs.collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    fn lack(&self, lack: &Lack) -> Option<Value> {
        let need = self.needs.get(lack.need)?;
        let depends: Vec<String> = lack.depends.iter().map(ToString::to_string).collect();
        Some(json!({
            "action": need.action,
            "resource": need.resource,
            "denied": lack.is_denied,
            "depends_on": depends,
        }))
    }
}

fn policies(count: usize) -> String {
    if count == 1 { "1 managed policy".to_owned() } else { format!("{count} managed policies") }
}

fn because(lack: &Lack) -> String {
    if lack.is_denied {
        return ": it denies it".to_owned();
    }
    if lack.depends.is_empty() {
        return String::new();
    }
    let reasons: Vec<String> = lack.depends.iter().map(ToString::to_string).collect();
    format!(": that depends on {}", Foreign(&reasons.join(" and ")))
}

/// What is allowed beside what is needed: a line, and another one for the services that it is of.
fn beside(excess: &Excess) -> String {
    if excess.actions.is_empty() {
        return "no action in excess".to_owned();
    }
    let mut services: Vec<(&String, &BTreeMap<AccessLevel, usize>)> =
        excess.services.iter().collect();
    services.sort_by_key(|(_, kinds)| Reverse(kinds.values().sum::<usize>()));
    let named = services.iter().take(MOST_SERVICES).map(|(service, kinds)| {
        let of = |kind| kinds.get(&kind).copied().unwrap_or_default();
        let (managing, writing) = (of(AccessLevel::PermissionsManagement), of(AccessLevel::Write));
        let count: usize = kinds.values().sum();
        let kinds = match (managing, writing) {
            (0, 0) => String::new(),
            (0, _) => format!(" ({writing} write)"),
            (_, 0) => format!(" ({managing} manage permissions)"),
            _ => format!(" ({managing} manage permissions, {writing} write)"),
        };
        format!("{service} {count}{kinds}")
    });
    let named: Vec<String> = named.collect();
    let mut line = format!("{} in excess", counted(excess.actions.len(), "action"));
    let (managing, writing) =
        (excess.count(AccessLevel::PermissionsManagement), excess.count(AccessLevel::Write));
    let _ = write!(line, ", {managing} of them manage permissions and {writing} write");
    let _ = write!(line, ":\n       {}", Foreign(&named.join(", ")));
    if services.len() > MOST_SERVICES {
        let _ = write!(line, " and {}", counted(services.len() - MOST_SERVICES, "other service"));
    }
    line
}

fn excess(excess: &Excess) -> Value {
    let kinds = [
        ("permissions_management", AccessLevel::PermissionsManagement),
        ("write", AccessLevel::Write),
        ("tagging", AccessLevel::Tagging),
        ("read", AccessLevel::Read),
        ("list", AccessLevel::List),
    ];
    let services: BTreeMap<&str, BTreeMap<&str, usize>> = excess
        .services
        .iter()
        .map(|(service, counts)| {
            let counts = kinds.iter().filter_map(|(name, kind)| Some((*name, *counts.get(kind)?)));
            (service.as_str(), counts.collect())
        })
        .collect();
    json!({
        "count": excess.actions.len(),
        "permissions_management": excess.count(AccessLevel::PermissionsManagement),
        "write": excess.count(AccessLevel::Write),
        "services": services,
        "actions": excess.actions,
    })
}
