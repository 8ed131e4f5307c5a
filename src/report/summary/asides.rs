//! What was heard and is not in the policy: why, and what to do.

use std::fmt::Write as _;

use crate::report::summary::list::list;
use crate::session::aside::{Aside, Asides};
use crate::text::counted;

/// All of it, as text; empty where nothing was left out.
pub fn text(asides: &Asides) -> String {
    let mut text = String::new();
    tell(asides, &mut text);
    text
}

/// Tells them: for each reason a sentence and the most frequent names.
pub(crate) fn tell(asides: &Asides, text: &mut String) {
    for (aside, tally) in asides.iter() {
        let (noun, reason) = told(aside);
        let _ = writeln!(text, "  {} {reason}:", counted(tally.total(), noun));
        list(tally, text);
    }
}

/// What is counted (`call`, `datagram`), and the rest of the sentence that begins with how many there were: why, and
/// what to do.
fn told(aside: Aside) -> (&'static str, &'static str) {
    match aside {
        Aside::OthersConnection => (
            "connection",
            "from other users of this machine refused; --allow-user NAME lets a user in",
        ),
        Aside::ClosedConnection => (
            "connection",
            "refused because the other end was already closed, so its owner cannot be determined",
        ),
        Aside::OthersDatagram => (
            "datagram",
            "from other users of this machine ignored; --allow-user NAME lets a user in",
        ),
        Aside::OthersReport => (
            "report",
            "over client-side monitoring ignored, because the AWS_CSM_CLIENT_ID that only the command knows was missing",
        ),
        Aside::Unauthenticated => (
            "call",
            "left out: AWS did not accept the credentials, so it never asked for a permission; renew them and record again",
        ),
        Aside::Anonymous => (
            "call",
            "left out: made without IAM credentials, so no policy of the caller applies; --anonymous include adds them",
        ),
        Aside::PlainHttp => (
            "call",
            "left out: made over plain HTTP to a host that nobody has vouched for; if it stands in for AWS, the option shown includes its calls",
        ),
        Aside::OtherService => (
            "call",
            "left out: made to an AWS host that does not serve the operation; find out what sent the program there",
        ),
        Aside::UnknownHost => (
            "call",
            "left out: made to a host that is not a known address of the service; if it is yours, the option shown includes its calls",
        ),
        Aside::OtherKind => (
            "call",
            "left out: the request names a resource of a different kind than the action takes, or an account or region that cannot exist",
        ),
        Aside::Unreadable => (
            "call",
            "left out: the request names a resource in more than 2 KB, as something other than text, or among more names than are kept",
        ),
        Aside::DenialNotFromAws => (
            "denial",
            "not added, since nothing shows that AWS said it in its own name, and according to AWS's lists the call does not need this; if it \
             does, give a rule with --rules, or add it by hand",
        ),
        Aside::DenialOfNobody => (
            "denial",
            "not added, since the call was not recognised or bore no credentials; add it by hand if the call is yours",
        ),
        Aside::DenialOfNoAction => {
            ("denial", "not added, since AWS has no such action; look up what the service calls it")
        }
        Aside::DenialOnOtherResource => (
            "denial",
            "not added, since it names no resource of a type that the action has; look up which resource it is needed on, and add it by hand",
        ),
        Aside::DenialBeyondBound => (
            "denial",
            "not added, since there were denials of more than can be kept; run again with the policy so far",
        ),
        Aside::DenialReported => (
            "denial",
            "that an answer reports about something earlier, perhaps done by another principal, and so not added; if it \
             was the caller, add it by hand",
        ),
        Aside::LinkedRole => (
            "denial",
            "not added, since it does not say which service the role is for; \
             give iam:CreateServiceLinkedRole with the condition iam:AWSServiceName, or make the role beforehand",
        ),
    }
}

/// What is said at once when the first refusal of a neighbour comes, before its name.
pub fn first(aside: Aside) -> &'static str {
    match aside {
        Aside::OthersConnection => "refused a connection from another user",
        Aside::ClosedConnection => "refused a connection that was closed at the other end",
        Aside::OthersDatagram => "refused a datagram from another user",
        _ => "left out a report that is not the command's",
    }
}
