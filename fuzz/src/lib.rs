//! The fuzz targets: what each does with its bytes, and what must hold. `fuzz_targets/` has a program for each, for
//! cargo-fuzz; `tests/integration/fuzz_targets.rs` runs the same functions over the seeds and over mutations of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use leastwise::{
    authorize::{Authorizer, Decision, Possible, Settings},
    call::{Answerer, Authorization, Call, Evidence, Outcome, Refusal, Source, Timestamp},
    capture::proxy::fuzzing::{self as proxy, Body, Opening},
    catalog::Catalog,
    fuzzing as commands,
    recognize::{
        cloudtrail::{self, Digests, Seen, Sessions},
        csm,
        http::{self, RequestHead},
    },
    recording::trail::fuzzing as trails,
    wildcard::is_like,
};

/// What is done with an input.
pub type Target = fn(&[u8]);

/// Every parser of what comes over the network, or lies in a directory that others filled, by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("authority", authority),
    ("cbor", cbor),
    ("client_hello", client_hello),
    ("cloudtrail", cloudtrail),
    ("csm", csm),
    ("data_plane", data_plane),
    ("denial", denial),
    ("http1_body", http1_body),
    ("http1_request", http1_request),
    ("http1_response", http1_response),
    ("json", json),
    ("query", query),
    ("request_head", request_head),
    ("response", response),
    ("settings", settings),
    ("trail", trail),
    ("tunnel_answer", tunnel_answer),
    ("xml", xml),
];

/// A CSM datagram: read, and tracked.
pub fn csm(datagram: &[u8]) {
    let mut tracker = csm::Tracker::new(Catalog::embedded());
    csm::events(datagram)
        .flatten()
        .for_each(|event| tracker.event(event, Timestamp(1_760_000_000_000), &mut |_| ()));
    tracker.finish(&mut |_| ());
}

/// A record of CloudTrail: read, told from others, and decided; who called is never another than it says.
pub fn cloudtrail(data: &[u8]) {
    let Ok(record) = cloudtrail::Record::parse(data) else { return };
    let hasher = Digests::default();
    assert_eq!(record.digest(&hasher), record.digest(&hasher));
    let mut sessions = Sessions::default();
    sessions.learn(&record);
    let Seen::Call(seen) = record.seen(Catalog::embedded()) else { return };
    assert!(Seen::Call(seen.clone()) == record.seen(Catalog::embedded()));
    if let Some(forwarded) = &seen.forwarded {
        sessions.via(forwarded);
        forwarded.amend("kms:Decrypt", &mut BTreeMap::new());
    }
    let told = seen.call.evidence.told.iter().filter_map(|it| it.arn.as_deref());
    assert!(told.into_iter().all(|arn| arn.starts_with("arn:") && arn.len() <= 4_096));
    let settings = Settings { possible: Possible::Include, account_id: None };
    Authorizer::new(settings).decide(&seen.call);
}

/// A file of CloudTrail's, in whatever form: read to its end; the summary of its summary is the same.
pub fn trail(data: &[u8]) {
    let Some(summary) = trails::summary_of(data) else { return };
    if !summary.is_empty() {
        assert_eq!(trails::summary_of(&summary).as_ref(), Some(&summary));
    }
}

/// A JSON body, as a request and as an error.
pub fn json(data: &[u8]) {
    body("dynamodb", "/", ("x-amz-target", "DynamoDB_20120810.TransactWriteItems"), data);
}

/// A form of the query protocols.
pub fn query(data: &[u8]) {
    body("ec2", "/", ("content-type", "application/x-www-form-urlencoded"), data);
}

/// An XML body, as a request and as an error.
pub fn xml(data: &[u8]) {
    body("s3", "/bucket?delete", ("content-type", "application/xml"), data);
}

/// A CBOR body, as a request and as an error.
pub fn cbor(data: &[u8]) {
    let target = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
    body("monitoring", target, ("smithy-protocol", "rpc-v2-cbor"), data);
}

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIARTX3GSDSQXXNL3WV/20260102/eu-west-1/";

/// A body to an operation of `service`, whole and in pieces: the call is the same.
fn body(service: &str, target: &str, header: (&str, &str), data: &[u8]) {
    let Some((piece, body)) = data.split_first() else { return };
    let authorization = format!("{SIGNED}{service}/aws4_request");
    let host = format!("{service}.eu-west-1.amazonaws.com");
    let headers: [(&str, &[u8]); 2] =
        [("authorization", authorization.as_bytes()), (header.0, header.1.as_bytes())];
    let head = RequestHead { method: "POST", secure: true, host: &host, target, headers: &headers };
    let cbor: &[(&str, &[u8])] = &[("content-type", b"application/cbor")];
    let of_answer = if header.1 == "rpc-v2-cbor" { cbor } else { &[] };
    let call = |piece: usize| {
        let mut recognizer = http::begin(Catalog::embedded(), &head).expect("it is signed");
        body.chunks(piece).for_each(|chunk| recognizer.body(chunk));
        recognizer.response(400, of_answer);
        body.chunks(piece).for_each(|chunk| recognizer.response_body(chunk));
        recognizer.finish(Timestamp(0))
    };
    same(call(usize::from(*piece).max(1)), call(body.len().max(1)), body.len());
}

/// A body of the data plane: a byte for what it is and how it is coded, one for the pieces, then the body. Whole and in pieces the call
/// is the same.
pub fn data_plane(data: &[u8]) {
    const TO: [(&str, &str, &str); 4] = [
        ("appsync", "a1.appsync-api.eu-west-1.amazonaws.com", "/graphql"),
        ("bedrock", "bedrock-runtime.eu-west-1.amazonaws.com", "/openai/v1/responses"),
        ("glue", "glue.eu-west-1.amazonaws.com", "/iceberg/v1/catalogs/:/namespaces/n/tables"),
        ("", "b.s3.eu-west-1.amazonaws.com", "/"),
    ];
    const CODED: [&str; 4] = ["identity", "gzip", "aws-chunked", "aws-chunked,gzip"];
    let [kind, piece, body @ ..] = data else { return };
    let (service, host, target) = TO[usize::from(kind & 3)];
    let authorization = format!("{SIGNED}{service}/aws4_request");
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("content-encoding", CODED[usize::from(kind >> 2 & 3)].as_bytes()),
        ("content-type", b"multipart/form-data; boundary=x"),
    ];
    if !service.is_empty() {
        headers.push(("authorization", authorization.as_bytes()));
    }
    let head = RequestHead { method: "POST", secure: true, host, target, headers: &headers };
    let call = |piece: usize| {
        let mut recognizer = http::begin(Catalog::embedded(), &head).expect("it is AWS's");
        body.chunks(piece).for_each(|chunk| recognizer.body(chunk));
        recognizer.response(200, &[]);
        recognizer.finish(Timestamp(0))
    };
    let whole = call(body.len().max(1));
    Authorizer::new(Settings::default()).decide(&whole);
    assert!(whole == call(usize::from(*piece).max(1)));
}

/// A denial: a byte for who says it and where, one for which call was denied, then its sentence. Whatever that says, what
/// it adds to the call's needs is an action of AWS's, and of the operation's when AWS did not say it; on a resource of a type that
/// the action has, or that the operation's map and rules give.
pub fn denial(data: &[u8]) {
    let [kind, which, text @ ..] = data else { return };
    const CALLS: [(&str, &str, &str, &str); 8] = [
        ("s3", "GetObject", "Key", "uploads/*"),
        ("s3", "DeleteObjects", "Bucket", "b"),
        ("sts", "AssumeRole", "RoleArn", "arn:aws:iam::111122223333:role/app"),
        ("sqs", "SendMessage", "QueueUrl", "https://sqs.eu-west-1.amazonaws.com/111122223333/q"),
        ("dynamodb", "GetItem", "TableName", "t"),
        ("lambda", "CreateFunction", "FunctionName", "f"),
        ("iam", "GetRole", "RoleName", "app"),
        ("kms", "CreateKey", "Description", "?"),
    ];
    let (service, name, member, value): (&'static str, &'static str, _, _) =
        CALLS[usize::from(*which) % CALLS.len()];
    let answerer =
        [Answerer::Aws, Answerer::Aws, Answerer::Named, Answerer::Anybody][usize::from(kind & 3)];
    let message = String::from_utf8_lossy(text).into_owned();
    let (message, refusals) = match kind >> 2 & 3 {
        0 | 1 => (Some(message), Vec::new()),
        place => (None, vec![Refusal { code: None, message, reported: place == 3, times: 1 }]),
    };
    let call = Call {
        source: if kind & 16 == 0 { Source::Proxy } else { Source::Csm },
        time: Timestamp(0),
        service: service.into(),
        operation: Some(name.into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: Some("111122223333".to_owned()),
        principal: None,
        outcome: Outcome { message, ..Outcome::default() },
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: [(member.to_owned(), value.into())].into_iter().collect(),
        evidence: Evidence {
            authorization: Some(Authorization::SigV4),
            answerer,
            refusals,
            ..Evidence::default()
        },
    };
    let silent = Call {
        outcome: Outcome::default(),
        evidence: Evidence { refusals: Vec::new(), ..call.evidence.clone() },
        ..call.clone()
    };
    let needs =
        |possible| Authorizer::new(Settings { possible, ..Settings::default() }).decide(&silent);
    // The same for each call, whatever the sentence.
    let key = (service, name, answerer, call.source);
    let (without, planned) = NEEDS.with_borrow_mut(|known| {
        known
            .entry(key)
            .or_insert_with(|| (needs(Possible::Common), needs(Possible::Include)))
            .clone()
    });
    let planned: HashSet<&String> =
        planned.requirements.iter().flat_map(|it| &it.resources).collect();
    let with = Authorizer::new(Settings::default()).decide(&call);
    let mut added = with.requirements.iter().filter(|it| !without.requirements.contains(it));
    assert!(added.clone().count() <= 4, "{added:?}");
    let operation = Catalog::embedded().service(service).and_then(|it| it.operation(name));
    let operation = operation.expect("it is in the catalogue");
    added.by_ref().for_each(|requirement| {
        let (prefix, name) = requirement.action.split_once(':').expect("a prefix and a name");
        let action = Catalog::embedded().action(prefix, name).expect("an action of AWS's");
        assert_eq!(action.to_string(), requirement.action, "as AWS spells it");
        let is_listed = operation.authorized().any(|it| it.action() == action);
        assert!(is_listed || answerer == Answerer::Aws, "{requirement:?}");
        for resource in &requirement.resources {
            let has_types = action.resources().len() > 0;
            let is_of_type =
                action.resources().flat_map(|it| it.resource_type.arn_formats()).any(|format| {
                    let parts =
                        format.split("${").map(|part| part.split_once('}').map_or(part, |it| it.1));
                    is_like(resource, &parts.collect::<Vec<_>>().join("*"))
                });
            let fits = is_of_type || planned.contains(resource) || (!has_types && resource == "*");
            assert!(fits && resource.len() < 16_384, "{requirement:?}");
            assert!(!resource.contains(char::is_control), "{requirement:?}");
        }
    });
}

type OfCall = (&'static str, &'static str, Answerer, Source);
type Needs = (Arc<Decision>, Arc<Decision>);

thread_local! {
    /// What calls need without a denial: by default, and with all that they may need.
    static NEEDS: RefCell<HashMap<OfCall, Needs>> = RefCell::default();
}

/// A response: two bytes for its status and its pieces, header lines, an empty line, a body.
pub fn response(data: &[u8]) {
    let [kind, piece, rest @ ..] = data else { return };
    let (head, body) = split_at_empty_line(rest);
    let head = String::from_utf8_lossy(head);
    let headers: Vec<_> = headers(&head);
    let (service, method, target) = match kind & 3 {
        0 => ("s3", "PUT", "/bucket/key?partNumber=1&uploadId=x"),
        // It may fail under status 200.
        1 => ("s3", "POST", "/bucket/key?uploadId=x"),
        2 => ("lambda", "POST", "/2015-03-31/functions"),
        _ => ("sqs", "POST", "/"),
    };
    let status = [200, 204, 301, 400, 403, 404, 500, 503][usize::from(kind >> 2) % 8];
    let authorization = format!("{SIGNED}{service}/aws4_request");
    let host = format!("{service}.eu-west-1.amazonaws.com");
    let signed: [(&str, &[u8]); 1] = [("authorization", authorization.as_bytes())];
    let request = RequestHead { method, secure: true, host: &host, target, headers: &signed };
    let call = |piece: usize| {
        let mut recognizer = http::begin(Catalog::embedded(), &request).expect("it is signed");
        recognizer.end_of_body();
        recognizer.response(status, &headers);
        body.chunks(piece).for_each(|chunk| recognizer.response_body(chunk));
        recognizer.finish(Timestamp(0))
    };
    same(call(usize::from(*piece).max(1)), call(body.len().max(1)), data.len());
}

/// The same call whatever the pieces, and no more of it than came.
fn same(pieces: Call, whole: Call, length: usize) {
    let outcome = &whole.outcome;
    for text in [&outcome.error, &outcome.message, &outcome.request_id].into_iter().flatten() {
        // A byte that is no UTF-8 is three where it was one.
        assert!(text.len() <= 3 * length, "longer than what came");
    }
    assert_eq!(pieces, whole);
}

/// The head of a request as lines: method, host, target, then headers as `name: value`.
pub fn request_head(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (method, host, target) = (line(), line(), line());
    let rest = lines.collect::<Vec<_>>().join("\n");
    let headers = headers(&rest);
    let head = RequestHead { method, secure: false, host, target, headers: &headers };
    if let Some(recognizer) = http::begin(Catalog::embedded(), &head) {
        recognizer.finish(Timestamp(0));
    }
}

fn headers(text: &str) -> Vec<(&str, &[u8])> {
    let pairs = text.lines().filter_map(|line| line.split_once(": "));
    pairs.map(|(name, value)| (name, value.as_bytes())).collect()
}

fn split_at_empty_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[]),
    }
}

/// The first bytes in a tunnel: one for the pieces, then what comes.
pub fn client_hello(data: &[u8]) {
    // More than this is refused, the sooner the larger the pieces are.
    const MOST: usize = 64 << 10;
    let Some((piece, bytes)) = data.split_first() else { return };
    let bytes = &bytes[..bytes.len().min(MOST)];
    let whole = proxy::opening([bytes]);
    assert_eq!(proxy::opening(bytes.chunks(usize::from(*piece).max(1))), whole);
    match whole {
        Opening::Undecided => assert!(bytes.first().is_none_or(|first| *first == 0x16)),
        Opening::NotTls => assert!(!bytes.is_empty()),
        Opening::Hello { server_name, offers: [any, http1, http2] } => {
            assert!(any || !(http1 || http2));
            if let Some(name) = server_name {
                assert!(!name.bytes().any(|byte| byte.is_ascii_uppercase()), "{name}");
            }
        }
    }
}

/// A request's head on a connection: one byte for the pieces, then what comes.
pub fn http1_request(data: &[u8]) {
    let Some(head) = first_head(data) else { return };
    let Ok(taken) = proxy::request(head) else { return };
    assert!(!taken.start.contains(&b'\n') && !taken.start.contains(&b'\r'));
    // What goes on is a head of its own, read as this one was, and written the same.
    let again = proxy::request(&taken.written).expect("what is written can be read");
    assert_eq!(again.start, taken.start);
    assert_eq!((&again.body, again.upgrade), (&taken.body, taken.upgrade));
    assert_eq!(again.written, taken.written);
    assert_kept(&again.fields, &taken.fields);
}

/// A response's head on a connection: one byte for method and pieces, then what comes.
pub fn http1_response(data: &[u8]) {
    let Some(head) = first_head(data) else { return };
    let method: &[u8] = if data[0] & 1 == 0 { b"GET" } else { b"HEAD" };
    let Ok(taken) = proxy::response(head, method) else { return };
    let again = proxy::response(&taken.written, method).expect("what is written can be read");
    assert_eq!(again.start, taken.start);
    // In HTTP/1.0 there are no chunks; what goes on says 1.1.
    if !head.starts_with(b"HTTP/1.0") {
        assert_eq!((&again.body, again.close), (&taken.body, taken.close));
    }
    assert_eq!(again.written, taken.written);
    assert_kept(&again.fields, &taken.fields);
}

/// The first head in `data` behind its first byte, which says in what pieces it is searched.
fn first_head(data: &[u8]) -> Option<&[u8]> {
    let (piece, bytes) = data.split_first()?;
    let whole = proxy::head_end(bytes, 0);
    let (mut from, mut length) = (0, 0);
    let pieces = loop {
        length = (length + usize::from(*piece).max(1)).min(bytes.len());
        match proxy::head_end(&bytes[..length], from) {
            Ok(end) => break Some(end),
            Err(next) => {
                assert!(from <= next && next <= length, "the search goes on where it was");
                from = next;
            }
        }
        if length == bytes.len() {
            break None;
        }
    };
    assert_eq!(pieces, whole.ok());
    bytes.get(..pieces?)
}

/// Each field that went on was there, with this value and in this order; only those of one hop were not.
fn assert_kept(kept: &[(String, Vec<u8>)], all: &[(String, Vec<u8>)]) {
    const OF_ONE_HOP: &[&str] = &[
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "upgrade",
    ];
    let of_one_hop = |name: &str| OF_ONE_HOP.iter().any(|it| it.eq_ignore_ascii_case(name));
    let mut kept = kept.iter().peekable();
    for field in all {
        if kept.next_if(|it| *it == field).is_none() {
            assert!(of_one_hop(&field.0), "{} was left out", field.0);
        }
    }
    // The proxy may say itself that it closes.
    kept.for_each(|(name, value)| {
        assert_eq!((name.as_str(), value.as_slice()), ("Connection", &b"close"[..]));
    });
}

/// A body: one byte for its framing, one for the pieces, then what comes.
pub fn http1_body(data: &[u8]) {
    let [kind, piece, bytes @ ..] = data else { return };
    let framing = || match kind & 3 {
        0 => Body::until_close(),
        1 => Body::length(u64::from(kind >> 2)),
        _ => Body::chunked(),
    };
    let run = |piece: usize| {
        let (mut body, mut contents, mut taken) = (framing(), Vec::new(), 0);
        for chunk in bytes.chunks(piece) {
            let n = body.advance(chunk, &mut |part| contents.extend_from_slice(part))?;
            taken += n;
            assert!(n <= chunk.len() && contents.len() <= taken);
            assert!(n == chunk.len() || body.is_done(), "what is left is the next message's");
        }
        Ok::<_, &str>((contents, taken, body))
    };
    let whole = run(bytes.len().max(1));
    assert_eq!(run(usize::from(*piece).max(1)), whole);
    // What another reader makes of the same chunks.
    if kind & 3 > 1
        && let Some((contents, taken)) = chunks(bytes)
    {
        let read = whole.expect("these chunks are valid");
        assert_eq!((read.0, read.1, read.2.is_done()), (contents, taken, true));
    }
}

/// A plain reader of whole chunked bodies without extensions and trailers: contents and length.
fn chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut contents, mut at) = (Vec::new(), 0);
    loop {
        let line = bytes[at..].windows(2).position(|two| two == b"\r\n")?;
        let digits = std::str::from_utf8(&bytes[at..at + line]).ok()?;
        if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let size = usize::from_str_radix(digits, 16).ok()?;
        at += line + 2;
        let chunk = bytes.get(at..at + size)?;
        at += size;
        if bytes.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
        if size == 0 {
            return Some((contents, at));
        }
        contents.extend_from_slice(chunk);
    }
}

/// What names a host: the target of `CONNECT` and of a request to a proxy, a `Host` field.
pub fn authority(data: &[u8]) {
    let host = proxy::host_of(data);
    assert!(!host.bytes().any(|byte| byte.is_ascii_uppercase()), "{host}");
    if let Some((host, port)) = proxy::connect_target(data) {
        let together = proxy::authority(&host, port);
        assert_eq!(proxy::split_authority(&together), Some((host, Some(port))));
    }
    if let Some((_, host, port, path)) = proxy::absolute_form(data) {
        assert!(path <= data.len() && port > 0);
        assert!(matches!(data.get(path), None | Some(b'/' | b'?' | b'#')));
        assert!(proxy::split_authority(&proxy::authority(&host, port)).is_some(), "{host}");
    }
}

/// An upstream proxy's answer to `CONNECT`.
pub fn tunnel_answer(data: &[u8]) {
    match proxy::tunnel_answer(data) {
        Some(Some((status, end))) => {
            assert!((100..1_000).contains(&status) && end <= data.len());
            // What comes behind it changes nothing.
            assert_eq!(proxy::tunnel_answer(&data[..end]), Some(Some((status, end))));
        }
        Some(None) => {}
        None => assert!(proxy::head_end(data, 0).is_err()),
    }
}

/// A `leastwise.toml` of the working directory: whatever it says, no command gets an option from it but these.
pub fn settings(data: &[u8]) {
    const HARMLESS: &[&str] =
        &["--format", "--json", "--sid", "--sort-alphabetical", "--unused", "--verbose"];
    for (command, words) in commands::settings_of_a_directory(data).unwrap_or_default() {
        for word in words {
            let option = word.split_once('=').map_or(word.as_str(), |(option, _)| option);
            assert!(HARMLESS.contains(&option), "{command} {word}");
        }
    }
}
