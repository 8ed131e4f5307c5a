//! Whether an answer says that there are more pages than it has: one bit of it, and nothing else is kept.

use std::sync::LazyLock;

use serde_json::Value;

use super::scan::{cbor, json, xml};
use super::take::{Found, Reads, Then};
use crate::catalog::{AccessLevel, Class, Operation};

const TEXT: &str = include_str!("../../../data/pages.txt");
/// Bytes of an answer that are looked at; what a longer one says at its end is not known.
const ENOUGH: usize = 16 << 20;

/// What `data/pages.txt` says.
#[derive(Debug, Default)]
struct Names {
    ask: Vec<&'static str>,
    token: Vec<&'static str>,
    token_of: Vec<(&'static str, Vec<&'static str>)>,
    flag: Vec<&'static str>,
    first: Vec<&'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    for line in TEXT.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("ask") => names.ask.extend(words),
            Some("token") => names.token.extend(words),
            Some("token-of") => {
                names.token_of.extend(words.next().map(|name| (name, words.collect())));
            }
            Some("flag") => names.flag.extend(words),
            Some("first") => names.first.extend(words),
            _ => {}
        }
    }
    names
});

/// Whether an operation reads something page by page; worked out once per operation.
pub(super) fn has_pages(operation: Operation) -> bool {
    let Some(input) = operation.input() else { return false };
    let is_first =
        |name: &&str| name.split_once('.') == Some((operation.service().name(), operation.name()));
    let own = operation.authorized().filter(|it| it.class() == Class::Own);
    let levels: Vec<AccessLevel> = own.map(|it| it.action().access_level()).collect();
    let reads = |it| matches!(it, &AccessLevel::Read | &AccessLevel::List);
    levels.iter().all(reads)
        && NAMES.ask.iter().any(|name| input.member(name).is_some())
        && !NAMES.first.iter().any(is_first)
}

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Reader {
    body: Body,
    looked_at: usize,
    found: Pages,
}

#[derive(Debug)]
enum Body {
    /// Its first byte tells what it is.
    Unknown,
    Json(json::Scanner),
    Cbor(cbor::Scanner),
    Xml(xml::Scanner),
    /// It cannot be read, or not to its end.
    Unreadable,
}

/// What the answer says.
#[derive(Debug)]
struct Pages {
    /// Tokens that count in this service alone.
    own_tokens: Vec<&'static str>,
    next: Option<Part>,
    depth: u32,
    token: bool,
    flag: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Token,
    Flag,
}

impl Reader {
    /// What reads the answer of an operation that [has pages](has_pages), if it succeeds.
    pub(super) fn new(
        operation: Operation,
        status: u16,
        headers: &[(&str, &[u8])],
    ) -> Option<Reader> {
        let header = |name: &str| {
            let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| std::str::from_utf8(value).ok())
        };
        let is_plain = header("content-encoding").is_none_or(|it| it.trim() == "identity");
        if !(200..300).contains(&status) || !is_plain {
            return None;
        }
        let is_cbor = header("content-type").is_some_and(|it| it.contains("cbor"));
        let service = operation.service().name();
        let of_service = NAMES.token_of.iter().filter(|(_, services)| services.contains(&service));
        Some(Reader {
            body: if is_cbor { Body::Cbor(cbor::Scanner::new()) } else { Body::Unknown },
            looked_at: 0,
            found: Pages {
                own_tokens: of_service.map(|(name, _)| *name).collect(),
                next: None,
                depth: 0,
                token: false,
                flag: None,
            },
        })
    }

    pub(super) fn body(&mut self, mut bytes: &[u8]) {
        self.looked_at = self.looked_at.saturating_add(bytes.len());
        if self.looked_at > ENOUGH {
            self.body = Body::Unreadable;
        }
        if matches!(self.body, Body::Unknown) {
            bytes = bytes.trim_ascii_start();
            self.body = match bytes.first() {
                None => return,
                Some(b'{') => Body::Json(json::Scanner::new()),
                Some(b'<' | 0xef) => Body::Xml(xml::Scanner::new()),
                Some(_) => Body::Unreadable,
            };
        }
        match &mut self.body {
            Body::Unknown | Body::Unreadable => {}
            Body::Json(scanner) => scanner.feed(bytes, &mut self.found),
            Body::Cbor(scanner) => scanner.feed(bytes, &mut self.found),
            Body::Xml(scanner) => scanner.feed(bytes, &mut self.found),
        }
    }

    /// Whether there are more pages.
    pub(super) fn finish(self) -> bool {
        !matches!(self.body, Body::Unreadable) && self.found.flag.unwrap_or(self.found.token)
    }
}

impl Pages {
    fn part(&self, name: &str) -> Option<Part> {
        if NAMES.flag.contains(&name) {
            return Some(Part::Flag);
        }
        (NAMES.token.contains(&name) || self.own_tokens.contains(&name)).then_some(Part::Token)
    }

    fn take(&mut self, text: &str) {
        match self.next.take() {
            Some(Part::Token) => self.token |= !text.trim().is_empty(),
            Some(Part::Flag) => self.flag = Some(text.trim() == "true"),
            None => {}
        }
    }
}

impl Reads for Pages {
    fn key(&mut self, key: &str) {
        self.next = self.part(key);
    }

    fn found(&mut self, found: Found) -> Then {
        match found {
            Found::Object if self.depth == 0 => {
                self.depth = 1;
                Then::Enter
            }
            Found::Text | Found::Literal if self.next.is_some() => Then::Keep,
            _ => Then::Skip,
        }
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.take(text);
    }

    fn literal(&mut self, value: Value) {
        match value {
            Value::Bool(is_true) => self.take(if is_true { "true" } else { "false" }),
            Value::Number(number) => self.take(&number.to_string()),
            _ => self.next = None,
        }
    }

    fn end(&mut self) {}
}

impl xml::Elements for Pages {
    fn start(&mut self, name: &str) -> Then {
        // The outermost element, and the result in the answer of the query protocol.
        if self.depth == 0 || (self.depth == 1 && name.ends_with("Result")) {
            self.depth += 1;
            return Then::Enter;
        }
        self.next = self.part(name);
        if self.next.is_some() { Then::Keep } else { Then::Skip }
    }

    fn text(&mut self, text: &str, _cut: bool) {
        self.take(text);
    }

    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn operation(name: &str) -> Operation {
        let (service, name) = name.split_once('.').unwrap();
        Catalog::embedded().service(service).unwrap().operation(name).unwrap()
    }

    fn has_more(name: &str, body: &str) -> bool {
        let operation = operation(name);
        assert!(has_pages(operation), "{name}");
        let read = |size: usize| {
            let mut reader = Reader::new(operation, 200, &[]).unwrap();
            body.as_bytes().chunks(size).for_each(|piece| reader.body(piece));
            reader.finish()
        };
        let whole = read(body.len().max(1));
        assert_eq!(read(1), whole, "whatever the pieces");
        whole
    }

    #[test]
    fn an_answer_says_that_there_are_more_pages() {
        for (name, more, last) in [
            (
                "sqs.ListQueues",
                r#"{"QueueUrls":["a"],"NextToken":"x"}"#,
                r#"{"QueueUrls":["a"],"NextToken":null}"#,
            ),
            (
                "lambda.ListFunctions",
                r#"{"Functions":[{"NextMarker":"y"}],"NextMarker":"x"}"#,
                r#"{"Functions":[{"NextMarker":"y"}],"NextMarker":""}"#,
            ),
            (
                "kms.ListKeys",
                r#"{"Keys":[],"NextMarker":"x","Truncated":true}"#,
                r#"{"Keys":[],"NextMarker":"x","Truncated":false}"#,
            ),
            (
                "s3.ListObjectsV2",
                "<?xml version=\"1.0\"?>\n<ListBucketResult><Contents><Key>IsTruncated</Key></Contents><NextContinuationToken>x</NextContinuationToken><IsTruncated>true</IsTruncated></ListBucketResult>",
                "<ListBucketResult><ContinuationToken>mine</ContinuationToken><IsTruncated>false</IsTruncated></ListBucketResult>",
            ),
            (
                "ec2.DescribeVpcs",
                "<DescribeVpcsResponse><vpcSet><item><nextToken>n</nextToken></item></vpcSet><nextToken>x</nextToken></DescribeVpcsResponse>",
                "<DescribeVpcsResponse><vpcSet><item><nextToken>n</nextToken></item></vpcSet><nextToken/></DescribeVpcsResponse>",
            ),
            (
                "iam.ListRoles",
                "<ListRolesResponse><ListRolesResult><IsTruncated>true</IsTruncated><Marker>x</Marker></ListRolesResult></ListRolesResponse>",
                "<ListRolesResponse><ListRolesResult><Roles/><IsTruncated>false</IsTruncated></ListRolesResult></ListRolesResponse>",
            ),
            (
                "rds.DescribeDBInstances",
                "<R><DescribeDBInstancesResult><Marker>x</Marker></DescribeDBInstancesResult></R>",
                "<R><DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult></R>",
            ),
            // The request's own marker is told again.
            (
                "efs.DescribeFileSystems",
                r#"{"Marker":"mine","NextMarker":"x","FileSystems":[]}"#,
                r#"{"Marker":"mine","FileSystems":[]}"#,
            ),
        ] {
            assert!(has_more(name, more), "{name}: {more}");
            assert!(!has_more(name, last), "{name}: {last}");
        }
    }

    #[test]
    fn what_cannot_be_read_to_its_end_says_nothing() {
        let operation = operation("sqs.ListQueues");
        for (status, encoding) in [(400, "identity"), (200, "gzip"), (301, "identity")] {
            let headers: [(&str, &[u8]); 1] = [("Content-Encoding", encoding.as_bytes())];
            assert!(Reader::new(operation, status, &headers).is_none());
        }
        let mut reader = Reader::new(operation, 200, &[]).unwrap();
        reader.body(br#"{"NextToken":"x","QueueUrls":[""#);
        let piece = vec![b'a'; 1 << 20];
        (0..17).for_each(|_| reader.body(&piece));
        assert!(!reader.finish());
        for body in ["", "  ", "no", "{", "<", "{\"NextToken\":", "<a><NextToken>", "\u{0}"] {
            assert!(!has_more("sqs.ListQueues", body), "{body}");
        }
    }

    #[test]
    fn what_is_no_list_is_not_read() {
        for name in [
            "s3.GetObject",
            "sqs.ReceiveMessage",
            "ec2.RunInstances",
            "cloudformation.DescribeStackEvents",
        ] {
            assert!(!has_pages(operation(name)), "{name}");
        }
    }

    /// The operations that are read page by page.
    #[test]
    fn as_many_operations_have_pages_as_botocore_pages() {
        let operations = Catalog::embedded().services().flat_map(|it| it.operations());
        let paged = operations.filter(|it| has_pages(*it)).count();
        assert!((3_000..5_500).contains(&paged), "{paged}");
    }
}
