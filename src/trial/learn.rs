//! Trial and error: what AWS refuses is added, if it may be, and the command runs again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::authorize::Conditions;
use crate::catalog::{AccessLevel, Catalog};
use crate::evaluate::audit::{Audit, Need};
use crate::evaluate::document::Document;
use crate::evaluate::verdict::Verdict as Evaluated;
use crate::session::refusals::{Collected, Encoded, Needed, Refusal};
use crate::trial::policy::Tried;
use crate::trial::verdicts::{Verdict, rule};

/// Actions on resources that are learned at most: no program needs as many.
const MOST: usize = 5_000;

/// What was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Under which conditions.
    pub conditions: Conditions,
    /// The call that was refused (`s3.PutObject`).
    pub operation: String,
    /// What AWS said; empty where it said nothing.
    pub sentence: String,
    /// In which round, from 1.
    pub round: u32,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing was refused.
    Passed,
    /// The policy has grown by so many actions on resources: the command is to run again.
    Again(usize),
    /// All that was refused is allowed by now: it may not have been in force.
    Wait,
    /// It is of no use to go on, for these reasons.
    Ended(Vec<String>),
}

/// What AWS says in an encoded message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decoded {
    action: String,
    resource: String,
    is_denied: bool,
}

/// Learns.
#[derive(Debug)]
pub struct Learning {
    /// What was given.
    given: Tried,
    /// What may be added.
    ceiling: Option<Vec<Document>>,
    learned: Vec<Learned>,
    round: u32,
}

impl Learning {
    /// Begins with a policy; what is added must be allowed by the ceiling, if there is one.
    pub fn new(given: Tried, ceiling: Option<Vec<Document>>) -> Learning {
        Learning { given, ceiling, learned: Vec::new(), round: 0 }
    }

    /// What was learned so far.
    pub fn learned(&self) -> &[Learned] {
        &self.learned
    }

    /// The policy so far.
    pub fn tried(&self) -> Tried {
        let mut tried = self.given.clone();
        self.statements().into_iter().for_each(|it| tried.add_statement(it));
        tried
    }

    /// Takes in what was refused in a round. `decode` asks AWS what an encoded message says.
    pub fn next(
        &mut self,
        refused: &Collected,
        mut decode: impl FnMut(&Encoded) -> Option<String>,
    ) -> Next {
        self.round += 1;
        if refused.each.is_empty() {
            return Next::Passed;
        }
        let before = self.learned.len();
        let mut reasons = Vec::new();
        let documents = self.tried().documents().unwrap_or_default();
        for ruled in rule(&documents, refused) {
            let refusal = ruled.refusal;
            let decoded = refusal.encoded.as_ref().filter(|_| refusal.action.is_none());
            let decoded = decoded.and_then(&mut decode).and_then(|it| read(&it));
            match (ruled.verdict, decoded) {
                (Verdict::Denies, _) => reasons.push(said(refusal, "the policy itself denies it")),
                (Verdict::Elsewhere(because), _) => reasons.push(said(refusal, because.as_str())),
                (_, Some(it)) if it.is_denied => {
                    reasons.push(said(refusal, "a policy denies it explicitly"));
                }
                (Verdict::Lacks(_) | Verdict::Unknown, Some(Decoded { action, resource, .. })) => {
                    let conditions = Conditions::new();
                    let named = Needed { action, resource, pattern: None, conditions };
                    self.add(refusal, &[named], &mut reasons);
                }
                (Verdict::Lacks(lacking), None) => self.add(refusal, &lacking, &mut reasons),
                (Verdict::Unknown, None) => {
                    let why = "AWS names no action, and it is not known what the call needs";
                    reasons.push(said(refusal, why));
                }
                (Verdict::Allows, _) => {}
            }
        }
        match self.learned.len() - before {
            0 if reasons.is_empty() => Next::Wait,
            0 => Next::Ended(reasons),
            grown => Next::Again(grown),
        }
    }

    /// Takes out what nothing used of what was learned, by what a round that went well needed. How much that was.
    ///
    /// A call that is refused may ask for more than the same call when it succeeds: only the answer tells a role's path.
    pub fn cut(&mut self, needs: &[Need]) -> usize {
        let before = self.learned.len();
        self.learned.retain(|it| {
            let of_action =
                needs.iter().filter(|need| need.action.eq_ignore_ascii_case(&it.action));
            let of_action: Vec<_> = of_action.cloned().collect();
            let document = json!({ "Version": "2012-10-17", "Statement": [statement(
                &[&it.resource], &it.conditions, &[&it.action],
            )] });
            // What cannot be judged is kept.
            let Ok(document) = Document::parse(document.to_string()) else { return true };
            let judged = Audit::of(&[document], &of_action).judgements;
            judged.iter().any(|it| it.verdict != Evaluated::NotAllowed)
        });
        before - self.learned.len()
    }

    fn add(&mut self, refusal: &Refusal, lacking: &[Needed], reasons: &mut Vec<String>) {
        for needed in lacking {
            if let Err(why) = self.may_have(refusal, needed) {
                reasons.push(said(refusal, &why));
                continue;
            }
            let resource = needed.pattern.as_ref().unwrap_or(&needed.resource);
            let new = Learned {
                action: needed.action.clone(),
                resource: resource.clone(),
                conditions: needed.conditions.clone(),
                operation: refusal.operation.clone(),
                sentence: refusal.sentence.clone(),
                round: self.round,
            };
            let is_known = self.learned.iter().any(|it| {
                it.action == new.action
                    && it.resource == new.resource
                    && it.conditions == new.conditions
            });
            if is_known {
                continue;
            }
            if self.learned.len() == MOST {
                reasons.push(format!("more than {MOST} actions on resources were refused"));
                return;
            }
            self.learned.push(new);
        }
    }

    /// Whether something may be added.
    fn may_have(&self, refusal: &Refusal, needed: &Needed) -> Result<(), String> {
        let Needed { action, resource, .. } = needed;
        let level = level(action).ok_or_else(|| format!("{action} is no action of AWS's"))?;
        if let Some(ceiling) = &self.ceiling {
            let lasting = Needed {
                resource: needed.pattern.clone().unwrap_or_else(|| resource.clone()),
                ..needed.clone()
            };
            let judged = Audit::of(ceiling, &[refusal.need(&lasting)]).judgements;
            return match judged.first().map(|it| &it.verdict) {
                Some(Evaluated::Allowed) => Ok(()),
                _ => Err(format!("the ceiling does not allow {action} on {resource}")),
            };
        }
        let folded = action.to_ascii_lowercase();
        let is_write = !matches!(level, AccessLevel::List | AccessLevel::Read);
        let gives_rights = level == AccessLevel::PermissionsManagement
            || folded == "iam:passrole"
            || folded.starts_with("sts:assumerole")
            || (folded.starts_with("iam:") && is_write);
        if gives_rights {
            return Err(format!(
                "{action} on {resource} gives rights away, and such actions are added only where --ceiling FILE allows them"
            ));
        }
        Ok(())
    }

    /// What was learned, as statements: those of the same resources under the same conditions are one.
    fn statements(&self) -> Vec<Value> {
        let mut by_action: BTreeMap<(&str, &Conditions), Vec<&str>> = BTreeMap::new();
        for Learned { action, resource, conditions, .. } in &self.learned {
            by_action.entry((action, conditions)).or_default().push(resource);
        }
        let mut by_resources: BTreeMap<(Vec<&str>, &Conditions), Vec<&str>> = BTreeMap::new();
        for ((action, conditions), mut resources) in by_action {
            resources.sort_unstable();
            by_resources.entry((resources, conditions)).or_default().push(action);
        }
        let each = by_resources.into_iter();
        each.map(|((resources, conditions), actions)| statement(&resources, conditions, &actions))
            .collect()
    }

    /// The policy so far, as it is written.
    pub fn text(&self) -> String {
        let tried = self.tried();
        let statements: Vec<_> = tried.parts().flat_map(|(_, it)| it.iter().cloned()).collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text + "\n"
    }
}

fn statement(resources: &[&str], conditions: &Conditions, actions: &[&str]) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    if !conditions.is_empty() {
        statement["Condition"] = json!(conditions);
    }
    statement
}

fn said(refusal: &Refusal, why: &str) -> String {
    format!("{}: {why}", refusal.operation)
}

fn level(action: &str) -> Option<AccessLevel> {
    let (prefix, name) = action.split_once(':')?;
    Catalog::embedded().action(prefix, name).map(|it| it.access_level())
}

/// What a decoded message says
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>).
fn read(decoded: &str) -> Option<Decoded> {
    let value: Value = serde_json::from_str(decoded).ok()?;
    let context = value.get("context")?;
    let text = |name: &str| context.get(name)?.as_str().map(str::to_owned);
    let resource = text("resource").filter(|it| it == "*" || it.starts_with("arn:"))?;
    let is_denied = value.get("explicitDeny").and_then(Value::as_bool).unwrap_or(false);
    Some(Decoded { action: text("action")?, resource, is_denied })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::Because;

    fn refusal(action: &str, resource: &str) -> Refusal {
        Refusal {
            operation: "x.Y".to_owned(),
            action: Some(action.to_owned()),
            because: Because::NoIdentityPolicy,
            sentence: "is not authorized to perform".to_owned(),
            encoded: None,
            needs: vec![Needed {
                action: action.to_owned(),
                resource: resource.to_owned(),
                pattern: None,
                conditions: Conditions::new(),
            }],
            region: Some("eu-west-1".to_owned()),
            account: Some("111122223333".to_owned()),
        }
    }

    fn of(refusals: &[Refusal]) -> Collected {
        let mut collected = Collected::default();
        for refusal in refusals {
            collected.each.insert(refusal.clone(), 1);
        }
        collected
    }

    #[test]
    fn what_is_refused_is_added_until_nothing_is() {
        let mut learning = Learning::new(Tried::default(), None);
        let get = refusal("s3:GetObject", "arn:aws:s3:::b/k");
        let put = refusal("s3:PutObject", "arn:aws:s3:::b/k");
        assert_eq!(learning.next(&of(&[get.clone(), put]), |_| None), Next::Again(2));
        assert_eq!(learning.next(&of(&[get]), |_| None), Next::Wait);
        assert_eq!(learning.next(&of(&[]), |_| None), Next::Passed);
        let text = learning.text();
        let document = Document::parse(text).unwrap();
        assert_eq!(document.statements.len(), 1);
        assert_eq!(document.statements[0].actions.items.len(), 2);
    }

    #[test]
    fn no_rights_are_given_away() {
        for action in [
            "iam:PassRole",
            "iam:CreateUser",
            "iam:TagRole",
            "iam:PutRolePolicy",
            "sts:AssumeRole",
            "sts:AssumeRoleWithWebIdentity",
            "s3:PutBucketPolicy",
            "nothing:Known",
        ] {
            let mut learning = Learning::new(Tried::default(), None);
            let refused = of(&[refusal(action, "arn:aws:iam::111122223333:role/web")]);
            assert!(matches!(learning.next(&refused, |_| None), Next::Ended(_)), "{action}");
            assert!(learning.learned().is_empty());
        }
    }

    #[test]
    fn the_ceiling_says_what_may_be_added() {
        let ceiling = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","s3:*"],
            "Resource":["arn:aws:iam::111122223333:role/web","arn:aws:s3:::b/*"]}]}"#;
        let ceiling = vec![Document::parse(ceiling).unwrap()];
        let mut learning = Learning::new(Tried::default(), Some(ceiling));
        let pass = refusal("iam:PassRole", "arn:aws:iam::111122223333:role/web");
        let other = refusal("iam:PassRole", "arn:aws:iam::111122223333:role/admin");
        let sqs = refusal("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q");
        assert_eq!(
            learning.next(&of(&[pass, other.clone(), sqs.clone()]), |_| None),
            Next::Again(1)
        );
        assert_eq!(learning.learned()[0].resource, "arn:aws:iam::111122223333:role/web");
        assert!(
            matches!(learning.next(&of(&[other, sqs]), |_| None), Next::Ended(it) if it.len() == 2)
        );
    }

    #[test]
    fn what_no_policy_of_ours_cures_ends_it() {
        let mut boundary = refusal("s3:GetObject", "arn:aws:s3:::b/k");
        boundary.because = Because::PermissionsBoundary;
        let mut learning = Learning::new(Tried::default(), None);
        let Next::Ended(why) = learning.next(&of(&[boundary]), |_| None) else { panic!() };
        assert!(why[0].contains("boundary"));
    }

    #[test]
    fn aws_is_asked_what_its_encoded_messages_say() {
        let mut secret = refusal("ec2:RunInstances", "*");
        secret.action = None;
        secret.encoded = Some(Encoded::of("abc"));
        let message = r#"{"allowed":false,"explicitDeny":false,"context":{"action":"ec2:RunInstances","resource":"arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1"}}"#;
        let mut learning = Learning::new(Tried::default(), None);
        assert_eq!(learning.next(&of(&[secret]), |_| Some(message.to_owned())), Next::Again(1));
        assert!(learning.learned()[0].resource.ends_with("subnet/subnet-1"));
    }
}
