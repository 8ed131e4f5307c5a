//! What is put into the role: the policy in line where it fits, else in managed ones; and beside it the statement by which it is seen
//! whether it is in force.

use serde_json::{Map, Value, json};

use crate::trial::error::TrialError;
use crate::trial::names::PATH;
use crate::trial::policy::Tried;

/// What a policy may be (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>): all in line of a role, a managed one;
/// and how many of those a role may have without asking for more.
const INLINE: usize = 10_240;
const MANAGED: usize = 6_144;
const MOST_MANAGED: usize = 10;
/// What a session's policy may be
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
const SESSION: usize = 2_048;
/// The statements that we add are called so, and are in no result.
pub(super) const PROBE: &str = "LeastwiseProbe";
const GUARD: &str = "LeastwiseGuard";
/// Operations that read the role itself, of which each round's document allows another: it is in force when that succeeds.
pub(super) const PROBES: [&str; 4] =
    ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListRoleTags"];

/// The documents of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Documents {
    pub(super) inline: String,
    pub(super) managed: Vec<String>,
}

/// What the role is, as far as its documents name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) partition: &'a str,
    pub(super) account: &'a str,
    pub(super) role_arn: &'a str,
}

/// The operation by which a round is seen to be in force.
pub(super) fn probe(round: usize) -> &'static str {
    PROBES[round % PROBES.len()]
}

/// The documents of a round. `guarded`: what we make cannot be touched.
pub(super) fn of_role(
    tried: &Tried,
    named: Named<'_>,
    round: usize,
    guarded: bool,
) -> Result<Documents, TrialError> {
    let mut own = vec![json!({
        "Sid": PROBE,
        "Effect": "Allow",
        "Action": format!("iam:{}", probe(round)),
        "Resource": named.role_arn,
    })];
    own.extend(guarded.then(|| guard(named)));
    let parts: Vec<_> = tried.parts().collect();
    // Statements of another version would mean something else with ours.
    let versions: Vec<_> = parts.iter().map(|(version, _)| *version).collect();
    if versions.iter().all(|version| *version == versions[0]) {
        let version = versions.first().copied().flatten();
        let all = parts.iter().flat_map(|(_, statements)| statements.iter()).chain(&own);
        let inline = document(if parts.is_empty() { Some("2012-10-17") } else { version }, all);
        if size(&inline) <= INLINE {
            return Ok(Documents { inline, managed: Vec::new() });
        }
    }
    let mut managed = Vec::new();
    for (version, statements) in parts {
        managed.extend(split(version, statements)?);
    }
    if managed.len() > MOST_MANAGED {
        return Err(TrialError::TooLarge(format!(
            "the policy takes {} managed policies of {MANAGED} characters, and a role has at most {MOST_MANAGED}; shorten it (leastwise prune, or leastwise policy --minimize)",
            managed.len()
        )));
    }
    Ok(Documents { inline: document(Some("2012-10-17"), own.iter()), managed })
}

/// The policy of a session. An empty one denies all: without one, a session would have all that the role has.
pub(super) fn of_session(tried: &Tried) -> Result<String, TrialError> {
    let parts: Vec<_> = tried.parts().collect();
    let text = match parts.as_slice() {
        [] => {
            let nothing = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
            document(Some("2012-10-17"), [nothing].iter())
        }
        [(version, statements)] => document(*version, statements.iter()),
        _ => {
            return Err(TrialError::TooLarge(
                "a session has one policy, and these are of different versions; give them the same \"Version\"".to_owned(),
            ));
        }
    };
    if text.chars().count() > SESSION {
        return Err(TrialError::TooLarge(format!(
            "the policy of a session has at most {SESSION} characters, and this one has {}; shorten it (leastwise policy --minimize), or make a role (without --session and --federate)",
            text.chars().count()
        )));
    }
    Ok(text)
}

/// The boundary of a role that learns: whatever it is given, it does not reach what we make.
pub(super) fn boundary(named: Named<'_>) -> String {
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    document(Some("2012-10-17"), [all, guard(named)].iter())
}

fn guard(Named { partition, account, .. }: Named<'_>) -> Value {
    let ours = |kind: &str| format!("arn:{partition}:iam::{account}:{kind}{PATH}*");
    json!({
        "Sid": GUARD,
        "Effect": "Deny",
        "NotAction": PROBES.map(|operation| format!("iam:{operation}")),
        "Resource": [ours("role"), ours("policy")],
    })
}

fn document<'a>(version: Option<&str>, statements: impl Iterator<Item = &'a Value>) -> String {
    let mut document = Map::new();
    if let Some(version) = version {
        document.insert("Version".to_owned(), json!(version));
    }
    document.insert("Statement".to_owned(), statements.cloned().collect());
    Value::Object(document).to_string()
}

/// The characters that IAM counts: all but white space.
fn size(text: &str) -> usize {
    text.chars().filter(|it| !it.is_whitespace()).count()
}

/// Documents that have all these statements, each of which fits.
fn split(version: Option<&str>, statements: &[Value]) -> Result<Vec<String>, TrialError> {
    let mut documents = Vec::new();
    let mut current: Vec<Value> = Vec::new();
    let mut waiting: Vec<Value> = statements.iter().rev().cloned().collect();
    while let Some(statement) = waiting.pop() {
        current.push(statement);
        if size(&document(version, current.iter())) <= MANAGED {
            continue;
        }
        let Some(statement) = current.pop() else { break };
        if current.is_empty() {
            let (one, other) = halves(&statement).ok_or_else(|| {
                TrialError::TooLarge(format!(
                    "a statement of the policy has more than the {MANAGED} characters of a managed policy, and cannot be divided; shorten it"
                ))
            })?;
            waiting.extend([other, one]);
        } else {
            documents.push(document(version, current.iter()));
            current = vec![];
            waiting.push(statement);
        }
    }
    if !current.is_empty() {
        documents.push(document(version, current.iter()));
    }
    Ok(documents)
}

/// Two statements that say the same as one: each has half of its actions, or of its resources.
fn halves(statement: &Value) -> Option<(Value, Value)> {
    let longest = ["Action", "Resource"].into_iter().filter_map(|name| {
        let list = statement.get(name)?.as_array().filter(|list| list.len() > 1)?;
        Some((name, list))
    });
    let (name, list) = longest.max_by_key(|(_, list)| list.len())?;
    let (one, other) = list.split_at(list.len() / 2);
    let with = |part: &[Value]| {
        let mut statement = statement.clone();
        statement[name] = Value::Array(part.to_vec());
        // Two statements of one name are none that IAM takes.
        if let Some(object) = statement.as_object_mut() {
            object.remove("Sid");
        }
        statement
    };
    Some((with(one), with(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::document::Document;

    const NAMED: Named<'_> = Named {
        partition: "aws",
        account: "111122223333",
        role_arn: "arn:aws:iam::111122223333:role/leastwise/r",
    };

    fn tried(text: &str) -> Tried {
        let mut tried = Tried::default();
        tried.add(&Document::parse(text).unwrap());
        tried
    }

    #[test]
    fn no_policy_denies_all() {
        let documents = of_role(&Tried::default(), NAMED, 0, false).unwrap();
        let inline: Value = serde_json::from_str(&documents.inline).unwrap();
        assert_eq!(inline["Statement"].as_array().unwrap().len(), 1);
        assert_eq!(inline["Statement"][0]["Action"], "iam:GetRole");
        assert!(of_session(&Tried::default()).unwrap().contains(r#""Effect":"Deny""#));
    }

    #[test]
    fn a_policy_keeps_its_version() {
        let old = tried(
            r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${a}"}}"#,
        );
        let documents = of_role(&old, NAMED, 1, false).unwrap();
        assert!(!documents.inline.contains("Version"), "{}", documents.inline);
        assert!(documents.inline.contains("iam:ListRolePolicies"));
        let mut both = old;
        both.add_statement(json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }));
        assert_eq!(of_role(&both, NAMED, 0, false).unwrap().managed.len(), 2);
        assert!(of_session(&both).is_err());
    }

    #[test]
    fn a_large_policy_is_divided_and_says_the_same() {
        let resources: Vec<_> =
            (0..400).map(|it| format!("\"arn:aws:s3:::bucket-{it:04}/*\"")).collect();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":[{}]}}]}}"#,
            resources.join(",")
        );
        let documents = of_role(&tried(&text), NAMED, 0, true).unwrap();
        assert!(documents.managed.len() > 1);
        assert!(documents.managed.iter().all(|it| size(it) <= MANAGED));
        assert!(size(&documents.inline) <= INLINE);
        let all: String = documents.managed.concat();
        assert!(resources.iter().all(|it| all.matches(it.as_str()).count() == 1));
        assert!(of_session(&tried(&text)).is_err());
        let endless = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:s3:::{}"}}]}}"#,
            "b".repeat(20_000)
        );
        assert!(of_role(&tried(&endless), NAMED, 0, true).is_err());
    }

    #[test]
    fn what_learns_never_reaches_what_we_make() {
        let boundary = boundary(NAMED);
        assert!(boundary.contains("arn:aws:iam::111122223333:role/leastwise/*"));
        assert!(boundary.contains("arn:aws:iam::111122223333:policy/leastwise/*"));
        let documents = of_role(&Tried::default(), NAMED, 0, true).unwrap();
        assert!(documents.inline.contains(r#""Effect":"Deny""#));
    }
}
