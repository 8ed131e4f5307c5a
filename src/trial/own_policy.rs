//! What whoever tries a policy needs to be allowed.

use serde_json::{Value, json};

use crate::trial::names::PATH;
use crate::trial::session::Kind;

/// For what a policy is wanted.
#[derive(Debug, Clone)]
pub struct OwnPolicy<'a> {
    /// The partition (`aws`).
    pub partition: &'a str,
    /// The account; `None`: that of whoever has the policy.
    pub account: Option<&'a str>,
    /// How sessions come to be.
    pub kind: &'a Kind,
    /// The boundary that each role gets.
    pub boundary: Option<&'a str>,
    /// Whether policies grow.
    pub learns: bool,
}

/// The policy that trying needs, and no more.
pub fn own_policy(own: &OwnPolicy<'_>) -> String {
    let statements = match own.kind {
        Kind::Role => of_role(own),
        Kind::Existing(arn) => vec![allow(&["sts:AssumeRole"], std::slice::from_ref(arn))],
        Kind::Federated => {
            // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
            let user = format!("arn:{}:sts::{}:federated-user/*", own.partition, account(own));
            vec![allow(&["sts:GetFederationToken"], &[user])]
        }
    };
    let mut statements = statements;
    if own.learns {
        statements.push(allow(&["sts:DecodeAuthorizationMessage"], &["*".to_owned()]));
    }
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn of_role(own: &OwnPolicy<'_>) -> Vec<Value> {
    let arn = |kind: &str, name: &str| {
        format!("arn:{}:iam::{}:{kind}{name}", own.partition, account(own))
    };
    let role = [arn("role", &format!("{PATH}*"))];
    let policy = [arn("policy", &format!("{PATH}*"))];
    let mut made = allow(&["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"], &role);
    if let Some(boundary) = own.boundary {
        made["Condition"] = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    }
    let mut rest = vec![
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:ListRoleTags",
        "iam:TagRole",
        "sts:AssumeRole",
    ];
    rest.sort_unstable();
    vec![
        made,
        allow(&rest, &role),
        allow(
            &["iam:CreatePolicy", "iam:DeletePolicy", "iam:ListPolicyTags", "iam:TagPolicy"],
            &policy,
        ),
        // Who is a role asks for its own path, which is not known before; and a role that is not there has none.
        allow(&["iam:GetRole"], &[arn("role", "/*")]),
        allow(&["iam:ListPolicies", "iam:ListRoles"], &["*".to_owned()]),
    ]
}

fn account<'a>(own: &OwnPolicy<'a>) -> &'a str {
    own.account.unwrap_or("*")
}

fn allow(actions: &[&str], resources: &[String]) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::document::Document;

    #[test]
    fn each_kind_has_a_policy_of_its_own() {
        let own = |kind: &Kind, boundary| {
            own_policy(&OwnPolicy {
                partition: "aws",
                account: Some("111122223333"),
                kind,
                boundary,
                learns: true,
            })
        };
        let role = own(&Kind::Role, Some("arn:aws:iam::111122223333:policy/edge"));
        let document = Document::parse(role).unwrap();
        assert!(document.statements[0].conditions[0].key == "iam:PermissionsBoundary");
        for kind in [Kind::Existing("arn:aws:iam::111122223333:role/web".into()), Kind::Federated] {
            assert!(!own(&kind, None).contains("iam:Create"));
        }
    }
}
