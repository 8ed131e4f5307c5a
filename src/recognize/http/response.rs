//! Status, error and request id of a response: from its headers, and for errors from the beginning of its
//! body; and from answers that succeed whose a key is, where they tell, and which of a batch was denied.

use serde_json::Value;

use super::answers;
use super::identity::Teller;
use super::refusals;
use super::scan::{cbor, json, xml};
use super::take::{Found, Reads, Then};
use crate::call::Outcome;
use crate::recognize::message;

/// Bytes of a body that are looked at.
const ENOUGH: usize = 64 << 10;
const LONGEST_CODE: usize = 256;
const LONGEST_MESSAGE: usize = 2_048;

/// Reads one response.
pub(super) struct Reader {
    pub(super) outcome: Outcome,
    body: Body,
    looked_at: usize,
    found: Error,
    /// What reads the body of an answer that succeeds.
    within: Within,
}

/// What is looked for in an answer that succeeds.
pub(super) enum Within {
    /// Nothing, or an error after all.
    Nothing,
    /// Whose a key is.
    Key(Teller),
    /// Denials of a part of what was asked.
    Refusals(refusals::Reader),
    /// What decides what the call needs.
    Texts(answers::Reader),
}

enum Body {
    /// Nothing in it is of interest.
    None,
    /// Its first byte tells what it is.
    Unknown,
    Json(json::Scanner),
    Cbor(cbor::Scanner),
    Xml(xml::Scanner),
}

/// What a body says.
#[derive(Debug, Default)]
struct Error {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    /// What the next value is.
    next: Option<Part>,
    depth: u32,
    /// Whether the outermost element is one of an error.
    is_error: bool,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Code,
    Message,
    RequestId,
}

impl Reader {
    /// `in_success`: whether the operation may answer with an error under status 200; `within`: what reads the answer
    /// of one that succeeds.
    pub(super) fn new(
        status: u16,
        headers: &[(&str, &[u8])],
        in_success: bool,
        within: Within,
    ) -> Reader {
        let header = |names: &[&str]| {
            names.iter().find_map(|name| {
                let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?;
                std::str::from_utf8(found.1).ok().map(str::trim).filter(|it| !it.is_empty())
            })
        };
        let failed = status >= 400;
        let id =
            header(&["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id", "x-amz-id-2"]);
        let code = header(&["x-amzn-errortype", "x-amzn-error-type", "x-amz-error-code"]);
        let message =
            header(&["x-amzn-error-message", "x-amz-error-message", "x-amzn-errormessage"]);
        let is_plain =
            header(&["content-encoding"]).is_none_or(|it| it == "identity" || it == "aws-chunked");
        let within = if failed { Within::Nothing } else { within };
        let is_read = failed || in_success || !matches!(within, Within::Nothing);
        let cbor = header(&["content-type"]).is_some_and(|it| it.contains("cbor"));
        Reader {
            outcome: Outcome {
                status: Some(status),
                error: code.filter(|_| failed).and_then(code_of),
                message: message.filter(|_| failed).and_then(message_of),
                request_id: id.filter(|id| id.len() <= LONGEST_CODE).map(str::to_owned),
            },
            body: match (is_read, is_plain, cbor) {
                (true, true, true) => Body::Cbor(cbor::Scanner::new()),
                (true, true, false) => Body::Unknown,
                _ => Body::None,
            },
            looked_at: 0,
            found: Error::default(),
            within,
        }
    }

    /// The status.
    pub(super) fn status(&self) -> Option<u16> {
        self.outcome.status
    }

    pub(super) fn body(&mut self, bytes: &[u8]) {
        let enough = match self.within {
            Within::Refusals(_) => refusals::ENOUGH,
            Within::Nothing | Within::Key(_) | Within::Texts(_) => ENOUGH,
        };
        let mut bytes = &bytes[..bytes.len().min(enough - self.looked_at)];
        self.looked_at += bytes.len();
        if matches!(self.body, Body::Unknown) {
            bytes = bytes.trim_ascii_start();
            self.body = match bytes.first() {
                None => return,
                Some(b'{') => Body::Json(json::Scanner::new()),
                Some(b'<' | 0xef) => Body::Xml(xml::Scanner::new()),
                Some(_) => Body::None,
            };
        }
        match &mut self.within {
            Within::Nothing => self.body.feed(bytes, &mut self.found),
            Within::Key(teller) => self.body.feed(bytes, teller),
            Within::Refusals(refusals) => self.body.feed(bytes, refusals),
            Within::Texts(texts) => self.body.feed(bytes, texts),
        }
    }

    /// How the call ended, and what read the answer if it succeeded.
    pub(super) fn finish(mut self) -> (Outcome, Within) {
        let within = std::mem::replace(&mut self.within, Within::Nothing);
        (self.outcome(), within)
    }

    fn outcome(mut self) -> Outcome {
        let succeeded = self.outcome.status.is_some_and(|status| status < 400);
        let is_xml = matches!(self.body, Body::Xml(_));
        if succeeded && !(is_xml && self.found.is_error) {
            return self.outcome;
        }
        let outcome = &mut self.outcome;
        // The body's code is the precise one; a header may say only what kind it is.
        outcome.error = self.found.code.or(outcome.error.take());
        outcome.message = self.found.message.or(outcome.message.take());
        outcome.request_id = outcome.request_id.take().or(self.found.request_id);
        self.outcome
    }
}

impl Body {
    fn feed(&mut self, bytes: &[u8], to: &mut (impl Reads + xml::Elements)) {
        match self {
            Body::None | Body::Unknown => {}
            Body::Json(scanner) => scanner.feed(bytes, to),
            Body::Cbor(scanner) => scanner.feed(bytes, to),
            Body::Xml(scanner) => scanner.feed(bytes, to),
        }
    }
}

/// `com.amazonaws.sqs#QueueDoesNotExist` and `Throttled:http://…` without what is around the code.
fn code_of(text: &str) -> Option<String> {
    let code = text.rsplit_once('#').map_or(text, |(_, code)| code);
    let code = code.split([':', ',']).next().unwrap_or_default().trim();
    (!code.is_empty() && code.len() <= LONGEST_CODE).then(|| code.to_owned())
}

fn message_of(text: &str) -> Option<String> {
    message::kept(text, LONGEST_MESSAGE)
}

fn part(name: &str) -> Option<Part> {
    match name {
        "__type" | "code" | "Code" => Some(Part::Code),
        "message" | "Message" | "errorMessage" => Some(Part::Message),
        "RequestId" | "RequestID" | "requestId" => Some(Part::RequestId),
        _ => None,
    }
}

impl Error {
    fn set(&mut self, text: &str) {
        let (slot, value) = match self.next.take() {
            Some(Part::Code) => (&mut self.code, code_of(text)),
            Some(Part::Message) => (&mut self.message, message_of(text)),
            Some(Part::RequestId) => {
                (&mut self.request_id, (text.len() <= LONGEST_CODE).then(|| text.to_owned()))
            }
            None => return,
        };
        if slot.is_none() {
            *slot = value;
        }
    }
}

impl Reads for Error {
    fn key(&mut self, key: &str) {
        self.next = part(key);
    }

    fn found(&mut self, found: Found) -> Then {
        match found {
            Found::Object if self.depth == 0 => {
                self.depth = 1;
                Then::Enter
            }
            Found::Text if self.next.is_some() => Then::Keep,
            _ => Then::Skip,
        }
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.set(text);
    }

    fn literal(&mut self, _value: Value) {}

    fn end(&mut self) {}
}

impl xml::Elements for Error {
    fn start(&mut self, name: &str) -> Then {
        if self.depth == 0 {
            self.is_error = matches!(name, "Error" | "ErrorResponse" | "Response");
        }
        self.next = if self.depth > 0 { part(name) } else { None };
        if self.next.is_some() {
            return Then::Keep;
        }
        if self.depth >= 3 {
            return Then::Skip;
        }
        self.depth += 1;
        Then::Enter
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.set(text);
    }

    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        status: u16,
        headers: &[(&str, &[u8])],
        body: &[u8],
    ) -> (Option<String>, Option<String>, Option<String>) {
        let mut one = Reader::new(status, headers, false, Within::Nothing);
        one.body(body);
        let mut many = Reader::new(status, headers, false, Within::Nothing);
        body.chunks(1).for_each(|byte| many.body(byte));
        let (one, many) = (one.outcome(), many.outcome());
        assert_eq!(one, many, "whatever the pieces");
        (one.error, one.message, one.request_id)
    }

    fn is(code: &str, message: &str, id: &str) -> (Option<String>, Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(code), some(message), some(id))
    }

    #[test]
    fn errors_of_every_protocol() {
        let json = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no \"such\" table"}"#;
        assert_eq!(
            read(400, &[("x-amzn-RequestId", b"R1")], json),
            is("ResourceNotFoundException", "no \"such\" table", "R1"),
        );
        let rest = br#"{"Type":"User","Message":"gone"}"#;
        let headers: [(&str, &[u8]); 1] =
            [("x-amzn-errortype", b"ResourceNotFoundException:http://internal/")];
        assert_eq!(read(404, &headers, rest), is("ResourceNotFoundException", "gone", ""));
        let s3 = b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>a &amp; b</Message><Key>k</Key><RequestId>R2</RequestId></Error>";
        assert_eq!(read(404, &[], s3), is("NoSuchKey", "a & b", "R2"));
        let query = b"<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>R3</RequestId></ErrorResponse>";
        assert_eq!(read(403, &[], query), is("AccessDenied", "no", "R3"));
        let ec2 = b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>R4</RequestID></Response>";
        assert_eq!(read(403, &[], ec2), is("UnauthorizedOperation", "no", "R4"));
        let cbor = b"\xbf\x66__type\x6aa.b#Denied\x67message\x62no\xff";
        let cbor: Vec<u8> = cbor.to_vec();
        let headers: [(&str, &[u8]); 1] = [("content-type", b"application/cbor")];
        let cbor = [&b"\xbf\x66__type\x6aa.b#Denied"[..4 + 4], &cbor[8..]].concat();
        assert_eq!(read(400, &headers, &cbor), is("Denied", "no", ""));
    }

    /// What AWS sends when it denies, in every protocol: code and sentence are read.
    #[test]
    fn denials_of_every_protocol() {
        let sentence = "User: arn:aws:sts::111122223333:assumed-role/deploy-a-rather-long-name-for-a-role/session is not authorized to \
            perform: s3:GetObject on resource: \"arn:aws:s3:::bucket/some/long/key/of/an/object/in/it.txt\" because no identity-based \
            policy allows the s3:GetObject action";
        let json = |text: &str| text.replace('"', "\\\"");
        let xml = |text: &str| text.replace('"', "&quot;");
        let type_of = |code: &'static [u8]| [("x-amzn-errortype", code)];
        type Case<'a> = (&'a str, Vec<(&'a str, &'a [u8])>, Vec<u8>);
        let cases: Vec<Case<'_>> = vec![
            (
                "AccessDeniedException",
                vec![("content-type", b"application/x-amz-json-1.1")],
                format!(r#"{{"__type":"AccessDeniedException","Message":"{}"}}"#, json(sentence)).into(),
            ),
            (
                "AccessDeniedException",
                vec![("content-type", b"application/x-amz-json-1.0")],
                format!(
                    r#"{{"__type":"com.amazon.coral.service#AccessDeniedException","message":"{}"}}"#,
                    json(sentence)
                )
                .into(),
            ),
            (
                "AccessDeniedException",
                type_of(b"AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/").to_vec(),
                format!(r#"{{"Message":"{}"}}"#, json(sentence)).into(),
            ),
            (
                "AccessDeniedException",
                type_of(b"AccessDeniedException").to_vec(),
                format!(r#"{{"message":"{}","accessDeniedReason":null}}"#, json(sentence)).into(),
            ),
            (
                "AccessDenied",
                vec![("content-type", b"application/xml")],
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>{}</Message>\
                     <RequestId>R</RequestId><HostId>h=</HostId></Error>",
                    xml(sentence)
                )
                .into(),
            ),
            (
                "AccessDenied",
                vec![("content-type", b"text/xml")],
                format!(
                    "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Error>\
                     <Type>Sender</Type><Code>AccessDenied</Code><Message>{}</Message></Error><RequestId>R</RequestId></ErrorResponse>",
                    xml(sentence)
                )
                .into(),
            ),
            (
                "AccessDenied",
                vec![("content-type", b"text/xml")],
                format!(
                    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <Error>\n    <Type>Sender</Type>\n    \
                     <Code>AccessDenied</Code>\n    <Message>{}</Message>\n  </Error>\n  <RequestId>R</RequestId>\n</ErrorResponse>\n",
                    xml(sentence)
                )
                .into(),
            ),
            (
                "UnauthorizedOperation",
                vec![("content-type", b"text/xml;charset=UTF-8")],
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
                     <Message>{}</Message></Error></Errors><RequestID>R</RequestID></Response>",
                    xml(sentence)
                )
                .into(),
            ),
            (
                "AccessDeniedException",
                vec![("content-type", b"application/cbor"), ("smithy-protocol", b"rpc-v2-cbor")],
                cbor(&[("__type", "com.amazonaws.x#AccessDeniedException"), ("message", sentence)]),
            ),
        ];
        for (code, headers, body) in cases {
            let (error, message, _) = read(403, &headers, &body);
            let shown = String::from_utf8_lossy(&body);
            assert_eq!(error.as_deref(), Some(code), "{shown}");
            // The session's name is nobody else's business.
            let kept = sentence.replace("/session is", "/* is");
            assert_eq!(message.as_deref(), Some(&*kept), "{shown}");
        }
        // HEAD: the status, and an id.
        let headers: [(&str, &[u8]); 2] =
            [("x-amz-request-id", b"R"), ("content-type", b"application/xml")];
        assert_eq!(read(403, &headers, b""), is("", "", "R"));
    }

    fn cbor(pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut out = vec![0xa0 + u8::try_from(pairs.len()).unwrap()];
        for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
            out.push(0x79);
            out.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
            out.extend(text.bytes());
        }
        out
    }

    #[test]
    fn what_was_signed_is_not_kept() {
        let body = b"<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match. The \
            Canonical String for this request should have been 'GET\n/\n\nx-amz-security-token:FwoGZXIvYXdz</Message></Error>";
        let (error, message, _) = read(403, &[], body);
        assert_eq!(error.as_deref(), Some("SignatureDoesNotMatch"));
        assert_eq!(
            message.as_deref(),
            Some("The request signature we calculated does not match. The")
        );
    }

    #[test]
    fn a_head_request_has_no_body() {
        assert_eq!(read(404, &[("x-amz-request-id", b"R")], b""), is("", "", "R"));
    }

    #[test]
    fn what_is_not_an_error_is_not_read() {
        assert_eq!(read(200, &[], br#"{"message":"the user's own"}"#), is("", "", ""));
        assert_eq!(read(500, &[], b"<html><body>oops"), is("", "", ""));
    }
}
