//! What an answer says when it denies a call.

use super::because::Because;
use super::sentence::{self, Sentence};
use crate::call::{self, Call};

/// A denied call, or a denied entry of one, in the words of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The principal that was denied (its ARN), as far as the answer says.
    pub principal: Option<String>,
    /// The action, as far as the answer says: any text with a colon.
    pub action: Option<String>,
    /// The resource, as far as the answer says: any text.
    pub resource: Option<String>,
    /// Why.
    pub because: Because,
    /// The sentence, without any encoded message.
    pub sentence: String,
    /// Whether the answer has an encoded message, for `sts:DecodeAuthorizationMessage`.
    pub encoded: bool,
    /// How often the answer says it.
    pub times: u32,
    /// What became of what it asks for.
    pub upshot: Upshot,
}

/// What became of what a denial asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upshot {
    /// The call's requirements have it by AWS's map and the rules, or it names nothing beside them.
    Known,
    /// It was added to the call's requirements.
    Added,
    /// No policy of the caller can cure it.
    Elsewhere,
    /// It was not added.
    NotAdded(NotAdded),
}

/// Why what a denial asks for was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotAdded {
    /// The call was not recognised.
    Unrecognized,
    /// The call bore no credentials that IAM stands behind.
    Unsigned,
    /// AWS itself did not say it, and neither its map nor a rule says that the call needs this.
    NotFromAws,
    /// The action is none of AWS's, or not spelt out.
    NoSuchAction,
    /// The resource is of no type that the action has.
    OtherResource,
    /// Denials ask for more already than is kept.
    TooMany,
    /// It is the report of something that happened, to whom is not said.
    Reported,
    /// A service-linked role is to be made, for a service that is not said.
    NoSuchRole,
}

/// The longest sentence that is kept.
const LONGEST: usize = 1_024;

impl Denial {
    /// The denial that the call's answer says, if it does, before it is judged.
    pub fn of(call: &Call) -> Option<Denial> {
        let message = call.outcome.message.as_deref().unwrap_or_default();
        Denial::read(call.outcome.error.as_deref(), message).map(|(denial, _)| denial)
    }

    /// The denial in a code and a sentence, before it is judged; and what the sentence says.
    pub(super) fn read<'a>(code: Option<&str>, message: &'a str) -> Option<(Denial, Sentence<'a>)> {
        if code.is_none() && message.is_empty() {
            return None;
        }
        let (text, encoded) = without_encoded(message);
        if !call::is_denial(code.unwrap_or_default()) && !sentence::is_denial(text) {
            return None;
        }
        let said = sentence::read(text);
        let denial = Denial {
            principal: said.principal.map(str::to_owned),
            action: said.action.map(bounded),
            resource: said.resource.map(|it| bounded(&it.text())),
            because: said.because,
            sentence: bounded(text),
            encoded,
            times: 1,
            upshot: Upshot::Known,
        };
        Some((denial, said))
    }
}

/// The sentence before an encoded message, and whether there is one. The encoded message says what only the account's
/// administrators may read.
fn without_encoded(message: &str) -> (&str, bool) {
    match message.split_once("Encoded authorization failure message:") {
        Some((sentence, _)) => (sentence.trim_end(), true),
        None => (message, false),
    }
}

fn bounded(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
