//! TLS says whose host it is: what counts is what that host serves, and not what a client, or a link, says of it.

use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{Issuer, KeyPair};

use super::server::{KEY, answer, command, request, signed};
use crate::common::{actions, stderr, stdout};
use crate::support::tls;

/// All the world behind a proxy: whatever host is asked for has a certificate, and answers.
struct World {
    port: u16,
    /// Its certificate authority.
    authority: tempfile::NamedTempFile,
    /// The hosts that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn start() -> World {
        let authority = tempfile::NamedTempFile::new().unwrap();
        let issuer = tls::authority(authority.path());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, issuer, seen) = (stream.unwrap(), issuer.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &issuer, &seen));
            }
        });
        World { port, authority, asked }
    }
}

fn serve(
    mut stream: std::net::TcpStream,
    issuer: &Issuer<'_, KeyPair>,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // Byte by byte: what follows is TLS.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let host = head.strip_prefix("CONNECT ")?.split(':').next()?.to_owned();
    seen.lock().unwrap().push(host.clone());
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let mut reader = BufReader::new(tls::serving(stream, &host, issuer));
    let head = request(&mut reader)?;
    let stream = reader.get_mut();
    let text = match head.contains("GetCallerIdentity") {
        true => answer("200 OK", "Content-Type: text/xml\r\n", TOLD),
        false => answer("200 OK", "", ""),
    };
    stream.write_all(text.as_bytes()).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}

const TOLD: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/admin/x</Arn>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";

/// Asks the host that its first argument names, in TLS, for the second, with the headers that follow.
const CLIENT: &str = "
import http.client, os, ssl, sys
host, port = os.environ['HTTPS_PROXY'].split('//')[1].split(':')
context = ssl.create_default_context(cafile=os.environ['SSL_CERT_FILE'])
connection = http.client.HTTPSConnection(host, int(port), timeout=60, context=context)
connection.set_tunnel(sys.argv[1], 443)
method, target = sys.argv[2].split(' ')
connection.putrequest(method, target, skip_host=any(it.startswith('Host:') for it in sys.argv[3:]))
for header in sys.argv[3:]:
    name, value = header.split(': ', 1)
    connection.putheader(name, value)
connection.endheaders()
connection.getresponse().read()
";

fn ask(
    world: &World,
    options: &[&str],
    host: &str,
    target: &str,
    headers: &[&str],
) -> std::process::Output {
    let proxy = format!("http://127.0.0.1:{}", world.port);
    let through =
        ["--upstream-proxy", &proxy, "--upstream-ca", world.authority.path().to_str().unwrap()];
    let arguments: Vec<String> =
        [&[host, target], headers].concat().iter().map(|it| (*it).to_owned()).collect();
    let run = command(&[&through[..], options].concat(), &["python3", "-c", CLIENT], &arguments)
        .output()
        .unwrap();
    assert!(run.status.success(), "{host}: {}", stderr(&run));
    run
}

fn presigned(service: &str, query: &str) -> String {
    format!(
        "GET /?{query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY}%2F20260102%2Fus-east-1%2F{service}\
         %2Faws4_request&X-Amz-Signature=0a"
    )
}

#[test]
fn a_host_where_strangers_answer_serves_no_other_operation() {
    let world = World::start();
    let attach = presigned(
        "iam",
        "Action=AttachUserPolicy&Version=2010-05-08&UserName=m&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
    );
    for host in [
        "a1b2c3.execute-api.eu-west-1.amazonaws.com",
        "a1b2c3.lambda-url.eu-west-1.on.aws",
        "mallory.s3.eu-west-1.amazonaws.com",
        "search-x-1.eu-west-1.es.amazonaws.com",
        "ec2-203-0-113-25.eu-west-1.compute.amazonaws.com",
        "mallory.s3-website.eu-west-1.amazonaws.com",
        "sqs.eu-west-1.amazonaws.com",
    ] {
        let run = ask(&world, &[], host, &attach, &[]);
        assert_eq!(actions(stdout(&run)), [""; 0], "{host}: {}", stderr(&run));
        assert!(stderr(&run).contains("1 call left out: made to a"), "{host}: {}", stderr(&run));
        assert!(stderr(&run).contains("iam.AttachUserPolicy"), "{host}: {}", stderr(&run));
    }
    // To name one of AWS's hosts makes it no other's.
    let bucket = "mallory.s3.eu-west-1.amazonaws.com";
    let run = ask(&world, &["--intercept", bucket], bucket, &attach, &[]);
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    let run = ask(&world, &[], "iam.amazonaws.com", &attach, &[]);
    assert_eq!(actions(stdout(&run)), ["iam:AttachUserPolicy"], "{}", stderr(&run));
    assert_eq!(world.asked.lock().unwrap().len(), 9);
}

/// A link can have a signature in it that nobody verifies; what a program signs in a header it has made itself.
#[test]
fn a_link_to_a_customers_host_adds_nothing() {
    let world = World::start();
    for (host, service) in [
        ("a1b2c3.execute-api.eu-west-1.amazonaws.com", "execute-api"),
        ("a1b2c3.lambda-url.eu-west-1.on.aws", "lambda"),
        ("search-x-1.eu-west-1.es.amazonaws.com", "es"),
        ("a1b2c3.appsync-api.eu-west-1.amazonaws.com", "appsync"),
    ] {
        let run = ask(&world, &[], host, &presigned(service, "x=1"), &[]);
        assert_eq!(actions(stdout(&run)), [""; 0], "{host}: {}", stderr(&run));
        if service != "appsync" {
            let said = format!("--intercept {host}");
            assert!(stderr(&run).contains(&said), "{host}: {}", stderr(&run));
            let run = ask(&world, &["--intercept", host], host, &presigned(service, "x=1"), &[]);
            assert!(!actions(stdout(&run)).is_empty(), "{host}: {}", stderr(&run));
        }
    }
    let invoke = |options: &[&str], host: &str| {
        let run = ask(&world, options, host, "GET /prod/pets", &[&signed("execute-api")]);
        (actions(stdout(&run)).concat(), stderr(&run).to_owned())
    };
    let (found, said) = invoke(&[], "a1b2c3.execute-api.eu-west-1.amazonaws.com");
    assert_eq!(found, "execute-api:Invoke", "{said}");
    // A domain of one's own is one that anybody may have: it counts when it is named, and is not looked at otherwise.
    let (found, said) = invoke(&["--intercept", "api.example.com"], "api.example.com");
    assert_eq!(found, "execute-api:Invoke", "{said}");
    assert!(said.contains("1 call does not name what it is on"), "{said}");
}

/// In a tunnel to one host, a client may say another.
#[test]
fn what_was_verified_decides_and_not_what_host_says() {
    let world = World::start();
    let strangers = "a1b2c3.execute-api.eu-west-1.amazonaws.com";
    let delete = |bucket: &str| format!("DELETE /{bucket}");
    let headers = |host: &'static str| [format!("Host: {host}"), signed("s3")];
    let asked = |to: &str, says: &'static str| {
        let headers = headers(says);
        ask(&world, &[], to, &delete("b"), &[&headers[0], &headers[1]])
    };
    let run = asked(strangers, "s3.eu-west-1.amazonaws.com");
    assert_eq!(actions(stdout(&run)), [""; 0], "{}", stderr(&run));
    assert!(stderr(&run).contains(strangers), "{}", stderr(&run));
    // What is below the verified name is there: S3's buckets.
    let run = asked("s3.eu-west-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com");
    assert!(stdout(&run).contains("arn:aws:s3:::bucket/b"), "{}", stdout(&run));
    let run = asked("s3.eu-west-1.amazonaws.com", "other.s3.eu-central-1.amazonaws.com");
    assert!(stdout(&run).contains("\"arn:aws:s3:::b\""), "{}", stdout(&run));
}

#[test]
fn whose_a_key_is_is_learned_from_the_service_alone() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let told = |host: &str| {
        let record = folder.path().join(host);
        let target = presigned("sts", "Action=GetCallerIdentity&Version=2011-06-15");
        ask(&world, &["--record", record.to_str().unwrap()], host, &target, &[]);
        recorded(&record)
    };
    assert!(told("sts.us-east-1.amazonaws.com").contains("assumed-role/admin"));
    assert!(!told("a1b2c3.execute-api.us-east-1.amazonaws.com").contains("assumed-role/admin"));
}

fn recorded(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
