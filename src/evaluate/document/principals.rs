//! The `Principal` and `NotPrincipal` of policies that have them
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).

use crate::evaluate::document::source::{Kind, Member, Node};

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Who is named; never empty.
    pub named: Vec<Named>,
}

/// Whom a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// `*`: everybody.
    Everybody,
    /// An account, by its id or by the ARN of its root: all of it.
    Account(String),
    /// A user, a role, a role's session or a federated user, by its ARN.
    Arn(String),
    /// A user or a role by the unique id that IAM shows of one that was deleted (`AIDA…`, `AROA…`).
    Id(String),
    /// A service (`lambda.amazonaws.com`).
    Service(String),
    /// An identity provider: a name, or the ARN of a SAML or OIDC provider.
    Federated(String),
    /// An account, by the id that Amazon S3 has for it.
    CanonicalUser(String),
}

impl Named {
    /// As the policy has it.
    pub fn text(&self) -> &str {
        match self {
            Named::Everybody => "*",
            Named::Account(text)
            | Named::Arn(text)
            | Named::Id(text)
            | Named::Service(text)
            | Named::Federated(text)
            | Named::CanonicalUser(text) => text,
        }
    }
}

/// Reads the element. The error is the place of what is wrong, in bytes of the text, and a sentence.
pub(crate) fn read(member: &Member<'_>, negated: bool) -> Result<Principals, (usize, String)> {
    let name = &member.name;
    let start = member.value.span().start;
    let mut named = Vec::new();
    match member.value.kind() {
        Kind::Text(text) if text == "*" => named.push(Named::Everybody),
        Kind::Object(kinds) => {
            for kind in &kinds {
                let of_kind = reader(&kind.name).ok_or_else(|| {
                    let problem = format!(
                        "{name} has no kind {:?}; it has AWS, Service, Federated and CanonicalUser",
                        kind.name
                    );
                    (kind.key.start, problem)
                })?;
                for node in nodes(kind) {
                    let at = node.span().start;
                    let Kind::Text(text) = node.kind() else {
                        let problem =
                            format!("{} must be a string or a list of strings", kind.name);
                        return Err((at, problem));
                    };
                    named.push(of_kind(&text).map_err(|problem| (at, problem))?);
                }
            }
        }
        _ => {
            let problem = format!(
                "{name} must be \"*\", or an object such as {{\"AWS\": \"arn:aws:iam::111122223333:root\"}}"
            );
            return Err((start, problem));
        }
    }
    if named.is_empty() {
        return Err((start, format!("{name} names nobody; IAM requires at least one principal")));
    }
    Ok(Principals { negated, named })
}

fn nodes<'a>(member: &Member<'a>) -> Vec<Node<'a>> {
    match member.value.kind() {
        Kind::List(nodes) => nodes,
        _ => vec![member.value],
    }
}

type Read = fn(&str) -> Result<Named, String>;

fn reader(kind: &str) -> Option<Read> {
    Some(match kind {
        "AWS" => aws,
        "Service" => |text| Ok(Named::Service(text.to_owned())),
        "Federated" => |text| Ok(Named::Federated(text.to_owned())),
        "CanonicalUser" => |text| Ok(Named::CanonicalUser(text.to_owned())),
        _ => return None,
    })
}

fn aws(text: &str) -> Result<Named, String> {
    if text == "*" {
        return Ok(Named::Everybody);
    }
    if is_account(text) {
        return Ok(Named::Account(text.to_owned()));
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, _, account, resource] = parts.as_slice() else {
        let is_id = text.len() > 15 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return if is_id {
            Ok(Named::Id(text.to_owned()))
        } else {
            Err(format!(
                "the principal {text:?} is neither *, nor an account id of 12 digits, nor the ARN of an account's root, a user, a role or a session"
            ))
        };
    };
    if text.contains(['*', '?']) {
        return Err(format!(
            "IAM does not accept the principal {text:?}: no wildcard matches a part of a principal's name or ARN; name \"*\" and ask for aws:PrincipalArn in a condition"
        ));
    }
    let kind = resource.split('/').next().unwrap_or_default();
    match (*arn, *service, kind) {
        ("arn", "iam", "root") if *resource == "root" && is_account(account) => {
            Ok(Named::Account((*account).to_owned()))
        }
        ("arn", "iam", "user" | "role") | ("arn", "sts", "assumed-role" | "federated-user")
            if is_account(account) && resource.len() > kind.len() + 1 =>
        {
            Ok(Named::Arn(text.to_owned()))
        }
        // CloudFront signs for its origin access identities by this (AmazonCloudFront, private-content-restricting-access-to-s3-oai).
        ("arn", "iam", "user") if *account == "cloudfront" => Ok(Named::Arn(text.to_owned())),
        _ => Err(format!(
            "the principal {text:?} is not the ARN of an account's root, a user, a role or a session (arn:aws:iam::111122223333:role/NAME)"
        )),
    }
}

/// Whether a text is the id of an account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
