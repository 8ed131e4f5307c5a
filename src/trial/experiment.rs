//! An experiment from its beginning to its end: made, run, told, taken away.

use std::ffi::OsString;

use serde_json::Value;

use crate::aws::Services;
use crate::remote::Asking;
use crate::session::needs::Needs;
use crate::session::refusals::{Encoded, Refusals};
use crate::text::{counted, sentence};
use crate::trial::clean_up::{Which, clean_up};
use crate::trial::error::TrialError;
use crate::trial::handout::Handout;
use crate::trial::journal::Journals;
use crate::trial::learn::{Learning, Next};
use crate::trial::made::{Made, Wanted, until};
use crate::trial::names::Name;
use crate::trial::patience::Interrupted;
use crate::trial::said;
use crate::trial::session::{Kind, Sessions};

/// What the command does not find in its environment: whatever else could give it credentials
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>).
pub const WITHOUT: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];
/// A file in which nothing is.
const NO_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };
/// The code of a command that went well, while the policy lacks something.
const LACKS: i32 = 3;
/// How often a round is repeated in which all that was refused is allowed by now.
const REPEATED: u32 = 3;

/// What the command finds in its environment.
pub type Environment = Vec<(&'static str, OsString)>;

/// Who experiments.
#[derive(Clone, Copy)]
pub struct Experiment<'a> {
    /// Who asks AWS.
    pub asking: &'a Asking,
    /// What is asked.
    pub services: &'a Services,
    /// Where it is written down what is made.
    pub journals: &'a Journals,
    /// Whether somebody wants the end.
    pub interrupted: Interrupted<'a>,
    /// Says a line.
    pub say: &'a dyn Fn(&str),
}

/// What came of learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// What there is to say.
    pub said: String,
    /// The policy that passed, or as far as it came.
    pub policy: Option<String>,
}

/// The services, asked with the credentials of a role.
///
/// # Errors
///
/// When no region is configured.
pub fn by_role(services: &Services, arn: &str) -> Result<Services, TrialError> {
    let region = services.region().ok_or(TrialError::NoRegion)?;
    let sessions = Sessions {
        services: services.clone(),
        sts: services.sts(region),
        kind: Kind::Existing(arn.to_owned()),
        name: Name::of_caller(),
        role_arn: String::new(),
        policy: None,
        seconds: 3_600,
        is_tagged: false,
    };
    Ok(services.provided(Box::new(sessions)))
}

impl Experiment<'_> {
    /// Runs the command once. Its exit code, and what there is to say.
    ///
    /// # Errors
    ///
    /// When the command does not run, or something is left behind.
    pub fn once<E: From<TrialError>>(
        &self,
        wanted: Wanted,
        command: &mut dyn FnMut(Environment, Needs, Refusals) -> Result<i32, E>,
    ) -> Result<(i32, String), E> {
        self.remove_what_is_left();
        let documents = documents(&wanted)?;
        let made = self.make(wanted)?;
        let (needs, refusals) = (Needs::default(), Refusals::default());
        let seconds = made.wanted_seconds();
        let given = self.given(&made, seconds)?;
        let code = command(given.environment.clone(), needs.clone(), refusals.clone());
        let (text, lacks) = said::end(&documents, &refusals.lock(), &needs.lock());
        let lasting = given.lasting();
        drop(given);
        for line in made.end()? {
            (self.say)(&line);
        }
        (self.say)(&lasting);
        let code = code?;
        Ok((if code == 0 && lacks { LACKS } else { code }, text))
    }

    /// Runs the command until nothing is refused any more, at most so often.
    ///
    /// # Errors
    ///
    /// When the command does not run, or something is left behind.
    pub fn learn<E: From<TrialError>>(
        &self,
        wanted: Wanted,
        mut learning: Learning,
        rounds: u32,
        command: &mut dyn FnMut(Environment, Needs, Refusals) -> Result<i32, E>,
    ) -> Result<Outcome, E> {
        self.remove_what_is_left();
        (self.say)(&format!(
            "leastwise: the command runs again after each round in which AWS refuses something, at most {}; what it does, it does each time",
            counted(rounds, "time")
        ));
        let seconds = wanted.seconds;
        let mut made = self.make(wanted)?;
        let mut end = None;
        let mut repeated = 0;
        let mut is_cut = false;
        for round in 1..=rounds {
            let (needs, refusals) = (Needs::default(), Refusals::default());
            let given = self.given(&made, seconds)?;
            let code = command(given.environment.clone(), needs.clone(), refusals.clone())?;
            drop(given);
            let next = learning.next(&refusals.lock(), |message| self.decoded(message));
            match next {
                Next::Passed if code == 0 && !is_cut && round < rounds => {
                    is_cut = true;
                    let cut = learning.cut(&needs.lock().needs(&[]).0);
                    if cut == 0 {
                        end = Some((code, passed(round)));
                    } else {
                        (self.say)(&format!(
                            "leastwise: round {round}: AWS refused nothing; {} on resources, not needed after all, taken out of the policy; the command runs again",
                            counted(cut, "action")
                        ));
                    }
                }
                Next::Passed => {
                    end = Some((code, passed(round)));
                }
                Next::Ended(reasons) => {
                    let reasons = reasons.join("\n  ");
                    let text =
                        format!("It is of no use to go on after round {round}:\n  {reasons}\n");
                    end = Some((if code == 0 { LACKS } else { code }, text));
                }
                Next::Wait if repeated == REPEATED => {
                    let text = format!(
                        "AWS still refuses in round {round} what the policy allows: a boundary, a service control policy or a resource's own policy is in the way.\n"
                    );
                    end = Some((if code == 0 { LACKS } else { code }, text));
                }
                Next::Wait => {
                    repeated += 1;
                    (self.say)(&format!(
                        "leastwise: round {round}: what AWS refused is allowed by now; the command runs again"
                    ));
                }
                Next::Again(more) => {
                    repeated = 0;
                    (self.say)(&format!(
                        "leastwise: round {round}: {} on resources added to the policy",
                        counted(more, "action")
                    ));
                }
            }
            if end.is_some() {
                break;
            }
            if (self.interrupted)() {
                end = Some((130, "It was interrupted.\n".to_owned()));
                break;
            }
            // What was learned is not lost where it cannot be tried.
            if round < rounds
                && let Err(error) = made.replace(learning.tried())
            {
                let why = sentence(&error.to_string());
                end = Some((LACKS, format!("It does not go on after round {round}: {why}\n")));
                break;
            }
        }
        for line in made.end()? {
            (self.say)(&line);
        }
        let (code, mut text) = end.unwrap_or_else(|| {
            (
                LACKS,
                format!(
                    "After {} AWS still refused something (--rounds N allows more).\n",
                    counted(rounds, "round")
                ),
            )
        });
        if !learning.learned().is_empty() {
            text += "What was added, and what AWS said before:\n";
            text += &said::learned(learning.learned());
        }
        Ok(Outcome { code, said: text, policy: Some(learning.text()) })
    }

    fn make(&self, wanted: Wanted) -> Result<Made<'_>, TrialError> {
        let Experiment { asking, services, journals, interrupted, say } = *self;
        Made::make(asking, services, journals, wanted, interrupted, say)
    }

    /// Removes what crashes left; whoever tries something else is not kept from it.
    fn remove_what_is_left(&self) {
        let Experiment { asking, services, journals, say, .. } = *self;
        let done = clean_up(asking, services, journals, Which::Journals, &mut |_| false);
        if let Ok(done) = done {
            let text = said::cleaned(&done);
            text.lines().filter(|line| !line.is_empty()).for_each(say);
        }
    }

    fn given<'m>(&self, made: &'m Made<'_>, seconds: u32) -> Result<Given<'m>, TrialError> {
        let session = made.session()?;
        let mut environment: Environment = vec![
            ("AWS_CONFIG_FILE", NO_FILE.into()),
            ("AWS_SHARED_CREDENTIALS_FILE", NO_FILE.into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ];
        if let Some(region) = self.services.region() {
            let names = ["AWS_REGION", "AWS_DEFAULT_REGION"];
            environment.extend(names.map(|name| (name, region.into())));
        }
        let outlasts = made.sessions().seconds >= seconds;
        let handout =
            if outlasts { None } else { Some(Handout::begin(self.asking, made.sessions())?) };
        match &handout {
            None => {
                let variables = session.credentials.variables();
                environment.extend(variables.map(|(name, it)| (name, it.into())));
            }
            Some(handout) => {
                (self.say)(&format!(
                    "leastwise: a session lasts {} s at most, so the command gets new credentials while it runs",
                    made.sessions().seconds
                ));
                environment.extend(handout.variables().map(|(name, it)| (name, it.into())));
            }
        }
        let size = session.packed_policy_size.filter(|_| made.role_arn().is_none());
        if let Some(size) = size {
            (self.say)(&format!(
                "leastwise: the session's policy takes {size} % of what AWS packs into a session"
            ));
        }
        Ok(Given { environment, until: until(&session), made, _handout: handout })
    }

    fn decoded(&self, message: &Encoded) -> Option<String> {
        let sts = self.services.sts(self.services.region()?);
        let decoded = self.asking.wait(sts.decoded(message.message()));
        decoded.ok().filter(|it| serde_json::from_str::<Value>(it).is_ok())
    }
}

/// What the command is given, while it runs.
struct Given<'m> {
    environment: Environment,
    until: String,
    made: &'m Made<'m>,
    _handout: Option<Handout>,
}

impl Given<'_> {
    /// What lasts beyond the end.
    fn lasting(&self) -> String {
        let until = &self.until;
        match self.made.role_arn() {
            Some(_) => format!(
                "leastwise: the session's credentials live until {until}, and are good for nothing without their role"
            ),
            None => format!(
                "leastwise: the session's credentials are good until {until}: AWS cannot withdraw them"
            ),
        }
    }
}

fn passed(round: u32) -> String {
    format!("AWS refused nothing in round {round}.\n")
}

fn documents(wanted: &Wanted) -> Result<Vec<crate::evaluate::document::Document>, TrialError> {
    let documents = wanted.tried.documents();
    documents.map_err(|error| TrialError::TooLarge(format!("the policies do not unite: {error}")))
}
