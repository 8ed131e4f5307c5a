//! Whether a call asked for anything of an identity's policies: who was never authenticated, and who calls without
//! credentials, is not judged by any.

use crate::call::{Authorization, Call, Source};
use crate::catalog::Catalog;

/// How a call stands towards an identity's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// They decide on it, as far as anybody knows.
    Judged,
    /// AWS did not find out, or did not believe, who called.
    Unauthenticated,
    /// It has no credentials that an IAM identity stands behind.
    Anonymous,
}

impl Standing {
    /// How a call stands, from its request and its answer alone.
    pub fn of(call: &Call) -> Standing {
        if call.outcome.is_unauthenticated(&call.service) || is_wrong_password(call) {
            return Standing::Unauthenticated;
        }
        match call.evidence.authorization {
            Some(it) if it.is_credential() => Standing::Judged,
            Some(_) => Standing::Anonymous,
            None if is_never_signed(call) => Standing::Anonymous,
            None => Standing::Judged,
        }
    }
}

/// Whether a password or a key was not taken: that is what 401 says where they are sent
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2>). Such a request a stranger's link can make, too.
fn is_wrong_password(call: &Call) -> bool {
    matches!(call.evidence.authorization, Some(Authorization::Basic | Authorization::Bearer))
        && call.outcome.status == Some(401)
}

/// Whether SDKs sign no call of the operation, where the request is out of sight and no key was told.
fn is_never_signed(call: &Call) -> bool {
    if call.source != Source::Csm || call.principal.is_some() || !call.recognized {
        return false;
    }
    let operation = call
        .operation
        .as_deref()
        .and_then(|operation| Catalog::embedded().service(&call.service)?.operation(operation));
    operation.is_some_and(|it| it.auth() == "none")
}
