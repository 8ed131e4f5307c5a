//! A session by itself: no socket, no file, and no clock, but for the one moment from which all others are counted.

use std::time::{Duration, Instant};

use crate::authorize::{self, Possible};
use crate::call::{Answered, Call, Timestamp};
use crate::catalog::Catalog;
use crate::made::hold::Generated;
use crate::policy::{Generalize, Order};
use crate::recognize::http;
use crate::recording::{Entry, owned, requires};
use crate::render::Format;
use crate::session::event::Unvouched;
use crate::session::*;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// A session, and what it has told.
struct Told {
    session: Session,
    begin: Instant,
    events: Vec<String>,
}

impl Told {
    fn by(settings: Settings, marks: Option<Marks>) -> Told {
        let begin = Instant::now();
        let now = Now { instant: begin, time: Timestamp(0) };
        Told { session: Session::new(settings, marks, now), begin, events: Vec::new() }
    }

    fn take(&mut self, heard: Heard<'_>, milliseconds: u64) {
        let (now, events) = (self.at(milliseconds), &mut self.events);
        self.session.take(heard, now, &mut |event| events.push(said(&event)));
    }

    fn tick(&mut self, milliseconds: u64) {
        let (now, events) = (self.at(milliseconds), &mut self.events);
        self.session.tick(now, &mut |event| events.push(said(&event)));
    }

    fn end(&mut self, milliseconds: u64) {
        let (now, events) = (self.at(milliseconds), &mut self.events);
        self.session.end(now, &mut |event| events.push(said(&event)));
    }

    fn at(&self, milliseconds: u64) -> Now {
        let instant = self.begin + Duration::from_millis(milliseconds);
        Now { instant, time: Timestamp(milliseconds) }
    }

    fn policy(&self) -> String {
        settings().shape.meanwhile(self.session.policy())
    }
}

fn said(event: &Event<'_>) -> String {
    match event {
        Event::Grew(requirement) => {
            format!("+ {} on {}", requirement.action, requirement.resources.join(" "))
        }
        Event::Call { call, requirements, known, grew } => {
            let operation = call.operation.as_deref().unwrap_or("?");
            let needs = requirements.len();
            let unknown = if *known { "" } else { ", unknown" };
            format!("{}.{operation} needs {needs}, grew: {grew}{unknown}", call.service)
        }
        Event::Unreadable(malformed) => format!("unreadable: {malformed}"),
        Event::Unvouched(host) => format!("unvouched: {host}"),
        Event::Refused(_, name) => format!("refused: {name}"),
        Event::Failure(sentence) => format!("failed: {sentence}"),
    }
}

fn settings() -> Settings {
    Settings {
        authorizer: authorize::Settings { possible: Possible::Common, account_id: None },
        shape: Shape {
            order: Order::FirstSeen,
            generalize: Generalize::Exact,
            format: Format::Json,
            sid: false,
            minimize: false,
            fit: None,
        },
        generated: Generated::Hold,
        calls: Which::All,
        anonymous: Anonymous::Omit,
        selection: Selection::default(),
        apart: false,
        needs: None,
        refusals: None,
        client_id: None,
        is_recorded: false,
        before: None,
    }
}

/// The datagrams of a call that succeeded.
fn datagrams(client: &str, service: &str, api: &str, request_id: &str) -> [String; 2] {
    let common = format!(
        r#""Version":1,"ClientId":"{client}","Service":"{service}","Api":"{api}","Region":"eu-west-1""#
    );
    [
        format!(
            r#"{{{common},"Type":"ApiCallAttempt","Timestamp":5,"AttemptLatency":2,"Fqdn":"{}.eu-west-1.amazonaws.com","AccessKey":"{KEY}","HttpStatusCode":200,"XAmznRequestId":"{request_id}"}}"#,
            service.to_ascii_lowercase()
        ),
        format!(
            r#"{{{common},"Type":"ApiCall","Timestamp":4,"AttemptCount":1,"FinalHttpStatusCode":200,"Latency":4}}"#
        ),
    ]
}

/// A call as the proxy sees it: the request, and the head of its response.
fn exchange(operation: &str, body: &[u8]) -> Box<crate::call::Call> {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/20261125/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"
    );
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [
        ("authorization", authorization.as_bytes()),
        ("content-type", b"application/x-amz-json-1.0".as_slice()),
        ("x-amz-target", target.as_bytes()),
    ];
    let head = http::RequestHead {
        method: "POST",
        secure: true,
        host: "dynamodb.eu-west-1.amazonaws.com",
        target: "/",
        headers: &headers,
    };
    let mut recognizer = http::begin(Catalog::embedded(), &head).expect("an AWS host");
    recognizer.body(body);
    recognizer.end_of_body();
    recognizer.response(200, &[("x-amzn-requestid", b"REQUEST".as_slice())]);
    Box::new(recognizer.finish(Timestamp(1)))
}

#[test]
fn datagrams_become_a_policy() {
    let mut told = Told::by(settings(), None);
    for (number, datagram) in datagrams("", "SQS", "SendMessage", "A").iter().enumerate() {
        told.take(Heard::Datagram(datagram.as_bytes()), 10 + number as u64);
    }
    told.take(Heard::Datagram(b"{nonsense"), 20);
    told.end(30);
    assert!(told.events[0].starts_with("+ sqs:SendMessage on arn:aws:sqs:eu-west-1:"), "{told:?}");
    assert!(told.events.contains(&"SQS.SendMessage needs 1, grew: false".replace("SQS", "sqs")));
    assert!(told.events.iter().any(|it| it.starts_with("unreadable: ")), "{told:?}");
    assert!(told.policy().contains("sqs:SendMessage"), "{}", told.policy());
    let counts = told.session.counts();
    assert_eq!((counts.calls, counts.malformed, counts.operations()), (1, 1, 1));
}

#[test]
fn an_exchange_becomes_a_policy_with_its_table() {
    let mut told = Told::by(settings(), None);
    let call = exchange("GetItem", br#"{"TableName":"orders","Key":{}}"#);
    told.take(Heard::Call(call, None), 10);
    told.take(Heard::Call(exchange("GetItem", br#"{"TableName":"orders","Key":{}}"#), None), 20);
    told.end(30);
    let calls: Vec<_> = told.events.iter().filter(|it| !it.starts_with('+')).collect();
    assert_eq!(
        calls,
        ["dynamodb.GetItem needs 1, grew: true", "dynamodb.GetItem needs 1, grew: false"]
    );
    assert!(told.policy().contains(":table/orders"), "{}", told.policy());
}

/// What is newer than the catalogue, and has an action of its name, is known; while it is heard and in a recording of it.
#[test]
fn an_operation_that_has_an_action_of_its_name_is_known() {
    let calls = [exchange("ConditionCheckItem", b"{}"), exchange("Frobnicate", b"{}")];
    assert!(calls.iter().all(|call| !call.recognized && call.operation.is_some()));
    let mut metadata = exchange("Frobnicate", b"{}");
    metadata.service = "ec2metadata".into();
    assert!(Catalog::embedded().is_pseudo_service(&metadata.service));
    let calls = calls.into_iter().chain([metadata]);
    let mut told = Told::by(settings(), None);
    let shape = settings().shape;
    let mut read = merged::Merged::new(
        &merged::Settings {
            stable: false,
            generated: Generated::Hold,
            shape,
            calls: Which::All,
            selection: Selection::default(),
            apart: false,
        },
        None,
    );
    let mut authorizer = Authorizer::new(authorize::Settings::default());
    for call in calls {
        let decision = authorizer.decide(&call);
        let requires = decision.requirements.iter().map(|it| owned(&requires(it))).collect();
        read.add(
            0,
            Entry { call: (*call).clone(), requires, times: 1, last: Timestamp(0) },
            |_| {},
        );
        told.take(Heard::Call(call, None), 10);
    }
    told.end(20);
    let calls: Vec<_> = told.events.iter().filter(|it| !it.starts_with('+')).collect();
    let expected = [
        "dynamodb.ConditionCheckItem needs 1, grew: true",
        "dynamodb.Frobnicate needs 0, grew: false, unknown",
        "ec2metadata.Frobnicate needs 0, grew: false",
    ];
    assert_eq!(calls, expected);
    assert_eq!((read.calls, read.operations(), read.unrecognized), (3, 1, 1));
    assert_eq!(told.session.counts().unrecognized.total(), 1);
}

#[test]
fn a_call_that_is_heard_twice_counts_once() {
    let marks = Marks::default();
    let mut told = Told::by(settings(), Some(marks.clone()));
    marks.put("REQUEST");
    told.take(Heard::Call(exchange("GetItem", br#"{"TableName":"orders","Key":{}}"#), None), 10);
    for datagram in datagrams("", "DynamoDB", "GetItem", "REQUEST") {
        told.take(Heard::Datagram(datagram.as_bytes()), 11);
    }
    told.tick(5_000);
    told.end(6_000);
    assert_eq!(told.session.counts().calls, 1, "{told:?}");
}

#[test]
fn what_the_command_alone_knows_is_asked_for() {
    let mut told = Told::by(Settings { client_id: Some("known".to_owned()), ..settings() }, None);
    for client in ["guessed", "known"] {
        for datagram in datagrams(client, "SQS", "SendMessage", client) {
            told.take(Heard::Datagram(datagram.as_bytes()), 10);
        }
    }
    told.end(20);
    assert_eq!(told.session.counts().calls, 1);
    assert_eq!(told.session.counts().asides.total(Aside::OthersReport), 2);
}

#[test]
fn what_nobody_vouches_for_is_listed_and_nothing_else() {
    let mut told = Told::by(settings(), None);
    for _ in 0..2 {
        let call = exchange("GetItem", br#"{"TableName":"orders","Key":{}}"#);
        told.take(Heard::Unvouched(call, Unvouched::UnknownHost), 10);
    }
    told.take(Heard::Refused(Aside::OthersConnection, "user app (1001)", 3), 20);
    told.end(30);
    let host = "unvouched: dynamodb.eu-west-1.amazonaws.com";
    assert_eq!(told.events, [host, "refused: user app (1001)"]);
    assert!(told.session.policy().is_empty());
    assert!(told.session.counts().nothing_heard());
    assert_eq!(told.session.counts().asides.total(Aside::UnknownHost), 2);
}

/// Which key encrypts a parameter is told by AWS, or by a stand-in that was named: the word of anybody else grants no key.
#[test]
fn what_nobody_vouches_for_tells_no_key() {
    let answered = |mut call: Box<Call>, operation: &'static str, texts: &[(&str, &str)]| {
        call.service = "ssm".into();
        call.operation = Some(operation.into());
        call.parameters.insert("Name".to_owned(), "token".into());
        call.parameters.insert("WithDecryption".to_owned(), true.into());
        let text = |(path, text): &(&str, &str)| Answered {
            path: (*path).to_owned(),
            within: 1,
            text: (*text).to_owned(),
        };
        call.evidence.answered = texts.iter().map(text).collect();
        call
    };
    const ARN: &str = "arn:aws:ssm:eu-west-1:111122223333:parameter/token";
    let described = [("Parameters.ARN", ARN), ("Parameters.KeyId", "1234abcd")];
    let got = [("Parameter.ARN", ARN), ("Parameter.Type", "SecureString")];
    for vouched in [false, true] {
        let mut told = Told::by(settings(), None);
        let describe = answered(exchange("GetItem", b"{}"), "DescribeParameters", &described);
        told.take(
            match vouched {
                true => Heard::Call(describe, None),
                false => Heard::Unvouched(describe, Unvouched::UnknownHost),
            },
            10,
        );
        told.take(
            Heard::Call(answered(exchange("GetItem", b"{}"), "GetParameter", &got), None),
            20,
        );
        told.end(30);
        let decrypts = told.session.policy().actions().any(|it| it == "kms:Decrypt");
        assert_eq!(decrypts, vouched, "{:?}", told.events);
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:#?}", self.events)
    }
}
