//! What AWS says of needs, beside what we say.

use crate::aws::{Decision, MatchedStatement, Simulated};
use crate::evaluate::verdict::Verdict;

/// Why AWS is not asked about a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAsked {
    /// Its resource is a pattern of ours.
    Pattern,
    /// Its resource is not known.
    UnknownResource,
    /// Our own verdict depends on what is not known.
    Undecided,
    /// A role is asked about, and a resource's policy speaks of the resource
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html>).
    RoleWithResourcePolicy,
    /// Its names are longer than the simulator takes.
    TooLong,
    /// The simulator does not take it; its sentence says why.
    Refused(String),
    /// The answer says nothing of it.
    Unanswered,
}

impl NotAsked {
    /// The word for it in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            NotAsked::Pattern => "pattern",
            NotAsked::UnknownResource => "unknown-resource",
            NotAsked::Undecided => "undecided",
            NotAsked::RoleWithResourcePolicy => "role-with-resource-policy",
            NotAsked::TooLong => "too-long",
            NotAsked::Refused(_) => "refused",
            NotAsked::Unanswered => "unanswered",
        }
    }

    /// The reason, as half a sentence.
    pub fn because(&self) -> String {
        match self {
            NotAsked::Pattern => {
                "its resource is a pattern, and the simulator takes resources".to_owned()
            }
            NotAsked::UnknownResource => "which resource is meant is not known".to_owned(),
            NotAsked::Undecided => {
                "it depends on what is not known of the request; --context says it".to_owned()
            }
            NotAsked::RoleWithResourcePolicy => {
                "the simulator evaluates no resource's policy for a role".to_owned()
            }
            NotAsked::TooLong => {
                "its action or resource is longer than the simulator takes".to_owned()
            }
            NotAsked::Refused(why) => format!("the simulator does not take it: {why}"),
            NotAsked::Unanswered => "the simulator's answer says nothing of it".to_owned(),
        }
    }
}

/// What AWS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its verdict.
    pub decision: Decision,
    /// The statements that led to it.
    pub matched: Vec<MatchedStatement>,
    /// Keys that the policies ask for and that nothing is known of.
    pub missing: Vec<String>,
    /// Whether the organization's policies allow it, where there are any.
    pub organizations: Option<bool>,
    /// Whether the permissions boundary allows it, where there is one.
    pub boundary: Option<bool>,
}

impl Answer {
    pub(super) fn of(result: &Simulated) -> Answer {
        Answer {
            decision: result.decision,
            matched: result.matched.clone(),
            missing: result.missing.clone(),
            organizations: result.organizations,
            boundary: result.boundary,
        }
    }
}

/// What is said of a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Our verdict, in AWS's words; `None` where we have none.
    pub ours: Option<Decision>,
    /// AWS's.
    pub aws: Result<Answer, NotAsked>,
}

/// How the two stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// They differ.
    Disagrees,
    /// AWS alone was asked, and does not allow it.
    Refused,
    /// AWS alone was asked, and does not allow it as far as it was told of the request.
    Undecided,
    /// AWS was not asked.
    NotAsked,
    /// They are the same.
    Agrees,
    /// AWS alone was asked, and allows it.
    Allowed,
}

impl Opinion {
    /// How AWS's verdict stands to ours.
    pub fn standing(&self) -> Standing {
        match (&self.aws, self.ours) {
            (Err(_), _) => Standing::NotAsked,
            (Ok(aws), Some(ours)) if aws.decision == ours => Standing::Agrees,
            (Ok(_), Some(_)) => Standing::Disagrees,
            (Ok(aws), None) => match aws.decision {
                Decision::Allowed => Standing::Allowed,
                Decision::ImplicitDeny
                    if !aws.missing.is_empty()
                        && aws.boundary != Some(false)
                        && aws.organizations != Some(false) =>
                {
                    Standing::Undecided
                }
                Decision::ImplicitDeny | Decision::ExplicitDeny => Standing::Refused,
            },
        }
    }
}

/// What AWS says of all needs; what matters most first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// What it was asked about: a principal, or nothing where it was the policies.
    pub principal: Option<String>,
    /// What the policies are called, in the order in which AWS numbers them.
    pub names: Vec<String>,
    /// One for each need.
    pub opinions: Vec<Opinion>,
    /// How many different questions were asked.
    pub questions: usize,
}

impl Judged {
    /// Those that stand so.
    pub fn of(&self, standing: Standing) -> impl Iterator<Item = &Opinion> {
        self.opinions.iter().filter(move |it| it.standing() == standing)
    }

    /// The exit code: 0 where AWS says what we say or, asked alone, allows everything; else 3. What was not asked is no failure where we
    /// judge, too; alone, it is one unless what is not decided is accepted.
    pub fn exit_code(&self, fails_undecided: bool) -> i32 {
        let fails = |it: &Opinion| match it.standing() {
            Standing::Disagrees | Standing::Refused => true,
            Standing::Undecided => fails_undecided,
            Standing::NotAsked => fails_undecided && self.principal.is_some(),
            Standing::Agrees | Standing::Allowed => false,
        };
        if self.opinions.iter().any(fails) { 3 } else { 0 }
    }
}

/// Our verdict in AWS's words, where it is certain.
pub(super) fn ours(verdict: &Verdict) -> Option<Decision> {
    match verdict {
        Verdict::Allowed => Some(Decision::Allowed),
        Verdict::NotAllowed => Some(Decision::ImplicitDeny),
        Verdict::Denied => Some(Decision::ExplicitDeny),
        Verdict::MayBeAllowed(_) | Verdict::MayBeDenied(_) => None,
    }
}
