//! Where services differ in what policies of a kind hold for; read from `data/policy-levels.txt`, which names AWS's pages.

use std::collections::HashSet;

use crate::evaluate::levels::kind::Kind;
use crate::evaluate::verdict::{Glob, Resource, action_pattern, action_text, open_pattern};

const DATA: &str = include_str!("../../../data/policy-levels.txt");

/// What of services counts for policies.
#[derive(Debug)]
pub(super) struct Services {
    rcp: HashSet<&'static str>,
    rcp_spares: HashSet<String>,
    gateway: HashSet<&'static str>,
    own: Vec<Own>,
}

/// Whose own policy must allow.
#[derive(Debug)]
struct Own {
    kind: Kind,
    action: Glob,
    resource: Glob,
}

impl Services {
    /// What is known of services.
    pub(super) fn known() -> Services {
        let mut services = Services {
            rcp: HashSet::new(),
            rcp_spares: HashSet::new(),
            gateway: HashSet::new(),
            own: Vec::new(),
        };
        for line in DATA.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("rcp") => services.rcp.extend(words),
                Some("rcp-spares") => {
                    services.rcp_spares.extend(words.map(str::to_ascii_lowercase));
                }
                Some("gateway") => services.gateway.extend(words),
                Some("own") => {
                    let (kind, action, resource) = (words.next(), words.next(), words.next());
                    if let (Some(kind), Some(action), Some(resource)) = (kind, action, resource) {
                        services.own.push(Own {
                            kind: if kind == "trust-policy" { Kind::Trust } else { Kind::Resource },
                            action: action_pattern(action),
                            resource: open_pattern(resource),
                        });
                    }
                }
                _ => {}
            }
        }
        services
    }

    /// Whether resource control policies apply to an action.
    pub(super) fn has_rcp(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        prefix(&action).is_some_and(|it| self.rcp.contains(it))
            && !self.rcp_spares.contains(&action)
    }

    /// Whether the service of an action may be reached through a gateway endpoint.
    pub(super) fn may_be_gateway(&self, action: &str) -> bool {
        prefix(&action.to_ascii_lowercase()).is_some_and(|it| self.gateway.contains(it))
    }

    /// The kind of the policy of the resource, where that policy must allow for itself.
    pub(super) fn own_policy(&self, action: &str, resource: Resource<'_>) -> Option<Kind> {
        let action = action_text(action);
        let speaks = self.own.iter().filter(|own| own.action.covers(&action));
        let resource = Glob::literal(resource.text());
        speaks.into_iter().find(|own| own.resource.covers(&resource)).map(|own| own.kind)
    }
}

fn prefix(action: &str) -> Option<&str> {
    action.split_once(':').map(|(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pages_list_is_known() {
        let services = Services::known();
        assert!(services.rcp.len() > 60);
        assert!(services.has_rcp("s3:GetObject") && services.has_rcp("KMS:Decrypt"));
        assert!(!services.has_rcp("kms:RetireGrant") && !services.has_rcp("lambda:InvokeFunction"));
        assert!(
            services.may_be_gateway("s3:GetObject") && !services.may_be_gateway("sqs:SendMessage")
        );
        let own = |action, resource| services.own_policy(action, Resource::Exactly(resource));
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234";
        assert_eq!(own("kms:Decrypt", key), Some(Kind::Resource));
        assert_eq!(own("kms:CreateAlias", "arn:aws:kms:eu-west-1:111122223333:alias/a"), None);
        let role = "arn:aws-cn:iam::111122223333:role/a/b";
        assert_eq!(own("sts:AssumeRoleWithSAML", role), Some(Kind::Trust));
        assert_eq!(own("iam:PassRole", role), None);
    }

    #[test]
    fn every_line_of_the_data_says_something() {
        for line in DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<_> = line.split_ascii_whitespace().collect();
            assert!(words.len() > 1 && (words[0] != "own" || words.len() == 4), "{line}");
            assert!(["rcp", "rcp-spares", "gateway", "own"].contains(&words[0]), "{line}");
        }
    }
}
