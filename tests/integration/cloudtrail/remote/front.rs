//! A server before a stand-in for AWS, or without one: it sees each request, and can answer some itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::support::tls;

/// A request that was seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The key that signed it, and the scope: `KEY/20261105/eu-west-1/s3/aws4_request`.
    pub(crate) fn scope(&self) -> &str {
        let credential = self.header("authorization").split("Credential=").nth(1);
        credential.and_then(|it| it.split(',').next()).unwrap_or_default()
    }

    /// The key that signed it.
    pub(crate) fn key(&self) -> &str {
        self.scope().split('/').next().unwrap_or_default()
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// After so many bytes of the body the connection ends.
    pub(crate) cut: Option<usize>,
}

impl Answer {
    pub(crate) fn of(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, body: body.into(), ..Answer::default() }
    }

    /// An error as S3 has it.
    pub(crate) fn error(status: u16, code: &str) -> Answer {
        Answer::of(status, format!("<Error><Code>{code}</Code><Message>told</Message></Error>"))
    }
}

/// It ends with the test's process.
pub(crate) struct Front {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Front {
    /// `behind`: the URL of the stand-in; `answer` gets each request, with the number of those of its method and path before it.
    pub(crate) fn start(
        behind: Option<&str>,
        answer: impl Fn(&Seen, usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        let behind = behind.map(|url| url.trim_start_matches("http://").to_owned());
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (all, behind) = (Arc::clone(&all), behind.clone());
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(stream, &all, behind.as_deref(), &*answer));
            }
        });
        Front { url, seen }
    }

    /// One that is every host behind a proxy, in TLS, by certificates of the authority in `authority`; `answer` gets the host, too.
    pub(crate) fn start_as_proxy(
        authority: &Path,
        answer: impl Fn(&str, &Seen) -> Answer + Send + Sync + 'static,
    ) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        let issuer = tls::authority(authority);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (all, issuer) = (Arc::clone(&all), Arc::clone(&issuer));
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    let asked = read(&mut reader).unwrap();
                    assert_eq!(asked.method, "CONNECT");
                    let host = asked.path.trim_end_matches(":443").to_owned();
                    let mut stream = reader.into_inner();
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                    let stream = tls::serving(stream, &host, &issuer);
                    serve(stream, &all, None, &|seen, _| Some(answer(&host, seen)));
                });
            }
        });
        Front { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// What was asked of a service.
    pub(crate) fn seen_of(&self, service: &str) -> Vec<Seen> {
        let part = format!("/{service}/aws4_request");
        self.seen().into_iter().filter(|it| it.scope().ends_with(&part)).collect()
    }
}

fn serve<S: Read + Write>(
    stream: S,
    all: &Mutex<Vec<Seen>>,
    behind: Option<&str>,
    answer: &dyn Fn(&Seen, usize) -> Option<Answer>,
) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let before = {
            let mut all = all.lock().unwrap();
            let same = |it: &&Seen| it.method == request.method && it.path == request.path;
            let before = all.iter().filter(same).count();
            all.push(request.clone());
            before
        };
        let answered = answer(&request, before);
        let is_on = match (answered, behind) {
            (Some(answer), _) => write(reader.get_mut(), &request, &answer),
            (None, Some(behind)) => {
                forward(reader.get_mut(), &request, behind);
                false
            }
            (None, None) => write(reader.get_mut(), &request, &Answer::error(404, "NotFound")),
        };
        if !is_on {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut seen = Seen { method, path, headers, body: Vec::new(), at: Instant::now() };
    seen.body = vec![0; seen.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

/// Whether the connection goes on.
fn write(stream: &mut impl Write, request: &Seen, answer: &Answer) -> bool {
    let mut text = format!("HTTP/1.1 {} Told\r\n", answer.status);
    for (name, value) in &answer.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n", answer.body.len());
    let mut bytes = text.into_bytes();
    if request.method != "HEAD" {
        bytes.extend(&answer.body[..answer.cut.unwrap_or(answer.body.len())]);
    }
    stream.write_all(&bytes).and_then(|()| stream.flush()).is_ok() && answer.cut.is_none()
}

fn forward(stream: &mut impl Write, request: &Seen, behind: &str) {
    let mut onward = TcpStream::connect(behind).unwrap();
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        if !name.eq_ignore_ascii_case("connection") {
            text += &format!("{name}: {value}\r\n");
        }
    }
    onward.write_all(format!("{text}connection: close\r\n\r\n").as_bytes()).unwrap();
    onward.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer).unwrap();
    drop(stream.write_all(&answer));
}
