//! The very certificates that the user named (`--upstream-ca`), where a server shows one of them as its own.
//!
//! What `openssl req -x509` makes for a stand-in is an authority's certificate (CA:TRUE), which webpki accepts from
//! no server (RFC 5280 ties the flag to the signing of certificates); OpenSSL, Go, Python and curl accept it where it
//! is the one that was named. So do we: for its own names, while it is valid, from who holds its key.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::capture::proxy::authority::validity;

/// Accepts the certificates that were named, each for itself, and any other by the authorities.
#[derive(Debug)]
pub(super) struct Verifier {
    named: Vec<CertificateDer<'static>>,
    /// `None`: there are none.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        named: Vec<CertificateDer<'static>>,
        authorities: RootCertStore,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let algorithms = provider.signature_verification_algorithms;
        if authorities.is_empty() {
            return Ok(Self { named, authorities: None, algorithms });
        }
        let builder =
            WebPkiServerVerifier::builder_with_provider(authorities.into(), provider.clone());
        Ok(Self { named, authorities: Some(builder.build()?), algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Byte for byte: another one of the same subject and key is not the one that was named.
        if self.named.iter().any(|named| named == shown) {
            return verify_named(shown, name, now);
        }
        let authorities = self.authorities.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        authorities.verify_server_cert(shown, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Nobody vouches for it but the user; what it says of itself still holds.
fn verify_named(
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let (begins, ends) =
        validity(certificate).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let seconds = Duration::from_secs(now.as_secs());
    if seconds < begins {
        return Err(CertificateError::NotValidYet.into());
    }
    if seconds > ends {
        return Err(CertificateError::Expired.into());
    }
    verify_server_name(&parsed, name)?;
    Ok(ServerCertVerified::assertion())
}
