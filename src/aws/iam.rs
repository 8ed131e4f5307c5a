//! IAM: the roles and policies that are made for an experiment, and taken away again
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>).

use crate::aws::error::AskError;
use crate::aws::retry::Retry;
use crate::aws::service::Service;
use crate::aws::xml::Element;

pub(super) const IAM_VERSION: &str = "2010-05-08";
/// Pages that are read of one list at most: 1,000 things each.
const MOST_PAGES: usize = 1_000;

/// IAM.
#[derive(Debug, Clone)]
pub struct Iam(pub(super) Service);

/// A role that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its path (`/leastwise/`).
    pub path: &'a str,
    /// Who may assume it: a document.
    pub trust: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// The ARN of its boundary.
    pub boundary: Option<&'a str>,
    /// How long its sessions may be, in seconds.
    pub longest_session: u32,
    /// Its tags.
    pub tags: &'a [(String, String)],
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
    /// Its tags; lists of roles do not have them.
    pub tags: Vec<(String, String)>,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its path.
    pub path: String,
}

impl Iam {
    /// Makes a role.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub async fn create_role(&self, new: NewRole<'_>) -> Result<Role, AskError> {
        let longest = new.longest_session.to_string();
        let mut parameters = vec![
            ("RoleName", new.name),
            ("Path", new.path),
            ("AssumeRolePolicyDocument", new.trust),
            ("Description", new.description),
            ("MaxSessionDuration", &longest),
        ];
        if let Some(boundary) = new.boundary {
            parameters.push(("PermissionsBoundary", boundary));
        }
        let tags = tags(new.tags);
        parameters.extend(tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let answer = self.ask("CreateRole", &parameters).await?;
        answer.find("Role").map(role).ok_or_else(|| nothing("CreateRole", "a role"))
    }

    /// A role with its tags; `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// When that cannot be found out.
    pub async fn role(&self, name: &str) -> Result<Option<Role>, AskError> {
        match self.ask("GetRole", &[("RoleName", name)]).await {
            Ok(answer) => Ok(answer.find("Role").map(role)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The roles under a path.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn roles(&self, path: &str) -> Result<Vec<Role>, AskError> {
        self.all("ListRoles", &[("PathPrefix", path)], "Roles", role).await
    }

    /// The tags of a role.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn role_tags(&self, name: &str) -> Result<Vec<(String, String)>, AskError> {
        self.all("ListRoleTags", &[("RoleName", name)], "Tags", tag).await
    }

    /// Tags a role; tags of the same keys are replaced.
    ///
    /// # Errors
    ///
    /// When it cannot be tagged.
    pub async fn tag_role(&self, name: &str, new: &[(String, String)]) -> Result<(), AskError> {
        let tags = tags(new);
        let mut parameters = vec![("RoleName", name)];
        parameters.extend(tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.ask("TagRole", &parameters).await.map(drop)
    }

    /// Where it is asked: `https://HOST`.
    pub fn address(&self) -> String {
        self.0.endpoint.origin()
    }

    /// Puts a policy into a role, in line.
    ///
    /// # Errors
    ///
    /// When it cannot be put there.
    pub async fn put_role_policy(
        &self,
        role: &str,
        name: &str,
        document: &str,
    ) -> Result<(), AskError> {
        let parameters = [("RoleName", role), ("PolicyName", name), ("PolicyDocument", document)];
        self.ask("PutRolePolicy", &parameters).await.map(drop)
    }

    /// The names of a role's policies in line.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn role_policies(&self, role: &str) -> Result<Vec<String>, AskError> {
        let text = |it: &Element| it.text.clone();
        self.all("ListRolePolicies", &[("RoleName", role)], "PolicyNames", text).await
    }

    /// Takes a policy in line away; there may be none.
    ///
    /// # Errors
    ///
    /// When it cannot be taken away.
    pub async fn delete_role_policy(&self, role: &str, name: &str) -> Result<(), AskError> {
        self.gone("DeleteRolePolicy", &[("RoleName", role), ("PolicyName", name)]).await
    }

    /// The managed policies that are attached to a role: their ARNs.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn attached(&self, role: &str) -> Result<Vec<String>, AskError> {
        let parameters = [("RoleName", role)];
        let arn = |it: &Element| it.text_of("PolicyArn").unwrap_or_default().to_owned();
        self.all("ListAttachedRolePolicies", &parameters, "AttachedPolicies", arn).await
    }

    /// Attaches a managed policy.
    ///
    /// # Errors
    ///
    /// When it cannot be attached.
    pub async fn attach(&self, role: &str, policy: &str) -> Result<(), AskError> {
        let parameters = [("RoleName", role), ("PolicyArn", policy)];
        self.ask("AttachRolePolicy", &parameters).await.map(drop)
    }

    /// Detaches a managed policy; it may not be attached.
    ///
    /// # Errors
    ///
    /// When it cannot be detached.
    pub async fn detach(&self, role: &str, policy: &str) -> Result<(), AskError> {
        self.gone("DetachRolePolicy", &[("RoleName", role), ("PolicyArn", policy)]).await
    }

    /// Takes a role away; there may be none.
    ///
    /// # Errors
    ///
    /// When it cannot be taken away.
    pub async fn delete_role(&self, name: &str) -> Result<(), AskError> {
        self.gone("DeleteRole", &[("RoleName", name)]).await
    }

    /// Makes a managed policy, and returns its ARN.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub async fn create_policy(
        &self,
        (path, name): (&str, &str),
        document: &str,
        described: &[(String, String)],
    ) -> Result<String, AskError> {
        let mut parameters =
            vec![("PolicyName", name), ("Path", path), ("PolicyDocument", document)];
        let tags = tags(described);
        parameters.extend(tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let answer = self.ask("CreatePolicy", &parameters).await?;
        let arn = answer.find("Policy").and_then(|it| it.text_of("Arn"));
        arn.map(str::to_owned).ok_or_else(|| nothing("CreatePolicy", "an ARN"))
    }

    /// The account's own managed policies under a path.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn policies(&self, path: &str) -> Result<Vec<ListedPolicy>, AskError> {
        let parameters = [("Scope", "Local"), ("PathPrefix", path)];
        let policy = |it: &Element| ListedPolicy {
            name: it.text_of("PolicyName").unwrap_or_default().to_owned(),
            arn: it.text_of("Arn").unwrap_or_default().to_owned(),
            path: it.text_of("Path").unwrap_or_default().to_owned(),
        };
        self.all("ListPolicies", &parameters, "Policies", policy).await
    }

    /// The tags of a managed policy.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub async fn policy_tags(&self, arn: &str) -> Result<Vec<(String, String)>, AskError> {
        self.all("ListPolicyTags", &[("PolicyArn", arn)], "Tags", tag).await
    }

    /// Takes a managed policy away, of which there is one version; there may be none.
    ///
    /// # Errors
    ///
    /// When it cannot be taken away.
    pub async fn delete_policy(&self, arn: &str) -> Result<(), AskError> {
        self.gone("DeletePolicy", &[("PolicyArn", arn)]).await
    }

    /// Asks for something whose answer does not matter.
    ///
    /// # Errors
    ///
    /// When it is refused. It is asked once: who asks wants to know how it is now.
    pub async fn may(&self, operation: &'static str, role: &str) -> Result<(), AskError> {
        let parameters = [("RoleName", role)];
        self.0.query(operation, IAM_VERSION, &parameters, Retry::new()).await.map(drop)
    }

    /// Takes something away that may be gone already.
    async fn gone(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<(), AskError> {
        match self.ask(operation, parameters).await {
            Err(error) if !is_gone(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn all<T>(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
        list: &str,
        read: impl Fn(&Element) -> T,
    ) -> Result<Vec<T>, AskError> {
        let mut found = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut parameters = parameters.to_vec();
            if let Some(marker) = &marker {
                parameters.push(("Marker", marker));
            }
            let answer = self.ask(operation, &parameters).await?;
            let result = answer.children.first().unwrap_or(&answer);
            found.extend(result.members(list).iter().map(&read));
            let next = result.text_of("Marker").filter(|it| !it.is_empty()).map(str::to_owned);
            let is_over = result.text_of("IsTruncated") != Some("true");
            // A page that asks for itself would never end.
            if is_over || next.is_none() || next == marker {
                return Ok(found);
            }
            marker = next;
        }
        Err(nothing(operation, "an end of the list"))
    }

    async fn ask(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, AskError> {
        self.0.query(operation, IAM_VERSION, parameters, Retry::long()).await
    }
}

/// Whether there is no such thing.
fn is_gone(error: &AskError) -> bool {
    error.has_code(&["NoSuchEntity", "NoSuchEntityException"])
}

fn nothing(operation: &str, what: &str) -> AskError {
    AskError::Unreadable {
        operation: format!("iam:{operation}"),
        why: format!("it does not have {what}"),
    }
}

fn role(it: &Element) -> Role {
    let text = |name: &str| it.text_of(name).unwrap_or_default().to_owned();
    Role {
        name: text("RoleName"),
        arn: text("Arn"),
        path: text("Path"),
        tags: it.members("Tags").iter().map(tag).collect(),
    }
}

fn tag(it: &Element) -> (String, String) {
    let text = |name: &str| it.text_of(name).unwrap_or_default().to_owned();
    (text("Key"), text("Value"))
}

fn tags(tags: &[(String, String)]) -> Vec<(String, String)> {
    let each = tags.iter().zip(1_u32..).flat_map(|((key, value), number)| {
        let named = |part: &str| format!("Tags.member.{number}.{part}");
        [(named("Key"), key.clone()), (named("Value"), value.clone())]
    });
    each.collect()
}
