//! What AWS's simulator is to be asked: each different question once, as few requests as they fit in.

use indexmap::{IndexMap, IndexSet};

use crate::aws::ContextEntry;
use crate::evaluate::audit::Need;
use crate::evaluate::document::{Document, Test};
use crate::evaluate::verdict::{Context, Judgement, Verdict};
use crate::judge::keys::{self, KeyType};
use crate::judge::opinions::NotAsked;
use crate::wildcard::is_like;

/// Pairs of an action and a resource that one request asks about. More than a page has by default would only be paged.
const MOST_PAIRS: usize = 100;
/// Actions that one request names.
const MOST_ACTIONS: usize = 50;
/// No resource's ARN is longer (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>).
const LONGEST_RESOURCE: usize = 2048;
/// No action's name is longer, says the same page.
const LONGEST_ACTION: usize = 128;

/// Whose policies are asked about.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// Policies in files.
    Policies {
        /// What they are called, in their order.
        names: &'a [String],
        /// The policies.
        documents: &'a [Document],
        /// Our own verdicts on the needs, in their order.
        judgements: &'a [Judgement],
        /// The user who asks, if that is known.
        caller: Option<&'a str>,
    },
    /// Those that a user, group or role has.
    Principal {
        /// Its ARN.
        arn: &'a str,
        /// The policy of the resources.
        resource_policy: Option<&'a Document>,
        /// Whose the resources are whose ARN does not say it: an account.
        owner: Option<&'a str>,
    },
}

/// An action on a resource, with what is known of the request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Question {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) context: Vec<ContextEntry>,
}

/// What is asked at once: each action on each resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) context: Vec<ContextEntry>,
}

/// The questions of a need, or why there are none.
pub(super) fn of_need(
    index: usize,
    need: &Need,
    identity: Identity<'_>,
) -> Result<Vec<Question>, NotAsked> {
    if need.resource == "*" && !need.exact {
        return Err(NotAsked::UnknownResource);
    }
    if !need.exact && (need.resource.contains(['*', '?']) || need.resource.contains("${")) {
        return Err(NotAsked::Pattern);
    }
    if need.resource.len() > LONGEST_RESOURCE || !(3..=LONGEST_ACTION).contains(&need.action.len())
    {
        return Err(NotAsked::TooLong);
    }
    let documents = match identity {
        Identity::Policies { documents, judgements, .. } => {
            let verdict = judgements.get(index).map(|it| &it.verdict);
            if matches!(verdict, Some(Verdict::MayBeAllowed(_) | Verdict::MayBeDenied(_)) | None) {
                return Err(NotAsked::Undecided);
            }
            documents
        }
        Identity::Principal { arn, resource_policy, .. } => {
            if resource_policy.is_some_and(|it| is_role(arn) && speaks_of(it, &need.resource)) {
                return Err(NotAsked::RoleWithResourcePolicy);
            }
            resource_policy.map(std::slice::from_ref).unwrap_or_default()
        }
    };
    let question = |context: &Context| Question {
        action: need.action.clone(),
        resource: need.resource.clone(),
        context: entries(context, documents),
    };
    let unknown = Context::unknown();
    let contexts =
        if need.contexts.is_empty() { std::slice::from_ref(&unknown) } else { &need.contexts };
    Ok(contexts.iter().map(question).collect())
}

/// Whether an ARN is a role's.
pub(super) fn is_role(arn: &str) -> bool {
    arn.split(':').nth(5).is_some_and(|it| it.starts_with("role/"))
}

/// Whether an ARN is a user's, and no pattern: the simulator resolves policy variables for such a caller.
pub fn is_user(arn: &str) -> bool {
    let name = arn.strip_prefix("arn:").and_then(|it| it.splitn(5, ':').nth(4));
    name.is_some_and(|it| it.starts_with("user/")) && !arn.contains(['*', '?'])
}

/// Whether a statement of a resource's policy is about the resource.
fn speaks_of(policy: &Document, resource: &str) -> bool {
    policy.statements.iter().any(|statement| {
        let resources = &statement.resources;
        resources.negated || resources.texts().any(|it| is_like(resource, it))
    })
}

/// What a request has, as the simulator is told it.
fn entries(context: &Context, documents: &[Document]) -> Vec<ContextEntry> {
    let entry = |(key, values): (&str, &[String])| ContextEntry {
        key: key.to_owned(),
        kind: kind(key, values, documents),
        values: values.to_vec(),
    };
    context.present().map(entry).collect()
}

/// The type of a key, which the simulator must be told: AWS's for global keys, else that of the operators that the policies have for it.
fn kind(key: &str, values: &[String], documents: &[Document]) -> String {
    let conditions = documents.iter().flat_map(|it| &it.statements).flat_map(|it| &it.conditions);
    let tests = conditions.filter(|it| it.key.eq_ignore_ascii_case(key)).map(|it| it.operator.test);
    let mut asked = tests.filter_map(|test| match test {
        Test::Numeric(_) => Some("numeric"),
        Test::Date(_) => Some("date"),
        Test::Bool => Some("boolean"),
        Test::Binary => Some("binary"),
        Test::IpAddress => Some("ip"),
        _ => None,
    });
    let known = keys::global(key);
    let kind = match known.map(|(kind, _)| kind) {
        Some(KeyType::Text | KeyType::Arn) => "string",
        Some(KeyType::Number) => "numeric",
        Some(KeyType::Date) => "date",
        Some(KeyType::Bool) => "boolean",
        Some(KeyType::Ip) => "ip",
        None => asked.next_back().unwrap_or("string"),
    };
    let is_list = values.len() != 1 || known.is_some_and(|(_, is_list)| is_list);
    format!("{kind}{}", if is_list { "List" } else { "" })
}

/// Actions and resources.
type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// The requests in which questions are asked.
pub(super) fn batches(questions: &IndexSet<Question>) -> Vec<Batch> {
    // The simulator tells results on `*` otherwise than those on resources.
    let mut alike: IndexMap<(&[ContextEntry], bool), Pairs<'_>> = IndexMap::new();
    for Question { action, resource, context } in questions {
        alike.entry((context, resource == "*")).or_default().push((action, resource));
    }
    let mut batches = Vec::new();
    for ((context, _), pairs) in alike {
        let by_resource = products(pairs.iter().map(|(action, resource)| (*resource, *action)));
        let by_action = products(pairs.iter().copied());
        let (products, turned) = if by_action.len() < by_resource.len() {
            (by_action, false)
        } else {
            (by_resource, true)
        };
        for (ones, others) in products {
            let (actions, resources) = if turned { (others, ones) } else { (ones, others) };
            for actions in actions.chunks(MOST_ACTIONS) {
                for resources in resources.chunks((MOST_PAIRS / actions.len()).max(1)) {
                    let owned = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
                    batches.push(Batch {
                        actions: owned(actions),
                        resources: owned(resources),
                        context: context.to_vec(),
                    });
                }
            }
        }
    }
    batches
}

/// Pairs as products of two lists: what goes with the same others stands together.
fn products<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(Vec<&'a str>, Vec<&'a str>)> {
    let mut others: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (one, other) in pairs {
        others.entry(one).or_default().push(other);
    }
    let mut products: IndexMap<Vec<&str>, Vec<&str>> = IndexMap::new();
    for (one, mut with) in others {
        with.sort_unstable();
        products.entry(with).or_default().push(one);
    }
    products.into_iter().map(|(with, ones)| (ones, with)).collect()
}

impl Batch {
    /// Whether it is a single question.
    pub(super) fn is_single(&self) -> bool {
        self.actions.len() * self.resources.len() <= 1
    }

    /// Two halves of it.
    pub(super) fn halves(self) -> [Batch; 2] {
        let Batch { mut actions, mut resources, context } = self;
        if actions.len() >= resources.len() {
            let rest = actions.split_off(actions.len() / 2);
            let second =
                Batch { actions: rest, resources: resources.clone(), context: context.clone() };
            [Batch { actions, resources, context }, second]
        } else {
            let rest = resources.split_off(resources.len() / 2);
            let second =
                Batch { actions: actions.clone(), resources: rest, context: context.clone() };
            [Batch { actions, resources, context }, second]
        }
    }

    /// The questions in it.
    pub(super) fn questions(&self) -> impl Iterator<Item = Question> + '_ {
        self.actions.iter().flat_map(|action| {
            self.resources.iter().map(|resource| Question {
                action: action.clone(),
                resource: resource.clone(),
                context: self.context.clone(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(action: &str, resource: &str, key: &str) -> Question {
        let entry = ContextEntry {
            key: key.to_owned(),
            kind: "string".to_owned(),
            values: vec!["x".to_owned()],
        };
        let context = if key.is_empty() { Vec::new() } else { vec![entry] };
        Question { action: action.to_owned(), resource: resource.to_owned(), context }
    }

    #[test]
    fn what_shares_its_context_is_asked_at_once() {
        let mut questions = IndexSet::new();
        for resource in ["r1", "r2", "r3"] {
            for action in ["s:A", "s:B"] {
                questions.insert(question(action, resource, "k:a"));
                questions.insert(question(action, resource, "k:a"));
            }
        }
        questions.insert(question("s:C", "r1", ""));
        questions.insert(question("s:C", "*", ""));
        let batches = batches(&questions);
        assert_eq!(batches.len(), 3, "{batches:?}");
        assert_eq!((batches[0].actions.len(), batches[0].resources.len()), (2, 3));
        let asked: IndexSet<Question> = batches.iter().flat_map(Batch::questions).collect();
        assert_eq!(asked, questions);
    }

    #[test]
    fn a_request_asks_no_more_than_a_page_answers() {
        let all: IndexSet<Question> =
            (0..250).map(|it| question("s:A", &format!("r{it}"), "")).collect();
        let batches = batches(&all);
        assert_eq!(batches.len(), 3);
        let [one, other] = batches[0].clone().halves();
        assert_eq!((one.resources.len(), other.resources.len()), (50, 50));
    }

    #[test]
    fn keys_have_aws_types() {
        let policy = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"NumericLessThan": {"s3:max-keys": "10"}}}}"#;
        let documents = [Document::parse(policy).unwrap()];
        let one = ["1".to_owned()];
        assert_eq!(kind("s3:max-keys", &one, &documents), "numeric");
        assert_eq!(kind("aws:sourceip", &one, &documents), "ip");
        assert_eq!(kind("aws:tagkeys", &one, &documents), "stringList");
        assert_eq!(kind("s3:prefix", &one, &documents), "string");
    }
}
