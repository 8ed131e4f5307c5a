//! What CloudTrail's events cannot have shown: calls on data that no trail logs unless it is told to, reading where a trail logs
//! writing alone, services that a trail may leave out, and actions that no call of an API has. That nothing of it is in the
//! events says nothing of whether it is needed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use crate::authorize::Reason;
use crate::call::{Call, Source};
use crate::catalog::{AccessLevel, Action, Catalog};
use crate::evaluate::audit::Need;
use crate::evaluate::document::{Document, Element};
use crate::evaluate::verdict::Context;
use crate::policy::Effect;
use crate::recording::Requires;
use crate::wildcard::is_like_in_any_case;

/// Why events do not show an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It is one of data, of which no event of its service is there.
    NoDataEvents,
    /// It is one of data, and what is there of its service's data is of other kinds: of another type of resources, or writes alone.
    OtherDataEvents,
    /// It only reads, and no event is there that does.
    NoReadEvents,
    /// Trails can leave out the service, and no event of it is there.
    LeftOut,
    /// No call of an API has it.
    NoCall,
    /// It is used without an event, whatever a trail selects.
    NeverLogged,
}

/// What is said of actions of services in `data/cloudtrail/unlogged.txt`.
#[derive(Debug, Default)]
struct Table {
    /// By the prefix of actions, patterns of their names: those whose events are data events, by the types of resources that a trail
    /// selects.
    data: BTreeMap<&'static str, Vec<Vec<&'static str>>>,
    /// By the prefix, patterns of names of what is used without an event.
    never: BTreeMap<&'static str, Vec<&'static str>>,
    /// Prefixes of services that a trail may leave out.
    left_out: BTreeSet<&'static str>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::of(include_str!("../../data/cloudtrail/unlogged.txt")));

/// Actions that calls can need of which trails have events, in lower case; they have none of what no SDK has a model of.
static OF_CALLS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let services = Catalog::embedded().services().filter(|it| !it.is_data_plane());
    let operations = services.flat_map(|service| service.operations());
    let mut actions = HashSet::new();
    for operation in operations {
        actions.extend(operation.authorized().map(|it| named(it.action()).to_ascii_lowercase()));
    }
    actions
});

impl Table {
    fn of(text: &'static str) -> Table {
        let mut table = Table::default();
        for line in text.lines().map(str::trim) {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("data"), Some(prefix)) => {
                    table.data.entry(prefix).or_default().push(words.collect());
                }
                (Some("never"), Some(prefix)) => {
                    table.never.entry(prefix).or_default().extend(words);
                }
                (Some("left-out"), Some(prefix)) => drop(table.left_out.insert(prefix)),
                _ => {}
            }
        }
        table
    }

    /// The type of resources of whose data an action is, by its number among those of the prefix.
    fn of_data(&self, prefix: &str, name: &str) -> Option<(&'static str, usize)> {
        let (prefix, types) = self.data.get_key_value(prefix)?;
        let number = types.iter().position(|patterns| is_one_of(name, patterns))?;
        Some((prefix, number))
    }

    fn is_never_logged(&self, prefix: &str, name: &str) -> bool {
        self.never.get(prefix).is_some_and(|patterns| is_one_of(name, patterns))
    }
}

fn is_one_of(name: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| is_like_in_any_case(name, pattern))
}

fn named(action: Action) -> String {
    format!("{}:{}", action.prefix(), action.name())
}

/// What events showed so far.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Whether there were events at all; recordings show everything.
    any: bool,
    /// The types of resources of which data events are there, by prefix and number, and whether one only reads.
    data: BTreeMap<(&'static str, usize), bool>,
    /// Whether events are there that only read.
    reads: bool,
    /// Prefixes of services that could have been left out and are there.
    there: BTreeSet<&'static str>,
}

/// An action that a policy allows and that events cannot have shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The action.
    pub action: String,
    /// Why they cannot.
    pub why: Why,
    has_resources: bool,
}

impl Shown {
    /// Takes in a call and what it needs.
    pub fn add(&mut self, call: &Call, requires: &[Requires<'_>]) {
        if call.source != Source::CloudTrail {
            return;
        }
        self.any = true;
        // What a call needs beside its own action another call may have, which is not logged.
        for it in requires.iter().filter(|it| it.reason == Reason::Operation.as_str()) {
            let Some((prefix, name)) = it.action.split_once(':') else { continue };
            let reads = Catalog::embedded().action(prefix, name).is_some_and(only_reads);
            if let Some(of_data) = TABLE.of_data(prefix, name) {
                *self.data.entry(of_data).or_default() |= reads;
                continue;
            }
            if let Some(prefix) = TABLE.left_out.get(prefix) {
                self.there.insert(prefix);
            }
            self.reads |= reads;
        }
    }

    /// Why events cannot have shown an action, if they cannot.
    fn why(&self, action: Action) -> Option<Why> {
        let (prefix, name) = (action.prefix(), action.name());
        if TABLE.is_never_logged(prefix, name) {
            return Some(Why::NeverLogged);
        }
        if let Some(of_data) = TABLE.of_data(prefix, name) {
            return match self.data.get(&of_data) {
                Some(reads) if *reads || !only_reads(action) => None,
                None if !self.data.keys().any(|(of, _)| *of == prefix) => Some(Why::NoDataEvents),
                _ => Some(Why::OtherDataEvents),
            };
        }
        if TABLE.left_out.contains(prefix) && !self.there.contains(prefix) {
            return Some(Why::LeftOut);
        }
        if !OF_CALLS.contains(&named(action).to_ascii_lowercase()) {
            return Some(Why::NoCall);
        }
        (!self.reads && only_reads(action)).then_some(Why::NoReadEvents)
    }

    /// The actions that policies allow and that events cannot have shown.
    pub fn kept(&self, documents: &[Document]) -> Vec<Kept> {
        if !self.any {
            return Vec::new();
        }
        let statements = documents.iter().flat_map(|document| &document.statements);
        let allowing: Vec<&Element> = statements
            .filter(|statement| statement.effect == Effect::Allow)
            .map(|statement| &statement.actions)
            .collect();
        let mut kept = Vec::new();
        for prefix in Catalog::embedded().prefixes() {
            for action in Catalog::embedded().actions(prefix) {
                let Some(why) = self.why(action) else { continue };
                let action_name = named(action);
                if allowing.iter().any(|actions| applies(actions, &action_name)) {
                    let has_resources = action.resources().len() > 0;
                    kept.push(Kept { action: action_name, why, has_resources });
                }
            }
        }
        kept
    }
}

fn only_reads(action: Action) -> bool {
    matches!(action.access_level(), AccessLevel::Read | AccessLevel::List)
}

fn applies(actions: &Element, action: &str) -> bool {
    actions.texts().any(|text| is_like_in_any_case(action, text)) != actions.negated
}

impl Kept {
    /// A need that uses whatever allows the action on anything.
    pub fn need(&self) -> Need {
        Need {
            action: self.action.clone(),
            resource: "*".to_owned(),
            exact: !self.has_resources,
            pattern: None,
            contexts: vec![Context::unknown()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_table_is_one_of_actions_that_exist() {
        let of_data = TABLE.data.iter().map(|(prefix, types)| (prefix, types.concat()));
        let never = TABLE.never.iter().map(|(prefix, patterns)| (prefix, patterns.clone()));
        for (prefix, patterns) in of_data.chain(never) {
            for pattern in patterns {
                let mut actions = Catalog::embedded().actions(prefix);
                assert!(
                    actions.any(|action| is_like_in_any_case(action.name(), pattern)),
                    "{prefix}:{pattern}"
                );
            }
        }
        for prefix in &TABLE.left_out {
            assert!(Catalog::embedded().actions(prefix).len() > 0, "{prefix}");
        }
    }

    /// What the services' pages on CloudTrail say, each from the page that stands above the lines of the table.
    #[test]
    fn what_is_logged_by_default_is_none_of_the_table() {
        let by_default = [
            "s3:GetBucketPolicy",
            "s3:CreateBucket",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeStream",
            "lambda:GetFunction",
            "sns:GetTopicAttributes",
            "sns:Subscribe",
            "sqs:CreateQueue",
            "sqs:SetQueueAttributes",
            "sqs:ListMessageMoveTasks",
            "kinesis:DescribeStream",
            "kinesis:ListStreams",
            "ebs:StartSnapshot",
            "ebs:CompleteSnapshot",
            "cognito-identity:DescribeIdentityPool",
            "cognito-idp:AdminInitiateAuth",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetDashboard",
            "logs:GetLogEvents",
            "logs:FilterLogEvents",
            "xray:GetGroups",
            "xray:GetInsightSummaries",
            "sagemaker:CreateFeatureGroup",
            "states:StartExecution",
            "states:SendTaskSuccess",
            "ses:VerifyEmailIdentity",
            "bedrock:CreateAgent",
            "bedrock:ListAsyncInvokes",
            "verifiedpermissions:GetPolicy",
        ];
        for action in by_default {
            let (prefix, name) = action.split_once(':').unwrap();
            assert!(Catalog::embedded().action(prefix, name).is_some(), "{action}");
            assert_eq!(TABLE.of_data(prefix, name), None, "{action}");
            assert!(!TABLE.is_never_logged(prefix, name), "{action}");
        }
        for action in ["sqs:GetQueueUrl", "xray:GetSamplingTargets", "sagemaker:InvokeEndpoint"] {
            let (prefix, name) = action.split_once(':').unwrap();
            assert!(TABLE.of_data(prefix, name).is_some(), "{action}");
        }
    }
}
