//! What policies of all kinds say of a request, and why: values, no text.

use std::sync::Arc;

use crate::evaluate::document::Place;
use crate::evaluate::levels::kind::{Kind, Level};
use crate::evaluate::verdict::Reason;
use crate::policy::Effect;

/// What policies say of a request, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Whether it may go on.
    pub outcome: Outcome,
    /// The statements that speak of the action and the resource to the principal, by level and in the order of their files.
    pub statements: Vec<Spoken>,
    /// The levels that would have to allow it and do not.
    pub missing: Vec<Level>,
    /// What was taken for granted.
    pub notes: Vec<Note>,
}

/// Whether a request may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It may.
    Allowed,
    /// It may not.
    Denied(Denial),
    /// That depends on this; never empty.
    Undecided(Vec<Reason>),
}

/// How a request is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    /// Whether a statement denies it, rather than that none allows it.
    pub explicit: bool,
    /// The kind of policy that denies it, or does not allow it; the first, where there are several.
    pub by: Kind,
}

/// A statement that speaks of the action and the resource to the principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Where it stands.
    pub at: Where,
    /// What it does.
    pub effect: Effect,
    /// Whether it applies.
    pub applies: Applies,
    /// Its conditions that fail, or of which that is not known.
    pub conditions: Vec<Unmet>,
}

/// Whether a statement applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applies {
    /// It does.
    Yes,
    /// A condition fails.
    No,
    /// That depends on this; never empty.
    Depends(Vec<Reason>),
}

/// Where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// In a policy of which kind and level.
    pub level: Level,
    /// What its policy is called: the path of its file.
    pub file: Arc<str>,
    /// Which statement, from 1.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its first character.
    pub place: Place,
}

/// A condition that fails, or of which that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The operator, as it is written.
    pub operator: String,
    /// The condition key, as it is written.
    pub key: String,
    /// What the policy asks for.
    pub values: Vec<String>,
    /// What the request has.
    pub has: Has,
}

/// What a request has of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Has {
    /// These values.
    Values(Vec<String>),
    /// None.
    Absent,
    /// That is not known.
    NotKnown,
}

/// What was taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The policy of the key or the role was not given, and is taken for one that leaves it to the account.
    LeftToAccount(Kind),
    /// Service control policies do not hold for service-linked roles and the management account; resource control policies
    /// neither, nor for services that do not support them.
    Spared(Kind),
    /// The account's root user needs no identity-based policy.
    Root,
}

impl Ruling {
    /// That of no policy at all.
    pub fn not_allowed() -> Ruling {
        let denial = Denial { explicit: false, by: Kind::Identity };
        let missing = vec![Level { kind: Kind::Identity, number: None }];
        let outcome = Outcome::Denied(denial);
        Ruling { outcome, statements: Vec::new(), missing, notes: Vec::new() }
    }

    /// That of policies of which it is not known whether they hold, for this reason.
    pub fn undecided(reason: Reason) -> Ruling {
        let outcome = Outcome::Undecided(vec![reason]);
        Ruling { outcome, statements: Vec::new(), missing: Vec::new(), notes: Vec::new() }
    }

    /// Whether it is allowed.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// The statements that allow it.
    pub fn allowing(&self) -> impl Iterator<Item = &Spoken> {
        self.statements.iter().filter(|it| it.effect == Effect::Allow && it.applies == Applies::Yes)
    }

    /// The statements that deny it.
    pub fn denying(&self) -> impl Iterator<Item = &Spoken> {
        self.statements.iter().filter(|it| it.effect == Effect::Deny && it.applies == Applies::Yes)
    }

    /// The statements of which a condition fails, or of which it is not known whether they apply.
    pub fn unsettled(&self) -> impl Iterator<Item = &Spoken> {
        self.statements.iter().filter(|it| it.applies != Applies::Yes)
    }
}
