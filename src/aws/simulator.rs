//! IAM's policy simulator, asked whether policies allow actions
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>).

use crate::aws::error::{AskError, cut};
use crate::aws::iam::{IAM_VERSION, Iam};
use crate::aws::retry::Retry;
use crate::aws::xml::Element;

/// So many results a page may have at most.
const PAGE: &str = "1000";
/// No simulation has more pages.
const MOST_PAGES: usize = 64;
/// Statements, and missing keys, that are kept of a result.
const MOST_LISTED: usize = 32;
/// So much of a name is kept, in characters: no resource that is asked about has a longer one.
const LONGEST: usize = 2_048;

/// What is simulated: each action on each resource.
#[derive(Debug, Clone, Default)]
pub struct Simulation<'a> {
    /// Whose policies; `None`: those of `policies` alone.
    pub principal: Option<&'a str>,
    /// Policies of the identity, beside those of the principal.
    pub policies: &'a [String],
    /// The policy of the resources.
    pub resource_policy: Option<&'a str>,
    /// Whose the resources are whose ARN does not say it: the ARN of the account.
    pub resource_owner: Option<&'a str>,
    /// The user who asks; `None`: the principal.
    pub caller: Option<&'a str>,
    /// The actions.
    pub actions: Vec<&'a str>,
    /// The resources.
    pub resources: Vec<&'a str>,
    /// The condition keys of the requests.
    pub context: &'a [ContextEntry],
}

/// A condition key of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextEntry {
    /// Its name.
    pub key: String,
    /// Its type, in AWS's word (`string`, `ipList`).
    pub kind: String,
    /// Its values.
    pub values: Vec<String>,
}

/// AWS's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // AWS's words say it.
pub enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

impl Decision {
    /// AWS's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Allowed => "allowed",
            Decision::ImplicitDeny => "implicitDeny",
            Decision::ExplicitDeny => "explicitDeny",
        }
    }

    fn of(word: &str) -> Option<Decision> {
        let all = [Decision::Allowed, Decision::ImplicitDeny, Decision::ExplicitDeny];
        all.into_iter().find(|it| it.word() == word)
    }
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedStatement {
    /// The policy that it is of, in AWS's words (`PolicyInputList.1`, a name).
    pub policy: String,
    /// The line on which it begins, from 1, where that is told.
    pub line: Option<usize>,
}

/// What came of an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The action.
    pub action: String,
    /// The resource; `None` where the result is told of all resources at once.
    pub resource: Option<String>,
    /// The verdict.
    pub decision: Decision,
    /// The statements that led to it.
    pub matched: Vec<MatchedStatement>,
    /// Keys that the policies ask for and nobody gave.
    pub missing: Vec<String>,
    /// Whether the organization's policies allow it, where there are any.
    pub organizations: Option<bool>,
    /// Whether the permissions boundary allows it, where there is one.
    pub boundary: Option<bool>,
}

impl Iam {
    /// Simulates. Where IAM is asked too much, that is waited out.
    ///
    /// # Errors
    ///
    /// When there is no answer, an error, or one that is none of the simulator's.
    pub async fn simulate(&self, what: &Simulation<'_>) -> Result<Vec<Simulated>, AskError> {
        let operation = match what.principal {
            Some(_) => "SimulatePrincipalPolicy",
            None => "SimulateCustomPolicy",
        };
        let unreadable = |why: String| AskError::Unreadable {
            operation: format!("{}:{operation}", self.0.name),
            why,
        };
        let mut parameters = parameters(what);
        let asked = parameters.len();
        let (mut simulated, mut last) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let form: Vec<_> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
            let root = self.0.query(operation, IAM_VERSION, &form, Retry::long()).await?;
            let result = root.child(&format!("{operation}Result"));
            let result = result.ok_or_else(|| unreadable(format!("it is {}", cut(&root.name))))?;
            for member in result.members("EvaluationResults") {
                results(member, &mut simulated).map_err(unreadable)?;
                // Nobody is told more than was asked, but for one result of each action and all of its resources.
                if simulated.len() > what.actions.len() * (what.resources.len() + 1) {
                    return Err(unreadable("it has more results than were asked for".to_owned()));
                }
            }
            if result.text_of("IsTruncated") != Some("true") {
                return Ok(simulated);
            }
            let marker = result.text_of("Marker").unwrap_or_default();
            if marker.is_empty() || marker == last {
                return Err(unreadable("it goes on, and does not say where".to_owned()));
            }
            marker.clone_into(&mut last);
            parameters.truncate(asked);
            parameters.push(("Marker".to_owned(), last.clone()));
        }
        Err(unreadable(format!("it has more than {MOST_PAGES} pages")))
    }
}

/// The form of a simulation, but for its marker.
fn parameters(what: &Simulation<'_>) -> Vec<(String, String)> {
    let mut all = vec![("MaxItems".to_owned(), PAGE.to_owned())];
    for (name, value) in [
        ("PolicySourceArn", what.principal),
        ("ResourcePolicy", what.resource_policy),
        ("ResourceOwner", what.resource_owner),
        ("CallerArn", what.caller),
    ] {
        all.extend(value.map(|it| (name.to_owned(), it.to_owned())));
    }
    all.extend(list("PolicyInputList", what.policies.iter().map(String::as_str)));
    all.extend(list("ActionNames", what.actions.iter().copied()));
    all.extend(list("ResourceArns", what.resources.iter().copied()));
    for (index, entry) in what.context.iter().enumerate() {
        let name = format!("ContextEntries.member.{}", index + 1);
        all.push((format!("{name}.ContextKeyName"), entry.key.clone()));
        all.push((format!("{name}.ContextKeyType"), entry.kind.clone()));
        let values = entry.values.iter().map(String::as_str);
        all.extend(list(&format!("{name}.ContextKeyValues"), values));
    }
    all
}

fn list<'v>(
    name: &str,
    values: impl Iterator<Item = &'v str>,
) -> impl Iterator<Item = (String, String)> {
    values
        .enumerate()
        .map(move |(index, value)| (format!("{name}.member.{}", index + 1), value.to_owned()))
}

/// The results of an action: one for each resource, or one of all.
fn results(member: &Element, simulated: &mut Vec<Simulated>) -> Result<(), String> {
    let action = member.text_of("EvalActionName").ok_or("a result names no action")?;
    let specific = member.members("ResourceSpecificResults");
    if specific.is_empty() {
        // What stands there is a resource, or the form that resources of the action have.
        let named = member.text_of("EvalResourceName");
        let resource = named.filter(|it| *it != "*" && !it.contains("${"));
        simulated.push(result(member, action, resource, "EvalDecision")?);
    }
    for it in specific {
        let resource = it.text_of("EvalResourceName").ok_or("a result names no resource")?;
        let mut result = result(it, action, Some(resource), "EvalResourceDecision")?;
        // Some answers tell it of the action alone.
        let whole = self::result(member, action, None, "EvalDecision")?;
        result.organizations = result.organizations.or(whole.organizations);
        result.boundary = result.boundary.or(whole.boundary);
        simulated.push(result);
    }
    Ok(())
}

fn result(
    of: &Element,
    action: &str,
    resource: Option<&str>,
    decision: &str,
) -> Result<Simulated, String> {
    let word = of.text_of(decision).unwrap_or_default();
    let decided = Decision::of(word);
    let detail = |of: &Element, name: &str, element: &str| {
        let text = of.child(name)?.text_of(element)?;
        text.parse::<bool>().ok()
    };
    let matched = of.members("MatchedStatements").iter().take(MOST_LISTED).map(|it| {
        let line = it.child("StartPosition").and_then(|at| at.text_of("Line")?.parse().ok());
        MatchedStatement { policy: cut(it.text_of("SourcePolicyId").unwrap_or_default()), line }
    });
    let missing = of.members("MissingContextValues").iter().take(MOST_LISTED);
    Ok(Simulated {
        action: beginning(action),
        resource: resource.map(beginning),
        decision: decided.ok_or_else(|| format!("{:?} is no verdict of AWS's", cut(word)))?,
        matched: matched.collect(),
        missing: missing.map(|it| cut(&it.text)).collect(),
        organizations: detail(of, "OrganizationsDecisionDetail", "AllowedByOrganizations"),
        boundary: detail(of, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
    })
}

/// As much of a stranger's name as is kept.
fn beginning(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_of_each_resource_or_of_all() {
        let text = "<member><EvalActionName>s3:GetObject</EvalActionName><EvalDecision>allowed</EvalDecision>\
            <EvalResourceName>arn:${Partition}:s3:::${BucketName}/${KeyName}</EvalResourceName>\
            <OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>\
            <ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::b/k</EvalResourceName>\
            <EvalResourceDecision>explicitDeny</EvalResourceDecision><MatchedStatements><member>\
            <SourcePolicyId>PolicyInputList.1</SourcePolicyId><StartPosition><Line>3</Line><Column>17</Column></StartPosition>\
            </member></MatchedStatements><MissingContextValues><member>aws:SourceIp</member></MissingContextValues>\
            </member></ResourceSpecificResults></member>";
        let mut simulated = Vec::new();
        results(&Element::read(text.as_bytes()).unwrap(), &mut simulated).unwrap();
        let [it] = &simulated[..] else { panic!("{simulated:?}") };
        assert_eq!(it.resource.as_deref(), Some("arn:aws:s3:::b/k"));
        assert_eq!((it.decision, it.organizations), (Decision::ExplicitDeny, Some(false)));
        assert_eq!(it.matched[0].line, Some(3));
        assert_eq!(it.missing, ["aws:SourceIp"]);
        let text = text.replace("explicitDeny", "perhaps");
        let element = Element::read(text.as_bytes()).unwrap();
        assert!(results(&element, &mut simulated).unwrap_err().contains("perhaps"));
    }
}
