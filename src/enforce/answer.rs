//! What a refused call gets.

use crate::catalog::Service;
use crate::enforce::judged::{Judged, Verdict};
use crate::evaluate::levels::{Kind, Outcome};
use crate::recognize::http::Wire;
use crate::refuse::{self, Answer, Because, Policy, Refusal};

/// AWS's answer to a call that policies do not allow. `id`: a number that no other answer has.
pub fn answer(judged: &Judged, service: Option<Service>, wire: Wire, id: u128) -> Answer {
    refuse::answer(service, wire, &sentence(judged, service), id)
}

/// The answer to a call that could not be judged; `why` says it, in the place of AWS's reason.
pub fn answer_to_given_up(why: &str, service: Option<Service>, wire: Wire, id: u128) -> Answer {
    refuse::answer(service, wire, &format!("The request was refused by leastwise: {why}"), id)
}

/// AWS's sentence, and behind it what only we can say.
fn sentence(judged: &Judged, service: Option<Service>) -> String {
    let principal = judged.principal.as_deref();
    let Some(reason) = judged.reason() else {
        let why = match judged.verdict {
            Verdict::Misnamed => "what it names cannot be what the action is on",
            Verdict::Unread => judged.unread.as_deref().unwrap_or("it could not be judged"),
            _ => "it is not known what permission it needs",
        };
        return format!("{} ({why})", refuse::sentence_of_unrecognized(principal));
    };
    let because = match &reason.ruling.outcome {
        Outcome::Denied(denial) if denial.explicit => Because::Denied(policy(denial.by)),
        Outcome::Denied(denial) => Because::NotAllowed(policy(denial.by)),
        Outcome::Undecided(_) | Outcome::Allowed => Because::NotAllowed(Policy::Identity),
    };
    let sentence = refuse::sentence(
        service,
        &Refusal { principal, action: &reason.action, resource: Some(&*reason.resource), because },
    );
    match &reason.ruling.outcome {
        Outcome::Undecided(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            format!("{sentence} (not decided: it depends on {})", reasons.join(" and on "))
        }
        _ => sentence,
    }
}

fn policy(kind: Kind) -> Policy {
    match kind {
        Kind::Endpoint => Policy::VpcEndpoint,
        Kind::ResourceControl => Policy::ResourceControl,
        Kind::ServiceControl => Policy::ServiceControl,
        Kind::Resource => Policy::Resource,
        Kind::Trust => Policy::Trust,
        Kind::Identity => Policy::Identity,
        Kind::Boundary => Policy::Boundary,
        Kind::Session => Policy::Session,
    }
}
