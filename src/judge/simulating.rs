//! Needs put to AWS's simulator, no faster than it takes them.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use indexmap::IndexSet;
use tokio::time::sleep;

use crate::aws::{AskError, Decision, Iam, Simulated, Simulation};
use crate::evaluate::audit::Need;
use crate::evaluate::document::Document;
use crate::evaluate::verdict::{Context, Known};
use crate::judge::error::JudgeError;
use crate::judge::opinions::{Answer, Judged, NotAsked, Opinion, ours};
use crate::judge::questions::{Batch, Identity, Question, batches, is_role, of_need};
use crate::remote::Asking;

/// Between two requests. AWS documents no rate for IAM's API, and throttles accounts that ask more often than it likes
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>: `ThrottlingException`); that is waited out, too.
const BETWEEN: Duration = Duration::from_millis(100);
/// Codes of what the simulator does not take.
const NOT_TAKEN: [&str; 2] = ["InvalidInput", "ValidationError"];
/// So many questions may be refused one by one before any is answered; then what is wrong is not the question.
const MOST_REFUSED: usize = 8;

/// What comes of asking.
pub type Simulating<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<Simulated>, AskError>> + Send + 'a>>;

/// Whoever simulates.
pub trait Simulate: Sync {
    /// Asks.
    fn simulate<'a>(&'a self, what: &'a Simulation<'a>) -> Simulating<'a>;
}

impl Simulate for Iam {
    fn simulate<'a>(&'a self, what: &'a Simulation<'a>) -> Simulating<'a> {
        Box::pin(Iam::simulate(self, what))
    }
}

/// Asks AWS about needs.
///
/// # Errors
///
/// When AWS does not answer.
pub fn simulate(
    asking: &Asking,
    identity: Identity<'_>,
    needs: &[Need],
) -> Result<Judged, JudgeError> {
    if let Identity::Principal { arn, .. } = identity
        && !is_principal(arn)
    {
        return Err(JudgeError::NoPrincipal(arn.to_owned()));
    }
    let iam = asking.services().iam();
    asking.wait(judge(&iam, identity, needs)).map_err(|error| match identity {
        Identity::Policies { .. } => JudgeError::Custom(error),
        Identity::Principal { arn, .. } => {
            JudgeError::Principal { principal: arn.to_owned(), error }
        }
    })
}

/// Whether an ARN is that of somebody who has policies.
fn is_principal(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "iam", "", account, name] = parts[..] else { return false };
    let kinds = ["user/", "group/", "role/"];
    arn.starts_with("arn:")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && kinds.iter().any(|kind| name.len() > kind.len() && name.starts_with(kind))
        && !name.contains(['*', '?'])
}

/// Asks about needs whoever simulates.
///
/// # Errors
///
/// When it does not answer, or says that it must not be asked.
pub async fn judge(
    whom: &dyn Simulate,
    identity: Identity<'_>,
    needs: &[Need],
) -> Result<Judged, AskError> {
    let planned: Vec<_> =
        needs.iter().enumerate().map(|(index, need)| of_need(index, need, identity)).collect();
    let questions: IndexSet<Question> =
        planned.iter().flatten().flat_map(|it| it.iter().cloned()).collect();
    let answers = answers(whom, identity, &questions).await?;
    let opinions =
        planned.into_iter().zip(needs).enumerate().map(|(index, (asked, need))| Opinion {
            action: need.action.clone(),
            resource: need.resource.clone(),
            ours: match identity {
                Identity::Policies { judgements, .. } => {
                    judgements.get(index).and_then(|it| ours(&it.verdict))
                }
                Identity::Principal { .. } => None,
            },
            aws: asked.and_then(|asked| worst(&asked, need, &answers)),
        });
    let mut opinions: Vec<_> = opinions.collect();
    opinions.sort_by_key(Opinion::standing);
    let (principal, names) = match identity {
        Identity::Policies { names, .. } => (None, names.to_vec()),
        Identity::Principal { arn, .. } => (Some(arn.to_owned()), Vec::new()),
    };
    Ok(Judged { principal, names, opinions, questions: questions.len() })
}

type Answers = HashMap<Question, Result<Answer, NotAsked>>;

/// What is said of each question.
async fn answers(
    whom: &dyn Simulate,
    identity: Identity<'_>,
    questions: &IndexSet<Question>,
) -> Result<Answers, AskError> {
    let form = Form::of(identity);
    let mut answers = Answers::new();
    let (mut refused, mut is_answered, mut is_first) = (0, false, true);
    let mut waiting = batches(questions);
    waiting.reverse();
    while let Some(batch) = waiting.pop() {
        if !is_first {
            sleep(BETWEEN).await;
        }
        is_first = false;
        let why = match whom.simulate(&form.simulation(&batch)).await {
            Ok(simulated) => {
                is_answered = true;
                let open = take(&batch, &simulated, &mut answers);
                if open == 0 {
                    continue;
                }
                NotAsked::Unanswered
            }
            Err(error) if error.has_code(&NOT_TAKEN) => NotAsked::Refused(sentence(&error)),
            Err(error) => return Err(error),
        };
        if batch.is_single() {
            refused += usize::from(matches!(why, NotAsked::Refused(_)));
            let is_hopeless = !is_answered && refused >= MOST_REFUSED;
            let rest = if is_hopeless { std::mem::take(&mut waiting) } else { Vec::new() };
            for question in batch.questions().chain(rest.iter().flat_map(Batch::questions)) {
                answers.insert(question, Err(why.clone()));
            }
        } else {
            // One that it does not know keeps it from answering the others.
            let [first, second] = batch.halves();
            waiting.extend([second, first]);
        }
    }
    Ok(answers)
}

/// What the simulator says of a question that it does not take.
fn sentence(error: &AskError) -> String {
    match error {
        AskError::Refused { message: Some(message), .. } => message.clone(),
        error => error.to_string(),
    }
}

/// Takes what is said of the questions of a batch; how many are left open is returned.
fn take(batch: &Batch, simulated: &[Simulated], answers: &mut Answers) -> usize {
    let is_of_one = batch.resources.len() == 1;
    let mut open = 0;
    for question in batch.questions() {
        let found = simulated.iter().find(|it| {
            it.action.eq_ignore_ascii_case(&question.action)
                && match &it.resource {
                    Some(resource) => *resource == question.resource,
                    None => is_of_one,
                }
        });
        match found {
            Some(result) => {
                answers.insert(question, Ok(Answer::of(result)));
            }
            None => open += 1,
        }
    }
    open
}

/// The worst that is said of a need in any of its contexts.
fn worst(asked: &[Question], need: &Need, answers: &Answers) -> Result<Answer, NotAsked> {
    let mut worst: Option<Answer> = None;
    let unknown = Context::unknown();
    for (index, question) in asked.iter().enumerate() {
        let answer = answers.get(question).cloned().unwrap_or(Err(NotAsked::Unanswered));
        let mut answer = answer?;
        // What the request is known to lack is not missing.
        let context = need.contexts.get(index).unwrap_or(&unknown);
        answer.missing.retain(|key| context.get(key) != Known::Absent);
        if worst.as_ref().is_none_or(|it| answer.decision > it.decision) {
            worst = Some(answer);
        }
        if worst.as_ref().is_some_and(|it| it.decision == Decision::ExplicitDeny) {
            break;
        }
    }
    worst.ok_or(NotAsked::Unanswered)
}

/// What is the same in all requests.
struct Form<'a> {
    principal: Option<&'a str>,
    policies: Vec<String>,
    resource_policy: Option<String>,
    owner: Option<String>,
    caller: Option<&'a str>,
}

impl<'a> Form<'a> {
    fn of(identity: Identity<'a>) -> Form<'a> {
        match identity {
            Identity::Policies { documents, caller, .. } => Form {
                principal: None,
                policies: documents.iter().map(sent).collect(),
                resource_policy: None,
                owner: None,
                caller,
            },
            Identity::Principal { arn, resource_policy, owner } => {
                let partition = arn.split(':').nth(1).unwrap_or("aws");
                let resource_policy = resource_policy.filter(|_| !is_role(arn));
                Form {
                    principal: Some(arn),
                    policies: Vec::new(),
                    resource_policy: resource_policy.map(sent),
                    owner: owner
                        .filter(|_| resource_policy.is_some())
                        .map(|account| format!("arn:{partition}:iam::{account}:root")),
                    // The simulator takes only a user for the caller of a policy of resources.
                    caller: resource_policy.map(|_| arn),
                }
            }
        }
    }

    fn simulation<'b>(&'b self, batch: &'b Batch) -> Simulation<'b> {
        Simulation {
            principal: self.principal,
            policies: &self.policies,
            resource_policy: self.resource_policy.as_deref(),
            resource_owner: self.owner.as_deref(),
            caller: self.caller,
            actions: batch.actions.iter().map(String::as_str).collect(),
            resources: batch.resources.iter().map(String::as_str).collect(),
            context: &batch.context,
        }
    }
}

/// A policy as it is sent. The simulator takes Latin-1 alone; other characters can stand only in strings, where JSON has escapes for them.
fn sent(document: &Document) -> String {
    let text = document.text().trim_start_matches('\u{feff}');
    let mut sent = String::with_capacity(text.len());
    for character in text.chars() {
        if character <= '\u{ff}' {
            sent.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                sent.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_policies_is_asked_about() {
        for good in
            ["arn:aws:iam::111122223333:role/x/web", "arn:aws-cn:iam::111122223333:user/ann"]
        {
            assert!(is_principal(good), "{good}");
        }
        for bad in [
            "web",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:sts::111122223333:assumed-role/web/s",
            "arn:aws:iam::1234:role/web",
        ] {
            assert!(!is_principal(bad), "{bad}");
        }
    }

    #[test]
    fn a_policy_is_sent_in_latin_1() {
        let text = "{\"Statement\": {\"Sid\": \"é\u{1f600}\", \"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}";
        let document = Document::parse(text).unwrap();
        assert!(sent(&document).contains("é\\ud83d\\ude00"));
    }
}
