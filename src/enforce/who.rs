//! Who makes a call, and what the call itself says of the context that policies are asked in.

use crate::call::{Call, Timestamp};
use crate::evaluate::levels::Principal;
use crate::evaluate::verdict::Context;
use crate::recording::rfc3339;
use crate::session::principals::Callers;

/// The principal, as far as it is known, and what it is called: its ARN, else the id of the access key.
pub(super) fn asks(callers: &Callers, call: &Call) -> (Principal, Option<String>) {
    let key = call.principal.as_deref();
    let unknown = || Principal::Unknown { account: call.account.clone() };
    let Some(arn) = key.and_then(|key| callers.arn_of(key)) else {
        return (unknown(), key.map(str::to_owned));
    };
    let principal = match role_of_session(arn) {
        Some(role) => {
            let with_path = callers.with_path(&role).to_owned();
            // Without having been told, a role may be under any path.
            let role = (with_path != role).then_some(with_path);
            let session = (!arn.contains('*')).then(|| arn.to_owned());
            if role.is_none() && session.is_none() {
                unknown()
            } else {
                Principal::Role { role, session }
            }
        }
        None => Principal::parse(arn).unwrap_or_else(unknown),
    };
    (principal, Some(arn.to_owned()))
}

/// `arn:aws:iam::111122223333:role/deploy` of `arn:aws:sts::111122223333:assumed-role/deploy/ci`.
fn role_of_session(arn: &str) -> Option<String> {
    let (before, rest) = arn.split_once(":assumed-role/")?;
    let (role, _session) = rest.split_once('/')?;
    Some(format!("{}:role/{role}", before.replacen(":sts:", ":iam:", 1)))
}

/// Puts into the context what every request says, where nothing else says it
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
pub(super) fn tell_of_request(call: &Call, context: &mut Context) {
    if let Some(agent) = &call.user_agent {
        context.set_unknown("aws:UserAgent", [agent]);
    }
    if let Some(secure) = call.evidence.secure {
        context.set_unknown("aws:SecureTransport", [secure.to_string()]);
    }
    context.set_unknown("aws:EpochTime", [(call.time.0 / 1_000).to_string()]);
    // In seconds, as IAM tells it.
    let second = Timestamp(call.time.0 / 1_000 * 1_000);
    context.set_unknown("aws:CurrentTime", [rfc3339(second)]);
}

#[cfg(test)]
mod tests {
    use super::role_of_session;

    #[test]
    fn the_role_of_a_session() {
        let session = "arn:aws-cn:sts::111122223333:assumed-role/deploy/ci";
        assert_eq!(
            role_of_session(session).as_deref(),
            Some("arn:aws-cn:iam::111122223333:role/deploy")
        );
        assert_eq!(role_of_session("arn:aws:iam::111122223333:user/ann"), None);
    }
}
