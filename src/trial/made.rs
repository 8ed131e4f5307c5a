//! What is made for an experiment, while it is there; when it is dropped, it is taken away.

use std::future::Future;
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use tokio::time::{sleep, timeout};

use crate::aws::{AskError, Iam, NewRole, Services, Session};
use crate::remote::Asking;
use crate::text::sentence;
use crate::trial::clean_up::take_away;
use crate::trial::documents::{self, Documents, Named};
use crate::trial::error::TrialError;
use crate::trial::expiry;
use crate::trial::journal::{Journal, Journals, Noted};
use crate::trial::names::{INLINE, Name, PATH, tag, tags};
use crate::trial::patience::{Interrupted, Pauses, unless};
use crate::trial::policy::Tried;
use crate::trial::session::{Fixed, Kind, Sessions, over_after, seconds};
use crate::trial::who::Who;

/// The probe must succeed so often in a row: IAM is eventually consistent, and its servers do not learn of a change at once.
const IN_A_ROW: u32 = 4;
/// The pause between successes.
const BETWEEN: Duration = Duration::from_millis(250);
/// So long an answer is still waited for when somebody wants the end: what AWS is making would be left behind.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// What an experiment is to be.
#[derive(Debug)]
pub struct Wanted {
    /// The policy.
    pub tried: Tried,
    /// How its sessions come to be.
    pub kind: Kind,
    /// The boundary of the role: an ARN.
    pub boundary: Option<String>,
    /// How long the command may take, in seconds.
    pub seconds: u32,
    /// How long it is waited at most until the role is in force.
    pub wait: Duration,
    /// Whether the policy grows: then the role never reaches what we make.
    pub learns: bool,
    /// Whether what is made stays.
    pub keep: bool,
}

/// What was made.
pub(super) struct Made<'a> {
    asking: &'a Asking,
    iam: Iam,
    who: Who,
    wanted: Wanted,
    sessions: Sessions,
    /// While there is something to take away.
    journal: Option<Journal>,
    /// The ARNs of managed policies, in their order.
    policies: Vec<String>,
    round: usize,
    /// Whether AWS may still be making something.
    is_unsure: bool,
    /// Whether somebody wants the end.
    interrupted: Interrupted<'a>,
    say: &'a dyn Fn(&str),
}

impl<'a> Made<'a> {
    /// Makes it, and waits until it is in force.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or somebody wants the end. Nothing is left then, or it is said.
    pub(super) fn make(
        asking: &'a Asking,
        services: &Services,
        journals: &Journals,
        wanted: Wanted,
        interrupted: Interrupted<'a>,
        say: &'a dyn Fn(&str),
    ) -> Result<Made<'a>, TrialError> {
        let region = services.region().ok_or(TrialError::NoRegion)?.to_owned();
        let (iam, sts) = (services.iam(), services.sts(&region));
        let asked = asking.wait(unless(interrupted, sts.caller_identity()))?;
        let caller =
            asked.map_err(|error| TrialError::asked("AWS cannot be asked who asks", error))?;
        let who = Who::of(&caller)?;
        let is_session = is_session_of_user(asking, services, &who);
        if is_session && wanted.kind == Kind::Role {
            say(
                "leastwise: these keys are of a session of a user, which may call IAM only where it was begun with MFA",
            );
        }
        if wanted.kind == Kind::Federated {
            if is_session || who.is_role() {
                return Err(TrialError::FederateWithoutKeys);
            }
            if let Some(action) = wanted.tried.action_beyond_federation() {
                return Err(TrialError::FederateTooMuch(action));
            }
            say(
                "leastwise: a federated session can call neither IAM nor STS, but for sts:GetCallerIdentity",
            );
        }
        let mut random = [0; 4];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| TrialError::NoRandomness)?;
        let name = Name::new(OffsetDateTime::from(SystemTime::now()), random);
        let begin = format!("arn:{}:iam::{}", who.partition, who.account);
        let seconds = seconds(&wanted.kind, wanted.seconds, who.is_role());
        let policy = match wanted.kind {
            Kind::Role => None,
            Kind::Existing(_) | Kind::Federated => Some(documents::of_session(&wanted.tried)?),
        };
        let sessions = Sessions {
            services: services.clone(),
            sts,
            kind: wanted.kind.clone(),
            role_arn: format!("{begin}:role{PATH}{}", name.as_str()),
            name,
            policy,
            seconds,
            is_tagged: !wanted.keep,
        };
        let mut made = Made {
            asking,
            iam,
            who,
            wanted,
            sessions,
            journal: None,
            policies: Vec::new(),
            round: 0,
            is_unsure: false,
            interrupted,
            say,
        };
        if made.wanted.kind == Kind::Role {
            made.make_role(journals)?;
        }
        Ok(made)
    }

    /// How sessions of it come to be.
    pub(super) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// How long the command may take, in seconds.
    pub(super) fn wanted_seconds(&self) -> u32 {
        self.wanted.seconds
    }

    /// The ARN of the role, if one was made.
    pub(super) fn role_arn(&self) -> Option<&str> {
        (self.wanted.kind == Kind::Role).then_some(self.sessions.role_arn.as_str())
    }

    /// A session for the command.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn session(&self) -> Result<Session, TrialError> {
        let next = async {
            self.sessions.extend().await;
            self.sessions.next().await
        };
        let session = self.asking.wait(unless(self.interrupted, next))?;
        let what = match &self.sessions.kind {
            Kind::Role => "the role that was made cannot be assumed".to_owned(),
            Kind::Existing(arn) => format!("{arn} cannot be assumed with this policy"),
            Kind::Federated => "there is no federated session with this policy".to_owned(),
        };
        session.map_err(|error| TrialError::asked(what, error))
    }

    /// Puts another policy into the role, and waits until that is in force.
    ///
    /// # Errors
    ///
    /// When that fails, or somebody wants the end.
    pub(super) fn replace(&mut self, tried: Tried) -> Result<(), TrialError> {
        self.wanted.tried = tried;
        self.round += 1;
        if self.wanted.kind != Kind::Role {
            self.sessions.policy = Some(documents::of_session(&self.wanted.tried)?);
            return Ok(());
        }
        let documents = self.documents()?;
        self.put(&documents)?;
        self.wait()
    }

    fn make_role(&mut self, journals: &Journals) -> Result<(), TrialError> {
        let name = self.sessions.name.clone();
        let documents = self.documents()?;
        let begin = format!("arn:{}:iam::{}:policy{PATH}", self.who.partition, self.who.account);
        let own_boundary = self.wanted.learns && self.wanted.boundary.is_none();
        let boundary = format!("{begin}{}", name.boundary());
        let mut policies: Vec<_> =
            (1..=documents.managed.len()).map(|it| format!("{begin}{}", name.policy(it))).collect();
        policies.extend(own_boundary.then(|| boundary.clone()));
        let noted = Noted::new(&name, &self.who.account, self.iam.address(), policies);
        self.journal = Some(journals.begin(noted)?);
        (self.say)(&format!("leastwise: making the role {}", self.sessions.role_arn));
        let trust = {
            let (asking, iam, who) = (self.asking, self.iam.clone(), self.who.clone());
            asking.wait(unless(self.interrupted, async move { who.trust(&iam).await }))?
        };
        let tags = if self.wanted.keep {
            vec![tag()]
        } else {
            tags(over_after(self.sessions.seconds) + self.wait_seconds())
        };
        if own_boundary {
            let text = documents::boundary(self.named());
            let (iam, own, tags) = (self.iam.clone(), name.boundary(), tags.clone());
            self.settled("the boundary cannot be made", async move {
                iam.create_policy((PATH, &own), &text, &tags).await
            })?;
        }
        let boundary = self.wanted.boundary.clone().or(own_boundary.then_some(boundary));
        let (iam, own, role_tags) = (self.iam.clone(), name.clone(), tags.clone());
        let longest_session = self.sessions.seconds.max(3_600);
        self.settled("the role cannot be made", async move {
            iam.create_role(NewRole {
                name: own.as_str(),
                path: PATH,
                trust: &trust,
                description: "Temporary: made by leastwise try, which removes it",
                boundary: boundary.as_deref(),
                longest_session,
                tags: &role_tags,
            })
            .await
        })?;
        for (document, number) in documents.managed.iter().zip(1..) {
            let (iam, tags, document) = (self.iam.clone(), tags.clone(), document.clone());
            let own = name.policy(number);
            let arn = self.settled("a managed policy cannot be made", async move {
                iam.create_policy((PATH, &own), &document, &tags).await
            })?;
            self.policies.push(arn);
        }
        self.put(&documents)?;
        self.wait()
    }

    fn wait_seconds(&self) -> i64 {
        i64::try_from(self.wanted.wait.as_secs()).unwrap_or(i64::MAX / 2)
    }

    fn named(&self) -> Named<'_> {
        Named {
            partition: &self.who.partition,
            account: &self.who.account,
            role_arn: &self.sessions.role_arn,
        }
    }

    fn documents(&self) -> Result<Documents, TrialError> {
        documents::of_role(&self.wanted.tried, self.named(), self.round, self.wanted.learns)
    }

    /// Puts documents into the role; managed ones are there already.
    fn put(&mut self, documents: &Documents) -> Result<(), TrialError> {
        let name = self.sessions.name.clone();
        if documents.managed.len() > self.policies.len() {
            return Err(TrialError::TooLarge(
                "the policy has grown beyond what a role has in line; give the rounds so far as --policy, and go on from there".to_owned(),
            ));
        }
        let (iam, role, inline) = (self.iam.clone(), name.clone(), documents.inline.clone());
        self.settled("the policy cannot be put into the role", async move {
            iam.put_role_policy(role.as_str(), INLINE, &inline).await
        })?;
        for arn in self.policies.clone() {
            let (iam, role) = (self.iam.clone(), name.clone());
            self.settled("a managed policy cannot be attached", async move {
                iam.attach(role.as_str(), &arn).await
            })?;
        }
        Ok(())
    }

    /// What comes of something that is made. It is waited for a little even when somebody wants the end.
    fn settled<T>(
        &mut self,
        what: &str,
        making: impl Future<Output = Result<T, AskError>>,
    ) -> Result<T, TrialError> {
        let interrupted = self.interrupted;
        if interrupted() {
            return Err(TrialError::Interrupted);
        }
        let made = self.asking.wait(async {
            let mut making = std::pin::pin!(making);
            match unless(interrupted, &mut making).await {
                Ok(made) => Some(made),
                Err(_) => timeout(LAST_WAIT, making).await.ok(),
            }
        });
        let Some(made) = made else {
            self.is_unsure = true;
            return Err(TrialError::Interrupted);
        };
        // Without an answer nobody knows.
        self.is_unsure |= matches!(made, Err(AskError::Unreached { .. }));
        made.map_err(|error| TrialError::asked(what, error))
    }

    /// Waits until the role can be assumed, and its policy is in force.
    fn wait(&self) -> Result<(), TrialError> {
        let deadline = Instant::now() + self.wanted.wait;
        let in_force = async {
            let session = self.assumed(deadline).await?;
            Ok::<_, TrialError>(self.is_in_force(session, deadline).await)
        };
        let found = self.asking.wait(unless(self.interrupted, in_force))?;
        if !found? {
            (self.say)(&format!(
                "leastwise: after {} s the role's policy is still not in force everywhere; the command runs all the same, and calls may be refused for that alone (--wait SECONDS waits longer)",
                self.wanted.wait.as_secs()
            ));
        }
        Ok(())
    }

    async fn assumed(&self, deadline: Instant) -> Result<Session, TrialError> {
        let mut pauses = Pauses::new();
        loop {
            match self.sessions.next().await {
                Ok(session) => return Ok(session),
                Err(error) if Instant::now() > deadline || !is_passing(&error) => {
                    let (seconds, arn) = (self.wanted.wait.as_secs(), self.who.arn.clone());
                    return Err(TrialError::NotAssumed { seconds, arn, error });
                }
                Err(_) => pauses.pause().await,
            }
        }
    }

    async fn is_in_force(&self, session: Session, deadline: Instant) -> bool {
        let services = self.sessions.services.provided(Box::new(Fixed(session.into())));
        let (iam, name) = (services.iam(), self.sessions.name.as_str());
        let mut pauses = Pauses::new();
        let mut in_a_row = 0;
        while in_a_row < IN_A_ROW {
            if iam.may(documents::probe(self.round), name).await.is_ok() {
                in_a_row += 1;
                sleep(BETWEEN).await;
            } else if Instant::now() > deadline {
                return false;
            } else {
                in_a_row = 0;
                pauses.pause().await;
            }
        }
        true
    }

    /// Takes away what was made, and returns what there is to say.
    ///
    /// # Errors
    ///
    /// When something is left behind.
    pub(super) fn end(mut self) -> Result<Vec<String>, TrialError> {
        self.take_away()
    }

    fn take_away(&mut self) -> Result<Vec<String>, TrialError> {
        let Some(journal) = self.journal.take() else { return Ok(Vec::new()) };
        let arn = &self.sessions.role_arn;
        if self.wanted.keep {
            journal.end();
            return Ok(vec![format!(
                "leastwise: the role {arn} is kept; `leastwise try --clean-up --all` removes it"
            )]);
        }
        let removed = self.asking.wait(take_away(&self.iam, &journal.noted, self.is_unsure));
        match removed {
            Ok(()) => {
                journal.end();
                Ok(vec![format!("leastwise: the role {arn} is removed")])
            }
            // The journal stays.
            Err(error) => Err(TrialError::LeftBehind(format!(
                "the role {arn} could not be removed: {error}; `leastwise try --clean-up` tries again"
            ))),
        }
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        match self.take_away() {
            Ok(said) => said.iter().for_each(|line| (self.say)(line)),
            Err(error) => (self.say)(&format!("leastwise: {}", sentence(&error.to_string()))),
        }
    }
}

/// Whether a role that was just made may be assumed soon.
fn is_passing(error: &AskError) -> bool {
    error.is_denied() || error.has_code(&["AccessDenied", "NoSuchEntity", "ValidationError"])
}

/// Whether the caller is a user with keys that are for a while (GetSessionToken)
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>).
fn is_session_of_user(asking: &Asking, services: &Services, who: &Who) -> bool {
    let credentials = asking.wait(services.credentials());
    !who.is_role() && credentials.is_ok_and(|it| it.is_temporary())
}

/// Until when a session's credentials are good.
pub(super) fn until(session: &Session) -> String {
    expiry::written(expiry::seconds(session.until))
}
