//! An upstream that counts, and our proxy before it: as the binary, or in this process, where its policies can be changed between
//! two requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use leastwise::call::{Answerer, Call, Timestamp};
use leastwise::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY};
use leastwise::capture::proxy::{Config, Hosts, Running, StandIn};
use leastwise::enforce::{Guard, Judged, Settings};
use leastwise::evaluate::document::{Document, Shape as DocumentShape};
use leastwise::evaluate::levels::{Attached, Levels, Policies, Policy};
use leastwise::live::enforcing::Enforcement;
use leastwise::live::proxied::{Bound, Proxy, Told};
use leastwise::made::hold::Generated;
use leastwise::policy::{Generalize, Order};
use leastwise::render::Format;
use leastwise::session::event::{Heard, Now};
use leastwise::session::principals::Selection;
use leastwise::session::shape::Shape;
use leastwise::session::which::{Anonymous, Which};
use leastwise::session::{self, Session};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

use crate::common::{signal, until, with_default_signals};
use crate::refusals_clients::{read_body, read_head};
use crate::support::{ACCOUNT, access_key_id};

/// Nobody waits longer for anything here.
const LONGEST: Duration = Duration::from_secs(30);

/// When the requests of these tests were made.
pub(crate) const TIME: Timestamp = Timestamp(1_795_687_800_000);

/// A policy with these statements.
pub(crate) fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A statement that allows this.
pub(crate) fn allow(actions: &[&str], resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

/// An identity's policy, ready to be asked.
pub(crate) fn levels(policy: &str) -> Levels {
    let document = Document::parse(policy).unwrap_or_else(|error| panic!("{error}: {policy}"));
    let policy = Policy { name: Arc::from("policy.json"), document };
    Levels::new(&Policies { identity: vec![policy], ..Policies::default() })
}

/// As [`levels`], where the policy of each resource allows everybody everything.
pub(crate) fn levels_with_resources(policy: &str) -> Levels {
    let named = |name: &str, document| Policy { name: Arc::from(name), document };
    let identity = Document::parse(policy).unwrap();
    let text = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }],
    });
    let resource = Document::parse_as(DocumentShape::Resource, text.to_string()).unwrap();
    let resource = Attached { policy: named("resource.json", resource), to: None };
    Levels::new(&Policies {
        identity: vec![named("policy.json", identity)],
        resource: vec![resource],
        ..Policies::default()
    })
}

/// What judges by this policy.
pub(crate) fn guard(policy: &str) -> Guard {
    Guard::new(levels(policy), Settings::default())
}

/// The policy that a recording of this call alone gives: exact, as `leastwise` writes it.
pub(crate) fn recorded(mut call: Call) -> String {
    let shape = Shape {
        order: Order::Alphabetical,
        generalize: Generalize::Exact,
        format: Format::Json,
        sid: false,
        minimize: false,
        fit: None,
    };
    let settings = session::Settings {
        authorizer: leastwise::authorize::Settings::default(),
        shape,
        generated: Generated::Exact,
        calls: Which::All,
        anonymous: Anonymous::Omit,
        selection: Selection::default(),
        apart: false,
        needs: None,
        refusals: None,
        client_id: None,
        is_recorded: false,
        before: None,
    };
    call.evidence.answerer = Answerer::Named;
    let now = Now { instant: Instant::now(), time: call.time };
    let mut session = Session::new(settings, None, now);
    session.take(Heard::Call(Box::new(call), None), now, &mut |_| {});
    session.end(now, &mut |_| {});
    shape.finish(session.policy()).text()
}

/// An answer: status, further header lines, body.
pub(crate) type Answer = (u16, &'static str, &'static str);

/// An upstream that answers, and keeps what it was asked.
pub(crate) struct Stub {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// One that says yes to all.
    pub(crate) fn start() -> Stub {
        Stub::answering(|_| (200, "", "{}"))
    }

    /// One that answers by the first line of the request.
    pub(crate) fn answering(answer: fn(&str) -> Answer) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let record = Arc::clone(&record);
                std::thread::spawn(move || serve(connection.unwrap(), answer, &record));
            }
        });
        Stub { url, seen }
    }

    /// The first lines of what it was asked, in this order.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// How often it was asked.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn serve(connection: TcpStream, answer: fn(&str) -> Answer, seen: &Mutex<Vec<String>>) {
    let mut writer = connection.try_clone().unwrap();
    let mut reader = BufReader::new(connection);
    while let Some(head) = read_head(&mut reader) {
        let head = String::from_utf8_lossy(&head).into_owned();
        let first = head.lines().next().unwrap_or_default().to_owned();
        seen.lock().unwrap().push(first.clone());
        let field = |name| field(&head, name).unwrap_or_default().to_owned();
        read_body(&mut reader, &field("content-length"), &field("transfer-encoding"));
        let (status, headers, body) = answer(&first);
        let length = body.len();
        let body = if first.starts_with("HEAD ") { "" } else { body };
        let text =
            format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        if writer.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// The value of a header of a head.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// Reads an answer behind which the connection ends.
    pub(crate) fn read(stream: &mut impl Read) -> Answered {
        let mut bytes = Vec::new();
        // TLS that ends without saying so is no concern of ours: the length says whether all is there.
        let _ = stream.read_to_end(&mut bytes);
        let end =
            bytes.windows(4).position(|it| it == b"\r\n\r\n").map_or(bytes.len(), |it| it + 4);
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {head:?}"));
        Answered { status, head, body: bytes.split_off(end) }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Our proxy in this process, with an upstream behind it.
pub(crate) struct Enforcing {
    pub(crate) enforcement: Arc<Enforcement>,
    authority: Arc<Authority>,
    running: Running,
    told: JoinHandle<Vec<Judged>>,
}

impl Enforcing {
    /// One that judges with this guard. AWS's hosts lead to the upstream, those that are `named` to themselves.
    pub(crate) fn start(upstream: Option<&str>, named: &[&str], guard: Guard) -> Enforcing {
        let hosts = Hosts::new(SUFFIXES, named).unwrap();
        let authority = Authority::generate(&hosts, SystemTime::now(), LIFETIME_IN_MEMORY);
        let authority = Arc::new(authority.unwrap());
        let mut config = Config::new(hosts, Arc::clone(&authority));
        config.stand_in = upstream.map(|it| it.parse::<StandIn>().unwrap());
        let enforcement = Arc::new(Enforcement::new(guard));
        let bound = Bound::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), config).unwrap();
        let Proxy { told, running, .. } =
            bound.start(None, None, Some(Arc::clone(&enforcement))).unwrap();
        let told = std::thread::spawn(move || {
            let mut all = Vec::new();
            while let Ok(told) = told.recv() {
                match told {
                    Told::Call(_, settled) => all.extend(settled.judged),
                    Told::Unvouched(_, _, settled) => all.extend(settled.judged),
                    Told::Failure(_) | Told::Refused(_) => {}
                }
            }
            all
        });
        Enforcing { enforcement, authority, running, told }
    }

    /// Other policies from now on.
    pub(crate) fn replace(&self, policy: &str) {
        self.enforcement.guard().replace(levels(policy));
    }

    /// A connection to the proxy.
    pub(crate) fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(self.running.local_addr()).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A connection through a tunnel to a host, in which our authority is trusted.
    pub(crate) fn tls(&self, host: &str) -> StreamOwned<ClientConnection, TcpStream> {
        let mut stream = self.dial();
        write!(stream, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
    }

    /// Ends, and says what was judged.
    pub(crate) fn end(self) -> Vec<Judged> {
        self.running.stop(Duration::from_secs(5));
        self.told.join().unwrap()
    }
}

/// Below which names AWS is, for these tests.
pub(crate) const SUFFIXES: [&str; 4] =
    ["amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn"];

/// `leastwise listen --mode proxy`, at work.
pub(crate) struct Listening {
    process: Child,
    address: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    said: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Listening {
    /// One in front of this upstream. `files` are written into its folder, where it runs.
    pub(crate) fn start(upstream: &str, files: &[(&str, &str)], arguments: &[&str]) -> Listening {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write(folder.path(), name, text);
        }
        let fixed =
            ["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0", "--upstream", upstream];
        let mut command = with_default_signals(fixed.iter().chain(arguments));
        command.env("XDG_DATA_HOME", folder.path().join("data")).current_dir(folder.path());
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let said = Arc::<Mutex<String>>::default();
        let keep = Arc::clone(&said);
        let reader = std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|length| length > 0) {
                keep.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let mut address = None;
        until("it listens", || {
            let text = said.lock().unwrap().clone();
            let line = text.lines().find_map(|it| it.strip_prefix("leastwise: listening on "));
            address = line.and_then(|it| it.split(". In").next()?.parse().ok());
            address.is_some()
        });
        Listening { process, address: address.unwrap(), folder, said, reader }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said this so many times.
    pub(crate) fn until_said(&self, times: usize, what: &str) {
        until(what, || self.said().matches(what).count() >= times);
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.id(), name);
    }

    /// Puts another file in the place of one.
    pub(crate) fn replace(&self, name: &str, text: &str) {
        write(self.folder.path(), "next", text);
        std::fs::rename(self.folder.path().join("next"), self.folder.path().join(name)).unwrap();
    }

    /// Asks S3, signed: `PUT notes/a`.
    pub(crate) fn s3(&self, method: &str, path: &str) -> Answered {
        let (bucket, key) = path.split_once('/').unwrap();
        let host = format!("{bucket}.s3.eu-west-1.amazonaws.com");
        self.ask(&signed("s3", method, &host, &format!("/{key}"), "", ""))
    }

    /// Asks with all that is sent.
    pub(crate) fn ask(&self, request: &str) -> Answered {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        Answered::read(&mut stream)
    }

    /// Ends it: its exit code, and all that it said.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let code = self.process.wait().unwrap().code();
        self.reader.join().unwrap();
        let said = self.said.lock().unwrap().clone();
        (code, said)
    }
}

/// A request to the proxy, signed for a service, behind which the connection ends.
pub(crate) fn signed(
    service: &str,
    method: &str,
    host: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> String {
    let key = access_key_id(ACCOUNT);
    let authorization = format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260102/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=00\r\n"
    );
    plain(method, host, path, &(authorization + headers), body)
}

/// A request to the proxy that nobody signed.
pub(crate) fn plain(method: &str, host: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn write(folder: &Path, name: &str, text: &str) {
    let path: PathBuf = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
