//! What was judged of a call: values, no text.

use std::sync::Arc;

use crate::authorize::Certainty;
use crate::call::{Call, Name, Timestamp};
use crate::evaluate::levels::{Outcome, Ruling};

/// What policies say of a call.
#[derive(Debug, Clone)]
pub struct Judged {
    /// When the call began.
    pub time: Timestamp,
    /// The service, under botocore's name where the catalogue knows it.
    pub service: Name,
    /// The operation, where it is known.
    pub operation: Option<Name>,
    /// The region, where it is known.
    pub region: Option<Name>,
    /// The host that was asked.
    pub host: Option<String>,
    /// Who asked: the ARN, else the id of the access key; `None` where neither is known.
    pub principal: Option<String>,
    /// The permissions that it needs, as far as they were not judged before.
    pub permissions: Arc<[Permission]>,
    /// What comes of them all.
    pub verdict: Verdict,
    /// Why it could not be judged, as half a sentence.
    pub unread: Option<String>,
    /// How far the call was when it was judged.
    pub stage: Stage,
    /// What became of it.
    pub fate: Fate,
}

/// A permission that a call needs, and what policies say of it.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The action (`s3:PutObject`).
    pub action: Name,
    /// Its ARN, a pattern, or `*`.
    pub resource: String,
    /// Whether the call needs it for certain.
    pub certainty: Certainty,
    /// What policies say.
    pub ruling: Ruling,
}

/// What comes of all permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Policies allow the call.
    Allowed,
    /// It needs no permission.
    NotNeeded,
    /// No identity of IAM stands behind it: no policy decides on it.
    NotAsked,
    /// Policies do not allow it.
    Denied,
    /// That depends on what is not known.
    Undecided,
    /// What the call needs is not known.
    Unrecognized,
    /// What it names cannot be what an action is on.
    Misnamed,
    /// It could not be read far enough to be judged.
    Unread,
}

/// How far a call was when it was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before anything of it was sent on.
    Request,
    /// When the head of its answer was there.
    Answer,
    /// When it was over.
    End,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It went on, as it may.
    Passed,
    /// Nothing of it was sent on.
    Refused,
    /// Its answer was kept back.
    Withheld,
    /// It has happened, and should not have.
    PassedAlthough,
    /// It was only said (`--soft`).
    Reported,
}

impl Verdict {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::NotNeeded => "needs-no-permission",
            Verdict::NotAsked => "not-signed",
            Verdict::Denied => "denied",
            Verdict::Undecided => "undecided",
            Verdict::Unrecognized => "unrecognized",
            Verdict::Misnamed => "misnamed",
            Verdict::Unread => "unread",
        }
    }
}

impl Stage {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Request => "request",
            Stage::Answer => "answer",
            Stage::End => "end",
        }
    }
}

impl Fate {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Passed => "passed",
            Fate::Refused => "refused",
            Fate::Withheld => "answer-withheld",
            Fate::PassedAlthough => "passed-would-be-refused",
            Fate::Reported => "passed-reported",
        }
    }
}

impl Judged {
    /// A call of which nothing is judged yet.
    pub(super) fn of(call: &Call, principal: Option<String>, stage: Stage) -> Judged {
        Judged {
            time: call.time,
            service: call.service.clone(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            host: call.host.clone(),
            principal,
            permissions: Arc::default(),
            verdict: Verdict::NotNeeded,
            unread: None,
            stage,
            fate: Fate::Passed,
        }
    }

    /// A call that was refused since it could not be read far enough, for this reason.
    pub fn given_up(call: &Call, why: String) -> Judged {
        Judged {
            verdict: Verdict::Unread,
            unread: Some(why),
            fate: Fate::Refused,
            ..Judged::of(call, call.principal.clone(), Stage::Request)
        }
    }

    /// The permission for which a call is refused: one that is denied explicitly, else one that is not allowed, else one that is
    /// not decided.
    pub fn reason(&self) -> Option<&Permission> {
        let rank = |it: &&Permission| match &it.ruling.outcome {
            Outcome::Denied(denial) if denial.explicit => 0,
            Outcome::Denied(_) => 1,
            Outcome::Undecided(_) => 2,
            Outcome::Allowed => 3,
        };
        self.permissions.iter().filter(|it| !it.ruling.is_allowed()).min_by_key(rank)
    }
}
