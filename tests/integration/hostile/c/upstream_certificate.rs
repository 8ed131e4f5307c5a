//! A stand-in whose certificate signed itself, as `openssl req -x509` makes it: the very one that the user named with
//! `--upstream-ca` is accepted for its names while it is valid, and no other.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, SerialNumber};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use time::OffsetDateTime;

use crate::common::{leastwise, stderr, stdout};
use crate::hostile::skipped;

const REFUSED: &str = "Leastwise refused the certificate of ";

#[test]
fn the_certificate_that_was_named_is_accepted_for_its_names() {
    let key = KeyPair::generate().unwrap();
    let pair = Pair { certificate: certificate(&key, |_| {}), key };
    let (port, folder) = (pair.serve(), tempfile::tempdir().unwrap());
    let named = pair.write(folder.path());
    for host in ["localhost", "127.0.0.1"] {
        let said = ask(host, port, &named);
        assert!(said.contains("200 OK") && said.contains("from the stand-in"), "{said}");
    }
}

#[test]
fn what_openssl_makes_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem"])
        .args(["-out", "certificate.pem", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .current_dir(&folder)
        .output();
    let Ok(made) = made else {
        return skipped(
            "c::upstream_certificate::what_openssl_makes_is_accepted",
            "openssl is not installed: what it makes is not tried",
        );
    };
    assert!(made.status.success(), "{}", stderr(&made));
    let named = folder.path().join("certificate.pem");
    let certificate = CertificateDer::from_pem_file(&named).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.path().join("key.pem")).unwrap();
    let said = ask("localhost", serve(certificate, key), &named);
    assert!(said.contains("200 OK") && said.contains("from the stand-in"), "{said}");
}

#[test]
fn what_it_says_of_itself_still_holds() {
    let now = OffsetDateTime::now_utc();
    let days = time::Duration::days;
    let key = || KeyPair::generate().unwrap();
    let cases = [
        (certificate_of("other.example", key(), |_| {}), "it is for another name"),
        (
            certificate_of("localhost", key(), |params| params.not_after = now - days(1)),
            "it has expired",
        ),
        (
            certificate_of("localhost", key(), |params| params.not_before = now + days(1)),
            "it is not valid yet",
        ),
        (
            certificate_of("localhost", key(), |params| params.subject_alt_names.clear()),
            "its only name is its subject",
        ),
    ];
    for (pair, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let said = ask("localhost", pair.serve(), &pair.write(folder.path()));
        assert!(said.contains("502 Bad Gateway"), "{reason}: {said}");
        assert!(said.contains(&format!("{REFUSED}localhost")) && said.contains(reason), "{said}");
        assert!(!said.contains("from the stand-in"), "{said}");
    }
}

/// The same subject, key and key identifier, and yet not the certificate that the user looked at.
#[test]
fn another_certificate_of_the_same_key_is_refused() {
    let key = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let named = certificate(&key, |params| params.serial_number = Some(SerialNumber::from(1_u64)));
    let shown = certificate(&key, |params| params.serial_number = Some(SerialNumber::from(2_u64)));
    let pair = Pair { certificate: named, key };
    let file = pair.write(folder.path());
    let shown = Pair { certificate: shown, key: pair.key };
    let said = ask("localhost", shown.serve(), &file);
    assert!(said.contains(&format!("{REFUSED}localhost")), "{said}");
    assert!(said.contains("(CA:TRUE), and not one that you named"), "{said}");
}

/// A server's own certificate is no authority: its key, which a stand-in may have published with its program, makes no others.
#[test]
fn what_a_servers_own_certificate_signed_is_refused() {
    let key = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let with = |serial: u64| {
        let no_authority = move |params: &mut CertificateParams| {
            params.is_ca = IsCa::ExplicitNoCa;
            params.serial_number = Some(SerialNumber::from(serial));
        };
        certificate(&key, no_authority)
    };
    let (named, forged) = (with(1), with(2));
    let pair = Pair { certificate: named, key };
    let file = pair.write(folder.path());
    let said = ask("localhost", pair.serve(), &file);
    assert!(said.contains("from the stand-in"), "{said}");
    let forged = Pair { certificate: forged, key: pair.key };
    let said = ask("localhost", forged.serve(), &file);
    assert!(said.contains("signed by an authority that is not trusted"), "{said}");
}

/// Who has the certificate, which is no secret, but not its key.
#[test]
fn the_certificate_alone_is_not_enough() {
    let key = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair { certificate: certificate(&key, |_| {}), key };
    let file = pair.write(folder.path());
    let thief = Pair { certificate: pair.certificate, key: KeyPair::generate().unwrap() };
    let said = ask("localhost", thief.serve(), &file);
    assert!(said.contains("502 Bad Gateway") && !said.contains("from the stand-in"), "{said}");
}

struct Pair {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Pair {
    fn serve(&self) -> u16 {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        serve(self.certificate.clone(), key)
    }

    /// The file for `--upstream-ca`.
    fn write(&self, folder: &Path) -> std::path::PathBuf {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
        let file = folder.join("stand-in.pem");
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        std::fs::write(&file, pem).unwrap();
        file
    }
}

fn certificate(
    key: &KeyPair,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateDer<'static> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "the stand-in of a test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = OffsetDateTime::now_utc() - time::Duration::days(30);
    change(&mut params);
    params.self_signed(key).unwrap().der().clone()
}

fn certificate_of(name: &str, key: KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let name = rcgen::SanType::DnsName(name.try_into().unwrap());
    let certificate = certificate(&key, |params| {
        params.subject_alt_names = vec![name];
        change(params);
    });
    Pair { certificate, key }
}

/// A stand-in over TLS that answers every connection's first request. It ends with the test.
fn serve(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let signing = provider.key_provider.load_private_key(key).unwrap();
    // Not `with_single_cert`, which would refuse a key that is not the certificate's.
    let shown = rustls::sign::CertifiedKey::new(vec![certificate], signing);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = config.clone();
            std::thread::spawn(move || answer(config, stream));
        }
    });
    port
}

fn answer(config: Arc<ServerConfig>, stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(connection) = ServerConnection::new(config) else { return };
    let mut stream = StreamOwned::new(connection, stream);
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let body = "from the stand-in";
    let head =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// What a program gets that asks AWS for something while the stand-in is at `host:port`, and what is said of it.
fn ask(host: &str, port: u16, upstream_ca: &Path) -> String {
    const PROGRAM: &str = r#"
proxy=${http_proxy#http://}
exec 3<>"/dev/tcp/${proxy%:*}/${proxy##*:}"
printf 'GET http://sqs.eu-west-1.amazonaws.com/ HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\nConnection: close\r\n\r\n' >&3
cat <&3
"#;
    let output = leastwise(["run", "--mode", "proxy", "--upstream"])
        .arg(format!("https://{host}:{port}"))
        .arg("--upstream-ca")
        .arg(upstream_ca)
        .args(["-o", "/dev/null", "--", "bash", "-c", PROGRAM])
        .output()
        .unwrap();
    format!("{}\n{}", stdout(&output), stderr(&output))
}
