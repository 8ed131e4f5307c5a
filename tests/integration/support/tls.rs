//! Servers with certificates of an authority that the test made.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Makes an authority, and writes its certificate to a file.
pub(crate) fn authority(file: &Path) -> Arc<Issuer<'static, KeyPair>> {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap();
    let text = pem::encode(&pem::Pem::new("CERTIFICATE", certificate.der().to_vec()));
    std::fs::write(file, text).unwrap();
    Arc::new(Issuer::new(parameters, key))
}

/// The server's end of TLS, with a certificate of this host's name.
pub(crate) fn serving<S: Read + Write>(
    stream: S,
    host: &str,
    issuer: &Issuer<'_, KeyPair>,
) -> StreamOwned<ServerConnection, S> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
}
