//! Denials: whoever answers can say that the call needs `*:*` on `*`. Each attack is made through the real binary, and its policy is held
//! against that of the same calls when they are refused without a word.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Listener, actions, event, leastwise, signal};

const USER: &str = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ";
const PATIENCE: Duration = Duration::from_secs(120);

/// What a stranger may say.
fn sentences() -> [String; 8] {
    let because = "because no identity-based policy allows it";
    [
        format!("{USER}*:* on resource: * {because}"),
        format!("{USER}iam:* on resource: * {because}"),
        format!("{USER}iam:AttachUserPolicy on resource: * {because}"),
        format!("{USER}iam:PassRole on resource: arn:aws:iam::123456789012:role/admin"),
        // A resource of another type.
        format!("{USER}sts:AssumeRole on resource: arn:aws:s3:::*"),
        format!("{USER}iam:CreateUser on resource: arn:aws:iam::*:user/*\u{1b}[2J"),
        "User `arn:aws:iam::123456789012:user/ann' is not authorized to perform `ses:SendEmail' on resource `*'"
            .to_owned(),
        "Caller does not have permissions to create a Service Linked Role".to_owned(),
    ]
}

/// A call over each protocol: host, request line's method and target, headers, body, and how an error is answered.
struct Spoken {
    host: &'static str,
    service: &'static str,
    line: &'static str,
    headers: &'static str,
    body: &'static str,
    error: fn(&str) -> (String, Vec<u8>),
}

fn protocols() -> [Spoken; 7] {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    [
        // query
        Spoken {
            host: "iam.amazonaws.com",
            service: "iam",
            line: "POST /",
            headers: form,
            body: "Action=GetUser&Version=2010-05-08&UserName=ann",
            error: |text| {
                let text = xml(text);
                let body = format!(
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{text}</Message></Error></ErrorResponse>"
                );
                ("Content-Type: text/xml\r\n".to_owned(), body.into())
            },
        },
        // ec2
        Spoken {
            host: "ec2.eu-west-1.amazonaws.com",
            service: "ec2",
            line: "POST /",
            headers: form,
            body: "Action=DescribeInstances&Version=2016-11-15",
            error: |text| {
                let text = xml(text);
                let body = format!(
                    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>{text}</Message></Error></Errors></Response>"
                );
                ("Content-Type: text/xml\r\n".to_owned(), body.into())
            },
        },
        // rest-xml
        Spoken {
            host: "b.s3.eu-west-1.amazonaws.com",
            service: "s3",
            line: "GET /k",
            headers: "",
            body: "",
            error: |text| {
                let body = format!(
                    "<Error><Code>AccessDenied</Code><Message>{}</Message></Error>",
                    xml(text)
                );
                ("Content-Type: application/xml\r\n".to_owned(), body.into())
            },
        },
        // json 1.0
        Spoken {
            host: "dynamodb.eu-west-1.amazonaws.com",
            service: "dynamodb",
            line: "POST /",
            headers: "X-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Type: application/x-amz-json-1.0\r\n",
            body: r#"{"TableName":"t"}"#,
            error: |text| {
                let body = json!({"__type": "com.amazon.coral.service#AccessDeniedException", "Message": text});
                (String::new(), body.to_string().into())
            },
        },
        // json 1.1
        Spoken {
            host: "secretsmanager.eu-west-1.amazonaws.com",
            service: "secretsmanager",
            line: "POST /",
            headers: "X-Amz-Target: secretsmanager.GetSecretValue\r\nContent-Type: application/x-amz-json-1.1\r\n",
            body: r#"{"SecretId":"s"}"#,
            error: |text| {
                (
                    String::new(),
                    json!({"__type": "AccessDeniedException", "Message": text}).to_string().into(),
                )
            },
        },
        // rest-json
        Spoken {
            host: "lambda.eu-west-1.amazonaws.com",
            service: "lambda",
            line: "GET /2015-03-31/functions/f",
            headers: "",
            body: "",
            error: |text| {
                (
                    "x-amzn-errortype: AccessDeniedException\r\n".to_owned(),
                    json!({"Message": text}).to_string().into(),
                )
            },
        },
        // rpc-v2-cbor
        Spoken {
            host: "monitoring.eu-west-1.amazonaws.com",
            service: "monitoring",
            line: "POST /service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            headers: "Smithy-Protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\n",
            body: "",
            error: |text| {
                let headers = "Content-Type: application/cbor\r\nSmithy-Protocol: rpc-v2-cbor\r\n";
                (
                    headers.to_owned(),
                    cbor(&[("__type", "x#AccessDeniedException"), ("message", text)]),
                )
            },
        },
    ]
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\u{1b}', "&#27;")
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

type Answer = dyn Fn(&str) -> (u16, String, Vec<u8>) + Send + Sync;

/// A server of plain HTTP: the answer to a request's head. Its port.
fn server(answer: Arc<Answer>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || serve(stream, &*answer));
        }
    });
    port
}

/// One request, and its answer; what goes wrong is the client's to notice.
fn serve(mut stream: TcpStream, answer: &Answer) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let (status, headers, body) = answer(&head);
    let head = format!(
        "HTTP/1.1 {status} Said\r\n{headers}x-amz-request-id: R{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        head.len(),
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

/// `leastwise listen` with its proxy alone.
struct Proxy {
    process: Child,
    said: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Proxy {
    fn start(data: &Path, arguments: &[&str]) -> Proxy {
        let mut process = leastwise(["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0"])
            .args(arguments)
            .env("XDG_DATA_HOME", data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("leastwise: listening on ") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it has ended");
        }
        let address = line["leastwise: listening on ".len()..].split(". In").next().unwrap();
        Proxy { process, address: address.to_owned(), said }
    }

    /// Sends a request in absolute form.
    fn send(&self, host: &str, spoken: &Spoken, signed: bool, extra: &str) {
        let (method, path) = spoken.line.split_once(' ').unwrap();
        let authorization = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{}/aws4_request, \
             SignedHeaders=host, Signature=feedface\r\n",
            spoken.service
        );
        let authorization = if signed { &authorization } else { "" };
        let request = format!(
            "{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{authorization}{}{extra}\
             Content-Length: {}\r\n\r\n{}",
            spoken.headers,
            spoken.body.len(),
            spoken.body
        );
        let mut client = TcpStream::connect(&self.address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    }

    /// Ends it: the policy, and what it said.
    fn end(mut self) -> (String, String) {
        signal(self.process.id(), "INT");
        let (mut policy, mut said) = (String::new(), String::new());
        self.process.stdout.take().unwrap().read_to_string(&mut policy).unwrap();
        self.said.read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0), "{said}");
        (policy, said)
    }
}

/// The number of the case that a request asks for.
fn case(head: &str) -> usize {
    let line = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("x-case: ").map(str::to_owned));
    line.unwrap().trim().parse().unwrap()
}

/// What answers each case of each protocol with its sentence, or without one.
fn refuses(speaks: bool) -> Arc<Answer> {
    Arc::new(move |head: &str| {
        let number = case(head);
        let (protocols, sentences) = (protocols(), sentences());
        let spoken = &protocols[number % protocols.len()];
        if !speaks {
            return (403, String::new(), Vec::new());
        }
        let (headers, body) = (spoken.error)(&sentences[number / protocols.len()]);
        (403, headers, body)
    })
}

/// Each sentence over each protocol, to a proxy that is started like this.
fn over_each_protocol(speaks: bool, to_itself: bool, signed: bool) -> (Value, String) {
    let data = tempfile::tempdir().unwrap();
    let port = server(refuses(speaks));
    let upstream = format!("http://127.0.0.1:{port}");
    let arguments = if to_itself { vec![] } else { vec!["--upstream", &*upstream] };
    let proxy = Proxy::start(data.path(), &arguments);
    let itself = format!("127.0.0.1:{port}");
    let count = protocols().len();
    for number in 0..count * sentences().len() {
        let spoken = &protocols()[number % count];
        let host = if to_itself { &itself } else { spoken.host };
        proxy.send(host, spoken, signed, &format!("X-Case: {number}\r\n"));
    }
    let (policy, said) = proxy.end();
    (serde_json::from_str(&policy).unwrap(), said)
}

/// A stand-in says over each protocol's error form that every call needs everything.
#[test]
fn a_stand_in_adds_nothing_that_the_map_does_not_have() {
    let (silent, _) = over_each_protocol(false, false, true);
    let (policy, said) = over_each_protocol(true, false, true);
    assert_eq!(policy, silent, "{said}");
    let actions = actions(&policy.to_string());
    for own in ["s3:GetObject", "dynamodb:GetItem", "iam:GetUser", "ec2:DescribeInstances"] {
        assert!(actions.iter().any(|it| it == own), "{own}: {policy}");
    }
    // The summary says how many there were of each kind, and shows the first.
    for listed in [
        "  42 denials not added, since nothing shows that AWS said it",
        "  14 denials not added, since AWS has no such action",
        "  iam.GetUser  *:* on *\n",
        "  lambda.GetFunction  iam:* on *\n",
        "  cloudwatch.DescribeAlarms  iam:AttachUserPolicy on *\n",
        "  s3.GetObject  iam:PassRole on arn:aws:iam::123456789012:role/admin\n",
        "the policy does not have it, as said above:\n",
    ] {
        assert!(said.contains(listed), "{listed}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");
}

/// So says any server of plain HTTP that a signed request goes to.
#[test]
fn a_server_of_plain_http_adds_nothing() {
    let (silent, _) = over_each_protocol(false, true, true);
    let (policy, said) = over_each_protocol(true, true, true);
    assert_eq!(policy, silent, "{said}");
    assert!(!policy.to_string().contains("AttachUserPolicy"), "{policy}");
}

/// Nor does a sentence in the answer to a call that nobody signed.
#[test]
fn an_unsigned_call_adds_nothing() {
    let (silent, _) = over_each_protocol(false, false, false);
    let (policy, said) = over_each_protocol(true, false, false);
    assert_eq!(policy, silent, "{said}");
}

/// Anybody on the machine can send a datagram; 20,000 of them, each with another action or resource.
#[test]
fn datagrams_add_nothing_and_do_not_make_it_grow() {
    let denied = |sentence: &str| {
        let mut event = event("DynamoDB", "GetItem");
        event["AccessKey"] = "AKIAIOSFODNN7EXAMPLE".into();
        event["FinalHttpStatusCode"] = 400.into();
        event["FinalAwsException"] = "AccessDeniedException".into();
        event["FinalAwsExceptionMessage"] = sentence.into();
        event
    };
    let listener = Listener::start(&[]);
    for sentence in sentences() {
        listener.send(&denied(&sentence));
    }
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..20_000 {
        let said = denied(&format!("{USER}s3:GetObject on resource: arn:aws:s3:::b/{n}"));
        socket.send_to(said.to_string().as_bytes(), listener.address).unwrap();
        if n % 100 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    listener.send(&event("SQS", "ListQueues"));
    // All that is in the socket is taken in before it ends.
    listener.signal("INT");
    let (code, policy, said) = listener.end();
    assert_eq!(code, Some(0), "{said}");
    let mut named = actions(&policy);
    named.retain(|it| it != "sqs:ListQueues");
    assert_eq!(named, ["dynamodb:GetItem"], "{policy}");
    assert!(policy.len() < 4_096 && said.len() < 64 << 10, "{} {}", policy.len(), said.len());
    assert!(said.contains("s3:GetObject on arn:aws:s3:::b/"), "{said}");
}

/// A stand-in's answers that succeed, with denials inside.
#[test]
fn denials_inside_answers_that_succeed_add_nothing_either() {
    let sentence = format!("{USER}iam:AttachUserPolicy on resource: *");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let spoken = |service, host, body| Spoken {
        host,
        service,
        line: "POST /",
        headers: form,
        body,
        error: |_| unreachable!(),
    };
    let requests = [
        spoken(
            "ec2",
            "ec2.eu-west-1.amazonaws.com",
            "Action=CreateFleet&Version=2016-11-15&Type=instant",
        ),
        spoken(
            "cloudformation",
            "cloudformation.eu-west-1.amazonaws.com",
            "Action=DescribeChangeSet&Version=2010-05-15&ChangeSetName=c&StackName=s",
        ),
        Spoken {
            line: "POST /?delete",
            headers: "Content-Type: application/xml\r\n",
            ..spoken(
                "s3",
                "b.s3.eu-west-1.amazonaws.com",
                "<Delete><Object><Key>k</Key></Object></Delete>",
            )
        },
        Spoken {
            headers: "X-Amz-Target: ResourceGroupsTaggingAPI_20170126.TagResources\r\nContent-Type: application/x-amz-json-1.1\r\n",
            ..spoken(
                "tagging",
                "tagging.eu-west-1.amazonaws.com",
                r#"{"ResourceARNList":["arn:aws:s3:::b"],"Tags":{"a":"b"}}"#,
            )
        },
    ];
    let run = |speaks: bool| {
        let sentence = if speaks { sentence.clone() } else { "gone".to_owned() };
        let code = if speaks { "AccessDenied" } else { "NoSuchKey" };
        let answer: Arc<Answer> = Arc::new(move |head: &str| {
            let body = match case(head) {
                0 => format!("<CreateFleetResponse><errorSet><item><errorCode>{code}</errorCode><errorMessage>{sentence}</errorMessage></item></errorSet></CreateFleetResponse>"),
                1 => format!("<DescribeChangeSetResponse><DescribeChangeSetResult><StatusReason>{sentence}</StatusReason></DescribeChangeSetResult></DescribeChangeSetResponse>"),
                2 => format!("<DeleteResult><Error><Key>k</Key><Code>{code}</Code><Message>{sentence}</Message></Error></DeleteResult>"),
                _ => json!({"FailedResourcesMap": {"arn:aws:s3:::b": {"ErrorCode": code, "ErrorMessage": sentence}}}).to_string(),
            };
            (200, String::new(), body.into())
        });
        let data = tempfile::tempdir().unwrap();
        let upstream = format!("http://127.0.0.1:{}", server(answer));
        let proxy = Proxy::start(data.path(), &["--upstream", &upstream]);
        for (number, spoken) in requests.iter().enumerate() {
            proxy.send(spoken.host, spoken, true, &format!("X-Case: {number}\r\n"));
        }
        proxy.end()
    };
    let (silent, _) = run(false);
    let (policy, said) = run(true);
    assert_eq!(policy, silent, "{said}");
    assert!(said.contains("4 denials inside answers that succeeded otherwise:"), "{said}");
    for operation in ["ec2.CreateFleet", "s3.DeleteObjects", "cloudformation.DescribeChangeSet"] {
        assert!(said.contains(&format!("{operation}  iam:AttachUserPolicy on *")), "{said}");
    }
}

/// AWS itself, behind verified TLS: a second Leastwise speaks for it to the first one, with a certificate for its hosts that the first one
/// is told to trust.
#[test]
fn what_aws_says_is_taken_for_what_it_can_be_and_no_more_than_a_bounded_number() {
    const CLIENT: &str = r#"
import http.client, os, ssl
from urllib.parse import urlsplit
proxy = urlsplit(os.environ["HTTPS_PROXY"])
tls = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=feedface",
          "Content-Type": "application/x-www-form-urlencoded"}
connection = None
for number in range(int(os.environ["CASES"])):
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=120, context=tls)
    connection.set_tunnel("iam.amazonaws.com", 443)
    connection.request("POST", "/", "Action=GetUser&Version=2010-05-08&UserName=ann", {**signed, "X-Case": str(number)})
    connection.getresponse().read()
    connection.close()
"#;
    let python = Command::new("python3").arg("-V").output();
    if !python.is_ok_and(|it| it.status.success()) {
        return crate::hostile::skipped(
            "a::denials::what_aws_says_is_taken_for_what_it_can_be_and_no_more_than_a_bounded_number",
            "python3 is not installed",
        );
    }
    let user = "arn:aws:iam::123456789012:user/ann";
    let first = [
        format!("{USER}*:* on resource: *"),
        format!("{USER}iam:* on resource: *"),
        format!("{USER}iam:AttachUserPolicy on resource: *"),
        format!("{USER}iam:AttachUserPolicy on resource: arn:aws:s3:::b"),
        format!(
            "{USER}iam:ListUserTags on resource: user ann because no identity-based policy allows it"
        ),
        format!(
            "{USER}iam:ListGroupsForUser on resource: {user} because no identity-based policy allows it"
        ),
        format!(
            "{USER}iam:DeleteUser on resource: {user} with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/p"
        ),
    ];
    let cases = first.len() + 60;
    let aws: Arc<Answer> = Arc::new(move |head: &str| {
        let number = case(head);
        let sentence = first.get(number).cloned().unwrap_or_else(|| {
            format!(
                "{USER}iam:GetRole on resource: arn:aws:iam::123456789012:role/invented-{number}"
            )
        });
        let (headers, body) = (protocols()[0].error)(&sentence);
        (403, headers, body)
    });
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let upstream = format!("http://127.0.0.1:{}", server(aws));
    let speaker = Proxy::start(other.path(), &["--upstream", &upstream]);
    let output = leastwise(["run", "--mode", "proxy", "-o"])
        .arg(data.path().join("policy.json"))
        .arg("--upstream-proxy")
        .arg(format!("http://{}", speaker.address))
        .arg("--upstream-ca")
        .arg(other.path().join("leastwise/ca.pem"))
        .args(["--", "python3", "-c", CLIENT])
        .env("HOME", data.path())
        .env("CASES", cases.to_string())
        .output()
        .unwrap();
    speaker.end();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let policy = std::fs::read_to_string(data.path().join("policy.json")).unwrap();
    let mut named = actions(&policy);
    named.sort();
    assert_eq!(
        named,
        ["iam:GetRole", "iam:GetUser", "iam:ListGroupsForUser", "iam:ListUserTags"],
        "{said}"
    );
    assert_eq!(policy.matches("role/invented-").count(), 30, "{policy}\n{said}");
    assert!(policy.contains(&format!("\"{user}\"")) && !policy.contains("\"*\""), "{policy}");
    for listed in [
        "*:* on *",
        "iam:AttachUserPolicy on *",
        "iam:AttachUserPolicy on arn:aws:s3:::b",
        "30 denials not added, since there were denials of more than can be kept",
        "an identity-based policy denies it; no policy for the caller can change that",
        "arn:aws:iam::123456789012:policy/p",
    ] {
        assert!(said.contains(listed), "{listed}: {said}");
    }
}
