//! Users, groups and roles, as `GetAccountAuthorizationDetails` and `ListAccessKeys` tell them.

use std::collections::{BTreeSet, HashMap};

use percent_encoding::percent_decode_str;

use crate::aws::{Client, Element};
use crate::enforce::iam::{Identities, Identity, Key};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::Policy;
use crate::live::iam::asking::{Asking, PAGES, ReadError, taken, target};

const IAM: &str = "2010-05-08";
const DETAILS: &str = "iam:GetAccountAuthorizationDetails";
const STS: &str = "2011-06-15";
/// What is asked for. AWS's own policies, of which there are more than a thousand, are asked for one by one where they are attached.
const FILTER: [(&str, &str); 4] = [
    ("Filter.member.1", "User"),
    ("Filter.member.2", "Role"),
    ("Filter.member.3", "Group"),
    ("Filter.member.4", "LocalManagedPolicy"),
];

/// The account that is asked.
pub(super) async fn account(client: &Client) -> Result<String, ReadError> {
    let answer = client.query(target("sts", None, "GetCallerIdentity"), STS, &[]).await?;
    let account = answer.find("Account").map(|it| it.text.trim().to_owned());
    let account = account.filter(|it| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit()));
    account.ok_or(ReadError::Lacks("sts:GetCallerIdentity", "Account"))
}

/// Reads users and roles, with the policies of these ARNs beside those that are attached.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
pub(super) async fn read(
    asking: &mut Asking,
    wanted: &BTreeSet<String>,
) -> Result<Identities, ReadError> {
    let (mut users, mut groups, mut roles, mut local) = Default::default();
    let lists: [(&str, &mut Vec<Element>); 4] = [
        ("UserDetailList", &mut users),
        ("GroupDetailList", &mut groups),
        ("RoleDetailList", &mut roles),
        ("Policies", &mut local),
    ];
    pages(&asking.client, "GetAccountAuthorizationDetails", &FILTER, lists).await?;
    let mut managed = HashMap::new();
    for each in &local {
        if let Some((arn, policy)) = local_policy(asking, each) {
            managed.insert(arn, policy);
        }
    }
    let mut named = wanted.clone();
    for each in users.iter().chain(&groups).chain(&roles) {
        named.extend(attached(each).map(str::to_owned));
        named.extend(boundary(each).map(str::to_owned));
    }
    for arn in named {
        if !managed.contains_key(&arn)
            && let Some(policy) = asked_for(asking, &arn).await?
        {
            managed.insert(arn, policy);
        }
    }
    let groups: HashMap<&str, Vec<Policy>> = groups
        .iter()
        .filter_map(|group| {
            let name = group.text_of("GroupName")?;
            let said = format!("group {name}");
            Some((name, policies(asking, group, "GroupPolicyList", &said, &managed)))
        })
        .collect();
    let mut read = Identities::default();
    for user in &users {
        let name = user.text_of("UserName").ok_or(ReadError::Lacks(DETAILS, "UserName"))?;
        let said = format!("user {name}");
        let mut identity = identity(asking, user, "UserPolicyList", &said, &managed)?;
        for group in user.members("GroupList") {
            match groups.get(group.text.trim()) {
                Some(policies) => identity.policies.extend(policies.iter().cloned()),
                None => return Err(ReadError::Lacks(DETAILS, "a group of a user's")),
            }
        }
        read.keys.extend(keys(&asking.client, name, &identity.arn).await?);
        read.users.push(identity);
    }
    for role in &roles {
        let name = role.text_of("RoleName").ok_or(ReadError::Lacks(DETAILS, "RoleName"))?;
        let said = format!("role {name}");
        let mut identity = identity(asking, role, "RolePolicyList", &said, &managed)?;
        let text = decoded(role.text_of("AssumeRolePolicyDocument").unwrap_or_default());
        let said = format!("trust policy of role {name}");
        identity.trust = Some(taken(asking, &said, &text, Shape::Resource));
        read.roles.push(identity);
    }
    read.managed = managed;
    Ok(read)
}

/// Takes in the lists of all pages of an answer of IAM's.
async fn pages<const N: usize>(
    client: &Client,
    operation: &'static str,
    parameters: &[(&str, &str)],
    mut lists: [(&str, &mut Vec<Element>); N],
) -> Result<(), ReadError> {
    let mut marker = None;
    for _ in 0..PAGES {
        let mut asked = parameters.to_vec();
        asked.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let mut answer = client.query(target("iam", None, operation), IAM, &asked).await?;
        let named = format!("{operation}Result");
        let position = answer.children.iter().position(|it| it.name == named);
        let Some(position) = position else { return Err(ReadError::Lacks(operation, "a result")) };
        let result = answer.children.swap_remove(position);
        let is_cut = result.text_of("IsTruncated").is_some_and(|it| it.trim() == "true");
        marker = result.text_of("Marker").map(str::to_owned);
        for child in result.children {
            if let Some((_, list)) = lists.iter_mut().find(|(name, _)| *name == child.name) {
                list.extend(child.children);
            }
        }
        if !is_cut {
            return Ok(());
        }
        if marker.is_none() {
            return Err(ReadError::Lacks(operation, "Marker"));
        }
    }
    Err(ReadError::Endless(operation))
}

/// The access keys of a user.
async fn keys(client: &Client, user: &str, arn: &str) -> Result<Vec<Key>, ReadError> {
    let mut found = Vec::new();
    let lists = [("AccessKeyMetadata", &mut found)];
    pages(client, "ListAccessKeys", &[("UserName", user)], lists).await?;
    let key = |key: &Element| {
        let id = key.text_of("AccessKeyId");
        let id = id.ok_or(ReadError::Lacks("iam:ListAccessKeys", "AccessKeyId"))?;
        let is_active = key.text_of("Status").is_none_or(|status| status.trim() != "Inactive");
        Ok(Key { id: id.trim().to_owned(), user: arn.to_owned(), is_active })
    };
    found.iter().map(key).collect()
}

fn identity(
    asking: &mut Asking,
    element: &Element,
    inline: &str,
    said: &str,
    managed: &HashMap<String, Policy>,
) -> Result<Identity, ReadError> {
    let arn = element.text_of("Arn").map(|arn| arn.trim().to_owned());
    let arn = arn.ok_or(ReadError::Lacks(DETAILS, "Arn"))?;
    let id = ["UserId", "RoleId"].iter().find_map(|name| element.text_of(name));
    let tags = element.members("Tags").iter().filter_map(|tag| {
        Some((tag.text_of("Key")?.to_owned(), tag.text_of("Value").unwrap_or_default().to_owned()))
    });
    Ok(Identity {
        arn,
        id: id.unwrap_or_default().to_owned(),
        policies: policies(asking, element, inline, said, managed),
        boundary: boundary(element).map(|arn| one(asking, arn, managed)),
        tags: tags.collect(),
        trust: None,
    })
}

/// The policies of a user, group or role: those that are in it, and those that are attached to it.
fn policies(
    asking: &mut Asking,
    element: &Element,
    inline: &str,
    said: &str,
    managed: &HashMap<String, Policy>,
) -> Vec<Policy> {
    let mut policies = Vec::new();
    for each in element.members(inline) {
        let name = format!("{said}: {}", each.text_of("PolicyName").unwrap_or_default());
        let text = decoded(each.text_of("PolicyDocument").unwrap_or_default());
        policies.push(taken(asking, &name, &text, Shape::Identity));
    }
    policies.extend(attached(element).map(|arn| one(asking, arn, managed)));
    policies
}

fn attached(element: &Element) -> impl Iterator<Item = &str> {
    element.members("AttachedManagedPolicies").iter().filter_map(|it| it.text_of("PolicyArn"))
}

fn boundary(element: &Element) -> Option<&str> {
    element.child("PermissionsBoundary")?.text_of("PermissionsBoundaryArn")
}

/// The policy of this ARN. Without it, nothing is allowed, since nobody knows what it denies.
fn one(asking: &mut Asking, arn: &str, managed: &HashMap<String, Policy>) -> Policy {
    let found = managed.get(arn).cloned();
    found.unwrap_or_else(|| taken(asking, arn, "", Shape::Identity))
}

/// The version of a policy that is in force.
fn local_policy(asking: &mut Asking, element: &Element) -> Option<(String, Policy)> {
    let arn = element.text_of("Arn")?.trim().to_owned();
    let in_force = element.text_of("DefaultVersionId");
    let mut versions = element.members("PolicyVersionList").iter();
    let version = versions.find(|it| it.text_of("VersionId") == in_force)?;
    let text = decoded(version.text_of("Document").unwrap_or_default());
    let policy = taken(asking, &arn, &text, Shape::Identity);
    Some((arn, policy))
}

/// A managed policy that is not among the account's own; `None` where there is none.
async fn asked_for(asking: &mut Asking, arn: &str) -> Result<Option<Policy>, ReadError> {
    if let Some(policy) = asking.managed.get(arn) {
        return Ok(Some(policy.clone()));
    }
    let named = [("PolicyArn", arn)];
    let answer = asking.client.query(target("iam", None, "GetPolicy"), IAM, &named).await;
    let answer = match answer {
        Err(error) if error.has_code(&["NoSuchEntity", "InvalidInput", "ValidationError"]) => {
            return Ok(None);
        }
        answer => answer?,
    };
    let version = answer.find("DefaultVersionId").map(|it| it.text.trim().to_owned());
    let version = version.ok_or(ReadError::Lacks("iam:GetPolicy", "DefaultVersionId"))?;
    let named = [("PolicyArn", arn), ("VersionId", version.as_str())];
    let answer = asking.client.query(target("iam", None, "GetPolicyVersion"), IAM, &named).await?;
    let text = answer.find("Document").map(|it| decoded(&it.text));
    let text = text.ok_or(ReadError::Lacks("iam:GetPolicyVersion", "Document"))?;
    let policy = taken(asking, arn, &text, Shape::Identity);
    if arn.contains(":iam::aws:policy/") {
        asking.managed.insert(arn.to_owned(), policy.clone());
    }
    Ok(Some(policy))
}

/// IAM escapes documents as RFC 3986 says; moto does not escape all.
fn decoded(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('{') {
        return text.to_owned();
    }
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
