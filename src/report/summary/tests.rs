use crate::call::{Outcome, Source, Timestamp};

use crate::authorize::{Decision, Permission};
use crate::call::Call;
use crate::report::summary::list::SHOWN;
use crate::report::summary::*;
use crate::session::denials::NO_WORD;
use crate::session::tally::COUNTED_BY_NAME;

fn call(service: &str, operation: &str) -> Call {
    Call {
        source: Source::Csm,
        time: Timestamp(0),
        service: service.to_owned().into(),
        operation: Some(operation.to_owned().into()),
        recognized: true,
        region: None,
        partition: "aws".into(),
        account: None,
        principal: None,
        outcome: Outcome::default(),
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: serde_json::Map::new(),
        evidence: Default::default(),
    }
}

fn unknown(operation: &str) -> Call {
    Call { recognized: false, ..call("quantum", operation) }
}

fn failed(operation: &str, error: Option<&str>, status: Option<u16>) -> Call {
    let outcome = Outcome { error: error.map(str::to_owned), status, ..Outcome::default() };
    Call { outcome, ..call("dynamodb", operation) }
}

fn heard(counts: &mut Counts, call: &Call) {
    let known = if call.recognized { Permission::Known } else { Permission::Unknown };
    counts.call(call, &decision(known, &[]));
}

fn decision(permission: Permission, left_out: &[&str]) -> Decision {
    let left_out = left_out.iter().map(|action| (*action).to_owned().into()).collect();
    Decision {
        requirements: Vec::new(),
        left_out,
        permission,
        denial: None,
        denied_entries: Vec::new(),
        refused: Vec::new(),
    }
}

fn text(counts: &Counts, ending: Ending, quiet: bool) -> String {
    let left_out = counts.left_out().collect();
    Summary {
        counts,
        calls: Which::All,
        principals: Principals::default(),
        actions: 3,
        statements: 1,
        left_out,
        made: &Holding::default(),
        account_unknown: false,
        proxied: false,
        dropped: 0,
        hints: Vec::new(),
        ending,
        lasted: Duration::ZERO,
    }
    .render(quiet)
}

#[test]
fn a_good_run_is_one_line() {
    let mut counts = Counts::default();
    heard(&mut counts, &call("s3", "PutObject"));
    heard(&mut counts, &call("s3", "PutObject"));
    assert_eq!(
        text(&counts, Ending::Written("policy.json".to_owned()), false),
        "leastwise: heard 2 calls of 1 operation; the policy has 3 actions in 1 statement and is in policy.json.\n"
    );
    assert_eq!(text(&counts, Ending::Printed, true), "");
}

#[test]
fn everything_there_is_to_say() {
    let mut counts = Counts::default();
    counts.malformed = 2;
    for call in [
        call("s3", "PutObject"),
        unknown("Entangle"),
        unknown("Entangle"),
        failed("GetItem", None, Some(500)),
        failed("UpdateTimeToLive", Some("AccessDeniedException"), Some(400)),
        failed("UpdateTimeToLive", Some("AccessDeniedException"), Some(400)),
        Call { operation: None, ..unknown("") },
    ] {
        heard(&mut counts, &call);
    }
    counts.call(&call("iot", "Oddity"), &decision(Permission::Unknown, &[]));
    counts.call(
        &Call { service: "ec2metadata".into(), ..unknown("GetToken") },
        &decision(Permission::NotNeeded, &[]),
    );
    let known = known_as_of();
    let left_out = vec!["a:One", "a:Three", "a:Two", "b:Four"];
    let ending = Ending::Printed;
    let summary = Summary {
        counts: &counts,
        calls: Which::All,
        principals: Principals::default(),
        actions: 3,
        statements: 2,
        left_out,
        made: &Holding::default(),
        account_unknown: false,
        proxied: false,
        dropped: 1,
        hints: Vec::new(),
        ending,
        lasted: Duration::ZERO,
    };
    assert_eq!(
        summary.render(false),
        format!(
            "\
leastwise: heard 9 calls of 4 operations; the policy has 3 actions in 2 statements.
  3 calls not recognised, and so not in the policy:
         2  quantum.Entangle
         1  quantum
  {known}
  1 call for which AWS lists no permission; look up whether one is needed:
         1  iot.Oddity
  4 actions that these operations can need, but calls seldom do, left out
    (a:One, a:Three, a:Two, …); --possible include adds them.
  3 calls failed:
         2  dynamodb.UpdateTimeToLive  AccessDeniedException
         1  dynamodb.GetItem  HTTP 500
  2 datagrams could not be read.
  1 datagram was dropped by the kernel; the policy may be incomplete.
"
        )
    );
    let quiet = summary.render(true);
    assert!(quiet.starts_with("  3 calls not recognised"), "{quiet}");
    assert!(!quiet.contains("failed"), "{quiet}");
    assert!(quiet.ends_with("may be incomplete.\n"), "{quiet}");
}

#[test]
fn what_is_left_out_is_counted_once_for_an_operation() {
    let mut counts = Counts::default();
    let left_out = decision(Permission::Known, &["lambda:GetLayerVersion"]);
    counts.call(&call("lambda", "CreateFunction"), &left_out);
    counts.call(&call("lambda", "CreateFunction"), &left_out);
    assert_eq!(counts.left_out().collect::<Vec<_>>(), ["lambda:GetLayerVersion"]);
}

#[test]
fn nothing_heard_is_said_even_when_quiet() {
    let counts = Counts::default();
    for quiet in [false, true] {
        let said =
            |ending| text(&counts, ending, quiet).lines().next().unwrap_or_default().to_owned();
        assert_eq!(
            said(Ending::Kept("p.json".to_owned())),
            "leastwise: no AWS call was heard; p.json was left as it was."
        );
        assert_eq!(
            said(Ending::Written("p.json".to_owned())),
            "leastwise: no AWS call was heard; the policy in p.json has no statement."
        );
        assert_eq!(
            said(Ending::Printed),
            "leastwise: no AWS call was heard; the policy has no statement."
        );
    }
}

#[test]
fn lists_are_bounded_and_say_what_they_leave_out() {
    let mut counts = Counts::default();
    for number in 0..COUNTED_BY_NAME + 50 {
        heard(&mut counts, &unknown(&format!("Operation{number}")));
    }
    heard(&mut counts, &unknown("Operation7"));
    assert_eq!(counts.unrecognized.entries().count(), COUNTED_BY_NAME);
    let text = text(&counts, Ending::Printed, false);
    assert!(text.contains("  1051 calls not recognised"), "{text}");
    assert!(text.contains("         2  quantum.Operation7\n"), "{text}");
    assert!(text.contains(&format!("{:>10}  others\n", 1051 - SHOWN - 1)), "{text}");
    assert_eq!(text.lines().count(), 2 + SHOWN + 2);
}

#[test]
fn names_from_the_network_cannot_steer_a_terminal() {
    let mut counts = Counts::default();
    heard(&mut counts, &unknown(&format!("\u{1b}[2J{}", "x".repeat(70_000))));
    let text = text(&counts, Ending::Printed, false);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.len() < 600, "{}", text.len());
}

/// A name that the request has says more than its path; what AWS lists an action for is in the policy, and no line.
#[test]
fn an_operation_that_the_catalogue_lacks_is_told_by_its_name() {
    let mut counts = Counts::default();
    let unlisted = |operation: &'static str| Call {
        recognized: false,
        host: Some("dynamodb.eu-west-1.amazonaws.com".to_owned()),
        method: Some("POST".to_owned()),
        path: Some("/".to_owned()),
        ..call("dynamodb", operation)
    };
    heard(&mut counts, &unlisted("Frobnicate"));
    let mut known = decision(Permission::Known, &[]);
    known.requirements.push(crate::authorize::Requirement {
        action: "dynamodb:ConditionCheckItem".into(),
        resources: vec!["*".to_owned()],
        conditions: crate::authorize::Conditions::new(),
        reason: crate::authorize::Reason::SameName,
        certainty: crate::authorize::Certainty::Certain,
    });
    counts.call(&unlisted("ConditionCheckItem"), &known);
    assert_eq!((counts.calls, counts.operations(), counts.unrecognized.total()), (2, 1, 1));
    let text = text(&counts, Ending::Printed, true);
    assert!(text.contains("         1  dynamodb.Frobnicate\n"), "{text}");
    assert!(text.contains("AWS is known as of botocore "), "{text}");
}

#[test]
fn what_the_proxy_saw_is_told_by_method_host_and_path() {
    let mut counts = Counts::default();
    let unseen = Call {
        operation: None,
        recognized: false,
        host: Some("x.amazonaws.com".to_owned()),
        method: Some("POST".to_owned()),
        path: Some("/a/b".to_owned()),
        ..call("x", "")
    };
    heard(&mut counts, &unseen);
    counts.proxy_failure("x.amazonaws.com:443 could not be reached: refused.");
    counts.proxy_failure("x.amazonaws.com:443 could not be reached: refused.");
    let text = text(&counts, Ending::Printed, true);
    let lines = [
        "  1 call not recognised, and so not in the policy:",
        "         1  x  POST x.amazonaws.com/a/b",
        &format!("  {}", known_as_of()),
        "  2 connections failed in the proxy:",
        "         2  x.amazonaws.com:443 could not be reached: refused.",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn clients_that_go_astray_are_named_with_a_remedy() {
    let mut counts = Counts::default();
    heard(
        &mut counts,
        &Call { host: Some("b.s3.amazonaws.com".to_owned()), ..call("s3", "GetObject") },
    );
    for host in ["sqs.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com", "s3.amazonaws.com"] {
        counts.astray.unused(host);
    }
    let outcome = Outcome { status: Some(200), ..Outcome::default() };
    let agent = Some("aws-sdk-java/1.12.1 Linux".to_owned());
    let past = Call { outcome, user_agent: agent, ..call("sns", "Publish") };
    counts.astray.reported(&past);
    // Of these it is not known, or it is as it should be.
    counts.astray.reported(&call("sns", "Publish"));
    counts.astray.reported(&Call { service: "ec2metadata".into(), ..past });
    let said = text(&counts, Ending::Printed, false);
    assert!(
        said.contains(
            "  2 connections were opened and closed again without a request, as by a client that does not trust Leastwise's \
             certificate:\n         2  sqs.eu-west-1.amazonaws.com\n  1 call went past the proxy and was heard over client-side \
             monitoring only, so the resources are less exact; made by:\n         1  aws-sdk-java/1.12.1\n  A client that is not seen"
        ),
        "{said}"
    );
    assert!(!text(&counts, Ending::Printed, true).contains("went past"));
    let mut counts = Counts::default();
    heard(&mut counts, &call("s3", "ListBuckets"));
    counts.astray.unused("s3.amazonaws.com");
    assert!(
        text(&counts, Ending::Printed, true)
            .contains("\"A client that is not seen\" in docs/clients.md")
    );
    for number in 0..COUNTED_BY_NAME {
        let host = Some(format!("b{number}.s3.amazonaws.com"));
        heard(&mut counts, &Call { host, ..call("s3", "ListBuckets") });
    }
    assert!(!text(&counts, Ending::Printed, true).contains("without a request"));
}

/// A call that AWS denied with this sentence.
fn denied(error: &str, message: &str) -> Call {
    let mut call = failed("GetItem", Some(error), Some(403));
    call.outcome.message = (!message.is_empty()).then(|| message.to_owned());
    call
}

fn hear_denied(counts: &mut Counts, call: &Call) {
    let denial = crate::authorize::Denial::of(call);
    counts.call(call, &Decision { denial, ..decision(Permission::Known, &[]) });
}

#[test]
fn denials_are_told_in_the_words_of_aws_and_by_what_a_policy_can_do() {
    let user = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: dynamodb:GetItem on resource: \
        arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let mut counts = Counts::default();
    let no_policy =
        format!("{user} because no identity-based policy allows the dynamodb:GetItem action");
    for _ in 0..2 {
        hear_denied(&mut counts, &denied("AccessDeniedException", &no_policy));
    }
    for cause in [
        "with an explicit deny in an identity-based policy",
        "because no permissions boundary allows the dynamodb:GetItem action",
        "with an explicit deny in a service control policy",
        "because no resource control policy allows the dynamodb:GetItem action",
        "because no session policy allows the dynamodb:GetItem action",
        "because no resource-based policy allows the dynamodb:GetItem action",
        "because no VPC endpoint policy allows the dynamodb:GetItem action",
    ] {
        hear_denied(&mut counts, &denied("AccessDeniedException", &format!("{user} {cause}")));
    }
    let encoded = "You are not authorized to perform this operation. Encoded authorization failure message: kR4x9secretlike";
    hear_denied(&mut counts, &denied("UnauthorizedOperation", encoded));
    hear_denied(&mut counts, &denied("AccessDenied", "no\u{1b}[2J\u{202e}"));
    // HEAD: nothing but the status; botocore reports the status as the code.
    hear_denied(&mut counts, &Call { ..failed("HeadObject", None, Some(403)) });
    hear_denied(&mut counts, &denied("403", "Forbidden"));
    hear_denied(&mut counts, &failed("GetItem", Some("ThrottlingException"), Some(400)));
    assert_eq!(counts.denials.total(), 13);

    let text = text(&counts, Ending::Printed, false);
    let told = text.split("dynamodb.GetItem  ThrottlingException\n").last().unwrap_or_default();
    let on = |rest: &str| format!("  dynamodb.GetItem  {user} {rest}\n");
    let fixed = "no policy for the caller can change that";
    let wanted = [
        "  2 calls denied because no identity-based policy allows it; the policy has it now:\n"
            .to_owned(),
        "         2".to_owned()
            + &on("because no identity-based policy allows the dynamodb:GetItem action"),
        "  4 calls denied because AWS does not say why; the policy has what those calls need:\n"
            .to_owned(),
        "         1  dynamodb.GetItem  You are not authorized to perform this operation.\n"
            .to_owned(),
        "         1  dynamodb.GetItem  no\\u{1b}[2J\\u{202e}\n".to_owned(),
        format!("         1  dynamodb.HeadObject  {NO_WORD}\n"),
        format!("         1  dynamodb.GetItem  {NO_WORD}\n"),
        format!("  1 call denied because an identity-based policy denies it; {fixed}:\n"),
        "         1".to_owned() + &on("with an explicit deny in an identity-based policy"),
        format!("  1 call denied because the permissions boundary does not allow it; {fixed}:\n"),
        "         1".to_owned()
            + &on("because no permissions boundary allows the dynamodb:GetItem action"),
        format!("  1 call denied because a service control policy does not allow it; {fixed}:\n"),
        "         1".to_owned() + &on("with an explicit deny in a service control policy"),
        format!("  1 call denied because a resource control policy does not allow it; {fixed}:\n"),
        "         1".to_owned()
            + &on("because no resource control policy allows the dynamodb:GetItem action"),
        format!("  1 call denied because the session policy does not allow it; {fixed}:\n"),
        "         1".to_owned()
            + &on("because no session policy allows the dynamodb:GetItem action"),
        format!("  1 call denied because the resource's policy does not allow it; {fixed}:\n"),
        "         1".to_owned()
            + &on("because no resource-based policy allows the dynamodb:GetItem action"),
        format!("  1 call denied because the VPC endpoint's policy does not allow it; {fixed}:\n"),
        "         1".to_owned()
            + &on("because no VPC endpoint policy allows the dynamodb:GetItem action"),
    ];
    assert!(told.starts_with(&wanted.concat()), "{told}");
    assert!(told.contains("  1 answer also has an encoded message"), "{told}");
    assert!(
        told.contains("\n    aws sts decode-authorization-message --encoded-message MESSAGE\n"),
        "{told}"
    );
    assert!(!text.contains("kR4x9"), "{text}");
}

#[test]
fn what_a_denial_asks_for_and_is_not_added_is_listed_with_the_reason() {
    use crate::authorize::{Because, Denial, NotAdded, Upshot};
    let denial = |action: &str, why, times| Denial {
        principal: None,
        action: Some(action.to_owned()),
        resource: Some("*".to_owned()),
        because: Because::NoIdentityPolicy,
        sentence: format!("not authorized to perform: {action}"),
        encoded: false,
        times,
        upshot: Upshot::NotAdded(why),
    };
    let mut counts = Counts::default();
    let mut heard = decision(Permission::Known, &[]);
    heard.denial = Some(denial("iam:AttachUserPolicy", NotAdded::NotFromAws, 1));
    heard.denied_entries = vec![denial("*:*", NotAdded::NoSuchAction, 3)];
    let mut call = denied("AccessDenied", "not authorized to perform: iam:AttachUserPolicy");
    call.evidence.more_refusals = 5;
    counts.call(&call, &heard);
    let quiet = text(&counts, Ending::Printed, true);
    assert!(
        quiet.contains("  1 denial not added, since nothing shows that AWS said it"),
        "{quiet}"
    );
    assert!(quiet.contains("         1  dynamodb.GetItem  iam:AttachUserPolicy on *\n"), "{quiet}");
    assert!(quiet.contains("  3 denials not added, since AWS has no such action"), "{quiet}");
    let all = text(&counts, Ending::Printed, false);
    assert!(
        all.contains("  1 call denied because no identity-based policy allows it; the policy does not have it, as said above:\n"),
        "{all}"
    );
    assert!(!all.contains("the policy has it now"), "{all}");
    assert!(all.contains("  8 denials inside answers that succeeded otherwise:\n"), "{all}");
    assert!(
        all.contains("         5  dynamodb.GetItem  (more than are kept of one answer)\n"),
        "{all}"
    );
}
