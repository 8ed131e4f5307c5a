//! Denials in answers that succeed otherwise: of the entries of a batch (S3's `DeleteObjects`, EC2's `CreateFleet`), and as reasons
//! of what happened before (CloudFormation's events). They are read as they stream, in bounded memory.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::scan::xml;
use super::take::{Found, Reads, Then};
use crate::call::{Refusal, is_denial};
use crate::catalog::Operation;
use crate::recognize::message;

/// Different ones that are kept of an answer.
const MOST: usize = 32;
/// The longest code.
const LONGEST_CODE: usize = 128;
/// The longest sentence.
const LONGEST: usize = 1_024;
/// How deep containers are followed.
const DEEPEST: usize = 24;
/// Bytes of a body that are looked at: S3's longest answer to 1,000 keys has less.
pub(super) const ENOUGH: usize = 4 << 20;

/// Operations whose answer has entries with an error's code and message: a service and its operations on a line. They are those of
/// botocore's output shapes in which a structure with both stands in a list or map of errors, failures or entries, without
/// those that only look things up, and without Kinesis and Firehose, whose entries fail for the load
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsResultEntry.html>).
const BATCHES: &str = include_str!("batches.txt");
/// Operations that report what happened, which another principal may have asked for: a stack set's events tell of
/// its own role (<https://github.com/superwerker/superwerker/issues/171>).
const REPORTS: &str = include_str!("reports.txt");

/// By service and operation, whether it only reports.
static READ: LazyLock<HashMap<(&'static str, &'static str), bool>> = LazyLock::new(|| {
    let of = |text: &'static str, reports: bool| {
        text.lines().flat_map(move |line| {
            let mut words = line.split(' ');
            let service = words.next().unwrap_or_default();
            words.map(move |operation| ((service, operation), reports))
        })
    };
    of(BATCHES, false).chain(of(REPORTS, true)).collect()
});

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Reader {
    reported: bool,
    around: Vec<Entry>,
    next: Option<Part>,
    found: Vec<Refusal>,
    more: u32,
}

/// A container that was entered, with what stands in it.
#[derive(Debug, Default)]
struct Entry {
    code: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Message,
}

impl Reader {
    /// What reads the operation's answer, if it can have denials inside.
    pub(super) fn of(operation: Operation) -> Option<Reader> {
        let reported = *READ.get(&(operation.service().name(), operation.name()))?;
        Some(Reader { reported, around: Vec::new(), next: None, found: Vec::new(), more: 0 })
    }

    /// What was found, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<Refusal>, u32) {
        // What was not ended is as far as it came.
        while !self.around.is_empty() {
            self.leave();
        }
        (self.found, self.more)
    }

    fn enter(&mut self) -> Then {
        self.next = None;
        if self.around.len() >= DEEPEST {
            return Then::Skip;
        }
        self.around.push(Entry::default());
        Then::Enter
    }

    fn leave(&mut self) {
        let Some(Entry { code, message }) = self.around.pop() else { return };
        let denied = code.as_deref().is_some_and(is_denial);
        let says_so = message.as_deref().is_some_and(says_denied);
        if !denied && !says_so {
            return;
        }
        let message = message.unwrap_or_default();
        let known = self.found.iter_mut().find(|it| it.code == code && it.message == message);
        if let Some(known) = known {
            known.times = known.times.saturating_add(1);
        } else if self.found.len() < MOST {
            self.found.push(Refusal { code, message, reported: self.reported, times: 1 });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn take(&mut self, text: &str) {
        let (Some(part), Some(entry)) = (self.next.take(), self.around.last_mut()) else { return };
        match part {
            Part::Code if text.len() <= LONGEST_CODE => {
                entry.code.get_or_insert_with(|| text.to_owned());
            }
            Part::Code => {}
            // Of several sentences, the one that says it.
            Part::Message => {
                if entry.message.as_deref().is_none_or(|known| !says_denied(known)) {
                    entry.message = message::kept(text, LONGEST).or(entry.message.take());
                }
            }
        }
    }
}

/// What something of this name is: `errorCode`, `Code`; `ErrorMessage`, `failureReason`, `StatusReason`.
fn part(name: &str) -> Option<Part> {
    let ends = |end: &str| {
        let at = name.len().checked_sub(end.len());
        at.and_then(|at| name.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    if ends("code") || ends("errortype") || ends("exceptionname") {
        return Some(Part::Code);
    }
    let messages = ["message", "reason", "errordescription", "errordetails"];
    messages.into_iter().any(ends).then_some(Part::Message)
}

fn says_denied(text: &str) -> bool {
    let has = |words: &str| {
        text.as_bytes()
            .windows(words.len())
            .any(|window| window.eq_ignore_ascii_case(words.as_bytes()))
    };
    has("not authorized to perform") || has("service-linked role") || has("service linked role")
}

impl Reads for Reader {
    fn key(&mut self, key: &str) {
        self.next = part(key);
    }

    fn found(&mut self, found: Found) -> Then {
        match found {
            Found::Object | Found::List => self.enter(),
            Found::Text if self.next.is_some() => Then::Keep,
            _ => Then::Skip,
        }
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.take(text);
    }

    fn literal(&mut self, _value: Value) {}

    fn end(&mut self) {
        self.leave();
    }
}

impl xml::Elements for Reader {
    fn start(&mut self, name: &str) -> Then {
        let next = part(name);
        if next.is_some() && !self.around.is_empty() {
            self.next = next;
            return Then::Keep;
        }
        self.enter()
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.take(text);
    }

    fn end(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::{cbor, json};
    use super::*;
    use crate::catalog::Catalog;

    fn operation(service: &str, operation: &str) -> Operation {
        Catalog::embedded().service(service).unwrap().operation(operation).unwrap()
    }

    /// What is found, the same whatever the pieces.
    fn read(service: &str, name: &str, body: &[u8]) -> (Vec<Refusal>, u32) {
        let in_pieces = |size: usize| {
            let mut reader = Reader::of(operation(service, name)).unwrap();
            let (mut json, mut xml, mut cbor) =
                (json::Scanner::new(), xml::Scanner::new(), cbor::Scanner::new());
            for piece in body.chunks(size) {
                match body[0] {
                    b'{' => json.feed(piece, &mut reader),
                    b'<' => xml.feed(piece, &mut reader),
                    _ => cbor.feed(piece, &mut reader),
                }
            }
            reader.finish()
        };
        let whole = in_pieces(body.len());
        for size in [1, 7] {
            assert_eq!(in_pieces(size), whole, "in pieces of {size}");
        }
        whole
    }

    fn refusal(code: &str, message: &str, times: u32) -> Refusal {
        let code = (!code.is_empty()).then(|| code.to_owned());
        Refusal { code, message: message.to_owned(), reported: false, times }
    }

    const DENIED: &str = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: ec2:RunInstances on resource: \
        arn:aws:ec2:eu-west-1:111122223333:instance/*";

    #[test]
    fn every_operation_is_one_of_the_catalogue() {
        for (service, name) in READ.keys() {
            let service = Catalog::embedded().service(service);
            assert!(service.and_then(|it| it.operation(name)).is_some(), "{service:?} {name}");
        }
        assert!(READ.len() > 200);
    }

    #[test]
    fn entries_of_a_fleet() {
        let body = format!(
            "<?xml version=\"1.0\"?><CreateFleetResponse xmlns=\"x\"><requestId>r</requestId><fleetId>f</fleetId><errorSet>\
             <item><launchTemplateAndOverrides><launchTemplateSpecification/></launchTemplateAndOverrides><lifecycle>spot</lifecycle>\
             <errorCode>UnauthorizedOperation</errorCode><errorMessage>{DENIED}</errorMessage></item>\
             <item><errorCode>InsufficientInstanceCapacity</errorCode><errorMessage>none left</errorMessage></item>\
             <item><errorCode>UnauthorizedOperation</errorCode><errorMessage>{DENIED}</errorMessage></item></errorSet></CreateFleetResponse>"
        );
        let wanted = vec![refusal("UnauthorizedOperation", DENIED, 2)];
        assert_eq!(read("ec2", "CreateFleet", body.as_bytes()), (wanted, 0));
    }

    /// As <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html> has it.
    #[test]
    fn objects_that_were_not_deleted() {
        let body = b"<DeleteResult xmlns=\"x\"><Deleted><Key>a</Key></Deleted><Error><Key>sample2.txt</Key><Code>AccessDenied</Code>\
            <Message>Access Denied</Message></Error></DeleteResult>";
        let wanted = vec![refusal("AccessDenied", "Access Denied", 1)];
        assert_eq!(read("s3", "DeleteObjects", body), (wanted, 0));
    }

    #[test]
    fn entries_of_json() {
        let body = format!(
            r#"{{"FailedResourcesMap":{{"arn:aws:ec2:eu-west-1:111122223333:vpc/v":{{"StatusCode":403,"ErrorCode":"InvalidParameterException","ErrorMessage":"{DENIED}"}}}}}}"#
        );
        let wanted = vec![refusal("InvalidParameterException", DENIED, 1)];
        assert_eq!(read("resourcegroupstaggingapi", "TagResources", body.as_bytes()), (wanted, 0));
        let body = br#"{"Responses":[{"Item":{"message":{"S":"AccessDenied"}}},{"Error":{"Code":"AccessDenied","Message":"no"}}]}"#;
        let wanted = vec![refusal("AccessDenied", "no", 1)];
        assert_eq!(read("dynamodb", "BatchExecuteStatement", body), (wanted, 0));
    }

    #[test]
    fn reasons_that_are_reported() {
        let body = format!(
            "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>FAILED</Status><StatusReason>{DENIED}</StatusReason>\
             </DescribeChangeSetResult></DescribeChangeSetResponse>"
        );
        let wanted = vec![Refusal { reported: true, ..refusal("", DENIED, 1) }];
        assert_eq!(read("cloudformation", "DescribeChangeSet", body.as_bytes()), (wanted, 0));
        let body = "<DescribeStackEventsResponse><StackEvents><member><ResourceStatusReason>User Initiated</ResourceStatusReason>\
            </member></StackEvents></DescribeStackEventsResponse>";
        assert_eq!(read("cloudformation", "DescribeStackEvents", body.as_bytes()), (vec![], 0));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut body = "<DeleteResult>".to_owned();
        for n in 0..1_000 {
            let long = "x".repeat(3_000);
            body +=
                &format!("<Error><Code>AccessDenied</Code><Message>{n} {long}</Message></Error>");
        }
        let (found, more) = read("s3", "DeleteObjects", body.as_bytes());
        assert_eq!((found.len(), more), (MOST, 1_000 - MOST as u32));
        assert!(found.iter().all(|it| it.message.len() <= LONGEST));
        let deep = "{\"a\":".repeat(5_000);
        assert_eq!(read("dynamodb", "BatchExecuteStatement", deep.as_bytes()), (vec![], 0));
    }
}
