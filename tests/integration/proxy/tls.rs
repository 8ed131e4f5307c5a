//! Who answers is who it should be.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::support::*;

/// Asks through a proxy that trusts the tests' root; returns the answer's head and body.
fn ask(port: u16, protocols: &[&str]) -> (String, String, Vec<String>) {
    let proxy = proxy();
    let mut client = proxy.tls_to(&format!("localhost:{port}"), "localhost", protocols);
    send(&mut client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let (head, body) = read_response(&mut client);
    (head, body, proxy.failures())
}

#[test]
fn an_upstream_with_a_bad_certificate_is_refused_with_a_sentence() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let self_signed = params.self_signed(&key).unwrap().der().clone();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap().der().clone();
    let untrusted = "it is signed by an authority that is not trusted. --upstream-ca FILE adds one";
    let cases = [
        (pki().server("localhost", -1, &[]), "it has expired"),
        (pki().server("other.example", 30, &[]), "it is for another name"),
        (Pki::new().server("localhost", 30, &[]), untrusted),
        (server_config(self_signed, &key, &[]), untrusted),
        (
            server_config(authority, &key, &[]),
            "it is an authority's certificate (CA:TRUE), and not one that you named",
        ),
    ];
    for (config, reason) in cases {
        let port = upstream_with(config, |wire| {
            // A request must not get here, whoever it is.
            assert!(try_read_head(wire).is_none());
        });
        for protocols in [&["http/1.1"][..], &["h2", "http/1.1"]] {
            let (head, body, failures) = ask(port, protocols);
            assert!(head.starts_with("HTTP/1.1 502 Bad Gateway"), "{head}");
            assert!(body.contains("refused the certificate of localhost"), "{body}");
            assert!(body.contains(reason), "{body}");
            assert_eq!(failures.len(), 1);
            assert!(failures[0].contains(reason), "{failures:?}");
        }
    }
}

#[test]
fn an_upstream_that_is_not_tls_or_says_nothing_is_a_sentence() {
    let port = plain_upstream(|mut stream| send(&mut stream, "220 hello\r\n"));
    let (head, body, _) = ask(port, &["http/1.1"]);
    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.contains("TLS with it failed"), "{body}");

    let port = plain_upstream(|stream| {
        std::thread::sleep(Duration::from_secs(8));
        drop(stream);
    });
    let (head, body, failures) = ask(port, &["http/1.1"]);
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
    assert!(body.contains("did not finish the TLS handshake within 3 s"), "{body}");
    assert_eq!(failures.len(), 1);
}
