//! The first bytes in a tunnel: TLS or not, to whom, and speaking what.

use rustls::server::{Accepted, Acceptor};

/// What the bytes have turned out to be.
pub(super) enum Verdict {
    /// Not enough of them yet.
    Undecided,
    /// Not TLS, or TLS of a kind that is not opened.
    NotTls,
    /// A whole ClientHello.
    Hello(Box<Hello>),
}

/// A ClientHello, taken apart.
pub(super) struct Hello {
    /// The name that the client asks for, in lower case.
    pub(super) server_name: Option<String>,
    pub(super) offers: Offers,
    /// The handshake, ready to go on.
    pub(super) accepted: Accepted,
    /// What came behind the ClientHello.
    pub(super) rest: Vec<u8>,
}

/// The protocols that a client offers (ALPN).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// It offers something.
    pub(super) any: bool,
    /// HTTP/1.0 or HTTP/1.1.
    pub(super) http1: bool,
    /// HTTP/2.
    pub(super) http2: bool,
}

/// Collects bytes until they can be judged. A ClientHello may come in any number of TCP segments
/// and TLS records.
#[derive(Default)]
pub(super) struct Peek {
    /// Everything that came, to be passed on as it is if it is not opened.
    pub(super) seen: Vec<u8>,
    judged: usize,
    acceptor: Acceptor,
}

const HANDSHAKE: u8 = 0x16;
/// More than rustls takes for a ClientHello.
const MAX_SEEN: usize = 80 * 1024;

impl Peek {
    /// Takes the bytes that came next.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Verdict {
        self.seen.extend_from_slice(bytes);
        match self.seen.first() {
            None => return Verdict::Undecided,
            Some(&HANDSHAKE) if self.seen.len() <= MAX_SEEN => {}
            Some(_) => return Verdict::NotTls,
        }
        while self.judged < self.seen.len() {
            let mut unread = self.seen.get(self.judged..).unwrap_or_default();
            match self.acceptor.read_tls(&mut unread) {
                Ok(n) if n > 0 => self.judged += n,
                _ => return Verdict::NotTls,
            }
            match self.acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => return Verdict::Hello(Box::new(self.hello(accepted))),
                Err(_) => return Verdict::NotTls,
            }
        }
        Verdict::Undecided
    }

    fn hello(&self, accepted: Accepted) -> Hello {
        let hello = accepted.client_hello();
        let server_name = hello.server_name().map(super::hosts::normalize);
        let mut offers = Offers::default();
        for protocol in hello.alpn().into_iter().flatten() {
            offers.any = true;
            offers.http1 |= matches!(protocol, b"http/1.1" | b"http/1.0");
            offers.http2 |= protocol == b"h2";
        }
        let rest = self.seen.get(self.judged..).unwrap_or_default().to_vec();
        Hello { server_name, offers, accepted, rest }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    fn hello(name: &str, protocols: &[&str]) -> Vec<u8> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        bytes
    }

    /// The same handshake message in records of `size` bytes.
    fn in_records(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut records = Vec::new();
        for piece in bytes[5..].chunks(size) {
            records.extend_from_slice(&bytes[..3]);
            records.extend_from_slice(&(piece.len() as u16).to_be_bytes());
            records.extend_from_slice(piece);
        }
        records
    }

    fn judge(bytes: &[u8], size: usize) -> Verdict {
        let mut peek = Peek::default();
        let mut seen = 0;
        for piece in bytes.chunks(size) {
            seen += piece.len();
            let verdict = peek.push(piece);
            assert_eq!(peek.seen, bytes[..seen]);
            if !matches!(verdict, Verdict::Undecided) {
                return verdict;
            }
        }
        Verdict::Undecided
    }

    #[test]
    fn a_hello_is_read_in_any_pieces_and_records() {
        let bytes = hello("S3.eu-west-1.amazonaws.com", &["h2", "http/1.1"]);
        for bytes in [bytes.clone(), in_records(&bytes, 1), in_records(&bytes, 7)] {
            for size in [1, 2, 5, 100, 10_000] {
                let Verdict::Hello(hello) = judge(&bytes, size) else { panic!("{size}") };
                assert_eq!(hello.server_name.as_deref(), Some("s3.eu-west-1.amazonaws.com"));
                assert_eq!(hello.offers, Offers { any: true, http1: true, http2: true });
            }
        }
    }

    #[test]
    fn a_name_and_protocols_may_be_absent() {
        let Verdict::Hello(hello) = judge(&hello("127.0.0.1", &[]), 64) else { panic!() };
        assert_eq!(hello.server_name, None);
        assert_eq!(hello.offers, Offers::default());
    }

    #[test]
    fn what_is_not_tls_is_known_from_its_first_byte() {
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"SSH-2.0-x\r\n", b"\0", b"\x80\x2e\x01"] {
            assert!(matches!(judge(bytes, 1), Verdict::NotTls));
        }
    }

    #[test]
    fn broken_tls_is_not_opened() {
        let mut bytes = hello("a.example", &[]);
        bytes[5] = 2; // a ServerHello
        assert!(matches!(judge(&bytes, 50), Verdict::NotTls));
        assert!(matches!(judge(&[0x16, 3, 1, 0xff, 0xff, 1], 1), Verdict::NotTls));
        let endless = in_records(
            &[&[0x16, 3, 1, 0, 0, 1, 0xff, 0xff, 0xff][..], &[0; 90_000]].concat(),
            9_000,
        );
        assert!(matches!(judge(&endless, 4_096), Verdict::NotTls));
    }
}
