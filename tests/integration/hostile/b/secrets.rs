//! What is secret or private in settings and requests is in nothing that is shown or kept.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;

use crate::common::{leastwise, output, signal, stderr, stdout};

#[test]
fn passwords_in_urls_are_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("leastwise");
    std::fs::create_dir(&folder).unwrap();
    let settings = "[run]\nupstream-proxy = 'http://me:hunter2@proxy:3128'\nupstream = 'https://me:hunter3@stand-in'\n\
                    [listen]\nupstream-proxy = 'me:hunter4@proxy:3128'\n";
    std::fs::write(folder.join("leastwise.toml"), settings).unwrap();
    let mut command = leastwise(["config"]);
    command.env("XDG_CONFIG_HOME", home.path()).env("HOME", home.path());
    command.env("LEASTWISE_INTERCEPT", "https://me:hunter5@host");
    let shown = command.current_dir(home.path()).output().unwrap();
    let text = stdout(&shown);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(text.contains("http://…@proxy:3128") && text.contains("\"…@proxy:3128\""), "{text}");
    assert!(!text.contains("hunter"), "{text}");
    for option in ["--upstream-proxy", "--upstream", "--intercept"] {
        for url in ["ftp://me:hunter6@h", "http://me:hunter6@h:x/", "http://me:hunter6@h h"] {
            let refused = output(["run", "--mode", "proxy", option, url, "--", "true"]);
            assert_eq!(refused.status.code(), Some(2), "{option} {url}");
            assert!(!stderr(&refused).contains("hunter"), "{}", stderr(&refused));
        }
    }
}

/// Sends requests through `listen --mode proxy --upstream`, and returns the recording and what was said.
fn heard(requests: &[String], answer: &'static str) -> (String, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 0 && line != "\r\n" {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
            stream.get_mut().write_all(head.as_bytes()).unwrap();
        }
    });
    let home = tempfile::tempdir().unwrap();
    let recording = home.path().join("calls.jsonl");
    let mut command = leastwise(["listen", "--mode", "proxy", "--bind-addr", "127.0.0.1:0", "-vv"]);
    command.args(["--upstream", &upstream, "--record"]).arg(&recording).env("HOME", home.path());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut said = String::new();
    let address: SocketAddr = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said}");
        said.push_str(&line);
        if let Some(rest) = line.split("listening on ").nth(1) {
            break rest.split(". In").next().unwrap().parse().unwrap();
        }
    };
    for request in requests {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
    signal(process.id(), "INT");
    stderr.read_to_string(&mut said).unwrap();
    process.wait().unwrap();
    (std::fs::read_to_string(&recording).unwrap(), said)
}

fn request(service: &str, line: &str, body: &str) -> String {
    let (method, path) = line.split_once(' ').unwrap();
    let host = format!("{service}.eu-west-1.amazonaws.com");
    format!(
        "{method} http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, \
         Signature={}\r\n\r\n{body}",
        body.len(),
        "0".repeat(64)
    )
}

#[test]
fn the_path_of_what_is_not_recognised_is_a_shape() {
    let line = "GET /1999-01-01/hunter2/reset/hunter3?token=hunter4";
    let (recording, said) = heard(&[request("lambda", line, "")], "{}");
    assert!(recording.contains(r#""path":"/…/…/…/…""#), "{recording}");
    assert!(said.contains("GET lambda.eu-west-1.amazonaws.com/…/…/…/…\n"), "{said}");
    assert!(!recording.contains("hunter") && !said.contains("hunter"), "{recording}{said}");
}

#[test]
fn external_ids_and_session_names_are_not_kept() {
    let answer = "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/deploy/hunter-two\
                  </Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId></Credentials>\
                  </AssumeRoleResult></AssumeRoleResponse>";
    let body = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeploy\
                &RoleSessionName=hunter-one&ExternalId=hunter-three&SourceIdentity=hunter-four";
    let (recording, said) = heard(&[request("sts", "POST /", body)], answer);
    assert!(recording.contains("arn:aws:sts::111122223333:assumed-role/deploy/*"), "{recording}");
    assert!(recording.contains("sts:SetSourceIdentity"), "{recording}");
    assert!(!recording.contains("hunter") && !said.contains("hunter"), "{recording}{said}");
}

/// Of every operation that AWS has: no member is kept whose name says that it is a secret, or who asks.
#[test]
fn no_operation_keeps_what_is_called_a_secret() {
    use leastwise::catalog::Catalog;
    use leastwise::recognize::http::kept_members;
    let (mut operations, mut faults) = (0, Vec::new());
    for service in Catalog::embedded().services() {
        for operation in service.operations() {
            operations += 1;
            for path in kept_members(operation) {
                let last = path.rsplit(['.', '[']).next().unwrap_or_default();
                let last =
                    if last == "]" { path.rsplit('.').next().unwrap_or_default() } else { last };
                let name: String =
                    last.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
                let is_reference = name.ends_with("arn") || name.ends_with("arns");
                // `externalIdentifier` is something else, and an id of a secret is none.
                let ends = [
                    "externalid",
                    "sessionname",
                    "sourceidentity",
                    "secretkey",
                    "secretaccesskey",
                    "sessiontoken",
                    "accesstoken",
                    "clientsecret",
                    "privatekey",
                ];
                let is_secret = ends.iter().any(|end| name.ends_with(end))
                    || ["password", "passphrase"].iter().any(|word| name.contains(word));
                // Presence alone is kept of this one: whether it is given decides an action.
                let is_presence = name == "sourceidentity";
                // Whether Secrets Manager keeps the password, or makes another: true or false.
                let is_choice = [
                    "manageadminpassword",
                    "managemasterpassword",
                    "managemasteruserpassword",
                    "rotatemasteruserpassword",
                ];
                // The name of the key that encrypts it.
                let is_key = name.ends_with("kmskeyid");
                let is_named = is_reference || is_presence || is_key;
                if is_secret && !is_named && !is_choice.contains(&&*name) {
                    faults.push(format!("{}.{}: {path}", service.name(), operation.name()));
                }
            }
        }
    }
    assert!(operations > 10_000, "{operations}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
