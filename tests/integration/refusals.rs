//! What refused calls get: for every operation, in every protocol that its service speaks, code, sentence and request id
//! are read back as AWS's would be. `refusals_clients` shows the answers to SDKs.

use std::collections::BTreeSet;

use leastwise::authorize::{Because as Read, Denial};
use leastwise::call::{Call, Timestamp, is_denial};
use leastwise::catalog::{Catalog, Operation, Permission, Protocol, Service};
use leastwise::recognize::http::{self, Dialect, Recognizer, RequestHead, Wire};
use leastwise::refuse::{
    Answer, Because, Policy, Refusal, answer, sentence, sentence_of_unrecognized,
};

use crate::corpus::{self, Request, Walked};

const USER: &str = "arn:aws:iam::111122223333:user/ann";
const ID: u128 = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;

/// What the requests of the corpus are answered with.
#[derive(Default)]
pub(crate) struct Refused {
    requests: usize,
    dialects: BTreeSet<&'static str>,
    problems: Vec<String>,
}

impl Refused {
    pub(crate) fn look_at(&mut self, request: &Request, walked: Option<Walked>) {
        let Some(Walked { unanswered: recognizer, .. }) = walked else { return };
        let Some(operation) = recognizer.operation() else { return };
        let wire = recognizer.wire();
        self.requests += 1;
        self.dialects.insert(named(wire.dialect));
        let of = format!("{} {} ({})", request.service, request.operation, request.variant);
        let protocol = match wire.dialect {
            Dialect::Json10 | Dialect::Json11 | Dialect::TargetCbor | Dialect::RpcJson => "json",
            Dialect::RpcCbor => "smithy-rpc-v2-cbor",
            Dialect::RestJson => "rest-json",
            Dialect::RestXml => "rest-xml",
            Dialect::Query => "query",
            Dialect::Ec2 => "ec2",
            Dialect::Registry | Dialect::Git => "none of AWS's",
        };
        if protocol != request.protocol {
            self.problems.push(format!("{of}: {protocol} rather than {}", request.protocol));
        }
        if wire.only_head != (request.method == "HEAD") {
            self.problems.push(format!("{of}: {} is not told", request.method));
        }
        let said = said_of(operation);
        let answer = answer(recognizer.service(), wire, &said, ID);
        let call = answered(recognizer, &answer);
        self.problems.extend(unread(&answer, wire, &said, &call).map(|it| format!("{of}: {it}")));
    }
}

#[test]
fn requests_are_refused_in_their_own_protocol() {
    let refused = &corpus::found().refused;
    println!("{} requests refused; dialects: {:?}", refused.requests, refused.dialects);
    assert!(refused.problems.is_empty(), "{:#?}", refused.problems);
    let all = ["cbor", "ec2", "json 1.0", "json 1.1", "query", "rest-json", "rest-xml"];
    assert_eq!(refused.dialects.iter().copied().collect::<Vec<_>>(), all);
    assert!(refused.requests > 500, "{} requests", refused.requests);
}

#[test]
fn every_operation_is_refused_as_its_readers_expect() {
    let (mut operations, mut answers, mut problems) = (0, 0, Vec::new());
    for operation in Catalog::embedded().services().flat_map(Service::operations) {
        if matches!(operation.permission(), Permission::NotNeeded) {
            continue;
        }
        operations += 1;
        let service = operation.service();
        let said = said_of(operation);
        for dialect in service.protocols().flat_map(|it| dialects(service, it)) {
            for only_head in [false, true] {
                let wire = Wire { dialect, only_head, query_mode: true };
                let answer = answer(Some(service), wire, &said, ID);
                let call = answered(signed_for(service), &answer);
                answers += 1;
                let unread = unread(&answer, wire, &said, &call);
                problems
                    .extend(unread.map(|it| format!("{operation:?} in {}: {it}", named(dialect))));
            }
        }
    }
    println!("{operations} operations, {answers} answers");
    assert!(
        problems.is_empty(),
        "{} problems: {:#?}",
        problems.len(),
        &problems[..problems.len().min(20)]
    );
    assert!(operations > 15_000, "{operations} operations");
}

/// What our readers do not find in an answer.
fn unread(answer: &Answer, wire: Wire, said: &str, call: &Call) -> Option<String> {
    let outcome = &call.outcome;
    let is_right = if wire.only_head && wire.dialect != Dialect::RestJson {
        // Nothing but the status says what it is.
        answer.body.is_empty() && outcome.error.is_none()
    } else if wire.only_head {
        answer.body.is_empty() && outcome.error.as_deref() == Some(answer.code)
    } else {
        outcome.error.as_deref() == Some(answer.code) && outcome.message.as_deref() == Some(said)
    };
    let is_told = outcome.status == Some(answer.status)
        && outcome.request_id.as_deref() == Some(&*answer.request_id)
        && (400..=403).contains(&answer.status)
        && is_denial(answer.code);
    (!is_right || !is_told).then(|| format!("{outcome:?} of {answer:?}"))
}

fn said_of(operation: Operation) -> String {
    let service = operation.service();
    let own = operation.authorized().next().map(|it| it.action().to_string());
    let action = own.unwrap_or_else(|| "unknown:Unknown".to_owned());
    let refusal = Refusal {
        principal: Some(USER),
        action: &action,
        resource: Some("arn:aws:x:eu-west-1:111122223333:a/<b>&\"c\""),
        because: Because::NotAllowed(Policy::Identity),
    };
    sentence(Some(service), &refusal)
}

fn dialects(service: Service, protocol: Protocol) -> Vec<Dialect> {
    match protocol {
        Protocol::Json if service.json_version() == "1.0" => {
            vec![Dialect::Json10, Dialect::RpcJson]
        }
        Protocol::Json => vec![Dialect::Json11, Dialect::TargetCbor],
        Protocol::RestJson => vec![Dialect::RestJson],
        Protocol::RestXml => vec![Dialect::RestXml],
        Protocol::Query => vec![Dialect::Query],
        Protocol::Ec2 => vec![Dialect::Ec2],
        Protocol::RpcV2Cbor => vec![Dialect::RpcCbor],
    }
}

fn named(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Json10 => "json 1.0",
        Dialect::Json11 => "json 1.1",
        Dialect::TargetCbor => "cbor by target",
        Dialect::RpcJson => "json by path",
        Dialect::RpcCbor => "cbor",
        Dialect::RestJson => "rest-json",
        Dialect::RestXml => "rest-xml",
        Dialect::Query => "query",
        Dialect::Ec2 => "ec2",
        Dialect::Registry => "registry",
        Dialect::Git => "git",
    }
}

/// A request that is signed for the service, and nothing else.
fn signed_for(service: Service) -> Recognizer {
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0",
        service.signing_name()
    );
    begun("POST", "/", &[("authorization", credential.as_bytes())])
}

fn begun(method: &str, target: &str, headers: &[(&str, &[u8])]) -> Recognizer {
    let head = RequestHead { method, secure: true, host: "localhost:4566", target, headers };
    http::begin(Catalog::embedded(), &head).unwrap()
}

/// The call, when this is its answer.
fn answered(mut recognizer: Recognizer, answer: &Answer) -> Call {
    let headers = answer.headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    recognizer.response(answer.status, &headers.collect::<Vec<_>>());
    recognizer.response_body(&answer.body);
    recognizer.finish(Timestamp(0))
}

/// Each form of AWS's page, and what our reader of denials makes of it.
#[test]
fn sentences_are_read_back() {
    let service = Catalog::embedded().service("secretsmanager");
    let action = "secretsmanager:GetSecretValue";
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*";
    let because = |policy: &str| format!(" because no {policy} allows the {action} action");
    let deny = |policy: &str| format!(" with an explicit deny in {policy}");
    for (cause, tail, read) in [
        (
            Because::NotAllowed(Policy::Identity),
            because("identity-based policy"),
            Read::NoIdentityPolicy,
        ),
        (
            Because::Denied(Policy::Identity),
            deny("an identity-based policy"),
            Read::ExplicitIdentityDeny,
        ),
        (
            Because::NotAllowed(Policy::Resource),
            because("resource-based policy"),
            Read::ResourcePolicy,
        ),
        (Because::Denied(Policy::Resource), deny("a resource-based policy"), Read::ResourcePolicy),
        (Because::NotAllowed(Policy::Trust), because("role trust policy"), Read::TrustPolicy),
        (Because::Denied(Policy::Trust), deny("the role trust policy"), Read::TrustPolicy),
        (
            Because::NotAllowed(Policy::Boundary),
            because("permissions boundary"),
            Read::PermissionsBoundary,
        ),
        (
            Because::Denied(Policy::Boundary),
            deny("a permissions boundary"),
            Read::PermissionsBoundary,
        ),
        (Because::NotAllowed(Policy::Session), because("session policy"), Read::SessionPolicy),
        (Because::Denied(Policy::Session), deny("a session policy"), Read::SessionPolicy),
        (
            Because::NotAllowed(Policy::ServiceControl),
            because("service control policy"),
            Read::ServiceControlPolicy,
        ),
        (
            Because::Denied(Policy::ServiceControl),
            deny("a service control policy"),
            Read::ServiceControlPolicy,
        ),
        (
            Because::NotAllowed(Policy::ResourceControl),
            because("resource control policy"),
            Read::ResourceControlPolicy,
        ),
        (
            Because::Denied(Policy::ResourceControl),
            deny("a resource control policy"),
            Read::ResourceControlPolicy,
        ),
        (
            Because::NotAllowed(Policy::VpcEndpoint),
            because("VPC endpoint policy"),
            Read::VpcEndpointPolicy,
        ),
        (
            Because::Denied(Policy::VpcEndpoint),
            deny("a VPC endpoint policy"),
            Read::VpcEndpointPolicy,
        ),
    ] {
        for (principal, resource) in
            [(Some(USER), Some(arn)), (None, Some("*")), (Some(USER), None)]
        {
            let said = sentence(service, &Refusal { principal, action, resource, because: cause });
            let user = principal.unwrap_or("unknown");
            let on = resource.map_or(String::new(), |it| format!(" on resource: {it}"));
            assert_eq!(
                said,
                format!("User: {user} is not authorized to perform: {action}{on}{tail}")
            );
            let denial = denial(service, &said);
            assert_eq!(denial.principal.as_deref(), principal, "{said}");
            assert_eq!(denial.action.as_deref(), Some(action), "{said}");
            assert_eq!(denial.resource.as_deref(), resource, "{said}");
            assert_eq!(denial.because, read, "{said}");
        }
    }
}

/// What the denial is, to a call of the service that is answered with the sentence.
fn denial(service: Option<Service>, said: &str) -> Denial {
    let recognizer = signed_for(service.unwrap());
    let wire = recognizer.wire();
    Denial::of(&answered(recognizer, &answer(service, wire, said, ID))).unwrap()
}

/// Services that word it otherwise.
#[test]
fn services_have_their_own_words() {
    for (service, action, resource, said) in [
        (
            "ec2",
            "ec2:RunInstances",
            "arn:aws:ec2:eu-west-1:111122223333:instance/*",
            "You are not authorized to perform this operation. User: USER is not authorized to perform: ec2:RunInstances on resource: \
             arn:aws:ec2:eu-west-1:111122223333:instance/* because no identity-based policy allows the ec2:RunInstances action",
        ),
        (
            "s3",
            "s3:GetObject",
            "arn:aws:s3:::b/{user} {resource}",
            "User: USER is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/{user} {resource}\" because no \
             identity-based policy allows the s3:GetObject action",
        ),
        (
            "sns",
            "sns:Publish",
            "arn:aws:sns:eu-west-1:111122223333:news",
            "User: USER is not authorized to perform: SNS:Publish on resource: arn:aws:sns:eu-west-1:111122223333:news because no \
             identity-based policy allows the SNS:Publish action",
        ),
        (
            "sqs",
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:Jobs",
            "User: USER is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:111122223333:Jobs because no \
             identity-based policy allows the sqs:sendmessage action",
        ),
        // What is another service's is written as that writes it.
        (
            "sqs",
            "kms:GenerateDataKey",
            "*",
            "User: USER is not authorized to perform: kms:GenerateDataKey on resource: * because no identity-based policy allows the \
             kms:GenerateDataKey action",
        ),
        (
            "ses",
            "ses:SendEmail",
            "arn:aws:ses:eu-west-1:111122223333:identity/a@example.com",
            "User `USER' is not authorized to perform `ses:SendEmail' on resource \
             `arn:aws:ses:eu-west-1:111122223333:identity/a@example.com' because no identity-based policy allows the ses:SendEmail action",
        ),
    ] {
        let service = Catalog::embedded().service(service);
        let because = Because::NotAllowed(Policy::Identity);
        let refusal = Refusal { principal: Some(USER), action, resource: Some(resource), because };
        let found = sentence(service, &refusal);
        assert_eq!(found, said.replace("USER", USER));
        let denial = denial(service, &found);
        assert_eq!(denial.principal.as_deref(), Some(USER), "{found}");
        assert!(denial.action.unwrap().eq_ignore_ascii_case(action), "{found}");
        assert_eq!(denial.resource.as_deref(), Some(resource), "{found}");
        assert_eq!(denial.because, Read::NoIdentityPolicy, "{found}");
    }
    assert_eq!(
        sentence_of_unrecognized(None),
        "User: unknown is not authorized to perform this operation"
    );
}

/// A request of which the operation is not known is answered in the form that it suggests.
#[test]
fn what_is_not_recognised_has_a_form_too() {
    let signed = |service: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    };
    let form = ("content-type", &b"application/x-www-form-urlencoded; charset=utf-8"[..]);
    let target = ("x-amz-target", &b"Nothing.Known"[..]);
    let json = ("content-type", &b"application/x-amz-json-1.0"[..]);
    let cbor = ("smithy-protocol", &b"rpc-v2-cbor"[..]);
    type Header<'a> = (&'a str, &'a [u8]);
    let cases: [(&str, &str, &str, &[Header<'_>], Dialect); 13] = [
        ("dynamodb", "POST", "/", &[target, json], Dialect::Json10),
        ("kms", "POST", "/", &[target], Dialect::Json11),
        ("newservice", "POST", "/", &[target, json], Dialect::Json10),
        ("newservice", "POST", "/", &[form], Dialect::Query),
        ("newservice", "POST", "/service/A/operation/B", &[cbor], Dialect::RpcCbor),
        ("newservice", "GET", "/v1/things", &[], Dialect::RestJson),
        ("ec2", "POST", "/", &[form], Dialect::Ec2),
        ("iam", "GET", "/?Action=NoSuchThing&Version=2010-05-08", &[], Dialect::Query),
        ("sqs", "POST", "/111122223333/q", &[form], Dialect::Query),
        ("s3", "PUT", "/b/k?nosuchthing", &[], Dialect::RestXml),
        ("cloudfront", "GET", "/2099-01-01/nothing", &[], Dialect::RestXml),
        ("lambda", "GET", "/2099-01-01/nothing", &[], Dialect::RestJson),
        // A form is nothing to a service that takes none.
        ("lambda", "POST", "/2099-01-01/nothing", &[form], Dialect::RestJson),
    ];
    for (service, method, target, headers, dialect) in cases {
        let authorization = signed(service);
        let mut all = headers.to_vec();
        all.push(("authorization", authorization.as_bytes()));
        let mut recognizer = begun(method, target, &all);
        recognizer.end_of_body();
        let wire = recognizer.wire();
        assert_eq!(wire.dialect, dialect, "{service} {method} {target}");
        let said = sentence_of_unrecognized(Some(USER));
        let answer = answer(recognizer.service(), wire, &said, ID);
        let outcome = answered(recognizer, &answer).outcome;
        assert_eq!(outcome.error.as_deref(), Some(answer.code), "{service} {method} {target}");
        assert_eq!(outcome.message.as_deref(), Some(&*said));
    }
}

/// `docker` and Git have user names and passwords, and errors of their own.
#[test]
fn programs_with_passwords_are_answered_as_they_expect() {
    for (host, method, target, content_type, body) in [
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "GET",
            "/v2/app/manifests/latest",
            "application/json; charset=utf-8",
            r#"{"errors":[{"code":"DENIED","message":"no"}]}"#,
        ),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "HEAD",
            "/v2/app/manifests/latest",
            "application/json; charset=utf-8",
            "",
        ),
        (
            "git-codecommit.eu-west-1.amazonaws.com",
            "GET",
            "/v1/repos/app/info/refs?service=git-upload-pack",
            "text/plain; charset=utf-8",
            "no\n",
        ),
    ] {
        let headers = [("authorization", &b"Basic dTpw"[..])];
        let head = RequestHead { method, secure: true, host, target, headers: &headers };
        let mut recognizer = http::begin(Catalog::embedded(), &head).unwrap();
        recognizer.end_of_body();
        let answer = answer(recognizer.service(), recognizer.wire(), "no", ID);
        assert_eq!(answer.status, 403, "{method} {target}");
        assert_eq!(answer.headers[0], ("content-type", content_type.to_owned()));
        assert_eq!(String::from_utf8(answer.body).unwrap(), body, "{method} {target}");
    }
}

/// To the letter, once for each form.
#[test]
fn answers_are_these() {
    let service = |name| Catalog::embedded().service(name);
    let of = |name, dialect, query_mode| {
        let wire = Wire { dialect, only_head: false, query_mode };
        let answer = answer(service(name), wire, "no & \"never\"", ID);
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        format!("{}\n{}\n{body}", answer.status, headers.collect::<String>())
    };
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(
        of("sqs", Dialect::Json10, true),
        format!(
            "400\ncontent-type: application/x-amz-json-1.0\nx-amzn-requestid: {uuid}\nx-amzn-query-error: AccessDenied;Sender\n\n\
             {{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"no & \\\"never\\\"\"}}"
        )
    );
    assert_eq!(
        of("kms", Dialect::Json11, false),
        format!(
            "400\ncontent-type: application/x-amz-json-1.1\nx-amzn-requestid: {uuid}\n\n\
             {{\"__type\":\"AccessDeniedException\",\"Message\":\"no & \\\"never\\\"\"}}"
        )
    );
    assert_eq!(
        of("lambda", Dialect::RestJson, false),
        format!(
            "403\ncontent-type: application/json\nx-amzn-requestid: {uuid}\nx-amzn-errortype: AccessDeniedException\n\n\
             {{\"Message\":\"no & \\\"never\\\"\"}}"
        )
    );
    assert_eq!(
        of("s3", Dialect::RestXml, false),
        "403\ncontent-type: application/xml\nx-amz-request-id: ZXXQCI2FM6E2XTPP\nx-amz-id-2: ASNFZ4mrze8BI0VniavN7w==\n\n\
         <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>no &amp; &quot;never&quot;</Message>\
         <RequestId>ZXXQCI2FM6E2XTPP</RequestId><HostId>ASNFZ4mrze8BI0VniavN7w==</HostId></Error>"
    );
    assert_eq!(
        of("sns", Dialect::Query, false),
        format!(
            "403\ncontent-type: text/xml\nx-amzn-requestid: {uuid}\n\n<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  \
             <Error>\n    <Type>Sender</Type>\n    <Code>AuthorizationError</Code>\n    <Message>no &amp; &quot;never&quot;</Message>\n  \
             </Error>\n  <RequestId>{uuid}</RequestId>\n  </ErrorResponse>\n"
        )
    );
    assert_eq!(
        of("ec2", Dialect::Ec2, false),
        format!(
            "403\ncontent-type: text/xml;charset=UTF-8\nx-amzn-requestid: {uuid}\n\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no &amp; &quot;never&quot;</Message></Error></Errors>\
             <RequestID>{uuid}</RequestID></Response>"
        )
    );
    assert!(
        of("cloudwatch", Dialect::RpcCbor, false).starts_with(&format!(
            "400\ncontent-type: application/cbor\nx-amzn-requestid: {uuid}\nsmithy-protocol: rpc-v2-cbor\n\n"
        ))
    );
}
