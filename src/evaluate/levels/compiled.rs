//! The policies of one level, ready to be asked.

use std::sync::Arc;

use crate::evaluate::document::Document;
use crate::evaluate::levels::kind::Level;
use crate::evaluate::levels::meeting::{Meeting, meeting};
use crate::evaluate::levels::principal::Principal;
use crate::evaluate::levels::ruling::{Applies, Has, Spoken, Unmet, Where};
use crate::evaluate::verdict::{Evaluator, Known, Request, Truth, Weighed};
use crate::policy::Effect;

/// A policy, and what it is called.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The path of its file, or another name.
    pub name: Arc<str>,
    /// What is in it.
    pub document: Document,
}

/// Policies that unite: what one of them allows, they allow.
#[derive(Debug)]
pub(super) struct Compiled {
    level: Level,
    names: Vec<Arc<str>>,
    policies: Evaluator<'static>,
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) principal: &'a Principal,
    /// Its context has the principal's keys.
    pub(super) request: Request<'a>,
    /// Whether a permissions boundary holds for the principal.
    pub(super) bounded: bool,
}

/// What policies say of a request.
#[derive(Debug)]
pub(super) struct Said {
    /// What allows it, by what of the principal it names.
    pub(super) allows: Meeting,
    /// Whether it is denied.
    pub(super) denies: Truth,
    /// The statements.
    pub(super) statements: Vec<Spoken>,
}

impl Compiled {
    pub(super) fn new<'p>(
        level: Level,
        policies: impl IntoIterator<Item = &'p Policy> + Clone,
    ) -> Compiled {
        Compiled {
            level,
            names: policies.clone().into_iter().map(|policy| Arc::clone(&policy.name)).collect(),
            policies: Evaluator::owning(policies.into_iter().map(|policy| &policy.document)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// What they say. `about`: whether they are about the resource at all; `account`: whether naming the account is naming the
    /// principal.
    pub(super) fn say(&self, asked: Asked<'_>, about: &Truth, account: &Truth) -> Said {
        let Request { action, resource, context } = asked.request;
        let mut said = Said {
            allows: Meeting {
                direct: Truth::False,
                underlying: Truth::False,
                account: Truth::False,
            },
            denies: Truth::False,
            statements: Vec::new(),
        };
        let mut allows = [Vec::new(), Vec::new(), Vec::new()];
        let mut denies = Vec::new();
        for weighed in self.policies.of_action(action).statements(resource, context) {
            let effect = weighed.statement.effect;
            let mut met = weighed
                .statement
                .principals
                .as_ref()
                .map_or_else(Meeting::attached, |principals| {
                    meeting(principals, effect, asked.principal, asked.bounded, context)
                });
            if effect == Effect::Allow {
                met.account = Truth::all([met.account, account.clone()]);
            }
            if met.any() == Truth::False {
                continue;
            }
            let conditions = weighed.conditions.iter().cloned();
            let holds =
                Truth::all([about.clone(), weighed.on.clone()].into_iter().chain(conditions));
            if effect == Effect::Deny {
                denies.push(Truth::all([holds.clone(), met.any()]));
            } else if holds != Truth::False {
                for (all, one) in
                    allows.iter_mut().zip([&met.direct, &met.underlying, &met.account])
                {
                    all.push(Truth::all([holds.clone(), one.clone()]));
                }
            }
            said.statements.push(self.spoken(
                &weighed,
                asked.request,
                Truth::all([holds, met.any()]),
            ));
        }
        let [direct, underlying, account] = allows.map(Truth::any);
        said.allows = Meeting { direct, underlying, account };
        said.denies = Truth::any(denies);
        said
    }

    fn spoken(&self, weighed: &Weighed<'_>, request: Request<'_>, truth: Truth) -> Spoken {
        let (document, statement) = weighed.at;
        let content = weighed.statement;
        let conditions = content.conditions.iter().zip(&weighed.conditions);
        let unmet = conditions.filter(|(_, holds)| **holds != Truth::True).map(|(condition, _)| {
            let has = match request.context.get(&condition.key) {
                Known::Values(values) => Has::Values(values.to_vec()),
                Known::Absent => Has::Absent,
                Known::Nothing => Has::NotKnown,
            };
            Unmet {
                operator: condition.operator_name.clone(),
                key: condition.key.clone(),
                values: condition.values.clone(),
                has,
            }
        });
        Spoken {
            at: Where {
                level: self.level,
                file: self.names.get(document).map_or_else(|| Arc::from(""), Arc::clone),
                statement: statement + 1,
                sid: content.sid.clone().filter(|sid| !sid.is_empty()),
                place: content.place,
            },
            effect: content.effect,
            conditions: unmet.collect(),
            applies: match truth {
                Truth::True => Applies::Yes,
                Truth::False => Applies::No,
                Truth::Depends(reasons) => Applies::Depends(reasons),
            },
        }
    }
}
